{#- Hook of marts.panels: make the panel of each study with the columns that table lists, and where specifications
    begin earlier than the study another one with the years before it; say in both languages what the columns are,
    and drop the panel of a study that is no longer built. -#}
{% macro make_panels() %}
-- depends_on: {{ ref('study_grid') }}
-- depends_on: {{ ref('study_units') }}
-- depends_on: {{ ref('studies') }}
-- depends_on: {{ ref('study_profiles') }}
-- depends_on: {{ ref('regions') }}
-- depends_on: {{ ref('panel_long') }}
-- depends_on: {{ ref('earlier_grid') }}
-- depends_on: {{ ref('earlier_values') }}
  {%- if execute -%}
    {%- set wanted = [] -%}
    {%- for panel, columns in run_query('select * from ' ~ this ~ ' order by study, position').rows | groupby('panel') -%}
      {%- do wanted.append(panel) -%}
      {%- do make_panel(panel, columns) -%}
    {%- endfor -%}
    {%- for row in run_query(
      "select table_name from information_schema.tables where table_catalog = current_database() and table_schema = '"
      ~ this.schema ~ "' and (table_name like 'panel\\_%' escape '\\' or table_name like 'extended\\_panel\\_%' escape '\\')"
      ~ " and table_name <> 'panel_long'"
    ).rows if row[0] not in wanted -%}
      {%- do run_query('drop table ' ~ this.schema ~ '.' ~ quoted_name(row[0])) -%}
    {%- endfor -%}
  {%- endif %}
{{ note_what_was_made() }}
{% endmacro %}

{% macro make_panel(panel, columns) %}
  {%- set relation = this.schema ~ '.' ~ quoted_name(panel) -%}
  {%- set given = {
    'study': 'g.study', 'region_code': 'g.region_code', 'year': 'g.year', 'region_name_en': 'any_value(r.name_en)',
    'region_name_zh': 'any_value(r.name_zh)', 'province_code': 'any_value(u.province_code)',
    'ever_treated': 'coalesce(any_value(u.first_treated_year) <= any_value(s.last_year), false)',
    'first_treated_year': 'any_value(u.first_treated_year)',
    'relative_year': 'g.year - any_value(u.first_treated_year)', 'data_profile': 'any_value(d.data_profile)',
  } -%}
  {%- set study, extended = columns[0]['study'], columns[0]['starts_earlier'] -%}
  {%- set query -%}
create or replace table {{ relation }} as
select
  {%- for column in columns %}
  cast({{
    given.get(column['column_name'])
    or 'max(case when p.variable_id = ' ~ text_literal(column['column_name']) ~ ' then p.value end)'
  }} as {{ column['data_type'] }}) as {{ quoted_name(column['column_name']) }}{{ ',' if not loop.last }}
  {%- endfor %}
from (
  select study, level, region_code, year from {{ ref('study_grid') }}
  {%- if extended %}
  union all
  select study, level, region_code, year from {{ ref('earlier_grid') }}
  {%- endif %}
) as g
inner join {{ ref('studies') }} as s on g.study = s.study
inner join {{ ref('study_profiles') }} as d on g.study = d.study
inner join {{ ref('study_units') }} as u on g.study = u.study and g.region_code = u.region_code
inner join {{ ref('regions') }} as r on g.level = r.level and g.region_code = r.region_code
left join (
  select study, region_code, year, variable_id, value from {{ ref('panel_long') }}
  {%- if extended %}
  union all
  select study, region_code, year, variable_id, value from {{ ref('earlier_values') }}
  {%- endif %}
) as p
  on g.study = p.study and g.region_code = p.region_code and g.year = p.year
where g.study = {{ text_literal(study) }}
group by g.study, g.region_code, g.year
order by g.region_code, g.year
  {%- endset -%}
  {%- do run_query(query) -%}
  {%- set title = run_query(
    "select concat_ws(' ', s.title_en, nullif(s.title_zh, s.title_en), case when d.data_profile = 'simulated' then '(SIMULATED data 模拟数据)' end)"
    ~ ' from ' ~ ref('studies') ~ ' as s inner join ' ~ ref('study_profiles') ~ ' as d on s.study = d.study'
    ~ ' where s.study = ' ~ text_literal(study)
  ).rows[0][0] -%}
  {%- set remarks = [comment_on(relation, none, title)] -%}
  {%- for column in columns -%}
    {%- set labels = [column['label_en'], column['label_zh']] | unique(case_sensitive=true) | join(' ') -%}
    {%- do remarks.append(comment_on(relation, column['column_name'], labels)) -%}
  {%- endfor -%}
  {%- do run_together(remarks) -%}
{% endmacro %}
