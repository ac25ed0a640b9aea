-- min–max over all units and years of a study, reversed for negative indicators. Only rows with
-- every indicator enter, so that all indicators are weighed on the same rows.
with complete as (
  select study, region_code, year
  from {{ ref('defined_values') }}
  where role = 'indicator'
  group by study, region_code, year
  having count(*) = count(value)
),

pooled as (
  select
    d.study,
    d.id,
    d.region_code,
    d.year,
    d.value,
    d.imputed,
    i.sign,
    min(d.value) over (partition by d.study, d.id) as lowest,
    max(d.value) over (partition by d.study, d.id) as highest
  from {{ ref('defined_values') }} as d
  inner join complete as c
    on d.study = c.study and d.region_code = c.region_code and d.year = c.year
  inner join {{ ref('indicators') }} as i on d.study = i.study and d.id = i.indicator_id
  where d.role = 'indicator'
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
