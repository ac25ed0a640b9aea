-- Where texts beside the figures say a unit, for each row of the manifest: the rows, columns and years in
-- which it holds, and whether it is the manifest's. Between the rows a unit is of the rows below; a heading
-- with a unit of its own does not heed the line above the table or at its foot, which may be of other columns.
{{ config(materialized='ephemeral') }}
with said as (
  select
    t.file, t.sheet, t.row_no, t.col_no, t.until_col, t.place, t.over, t.text, t.context_key,
    list(distinct u.unit) as units,
    list(distinct u.dimension) as dimensions,
    any_value(v.verdict) as verdict
  from {{ ref('context_texts') }} as t
  inner join {{ ref('context_units') }} as u on t.context_key = u.context_key and u.is_known
  inner join {{ ref('context_verdicts') }} as v
    on t.file = v.file and t.sheet = v.sheet and t.place = v.place and t.text = v.text
  where t.over <> 'row' and t.place <> 'name' and t.place not like 'head of%' and v.verdict <> 'accepted'
  group by t.file, t.sheet, t.row_no, t.col_no, t.until_col, t.place, t.over, t.text, t.context_key
),

held as (
  select
    m.manifest_row, s.*, m.unit,
    s.over = 'column' as is_of_columns,
    list_contains(s.units, m.unit) as fits,
    list_contains(s.dimensions, m.dimension) as is_same_dimension,
    bool_or(list_contains(s.units, m.unit)) over (partition by s.file, s.sheet, s.row_no, s.col_no) as fits_another
  from said as s
  inner join {{ ref('sheet_items') }} as m on s.file = m.file and s.sheet = m.sheet
  where s.place in ('between', 'below heading') or m.item_units is null
),

beside as (
  select
    *,
    case when place = 'foot' then 0 else row_no end as from_row,
    concat(
      case when place = 'sheet' then 'its sheet is named ' else concat('row ', row_no, ' reads ') end,
      {{ quoted('text') }}, ', the manifest says ', unit
    ) as detail
  from held
  where fits or is_same_dimension or is_of_columns or (not fits_another and (place <> 'foot' or verdict = 'understood'))
),

-- A note that says since when another unit holds.
switches as (
  select
    t.file, t.sheet, t.row_no, t.text,
    cast(regexp_extract(t.context_key, '(\d{4})年(?:起|开始|后|以后|及以后|以来)', 1) as integer) as since,
    b.unit as unit_before,
    a.unit as unit_after,
    u.dimension
  from {{ ref('context_texts') }} as t
  inner join {{ ref('unit_spellings') }} as b
    on regexp_extract(t.context_key, '由([^由年改]+?)(?:改|变|调整)[为成用]', 1) = b.spelling
  inner join {{ ref('unit_spellings') }} as a
    on regexp_extract(t.context_key, '(?:改|变|调整)[为成用]([^,;。.]+)', 1) = a.spelling
  inner join {{ ref('units') }} as u on b.unit = u.unit
  inner join {{ ref('units') }} as w on a.unit = w.unit and u.dimension = w.dimension
  where regexp_matches(t.context_key, '\d{4}年(起|开始|后|以后|及以后|以来)')
)

select
  manifest_row, sheet, bool_or(fits) as fits, from_row,
  lead(from_row) over (partition by manifest_row, sheet order by from_row) as until_row,
  cast(null as integer) as col_no, cast(null as integer) as until_col,
  cast(null as integer) as first_year, cast(null as integer) as last_year,
  any_value(detail) as detail
from beside
where not is_of_columns
group by manifest_row, sheet, from_row
union all
select
  manifest_row, sheet, bool_or(fits), from_row, null, col_no, until_col, null, null, any_value(detail)
from beside
where is_of_columns
group by manifest_row, sheet, from_row, col_no, until_col
union all
select
  m.manifest_row, s.sheet, false, 0, null, null, null,
  case when m.unit = s.unit_before then s.since end,
  case when m.unit = s.unit_after then s.since - 1 end,
  any_value(concat('row ', s.row_no, ' reads ', {{ quoted('s.text') }}, ', the manifest says ', m.unit))
from switches as s
inner join {{ ref('sheet_items') }} as m
  on s.file = m.file and s.sheet = m.sheet and s.dimension = m.dimension
group by all
