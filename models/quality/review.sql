-- Cells that somebody should look at, found by rule (models/quality/rules) and never changed here,
-- one row per cell with all rules that point at it, the most suspicious first. A fault of many cells has
-- one row here, with the number of its cells; quality.findings has each of them. A wrong figure is
-- corrected in corrections.csv, with the reason.
with cells as (
  select
    level, series_id, source_id, region_code, year, value_delivered, corrected, file, sheet, row_no, col_no,
    string_agg(distinct rule, ' and ' order by rule) as rules,
    count(distinct rule) as rules_hit,
    max(size) as size,
    max(cells) as cells,
    string_agg(detail, '; ' order by rule desc, size desc, detail) as detail
  from {{ ref('findings') }}
  where leads
  group by
    level, series_id, source_id, region_code, year, value_delivered, corrected, file, sheet, row_no, col_no
)

select
  row_number() over (
    order by c.rules_hit * c.size desc, c.level, c.series_id, c.source_id, c.region_code, c.year
  ) as rank,
  c.level,
  c.series_id,
  c.region_code,
  r.name_zh as region_name,
  r.name_en as region_name_en,
  c.year,
  c.source_id,
  c.value_delivered,
  p.text,
  m.unit,
  c.rules,
  c.rules_hit,
  c.size,
  c.cells,
  c.detail,
  c.corrected,
  c.file,
  c.sheet,
  c.row_no,
  c.col_no
from cells as c
inner join {{ ref('regions') }} as r on c.level = r.level and c.region_code = r.region_code
inner join {{ ref('parsed_cells') }} as p
  on c.file = p.file and c.sheet = p.sheet and c.row_no = p.row_no and c.col_no = p.col_no
inner join {{ ref('manifest') }} as m on p.manifest_row = m.manifest_row
