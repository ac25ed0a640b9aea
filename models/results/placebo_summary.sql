select
  cast(p.placebo_id as varchar) as placebo_id,
  s.study,
  s.base_spec,
  s.as_published,
  cast(s.n_treated as integer) as n_treated,
  cast(p.n_draws as bigint) as n_draws,
  cast(p.estimate as double) as estimate,
  cast(p.mean as double) as null_mean,
  cast(p.sd as double) as null_std_dev,
  cast(p.q025 as double) as null_q025,
  cast(p.q975 as double) as null_q975,
  cast(p.p_left as double) as p_left,
  cast(p.p_right as double) as p_right,
  cast(p.p_two_sided as double) as p_two_sided,
  cast(p.p_left_t as double) as p_left_t,
  cast(p.p_right_t as double) as p_right_t,
  cast(p.p_two_sided_t as double) as p_two_sided_t,
  cast(p.share_p_below_10 as double) as share_p_below_10,
  cast(p.status as varchar) as status,
  cast(p.reason as varchar) as reason,
  '{{ target.name }}' as data_profile
from {{ ref('est_placebo_summary') }} as p
inner join {{ ref('placebo_input') }} as s on p.placebo_id = s.placebo_id
