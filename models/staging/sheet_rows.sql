-- The rows below the headings of each mapped table: the labels of their figures, and whether they hold
-- figures (data), headings again, or texts alone, and where these stand.
with below as (
  select
    c.*,
    h.heading_key as column_heading,
    h.year_heading_key as column_year,
    coalesce(h.holds_figures, c.item_axis <> 'column') and not c.in_key_column and not coalesce(h.is_unit, false)
      as is_figure,
    c.clean <> '' as is_filled,
    {{ is_missing_mark('c.clean') }} as is_mark,
    {{ parse_number('c.clean') }} is not null as is_number,
    c.year_axis = 'column' and not c.in_key_column and {{ parse_year('c.clean') }} is not null as is_year,
    t.heading_key is not null as is_heading
  from {{ ref('sheet_cells') }} as c
  left join {{ ref('headings') }} as h on c.file = h.file and c.sheet = h.sheet and c.col_no = h.col_no
  left join (
    select distinct file, sheet, heading_key
    from {{ ref('headings') }}
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
    any_value(year_axis) as year_axis,
    max(case when col_no = region_col then clean end) as region_label,
    max(case when col_no = year_col then clean end) as year_label,
    max(case when col_no = item_col then nullif(clean, '') end) as item_label,
    count(case when is_filled then 1 end) as filled,
    count(case when is_number then 1 end) as numbers,
    count(case when is_filled and not in_key_column then 1 end) as entries,
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
    count(case when not in_key_column and not is_year and is_number then 1 end) as figures,
    count(case when is_figure and is_filled and is_mark then 1 end) as marks,
    count(case when is_filled and is_figure and heading_key <> column_year then 1 end) as other_years
  from below
  group by file, sheet, row_no
),

-- Headings may stand again between the rows, and mean the same or something else. A row of nothing
-- but years is one, if it has no region; a text that is no region may be one's misspelt name, and
-- then a figure or two may well lie between 1949 and 2050.
repeats as (
  select
    l.*,
    r.region_key is not null as is_region,
    l.entries = l.years and r.region_key is null and l.years >= case
      when coalesce(l.region_label, '') <> '' then 3 when l.has_year_row then 1 else 2
    end as is_year_row,
    l.headings > 0 and l.figures = 0 or is_year_row as is_header,
    case when l.headings > 0 and l.figures = 0 then l.other_headings > 0 else is_year_row and l.other_years > 0 end
      as is_other_header,
    -- a name of a county without figures tells nothing of the rows below it
    not is_header and (
      l.figures + l.years + l.marks > 0
      or r.region_key is not null
      or regexp_matches(coalesce(l.region_label, ''), '^[^()]{2,}(县|旗|自治州|林区)$')
      or (l.filled > 1 and l.region_label <> '' and {{ parse_year('l.year_label') }} is not null)
      or (l.region_label is null and {{ parse_year('l.year_label') }} is not null)
    ) as is_data
  from row_labels as l
  left join {{ ref('region_names') }} as r
    on l.level = r.level and r.source_id is null and {{ region_key('l.region_label') }} = r.region_key
),

-- A series name may stand only in the first row of its merged block. A line of prose in that column
-- names no series: the rows below it may or may not belong to the series above.
series_names as (
  select r.*, r.item_label is not null and r.filled = 1 and i.file is null as is_prose
  from repeats as r
  left join (select distinct file, sheet, item_heading from {{ ref('sheet_items') }}) as i
    on r.file = i.file and r.sheet = i.sheet and {{ heading_key('r.item_label') }} = i.item_heading
)

select
  * exclude (item_label, level, has_year_row, year_axis),
  last_value(case when not is_prose then item_label end ignore nulls) over above as item_label,
  last_value(case when not is_prose and item_label is not null then row_no end ignore nulls) over above as item_row,
  last_value(case when is_prose then row_no end ignore nulls) over above as prose_row,
  first_value(case when is_other_header then row_no end ignore nulls) over above as other_header_row,
  case
    when is_header then 'heading'
    when is_data then 'data'
    when row_no > max(case when is_data then row_no end) over whole then 'foot'
    when row_no > min(case when is_data then row_no end) over whole then 'between'
    else 'below heading'
  end as place
from series_names
window
  above as (partition by file, sheet order by row_no rows between unbounded preceding and current row),
  whole as (partition by file, sheet)
