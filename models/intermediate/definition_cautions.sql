-- Cautions about an analysis that follow from its definitions and its figures, before anything is estimated.
with asked as (
  select spec_id, study, outcome as whole_id, concat_ws(' + ', treatment, controls) as regressors
  from {{ ref('regression_specs') }}
  union all
  select m.mediation_id, m.study, t.outcome, m.mediator
  from {{ ref('mediation_specs') }} as m
  inner join {{ ref('regression_specs') }} as t on m.total_spec = t.spec_id
),

regressors as (
  {{ split_terms('asked', ['spec_id', 'study', 'whole_id'], 'regressors') }}
),

own_components as (
  select
    r.spec_id,
    concat(
      r.whole_id, ' is regressed on parts of itself: ',
      {{ dbt.listagg("concat(s.part_id, ' is built from ', s.series)", "'; '", "order by s.part_id") }},
      '. They move together by construction.'
    ) as caution
  from regressors as r
  inner join {{ ref('shared_components') }} as s
    on r.study = s.study and r.whole_id = s.whole_id and r.term = s.part_id
  group by r.spec_id, r.whole_id
),

figures as (
  select s.spec_id, v.variable_id, p.year, count(*) as row_count, sum(case when p.imputed then 1 else 0 end) as imputed
  from {{ ref('samples') }} as s
  inner join {{ ref('requested_variables') }} as v on s.spec_id = v.spec_id
  inner join {{ ref('sample_members') }} as m on s.sample_id = m.sample_id and m.used
  inner join (
    select study, region_code, year, variable_id, imputed from {{ ref('panel_long') }}
    union all
    select study, region_code, year, variable_id, imputed from {{ ref('earlier_values') }}
  ) as p
    on s.study = p.study and v.variable_id = p.variable_id and m.region_code = p.region_code and m.year = p.year
  group by s.spec_id, v.variable_id, p.year
),

interpolated as (
  select
    spec_id, variable_id, sum(imputed) * 1.0 / sum(row_count) as share,
    {{ dbt.listagg("case when imputed = row_count then cast(year as varchar) end", "', '", "order by year") }} as years
  from figures
  group by spec_id, variable_id
  having sum(imputed) * 1.0 / sum(row_count) > 0.1 or max(case when imputed = row_count then 1 else 0 end) = 1
),

filled_in as (
  select
    spec_id,
    concat(
      'Filled in and not observed: ',
      {{ dbt.listagg(
        "concat(variable_id, ' in ', cast(round(100 * share) as integer), ' % of the rows',"
        ~ " case when years is null then '' else concat(' (all of ', years, ')') end)",
        "'; '", "order by variable_id"
      ) }},
      '.'
    ) as caution
  from interpolated
  group by spec_id
),

found as (
  select spec_id, 1 as position, caution from own_components
  union all
  select spec_id, 2, caution from filled_in
)

select spec_id, {{ dbt.listagg("caution", "' '", "order by position") }} as cautions
from found
group by spec_id
