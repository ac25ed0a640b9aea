-- Every row of the study's panel for each distinct sample: used, with its weight, or lost at which step. Samples
-- of studies with more rows than var('stored_sample_rows') are not stored: samples.predicate picks their rows. It
-- knows nothing of matching, so that a matched sample is always stored.
with candidates as (
  {{ sample_candidates() }}
)

select
  sample_id,
  region_code,
  cast(year as integer) as year,
  lost_at is null as used,
  cast(weight as double) as weight,
  lost_at
from candidates
where grid_rows <= {{ var('stored_sample_rows') }} or matching is not null
order by sample_id, region_code, year
