-- Every raw cell, classified once, with the texts that say its region, year and item.
-- class: value | blank | header | key | note | not mapped. Nothing is dropped here.
-- doubt: why the place of a cell does not say for sure what its figure means.
with widths as (
  select
    h.file,
    h.sheet,
    max(case when h.heading <> '' then h.col_no end) as last_heading,
    max(h.col_no) as width,
    -- a text in which every row ends in a separator has rows wider than its heading, but all alike
    any_value(n.width) as narrowest
  from {{ ref('headings') }} as h
  left join (
    select file, sheet, min(width) as width from {{ ref('sheet_rows') }} where figures > 0 group by file, sheet
  ) as n
    on h.file = n.file and h.sheet = n.sheet
  group by h.file, h.sheet
),

row_texts as (
  select r.file, r.sheet, r.row_no, list({{ quoted('c.clean') }} order by c.col_no) as texts
  from {{ ref('sheet_rows') }} as r
  inner join {{ ref('sheet_cells') }} as c on r.file = c.file and r.sheet = c.sheet and r.row_no = c.row_no
  where (r.is_other_header or r.is_prose) and c.clean <> ''
  group by r.file, r.sheet, r.row_no
),

over_sheets as (
  select file, sheet, min(from_row) as from_row, arg_min({reason: reason, detail: detail}, from_row) as doubt
  from {{ ref('doubts') }}
  where col_no is null
  group by file, sheet
),

over_columns as (
  select d.file, d.sheet, h.col_no, min(d.from_row) as from_row,
    arg_min({reason: d.reason, detail: d.detail}, d.from_row) as doubt
  from {{ ref('doubts') }} as d
  inner join {{ ref('headings') }} as h
    on d.file = h.file and d.sheet = h.sheet and h.col_no between d.col_no and d.until_col
  group by d.file, d.sheet, h.col_no
),

understood as (
  select distinct t.file, t.sheet, t.row_no
  from {{ ref('context_texts') }} as t
  inner join {{ ref('context_verdicts') }} as v
    on t.file = v.file and t.sheet = v.sheet and t.place = v.place and t.text = v.text
  where v.verdict in ('understood', 'accepted')
),

-- A unit that stands once in its column is that of all rows.
unit_columns as (
  select h.file, h.sheet, case when count(distinct e.unit_text) = 1 then min(e.unit_text) end as only_unit
  from {{ ref('headings') }} as h
  left join {{ ref('side_rows') }} as e on h.file = e.file and h.sheet = e.sheet and e.has_unit
  where h.is_unit
  group by h.file, h.sheet
),

hidden_is_wanted as (
  select distinct i.file, i.sheet
  from {{ ref('raw_accepted_texts') }} as a
  inner join {{ ref('sheet_items') }} as i
    on a.source_id = i.source_id and a.file in ('', i.file) and a.sheet in ('', i.sheet)
  where lower(a.text) = '[hidden]'
),

