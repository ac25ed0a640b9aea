-- Indicators and variables of the studies of this profile: one grammar, one list. A study may take
-- another's definitions, so that a variant (raw files, winsorised indicators) is one row of studies.
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
inner join combined as c on coalesce(s.definitions_of, s.study) = c.study
where {{ in_profile('s.profiles') }}
