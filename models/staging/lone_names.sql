-- Short names of cities that stand among names that mean no city: 朝阳 between 西城 and 海淀 is a district, 吉林 between
-- 辽宁 and 黑龙江 the province.
{{ config(materialized='ephemeral') }}
with labels as (
  select r.file, r.sheet, r.region_label, min(r.row_no) as row_no, any_value(b.level) as level
  from {{ ref('sheet_rows') }} as r
  inner join {{ ref('blocks') }} as b on r.file = b.file and r.sheet = b.sheet
  where b.level = 'city' and r.place = 'data' and r.region_label <> ''
  group by r.file, r.sheet, r.region_label
),

known as (
  select
    l.*,
    -- a name that several cities share is one of a city
    n.region_key is null and u.region_key is null as is_unknown,
    -- 北京 is both, and either way the same
    case when coalesce(p.name_zh, '') <> coalesce(g.name_zh, '') then v.region_code end as province_code,
    {{ region_key('g.short_zh') }} = n.region_key and g.short_zh <> g.name_zh as is_short,
    -- Chaoyang between Xicheng and Haidian
    {{ region_key("regexp_replace(g.name_en, '\s*\(.*', '')") }} = n.region_key as is_english
  from labels as l
  left join {{ ref('region_names') }} as n
    on l.level = n.level and n.source_id is null and {{ region_key('l.region_label') }} = n.region_key
  left join (select distinct level, region_key from {{ ref('shared_names') }} where source_id is null) as u
    on l.level = u.level and {{ region_key('l.region_label') }} = u.region_key
  left join {{ ref('region_names') }} as v
    on v.level = 'province' and v.source_id is null and {{ region_key('l.region_label') }} = v.region_key
  left join {{ ref('regions') }} as g on n.level = g.level and n.region_code = g.region_code
  left join {{ ref('regions') }} as p on p.level = 'province' and v.region_code = p.region_code
),

beside as (
  select
    *,
    count(case when is_unknown then 1 end) over near as strangers,
    count(province_code) over near as provinces,
    -- beside 吉林省, 吉林 is not the province again
    count(*) over (partition by file, sheet, province_code) as of_that_province,
    count(*) over near as neighbours,
    coalesce(lag(region_label) over (partition by file, sheet order by row_no), '') as before,
    coalesce(lead(region_label) over (partition by file, sheet order by row_no), '') as behind
  from known
  window near as (
    partition by file, sheet order by row_no rows between 2 preceding and 2 following exclude current row
  )
)

select file, sheet, region_label, concat('it stands between ', {{ quoted('before') }}, ' and ', {{ quoted('behind') }}) as detail
from beside
where (is_short or is_english)
  and (
    (strangers >= 2 and 2 * strangers >= neighbours)
    or (is_short and province_code is not null and of_that_province = 1 and provinces >= 2 and 2 * provinces >= neighbours)
  )
