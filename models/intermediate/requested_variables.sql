-- The variables that must have a value in the rows of an analysis, in the order in which its definition names them.
select spec_id, study, term as variable_id, min(position) as position
from ({{ split_terms(ref('sample_requests'), ['spec_id', 'study'], 'variables') }}) as split
group by spec_id, study, term
