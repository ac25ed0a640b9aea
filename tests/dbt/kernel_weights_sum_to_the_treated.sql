-- Each treated row on the support gives the weight one away among the controls and has one itself.
select
  m.matching_id,
  count(case when m.treated = 1 and m.on_support then 1 end) as treated_on_support,
  sum(case when m.treated = 1 then m.weight end) as treated_weight,
  sum(case when m.treated = 0 then m.weight end) as control_weight
from {{ ref('matched_samples') }} as m
inner join {{ ref('matching_specs') }} as s on m.matching_id = s.matching_id
where s.method = 'kernel' and s.direction = 'treated'
group by m.matching_id
having sum(case when m.treated = 1 then m.weight end) <> count(case when m.treated = 1 and m.on_support then 1 end)
  or abs(sum(case when m.treated = 0 then m.weight end) - count(case when m.treated = 1 and m.on_support then 1 end))
  > 1e-9 * count(*)
