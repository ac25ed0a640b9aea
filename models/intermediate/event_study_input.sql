-- The event study specifications of the studies that are built.
select r.*
from {{ ref('event_study_specs') }} as r
inner join {{ ref('studies') }} as s on r.study = s.study
order by r.event_study_id
