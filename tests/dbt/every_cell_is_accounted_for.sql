-- cells = staged + rejected + blank + structural + not mapped, in every file.
select *
from {{ ref('cell_accounting') }}
where cells <> staged + rejected + blank + structural + not_mapped
