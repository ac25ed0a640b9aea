-- Each event study, placebo, mediation and comparison of the profile is in its table: estimated, or
-- with the reason why not.
with wanted as (
  select 'event_study' as analysis, event_study_id as id from {{ ref('event_study_specs') }}
  union all
  select 'placebo_summary', placebo_id from {{ ref('placebo_specs') }} where kind = 'space'
  union all
  select 'mediation', mediation_id from {{ ref('mediation_specs') }}
  union all
  select 'heterogeneity', comparison_id from {{ ref('heterogeneity_specs') }}
),

found as (
  select 'event_study' as analysis, event_study_id as id, status, reason, estimate as figure
  from {{ ref('event_study') }}
  union all
  select 'placebo_summary', placebo_id, status, reason, p_two_sided from {{ ref('placebo_summary') }}
  union all
  select 'mediation', mediation_id, status, reason, sobel_z from {{ ref('mediation') }}
  union all
  select 'heterogeneity', comparison_id, status, reason, z_statistic from {{ ref('heterogeneity') }}
)

select w.analysis, w.id, f.status, f.reason, f.figure
from wanted as w
full join found as f on w.analysis = f.analysis and w.id = f.id
where w.id is null or f.id is null
  or (f.status = 'estimated') <> (f.figure is not null)
  or (f.status = 'estimated') <> (f.reason is null)
