-- The mediation specifications of the studies of this profile.
select r.*, s.policy as treatment
from {{ ref('mediation_specs') }} as r
inner join {{ ref('studies') }} as s on r.study = s.study
where {{ in_profile('s.profiles') }}
order by r.mediation_id
