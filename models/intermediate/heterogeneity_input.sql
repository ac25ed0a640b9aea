-- The heterogeneity specifications of the studies that are built.
select r.*, s.policy as treatment
from {{ ref('heterogeneity_specs') }} as r
inner join {{ ref('studies') }} as s on r.study = s.study
order by r.comparison_id
