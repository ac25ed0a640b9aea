select c.*
from {{ ref('regression_coefficients') }} as c
inner join {{ ref('regression_specs') }} as s on c.spec_id = s.spec_id
where c.p_value < 0 or c.p_value > 1 or c.std_error < 0
  or c.estimate < c.conf_low or c.estimate > c.conf_high
  -- Without a standard error there is no test; an effect that cannot be tested is not estimable.
  or (c.std_error is null) <> (c.p_value is null)
  or (c.std_error is null) <> (c.conf_low is null)
  or (c.std_error is null and list_contains(string_split(s.treatment, ' + '), c.term))
