-- What came of every expectation in every run: runs are added, never replaced, so that a failed build
-- leaves its trace. checks.expectations holds the latest alone.
{{ config(
  materialized='incremental',
  incremental_strategy='append',
  on_schema_change='append_new_columns',
  full_refresh=false
) }}
select
  cast('{{ invocation_id }}' as varchar) as run_id,
  cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as checked_at,
  {%- for column in ['study', 'relation', 'rule', 'expectation', 'column_name', 'severity', 'reason', 'status', 'expected', 'observed'] %}
  cast({{ column }} as varchar) as {{ column }},
  {%- endfor %}
  cast(unexpected_count as bigint) as unexpected_count,
  cast(element_count as bigint) as element_count,
  cast(unexpected_keys as varchar) as unexpected_keys,
  cast(waiver as varchar) as waiver,
  cast(waived_until as date) as waived_until,
  cast(message as varchar) as message
from {{ ref('checked_expectations') }}
