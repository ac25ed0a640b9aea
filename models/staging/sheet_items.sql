-- What the manifest says of each sheet that it maps: a row per series.
select
  b.sheet_id,
  b.file,
  b.sheet,
  b.level,
  b.item_axis,
  b.year_axis,
  m.manifest_row,
  m.source_id,
  m.sheet_pattern,
  {{ heading_key('m.item') }} as item_heading,
  m.series_id,
  m.unit,
  m.dimension,
  m.is_share,
  m.item_units,
  m.year_text,
  lower(s.label_zh) as label_zh,
  lower(s.label_en) as label_en
from {{ ref('blocks') }} as b
inner join {{ ref('manifest') }} as m on b.file = m.file and (m.sheet_pattern = '' or b.sheet glob m.sheet_pattern)
inner join {{ ref('series') }} as s on m.series_id = s.series_id
