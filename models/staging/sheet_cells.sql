-- Every raw cell, cleaned, with the table that stands in its sheet. What Excel or a page hides is read
-- as what it hides, and said to be hidden.
with cleaned as (
  select
    *,
    text like '[hidden: %]' as is_hidden,
    {{ clean_text("case when text like '[hidden: %]' then text[10:-2] else text end") }} as clean
  from {{ ref('raw_cells') }}
)

select
  c.*,
  {{ heading_key('c.clean') }} as heading_key,
  b.* exclude (file, sheet),
  coalesce(c.col_no in (b.region_col, b.year_col, b.item_col), false) as in_key_column
from cleaned as c
left join {{ ref('blocks') }} as b on c.file = b.file and c.sheet = b.sheet
