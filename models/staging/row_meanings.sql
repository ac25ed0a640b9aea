-- What the rows of each mapped table say of their figures: the row of the manifest that they are of, where series lie
-- down a column, their labels, doubts, unit and province. A part of the query of cells.
{{ config(materialized='ephemeral') }}
select
  l.sheet_id, l.row_no, l.is_header, l.place, l.filled, l.region_label, l.year_label,
  d.has_unit, d.unit_text, d.province_code, d.doubt, m.manifest_row
from {{ ref('sheet_rows') }} as l
inner join {{ ref('row_doubts') }} as d on l.sheet_id = d.sheet_id and l.row_no = d.row_no
left join {{ ref('sheet_items') }} as m
  on l.file = m.file and l.sheet = m.sheet and m.item_axis = 'row' and {{ heading_key('l.item_label') }} = m.item_heading
