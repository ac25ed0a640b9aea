-- What each text in the place of a region means, by sheet: each is looked up once, however many series and figures
-- it has.
with texts as (
  select
    *,
    {{ region_key('region_text') }} as region_key,
    regexp_full_match(region_text, '\d{1,2}') as is_short_number
  from (
    select distinct c.file, c.sheet, m.level, m.names_source, c.region_text, c.province_code
    from {{ ref('cells') }} as c
    inner join {{ ref('manifest') }} as m on c.manifest_row = m.manifest_row
    where c.class = 'value'
  )
),

meant as (
  select
    t.*,
    coalesce(r.region_key, p.region_key, q.region_key) is not null as is_named,
    coalesce(r.region_code, p.region_code, q.region_code) as region_code,
    r.valid_to,
    u.hint
  from texts as t
  left join {{ ref('region_names') }} as r
    on t.level = r.level and t.names_source is not distinct from r.source_id and t.region_key = r.region_key
  left join {{ ref('shared_names') }} as p
    on t.level = p.level and t.names_source is not distinct from p.source_id and t.region_key = p.region_key
    and t.province_code = p.province_code and p.is_alone_in_province
  left join {{ ref('shared_names') }} as q
    on t.level = q.level and t.names_source is not distinct from q.source_id and t.region_key = q.region_key
    and t.province_code is null and q.is_alone_in_rosters
  left join {{ ref('unknown_regions') }} as u
    on t.level = u.level and t.names_source is not distinct from u.source_id and t.region_key = u.region_key
),

-- 11 is a code of Beijing's, but not in a column that also has 1: that one counts rows.
numbered as (
  select
    *,
    is_short_number and bool_or(not is_named and is_short_number) over (partition by file, sheet) as is_row_number
  from meant
)

select
  file,
  sheet,
  level,
  names_source,
  region_text,
  province_code,
  is_named and not is_row_number as is_known,
  region_code,
  valid_to,
  case when is_row_number then 'a row number?' else hint end as hint
from numbered
