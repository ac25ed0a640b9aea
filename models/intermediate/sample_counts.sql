-- Rows of each unit that a sample uses, and that each step lost.
with candidates as (
  {{ sample_candidates() }}
)

select sample_id, region_code, lost_at, count(*) as row_count
from candidates
group by sample_id, region_code, lost_at
