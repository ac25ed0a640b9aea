-- Where texts beside the figures, or the names of file and sheet, say another year than the manifest or the figure's
-- own row: the rows, columns and years of the figures that they contradict. A year between the rows is of the rows
-- below it. That of a yearbook may be the year after.
{{ config(materialized='ephemeral') }}
with said as (
  select
    t.file, t.sheet, t.row_no, t.col_no, t.until_col, t.place, t.over, t.text,
    {{ parse_year(clean_text('t.text')) }} as alone,
    regexp_matches(t.context_key, '年鉴|yearbook') as is_yearbook,
    list_transform(
      regexp_extract_all(
        translate(t.context_key, '_〇零○一二三四五六七八九', ' 000123456789'), '\b(?:19|20)\d\d\b'
      ), y -> cast(y as integer)
    ) as years
  from {{ ref('context_texts') }} as t
  inner join {{ ref('context_verdicts') }} as v
    on t.file = v.file and t.sheet = v.sheet and t.place = v.place and t.text = v.text
  where t.place in ('name', 'sheet', 'title', 'below heading', 'between') and v.verdict <> 'accepted'
),

held as (
  select
    i.sheet_id, i.manifest_row, i.year_axis, s.*,
    case when i.year_axis = 'manifest' then cast(i.year_text as integer) end as year,
    case when s.place in ('name', 'sheet', 'title') then 0 else s.row_no end as from_row,
    lead(s.row_no) over (
      partition by i.manifest_row, i.sheet_id, s.over, case when s.over = 'column' then s.col_no end
      order by s.row_no, s.place, s.text
    ) as until_row
  from said as s
  inner join {{ ref('sheet_items') }} as i on s.file = i.file and s.sheet = i.sheet
  inner join {{ ref('blocks') }} as b on i.sheet_id = b.sheet_id
  where len(s.years) > 0
    and (
      i.year_axis = 'manifest'
      or (
        i.year_axis = 'row' and s.alone is not null
        -- a year right above a heading is of its columns; further up it may be that of the table
        and (s.place in ('between', 'below heading') or (s.over = 'column' and s.row_no = b.header_row - 1))
      )
    )
),

contradicting as (
  select
    sheet_id, manifest_row, from_row, until_row, year, alone,
    case when over = 'column' then col_no end as col_no,
    case when over = 'column' then until_col end as until_col,
    concat(
      case when place in ('name', 'sheet') then 'its file or sheet is named ' else concat('row ', row_no, ' reads ') end,
      {{ quoted('text') }}, case when year is null then ', the row says another year' else concat(', the manifest says ', year) end
    ) as detail
  from held
  where year is null
    or not (
      year between list_min(years) and list_max(years)
      or (is_yearbook and year + 1 between list_min(years) and list_max(years))
    )
)

select
  sheet_id, manifest_row, from_row, until_row, col_no, until_col,
  cast(null as integer) as first_year, case when year is null then alone - 1 end as last_year, detail
from contradicting
union all
select sheet_id, manifest_row, from_row, until_row, col_no, until_col, alone + 1, null, detail
from contradicting
where year is null
