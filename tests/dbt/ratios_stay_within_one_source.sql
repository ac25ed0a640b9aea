{{ config(severity='warn') }}
-- A share whose sides come from two sources mixes vintages when one source has both: pin the
-- source in the definition (gdp@core_data) or reorder the priorities in the manifest.
with used as (
  select distinct t.study, s.level, t.id, t.series_id, v.source_id
  from {{ ref('definition_terms') }} as t
  inner join {{ ref('studies') }} as s on t.study = s.study
  inner join {{ ref('series_values') }} as v on t.study = v.study and t.series_ref = v.series_ref
),

mixed as (
  select study, level, id
  from used
  group by study, level, id
  having count(distinct source_id) > 1
),

sizes as (
  select study, id, count(distinct series_id) as series
  from used
  group by study, id
)

select m.study, m.id, c.source_id as has_all_of_them
from mixed as m
inner join sizes as s on m.study = s.study and m.id = s.id
inner join used as u on m.study = u.study and m.id = u.id
inner join {{ ref('source_choice') }} as c on m.level = c.level and u.series_id = c.series_id
group by m.study, m.id, c.source_id, s.series
having count(distinct c.series_id) = s.series
