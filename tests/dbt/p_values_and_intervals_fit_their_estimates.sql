select *
from {{ ref('regression_coefficients') }}
where p_value < 0 or p_value > 1 or std_error < 0
  or estimate < conf_low or estimate > conf_high
