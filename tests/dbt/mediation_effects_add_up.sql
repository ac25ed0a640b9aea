-- Least squares on one sample with one set of controls: c = c' + a b, to rounding. The sample is one; steps with
-- other controls or effects are not held to it.
with alike as (
  select m.mediation_id
  from {{ ref('mediation_specs') }} as m
  inner join {{ ref('regression_specs') }} as c on c.spec_id in (m.total_spec, m.mediator_spec, m.outcome_spec)
  group by m.mediation_id
  having count(*) = 3
    {%- for column in [
      'study', 'controls', 'unit_effects', 'time_effects', 'grouping', 'group_id', 'first_year', 'last_year',
      'matching', 'winsor_lower', 'winsor_upper', 'winsor_by'
    ] %}
    and count(distinct coalesce(cast(c.{{ column }} as varchar), '')) = 1
    {%- endfor %}
)

select m.*
from {{ ref('mediation') }} as m
inner join alike as a on m.mediation_id = a.mediation_id
where m.status = 'estimated'
  and (
    m.identity_gap is null
    or abs(m.total_effect - m.direct_effect - m.a * m.b)
    > 1e-10 * greatest(abs(m.total_effect), abs(m.direct_effect), abs(m.a * m.b))
  )
