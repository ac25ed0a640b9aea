-- What each row of the manifest found in each of its sheets. One that finds nothing stops the build:
-- else a heading that changed between two yearbooks would lose a year in silence.
with placed as (
  select
    m.manifest_row, m.listed, m.is_optional, m.file, m.sheet_pattern, m.item, m.layout, m.unit, m.item_units,
    b.sheet, b.header_row, b.item_axis, b.item_col
  from {{ ref('manifest') }} as m
  left join {{ ref('blocks') }} as b
    on m.file = b.file and (m.sheet_pattern = '' or b.sheet glob m.sheet_pattern)
),

read as (
  select
    *,
    coalesce({{ parse_number('clean') }}, {{ parse_percent('clean') }}) as number,
    contains(clean, ',') and {{ has_decimal_comma('clean') }} as has_decimal_comma,
    case class when 'value' then text end as value_text,
    row_no * cast(1000000 as bigint) + col_no as cell_no
  from {{ ref('cells') }}
  where manifest_row is not null
),

found as (
  select
    manifest_row,
    sheet,
    min(col_no) as first_col,
    count(case when class in ('value', 'blank') then 1 end) as cells,
    count(case when class = 'value' then number end) as figures,
    coalesce(bool_or(class = 'value' and has_decimal_comma), false) as has_decimal_commas,
    min_by(value_text, cell_no) as example
  from read
  group by manifest_row, sheet
),

-- The names that are there, for the message.
names as (
  select c.file, c.sheet, list({{ quoted('c.clean', 200) }} order by c.row_no, c.col_no) as texts
  from {{ ref('blocks') }} as b
  inner join {{ ref('cells') }} as c on b.file = c.file and b.sheet = c.sheet
  where c.clean <> ''
    and case b.item_axis
      when 'column' then c.row_no = b.header_row
      when 'row' then c.row_no > b.header_row and c.col_no = b.item_col
    end
  group by c.file, c.sheet
),

judged as (
  select
    p.*,
    f.first_col,
    f.cells,
    f.figures,
    f.has_decimal_commas,
    case when f.example is not null then {{ quoted('f.example') }} end as example,
    {{ file_and_sheet('p.file', 'p.sheet') }} as in_words,
    coalesce({{ first_dozen('names.texts') }}, 'nothing') as there,
    sum(f.figures) over (partition by p.manifest_row) as all_figures,
    count(*) over (partition by p.file, p.sheet, {{ heading_key('p.item') }}) as claims
  from placed as p
  left join found as f on p.manifest_row = f.manifest_row and p.sheet = f.sheet
  left join names on p.file = names.file and p.sheet = names.sheet
),

problems as (
  select
    manifest_row,
    listed,
    sheet,
    case
      when is_optional and (sheet is null or first_col is null) then null
      when sheet is null then {{ said(["'no sheet of '", 'file', "' fits the pattern '", quoted('sheet_pattern'), "'.'"]) }}
      when item_axis = 'file' and item <> '' then {{ said([
        "'layout '", 'layout', "' takes all figures of a sheet as one series and does not look for '",
        quoted('item'), "' in '", 'in_words', "'. Leave column item empty.'"
      ]) }}
      when item_axis <> 'file' and item = '' then {{ said([
        "'layout '", 'layout', "' finds a series by its name. Put one of these into column item: '", 'there', "'.'"
      ]) }}
      when claims > 1 then {{ said([
        quoted('item'), "' of '", 'in_words', "' is mapped by another row too. Keep one, or let the sheet patterns '",
        "'part the sheets.'"
      ]) }}
      when first_col is null then {{ said([
        'in_words', "' has no '", "case item_axis when 'column' then 'column' else 'row' end", "' of figures named '",
        quoted('item'), "'. '",
        "case item_axis when 'column' then concat('Row ', header_row) else concat('Column ', item_col) end",
        "' reads: '", 'there', "'. Correct column item of the manifest, or let the sheet pattern leave this sheet out.'"
      ]) }}
      when not list_contains(item_units, unit) then {{ said([
        "'column unit says '", 'unit', "', but item '", quoted('item'), "' is in '",
        "array_to_string(item_units, ' or ')", "'. Correct the one that is wrong: unit is what the file uses.'"
      ]) }}
      when coalesce(all_figures, 0) = 0 then {{ said([
        "case item when '' then '' else concat(" ~ quoted('item') ~ ", ' in ') end", 'in_words',
        "', from column '", 'first_col', "' on, holds no figure at all'",
        "coalesce('; its first text is ' || example, '')", "'. Map another column, or drop the row.'"
      ]) }}
    end as problem
  from judged
),

found_problems as (
  select string_agg(concat(listed, ': ', problem), chr(10) order by manifest_row, sheet) as problems
  from problems
  where problem is not null
)

select
  j.manifest_row,
  j.is_optional and j.first_col is null as is_absent,
  case when found_problems.problems is not null then {{ stop(['found_problems.problems']) }} else j.file end as file,
  coalesce(j.sheet, '') as sheet,
  j.cells,
  j.figures,
  j.has_decimal_commas
from judged as j
cross join found_problems
