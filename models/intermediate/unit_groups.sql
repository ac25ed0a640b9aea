-- The groups of each study's units by which samples leave units out, effects of years differ and trends run: the
-- groupings, and as groups of their own the regions that the units lie in, and the units themselves.
select study, grouping, group_id, region_code from {{ ref('grouping_members') }}
union all
select study, 'region_code', region_code, region_code from {{ ref('study_units') }}
union all
select study, 'province_code', province_code, region_code from {{ ref('study_units') }}
where province_code is not null
union all
select study, 'parent_code', parent_code, region_code from {{ ref('study_units') }}
where parent_code is not null
