-- Accepted figures in the series' canonical unit, one per source, series, region and year.
select
  level, series_id, source_id, vintage, priority, region_code, year,
  value, value_delivered, corrected, repair,
  file, sheet, row_no, col_no,
  text, manifest_row
from {{ ref('parsed_cells') }}
where reason is null
