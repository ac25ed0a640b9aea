-- What each way to write a region means, for whoever asks about one: the same names by the same rules as for the
-- cells of files. Spellings that only a source of its own uses are known too, where no other meaning stands
-- against them. A name that several regions of a level share means the one that is in a roster, if one is.
with spelled as (
  select level, region_key, region_code
  from {{ ref('region_spellings') }}
  where region_key <> ''
  qualify source_id is null or not bool_or(source_id is null) over (partition by level, region_key)
),

rostered as (
  select distinct level, region_key, region_code
  from {{ ref('shared_names') }}
  where is_alone_in_rosters and source_id is null
),

candidates as (
  select distinct
    s.level, s.region_key, s.region_code,
    r.region_code is not null as is_alone_in_rosters,
    count(distinct s.region_code) over (partition by s.level, s.region_key) as n_regions
  from spelled as s
  left join rostered as r
    on s.level = r.level and s.region_key = r.region_key and s.region_code = r.region_code
)

select
  level,
  region_key,
  -- '' for totals of several regions (全国, 合计)
  coalesce(region_code, '') as region_code,
  region_code is not null and (n_regions = 1 or is_alone_in_rosters) as is_meant
from candidates
where region_code is not null or n_regions = 0
