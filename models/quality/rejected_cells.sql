-- Cells that are not blank and could not be used, each with its reason and its address.
select
  file, sheet, row_no, col_no, text, level, series_id, source_id,
  region_text, year_text, reason, detail
from {{ ref('parsed_cells') }}
where reason is not null
