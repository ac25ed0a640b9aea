-- One row per study, region of its roster and year: what a complete panel would have.
with years as (
  {{ year_spine() }}
)

select
  s.study,
  s.level,
  g.region_code,
  y.year
from {{ ref('studies') }} as s
inner join {{ ref('study_groupings') }} as g
  on s.study = g.study and s.roster = g.grouping and s.level = g.level and g.group_id = 'in'
inner join years as y on y.year between s.first_year and s.last_year
