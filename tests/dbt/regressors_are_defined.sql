-- Every outcome, treatment and control of a specification is a variable or an indicator of its
-- study, its policy, or nqp where the study has an index.
with named as (
  {{ split_terms(ref('regression_specs'), ['spec_id', 'study'], 'outcome') }}
  union all
  {{ split_terms(ref('regression_specs'), ['spec_id', 'study'], 'treatment') }}
  union all
  {{ split_terms(ref('regression_specs'), ['spec_id', 'study'], "coalesce(controls, '')") }}
),

defined as (
  select study, variable_id as id from {{ ref('variables') }}
  union all
  select study, indicator_id from {{ ref('indicators') }}
  union all
  select distinct study, 'nqp' from {{ ref('indicators') }}
),

known as (
  select s.study, d.id
  from {{ ref('studies') }} as s
  inner join defined as d on coalesce(s.definitions_of, s.study) = d.study
  union all
  select study, policy from {{ ref('studies') }}
)

select named.spec_id, named.term as not_defined
from named
left join known on named.study = known.study and named.term = known.id
where known.id is null
