-- The weight of each indicator, with the interval that another sample of units would have given it.
select
  cast(e.study as varchar) as study,
  cast(e.indicator as varchar) as indicator,
  cast(e.weight as double) as weight,
  cast(e.conf_low as double) as conf_low,
  cast(e.conf_high as double) as conf_high,
  cast(e.draws as integer) as draws,
  {{ provenance_columns('e.study') }}
from {{ ref('est_index_weights') }} as e
