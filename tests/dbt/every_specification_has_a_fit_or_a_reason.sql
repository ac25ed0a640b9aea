-- Each specification of the profile has one row in regression_fits; it has coefficients exactly
-- when it is estimated, and a reason exactly when it is not.
with coefficients as (
  select spec_id, count(*) as terms
  from {{ ref('regression_coefficients') }}
  group by spec_id
)

select r.spec_id, f.status, f.reason, f.n_obs, c.terms
from {{ ref('regression_specs') }} as r
left join {{ ref('regression_fits') }} as f on r.spec_id = f.spec_id
left join coefficients as c on r.spec_id = c.spec_id
where f.spec_id is null
  or (f.status = 'estimated') <> (c.terms is not null)
  or (f.status = 'estimated') <> (f.n_obs is not null)
  or (f.status = 'estimated') <> (f.reason is null)
