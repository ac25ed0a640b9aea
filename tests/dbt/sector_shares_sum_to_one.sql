-- Shares built within one source and vintage add up to one.
with sources as (
  select t.study, count(distinct v.source_id) as sources
  from {{ ref('definition_terms') }} as t
  inner join {{ ref('series_values') }} as v on t.study = v.study and t.series_ref = v.series_ref
  where t.id in ('primary_share', 'secondary_share', 'tertiary_share')
  group by t.study
)

select d.study, d.region_code, d.year, sum(d.value) as total
from {{ ref('defined_values') }} as d
inner join sources as s on d.study = s.study
where d.id in ('primary_share', 'secondary_share', 'tertiary_share') and s.sources = 1
group by d.study, d.region_code, d.year
having count(d.value) = 3 and abs(sum(d.value) - 1) > 0.005
