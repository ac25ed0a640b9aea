-- The groups of each study's units by which samples leave units out, effects of years differ and trends run: the
-- groupings, and as groups of their own the regions that the units lie in, and the units themselves.
with beside as (
  select study, level, region_code, neighbour_code from {{ ref('study_neighbours') }}
  union
  select study, level, neighbour_code, region_code from {{ ref('study_neighbours') }}
)

select study, grouping, group_id, region_code from {{ ref('grouping_members') }}
union all
select study, 'region_code', region_code as group_id, region_code from {{ ref('study_units') }}
union all
select study, 'province_code', province_code, region_code from {{ ref('study_units') }}
where province_code is not null
union all
select study, 'parent_code', parent_code, region_code from {{ ref('study_units') }}
where parent_code is not null
union all
-- Units that the policy does not reach, beside one that it does.
select distinct u.study, 'neighbours', 'of_treated', u.region_code
from {{ ref('study_units') }} as u
inner join beside as b on u.study = b.study and u.level = b.level and u.region_code = b.region_code
inner join {{ ref('study_units') }} as t on b.study = t.study and b.neighbour_code = t.region_code
inner join {{ ref('studies') }} as s on u.study = s.study
where t.first_treated_year <= s.last_year and coalesce(u.first_treated_year, s.last_year + 1) > s.last_year
