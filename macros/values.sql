{#- Indicators and variables by their definitions, on the rows of a grid: sums above and below the line, scale,
    transform. What cannot be computed stays null with the reason. -#}
{% macro values_by_definition(grid, condition='true') %}
with wanted as (
  select
    d.study,
    d.id,
    d.role,
    d.denominator is not null as is_ratio,
    d.scale,
    d.transform,
    g.region_code,
    g.year
  from {{ ref('definitions') }} as d
  inner join {{ ref(grid) }} as g on d.study = g.study
  where {{ condition }}
),

sums as (
  select
    w.study,
    w.id,
    w.region_code,
    w.year,
    sum(case when t.side = 'numerator' then v.value end {{ in_order('t.series_ref') }}) as numerator,
    sum(case when t.side = 'denominator' then v.value end {{ in_order('t.series_ref') }}) as denominator,
    count(*) as terms,
    count(v.value) as terms_found,
    max(case when v.imputation is not null then 1 else 0 end) as imputed
  from wanted as w
  inner join {{ ref('definition_terms') }} as t on w.study = t.study and w.id = t.id
  left join {{ ref('series_values') }} as v
    on t.study = v.study and t.series_ref = v.series_ref
    and w.region_code = v.region_code and w.year = v.year
  group by w.study, w.id, w.region_code, w.year
),

ratios as (
  select
    w.*,
    s.terms,
    s.terms_found,
    s.imputed = 1 as imputed,
    s.denominator,
    case
      when s.terms_found < s.terms then null
      when not w.is_ratio then s.numerator * w.scale
      when s.denominator <> 0 then s.numerator / s.denominator * w.scale
    end as ratio
  from wanted as w
  inner join sums as s
    on w.study = s.study and w.id = s.id and w.region_code = s.region_code and w.year = s.year
)

select
  study,
  id,
  role,
  region_code,
  year,
  imputed,
  case
    when transform = 'level' then ratio
    when transform = 'ln' and ratio > 0 then ln(ratio)
    when transform = 'ln1p' and ratio > -1 then ln(1 + ratio)
  end as value,
  case
    when terms_found < terms then 'no data'
    when is_ratio and denominator = 0 then 'division by zero'
    when transform = 'ln' and ratio <= 0 then 'logarithm of a number that is not positive'
    when transform = 'ln1p' and ratio <= -1 then 'logarithm of a number that is not positive'
  end as reason
from ratios
{% endmacro %}

{#- The policies of the studies on the rows of a grid: 1 where they are in force, 0 elsewhere. -#}
{% macro policy_dummies(grid) %}
select
  g.study,
  g.region_code,
  g.year,
  n.policy as variable_id,
  case when g.year >= t.first_treated_year then 1.0 else 0.0 end as value,
  false as imputed
from {{ ref(grid) }} as g
inner join (select distinct study, policy from {{ ref('policy_years') }}) as n on g.study = n.study
left join {{ ref('policy_years') }} as t
  on n.study = t.study and n.policy = t.policy and g.region_code = t.region_code
{% endmacro %}
