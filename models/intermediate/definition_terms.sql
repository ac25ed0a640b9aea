-- The series each definition adds up, above and below the line. A term may pin a source
-- (gdp@core_data), so that a ratio is built within one vintage.
with sides as (
  select study, id, 'numerator' as side, numerator as expression from {{ ref('definitions') }}
  union all
  select study, id, 'denominator' as side, denominator as expression from {{ ref('definitions') }}
  where denominator is not null
),

terms as (
  {{ split_terms('sides', ['study', 'id', 'side'], 'expression') }}
)

select
  study,
  id,
  side,
  term as series_ref,
  split_part(term, '@', 1) as series_id,
  nullif(split_part(term, '@', 2), '') as pinned_source
from terms
