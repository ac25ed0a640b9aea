-- The index: the weighted sum of normalised indicators.
select
  n.study,
  n.region_code,
  n.year,
  sum(e.weight * n.normalised {{ in_order('n.id') }}) as value,
  max(case when n.imputed then 1 else 0 end) = 1 as imputed
from {{ ref('normalised_indicators') }} as n
inner join {{ ref('entropy') }} as e on n.study = e.study and n.id = e.id
group by n.study, n.region_code, n.year
