-- What each way to write a region means. One that would mean two regions of a level means none here:
-- see staging.shared_names.
select
  s.level,
  s.source_id,
  s.region_key,
  -- aggregates (全国, 合计) have no code: known, and never a region
  max(s.region_code) as region_code,
  max(r.valid_to) as valid_to
from {{ ref('region_spellings') }} as s
left join {{ ref('regions') }} as r on s.level = r.level and s.region_code = r.region_code
group by s.level, s.source_id, s.region_key
having count(distinct s.region_code) <= 1
