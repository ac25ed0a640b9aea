-- Cells that lie off the years around them, and lasting changes of level, beyond what the series,
-- the region and the year allow. Where both are found of one cell the greater is told.
with judged as (
  select
    *,
    abs(departure) > {{ var('jump_least') }} and abs(departure) > {{ var('jump_factor') }} * habit as departs,
    coalesce(
      abs(step) > {{ var('step_least') }} and abs(step) > {{ var('jump_factor') }} * habit, false
    ) as steps
  from {{ ref('departures') }}
),

told as (
  select *, departs and (not steps or abs(departure) >= abs(step)) as is_single
  from judged
  where departs or steps
)

select
  level, series_id, source_id, region_code, year,
  'jump over the year' as rule,
  '' as fault,
  abs(case when is_single then departure else step end) as size,
  case
    when not is_single then concat(
      'from ', year, ' on ', {{ plain_figure('exp(step)', 3) }}, ' times the level before', {{ power_of_ten('step') }}
    )
    when value_delivered = 0 then concat('0 where the years around it suggest ', {{ plain_figure('expected') }})
    else concat(
      {{ plain_figure('exp(departure)', 3) }}, ' times the ', {{ plain_figure('expected') }},
      ' that the years around it suggest', {{ power_of_ten('departure') }}
    )
  end as detail
from told
