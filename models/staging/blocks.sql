-- Where the table lies in each mapped sheet: its header row and the columns that hold the keys.
with sheets as (
  select distinct file, sheet from {{ ref('raw_cells') }}
),

placed as (
  select
    s.file, s.sheet, m.layout, m.level, m.header, m.region_key, m.year_key, m.item_key,
    m.region_axis, m.year_axis, m.item_axis, m.year_row_offset,
    -- as headings are compared
    {{ heading_key(clean_text('m.header')) }} as header_heading,
    {{ heading_key(clean_text('m.region_key')) }} as region_heading,
    {{ heading_key(clean_text('m.year_key')) }} as year_heading,
    {{ heading_key(clean_text('m.item_key')) }} as item_heading,
    min(m.manifest_row) as manifest_row,
    min_by(m.listed, m.manifest_row) as listed
  from {{ ref('manifest') }} as m
  inner join sheets as s on m.file = s.file and (m.sheet_pattern = '' or s.sheet glob m.sheet_pattern)
  group by
    s.file, s.sheet, m.layout, m.level, m.header, m.region_key, m.year_key, m.item_key,
    m.region_axis, m.year_axis, m.item_axis, m.year_row_offset
),

cleaned as (
  select file, sheet, row_no, col_no, {{ clean_text('text') }} as clean
  from {{ ref('raw_cells') }}
  -- a text further down than this is not taken for a heading
  where row_no <= 60
),

cells as (
  select *, {{ heading_key('clean') }} as heading, {{ heading_key(first_line('clean')) }} as first_line
  from cleaned
),

header_rows as (
  select
    placed.file,
    placed.sheet,
    coalesce(
      try_cast(any_value(placed.header) as integer),
      min(case when cells.heading = placed.header_heading then cells.row_no end),
      min(case when cells.first_line = placed.header_heading then cells.row_no end)
    ) as header_row
  from placed
  inner join cells on placed.file = cells.file and placed.sheet = cells.sheet
  group by placed.file, placed.sheet
),

-- What might be the header where none is found, for the message: the first of the rows with most cells filled.
row_texts as (
  select
    cells.file, cells.sheet, cells.row_no, count(*) as filled,
    list({{ quoted('cells.clean', 200) }} order by cells.col_no) as texts
  from cells
  inner join header_rows
    on cells.file = header_rows.file and cells.sheet = header_rows.sheet and header_rows.header_row is null
  where cells.clean <> ''
  group by cells.file, cells.sheet, cells.row_no
),

likely_headers as (
  select
    file, sheet,
    first(row_no order by filled desc, row_no) as row_no,
    first(texts order by filled desc, row_no) as texts
  from row_texts
  group by file, sheet
),

-- A key is a column by its number (#2) or by its heading.
keys as (
  select
    placed.file,
    placed.sheet,
    {{ key_column('region') }} as region_col,
    {{ key_column('year') }} as year_col,
    {{ key_column('item') }} as item_col,
    list({{ quoted('cells.clean', 200) }} order by cells.col_no) filter (where cells.clean <> '') as headings
  from placed
  inner join header_rows using (file, sheet)
  left join cells
    on placed.file = cells.file and placed.sheet = cells.sheet
    and header_rows.header_row = cells.row_no
    and cells.clean <> ''
  group by placed.file, placed.sheet
)

select
  row_number() over (order by placed.file, placed.sheet) as sheet_id,
  placed.file,
  placed.sheet,
  placed.layout,
  placed.level,
  placed.region_axis,
  placed.year_axis,
  placed.item_axis,
  {{ or_stop('header_rows.header_row', [
    'placed.listed', "': in '", file_and_sheet('placed.file', 'placed.sheet'),
    "' none of the first 60 rows holds the heading '", quoted('placed.header'),
    "coalesce('. Row ' || likely_headers.row_no || ' reads: ' || " ~ first_dozen('likely_headers.texts') ~ ", '')",
    "'. Correct column header of the manifest.'"
  ]) }} as header_row,
  header_rows.header_row + placed.year_row_offset as year_row,
  {{ found_key_column('region') }} as region_col,
  {{ found_key_column('year') }} as year_col,
  {{ found_key_column('item') }} as item_col
from placed
inner join header_rows using (file, sheet)
inner join keys using (file, sheet)
left join likely_headers using (file, sheet)
