{# The columns of a generated wide panel, and their types, equal what the definitions ask for. #}
{% test has_defined_columns(model, level) %}
-- depends_on: {{ ref('definitions') }}
-- depends_on: {{ ref('studies') }}
with expected (column_name, data_type) as (
  values
  ('study', 'VARCHAR'), ('region_code', 'VARCHAR'), ('region_name', 'VARCHAR'),
  ('region_name_en', 'VARCHAR'), ('year', 'INTEGER')
  {%- for variable in panel_variables(level) %}, ({{ text_literal(variable[0]) }}, 'DOUBLE'){% endfor %}
),

found as (
  select column_name, data_type
  from information_schema.columns
  where table_schema = '{{ model.schema }}' and table_name = '{{ model.identifier }}'
)

select coalesce(e.column_name, f.column_name) as column_name, e.data_type as expected_type, f.data_type as found_type
from expected as e
full join found as f on e.column_name = f.column_name
where e.data_type is distinct from f.data_type
{% endtest %}
