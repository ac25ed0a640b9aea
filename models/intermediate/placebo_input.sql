-- The placebo specifications of the studies that are built.
select r.*, s.policy as treatment
from {{ ref('placebo_specs') }} as r
inner join {{ ref('studies') }} as s on r.study = s.study
order by r.placebo_id
