-- The values of variables that are made from another one. What has none says why.
with means as (
  select study, id, region_code, avg(value {{ in_order('base_year') }}) as value, bool_or(imputed) as imputed
  from {{ ref('derivations') }}
  where kind = 'before'
  group by study, id, region_code
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
left join means as m on d.study = m.study and d.id = m.id and g.region_code = m.region_code
