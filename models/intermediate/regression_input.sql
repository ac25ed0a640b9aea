-- The specifications of the studies of this profile.
select r.*
from {{ ref('regression_specs') }} as r
inner join {{ ref('studies') }} as s on r.study = s.study
where {{ in_profile('s.profiles') }}
order by r.spec_id
