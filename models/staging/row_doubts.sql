-- Why a row of a mapped table does not say for sure what its figures mean, the first of the reasons; and the
-- unit and the province that columns beside it say.
{{ config(materialized='ephemeral') }}
with widths as (
  select
    h.sheet_id,
    -- what is written below the headings heads columns too
    greatest(max(case when h.heading <> '' then h.col_no end), any_value(n.last_below)) as last_heading,
    max(h.col_no) as width,
    -- a text in which every row ends in a separator has rows wider than its heading, but all alike
    any_value(n.width) as narrowest
  from {{ ref('headings') }} as h
  left join (
    select
      sheet_id,
      min(case when figures > 0 then width end) as width,
      max(case when place = 'below heading' then last_filled end) as last_below
    from {{ ref('sheet_rows') }}
    group by sheet_id
  ) as n
    on h.sheet_id = n.sheet_id
  group by h.sheet_id
),

row_texts as (
  select r.sheet_id, r.row_no, {{ first_dozen('list(' ~ quoted('c.clean') ~ ' order by c.col_no)') }} as texts
  from {{ ref('sheet_rows') }} as r
  inner join {{ ref('sheet_cells') }} as c on r.sheet_id = c.sheet_id and r.row_no = c.row_no
  where (r.is_other_header or r.is_prose) and c.clean <> ''
  group by r.sheet_id, r.row_no
),

over_sheets as (
  select file, sheet, min(from_row) as from_row, arg_min({ reason: reason, detail: detail }, from_row) as doubt
  from {{ ref('doubts') }}
  where col_no is null
  group by file, sheet
),

understood as (
  select distinct t.file, t.sheet, t.row_no
  from {{ ref('context_texts') }} as t
  inner join {{ ref('context_verdicts') }} as v
    on t.file = v.file and t.sheet = v.sheet and t.place = v.place and t.text = v.text
  where v.verdict in ('understood', 'accepted')
),

-- If a column of units names only one unit, it is the unit of all rows, also of those where it is blank.
unit_columns as (
  select h.sheet_id, case when count(distinct e.unit_text) = 1 then min(e.unit_text) end as only_unit
  from {{ ref('headings') }} as h
  left join {{ ref('side_rows') }} as e on h.sheet_id = e.sheet_id and e.has_unit
  where h.is_unit
  group by h.sheet_id
)

select
  l.sheet_id,
  l.row_no,
  q.sheet_id is not null or coalesce(e.has_unit, false) as has_unit,
  coalesce(e.unit_text, q.only_unit) as unit_text,
  e.province_code,
  case
    when starts_with(l.region_label, '[struck out: ') then { reason: 'struck out in the file', detail: cast(null as {{ dbt.type_string() }}) }
    -- a figure with a separator that is not in quotation marks falls into two cells
    when l.sheet = '' and l.last_filled > d.last_heading
      then {
          reason: 'row wider than its heading',
          detail: concat('the last heading is in column ', d.last_heading, ', the last cell in column ', l.last_filled)
        }
    when l.sheet = '' and l.width > greatest(d.width, d.narrowest)
      then {
          reason: 'row wider than its heading',
          detail: concat('the heading has ', d.width, ' cells, the row ', l.width)
        }
    when l.other_header_row < l.row_no
      then { reason: 'below another heading', detail: concat('row ', l.other_header_row, ' reads ', t.texts) }
    when s.from_row < l.row_no then s.doubt
    when l.prose_row > l.item_row and u.file is null
      then { reason: 'below another heading', detail: concat('row ', l.prose_row, ' reads ', t.texts) }
    when e.other_col is not null and not e.is_confirmed
      then {
          reason: 'code and name disagree',
          detail: concat('column ', e.other_col, ' reads ', {{ quoted('e.other_region') }})
        }
    when e.other_year is not null then { reason: 'another year beside the table', detail: e.other_year }
    when n.file is not null then { reason: 'a district or a city of the same name', detail: n.detail }
    when e.parting_text is not null then { reason: 'told apart by a column that is not mapped', detail: e.parting_text }
  end as doubt
from {{ ref('sheet_rows') }} as l
inner join widths as d on l.sheet_id = d.sheet_id
left join over_sheets as s on l.file = s.file and l.sheet = s.sheet
left join understood as u on l.file = u.file and l.sheet = u.sheet and l.prose_row = u.row_no
left join unit_columns as q on l.sheet_id = q.sheet_id
left join {{ ref('side_rows') }} as e on l.sheet_id = e.sheet_id and l.row_no = e.row_no
left join {{ ref('lone_names') }} as n on l.file = n.file and l.sheet = n.sheet and l.region_label = n.region_label
left join row_texts as t on l.sheet_id = t.sheet_id and coalesce(l.other_header_row, l.prose_row) = t.row_no
