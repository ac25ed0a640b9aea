-- Every way to write a region: names, short names, English names, codes and their prefixes,
-- and the recorded aliases. A name that would mean two regions of a level means none. A source with
-- aliases of its own has a list of its own (source_id), in which they go before all others.
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
  where level in ('province', 'city')
  union all
  select level, region_code, alias, 1 from {{ ref('region_aliases') }} where source_id is null
),

of_sources as (
  select level, region_code, alias, rank, cast(null as {{ dbt.type_string() }}) as source_id from spelled
  union all
  select s.level, s.region_code, s.alias, s.rank, o.source_id
  from spelled as s
  inner join (select distinct level, source_id from {{ ref('region_aliases') }} where source_id is not null) as o
    on s.level = o.level
  union all
  select level, region_code, alias, 0, source_id from {{ ref('region_aliases') }} where source_id is not null
),

keyed as (
  select distinct level, source_id, {{ region_key(clean_text('alias')) }} as region_key, region_code, rank
  from of_sources
),

best as (
  select *, min(rank) over (partition by level, source_id, region_key) as best_rank
  from keyed
)

select
  best.level,
  best.source_id,
  best.region_key,
  -- aggregates (全国, 合计) have no code: known, and never a region
  max(best.region_code) as region_code,
  max(regions.valid_to) as valid_to
from best
left join {{ ref('regions') }} as regions
  on best.level = regions.level and best.region_code = regions.region_code
where best.rank = best.best_rank
group by best.level, best.source_id, best.region_key
having count(distinct best.region_code) <= 1
