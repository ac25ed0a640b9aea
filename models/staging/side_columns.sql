-- The columns of a mapped table that no key and no series maps, and what they hold: figures of another
-- series, names or codes of regions, years, units, something that may tell the rows apart, or nothing.
with columns_ as (
  select h.*
  from {{ ref('headings') }} as h
  inner join {{ ref('blocks') }} as b on h.file = b.file and h.sheet = b.sheet
  -- a second table beside the first has keys of its own
  where not h.in_key_column and h.second_col is null and not h.is_second_key
    and case
      when b.item_axis = 'column' then not h.holds_figures
      when b.year_axis = 'column' then {{ parse_year('h.year_heading') }} is null
      else not h.is_region
    end
),

filled as (
  select h.file, h.sheet, c.col_no, c.clean, c.number
  from {{ ref('sheet_cells') }} as c
  inner join columns_ as h on c.sheet_id = h.sheet_id and c.col_no = h.col_no
  inner join {{ ref('sheet_rows') }} as r on c.sheet_id = r.sheet_id and c.row_no = r.row_no
  -- some thousand rows are enough to recognise what the figures of a column are
  where r.place = 'data' and c.clean <> ''
    and case when c.number is not null then c.row_no < c.year_row + 2000 else not c.is_blank end
),

counted as (
  select
    file,
    sheet,
    col_no,
    count(*) as cells,
    count(number) as numbers,
    count(number) > 0 and bool_and(number between 1 and 12 and number % 1 = 0) as is_small,
    count(number) = count(*)
    and bool_and(number between {{ first_year() }} and {{ last_year() }} and number % 1 = 0) as may_be_years,
    bool_and(length(clean) in (2, 4, 6, 8, 12, 14)) as may_be_codes
  from filled
  group by file, sheet, col_no
),

-- Names are few; codes are as few, and of certain lengths. One of two or four digits looks like a figure.
texts as (
  select distinct f.file, f.sheet, f.col_no, f.clean
  from filled as f
  inner join counted as c on f.file = c.file and f.sheet = c.sheet and f.col_no = c.col_no
  inner join columns_ as h on f.file = h.file and f.sheet = h.sheet and f.col_no = h.col_no
  where 2 * c.numbers < c.cells
    or (c.may_be_codes and (
      length(f.clean) >= 6 or regexp_matches(lower(h.heading), 'code|代码|编码|区划')
    ))
),

units_spelled as (
  select distinct {{ unit_key(context_key('spelling')) }} as spelling from {{ ref('unit_spellings') }}
),

regions_named as (
  select
    t.file,
    t.sheet,
    t.col_no,
    avg(case when o.region_code is not null then 1 else 0 end) as of_level,
    avg(case when p.region_code is not null then 1 else 0 end) as of_provinces,
    avg(case when {{ parse_year('t.clean') }} is not null then 1 else 0 end) as of_years,
    avg(case when u.spelling is not null then 1 else 0 end) as of_units,
    -- cities beside a province, districts beside a city
    avg(case
      when c.region_key is not null then 1
      when b.level = 'city' and o.region_key is null
        and regexp_matches(t.clean, '(区|县|旗)$') and not regexp_matches(t.clean, '(地|林)区$') then 1
      else 0
    end) as of_parts
  from texts as t
  inner join {{ ref('blocks') }} as b on t.file = b.file and t.sheet = b.sheet
  left join {{ ref('region_names') }} as o
    on b.level = o.level and o.source_id is null and {{ region_key('t.clean') }} = o.region_key
  left join {{ ref('region_names') }} as p
    on p.level = 'province' and p.source_id is null
    and case when b.level <> 'province' then {{ region_key('t.clean') }} end = p.region_key
  left join {{ ref('region_names') }} as c
    on c.level = 'city' and c.source_id is null and c.region_code is not null
    and case when b.level = 'province' then {{ region_key('t.clean') }} end = c.region_key
  left join units_spelled as u on {{ unit_key(unit_of_phrase(context_key('t.clean'))) }} = u.spelling
  group by t.file, t.sheet, t.col_no
)

select
  h.sheet_id,
  h.file,
  h.sheet,
  h.level,
  h.col_no,
  h.heading,
  coalesce(c.cells, 0) as cells,
  case
    when c.cells is null then 'nothing'
    when h.is_unit then 'unit'
    when r.of_level >= 0.8 and r.of_level >= r.of_provinces then 'region'
    when r.of_provinces >= 0.8 then 'province'
    when r.of_years = 1 or c.may_be_years then 'year'
    -- whatever its heading: 量纲, or none
    when r.of_units >= 0.5 then 'unit'
    when r.of_parts >= 0.8 then 'parts'
    when c.is_small and 2 * c.numbers >= c.cells then 'small numbers'
    when 2 * c.numbers >= c.cells then 'figures'
    else 'texts'
  end as holds
from columns_ as h
left join counted as c on h.file = c.file and h.sheet = c.sheet and h.col_no = c.col_no
left join regions_named as r on h.file = r.file and h.sheet = r.sheet and h.col_no = r.col_no
