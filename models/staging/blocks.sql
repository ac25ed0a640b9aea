-- Where the table stands in each mapped sheet: its header row and the columns that hold the keys.
with mapped as (
  select distinct
    file, sheet_pattern, layout, level, header, region_key, year_key, item_key,
    region_axis, year_axis, item_axis, year_row_offset
  from {{ ref('manifest') }}
),

sheets as (
  select distinct file, sheet from {{ ref('raw_cells') }}
),

placed as (
  select sheets.sheet, mapped.*
  from mapped
  inner join sheets
    on mapped.file = sheets.file and (mapped.sheet_pattern = '' or sheets.sheet glob mapped.sheet_pattern)
),

cells as (
  select file, sheet, row_no, col_no, {{ clean_text('text') }} as clean
  from {{ ref('raw_cells') }}
  -- a heading further down than this is none
  where row_no <= 60
),

header_rows as (
  select
    placed.file,
    placed.sheet,
    coalesce(
      try_cast(any_value(placed.header) as integer),
      min(case when cells.clean = {{ clean_text('placed.header') }} then cells.row_no end)
    ) as header_row
  from placed
  inner join cells on placed.file = cells.file and placed.sheet = cells.sheet
  group by placed.file, placed.sheet
),

-- A key is a column by its place (#2) or by its heading.
keys as (
  select
    placed.file,
    placed.sheet,
    {{ key_column('region') }} as region_col,
    {{ key_column('year') }} as year_col,
    {{ key_column('item') }} as item_col
  from placed
  inner join header_rows using (file, sheet)
  left join cells
    on placed.file = cells.file and placed.sheet = cells.sheet
    and header_rows.header_row = cells.row_no
    and cells.clean <> ''
  group by placed.file, placed.sheet
)

select
  placed.file,
  placed.sheet,
  placed.layout,
  placed.level,
  placed.region_axis,
  placed.year_axis,
  placed.item_axis,
  {{ or_stop('header_rows.header_row', [
    'placed.file', "' '", 'placed.sheet', "': no row holds the heading \"'", 'placed.header',
    "'\" that the manifest gives; correct its column header.'"
  ]) }} as header_row,
  header_rows.header_row + placed.year_row_offset as year_row,
  {{ found_key_column('region') }} as region_col,
  {{ found_key_column('year') }} as year_col,
  {{ found_key_column('item') }} as item_col
from placed
inner join header_rows using (file, sheet)
inner join keys using (file, sheet)
