-- Every way to write a region: names, short names, English names, codes and their prefixes, both names
-- in one cell, and the recorded aliases; of several meanings those that go before the others. A source
-- with aliases of its own has a list of its own (source_id), in which they go first.
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
  -- the code of twelve digits, and both names in one cell
  select level, region_code, concat(region_code, '000000'), 2 from {{ ref('regions') }} where level in ('province', 'city')
  union all
  select
    level, region_code,
    unnest([
      concat(name_zh, regexp_replace(name_en, '\s*\(.*', '')), concat(short_zh, regexp_replace(name_en, '\s*\(.*', '')),
      concat(name_zh, '(', regexp_replace(name_en, '\s*\(.*', ''), ')'), concat(regexp_replace(name_en, '\s*\(.*', ''), name_zh),
      concat(region_code, name_zh)
    ]), 2
  from {{ ref('regions') }}
  where name_zh <> '' and name_en <> '' and name_zh <> name_en
  union all
  select
    level, region_code,
    unnest([
      {{ traditional('name_zh', true) }}, {{ traditional('name_zh', false) }},
      {{ traditional('short_zh', true) }}, {{ traditional('short_zh', false) }}
    ]), 2
  from {{ ref('regions') }}
  where level in ('province', 'city')
  union all
  select level, region_code, concat(unnest([name_zh, short_zh]), regexp_replace(name_en, '\s*\(.*', ''), ' City'), 2
  from {{ ref('regions') }}
  where level in ('province', 'city') and name_zh like '%市'
  union all
  -- the province before the city: 安徽省合肥市, 安徽芜湖
  select c.level, c.region_code, concat(unnest([p.name_zh, p.short_zh, p.short_zh]), unnest([c.name_zh, c.name_zh, c.short_zh])), 2
  from {{ ref('regions') }} as c
  inner join {{ ref('regions') }} as p on c.province_code = p.region_code and p.level = 'province'
  where c.level = 'city' and c.name_zh <> p.name_zh
  union all
  -- an English name that several cities share, which something else must decide
  select level, region_code, regexp_replace(name_en, '\s*\(.*', ''), 2 from {{ ref('regions') }} where name_en like '%(%'
  union all
  select level, region_code, concat(regexp_replace(name_en, '\s*\(.*', ''), ' City'), 2
  from {{ ref('regions') }}
  where level in ('province', 'city') and name_zh like '%市'
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
)

select distinct level, source_id, region_key, region_code
from keyed
qualify rank = min(rank) over (partition by level, source_id, region_key)
