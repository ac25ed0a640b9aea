select v.study, v.series_ref as id, v.region_code, v.year
from {{ ref('series_values') }} as v
inner join {{ ref('studies') }} as s on v.study = s.study
where not s.impute and v.imputation is not null
union all
select p.study, p.variable_id, p.region_code, p.year
from {{ ref('panel_long') }} as p
inner join {{ ref('studies') }} as s on p.study = s.study
where not s.impute and p.imputed
