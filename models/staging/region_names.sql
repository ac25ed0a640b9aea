-- Each way to write a region, with the region it means. A name that two regions of a level share has no region
-- here; staging.shared_names decides it.
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
