-- Every study has each of its units in each of its years, once.
select study, region_code, count(*) as years
from (
  select study, region_code, year from {{ ref('panel_city') }}
  union all
  select study, region_code, year from {{ ref('panel_province') }}
) as panels
group by study, region_code
having
  count(*) <> (
    select max(s.last_year - s.first_year + 1)
    from {{ ref('studies') }} as s
    where s.study = panels.study
  )
  or count(*) <> count(distinct year)
