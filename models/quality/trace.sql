-- The cells behind every number of a panel: a row per cell, on the way from the number through the
-- terms of its definition into the file. Behind the index are the cells of all its indicators.
with components as (
  select study, region_code, year, id as variable_id, id as component, year as figure_year
  from {{ ref('defined_values') }}
  where value is not null
  union all
  select study, region_code, year, variable_id, variable_id as component, year as figure_year
  from {{ ref('earlier_values') }}
  union all
  -- Of a variable made from another one the figures are those of the other, in the years that it is made of.
  select v.study, v.region_code, v.year, v.id, d.base, d.base_year as figure_year
  from {{ ref('derived_values') }} as v
  inner join {{ ref('derivations') }} as d
    on v.study = d.study and v.id = d.id and v.region_code = d.region_code
    and (d.kind = 'before' or v.year = d.base_year + d.years)
  where v.value is not null
  union all
  select n.study, n.region_code, n.year, s.index_id, n.id, n.year as figure_year
  from {{ ref('normalised_indicators') }} as n
  inner join {{ ref('studies') }} as s on n.study = s.study
),

series_used as (
  select distinct t.study, s.level, s.apply_corrections, t.series_ref, t.series_id
  from {{ ref('definition_terms') }} as t
  inner join {{ ref('studies') }} as s on t.study = s.study
),

-- Behind a figure is the cell of its own year; behind one that was filled, those of its neighbours.
cells_behind as (
  select *, previous_year as cell_year from {{ ref('series_values') }}
  where previous_year is not null
  union all
  select *, next_year as cell_year from {{ ref('series_values') }}
  where next_year <> coalesce(previous_year, 0)
),

-- What the other sources give that a study may use, so that each cell can say what it was preferred over.
alternatives as (
  select
    u.study,
    a.level,
    a.series_id,
    a.source_id,
    a.region_code,
    a.year,
    string_agg(
      concat(
        b.source_id, ': ', b.value_delivered, ' (', {{ cell_address('b.file', 'b.sheet', 'b.row_no', 'b.col_no') }}, ')'
      ),
      '; ' order by b.source_id
    ) as not_used
  from {{ ref('observations') }} as a
  inner join {{ ref('observations') }} as b
    on a.level = b.level and a.series_id = b.series_id and a.region_code = b.region_code
    and a.year = b.year and a.source_id <> b.source_id
  inner join (select distinct study, level, series_id, source_id from {{ ref('usable_sources') }}) as u
    on b.level = u.level and b.series_id = u.series_id and b.source_id = u.source_id
  group by u.study, a.level, a.series_id, a.source_id, a.region_code, a.year
),

cells as (
  select
    v.study,
    v.series_ref,
    v.region_code,
    v.year,
    u.series_id,
    v.value as series_value,
    r.unit as series_unit,
    v.imputation,
    v.cell_year,
    o.source_id,
    o.vintage,
    o.file,
    o.sheet,
    o.row_no,
    o.col_no,
    {{ cell_letters('o.row_no', 'o.col_no') }} as cell,
    o.text,
    m.unit as file_unit,
    m.unit_factor / m.series_unit_factor as factor,
    o.repair,
    o.value_delivered,
    o.corrected and u.apply_corrections as corrected,
    case when u.apply_corrections then k.reason end as correction_reason,
    case when u.apply_corrections then o.value else o.value_delivered end as value,
    x.not_used
  from cells_behind as v
  inner join series_used as u on v.study = u.study and v.series_ref = u.series_ref
  inner join {{ ref('observations') }} as o
    on u.level = o.level and u.series_id = o.series_id and v.source_id = o.source_id
    and v.region_code = o.region_code and v.cell_year = o.year
  inner join {{ ref('manifest') }} as m on o.manifest_row = m.manifest_row
  inner join {{ ref('series') }} as r on u.series_id = r.series_id
  left join {{ ref('corrections') }} as k
    on o.file = k.file and o.sheet = k.sheet and o.row_no = k.row_no and o.col_no = k.col_no
  left join alternatives as x
    on v.study = x.study and o.level = x.level and o.series_id = x.series_id and o.source_id = x.source_id
    and o.region_code = x.region_code and o.year = x.year
)

select
  c.study,
  c.region_code,
  c.year,
  c.variable_id,
  c.component,
  c.figure_year,
  t.side,
  l.series_ref,
  l.series_id,
  l.series_value,
  l.series_unit,
  l.imputation,
  l.source_id,
  l.vintage,
  l.cell_year,
  l.value,
  l.value_delivered,
  l.corrected,
  l.correction_reason,
  l.text,
  l.repair,
  l.file_unit,
  l.factor,
  l.file,
  l.sheet,
  l.row_no,
  l.col_no,
  l.cell,
  l.not_used
from components as c
inner join {{ ref('definition_terms') }} as t on c.study = t.study and c.component = t.id
inner join cells as l
  on c.study = l.study and t.series_ref = l.series_ref
  and c.region_code = l.region_code and c.figure_year = l.year
order by
  c.study, c.variable_id, c.component, t.side, l.series_ref, c.region_code, c.year, c.figure_year, l.cell_year
