-- Every raw cell, cleaned, with its place in the table of its sheet; sheet_id is blank where none is mapped.
-- What Excel or a page hides is read as what it hides, and said to be hidden.
with cleaned as (
  select
    *,
    text like '[hidden: %]' as is_hidden,
    {{ clean_text("text") }} as clean
  from {{ ref('raw_cells') }}
)

select
  b.sheet_id,
  c.file,
  c.sheet,
  c.row_no,
  c.col_no,
  c.text,
  case when c.is_hidden then c.clean[10:-2] else c.clean end as clean,
  c.is_hidden,
  coalesce(c.col_no in (b.region_col, b.year_col, b.item_col), false) as in_key_column,
  b.header_row,
  b.year_row
from cleaned as c
left join {{ ref('blocks') }} as b on c.file = b.file and c.sheet = b.sheet
