-- Every name in the outcomes, treatments and controls of the regressions of a study.
with written as (
  select study, concat_ws(' + ', outcome, treatment, controls) as variables
  from {{ ref('regression_specs') }}
)

select distinct study, term
from ({{ split_terms('written', ['study'], 'variables') }}) as split
