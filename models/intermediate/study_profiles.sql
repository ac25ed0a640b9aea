-- The kind of data that each study uses; of several kinds the least free. A kind that a manifest names in a
-- word of its own counts as less free than public data, since it is not known how free it is; a study without
-- any data has the profile's.
with kinds as (
  select
    study,
    data_profile,
    case data_profile when 'simulated' then 1 when 'licensed' then 2 when 'public' then 4 when 'open' then 5 else 3 end
      as freedom
  from {{ ref('study_sources') }}
)

select s.study, coalesce({{ first_by('k.data_profile', '(k.freedom, k.data_profile)') }}, '{{ profile_name() }}') as data_profile
from {{ ref('studies') }} as s
left join kinds as k on s.study = k.study
group by s.study
order by s.study
