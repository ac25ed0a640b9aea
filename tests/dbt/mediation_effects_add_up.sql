-- mediation_effects_add_up
-- Least squares on one sample with one set of controls: c = c' + a b, to rounding.
select *
from {{ ref('mediation') }}
where status = 'estimated'
  and (
    identity_gap is null
    or abs(total_effect - direct_effect - a * b)
    > 1e-10 * greatest(abs(total_effect), abs(direct_effect), abs(a * b))
  )
