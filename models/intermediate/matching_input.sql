-- The matching specifications of the studies of this profile.
select r.*
from {{ ref('matching_specs') }} as r
inner join {{ ref('studies') }} as s on r.study = s.study
where {{ in_profile('s.profiles') }}
order by r.matching_id
