with tests as (
  {{ result_rows('est_inference', 'regression_specs', 'spec_id', "e.left_out is null", own=['cluster']) }}
)

select
  tests.* replace (
    coalesce(tests.method = s.headline_method and coalesce(tests.cluster, 'assignment') = 'assignment', false) as is_headline
  )
from tests
inner join {{ ref('studies') }} as s on tests.study = s.study
