-- Variables made from another variable of the study: `lag(x, k)`, its value k years before, and `before(x)`, the mean
-- of the unit's values in the years before the policy first treats anyone.
select
  study,
  variable_id as id,
  role,
  label_en,
  label_zh,
  trim(split_part(numerator, '(', 1)) as kind,
  trim(split_part(split_part(replace(numerator, ')', ''), '(', 2), ',', 1)) as base,
  cast(nullif(trim(split_part(replace(numerator, ')', ''), ',', 2)), '') as integer) as years
from {{ ref('variables') }}
where numerator like '%(%'
