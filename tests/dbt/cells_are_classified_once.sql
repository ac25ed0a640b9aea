-- Overlapping manifest rows would read one cell twice.
select file, sheet, row_no, col_no, count(*) as copies
from {{ ref('cells') }}
group by file, sheet, row_no, col_no
having count(*) > 1
