select
  cast(d.placebo_id as varchar) as placebo_id,
  s.study,
  s.kind,
  cast(d.draw as integer) as draw,
  cast(d.pseudo_year as integer) as pseudo_year,
  cast(d.estimate as double) as estimate,
  cast(d.std_error as double) as std_error,
  cast(d.t_statistic as double) as t_statistic,
  cast(d.p_value as double) as p_value,
  {{ rests_on('s.study') }}
from {{ ref('est_placebo_draws') }} as d
inner join {{ ref('placebo_input') }} as s on d.placebo_id = s.placebo_id
where d.status = 'estimated'
