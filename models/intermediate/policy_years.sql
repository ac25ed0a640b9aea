-- The policies of each study: its own, and others that its regressions name, as controls for one. For each region that
-- one reaches, the first year counted as treated by the study's rule. Of another policy than the study's own the
-- variant is `main`, or the only one there is.
with named as (
  select study, policy, policy_variant as variant from {{ ref('studies') }}
  union
  select p.study, p.policy, p.variant
  from (
    select
      study, policy, variant,
      row_number() over (partition by study, policy order by case when variant = 'main' then 0 else 1 end, variant) as place
    from {{ ref('study_policies') }}
    group by study, policy, variant
  ) as p
  inner join {{ ref('studies') }} as s on p.study = s.study and p.policy <> s.policy
  inner join {{ ref('requested_terms') }} as t on p.study = t.study and p.policy = t.term
  where p.place = 1
)

select
  n.study,
  n.policy,
  p.region_code,
  cast(min(case s.coding_rule
    when 'approval_year' then extract(year from p.date)
    when 'following_year' then extract(year from p.date) + 1
    when 'half_year' then extract(year from p.date) + case when extract(month from p.date) > 6 then 1 else 0 end
  end) as integer) as first_treated_year
from named as n
inner join {{ ref('studies') }} as s on n.study = s.study
-- A policy that reaches no unit of the study is one all the same: its dummy is 0 throughout.
left join {{ ref('study_policies') }} as p
  on n.study = p.study and n.policy = p.policy and n.variant = p.variant and s.level = p.level
group by n.study, n.policy, p.region_code
