-- The panel in its long form: the policy, the index, and every variable and indicator.
with treatment as (
  select
    g.study,
    g.region_code,
    g.year,
    s.policy as variable_id,
    case when g.year >= t.first_treated_year then 1.0 else 0.0 end as value,
    false as imputed
  from {{ ref('study_grid') }} as g
  inner join {{ ref('studies') }} as s on g.study = s.study
  inner join {{ ref('study_units') }} as t on g.study = t.study and g.region_code = t.region_code
),

combined as (
  select * from treatment
  union all
  select study, region_code, year, 'nqp', value, imputed from {{ ref('index_values') }}
  union all
  select study, region_code, year, id, value, imputed from {{ ref('defined_values') }}
  where value is not null
)

select
  cast(study as {{ dbt.type_string() }}) as study,
  cast(region_code as {{ dbt.type_string() }}) as region_code,
  cast(year as integer) as year,
  cast(variable_id as {{ dbt.type_string() }}) as variable_id,
  cast(value as double) as value,
  cast(imputed as boolean) as imputed
from combined
