-- A specification restricted to a group keeps at least one unit of its study's roster.
select r.spec_id, r.grouping, r.group_id
from {{ ref('regression_input') }} as r
left join {{ ref('grouping_members') }} as g
  on r.study = g.study and r.grouping = g.grouping and r.group_id = g.group_id
where r.grouping is not null and g.region_code is null
