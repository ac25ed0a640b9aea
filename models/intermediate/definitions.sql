-- Indicators and variables of the studies of this profile: one grammar, one list.
with combined as (
  select
    study, indicator_id as id, 'indicator' as role, label_en, label_zh,
    numerator, denominator, scale, transform
  from {{ ref('indicators') }}
  union all
  select
    study, variable_id as id, role, label_en, label_zh,
    numerator, denominator, scale, transform
  from {{ ref('variables') }}
)

select combined.*
from combined
inner join {{ ref('studies') }} as s on combined.study = s.study
where {{ in_profile('s.profiles') }}
