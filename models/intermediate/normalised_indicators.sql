-- min–max over all units and years of a study, reversed for negative indicators. Only rows with
-- every indicator enter, so that all indicators are weighed on the same rows. A study may pull in
-- the tails first (winsorise_indicators), by Stata's percentile rule.
with complete as (
  select study, region_code, year
  from {{ ref('defined_values') }}
  where role = 'indicator'
  group by study, region_code, year
  having count(*) = count(value)
),

ordered as (
  select
    d.study,
    d.id,
    d.region_code,
    d.year,
    d.value,
    d.imputed,
    i.sign,
    s.winsorise_indicators as share,
    row_number() over (partition by d.study, d.id order by d.value) as value_rank,
    count(*) over (partition by d.study, d.id) as n_values
  from {{ ref('defined_values') }} as d
  inner join complete as c
    on d.study = c.study and d.region_code = c.region_code and d.year = c.year
  inner join {{ ref('definitions') }} as i on d.study = i.study and d.id = i.id
  inner join {{ ref('studies') }} as s on d.study = s.study
  where d.role = 'indicator'
),

bounds as (
  select
    study,
    id,
    {{ stata_percentile('value', 'value_rank', 'n_values', 'share') }} as lower_bound,
    {{ stata_percentile('value', 'value_rank', 'n_values', '(1 - share)') }} as upper_bound
  from ordered
  group by study, id
),

pulled_in as (
  select
    o.study,
    o.id,
    o.region_code,
    o.year,
    o.imputed,
    o.sign,
    case
      when o.share is null then o.value
      when o.value < b.lower_bound then b.lower_bound
      when o.value > b.upper_bound then b.upper_bound
      else o.value
    end as value
  from ordered as o
  inner join bounds as b on o.study = b.study and o.id = b.id
),

pooled as (
  select
    *,
    min(value) over (partition by study, id) as lowest,
    max(value) over (partition by study, id) as highest
  from pulled_in
)

select
  study,
  id,
  region_code,
  year,
  value,
  imputed,
  {{ min_max('value', 'lowest', 'highest', 'sign') }} as normalised
from pooled
