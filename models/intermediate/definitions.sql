-- Indicators and variables of the studies: one grammar, one list.
with combined as (
  select
    study, indicator_id as id, 'indicator' as role, label_en, label_zh,
    dimension_en, dimension_zh, sign,
    numerator, denominator, scale, transform
  from {{ ref('indicators') }}
  union all
  select
    study, variable_id as id, role, label_en, label_zh,
    null as dimension_en, null as dimension_zh, null as sign,
    numerator, denominator, scale, transform
  from {{ ref('variables') }}
  -- Those made from another variable are in derived_variables.
  where numerator not like '%(%'
)

select
  s.study,
  c.id,
  c.role,
  c.label_en,
  c.label_zh,
  c.dimension_en,
  c.dimension_zh,
  c.sign,
  c.numerator,
  c.denominator,
  c.scale,
  c.transform
from {{ ref('studies') }} as s
inner join combined as c on s.study = c.study
