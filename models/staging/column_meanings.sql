-- What the columns of each mapped table say of the figures below their headings: the row of the manifest that they
-- are of, their doubts, and whether hidden figures are wanted. A part of the query of cells.
{{ config(materialized='ephemeral') }}
with hidden_is_wanted as (
  {{ accepted_texts_of_sheets('lower(text)', 'accepted') }}
  where a.accepted = '[hidden]'
)

select
  h.sheet_id, h.col_no, h.heading, h.year_heading, h.is_unit, d.from_row, d.doubt, m.manifest_row,
  w.file is not null as hidden_is_wanted
from {{ ref('headings') }} as h
left join {{ ref('column_doubts') }} as d on h.sheet_id = d.sheet_id and h.col_no = d.col_no
left join {{ ref('sheet_items') }} as m
  on h.file = m.file and h.sheet = m.sheet and m.item_axis = 'column' and not h.is_unit
  and not h.in_key_column and h.item_text = m.item_heading
left join hidden_is_wanted as w on h.file = w.file and h.sheet = w.sheet
