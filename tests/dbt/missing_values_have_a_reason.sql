-- A defined value is there, or the reason is; never both, never neither.
select *
from {{ ref('defined_values') }}
where (value is null) <> (reason is not null)
  or isnan(value) or isinf(value)
