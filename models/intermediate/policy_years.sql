-- The policies of each study: its own, and others that its regressions name, as controls for one. For each region that
-- one reaches, the first year counted as treated by the study's rule, and by each rule there is. Of another policy than the study's own the
-- variant is `main`, or the only one there is.
with named as (
  select study, policy, policy_variant as variant from {{ ref('studies') }}
  union
  select p.study, p.policy, p.variant
  from (
    select
      study, policy, variant,
      row_number() over (partition by study, policy order by case when variant = 'main' then 0 else 1 end, variant) as preference
    from {{ ref('study_policies') }}
    group by study, policy, variant
  ) as p
  inner join {{ ref('studies') }} as s on p.study = s.study and p.policy <> s.policy
  inner join {{ ref('requested_terms') }} as t on p.study = t.study and p.policy = t.term
  where p.preference = 1
),

by_rule as (
  select
    n.study,
    n.policy,
    p.region_code,
    s.coding_rule,
    min({{ first_treated_year('p.date', 'approval_year') }}) as approval_year,
    min({{ first_treated_year('p.date', 'following_year') }}) as following_year,
    min({{ first_treated_year('p.date', 'half_year') }}) as half_year
  from named as n
  inner join {{ ref('studies') }} as s on n.study = s.study
  -- A policy that reaches no unit of the study is one all the same: its dummy is 0 throughout.
  left join {{ ref('study_policies') }} as p
    on n.study = p.study and n.policy = p.policy and n.variant = p.variant and s.level = p.level
  group by n.study, n.policy, p.region_code, s.coding_rule
)

select
  study,
  policy,
  region_code,
  case coding_rule
    when 'approval_year' then approval_year when 'following_year' then following_year when 'half_year' then half_year
  end as first_treated_year,
  approval_year,
  following_year,
  half_year
from by_rule
