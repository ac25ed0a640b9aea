-- Cells that lie off the years around them, and lasting changes of level, beyond what the series,
-- the region and the year allow. If a cell has both, the greater is listed.
with judged as (
  select
    *,
    abs(departure) > {{ var('jump_least') }} and abs(departure) > {{ var('jump_factor') }} * habit as departs,
    coalesce(
      abs(step) > {{ var('step_least') }} and abs(step) > {{ var('jump_factor') }} * habit, false
    ) as steps
  from {{ ref('departures') }}
),

described as (
  select
    *,
    departs and (not steps or abs(departure) >= abs(step)) as is_single,
    case when is_single then departure else step end as jump
  from judged
  where departs or steps
),

worded as (
  select
    *,
    {{ plain_figure('exp(jump)', 3) }} as times,
    {{ plain_figure('expected') }} as expected_figure,
    {{ power_of_ten('jump') }} as remark
  from described
)

select
  level, series_id, source_id, region_code, year,
  'jump over the year' as rule,
  '' as fault,
  abs(jump) as size,
  case
    when not is_single then concat('from ', year, ' on ', times, ' times the level before', remark)
    when value_delivered = 0 then concat('0 where the years around it suggest ', expected_figure)
    else concat(times, ' times the ', expected_figure, ' that the years around it suggest', remark)
  end as detail
from worded
