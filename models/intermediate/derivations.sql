-- The values of another variable that derived ones are made of: behind `lag(x, k)` the value of k years before, behind
-- `before(x)` those of all years before the policy first treats anyone.
with starts as (
  select study, min(first_treated_year) as first_year from {{ ref('study_units') }} group by study
)

select
  d.study,
  d.id,
  d.kind,
  d.years,
  d.base,
  v.region_code,
  v.year as base_year,
  v.value,
  v.imputed
from {{ ref('derived_variables') }} as d
inner join {{ ref('defined_values') }} as v on d.study = v.study and d.base = v.id
left join starts as s on d.study = s.study
where v.value is not null and (d.kind = 'lag' or s.first_year is null or v.year < s.first_year)
