-- No study or sample ends before it begins or lies beyond the years that the models know.
select study as id, first_year, last_year
from {{ ref('studies') }}
where first_year > last_year or first_year < 1949 or last_year > 2050
union all
select r.spec_id, r.first_year, r.last_year
from {{ ref('regression_specs') }} as r
inner join {{ ref('studies') }} as s on r.study = s.study
where coalesce(r.first_year, s.first_year) > coalesce(r.last_year, s.last_year)
  or r.first_year < s.first_year or r.last_year > s.last_year
