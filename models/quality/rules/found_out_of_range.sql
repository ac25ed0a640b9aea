-- Figures that no region can have, by series.csv, and percentages given as fractions: a column of a
-- series in percent without a figure above 1.
with ranged as (
  select
    o.level, o.series_id, o.source_id, o.region_code, o.year, o.value_delivered,
    s.lowest, s.highest,
    s.unit = 'percent' and max(o.value_delivered) over (
      partition by o.level, o.series_id, o.source_id
    ) <= 1 as is_fraction
  from {{ ref('observations') }} as o
  inner join {{ ref('series') }} as s on o.series_id = s.series_id
)

select
  level, series_id, source_id, region_code, year,
  'out of range' as rule,
  '' as fault,
  case
    when value_delivered > highest and highest > 0 then {{ log_ratio('value_delivered', 'highest') }}
    when value_delivered > 0 and value_delivered < lowest then {{ log_ratio('lowest', 'value_delivered') }}
    else {{ size_of_tenfold_error() }}
  end as size,
  case
    when value_delivered < lowest then concat('below ', {{ plain_figure('lowest') }}, ', the lowest possible')
    when value_delivered > highest then concat('above ', {{ plain_figure('highest') }}, ', the highest possible')
    else 'no figure of the column is above 1: a fraction, not a percentage?'
  end as detail
from ranged
where value_delivered < lowest or value_delivered > highest or is_fraction
