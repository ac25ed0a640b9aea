-- The panel in its long form: the policy, the index, and every variable and indicator, each with its
-- labels and its unit, and with the kind of data that its study rests on.
with treatment as (
  {{ policy_dummies('study_grid') }}
),

index_of_study as (
  select x.study, x.region_code, x.year, s.index_id as variable_id, x.value, x.imputed
  from {{ ref('index_values') }} as x
  inner join {{ ref('studies') }} as s on x.study = s.study
),

combined as (
  select * from treatment
  union all
  select * from index_of_study
  union all
  select study, region_code, year, id, value, imputed from {{ ref('defined_values') }}
  where value is not null
  union all
  select study, region_code, year, id, value, imputed from {{ ref('derived_values') }}
  where value is not null
),

described as (
  select
    study, policy as variable_id, 'policy' as role,
    coalesce(policy_label_en, policy) as label_en, coalesce(policy_label_zh, policy) as label_zh,
    '1 in force, 0 not' as unit_label
  from {{ ref('studies') }}
  union all
  select distinct p.study, p.policy as variable_id, 'other policy' as role, p.policy as label_en, p.policy as label_zh, '1 in force, 0 not'
  from {{ ref('policy_years') }} as p
  inner join {{ ref('studies') }} as s on p.study = s.study and p.policy <> s.policy
  union all
  select study, index_id, 'index', index_label_en, index_label_zh, 'index, 0 to 1'
  from {{ ref('studies') }}
  where index_id is not null
  union all
  select d.study, d.id, d.role, d.label_en, d.label_zh, v.unit_label
  from {{ ref('definitions') }} as d
  left join {{ ref('variables') }} as v on d.study = v.study and d.id = v.variable_id
  union all
  select d.study, d.id, d.role, d.label_en, d.label_zh, v.unit_label
  from {{ ref('derived_variables') }} as d
  inner join {{ ref('variables') }} as v on d.study = v.study and d.id = v.variable_id
)

select
  cast(c.study as {{ dbt.type_string() }}) as study,
  cast(c.region_code as {{ dbt.type_string() }}) as region_code,
  cast(c.year as integer) as year,
  cast(c.variable_id as {{ dbt.type_string() }}) as variable_id,
  cast(c.value as double) as value,
  cast(c.imputed as boolean) as imputed,
  cast(t.role as {{ dbt.type_string() }}) as role,
  cast(t.label_en as {{ dbt.type_string() }}) as label_en,
  cast(t.label_zh as {{ dbt.type_string() }}) as label_zh,
  cast(t.unit_label as {{ dbt.type_string() }}) as unit_label,
  cast(d.data_profile as {{ dbt.type_string() }}) as data_profile
from combined as c
inner join described as t on c.study = t.study and c.variable_id = t.variable_id
inner join {{ ref('study_profiles') }} as d on c.study = d.study
