-- Each column of a table that a study estimates is a specification of it, with its outcome and effects;
-- the treatment and its controls are among the published terms. A table that is only audited has none.
with estimated as (
  select distinct study, table_number
  from {{ ref('regression_specs') }}
)

select p.spec_id, p.outcome, s.outcome as outcome_specified
from {{ ref('published_fits') }} as p
inner join {{ ref('studies') }} as t on p.study = t.study
left join estimated as e on p.study = e.study and p.table_number = e.table_number
left join {{ ref('regression_specs') }} as s
  on p.spec_id = s.spec_id and p.study = s.study
  and p.table_number = s.table_number and p.column_number = s.column_number
where (s.spec_id is null and e.study is not null)
  or p.outcome <> s.outcome or p.unit_effects <> s.unit_effects or p.time_effects <> s.time_effects
  or p.controls <> (s.controls is not null)
union all
select c.spec_id, c.term, s.treatment
from {{ ref('published_coefficients') }} as c
inner join {{ ref('studies') }} as t on c.study = t.study
inner join {{ ref('regression_specs') }} as s on c.spec_id = s.spec_id
where c.term <> '_cons'
  and concat(' ', coalesce(s.treatment, ''), ' + ', coalesce(s.controls, ''), ' ') not like concat('% ', c.term, ' %')
