-- Table 2: the policy, the index and every variable over the study's whole panel.
with ordered as (
  select study, variable_id, role from {{ ref('coverage') }}
  where role <> 'indicator'
  union all
  select study, policy as variable_id, 'policy' as role from {{ ref('studies') }}
)

select
  o.study,
  2 as table_number,
  o.variable_id,
  o.role,
  count(p.value) as n_obs,
  avg(p.value {{ in_order('p.region_code, p.year') }}) as mean,
  stddev_samp(p.value {{ in_order('p.region_code, p.year') }}) as std_dev,
  min(p.value) as minimum,
  max(p.value) as maximum,
  {{ provenance_columns('o.study') }}
from ordered as o
left join {{ ref('panel_long') }} as p on o.study = p.study and o.variable_id = p.variable_id
group by o.study, o.variable_id, o.role
