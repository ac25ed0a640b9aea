-- Rows that take part in a matching: weight 0 where the row found no partner.
select
  cast(m.matching_id as varchar) as matching_id,
  s.study,
  cast(m.region_code as varchar) as region_code,
  cast(m.year as integer) as year,
  cast(m.treated as integer) as treated,
  cast(m.score as double) as propensity_score,
  cast(m.on_support as boolean) as on_support,
  cast(m.weight as double) as weight,
  {{ rests_on('s.study') }}
from {{ ref('est_matched_samples') }} as m
inner join {{ ref('matching_input') }} as s on m.matching_id = s.matching_id
where m.status = 'estimated'
