-- The units that each analysis leaves out, by the groups that its definition names, `grouping=group`.
with named as (
  select
    spec_id, study,
    trim(split_part(term, '=', 1)) as grouping,
    trim(split_part(term, '=', 2)) as group_id
  from ({{ split_terms(ref('sample_requests'), ['spec_id', 'study'], 'leave_out') }}) as split
)

select distinct n.spec_id, n.study, g.region_code
from named as n
inner join {{ ref('unit_groups') }} as g
  on n.study = g.study and n.grouping = g.grouping and n.group_id = g.group_id
