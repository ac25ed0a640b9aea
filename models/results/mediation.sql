with mediations as (
  {{ result_rows('est_mediation', 'mediation_specs', 'mediation_id', "e.step is null and e.rho is null") }}
)

select m.* replace (cast(c.cautions as varchar) as cautions)
from mediations as m
left join {{ ref('definition_cautions') }} as c on m.mediation_id = c.spec_id and m.status = 'estimated'
