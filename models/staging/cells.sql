-- Every raw cell, classified once, with the texts that say its region, year and item.
-- class: value | blank | header | key | note | not mapped. Nothing is dropped here.
-- doubt: why the place of a cell does not say for sure what its figure means.
with cells as (
  select *, {{ clean_text('text') }} as clean, {{ heading_key(clean_text('text')) }} as heading_key
  from {{ ref('raw_cells') }}
),

in_block as (
  select
    cells.*,
    b.* exclude (file, sheet),
    coalesce(cells.col_no in (b.region_col, b.year_col, b.item_col), false) as in_key_column
  from cells
  left join {{ ref('blocks') }} as b on cells.file = b.file and cells.sheet = b.sheet
),

header_texts as (
  select
    file,
    sheet,
    col_no,
    any_value(level) as level,
    any_value(region_axis) as region_axis,
    any_value(item_axis) as item_axis,
    max(case when row_no = header_row then clean end) as heading,
    max(case when row_no = year_row then clean end) as year_heading
  from in_block
  where row_no in (header_row, year_row)
  group by file, sheet, col_no
),

items as (
  select *, {{ heading_key('item') }} as item_heading
  from {{ ref('manifest') }}
),

-- Columns that hold figures: those of a series, or all but the keys.
headings as (
  select
    h.*,
    {{ heading_key('h.heading') }} as heading_key,
    {{ heading_key('h.year_heading') }} as year_heading_key,
    h.item_axis <> 'column' or m.file is not null as holds_figures,
    h.region_axis = 'column' and r.region_key is not null as is_region
  from header_texts as h
  left join (select distinct file, sheet_pattern, item_heading from items) as m
    on h.file = m.file and (m.sheet_pattern = '' or h.sheet glob m.sheet_pattern)
    and {{ heading_key('h.heading') }} = m.item_heading
  left join {{ ref('region_names') }} as r
    on h.level = r.level and r.source_id is null and {{ region_key('h.heading') }} = r.region_key
),

-- A key's heading again: another table may stand beside the first, with keys of its own.
second_keys as (
  select
    b.file,
    b.sheet,
    h.col_no,
    any_value(h.heading) as heading,
    min(k.col_no) as key_col
  from {{ ref('blocks') }} as b
  inner join headings as k
    on b.file = k.file and b.sheet = k.sheet and k.col_no in (b.region_col, b.year_col, b.item_col)
  inner join headings as h
    on k.file = h.file and k.sheet = h.sheet and k.heading_key = h.heading_key
    and h.col_no not in (coalesce(b.region_col, 0), coalesce(b.year_col, 0), coalesce(b.item_col, 0))
  where h.heading <> ''
  group by b.file, b.sheet, h.col_no
),

-- The columns that lie behind one, seen from the key column.
side_tables as (
  select
    h.file,
    h.sheet,
    h.col_no,
    first(k.col_no order by k.col_no desc) as second_col,
    first(k.heading order by k.col_no desc) as heading
  from headings as h
  inner join second_keys as k
    on h.file = k.file and h.sheet = k.sheet and h.col_no > k.col_no
    and (k.key_col < k.col_no or h.col_no < k.key_col)
  group by h.file, h.sheet, h.col_no
),

last_headings as (
  select file, sheet, max(case when heading <> '' then col_no end) as col_no, max(col_no) as width
  from headings
  group by file, sheet
),

below as (
  select
    c.*,
    h.heading_key as column_heading,
    h.year_heading_key as column_year,
    coalesce(h.holds_figures, c.item_axis <> 'column') and not c.in_key_column as is_figure,
    c.clean <> '' as is_filled,
    c.year_axis = 'column' and not c.in_key_column and {{ parse_year('c.clean') }} is not null as is_year,
    t.heading_key is not null as is_heading
  from in_block as c
  left join headings as h on c.file = h.file and c.sheet = h.sheet and c.col_no = h.col_no
  left join (
    select distinct file, sheet, heading_key
    from headings
    where not {{ is_missing_mark('heading_key') }} and {{ parse_number('heading_key') }} is null
  ) as t
    on c.file = t.file and c.sheet = t.sheet and c.heading_key = t.heading_key
  where c.row_no > c.year_row
),

