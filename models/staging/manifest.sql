-- The manifest with the axes of each layout, the factors of its unit and of the series' own, and the
-- units that the name of the item says, as lists of spellings and labels of units know them.
with named as (
  select {{ context_key('spelling') }} as name, unit from {{ ref('unit_spellings') }}
  union
  select {{ context_key('label_zh') }}, unit from {{ ref('units') }}
  union
  select {{ context_key('label_en') }}, unit from {{ ref('units') }}
),

spellings as (
  select distinct {{ unit_key('name') }} as spelling, unit from named
),

items as (
  select manifest_row, unit, {{ context_key(clean_text('item')) }} as item from {{ ref('raw_manifest') }}
),

-- Of one spelling that means several units, those count that measure what the manifest says.
said as (
  select
    m.manifest_row,
    coalesce(
      list(distinct p.unit order by p.unit) filter (where s.dimension = u.dimension),
      list(distinct p.unit order by p.unit)
    ) as units
  from (
    select manifest_row, unit, unnest({{ units_said('item') }}) as spelling
    from items
  ) as m
  inner join spellings as p on m.spelling = p.spelling
  inner join {{ ref('units') }} as s on p.unit = s.unit
  left join {{ ref('units') }} as u on m.unit = u.unit
  where m.spelling <> ''
  group by m.manifest_row
)

select
  m.manifest_row,
  m.listed,
  m.owners,
  m.source_id,
  m.file,
  m.sheet as sheet_pattern,
  m.level,
  m.header,
  m.region_key,
  m.year_key,
  m.item_key,
  {{ clean_text('m.item') }} as item,
  m.series_id,
  m.unit,
  u.dimension,
  said.units as item_units,
  m.vintage,
  m.data_profile,
  lower(m.optional) = 'true' as is_optional,
  m.year as year_text,
  -- the source, where it has names of regions of its own
  a.source_id as names_source,
  m.layout,
  l.region_axis,
  l.year_axis,
  l.item_axis,
  l.year_row_offset,
  cast(m.priority as integer) as priority,
  u.dimension = 'share' as is_share,
  u.factor as unit_factor,
  c.factor as series_unit_factor
from {{ ref('raw_manifest') }} as m
inner join {{ ref('layouts') }} as l on m.layout = l.layout
inner join {{ ref('series') }} as s on m.series_id = s.series_id
inner join {{ ref('units') }} as u on m.unit = u.unit
inner join {{ ref('units') }} as c on s.unit = c.unit
left join said on m.manifest_row = said.manifest_row
left join (select distinct level, source_id from {{ ref('region_aliases') }} where source_id is not null) as a
  on m.level = a.level and m.source_id = a.source_id
