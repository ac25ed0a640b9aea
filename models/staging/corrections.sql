-- Recorded corrections, each checked against the cell it mends: a file that changed under a
-- correction must be looked at again, so the build stops there.
with typed as (
  select
    *,
    try_cast(row_no as integer) as row_number,
    try_cast(col_no as integer) as col_number,
    {{ parse_number(clean_text('new_value')) }} as new_number
  from {{ ref('raw_corrections') }}
)

select
  t.file,
  t.sheet,
  t.row_number as row_no,
  t.col_number as col_no,
  t.old_text,
  t.new_value,
  case
    when c.file is null then {{ stop([
      't.listed', "': there is no cell '", cell_address('t.file', 't.sheet', 't.row_number', 't.col_number'),
      "'. Correct the address or drop the row.'"
    ]) }}
    when c.clean <> {{ clean_text('t.old_text') }} then {{ stop([
      't.listed', "': '", cell_address('t.file', 't.sheet', 't.row_number', 't.col_number'), "' holds '", quoted('c.text'), "', not '", quoted('t.old_text'),
      "'. The file has changed: check the cell and renew or drop the correction.'"
    ]) }}
    when c.class <> 'value' then {{ stop([
      't.listed', "': '", cell_address('t.file', 't.sheet', 't.row_number', 't.col_number'), "' is no figure of the manifest ('", 'c.class',
      "'). Correct the address or map the column.'"
    ]) }}
    else {{ or_stop('t.new_number', [
      't.listed', "', column new_value: '", quoted('t.new_value'),
      "' is not a number.'"
    ]) }}
  end as new_number,
  t.reason
from typed as t
left join {{ ref('cells') }} as c
  on t.file = c.file and t.sheet = c.sheet and t.row_number = c.row_no and t.col_number = c.col_no
