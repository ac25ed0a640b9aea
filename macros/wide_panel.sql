{#- The columns of a wide panel come from the definitions: a new variable is a new column without
    SQL. Before the first build there is nothing to ask, so compiling falls back to none. -#}
{% macro panel_variables(level) %}
  {%- set definitions = ref('definitions') -%}
  {%- set studies = ref('studies') -%}
  {%- if not execute or load_relation(definitions) is none -%}
    {{ return([]) }}
  {%- endif -%}
  {%- set query -%}
    with ids as (
      select 0 as place, 'nqp' as id, 'New quality productivity index 新质生产力指数' as label
      union all
      select 1, policy, concat('1 where the policy ', policy, ' is in force 政策虚拟变量')
      from {{ studies }}
      where level = '{{ level }}' and {{ in_profile('profiles') }}
      union all
      select
        case d.role when 'outcome' then 2 when 'mediator' then 3 when 'control' then 4 else 5 end,
        d.id,
        concat(d.label_en, ' ', d.label_zh)
      from {{ definitions }} as d
      inner join {{ studies }} as s on d.study = s.study
      where s.level = '{{ level }}'
    )

    select id, min(label) as label
    from ids
    group by id
    order by min(place), id
  {%- endset -%}
  {{ return(run_query(query).rows | list) }}
{% endmacro %}

{% macro wide_panel(level) %}
-- depends_on: {{ ref('definitions') }}
-- depends_on: {{ ref('studies') }}
select
  g.study,
  g.region_code,
  any_value(r.name_zh) as region_name,
  any_value(r.name_en) as region_name_en,
  g.year
  {%- for variable in panel_variables(level) %},
  max(case when p.variable_id = {{ text_literal(variable[0]) }} then p.value end) as {{ quoted_name(variable[0]) }}
  {%- endfor %}
from {{ ref('study_grid') }} as g
inner join {{ ref('regions') }} as r on g.level = r.level and g.region_code = r.region_code
left join {{ ref('panel_long') }} as p
  on g.study = p.study and g.region_code = p.region_code and g.year = p.year
where g.level = '{{ level }}'
group by g.study, g.region_code, g.year
order by g.study, g.region_code, g.year
{% endmacro %}

{#- Post-hook: comments in both languages on the generated columns; the fixed ones have theirs from
    marts.yml. -#}
{% macro comment_panel(level) %}
  {%- set comments = [] -%}
  {%- for variable in panel_variables(level) -%}
    {%- do comments.append(comment_on(this, variable[0], variable[1])) -%}
  {%- endfor -%}
  {{ comments | join('; ') }}
{% endmacro %}
