-- First treated year of each unit, by the study's rule from date to year. Units without a row
-- in the policy are never treated.
select
  r.study,
  r.region_code,
  min(case s.coding_rule
    when 'approval_year' then extract(year from p.date)
    when 'following_year' then extract(year from p.date) + 1
    when 'half_year' then extract(year from p.date) + case when extract(month from p.date) > 6 then 1 else 0 end
  end) as first_treated_year
from (select distinct study, region_code from {{ ref('study_grid') }}) as r
inner join {{ ref('studies') }} as s on r.study = s.study
left join {{ ref('policies') }} as p
  on s.policy = p.policy and s.policy_variant = p.variant and s.level = p.level
  and r.region_code = p.region_code
group by r.study, r.region_code
