select
  cast(h.comparison_id as varchar) as comparison_id,
  cast(h.study as varchar) as study,
  cast(h.spec_a as varchar) as spec_a,
  cast(h.spec_b as varchar) as spec_b,
  cast(h.estimate_a as double) as estimate_a,
  cast(h.std_error_a as double) as std_error_a,
  cast(h.estimate_b as double) as estimate_b,
  cast(h.std_error_b as double) as std_error_b,
  cast(h.difference as double) as difference,
  cast(h.difference_std_error as double) as difference_std_error,
  cast(h.z_statistic as double) as z_statistic,
  cast(h.p_value as double) as p_value,
  cast(h.status as varchar) as status,
  cast(h.reason as varchar) as reason,
  {{ rests_on('cast(h.study as varchar)') }}
from {{ ref('est_heterogeneity') }} as h
