-- What the index is by the study's own convention, made again beside the others, is what the warehouse has.
select s.study, s.region_code, s.year, s.score, p.value
from {{ ref('index_scores') }} as s
inner join {{ ref('studies') }} as d on s.study = d.study
left join {{ ref('panel_long') }} as p
  on s.study = p.study and s.region_code = p.region_code and s.year = p.year and d.index_id = p.variable_id
where s.convention = 'entropy, pooled' and not coalesce(abs(p.value - s.score) <= 1e-9, false)
