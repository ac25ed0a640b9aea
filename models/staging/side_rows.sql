-- What columns that no key maps say of the rows beside them: the unit of the row, another region or year than its
-- key, or that it is one of several of a region and year.
with cells as (
  select
    s.sheet_id, s.file, s.sheet, c.row_no, c.col_no, c.clean, s.level, s.heading, s.holds, r.region_label,
    case when s.holds = 'year' then {{ parse_year('r.year_label') }} end as year,
    case when s.holds = 'year' then {{ parse_year('c.clean') }} end as said_year
  from {{ ref('side_columns') }} as s
  inner join {{ ref('sheet_cells') }} as c on s.sheet_id = c.sheet_id and s.col_no = c.col_no
  inner join {{ ref('sheet_rows') }} as r on c.sheet_id = r.sheet_id and c.row_no = r.row_no
  where s.holds not in ('figures', 'nothing') and r.place = 'data' and not c.is_blank
),

-- Names and codes beside the key, each distinct pair looked up once.
pairs as (
  select distinct file, sheet, col_no, level, holds, region_label, clean
  from cells
  where holds in ('region', 'province') and region_label <> ''
),

regions_said as (
  select
    p.*,
    case p.holds when 'region' then o.region_code else v.region_code end as said_code,
    case p.holds when 'region' then k.region_code else g.province_code end as key_code,
    -- a part of a region is not the region, whose code may yet stand beside it
    p.holds = 'region' and o.region_key is null and k.region_code is not null
    and regexp_matches(p.clean, '(区|县|旗)$') and not regexp_matches(p.clean, '(地|林)区$') as is_part
  from pairs as p
  left join {{ ref('region_names') }} as k
    on p.level = k.level and k.source_id is null and {{ region_key('p.region_label') }} = k.region_key
  left join {{ ref('regions') }} as g on k.level = g.level and k.region_code = g.region_code
  left join {{ ref('region_names') }} as o
    on p.level = o.level and o.source_id is null and {{ region_key('p.clean') }} = o.region_key
  left join {{ ref('region_names') }} as v
    on v.level = 'province' and v.source_id is null and {{ region_key('p.clean') }} = v.region_key
),

-- A column that disagrees with most rows names something else than the region of the row; but of a code and a name
-- one may have been sorted without the other.
same_thing as (
  select file, sheet, col_no
  from regions_said
  group by file, sheet, col_no
  having count(case when said_code <> key_code then 1 end) <= greatest(3, count(key_code) / 2)
    or bool_and(regexp_full_match(clean, '\d{4,12}') <> regexp_full_match(region_label, '\d{4,12}'))
),

-- A column of years that agrees with most rows is of their years, and contradicts the others. One that is a year
-- earlier in all rows says of which year the figures are, and the key when they were printed; others are of something
-- else than the figures, such as a reform, or of the yearbook.
other_years as (
  select
    file, sheet, row_no,
    min_by(
      concat('column ', col_no, coalesce(concat(', ', {{ quoted('heading') }}, ','), ''), ' reads ', {{ quoted('clean') }}), col_no
    ) as detail
  from (
    select
      *,
      count(case when said_year <> year then 1 end) over of_column <= count(year) over of_column / 2 as is_same,
      min(said_year - year) over of_column as least,
      max(said_year - year) over of_column as most
    from cells
    where year is not null
    window of_column as (partition by file, sheet, col_no)
  ) as y
  where said_year <> year and (is_same or (least = -1 and most = -1))
  group by file, sheet, row_no
),

heads as (
  select t.file, t.sheet, t.col_no, any_value(v.verdict) as verdict
  from {{ ref('context_texts') }} as t
  inner join {{ ref('context_verdicts') }} as v
    on t.file = v.file and t.sheet = v.sheet and t.place = v.place and t.text = v.text
  where t.place like 'head of%'
  group by t.file, t.sheet, t.col_no
),

parting as (
  select
    c.file, c.sheet, c.row_no, min_by(concat(
      'column ', c.col_no, coalesce(concat(', ', {{ quoted('c.heading') }}, ','), ''), ' reads ', {{ quoted('c.clean') }}
    ), c.col_no) as detail
  from cells as c
  left join heads as h on c.file = h.file and c.sheet = h.sheet and c.col_no = h.col_no
  left join {{ ref('context_verdicts') }} as v
    on c.file = v.file and c.sheet = v.sheet and v.place = 'in a column' and c.clean = v.text
  where c.holds in ('texts', 'small numbers', 'parts')
    -- a column without a heading says nothing of itself
    and case coalesce(h.verdict, 'unknown')
      when 'telling' then v.verdict in ('telling', 'unknown') or try_cast(c.clean as double) is not null
      when 'unknown' then v.verdict = 'telling'
      else false
    end
  group by c.sheet_id, c.file, c.sheet, c.row_no
)

select
  c.sheet_id,
  c.file,
  c.sheet,
  c.row_no,
  max(case when c.holds = 'unit' then c.clean end) as unit_text,
  bool_or(c.holds = 'unit') as has_unit,
  max(case when c.holds = 'province' then r.said_code end) as province_code,
  bool_or(coalesce(r.said_code = r.key_code and r.holds = 'region', false)) as is_confirmed,
  min(case when r.is_part or (r.said_code <> r.key_code and s.file is not null) then c.col_no end) as other_col,
  min_by(
    c.clean, case when r.is_part or (r.said_code <> r.key_code and s.file is not null) then c.col_no end
  ) as other_region,
  any_value(t.detail) as parting_text,
  any_value(y.detail) as other_year
from cells as c
left join regions_said as r
  on c.file = r.file and c.sheet = r.sheet and c.col_no = r.col_no and c.region_label = r.region_label
  and c.clean = r.clean
left join same_thing as s on c.file = s.file and c.sheet = s.sheet and c.col_no = s.col_no
left join parting as t on c.file = t.file and c.sheet = t.sheet and c.row_no = t.row_no
left join other_years as y on c.file = y.file and c.sheet = y.sheet and c.row_no = y.row_no
group by c.sheet_id, c.file, c.sheet, c.row_no
