-- Every raw cell, classified once, with the texts that say its region, year and item.
-- class: value | blank | header | key | note | not mapped. Nothing is dropped here.
with cells as (
  select *, {{ clean_text('text') }} as clean
  from {{ ref('raw_cells') }}
),

in_block as (
  select cells.*, b.* exclude (file, sheet)
  from cells
  left join {{ ref('blocks') }} as b on cells.file = b.file and cells.sheet = b.sheet
),

headings as (
  select
    file,
    sheet,
    col_no,
    max(case when row_no = header_row then clean end) as heading,
    max(case when row_no = year_row then clean end) as year_heading
  from in_block
  where row_no in (header_row, year_row)
  group by file, sheet, col_no
),

row_labels as (
  select
    file,
    sheet,
    row_no,
    max(case when col_no = region_col then clean end) as region_label,
    max(case when col_no = year_col then clean end) as year_label,
    max(case when col_no = item_col then nullif(clean, '') end) as item_label,
    count(case when clean <> '' then 1 end) as filled,
    count(case when {{ parse_number('clean') }} is not null then 1 end) as numbers
  from in_block
  where row_no > year_row
  group by file, sheet, row_no
),

-- A series name may stand only in the first row of its merged block.
filled_labels as (
  select
    * exclude (item_label),
    last_value(item_label ignore nulls) over (
      partition by file, sheet order by row_no
      rows between unbounded preceding and current row
    ) as item_label
  from row_labels
),

labelled as (
  select
    c.file,
    c.sheet,
    c.row_no,
    c.col_no,
    c.text,
    c.clean,
    c.level,
    c.header_row,
    c.year_row,
    c.col_no in (c.region_col, c.year_col, c.item_col) as in_key_column,
    case c.region_axis when 'row' then l.region_label when 'column' then h.heading end as region_text,
    case c.year_axis when 'row' then l.year_label when 'column' then h.year_heading end as year_text,
    case c.item_axis when 'row' then l.item_label when 'column' then h.heading else '' end as item_text,
    l.filled,
    l.numbers
  from in_block as c
  left join headings as h on c.file = h.file and c.sheet = h.sheet and c.col_no = h.col_no
  left join filled_labels as l on c.file = l.file and c.sheet = l.sheet and c.row_no = l.row_no
)

select
  c.file,
  c.sheet,
  c.row_no,
  c.col_no,
  c.text,
  c.clean,
  c.region_text,
  c.year_text,
  m.manifest_row,
  case
    when c.level is null then 'not mapped'
    when c.row_no <= c.year_row then 'header'
    -- a line of prose below or between the rows: one cell filled, no number, no region
    when c.filled = 1 and c.numbers = 0 and r.region_key is null and c.clean <> '' then 'note'
    when c.in_key_column then 'key'
    when m.manifest_row is null then 'not mapped'
    when {{ is_missing_mark('c.clean') }} then 'blank'
    else 'value'
  end as class
from labelled as c
left join {{ ref('manifest') }} as m
  on c.file = m.file
  and (m.sheet_pattern = '' or c.sheet glob m.sheet_pattern)
  and c.item_text = m.item
  and not coalesce(c.in_key_column, false)
left join {{ ref('region_names') }} as r
  on c.level = r.level and {{ region_key('c.region_text') }} = r.region_key
