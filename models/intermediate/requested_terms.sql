-- Every name in the outcomes, treatments and controls of the regressions of a study, and the policies of its curves.
with written as (
  select study, concat_ws(' + ', outcome, treatment, controls) as variables
  from {{ ref('regression_specs') }}
  union all
  select study, policies from {{ ref('curve_specs') }}
)

select distinct study, term
from ({{ split_terms('written', ['study'], 'variables') }}) as split
