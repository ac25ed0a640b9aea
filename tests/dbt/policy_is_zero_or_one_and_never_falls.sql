-- A region once treated stays treated.
with policy as (
  select
    p.study,
    p.region_code,
    p.year,
    p.value,
    lag(p.value) over (partition by p.study, p.region_code order by p.year) as previous
  from {{ ref('panel_long') }} as p
  inner join {{ ref('studies') }} as s on p.study = s.study and p.variable_id = s.policy
)

select *
from policy
where value not in (0, 1) or value < previous
