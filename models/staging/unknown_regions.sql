-- Texts in the place of a region that name no known region, with a hint at what they may be. They are to be
-- corrected in the file, or recorded in region_aliases.csv.
with texts as (
  select m.level, m.names_source, c.region_text, {{ region_key('c.region_text') }} as region_key, count(*) as cells
  from {{ ref('cells') }} as c
  inner join {{ ref('manifest') }} as m on c.manifest_row = m.manifest_row
  where c.class = 'value' and c.region_text <> ''
  group by m.level, m.names_source, c.region_text
),

unknown as (
  select
    t.level,
    t.names_source as source_id,
    t.region_key,
    min(t.region_text) as text,
    cast(sum(t.cells) as bigint) as cells
  from texts as t
  left join {{ ref('region_names') }} as r
    on t.level = r.level and t.names_source is not distinct from r.source_id and t.region_key = r.region_key
  where r.region_key is null
  group by t.level, t.names_source, t.region_key
),

-- The last byte of an odd number of Chinese characters is lost, and with it the last sign.
misread as (
  select misread_key, min(concat(reading, ': ', name)) as meaning
  from (
    select *, regexp_replace({{ region_key(clean_text('text')) }}, '[?€�]', '', 'g') as misread_key
    from {{ ref('misread_names') }}
  ) as m
  group by misread_key
),

namesakes as (
  select
    u.level,
    u.region_key,
    string_agg(r.name_en, ' or ' order by r.name_en) as names
  from unknown as u
  inner join {{ ref('regions') }} as r
    on u.level = r.level and {{ region_key('r.name_en') }} like concat({{ region_key('u.region_key') }}, '(%')
  group by u.level, u.region_key
),

-- A name that several units of a study share identifies none of them, nor does one that is the code of another unit.
shared as (
  select u.level, u.region_key, string_agg(distinct r.region_code, ' and ' order by r.region_code) as codes
  from unknown as u
  inner join (
    select level, region_code, unnest([name_zh, name_en, short_zh, region_code]) as spelling from {{ ref('regions') }}
  ) as r on u.level = r.level and u.region_key = {{ region_key('r.spelling') }}
  group by u.level, u.region_key
),

-- What it is called at the levels of the catalogue: 吉林 is a province and a city, 合计 a total at both.
elsewhere as (
  select
    u.level,
    u.region_key,
    string_agg(case when n.region_code is not null then n.level end, ' or ' order by n.level desc) as levels,
    bool_or(n.region_code is null) as is_total
  from (select distinct level, region_key from unknown) as u
  inner join {{ ref('region_names') }} as n
    on u.level <> n.level and u.region_key = n.region_key and n.source_id is null and n.level in ('province', 'city')
  group by u.level, u.region_key
)

select
  u.level,
  u.source_id,
  u.region_key,
  u.text,
  u.cells,
  case
    when m.meaning is not null then concat('looks like ', m.meaning)
    when u.text like '%�%' or regexp_full_match(u.text, '\?+') then 'characters were lost when the file was saved'
    when s.codes is not null then concat('stands for ', s.codes, ' alike')
    when n.names is not null then concat('could be ', n.names)
    when e.levels is not null then concat('a ', e.levels, ', in a table of level ', u.level)
    when e.is_total then 'a total of several regions?'
    when regexp_matches(u.text, '(区|县|旗)$') then 'a district or county, not a whole city'
  end as hint
from unknown as u
left join misread as m on regexp_replace(u.region_key, '[?€�]', '', 'g') = m.misread_key
left join namesakes as n on u.level = n.level and u.region_key = n.region_key
left join shared as s on u.level = s.level and u.region_key = s.region_key
left join elsewhere as e on u.level = e.level and u.region_key = e.region_key
