-- The units of each study: what they lie in, and the year from which the study's rule counts them
-- as treated, with what the other rules would count. Units without a row in the policy are never treated.
with units as (
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
    end as region_of_assignment,
    s.policy,
    s.policy_variant,
    s.alone_units
  from (select distinct study, level, region_code from {{ ref('study_grid') }}) as u
  inner join {{ ref('studies') }} as s on u.study = s.study
  inner join {{ ref('regions') }} as r on u.level = r.level and u.region_code = r.region_code
),

alone as (
  select study, policy, variant, level, region_code from {{ ref('study_policies') }} where assigned_alone
)

select
  u.study,
  u.level,
  u.region_code,
  u.province_code,
  u.parent_code,
  -- A unit that the policy reached by itself is a cluster of its own, or goes with the others of its region, as the
  -- study says; where it is grouped the other way is beside it. For all other units both are the same.
  case when a.region_code is not null and u.alone_units = 'own_cluster' then u.region_code else u.region_of_assignment end
    as assignment_cluster,
  case when a.region_code is null or u.alone_units = 'own_cluster' then u.region_of_assignment else u.region_code end
    as other_assignment_cluster,
  u.policy,
  p.first_treated_year,
  p.approval_year,
  p.following_year,
  p.half_year
from units as u
left join alone as a
  on u.study = a.study and u.policy = a.policy and u.policy_variant = a.variant
  and u.level = a.level and u.region_code = a.region_code
left join {{ ref('policy_years') }} as p
  on u.study = p.study and u.policy = p.policy and u.region_code = p.region_code
