-- The values of variables that are made from another one. What has none says why.
with starts as (
  select study, min(first_treated_year) as first_year from {{ ref('study_units') }} group by study
),

means as (
  select v.study, v.id, v.region_code, avg(v.value {{ in_order('v.year') }}) as value, bool_or(v.imputed) as imputed
  from {{ ref('defined_values') }} as v
  left join starts as s on v.study = s.study
  where v.value is not null and (s.first_year is null or v.year < s.first_year)
  group by v.study, v.id, v.region_code
)

select
  d.study,
  d.id,
  d.role,
  g.region_code,
  g.year,
  coalesce(case when d.kind = 'lag' then b.imputed else m.imputed end, false) as imputed,
  case when d.kind = 'lag' then b.value else m.value end as value,
  case
    when d.kind = 'lag' and b.region_code is null then 'no earlier year'
    when d.kind = 'lag' and b.value is null then b.reason
    when d.kind = 'before' and m.value is null then 'no value before the policy'
  end as reason
from {{ ref('derived_variables') }} as d
inner join {{ ref('study_grid') }} as g on d.study = g.study
left join {{ ref('defined_values') }} as b
  on d.study = b.study and d.base = b.id and g.region_code = b.region_code and g.year - d.years = b.year
left join means as m on d.study = m.study and d.base = m.id and g.region_code = m.region_code
