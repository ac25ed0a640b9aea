-- What specifications that begin before their study use of the years before it: policies and variables. An index and
-- its indicators are made across the years of the study, so that they have no value in others.
with variables as (
  {{ values_by_definition('earlier_grid', "d.role <> 'indicator'") }}
)

{{ policy_dummies('earlier_grid') }}
union all
select study, region_code, year, id, value, imputed
from variables
where value is not null
