-- Why a column of a mapped table does not say for sure what its figures mean, and from which row on.
{{ config(materialized='ephemeral') }}
with over_columns as (
  select
    h.sheet_id,
    h.col_no,
    min(d.from_row) as from_row,
    arg_min({ reason: d.reason, detail: d.detail }, d.from_row) as doubt
  from {{ ref('doubts') }} as d
  inner join {{ ref('headings') }} as h
    on d.file = h.file and d.sheet = h.sheet and h.col_no between d.col_no and d.until_col
  group by h.sheet_id, h.col_no
)

select
  h.sheet_id,
  h.col_no,
  coalesce(o.from_row, 0) as from_row,
  case
    when o.sheet_id is not null then o.doubt
    else {
        reason: 'beside another key column',
        detail: concat('column ', h.second_col, ' is headed ', {{ quoted('h.second_heading') }}, ' too')
      }
  end as doubt
from {{ ref('headings') }} as h
left join over_columns as o on h.sheet_id = o.sheet_id and h.col_no = o.col_no
where o.sheet_id is not null or h.second_col is not null
