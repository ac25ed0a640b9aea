select
  s.spec_id,
  s.study,
  cast(s.table_number as integer) as table_number,
  cast(s.column_number as integer) as column_number,
  s.outcome,
  cast(e.term as varchar) as term,
  cast(e.estimate as double) as estimate,
  cast(e.std_error as double) as std_error,
  cast(e.t_statistic as double) as t_statistic,
  cast(e.p_value as double) as p_value,
  cast(e.conf_low as double) as conf_low,
  cast(e.conf_high as double) as conf_high,
  cast(e.stars as varchar) as stars,
  {{ rests_on('s.study') }}
from {{ ref('est_regressions') }} as e
inner join {{ ref('regression_input') }} as s on e.spec_id = s.spec_id
where e.status = 'estimated'
