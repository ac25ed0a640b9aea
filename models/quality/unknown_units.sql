-- Names and codes in the data of a study's own level that no list of units has, per study and source; blank where
-- every unit is known. An expectation makes them an error. Yearbooks of provinces and cities hold districts, totals
-- and notes beside them: what is not recognised there is in rejected_cells alone.
with own_levels as (
  select level from {{ ref('regions') }} group by level having bool_and(study <> '')
),

-- Of the sources that a study may use, those of its level.
sources as (
  select distinct u.study, u.source_id, u.level
  from {{ ref('usable_sources') }} as u
  inner join {{ ref('studies') }} as s on u.study = s.study and u.level = s.level
  inner join own_levels as o on u.level = o.level
),

texts as (
  select
    level,
    source_id,
    region_text,
    count(*) as cells,
    min_by({{ file_and_sheet('file', 'sheet') }}, row_no) as place,
    min(row_no) as row_no
  from {{ ref('rejected_cells') }}
  where reason = 'region not recognised'
  group by level, source_id, region_text
),

described as (
  select
    t.level,
    t.source_id,
    list(
      concat(
        {{ quoted('t.region_text') }}, ' (', h.hint || ', ', t.cells, case t.cells when 1 then ' cell' else ' cells' end,
        ', first in ', t.place, ', row ', t.row_no, ')'
      )
      order by t.row_no, t.region_text
    ) as texts
  from texts as t
  left join {{ ref('unknown_regions') }} as h
    on t.level = h.level and t.region_text = h.text and t.source_id = coalesce(h.source_id, t.source_id)
  group by t.level, t.source_id
)

select
  s.study,
  s.source_id,
  s.level,
  {{ first_dozen('t.texts') }} as unknown_units
from sources as s
left join described as t on s.level = t.level and s.source_id = t.source_id
order by s.study, s.source_id
