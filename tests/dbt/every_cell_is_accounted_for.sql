-- raw cells = staged + rejected + blank + structural + not mapped, in every file.
with raw_counts as (
  select file, count(*) as raw_cells from {{ ref('raw_cells') }} group by file
)

select r.file as raw_file, r.raw_cells, a.*
from raw_counts as r
full join {{ ref('cell_accounting') }} as a on r.file = a.file
where r.raw_cells is distinct from a.staged + a.rejected + a.blank + a.structural + a.not_mapped
  or r.raw_cells is distinct from a.cells
