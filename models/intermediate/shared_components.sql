-- Variables of a study that are built from the same statistics: for each outcome, index or mediator, the variables
-- whose numerator is a part of it.
with parts as (
  select study, id as variable_id, side, series_id from {{ ref('definition_terms') }}
  union
  -- The index has the parts of all its indicators.
  select t.study, s.index_id, t.side, t.series_id
  from {{ ref('definition_terms') }} as t
  inner join {{ ref('definitions') }} as d on t.study = d.study and t.id = d.id and d.role = 'indicator'
  inner join {{ ref('studies') }} as s on t.study = s.study
  where s.index_id is not null
)

select
  whole.study,
  whole.variable_id as whole_id,
  part.variable_id as part_id,
  {{ dbt.listagg("distinct part.series_id", "', '", "order by part.series_id") }} as series
from parts as whole
inner join parts as part
  on whole.study = part.study and whole.series_id = part.series_id and whole.variable_id <> part.variable_id
where part.side = 'numerator'
group by whole.study, whole.variable_id, part.variable_id
