-- By how much do the sources of one series differ, and where most?
select
  level,
  series_id,
  chosen_source,
  other_source,
  count(*) as cells,
  count(case when flagged then 1 end) as flagged,
  avg(abs(relative_difference)) as mean_difference,
  max(abs(relative_difference)) as largest_difference
from {{ ref('disagreements') }}
group by level, series_id, chosen_source, other_source
order by flagged desc, level, series_id
