-- Cells for which two sources say different things, beyond what these two differ by anyway; where
-- they differ throughout (another vintage, another unit) every cell counts. The cell pointed at is
-- the chosen source's, unless the other one is the cell that lies off the years around it.
with beyond_habit as (
  select *
  from {{ ref('disagreements') }}
  where flagged
    and (
      log_ratio is null
      or abs(habit) > ln(1 + {{ var('disagreement_flag') }})
      or abs(log_ratio - habit) > {{ var('jump_factor') }} * habit_spread
    )
),

pointed as (
  select
    b.*,
    coalesce(
      abs(o.departure) > {{ var('jump_least') }} and abs(o.departure) > abs(c.departure) + abs(b.log_ratio) / 2,
      false
    ) as at_other
  from beyond_habit as b
  left join {{ ref('departures') }} as c
    on b.level = c.level and b.series_id = c.series_id and b.chosen_source = c.source_id
    and b.region_code = c.region_code and b.year = c.year
  left join {{ ref('departures') }} as o
    on b.level = o.level and b.series_id = o.series_id and b.other_source = o.source_id
    and b.region_code = o.region_code and b.year = o.year
),

sided as (
  select
    level, series_id, region_code, year, log_ratio,
    case when at_other then other_source else chosen_source end as source_id,
    case when at_other then chosen_source else other_source end as against,
    case when at_other then chosen_value else other_value end as against_value,
    case
      when at_other then {{ cell_address('chosen_file', 'chosen_sheet', 'chosen_row_no', 'chosen_col_no') }}
      else {{ cell_address('other_file', 'other_sheet', 'other_row_no', 'other_col_no') }}
    end as against_cell
  from pointed
)

select
  level, series_id, source_id, region_code, year,
  'disagreement between sources' as rule,
  against as fault,
  coalesce(abs(log_ratio), {{ size_of_tenfold_error() }}) as size,
  concat(
    against, ' has ', {{ plain_figure('against_value') }}, coalesce({{ power_of_ten('log_ratio') }}, ''),
    ' (', against_cell, ')'
  ) as detail
from sided
