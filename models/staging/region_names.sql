-- Every way to write a region: names, short names, English names, codes and their prefixes,
-- and the recorded aliases. A name that would mean two regions of a level means none.
with spelled as (
  select level, region_code, name_zh as alias, 1 as rank from {{ ref('regions') }}
  union all
  select level, region_code, region_code as spelling, 1 from {{ ref('regions') }}
  union all
  select level, region_code, name_en, 1 from {{ ref('regions') }}
  union all
  select level, region_code, short_zh, 2 from {{ ref('regions') }}
  union all
  select level, region_code, substr(region_code, 1, case level when 'province' then 2 else 4 end), 2
  from {{ ref('regions') }}
  union all
  select level, region_code, alias, 1 from {{ ref('region_aliases') }}
),

keyed as (
  select distinct level, {{ region_key(clean_text('alias')) }} as region_key, region_code, rank
  from spelled
),

best as (
  select *, min(rank) over (partition by level, region_key) as best_rank
  from keyed
)

select
  level,
  region_key,
  -- aggregates (全国, 合计) have no code: known, and never a region
  max(region_code) as region_code
from best
where rank = best_rank
group by level, region_key
having count(distinct region_code) <= 1
