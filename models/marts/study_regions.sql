-- The regions of each study: what they are called, what they lie in, and when the policy reached them.
-- The file has another name than its table, since a definition is called regions already.
{{ config(alias='regions') }}
with members as (
  select
    study,
    region_code,
    {{ dbt.listagg("concat(grouping, '=', group_id)", "'; '", "order by grouping, group_id") }} as groups
  from {{ ref('grouping_members') }}
  group by study, region_code
)

select
  u.study,
  u.region_code,
  coalesce(r.name_en, r.name_zh, u.region_code) as name_en,
  coalesce(r.name_zh, r.name_en, u.region_code) as name_zh,
  u.level,
  coalesce(r.parent_code, case when u.level <> 'province' then r.province_code end) as parent_code,
  coalesce(u.first_treated_year <= s.last_year, false) as ever_treated,
  cast(u.first_treated_year as integer) as first_treated_year,
  m.groups
from {{ ref('study_units') }} as u
inner join {{ ref('studies') }} as s on u.study = s.study
inner join {{ ref('regions') }} as r on u.level = r.level and u.region_code = r.region_code
left join members as m on u.study = m.study and u.region_code = m.region_code
order by u.study, u.region_code
