-- Which units of each study belong to which group.
select u.study, g.grouping, g.group_id, u.region_code
from {{ ref('study_units') }} as u
inner join {{ ref('study_groupings') }} as g
  on u.study = g.study and u.level = g.level and u.region_code = g.region_code
