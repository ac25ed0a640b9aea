-- The manifest with the axes of each layout and the factors of its unit and of the series' own.
select
  m.manifest_row,
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
  m.vintage,
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
