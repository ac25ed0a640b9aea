-- The studies whose figures may be estimated from: what data each rests on, and which failures are accepted on
-- record. Every result is made from here, so that none is made before the expectations were put to the figures
-- (expectation_results, whose test stops the build).
-- depends_on: {{ ref('expectation_results') }}
with waivers as (
  select study, string_agg(concat(rule, ', ', waiver), '; ' order by rule) as waivers
  from {{ ref('checked_expectations') }}
  where status = 'waived'
  group by study
)

select
  p.study,
  cast(p.data_profile as varchar) as data_profile,
  cast(w.waivers as varchar) as waivers
from {{ ref('study_profiles') }} as p
left join waivers as w on p.study = w.study
