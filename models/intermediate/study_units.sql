-- The units of each study: what they lie in, and the year from which the study's rule counts them
-- as treated, with what the other rules would count. Units without a row in the policy are never treated.
select
  u.study,
  u.level,
  u.region_code,
  r.province_code,
  r.parent_code,
  -- Units that the policy reached together: those of one region of the level at which it was assigned.
  case
    when s.assigned_at = u.level then u.region_code
    when s.assigned_at = 'province' then coalesce(r.province_code, u.region_code)
    else coalesce(r.parent_code, u.region_code)
  end as assignment_cluster,
  s.policy,
  p.first_treated_year,
  p.approval_year,
  p.following_year,
  p.half_year
from (select distinct study, level, region_code from {{ ref('study_grid') }}) as u
inner join {{ ref('studies') }} as s on u.study = s.study
inner join {{ ref('regions') }} as r on u.level = r.level and u.region_code = r.region_code
left join {{ ref('policy_years') }} as p
  on s.study = p.study and s.policy = p.policy and u.region_code = p.region_code
