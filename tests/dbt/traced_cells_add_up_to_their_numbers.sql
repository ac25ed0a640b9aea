-- From the traced cells alone, by the definition, comes the number, or each of those that a variable made from another
-- one is made of: neighbours are joined by a line, terms added, sides divided, scaled and transformed.
with figures as (
  select
    study,
    region_code,
    year,
    variable_id,
    component,
    figure_year,
    side,
    series_ref,
    max(series_value) as series_value,
    case
      when max(imputation) = 'linear' and count(*) = 2
        then min_by(value, cell_year) + (max_by(value, cell_year) - min_by(value, cell_year))
          * (figure_year - min(cell_year)) / (max(cell_year) - min(cell_year))
      when coalesce(max(imputation), 'hold') = 'hold' and count(*) = 1 then max(value)
    end as figure
  from {{ ref('trace') }}
  group by study, region_code, year, variable_id, component, figure_year, side, series_ref
),

sums as (
  select
    study,
    region_code,
    year,
    variable_id,
    component,
    figure_year,
    sum(case when side = 'numerator' then figure end) as numerator,
    sum(case when side = 'denominator' then figure end) as denominator,
    count(*) = count(figure) and max(abs(figure - series_value)) <= 1e-12 * max(abs(series_value)) as as_used
  from figures
  group by study, region_code, year, variable_id, component, figure_year
),

computed as (
  select
    s.study,
    s.region_code,
    s.year,
    s.variable_id,
    s.component,
    s.figure_year,
    s.as_used,
    d.transform,
    case when d.denominator is null then s.numerator else s.numerator / nullif(s.denominator, 0) end * d.scale
      as ratio
  from sums as s
  inner join {{ ref('definitions') }} as d on s.study = d.study and s.component = d.id
)

select c.*, v.value
from computed as c
inner join {{ ref('defined_values') }} as v
  on c.study = v.study and c.component = v.id and c.region_code = v.region_code and c.figure_year = v.year
where not coalesce(c.as_used, false)
  or not coalesce(
    abs(
      v.value - case
        when c.transform = 'level' then c.ratio
        when c.transform = 'ln' and c.ratio > 0 then ln(c.ratio)
        when c.transform = 'ln1p' and c.ratio > -1 then ln(1 + c.ratio)
      end
    ) <= 1e-12 * greatest(abs(v.value), 1e-300),
    false
  )
