-- The rows below the headings of each mapped table: the labels of their figures, and whether they hold
-- figures (data), headings again, or texts alone, and where these stand.
with row_widths as (
  select sheet_id, row_no, max(col_no) as width
  from {{ ref('sheet_cells') }}
  where row_no > year_row
  group by sheet_id, row_no
),

-- Headings may be repeated between the rows, and mean the same or something else. A row of nothing
-- but years is one, if it has no region; a text that is no region may be one's misspelt name, and
-- then a figure or two may well lie between 1949 and 2050.
repeats as (
  select
    b.file,
    b.sheet,
    w.sheet_id,
    w.row_no,
    w.width,
    l.* exclude (sheet_id, row_no, figures, filled),
    coalesce(l.figures, 0) as figures,
    coalesce(l.filled, 0) as filled,
    r.region_key is not null as is_region,
    coalesce(l.entries = l.years, false) and r.region_key is null and l.years >= case
      when coalesce(l.region_label, '') <> '' then 3 when b.year_row > b.header_row then 1 else 2
    end as is_year_row,
    coalesce(l.headings > 0 and l.figures = 0, false) or is_year_row as is_header,
    coalesce(case when l.headings > 0 and l.figures = 0 then l.other_headings > 0 else is_year_row and l.other_years > 0 end, false)
      as is_other_header,
    -- a row with the name of a county and no figures says nothing about the rows below it
    not is_header
    -- a year over the figures, where no key says what it would be a figure of
    and not coalesce(
      b.region_axis = 'row' and b.year_axis <> 'column' and l.region_label is null and l.year_label is null
      and l.entries = l.may_be_years, false
    )
    -- nor does a number by itself, which may number what stands below it
    and not coalesce(
      l.filled = 1 and l.numbers = 1 and l.region_label is null and l.year_label is null and l.item_label is null, false
    )
    and case
      when coalesce(l.figures + l.years + l.marks, 0) > 0 or r.region_key is not null then true
      -- a row that is struck out is none of text
      when starts_with(l.region_label, '[struck out: ') then true
      -- 所辖县, 不含代管县: no county has such a name
      else not regexp_matches(coalesce(l.region_label, ''), '[不各辖属]|代管')
        and regexp_matches(coalesce(l.region_label, ''), '^[\x{4e00}-\x{9fff}]{1,8}(县|旗|自治州|林区)$')
        or (coalesce(l.filled, 0) > 1 and l.region_label is not null and {{ parse_year('l.year_label') }} is not null)
        or (b.region_axis = 'column' and {{ parse_year('l.year_label') }} is not null)
    end as is_data
  from row_widths as w
  inner join {{ ref('blocks') }} as b on w.sheet_id = b.sheet_id
  left join {{ ref('row_contents') }} as l on w.sheet_id = l.sheet_id and w.row_no = l.row_no
  left join {{ ref('region_names') }} as r
    on b.level = r.level and r.source_id is null and {{ region_key('l.region_label') }} = r.region_key
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
  * exclude (item_label),
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
  above as (partition by sheet_id order by row_no rows between unbounded preceding and current row),
  whole as (partition by sheet_id)
