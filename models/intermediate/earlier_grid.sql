-- Years before the first of a study that one of its specifications asks for, a row per unit and year. The study's own
-- years (study_grid) stay as they are: panels, weights, indices and descriptions are made of those alone.
with years as (
  {{ year_spine() }}
),

asked as (
  select s.study, s.first_year, min(r.first_year) as earliest
  from {{ ref('regression_specs') }} as r
  inner join {{ ref('studies') }} as s on r.study = s.study
  where r.first_year < s.first_year
  group by s.study, s.first_year
)

select u.study, u.level, u.region_code, y.year
from (select distinct study, level, region_code from {{ ref('study_grid') }}) as u
inner join asked as a on u.study = a.study
inner join years as y on a.earliest <= y.year and a.first_year > y.year
