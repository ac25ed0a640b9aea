-- Every raw cell, cleaned, with its place in the table of its sheet; sheet_id is blank where none is mapped.
-- What Excel or a page hides is read as what it hides, and said to be hidden. Whether a text is a number, or says
-- that there is no figure, is found here, once for all models.
with shown as (
  select *, {{ clean_text("text") }} as shown, text like '[hidden: %]' as is_hidden
  from {{ ref('raw_cells') }}
),

cleaned as (
  select *, case when is_hidden then shown[10:-2] else shown end as clean
  from shown
)

select
  b.sheet_id,
  c.file,
  c.sheet,
  c.row_no,
  c.col_no,
  c.text,
  c.clean,
  c.is_hidden,
  {{ parse_number('c.clean') }} as number,
  {{ is_missing_mark('c.clean') }} as is_blank,
  coalesce(c.col_no in (b.region_col, b.year_col, b.item_col), false) as in_key_column,
  b.header_row,
  b.year_row
from cleaned as c
left join {{ ref('blocks') }} as b on c.file = b.file and c.sheet = b.sheet
