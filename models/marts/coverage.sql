-- What each study has of each variable and indicator, and which series the profile lacks.
with series_found as (
  select distinct study, series_ref from {{ ref('series_values') }}
),

lacking as (
  select t.study, t.id, string_agg(distinct t.series_ref, ', ' order by t.series_ref) as missing_series
  from {{ ref('definition_terms') }} as t
  left join series_found as f on t.study = f.study and t.series_ref = f.series_ref
  where f.series_ref is null
  group by t.study, t.id
),

counts as (
  select
    study,
    id,
    role,
    count(*) as expected,
    count(value) as available,
    count(case when value is not null and imputed then 1 end) as imputed,
    min(reason) as reason
  from {{ ref('defined_values') }}
  group by study, id, role
)

select
  c.study,
  c.id as variable_id,
  c.role,
  c.expected,
  c.available,
  c.imputed,
  case
    when c.available = c.expected then 'complete'
    when c.available > 0 then 'partial'
    else 'missing'
  end as status,
  l.missing_series,
  case
    when l.missing_series is not null then concat('the profile has no data for ', l.missing_series)
    when c.available < c.expected then c.reason
  end as reason
from counts as c
left join lacking as l on c.study = l.study and c.id = l.id
