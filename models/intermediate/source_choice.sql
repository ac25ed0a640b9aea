-- The sources of each series in order of preference. Rank 1 serves everywhere: one source and
-- vintage per series, never cell by cell.
with candidates as (
  select
    level, series_id, source_id, vintage, min(priority) as priority, count(*) as observations,
    min(year) as first_year, max(year) as last_year
  from {{ ref('observations') }}
  group by level, series_id, source_id, vintage
)

select
  *,
  row_number() over (partition by level, series_id order by priority, source_id) as source_rank
from candidates
