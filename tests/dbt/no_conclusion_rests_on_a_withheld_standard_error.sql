-- Where too few are treated for stars, neither an effect nor its absence follows from a standard error.
select c.*
from {{ ref('conclusions') }} as c
inner join {{ ref('regression_fits') }} as f on c.spec_id = f.spec_id
where f.stars_withheld and c.method not in ('ri_b', 'ri_t')
  and (c.conclusion not in ('cannot be shown', 'not tested') or c.reason is null)
