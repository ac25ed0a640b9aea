-- Each value of the long panel but those of policies rests on at least one cell, the index on those
-- of every indicator of the study, a variable that is made from another one on that one's; nothing else is traced.
with traced as (
  select study, region_code, year, variable_id, count(distinct component) as components
  from {{ ref('trace') }}
  group by study, region_code, year, variable_id
),

indicators as (
  select d.study, s.index_id as variable_id, count(*) as components
  from {{ ref('definitions') }} as d
  inner join {{ ref('studies') }} as s on d.study = s.study
  where d.role = 'indicator'
  group by d.study, s.index_id
),

wanted as (
  select p.study, p.region_code, p.year, p.variable_id, coalesce(i.components, 1) as components
  from {{ ref('panel_long') }} as p
  left join indicators as i on p.study = i.study and p.variable_id = i.variable_id
  where p.role not in ('policy', 'other policy')
  union all
  -- and each value of the years before a study that a specification asks for
  select e.study, e.region_code, e.year, e.variable_id, 1
  from {{ ref('earlier_values') }} as e
  inner join {{ ref('definitions') }} as d on e.study = d.study and e.variable_id = d.id
)

select
  coalesce(w.study, t.study) as study,
  coalesce(w.region_code, t.region_code) as region_code,
  coalesce(w.year, t.year) as year,
  coalesce(w.variable_id, t.variable_id) as variable_id,
  w.components as wanted,
  t.components as traced
from wanted as w
full join traced as t
  on w.study = t.study and w.region_code = t.region_code and w.year = t.year and w.variable_id = t.variable_id
where w.components is distinct from t.components