row_labels as (
  select
    file,
    sheet,
    row_no,
    any_value(level) as level,
    any_value(year_row > header_row) as has_year_row,
    max(case when col_no = region_col then clean end) as region_label,
    max(case when col_no = year_col then clean end) as year_label,
    max(case when col_no = item_col then nullif(clean, '') end) as item_label,
    count(case when is_filled then 1 end) as filled,
    count(case when {{ parse_number('clean') }} is not null then 1 end) as numbers,
    count(case when is_filled and not in_key_column then 1 end) as entries,
    count(case when in_key_column and {{ is_other_measure('heading_key') }} then 1 end) as other_measures,
    max(case when is_filled then col_no end) as last_filled,
    max(col_no) as width,
    -- a heading again: where a key column or a column of figures holds one
    count(case
      when in_key_column and is_filled and heading_key = column_heading then 1
      when is_figure and is_heading then 1
    end) as headings,
    count(case when is_filled and (in_key_column or is_figure) and heading_key <> column_heading then 1 end)
      as other_headings,
    -- years again, where they run across; everything else that is a number is a figure
    count(case when is_year then 1 end) as years,
    count(case
      when not in_key_column and not is_year and {{ parse_number('clean') }} is not null then 1
    end) as figures,
    count(case when is_filled and is_figure and heading_key <> column_year then 1 end) as other_years
  from below
  group by file, sheet, row_no
),

-- Headings may stand again between the rows, and mean the same or something else. A row of nothing
-- but years is one, if it has no region; a text that is no region may be one's misspelt name, and
-- then a figure or two may well lie between 1949 and 2050. A line that says no more than another
-- measure (市辖区, 增长速度) heads the rows below it too.
repeats as (
  select
    *,
    headings > 0 and figures = 0 or is_year_row as is_header,
    case
      when filled = 1 and other_measures > 0 then true
      when headings > 0 and figures = 0 then other_headings > 0
      else is_year_row and other_years > 0
    end as is_other_header
  from (
    select
      l.*,
      r.region_key is not null as is_region,
      l.entries = l.years and r.region_key is null and l.years >= case
        when coalesce(l.region_label, '') <> '' then 3 when l.has_year_row then 1 else 2
      end as is_year_row
    from row_labels as l
    left join {{ ref('region_names') }} as r
      on l.level = r.level and r.source_id is null and {{ region_key('l.region_label') }} = r.region_key
  ) as r
),

-- A series name may stand only in the first row of its merged block. A line of prose in that column
-- names no series: the rows below it may or may not belong to the series above.
series_names as (
  select
    r.*,
    r.item_label is not null and r.filled = 1 and i.file is null as is_prose
  from repeats as r
  left join (select distinct file, sheet_pattern, item_heading from items) as i
    on r.file = i.file and (i.sheet_pattern = '' or r.sheet glob i.sheet_pattern)
    and {{ heading_key('r.item_label') }} = i.item_heading
),

filled_labels as (
  select
    * exclude (item_label),
    last_value(case when not is_prose then item_label end ignore nulls) over above as item_label,
    last_value(case when not is_prose and item_label is not null then row_no end ignore nulls) over above
      as item_row,
    last_value(case when is_prose then row_no end ignore nulls) over above as prose_row,
    first_value(case when is_other_header then row_no end ignore nulls) over above as other_header_row
  from series_names
  window above as (
    partition by file, sheet order by row_no
    rows between unbounded preceding and current row
  )
),

row_texts as (
  select r.file, r.sheet, r.row_no, list({{ quoted('c.clean') }} order by c.col_no) as texts
  from series_names as r
  inner join below as c on r.file = c.file and r.sheet = c.sheet and r.row_no = c.row_no and c.is_filled
  where r.is_other_header or r.is_prose
  group by r.file, r.sheet, r.row_no
),

-- A text in which every row ends in a separator has rows wider than its heading, but all alike.
narrowest_rows as (
  select file, sheet, min(width) as width
  from row_labels
  where figures > 0
  group by file, sheet
),

-- Districts or growth rates under a heading that promises whole cities or levels.
sub_headings as (
  select file, sheet, col_no, min(row_no) as row_no, first(clean order by row_no) as text
  from below
  where is_figure and {{ is_other_measure('heading_key') }}
  group by file, sheet, col_no
),

-- Units said beside the rows: 单位:万元 in any cell, or in brackets in a row of one cell (a title, or
-- 指标:地区生产总值(亿元)). Between the rows they are of the rows below; a heading with a unit of its own
-- does not heed the line above the table or at its foot, which may be of other columns.
lone_cells as (
  select file, sheet, row_no, max(col_no) as col_no
  from in_block
  where level is not null and clean <> ''
  group by file, sheet, row_no
  having count(*) = 1
),

last_rows as (
  select file, sheet, max(row_no) as row_no
  from row_labels
  where numbers > 0
  group by file, sheet
),

texts_of_units as (
  select
    c.file, c.sheet, c.row_no, c.clean,
    coalesce(c.row_no > c.year_row and c.row_no < z.row_no, false) as is_between_rows,
    unnest({{ units_said('c.heading_key') }}) as spelling
  from in_block as c
  left join lone_cells as a on c.file = a.file and c.sheet = a.sheet and c.row_no = a.row_no and c.col_no = a.col_no
  left join last_rows as z on c.file = z.file and c.sheet = z.sheet
  where c.level is not null and (a.row_no is not null or c.heading_key like '%单位%')
),

