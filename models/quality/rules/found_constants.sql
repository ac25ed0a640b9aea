-- Figures repeated exactly from year to year where the series moves otherwise: a region's figure
-- copied forward (three years or more), a whole year copied, a column that never changes. Left out,
-- because they repeat by themselves: zeros, rates at their highest, and figures of less than a
-- hundred of the steps in which the series counts (5 patents and 5 again).
with changes as (
  select
    level, series_id, source_id, region_code, year, value_delivered,
    row_number() over history as position,
    lag(year) over history as previous_year,
    value_delivered - lag(value_delivered) over history as change,
    case
      when value_delivered > 0 and lag(value_delivered) over history > 0
        then abs({{ log_ratio('value_delivered', 'lag(value_delivered) over history') }})
    end as movement
  from {{ ref('observations') }}
  window history as (partition by level, series_id, source_id, region_code order by year)
),

columns_ as (
  select
    level, series_id, source_id,
    min(case when abs(change) > 1e-9 * abs(value_delivered) then abs(change) end) as step,
    {{ median('movement') }} as movement
  from changes
  group by level, series_id, source_id
),

repeats as (
  select c.*, k.movement as usual_movement
  from changes as c
  inner join columns_ as k using (level, series_id, source_id)
  inner join {{ ref('series') }} as s on c.series_id = s.series_id
  where c.change = 0 and c.value_delivered not in (0, s.highest)
    and abs(c.value_delivered) >= 100 * coalesce(k.step, 0)
),

compared as (
  select c.*, r.change is not null as repeats
  from changes as c
  left join repeats as r using (level, series_id, source_id, region_code, year)
),

shares_of_columns as (
  select level, series_id, source_id, count(case when repeats then 1 end) as repeats, count(change) as changes
  from compared
  group by level, series_id, source_id
),

shares_of_years as (
  select level, series_id, source_id, year, count(case when repeats then 1 end) as repeats, count(change) as changes
  from compared
  group by level, series_id, source_id, year
),

runs as (
  select
    *,
    position - row_number() over (
      partition by level, series_id, source_id, region_code order by year
    ) as run
  from repeats
),

copies as (
  select
    r.*,
    min(r.previous_year) over run_ as first_year,
    max(r.year) over run_ as last_year,
    count(*) over run_ >= 2 and 20 * k.repeats <= k.changes as is_copied_forward,
    k.repeats >= {{ var('review_many') }} and 2 * k.repeats > k.changes as is_in_constant_column,
    y.repeats >= {{ var('review_many') }} and 2 * y.repeats > y.changes as is_in_copied_year
  from runs as r
  inner join shares_of_columns as k using (level, series_id, source_id)
  inner join shares_of_years as y using (level, series_id, source_id, year)
  window run_ as (partition by r.level, r.series_id, r.source_id, r.region_code, r.run)
)

select
  level, series_id, source_id, region_code, year,
  'constant over the years' as rule,
  '' as fault,
  case when usual_movement > 0 then usual_movement * (year - first_year) else {{ size_of_tenfold_error() }} end as size,
  concat('the figure of ', first_year, ' stands unchanged until ', last_year) as detail
from copies
where is_copied_forward or is_in_constant_column or is_in_copied_year
