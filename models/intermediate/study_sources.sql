-- The source that serves each term of a study's definitions: the one it pins, else the first by priority
-- among those it may use. One source and vintage per series, never cell by cell.
with terms as (
  select distinct t.study, s.level, t.series_ref, t.series_id, t.pinned_source
  from {{ ref('definition_terms') }} as t
  inner join {{ ref('studies') }} as s on t.study = s.study
),

ranked as (
  select
    t.study,
    t.series_ref,
    t.series_id,
    t.level,
    c.source_id,
    c.vintage,
    u.data_profile,
    row_number() over (partition by t.study, t.series_ref order by c.priority, c.source_id) as preference
  from terms as t
  inner join {{ ref('usable_sources') }} as u on t.study = u.study and t.level = u.level and t.series_id = u.series_id
  inner join {{ ref('source_choice') }} as c
    on u.level = c.level and u.series_id = c.series_id and u.source_id = c.source_id
  where t.pinned_source is null or t.pinned_source = c.source_id
)

select study, level, series_ref, series_id, source_id, vintage, data_profile
from ranked
where preference = 1
