-- The matching specifications of the studies that are built.
select r.*
from {{ ref('matching_specs') }} as r
inner join {{ ref('studies') }} as s on r.study = s.study
order by r.matching_id
