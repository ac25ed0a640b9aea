{{ config(severity='warn') }}
-- A source that a definition pins (gdp@core_data) gives that series at the level of the study.
select t.study, t.id, t.series_ref
from {{ ref('definition_terms') }} as t
inner join {{ ref('studies') }} as s on t.study = s.study
left join {{ ref('manifest') }} as m
  on t.pinned_source = m.source_id and t.series_id = m.series_id and s.level = m.level
where t.pinned_source is not null and m.source_id is null
