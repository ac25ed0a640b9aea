-- What each study has of each variable and indicator, and which series the profile lacks.
with series_found as (
  select distinct study, series_ref from {{ ref('series_values') }}
),

-- The index needs what all its indicators need.
needs as (
  select study, id, series_ref from {{ ref('definition_terms') }}
  union
  select t.study, s.index_id, t.series_ref
  from {{ ref('definition_terms') }} as t
  inner join {{ ref('definitions') }} as i on t.study = i.study and t.id = i.id
  inner join {{ ref('studies') }} as s on t.study = s.study
  where i.role = 'indicator'
),

lacking as (
  select n.study, n.id, {{ dbt.listagg("n.series_ref", "', '", "order by n.series_ref") }} as missing_series
  from needs as n
  left join series_found as f on n.study = f.study and n.series_ref = f.series_ref
  where f.series_ref is null
  group by n.study, n.id
),

values_of as (
  select study, id, role, value, imputed, reason from {{ ref('defined_values') }}
  union all
  -- A lag is not expected of the first years, which have nothing before them in the study.
  select v.study, v.id, v.role, v.value, v.imputed, v.reason
  from {{ ref('derived_values') }} as v
  inner join {{ ref('derived_variables') }} as d on v.study = d.study and v.id = d.id
  inner join {{ ref('studies') }} as s on v.study = s.study
  where d.kind <> 'lag' or v.year >= s.first_year + d.years
  union all
  select
    g.study, s.index_id, 'index', x.value, x.imputed,
    case when x.value is null then 'an indicator has no data' end
  from {{ ref('study_grid') }} as g
  inner join {{ ref('studies') }} as s on g.study = s.study
  left join {{ ref('index_values') }} as x
    on g.study = x.study and g.region_code = x.region_code and g.year = x.year
  where g.study in (select study from {{ ref('definitions') }} where role = 'indicator')
),

counts as (
  select
    study,
    id,
    role,
    count(*) as expected,
    count(value) as available,
    count(case when value is not null and imputed then 1 end) as imputed,
    {{ dbt.listagg("distinct reason", "'; '", "order by reason") }} as reason
  from values_of
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
