select
  e.study,
  e.id as indicator,
  i.dimension_en as dimension,
  i.dimension_zh,
  i.label_en,
  i.label_zh,
  i.sign,
  e.entropy,
  e.divergence,
  e.weight,
  case when e.constant then 'constant: no information, weight 0' end as warning,
  p.data_profile
from {{ ref('entropy') }} as e
inner join {{ ref('definitions') }} as i on e.study = i.study and e.id = i.id
inner join {{ ref('study_profiles') }} as p on e.study = p.study
