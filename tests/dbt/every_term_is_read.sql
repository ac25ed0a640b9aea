-- The terms of a definition are as many as its text has parts: none lies beyond the number that
-- split_terms reads, none is empty.
with texts as (
  select study, id, 'numerator' as side, numerator as expression from {{ ref('definitions') }}
  union all
  select study, id, 'denominator', denominator from {{ ref('definitions') }}
  where denominator is not null
),

wanted as (
  select study, id, side, length(expression) - length(replace(expression, '+', '')) + 1 as terms from texts
),

found as (
  select study, id, side, count(*) as terms from {{ ref('definition_terms') }}
  group by study, id, side
)

select w.study, w.id, w.side, w.terms, f.terms as terms_read
from wanted as w
left join found as f on w.study = f.study and w.id = f.id and w.side = f.side
where w.terms is distinct from f.terms
