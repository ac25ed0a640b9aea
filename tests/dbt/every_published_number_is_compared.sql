-- No printed number is left out of the comparison with its own study: three for each coefficient and
-- for each column, five for each variable described.
with printed as (
  select study, 3 * count(*) as numbers from {{ ref('published_coefficients') }} group by study
  union all
  select study, 3 * count(*) from {{ ref('published_fits') }} group by study
  union all
  select study, 5 * count(*) from {{ ref('published_descriptives') }} group by study
),

wanted as (
  select p.study, sum(p.numbers) as numbers
  from printed as p
  inner join {{ ref('studies') }} as s on p.study = s.study
  group by p.study
),

compared as (
  select study, count(*) as numbers
  from {{ ref('published_comparison') }}
  where coalesce(spec_id, '') = coalesce(published_spec, '')
  group by study
)

select w.study, w.numbers, c.numbers as compared
from wanted as w
left join compared as c on w.study = c.study
where w.numbers is distinct from c.numbers
