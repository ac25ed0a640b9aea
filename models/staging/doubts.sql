-- The figures that lie below a text which contradicts the manifest or is not understood: from which row on, and
-- in which columns (all, where blank).
with texts as (
  select
    t.*,
    v.word,
    -- a line in a column that names the series is of the rows up to the next name
    coalesce(r.is_prose, false) and v.verdict = 'unknown' as is_prose
  from {{ ref('context_texts') }} as t
  inner join {{ ref('context_verdicts') }} as v
    on t.file = v.file and t.sheet = v.sheet and t.place = v.place and t.text = v.text
  left join {{ ref('sheet_rows') }} as r on t.file = r.file and t.sheet = r.sheet and t.row_no = r.row_no
  where v.verdict = 'telling' or (v.verdict = 'unknown' and t.place in ('between', 'below heading'))
)

select
  file,
  sheet,
  case when place in ('title', 'sheet') then 0 else row_no end as from_row,
  case when over = 'column' then col_no end as col_no,
  case when over = 'column' then until_col end as until_col,
  case when place in ('title', 'sheet') then 'the sheet says that it holds something else' else 'below another heading' end
    as reason,
  case when place = 'sheet' then concat('the sheet is named ', {{ quoted('text') }})
    else concat('row ', row_no, ' reads ', {{ quoted('text') }})
  end as detail
from texts
where place in ('title', 'sheet', 'between', 'below heading') and not is_prose
