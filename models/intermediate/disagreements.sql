-- Cells that two sources for the same studies give differently, as delivered: the preferred source beside
-- every other one, and by how much these two differ anyway (the median over all cells that both give).
with owned as (
  select o.*, c.owners, c.source_rank
  from {{ ref('observations') }} as o
  inner join {{ ref('source_choice') }} as c
    on o.level = c.level and o.series_id = c.series_id and o.source_id = c.source_id
),

shared as (
  select
    a.level,
    a.series_id,
    a.region_code,
    a.year,
    a.source_id as chosen_source,
    a.vintage as chosen_vintage,
    a.value_delivered as chosen_value,
    a.corrected,
    b.source_id as other_source,
    b.vintage as other_vintage,
    b.value_delivered as other_value,
    case
      when a.value_delivered <> 0 then (b.value_delivered - a.value_delivered) / abs(a.value_delivered)
    end as relative_difference,
    case
      when a.value_delivered > 0 and b.value_delivered > 0 then {{ log_ratio('b.value_delivered', 'a.value_delivered') }}
    end as log_ratio,
    a.file as chosen_file,
    a.sheet as chosen_sheet,
    a.row_no as chosen_row_no,
    a.col_no as chosen_col_no,
    b.file as other_file,
    b.sheet as other_sheet,
    b.row_no as other_row_no,
    b.col_no as other_col_no
  from owned as a
  inner join owned as b
    on a.level = b.level and a.series_id = b.series_id
    and a.region_code = b.region_code and a.year = b.year
    and a.source_id <> b.source_id and a.owners is not distinct from b.owners
  where a.source_rank = 1
),

habits as (
  select *, {{ median('log_ratio') }} over (partition by level, series_id, other_source) as habit
  from shared
),

compared as (
  select
    *,
    {{ median('abs(log_ratio - habit)') }} over (partition by level, series_id, other_source) as habit_spread
  from habits
)

select
  *,
  coalesce(abs(relative_difference) > {{ var('disagreement_flag') }}, true) as flagged
from compared
where chosen_value <> other_value
