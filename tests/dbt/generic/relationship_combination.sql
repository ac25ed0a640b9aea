{# Every combination of `columns` (where none is null) stands in `to_columns` of relation `to`. #}
{% test relationship_combination(model, columns, to, to_columns) %}
with child as (
  select distinct {{ columns | join(', ') }} from {{ model }}
),

parent as (
  select distinct {{ to_columns | join(', ') }} from {{ to }}
)

select child.*
from child
left join parent
  on {% for column in columns -%}
    child.{{ column }} = parent.{{ to_columns[loop.index0] }}{{ ' and ' if not loop.last }}
  {%- endfor %}
where parent.{{ to_columns[0] }} is null
  {%- for column in columns %} and child.{{ column }} is not null{% endfor %}
{% endtest %}