labelled as (
  select
    c.*,
    case c.region_axis when 'row' then l.region_label when 'column' then h.heading end as region_text,
    case c.year_axis when 'row' then l.year_label when 'column' then h.year_heading end as year_text,
    m.manifest_row,
    coalesce(l.is_header, false) as is_header,
    coalesce(h.is_unit, false) as is_unit,
    l.place,
    l.filled,
    q.file is not null as has_unit,
    coalesce(e.unit_text, q.only_unit) as unit_text,
    e.province_code,
    case
      when c.is_hidden and w.file is null
        then {reason: 'hidden in the file', detail: 'its row or column is not shown'}
      when c.clean like '[struck out: %'
        then {reason: 'struck out in the file', detail: null}
      -- a figure with a separator that is not in quotation marks falls into two cells
      when c.sheet = '' and l.last_filled > d.last_heading
        then {
          reason: 'row wider than its heading',
          detail: concat('the last heading is in column ', d.last_heading, ', the last cell in column ', l.last_filled)
        }
      when c.sheet = '' and l.width > greatest(d.width, d.narrowest)
        then {
          reason: 'row wider than its heading',
          detail: concat('the heading has ', d.width, ' cells, the row ', l.width)
        }
      when l.other_header_row < c.row_no
        then {
          reason: 'below another heading',
          detail: concat('row ', l.other_header_row, ' reads ', {{ first_dozen('t.texts') }})
        }
      when s.from_row < c.row_no then s.doubt
      when o.from_row < c.row_no then o.doubt
      when l.prose_row > l.item_row and u.file is null
        then {
          reason: 'below another heading', detail: concat('row ', l.prose_row, ' reads ', {{ first_dozen('t.texts') }})
        }
      when h.second_col is not null and c.row_no > c.year_row
        then {
          reason: 'beside another key column',
          detail: concat('column ', h.second_col, ' is headed ', {{ quoted('h.second_heading') }}, ' too')
        }
      when e.other_col is not null and not e.is_confirmed
        then {
          reason: 'code and name disagree',
          detail: concat('column ', e.other_col, ' reads ', {{ quoted('e.other_region') }})
        }
      when n.file is not null then {reason: 'a district or a city of the same name', detail: n.detail}
      when e.told is not null then {reason: 'told apart by a column that is not mapped', detail: e.told}
    end as doubt
  from {{ ref('sheet_cells') }} as c
  left join {{ ref('headings') }} as h on c.file = h.file and c.sheet = h.sheet and c.col_no = h.col_no
  left join {{ ref('sheet_rows') }} as l on c.file = l.file and c.sheet = l.sheet and c.row_no = l.row_no
  left join unit_columns as q on c.file = q.file and c.sheet = q.sheet
  left join {{ ref('lone_names') }} as n
    on c.file = n.file and c.sheet = n.sheet and c.region_axis = 'row' and l.region_label = n.region_label
  left join widths as d on c.file = d.file and c.sheet = d.sheet
  left join over_sheets as s on c.file = s.file and c.sheet = s.sheet
  left join over_columns as o on c.file = o.file and c.sheet = o.sheet and c.col_no = o.col_no
  left join {{ ref('side_rows') }} as e on c.file = e.file and c.sheet = e.sheet and c.row_no = e.row_no
  left join hidden_is_wanted as w on c.file = w.file and c.sheet = w.sheet
  left join understood as u on c.file = u.file and c.sheet = u.sheet and l.prose_row = u.row_no
  left join row_texts as t
    on c.file = t.file and c.sheet = t.sheet and coalesce(l.other_header_row, l.prose_row) = t.row_no
  left join {{ ref('sheet_items') }} as m
    on c.file = m.file and c.sheet = m.sheet and not c.in_key_column and not coalesce(h.is_unit, false)
    and case c.item_axis when 'row' then {{ heading_key('l.item_label') }} when 'column' then h.item_text else '' end
    = m.item_heading
),

other_units as (
  select c.file, c.sheet, c.row_no, c.col_no, min(d.detail) as detail
  from labelled as c
  inner join {{ ref('unit_spans') }} as d
    on c.manifest_row = d.manifest_row and c.sheet = d.sheet and not d.fits
    and c.row_no > greatest(d.from_row, c.year_row) and (d.until_row is null or c.row_no <= d.until_row)
    and (d.col_no is null or c.col_no between d.col_no and d.until_col)
    and (d.first_year is null or {{ parse_year('c.year_text') }} >= d.first_year)
    and (d.last_year is null or {{ parse_year('c.year_text') }} <= d.last_year)
  where not c.has_unit
  group by c.file, c.sheet, c.row_no, c.col_no
)

select
  c.file, c.sheet, c.row_no, c.col_no, c.text, c.clean, c.region_text, c.year_text,
  c.manifest_row, c.has_unit, c.unit_text, c.province_code,
  case
    when c.level is null then 'not mapped'
    when c.row_no <= c.year_row or c.is_header then 'header'
    -- texts in a row without figures: below the headings, between the rows, at the foot; but digits in
    -- a column of figures may be a figure that cannot be read
    when c.place in ('below heading', 'between', 'foot') and c.clean <> '' and {{ parse_number('c.clean') }} is null
      and case when c.in_key_column then c.filled = 1 else
        c.place = 'below heading' or c.manifest_row is null or not regexp_matches(c.clean, '\d')
      end
      then 'note'
    when c.in_key_column or c.is_unit then 'key'
    when c.manifest_row is null then 'not mapped'
    when {{ is_missing_mark('c.clean') }} then 'blank'
    else 'value'
  end as class,
  coalesce(c.doubt.reason, case when d.file is not null then 'another unit beside the table' end) as doubt,
  case when c.doubt is not null then c.doubt.detail else d.detail end as doubt_detail
from labelled as c
left join other_units as d
  on c.file = d.file and c.sheet = d.sheet and c.row_no = d.row_no and c.col_no = d.col_no