units_beside as (
  select
    m.manifest_row,
    t.sheet,
    case when t.is_between_rows or t.row_no < b.header_row then t.row_no else 0 end as from_row,
    bool_or(p.unit = m.unit) as fits,
    any_value(concat('row ', t.row_no, ' reads ', {{ quoted('t.clean') }}, ', the manifest says ', m.unit)) as detail
  from texts_of_units as t
  inner join {{ ref('unit_spellings') }} as p on t.spelling = p.spelling
  inner join {{ ref('units') }} as u on p.unit = u.unit
  inner join {{ ref('blocks') }} as b on t.file = b.file and t.sheet = b.sheet
  inner join items as m
    on t.file = m.file and (m.sheet_pattern = '' or t.sheet glob m.sheet_pattern)
    and (t.is_between_rows or (u.dimension = m.dimension and m.item_units is null))
  group by m.manifest_row, t.sheet, t.row_no, t.is_between_rows, b.header_row
),

unit_spans as (
  select
    *,
    lead(from_row) over (partition by manifest_row, sheet order by from_row) as until_row
  from units_beside
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
    c.in_key_column,
    case c.region_axis when 'row' then l.region_label when 'column' then h.heading end as region_text,
    case c.year_axis when 'row' then l.year_label when 'column' then h.year_heading end as year_text,
    case c.item_axis
      when 'row' then {{ heading_key('l.item_label') }} when 'column' then h.heading_key else ''
    end as item_text,
    coalesce(l.is_header, false) as is_header,
    coalesce(l.is_region, false) or coalesce(h.is_region, false) as is_region,
    l.filled,
    l.numbers,
    case
      -- a figure with a separator that is not in quotation marks falls into two cells
      when c.sheet = '' and (l.last_filled > w.col_no or l.width > greatest(w.width, n.width))
        then 'row wider than its heading'
      when l.other_header_row < c.row_no or s.row_no < c.row_no or l.prose_row > l.item_row
        then 'below another heading'
      when p.second_col is not null and c.row_no > c.year_row then 'beside another key column'
    end as doubt,
    case
      when c.sheet = '' and l.last_filled > w.col_no
        then concat('the last heading is in column ', w.col_no, ', the last cell in column ', l.last_filled)
      when c.sheet = '' and l.width > greatest(w.width, n.width)
        then concat('the heading has ', w.width, ' cells, the row ', l.width)
      when l.other_header_row < c.row_no
        then concat('row ', l.other_header_row, ' reads ', {{ first_dozen('t.texts') }})
      when s.row_no < c.row_no then concat('row ', s.row_no, ' reads ', {{ quoted('s.text') }})
      when l.prose_row > l.item_row
        then concat('row ', l.prose_row, ' reads ', {{ first_dozen('t.texts') }})
      when p.second_col is not null and c.row_no > c.year_row
        then concat('column ', p.second_col, ' is headed ', {{ quoted('p.heading') }}, ' too')
    end as doubt_detail
  from in_block as c
  left join headings as h on c.file = h.file and c.sheet = h.sheet and c.col_no = h.col_no
  left join filled_labels as l on c.file = l.file and c.sheet = l.sheet and c.row_no = l.row_no
  left join last_headings as w on c.file = w.file and c.sheet = w.sheet
  left join narrowest_rows as n on c.file = n.file and c.sheet = n.sheet
  left join sub_headings as s on c.file = s.file and c.sheet = s.sheet and c.col_no = s.col_no
  left join side_tables as p on c.file = p.file and c.sheet = p.sheet and c.col_no = p.col_no
  left join row_texts as t
    on c.file = t.file and c.sheet = t.sheet and coalesce(l.other_header_row, l.prose_row) = t.row_no
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
    when c.row_no <= c.year_row or c.is_header then 'header'
    -- a line of prose below or between the rows: one cell filled, no number, no region; but digits in
    -- a column of figures may be a figure that cannot be read
    when c.filled = 1 and c.numbers = 0 and not c.is_region and c.clean <> ''
      and (m.manifest_row is null or not regexp_matches(c.clean, '\d')) then 'note'
    when c.in_key_column then 'key'
    when m.manifest_row is null then 'not mapped'
    when {{ is_missing_mark('c.clean') }} then 'blank'
    else 'value'
  end as class,
  case when c.doubt is null and d.manifest_row is not null then 'another unit beside the table' else c.doubt end
    as doubt,
  case when c.doubt is null and d.manifest_row is not null then d.detail else c.doubt_detail end as doubt_detail
from labelled as c
left join items as m
  on c.file = m.file
  and (m.sheet_pattern = '' or c.sheet glob m.sheet_pattern)
  and c.item_text = m.item_heading
  and not c.in_key_column
left join unit_spans as d
  on m.manifest_row = d.manifest_row and c.sheet = d.sheet and not d.fits
  and c.row_no > greatest(d.from_row, c.year_row) and (c.row_no <= d.until_row or d.until_row is null)
