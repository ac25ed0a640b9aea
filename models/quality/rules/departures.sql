-- How far each figure lies off the years around it, in logarithms, less the growth that all regions
-- share and the region's own. The years around it are summed up by their running median of five: it
-- ignores single wrong cells and follows a lasting change of level, so that a departure is that of
-- the wrong cell alone, in the first and last years too, and a lasting change shows as a step.
-- A zero counts as half the smallest figure of its series; negative figures are out of range anyway.
with figures as (
  select level, series_id, source_id, region_code, year, value_delivered
  from {{ ref('observations') }}
  where value_delivered >= 0 and {{ is_finite('value_delivered') }}
),

smallest as (
  select level, series_id, source_id, min(value_delivered) as value
  from figures
  where value_delivered > 0
  group by level, series_id, source_id
),

-- The years of a source, numbered: one that it leaves out lies between no two of them.
periods as (
  select
    level, series_id, source_id, year,
    row_number() over (partition by level, series_id, source_id order by year) as period
  from figures
  group by level, series_id, source_id, year
),

logarithms as (
  select
    f.*,
    p.period,
    ln(case when f.value_delivered > 0 then f.value_delivered else s.value / 2 end) as log_value
  from figures as f
  inner join smallest as s using (level, series_id, source_id)
  inner join periods as p using (level, series_id, source_id, year)
),

changes as (
  select
    *,
    case when period - lag(period) over history = 1 then log_value - lag(log_value) over history end as change
  from logarithms
  window history as (partition by level, series_id, source_id, region_code order by year)
),

medians as (
  select level, series_id, source_id, period, {{ median('change') }} as change, count(change) as changes
  from changes
  group by level, series_id, source_id, period
),

-- The median growth of the regions in a year; beyond the limit it is not growth but a fault of the whole year.
shared as (
  select
    *,
    case
      when changes >= {{ var('review_many') }} and abs(change) <= {{ var('step_least') }} then change
      else 0
    end as growth
  from medians
),

shared_paths as (
  select *, sum(growth) over (partition by level, series_id, source_id order by period) as path
  from shared
),

-- Of fewer than four changes one wrong figure would make the trend.
own as (
  select
    c.level, c.series_id, c.source_id, c.region_code,
    case when count(c.change) >= 4 then {{ median('c.change - s.growth') }} else 0 end as growth
  from changes as c
  inner join shared as s using (level, series_id, source_id, period)
  group by c.level, c.series_id, c.source_id, c.region_code
),

levels as (
  select
    c.level, c.series_id, c.source_id, c.region_code, c.year, c.period, c.value_delivered, c.log_value,
    c.change, c.log_value - s.path - o.growth * c.period as level_here
  from changes as c
  inner join shared_paths as s using (level, series_id, source_id, period)
  inner join own as o using (level, series_id, source_id, region_code)
),

smoothed as (
  select
    *,
    {{ median('level_here') }} over (history rows between 2 preceding and 2 following) as usual_level,
    abs(level_here - lag(level_here) over history) as movement,
    max(period) over (partition by level, series_id, source_id) as periods
  from levels
  window history as (partition by level, series_id, source_id, region_code order by year)
),

-- How much the series and the region move anyway, and how differently the regions do in a year. In
-- a series of two or three years a fault of a whole year is not its usual movement, though it has no other.
of_series as (
  select
    s.level, s.series_id, s.source_id,
    {%- set movement %}
      case
        when s.periods <= 3 and m.changes >= {{ var('review_many') }} and abs(m.change) > {{ var('step_least') }}
          then abs(s.change - m.change)
        else s.movement
      end
    {%- endset %}
    {{ median(movement) }} as movement
  from smoothed as s
  inner join medians as m using (level, series_id, source_id, period)
  group by s.level, s.series_id, s.source_id
),

of_region as (
  select level, series_id, source_id, region_code, {{ median('movement') }} as movement
  from smoothed
  group by level, series_id, source_id, region_code
  having count(movement) >= 5
),

of_year as (
  select c.level, c.series_id, c.source_id, c.period, {{ median('abs(c.change - m.change)') }} as movement
  from changes as c
  inner join medians as m using (level, series_id, source_id, period)
  where m.changes >= {{ var('review_many') }}
  group by c.level, c.series_id, c.source_id, c.period
)

-- Rounded, so that what is nothing is 0 whatever the order of the sums (and never -0).
select
  d.level, d.series_id, d.source_id, d.region_code, d.year, d.value_delivered,
  round(d.level_here - d.usual_level, 9) + 0.0 as departure,
  round(d.usual_level - lag(d.usual_level) over (
    partition by d.level, d.series_id, d.source_id, d.region_code order by d.year
  ), 9) + 0.0 as step,
  exp(d.log_value - (d.level_here - d.usual_level)) as expected,
  round(greatest(
    sqrt(s.movement * greatest(s.movement, coalesce(r.movement, 0))), coalesce(y.movement, 0)
  ), 9) as habit
from smoothed as d
inner join of_series as s using (level, series_id, source_id)
left join of_region as r using (level, series_id, source_id, region_code)
-- No movement leads into the first year: it takes that of the second.
left join of_year as y
  on d.level = y.level and d.series_id = y.series_id and d.source_id = y.source_id
  and greatest(d.period, 2) = y.period
