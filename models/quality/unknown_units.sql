-- Units in the data of a study's level that no list has, per study and source; blank where every unit is known. An
-- expectation makes them an error. At a level that studies bring themselves each text counts, in every source that the
-- study may use. Yearbooks of provinces and cities hold districts, totals and notes beside them, so that there a name
-- that is not recognised is in rejected_cells alone; a code of the level's own form can be nothing but a unit, and
-- counts in the sources that the study uses.
with own_levels as (
  select level from {{ ref('regions') }} group by level having bool_and(study <> '')
),

-- Of the sources of a study, those of its level.
sources as (
  select distinct u.study, u.source_id, u.level, true as each_text
  from {{ ref('usable_sources') }} as u
  inner join {{ ref('studies') }} as s on u.study = s.study and u.level = s.level
  inner join own_levels as o on u.level = o.level
  union all
  select distinct u.study, u.source_id, u.level, false
  from {{ ref('study_sources') }} as u
  inner join {{ ref('studies') }} as s on u.study = s.study and u.level = s.level
  where u.level not in (select level from own_levels)
),

texts as (
  select
    level,
    source_id,
    region_text,
    {{ is_code_of_level(region_key('any_value(region_text)'), 'level') }} as is_code,
    count(*) as cells,
    {{ first_by(cell_address('file', 'sheet', 'row_no', 'col_no'), 'row(row_no, col_no, file, sheet)') }} as first_cell,
    min(row_no) as row_no
  from {{ ref('rejected_cells') }}
  where reason = 'region not recognised'
  group by level, source_id, region_text
),

described as (
  select
    s.study,
    s.source_id,
    list(
      concat(
        {{ quoted('t.region_text') }}, ' (', h.hint || ', ', t.cells, case t.cells when 1 then ' cell' else ' cells' end,
        ', first in ', t.first_cell, ')'
      )
      order by t.row_no, t.region_text
    ) as texts
  from sources as s
  inner join texts as t on s.level = t.level and s.source_id = t.source_id and (s.each_text or t.is_code)
  left join {{ ref('unknown_regions') }} as h
    on t.level = h.level and t.region_text = h.text and t.source_id = coalesce(h.source_id, t.source_id)
  group by s.study, s.source_id
)

select
  s.study,
  s.source_id,
  s.level,
  {{ first_dozen('t.texts') }} as unknown_units
from sources as s
left join described as t on s.study = t.study and s.source_id = t.source_id
order by s.study, s.source_id
