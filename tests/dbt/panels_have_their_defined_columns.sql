-- Each study has its panel, with the columns and types that its definitions ask for and in their order; no
-- panel is left of a study that is not built.
with found as (
  select table_name as panel, column_index as position, column_name, data_type
  from duckdb_columns()
  where database_name = current_database() and schema_name = '{{ ref('panels').schema }}'
    and (table_name like 'panel\_%' escape '\' or table_name like 'extended\_panel\_%' escape '\')
    and table_name <> 'panel_long'
)

select
  coalesce(e.panel, f.panel) as panel,
  coalesce(e.column_name, f.column_name) as column_name,
  e.data_type as expected_type,
  f.data_type as found_type
from {{ ref('panels') }} as e
full join found as f on e.panel = f.panel and e.column_name = f.column_name and e.position = f.position
where e.data_type is distinct from f.data_type
