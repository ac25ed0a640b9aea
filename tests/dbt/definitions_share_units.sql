-- Within one definition, series of one dimension have one unit, or a ratio would be off by a power
-- of ten that nobody sees.
select t.study, t.id, u.dimension, count(distinct s.unit) as units
from {{ ref('definition_terms') }} as t
inner join {{ ref('series') }} as s on t.series_id = s.series_id
inner join {{ ref('units') }} as u on s.unit = u.unit
group by t.study, t.id, u.dimension
having count(distinct s.unit) > 1
