-- Which series would let the most specifications be estimated on this profile?
with lacking as (
  select
    study,
    variable_id,
    missing_series
  from {{ ref('coverage') }}
  where status = 'missing'
)

select
  l.study,
  l.variable_id,
  l.missing_series,
  count(f.spec_id) as specifications_waiting
from lacking as l
left join {{ ref('regression_fits') }} as f
  on l.study = f.study and f.status <> 'estimated' and f.reason like concat('%', l.variable_id, ':%')
group by l.study, l.variable_id, l.missing_series
order by specifications_waiting desc, l.study, l.variable_id
