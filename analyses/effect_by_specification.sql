-- How does the estimated effect of each study's policy change with what is controlled for?
select
  s.spec_id,
  s.title_en,
  s.title_zh,
  c.estimate,
  c.std_error,
  c.stars,
  f.n_obs,
  f.r2,
  f.status,
  f.reason,
  f.data_profile
from {{ ref('regression_specs') }} as s
inner join {{ ref('regression_fits') }} as f on s.spec_id = f.spec_id
inner join {{ ref('studies') }} as p on s.study = p.study
left join {{ ref('regression_coefficients') }} as c on s.spec_id = c.spec_id and p.policy = c.term
order by s.study, s.table_number, s.column_number
