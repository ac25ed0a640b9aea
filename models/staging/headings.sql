-- The columns of each mapped table: what heads them, and what that makes of them. A heading may be
-- known by its first line; what stands in the others is looked at by itself (staging.context_texts).
with header_texts as (
  select
    c.sheet_id,
    c.file,
    c.sheet,
    c.col_no,
    any_value(b.level) as level,
    any_value(b.region_axis) as region_axis,
    any_value(b.item_axis) as item_axis,
    bool_or(c.in_key_column) as in_key_column,
    max(case when c.row_no = c.header_row then c.clean end) as heading,
    max(case when c.row_no = c.year_row then c.clean end) as year_heading
  from {{ ref('sheet_cells') }} as c
  inner join {{ ref('blocks') }} as b on c.sheet_id = b.sheet_id
  where c.row_no in (c.header_row, c.year_row)
  group by c.sheet_id, c.file, c.sheet, c.col_no
),

items as (
  select distinct file, sheet, item_heading
  from {{ ref('sheet_items') }}
  where item_axis = 'column'
),

-- Columns that hold figures: those of a series, or all but the keys.
named as (
  select
    h.*,
    {{ heading_key('h.heading') }} as heading_key,
    {{ heading_key('h.year_heading') }} as year_heading_key,
    coalesce(w.item_heading, f.item_heading, {{ heading_key('h.heading') }}) as item_text,
    case when w.item_heading is null and f.item_heading is not null
        then {{ other_lines('h.heading') }}
    end as other_lines,
    h.item_axis <> 'column' or coalesce(w.item_heading, f.item_heading) is not null as holds_figures,
    h.region_axis = 'column' and r.region_key is not null as is_region,
    u.word is not null and not h.in_key_column and w.item_heading is null as is_unit
  from header_texts as h
  left join items as w
    on h.file = w.file and h.sheet = w.sheet and {{ heading_key('h.heading') }} = w.item_heading
  left join items as f
    on h.file = f.file and h.sheet = f.sheet and {{ heading_key(first_line('h.heading')) }} = f.item_heading
  left join {{ ref('region_names') }} as r
    on h.level = r.level and r.source_id is null and {{ region_key('h.heading') }} = r.region_key
  left join {{ ref('telling_words') }} as u
    on u.kind = 'unit_column' and {{ context_key('h.heading') }} = u.word
),

-- A key's heading again: another table may stand beside the first, with keys of its own.
second_keys as (
  select h.file, h.sheet, h.col_no, any_value(h.heading) as heading, min(k.col_no) as key_col
  from named as k
  inner join named as h
    on k.file = h.file and k.sheet = h.sheet and k.heading_key = h.heading_key and not h.in_key_column
  where k.in_key_column and h.heading <> ''
  group by h.file, h.sheet, h.col_no
),

-- The columns that lie behind one, seen from the key column.
side_tables as (
  select
    h.file,
    h.sheet,
    h.col_no,
    first(k.col_no order by k.col_no desc) as second_col,
    first(k.heading order by k.col_no desc) as second_heading
  from named as h
  inner join second_keys as k
    on h.file = k.file and h.sheet = k.sheet and h.col_no > k.col_no
    and (k.key_col < k.col_no or h.col_no < k.key_col)
  group by h.file, h.sheet, h.col_no
)

select n.*, s.second_col, s.second_heading, k.col_no is not null as is_second_key
from named as n
left join second_keys as k on n.file = k.file and n.sheet = k.sheet and n.col_no = k.col_no
left join side_tables as s on n.file = s.file and n.sheet = s.sheet and n.col_no = s.col_no
