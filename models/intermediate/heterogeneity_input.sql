-- The heterogeneity specifications of the studies of this profile.
select r.*, s.policy as treatment
from {{ ref('heterogeneity_specs') }} as r
inner join {{ ref('studies') }} as s on r.study = s.study
where {{ in_profile('s.profiles') }}
order by r.comparison_id
