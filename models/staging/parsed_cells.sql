-- The cells with a region, a year and a figure, each with the first reason (if any) why it cannot be used: that of the
-- cell by itself, or of its copies in the same source.
with repeated as (
  select
    source_id, level, series_id, region_code, year,
    min(value) as lowest,
    max(value) as highest,
    arg_min(value, leeway) as finest
  from {{ ref('read_cells') }}
  where reason is null
  group by source_id, level, series_id, region_code, year
  having count(*) > 1
),

-- Within one source there may be one figure for a series, region and year. Of copies that agree the first is
-- kept; copies that disagree are all rejected, because nothing shows which is right. If the copies are one
-- figure and its roundings, the longest is kept.
copies as (
  select
    j.file, j.sheet, j.row_no, j.col_no, j.manifest_row, j.region_code, j.line,
    r.lowest, r.highest, r.finest,
    bool_and(abs(j.value - r.finest) <= case when j.value = r.finest then 0 else j.leeway * (1 + 1e-6) end) over (
      partition by r.source_id, r.level, r.series_id, r.region_code, r.year
    ) as rounds,
    row_number() over same_value as copy_no,
    first_value({{ cell_address('j.file', 'j.sheet', 'j.row_no', 'j.col_no') }}) over same_value as first_copy
  from repeated as r
  inner join {{ ref('read_cells') }} as j
    on r.source_id = j.source_id and r.level = j.level and r.series_id = j.series_id
    and r.region_code = j.region_code and r.year = j.year and j.reason is null
  window same_value as (
    partition by r.source_id, r.level, r.series_id, r.region_code, r.year, j.value = r.finest
    order by j.file, length(j.sheet), j.sheet, j.row_no, j.col_no
  )
),

-- Lines of one region in a table that disagree are of two things: a prefecture and the city of its name, a province
-- and the municipality that it is. Then none of their figures is known to be the region's, not even where the other
-- line is blank. Two lines that agree in a year, or share few, may
-- be one that was revised or spliced.
lines as (
  select
    j.file, j.sheet, j.manifest_row, j.region_code, j.line,
    min(j.row_no) as row_no,
    any_value(j.region_text) as region_text,
    count(*) as figures,
    count(case when c.lowest <> c.highest and not c.rounds then 1 end) as conflicts,
    count(case when c.lowest = c.highest or c.rounds then 1 end) as agreements
  from (select distinct file, sheet, manifest_row, region_code from copies where lowest <> highest and not rounds) as d
  inner join {{ ref('read_cells') }} as j
    on d.file = j.file and d.sheet = j.sheet and d.manifest_row = j.manifest_row and d.region_code = j.region_code
    and j.reason is null
  left join copies as c on j.file = c.file and j.sheet = c.sheet and j.row_no = c.row_no and j.col_no = c.col_no
  group by j.file, j.sheet, j.manifest_row, j.region_code, j.line
),

several_lines as (
  select
    file, sheet, manifest_row, region_code,
    concat('rows ', string_agg(concat(row_no, ' (', {{ quoted('region_text') }}, ')'), ' and ' order by row_no)) as detail
  from lines
  where conflicts > 0
  group by file, sheet, manifest_row, region_code
  having count(*) > 1 and bool_or(2 * conflicts >= figures) and sum(agreements) = 0
),

judged as (
  select
    j.*,
    c.lowest,
    c.highest,
    c.finest,
    c.first_copy,
    t.detail as lines_detail,
    case
      when c.lowest <> c.highest and not c.rounds then 'conflicting copies of one key'
      when j.reason is null and t.file is not null then 'one region in two lines'
      when j.value <> c.finest then 'rounding of another figure'
      when c.copy_no > 1 then 'duplicate'
    end as copy_reason
  from {{ ref('read_cells') }} as j
  left join copies as c on j.file = c.file and j.sheet = c.sheet and j.row_no = c.row_no and j.col_no = c.col_no
  left join several_lines as t
    on j.file = t.file and j.sheet = t.sheet and j.manifest_row = t.manifest_row and j.region_code = t.region_code
)

select
  file,
  sheet,
  row_no,
  col_no,
  text,
  region_text,
  year_text,
  manifest_row,
  level,
  series_id,
  source_id,
  vintage,
  priority,
  region_code,
  year,
  value,
  value_delivered,
  corrected,
  repair,
  coalesce(reason, copy_reason) as reason,
  coalesce(detail, case copy_reason
    when 'conflicting copies of one key' then concat('values from ', lowest, ' to ', highest)
    when 'one region in two lines' then lines_detail
    when 'rounding of another figure' then concat('rounds ', finest)
    when 'duplicate' then concat('repeats ', first_copy)
  end) as detail
from judged
