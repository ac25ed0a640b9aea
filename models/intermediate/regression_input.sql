-- The specifications of the studies that are built.
select r.*
from {{ ref('regression_specs') }} as r
inner join {{ ref('studies') }} as s on r.study = s.study
order by r.spec_id
