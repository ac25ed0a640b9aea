-- The sources of each series in order of preference, among those that the same studies may use: the
-- profile's are for all, a study's own for itself. Which one serves a study: study_sources.
with owned as (
  select distinct level, series_id, source_id, owners from {{ ref('manifest') }}
),

candidates as (
  select
    o.level, o.series_id, o.source_id, o.vintage, any_value(m.owners) as owners, min(o.priority) as priority,
    count(*) as observations, min(o.year) as first_year, max(o.year) as last_year
  from {{ ref('observations') }} as o
  inner join owned as m on o.level = m.level and o.series_id = m.series_id and o.source_id = m.source_id
  group by o.level, o.series_id, o.source_id, o.vintage
)

select
  *,
  row_number() over (partition by level, series_id, owners order by priority, source_id) as source_rank
from candidates
