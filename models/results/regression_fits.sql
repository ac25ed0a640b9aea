select
  s.spec_id,
  s.study,
  cast(s.table_number as integer) as table_number,
  cast(s.column_number as integer) as column_number,
  s.outcome,
  cast(max(e.n_obs) as bigint) as n_obs,
  cast(max(e.n_units) as bigint) as n_units,
  cast(max(e.n_clusters) as bigint) as n_clusters,
  cast(max(e.r2) as double) as r2,
  cast(max(e.r2_adj) as double) as r2_adj,
  s.vcov,
  cast(max(e.dropped) as varchar) as dropped,
  cast(max(e.status) as varchar) as status,
  cast(max(e.reason) as varchar) as reason,
  {{ rests_on('s.study') }}
from {{ ref('est_regressions') }} as e
inner join {{ ref('regression_input') }} as s on e.spec_id = s.spec_id
group by s.spec_id, s.study, s.table_number, s.column_number, s.outcome, s.vcov
