-- mediation_without_a_confounder_is_as_estimated
-- Errors that are not correlated leave the indirect effect as it is, and no other correlation does.
select s.*
from {{ ref('mediation_sensitivity') }} as s
inner join {{ ref('mediation') }} as m on s.mediation_id = m.mediation_id
where
  (s.rho = 0) <> (abs(s.indirect_effect - m.indirect_effect) <= 1e-8 * abs(m.indirect_effect))
