-- What each analysis asks of its rows: the variables that must have a value, and which units and years. A
-- mediation takes its three steps on rows that have what all three need; a matching that no regression uses is
-- made among the rows that have its covariates.
with mediations as (
  select
    m.mediation_id as spec_id, r.study, r.grouping, r.group_id, r.first_year, r.last_year, r.leave_out,
    r.leave_out_years, r.matching,
    {{ singleton_effects('r') }} as singleton_effects,
    concat_ws(' + ', t.outcome, m.mediator, t.treatment, r.controls, t.controls, o.controls, r.controls_by_year, c.covariates)
      as variables
  from {{ ref('mediation_specs') }} as m
  inner join {{ ref('regression_specs') }} as t on m.total_spec = t.spec_id
  inner join {{ ref('regression_specs') }} as r on m.mediator_spec = r.spec_id
  inner join {{ ref('regression_specs') }} as o on m.outcome_spec = o.spec_id
  left join {{ ref('matching_specs') }} as c on r.matching = c.matching_id
),

matchings as (
  select
    m.matching_id as spec_id, m.study, null as grouping, null as group_id, null as first_year, null as last_year,
    null as leave_out, null as leave_out_years, m.matching_id as matching, null as singleton_effects, m.covariates as variables
  from {{ ref('matching_specs') }} as m
  left join {{ ref('regression_specs') }} as r on m.matching_id = r.matching
  where r.spec_id is null
),

regressions as (
  select
    r.spec_id, r.study, r.grouping, r.group_id, r.first_year, r.last_year, r.leave_out, r.leave_out_years, r.matching,
    {{ singleton_effects('r') }} as singleton_effects,
    concat_ws(' + ', r.outcome, r.treatment, r.controls, r.controls_by_year, m.covariates) as variables
  from {{ ref('regression_specs') }} as r
  left join {{ ref('matching_specs') }} as m on r.matching = m.matching_id
)

select 'regression' as kind, * from regressions
union all
select 'mediation' as kind, * from mediations
union all
select 'matching' as kind, * from matchings
