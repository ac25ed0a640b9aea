select
  cast(f.spec_id as varchar) as spec_id,
  s.study,
  cast(f.step_no as integer) as step_no,
  cast(f.step as varchar) as step,
  cast(f.rows as bigint) as row_count,
  cast(f.units as bigint) as unit_count,
  cast(f.rows_lost as bigint) as rows_lost,
  cast(f.units_lost as bigint) as units_lost,
  cast(f.detail as varchar) as detail,
  {{ rests_on('s.study') }}
from {{ ref('est_sample_flow') }} as f
inner join {{ ref('regression_input') }} as s on f.spec_id = s.spec_id
