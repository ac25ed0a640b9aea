-- contributions_sum_to_the_effect_on_the_index
-- Least squares is linear in the outcome: the effect on the index is the weighted sum of those on its indicators, to
-- rounding; and the first convention of the sensitivity is the index of the study itself.
with summed as (
  select spec_id, sum(contribution) as total, sum(abs(contribution)) as size
  from {{ ref('effect_contributions') }}
  group by spec_id
)

select s.spec_id, s.total as found, c.estimate as expected
from summed as s
inner join {{ ref('regression_specs') }} as r on s.spec_id = r.spec_id
inner join {{ ref('regression_coefficients') }} as c on s.spec_id = c.spec_id and r.treatment = c.term
where not abs(s.total - c.estimate) <= 1e-9 * s.size
union all
select i.spec_id, i.estimate as found, c.estimate as expected
from {{ ref('index_sensitivity') }} as i
inner join {{ ref('regression_specs') }} as r on i.spec_id = r.spec_id
inner join {{ ref('regression_coefficients') }} as c on i.spec_id = c.spec_id and r.treatment = c.term
where i.convention = 'entropy, pooled' and i.status = 'estimated'
  and not abs(i.estimate - c.estimate) <= 1e-9 * c.std_error
