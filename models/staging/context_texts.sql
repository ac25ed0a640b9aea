-- Every text beside the figures of a mapped table, with its place and the columns and rows it stands over.
-- over: `sheet`, all figures of it; `column`, those below it up to until_col; `row`, those of its row;
-- `nothing`, where it stands at the foot or heads a column that holds no figures of ours.
with cells as (
  select
    c.file,
    c.sheet,
    c.row_no,
    c.col_no,
    c.clean,
    c.number,
    c.is_blank,
    c.in_key_column,
    c.header_row,
    b.item_axis,
    b.year_axis,
    case when c.row_no < c.header_row then 'title' when c.row_no > c.year_row then r.place else 'below heading' end
      as place,
    lead(c.clean) over row_ as next_clean,
    lead(c.col_no) over row_ as next_col,
    lag(c.clean) over row_ as previous_clean,
    count(*) over whole_row = 1 as is_alone
  from {{ ref('sheet_cells') }} as c
  inner join {{ ref('blocks') }} as b on c.sheet_id = b.sheet_id
  left join {{ ref('sheet_rows') }} as r on c.sheet_id = r.sheet_id and c.row_no = r.row_no
  where c.clean <> ''
    and (
      c.row_no < c.header_row or (c.row_no > c.header_row and c.row_no <= c.year_row)
      or r.place in ('below heading', 'between', 'foot')
    )
  window
    row_ as (partition by c.file, c.sheet, c.row_no order by c.col_no),
    whole_row as (partition by c.file, c.sheet, c.row_no)
),

-- 单位: and 万元 in two cells are one text.
lines as (
  select
    *,
    case when regexp_full_match({{ context_key('clean') }}, '\(?(计量)?(单位|units?) ?[:为]?') and next_clean is not null
        then concat(clean, case when clean like '%:' then '' else ':' end, next_clean)
      else clean
    end as line,
    coalesce(regexp_full_match({{ context_key('previous_clean') }}, '\(?(计量)?(单位|units?) ?[:为]?'), false) as is_said
  from cells
  where not is_blank
    and (
      number is null or (place <> 'foot' and {{ parse_year('clean') }} is not null)
      -- a number between the rows may number a part of the table; one of more digits is a figure or a region's code
      or ((is_alone or (in_key_column and place = 'between')) and place in ('between', 'below heading') and length(clean) <= 3)
    )
    and not (place = 'below heading' and year_axis = 'column' and {{ parse_year('clean') }} is not null)
    -- forms number their columns
    and not (place = 'below heading' and not is_alone and {{ is_numbering('clean') }})
),

-- Headings of keys as the manifest writes them, whole.
keys_named as (
  select distinct i.sheet_id, {{ heading_key(clean_text('k.key')) }} as heading_key
  from {{ ref('sheet_items') }} as i
  inner join (
    select manifest_row, unnest([region_key, year_key, item_key]) as key from {{ ref('manifest') }}
  ) as k on i.manifest_row = k.manifest_row
),

placed as (
  select
    file, sheet, row_no, col_no, line as text, place,
    case
      when place = 'foot' then 'nothing'
      when is_alone or in_key_column or regexp_matches({{ context_key('line') }}, '单位|\bunits?\b') then 'sheet'
      else 'column'
    end as over,
    -- a text merged over several columns stands in the first; a unit is not merged
    case when item_axis = 'column' and place <> 'title' then col_no else coalesce(next_col - 1, 1000000) end as until_col
  from lines
  where not is_said
  union all
  select h.file, h.sheet, b.header_row, h.col_no, h.other_lines, 'below heading', 'column', h.col_no as until_col
  from {{ ref('headings') }} as h
  inner join {{ ref('blocks') }} as b on h.sheet_id = b.sheet_id
  where h.other_lines <> '' and not {{ is_note_mark('h.other_lines') }}
  union all
  -- what a key is headed by beside the line that the manifest names
  select h.file, h.sheet, b.header_row, h.col_no, {{ other_lines('h.heading') }}, 'title', 'sheet', 1000000
  from {{ ref('headings') }} as h
  inner join {{ ref('blocks') }} as b on h.sheet_id = b.sheet_id
  left join keys_named as k on h.sheet_id = k.sheet_id and h.heading_key = k.heading_key
  where h.in_key_column and k.sheet_id is null
  union all
  -- what stands beside the headings and heads nothing: a unit, or a text apart from them
  select
    s.file, s.sheet, b.header_row, s.col_no, s.heading, case when s.says_unit then 'title' else 'head of nothing' end,
    case when s.says_unit then 'sheet' else 'nothing' end, 1000000
  from (
    select *, regexp_matches({{ context_key('heading') }}, '单位|\bunits?\b|^\(.*\)$') as says_unit
    from {{ ref('side_columns') }}
    where holds = 'nothing' and heading <> ''
  ) as s
  inner join {{ ref('blocks') }} as b on s.sheet_id = b.sheet_id
  left join {{ ref('headings') }} as n on s.sheet_id = n.sheet_id and s.col_no - 1 = n.col_no and n.heading <> ''
  where s.says_unit or n.sheet_id is null
  union all
  -- the name of a sheet that a pattern takes
  select file, sheet, 0, 0, sheet as text, 'sheet', 'sheet', 0
  from {{ ref('sheet_items') }}
  where sheet <> '' and sheet_pattern <> sheet
  group by file, sheet
  union all
  -- where the manifest says the year, so may the names of the file and of the sheet
  select file, sheet, 0, 0, unnest([regexp_extract(file, '[^/]*$'), sheet]), 'name', 'sheet', 0
  from {{ ref('sheet_items') }}
  where year_axis = 'manifest'
  group by file, sheet
  union all
  select s.file, s.sheet, b.header_row, s.col_no, s.heading, concat('head of ', s.holds), 'nothing', s.col_no as until_col
  from {{ ref('side_columns') }} as s
  inner join {{ ref('blocks') }} as b on s.sheet_id = b.sheet_id
  where s.holds in ('texts', 'small numbers', 'parts') and s.heading <> ''
  union all
  select c.file, c.sheet, min(c.row_no), c.col_no, c.clean, 'in a column', 'row', c.col_no as until_col
  from {{ ref('sheet_cells') }} as c
  inner join {{ ref('side_columns') }} as s on c.sheet_id = s.sheet_id and c.col_no = s.col_no
  inner join {{ ref('sheet_rows') }} as r on c.sheet_id = r.sheet_id and c.row_no = r.row_no
  where s.holds in ('texts', 'small numbers', 'parts') and r.place = 'data' and not c.is_blank
  group by c.file, c.sheet, c.col_no, c.clean
)

select *, {{ context_key('text') }} as context_key
from placed
where text <> ''
