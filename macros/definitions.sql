{#- A list of definitions as a table with the columns and types that its yml gives. The cells are text in
    raw.definitions, a row for each; a blank cell is null, but the study of a row of the catalogue is ''. -#}
{% macro typed_definitions() %}
-- depends_on: {{ ref('raw_definitions') }}
select
  study
  {%- for column in model.columns.values() if column.name != 'study' %},
  cast(max(case when "column" = '{{ column.name }}' then nullif(text, '') end) as {{ column.data_type }})
    as {{ column.name }}
  {%- endfor %}
from {{ ref('raw_definitions') }}
where list = '{{ model.name }}'
group by study, file, line
order by study, file, line
{% endmacro %}

{#- The rows of a list that each study sees: its own, and those of the catalogue with keys it has none of. -#}
{% macro seen_by_studies(relation, keys, columns) %}
with own as (
  select distinct study, {{ keys | join(', ') }}
  from {{ relation }}
  where study <> ''
)

select study, {{ columns | join(', ') }}
from {{ relation }}
where study <> ''
union all
select s.study, {% for column in columns %}r.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
from {{ relation }} as r
inner join {{ ref('studies') }} as s on r.level = s.level
left join own
  on s.study = own.study {% for key in keys %} and r.{{ key }} = own.{{ key }}{% endfor %}
where r.study = '' and own.study is null
{% endmacro %}
