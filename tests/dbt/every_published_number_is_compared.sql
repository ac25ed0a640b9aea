-- No printed number of a column that the study estimates is left out of the comparison with it: at most
-- three for each coefficient and for each column, five for each variable described.
with printed as (
  select c.study, count(c.estimate) + count(c.std_error) + count(c.stars) as numbers
  from {{ ref('published_coefficients') }} as c
  inner join {{ ref('regression_specs') }} as r on c.spec_id = r.spec_id and c.study = r.study
  group by c.study
  union all
  select f.study, count(f.r2) + count(f.r2_adj) + count(f.n_obs)
  from {{ ref('published_fits') }} as f
  inner join {{ ref('regression_specs') }} as r on f.spec_id = r.spec_id and f.study = r.study
  group by f.study
  union all
  select d.study, count(d.mean) + count(d.std_dev) + count(d.minimum) + count(d.maximum) + count(d.n_obs)
  from {{ ref('published_descriptives') }} as d
  inner join {{ ref('descriptive_statistics') }} as v on d.study = v.study and d.variable_id = v.variable_id
  group by d.study
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
