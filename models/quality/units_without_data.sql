-- Regions of a study's roster of which the build has not one figure that the study uses.
select
  u.study,
  u.level,
  u.region_code,
  coalesce(nullif(r.name_zh, ''), r.name_en) as region_name
from {{ ref('study_units') }} as u
inner join {{ ref('regions') }} as r on u.level = r.level and u.region_code = r.region_code
left join (select distinct study, region_code from {{ ref('series_values') }} where value is not null) as v
  on u.study = v.study and u.region_code = v.region_code
where v.region_code is null
