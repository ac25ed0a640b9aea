-- Breaks where a boundary moved: what a region gained or lost with a county shows in its population and in
-- what moves with it, in the year of the change or the one after. No slip, and to be known to whoever compares
-- the years before with those after. The growth that half of the regions exceed is taken off. One break
-- beyond five usual deviations makes sure; what moves with it may be nearer.
with moved as (
  select level, date, note, from_code as region_code, -1 as direction, concat(from_code, '-', to_code) as fault
  from {{ ref('region_changes') }}
  where kind in ('split', 'merged', 'transfer')
  union all
  select level, date, note, to_code, 1, concat(from_code, '-', to_code)
  from {{ ref('region_changes') }}
  where kind in ('split', 'merged', 'transfer')
),

years as (
  select distinct level, cast(extract(year from date) as integer) + later as year
  from moved
  cross join (
    select 0 as later
    union all
    select 1
  ) as l
),

changes as (
  select
    o.level, o.series_id, o.source_id, o.region_code, o.year,
    {{ log_ratio('o.value_delivered', 'p.value_delivered') }} as change
  from {{ ref('observations') }} as o
  inner join years as y on o.level = y.level and o.year = y.year
  inner join {{ ref('observations') }} as p
    on o.level = p.level and o.series_id = p.series_id and o.source_id = p.source_id
    and o.region_code = p.region_code and o.year = p.year + 1
  inner join {{ ref('series') }} as s on o.series_id = s.series_id
  inner join {{ ref('units') }} as u on s.unit = u.unit
  -- shares, indices and figures per head do not grow with a county
  where o.value_delivered > 0 and p.value_delivered > 0
    and u.dimension not in ('share', 'index', 'density', 'logarithm', 'price', 'age', 'time')
    and not regexp_matches(u.dimension, 'per_|_per|density')
),

usual as (
  select
    level, series_id, source_id, year,
    case when count(*) >= 5 then {{ median('change') }} else 0 end as growth,
    case when count(*) >= 5 then mad(change) else 0 end as spread
  from changes
  group by level, series_id, source_id, year
),

broken as (
  select
    c.*,
    m.date,
    m.note,
    m.fault,
    c.change - u.growth as break,
    abs(c.change - u.growth) > 5 * u.spread as is_sure
  from moved as m
  inner join changes as c
    on m.level = c.level and m.region_code = c.region_code
    and c.year - extract(year from m.date) between 0 and 1
  inner join usual as u
    on c.level = u.level and c.series_id = u.series_id and c.source_id = u.source_id and c.year = u.year
  where m.direction * (c.change - u.growth) > greatest({{ var('boundary_least') }}, 3 * u.spread)
  qualify row_number() over (
      partition by c.level, c.series_id, c.source_id, c.region_code, m.fault, m.date order by abs(break) desc, c.year
    ) = 1
)

select
  level, series_id, source_id, region_code, year,
  'boundary moved' as rule,
  fault,
  abs(change) as size,
  concat('from ', year, ' on ', {{ plain_figure('exp(change)', 3) }}, ' times the year before: ', note) as detail
from broken
qualify bool_or(is_sure) over (partition by level, region_code, fault, date)
