-- Names that several regions share (Suzhou), with what decides between them: the province, where only one
-- of them lies in it, or the rosters of the studies, where only one is in any of them.
with shared as (
  select level, source_id, region_key, region_code
  from {{ ref('region_spellings') }}
  qualify count(distinct region_code) over (partition by level, source_id, region_key) > 1
),

rostered as (
  select distinct g.level, g.region_code
  from {{ ref('studies') }} as s
  inner join {{ ref('groupings') }} as g
    on s.roster = g.grouping and s.level = g.level and g.group_id = 'in' and g.study in ('', s.study)
)

select
  n.level,
  n.source_id,
  n.region_key,
  n.region_code,
  r.province_code,
  count(*) over (partition by n.level, n.source_id, n.region_key, r.province_code) = 1 as is_alone_in_province,
  o.region_code is not null
  and count(o.region_code) over (partition by n.level, n.source_id, n.region_key) = 1 as is_alone_in_rosters
from shared as n
inner join {{ ref('regions') }} as r on n.level = r.level and n.region_code = r.region_code
left join rostered as o on n.level = o.level and n.region_code = o.region_code
