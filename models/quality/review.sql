-- Cells a careful person would look at, found by rule and never changed here: jumps over the year
-- beyond what the series' own history allows, and disagreements between sources. A cell that two
-- rules point at comes first. What is wrong is mended in corrections.csv, with its reason.
with log_values as (
  select
    level, series_id, source_id, region_code, year, value_delivered, corrected,
    file, sheet, row_no, col_no,
    ln(value_delivered) as log_value
  from {{ ref('observations') }}
  where value_delivered > 0
),

neighbours as (
  select
    *,
    lag(log_value) over place as previous_log,
    lead(log_value) over place as next_log,
    lag(year) over place as previous_year,
    lead(year) over place as next_year
  from log_values
  window place as (partition by level, series_id, source_id, region_code order by year)
),

-- How far a cell lies above or below the line between its neighbours. A wrong cell lies far off on
-- its own, a real step does not. The first and the last cell of a region lack a neighbour: not judged.
departures as (
  select
    *,
    log_value - (
      previous_log
      + (next_log - previous_log) * (year - previous_year) / (next_year - previous_year)
    ) as departure
  from neighbours
  where previous_log is not null and next_log is not null
),

spread as (
  select level, series_id, source_id, median(abs(departure)) as typical
  from departures
  group by level, series_id, source_id
),

jumps as (
  select
    d.*,
    s.typical
  from departures as d
  inner join spread as s
    on d.level = s.level and d.series_id = s.series_id and d.source_id = s.source_id
  where abs(d.departure) > {{ var('jump_factor') }} * s.typical
    and abs(d.departure) > {{ var('jump_least') }}
),

found as (
  select
    level, series_id, source_id, region_code, year, value_delivered, corrected,
    file, sheet, row_no, col_no,
    'jump over the year' as rule,
    abs(departure) as size,
    concat(
      'lies ', round(100 * (exp(departure) - 1)), ' % off the line between ', previous_year,
      ' and ', next_year, '; the typical departure of the series is ',
      round(typical, 4)
    ) as detail
  from jumps
  union all
  select
    level, series_id, chosen_source, region_code, year, chosen_value, corrected,
    chosen_file, chosen_sheet, chosen_row_no, chosen_col_no,
    'disagreement between sources' as rule,
    abs(ln(other_value / chosen_value)) as size,
    concat(other_source, ' has ', other_value, ' (', round(100 * relative_difference, 1), ' %)') as detail
  from {{ ref('disagreements') }}
  where flagged and chosen_value > 0 and other_value > 0
)

select
  f.level,
  f.series_id,
  f.region_code,
  r.name_zh as region_name,
  r.name_en as region_name_en,
  f.year,
  f.source_id,
  f.value_delivered,
  string_agg(distinct f.rule, ' and ' order by f.rule) as rules,
  count(distinct f.rule) as rules_hit,
  max(f.size) as size,
  string_agg(f.detail, '; ' order by f.rule desc, f.size desc) as detail,
  max(case when f.corrected then 1 else 0 end) = 1 as corrected,
  f.file,
  f.sheet,
  f.row_no,
  f.col_no
from found as f
inner join {{ ref('regions') }} as r on f.level = r.level and f.region_code = r.region_code
group by
  f.level, f.series_id, f.region_code, r.name_zh, r.name_en, f.year, f.source_id,
  f.value_delivered, f.file, f.sheet, f.row_no, f.col_no
