-- Figures of one source, region and year that contradict an identity. The cell pointed at is the one
-- that lies far off the years around it, where one does, else the total on the right.
with sides as (
  select identity_id, level, 'left' as side, left_side as expression from {{ ref('identities') }}
  union all
  select identity_id, level, 'right', right_side from {{ ref('identities') }}
),

split as (
  {{ split_terms('sides', ['identity_id', 'level', 'side'], 'expression') }}
),

terms as (
  select
    t.identity_id, t.level, t.side, t.position, t.term,
    split_part(t.term, '@', 1) as series_id,
    nullif(split_part(t.term, '@', 2), '') as pinned_source,
    u.factor
  from split as t
  inner join {{ ref('series') }} as s on split_part(t.term, '@', 1) = s.series_id
  inner join {{ ref('units') }} as u on s.unit = u.unit
),

-- Each source with a term of the identity, except where the term says from which source it is taken.
asked as (
  select distinct t.identity_id, o.level, o.source_id, o.region_code, o.year
  from terms as t
  inner join {{ ref('observations') }} as o
    on t.series_id = o.series_id and t.level in ('*', o.level) and t.pinned_source is null
),

cells as (
  select
    p.*,
    t.side, t.position, t.term, t.series_id,
    o.source_id as cell_source,
    o.value_delivered,
    o.value_delivered * t.factor as base_value,
    abs(d.departure) as departure
  from asked as p
  inner join terms as t on p.identity_id = t.identity_id
  left join {{ ref('observations') }} as o
    on p.level = o.level and t.series_id = o.series_id
    and coalesce(t.pinned_source, p.source_id) = o.source_id
    and p.region_code = o.region_code and p.year = o.year
  left join {{ ref('departures') }} as d
    on o.level = d.level and o.series_id = d.series_id and o.source_id = d.source_id
    and o.region_code = d.region_code and o.year = d.year
),

sums as (
  select
    identity_id, level, source_id, region_code, year,
    sum(case when side = 'left' then base_value end) as left_sum,
    sum(case when side = 'right' then base_value end) as right_sum,
    count(case when side = 'right' then 1 end) = count(case when side = 'right' then base_value end) as right_is_whole,
    count(case when side = 'left' then 1 end) = count(case when side = 'left' then base_value end) as left_is_whole
  from cells
  group by identity_id, level, source_id, region_code, year
),

-- None of the terms can be negative, so what is there of the left may not exceed the right either.
broken as (
  select
    s.*,
    i.label_en,
    case
      when s.left_sum > 0 and s.right_sum > 0 then abs({{ log_ratio('s.left_sum', 's.right_sum') }})
      else {{ size_of_tenfold_error() }}
    end as size
  from sums as s
  inner join {{ ref('identities') }} as i on s.identity_id = i.identity_id
  where s.right_is_whole
    and (
      s.left_sum > s.right_sum * (1 + i.tolerance)
      or (i.relation = '=' and s.left_is_whole and s.left_sum < s.right_sum * (1 - i.tolerance))
    )
),

-- The cells of what is broken, the one to point at first.
involved as (
  select
    b.*,
    c.side, c.position, c.term, c.series_id, c.cell_source, c.value_delivered,
    row_number() over (
      partition by b.identity_id, b.level, b.source_id, b.region_code, b.year
      order by case when c.departure > {{ var('jump_least') }} then c.departure else 0 end desc, c.side desc, c.position
    ) as rank_in_sum
  from broken as b
  inner join cells as c
    on b.identity_id = c.identity_id and b.level = c.level and b.source_id = c.source_id
    and b.region_code = c.region_code and b.year = c.year
  where c.value_delivered is not null
),

described as (
  select
    identity_id, level, region_code, year,
    min(case when rank_in_sum = 1 then series_id end) as series_id,
    min(case when rank_in_sum = 1 then cell_source end) as source_id,
    any_value(size) as size,
    concat(
      any_value(label_en), ': ',
      string_agg(concat(term, ' ', {{ plain_figure('value_delivered') }}), ', ' order by side, position)
    ) as detail
  from involved
  group by identity_id, level, source_id, region_code, year
)

-- Two sources may contradict one pinned figure.
select
  level, series_id, source_id, region_code, year,
  'broken identity' as rule,
  identity_id as fault,
  max(size) as size,
  string_agg(detail, '; ' order by detail) as detail
from described
group by identity_id, level, series_id, source_id, region_code, year
