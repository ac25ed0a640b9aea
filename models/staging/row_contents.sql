-- What stands in the rows below the headings of each mapped table: the labels of their figures, and how many of their
-- cells are figures, headings again, years again. A part of the query of sheet_rows.
{{ config(materialized='ephemeral') }}
with filled as (
  select sheet_id, row_no, col_no, clean, in_key_column, number, number is not null as is_number, is_blank as is_mark
  from {{ ref('sheet_cells') }}
  where row_no > year_row and clean <> ''
),

below as (
  select
    c.*,
    b.region_col,
    b.year_col,
    b.item_col,
    case when c.is_number then c.clean else {{ heading_key('c.clean') }} end as heading_key,
    h.heading_key as column_heading,
    h.year_heading_key as column_year,
    coalesce(h.holds_figures, b.item_axis <> 'column') and not c.in_key_column and not coalesce(h.is_unit, false)
      as is_figure,
    case when b.year_axis = 'column' and not c.in_key_column then {{ parse_year('c.clean') }} is not null else false end
      as is_year
  from filled as c
  inner join {{ ref('blocks') }} as b on c.sheet_id = b.sheet_id
  left join {{ ref('headings') }} as h on c.sheet_id = h.sheet_id and c.col_no = h.col_no
),

headings_known as (
  select distinct sheet_id, heading_key
  from {{ ref('headings') }}
  where not {{ is_missing_mark('heading_key') }} and {{ parse_number('heading_key') }} is null
)

select
  c.sheet_id,
  c.row_no,
  max(case when c.col_no = c.region_col then c.clean end) as region_label,
  max(case when c.col_no = c.year_col then c.clean end) as year_label,
  max(case when c.col_no = c.item_col then c.clean end) as item_label,
  count(*) as filled,
  count(case when c.is_number then 1 end) as numbers,
  count(case when not c.in_key_column then 1 end) as entries,
  max(c.col_no) as last_filled,
  -- a heading again: where a key column or a column of figures holds one
  count(case
    when c.in_key_column and c.heading_key = c.column_heading then 1
    when c.is_figure and t.heading_key is not null then 1
  end) as headings,
  count(case when (c.in_key_column or c.is_figure) and c.heading_key <> c.column_heading then 1 end)
    as other_headings,
  -- years again, where they run across; everything else that is a number is a figure
  count(case when c.is_year then 1 end) as years,
  count(case when not c.in_key_column and not c.is_year and c.is_number then 1 end) as figures,
  count(case when c.number between {{ first_year() }} and {{ last_year() }} and not c.in_key_column then 1 end) as may_be_years,
  count(case when c.is_figure and c.is_mark then 1 end) as marks,
  count(case when c.is_figure and c.heading_key <> c.column_year then 1 end) as other_years
from below as c
-- no known heading is a number, and so no figure is one
left join headings_known as t on c.sheet_id = t.sheet_id and c.heading_key = t.heading_key
group by c.sheet_id, c.row_no
