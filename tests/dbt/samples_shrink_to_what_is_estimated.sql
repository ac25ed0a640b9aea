-- Steps are numbered from 1, begin with the study's whole panel (and the years before it that a specification asks
-- for), lose what they say, never gain; the last one leaves the observations and units of the fit.
with steps as (
  select
    *,
    row_number() over (partition by spec_id order by step_no) as place,
    lag(row_count) over (partition by spec_id order by step_no) as rows_before,
    lag(unit_count) over (partition by spec_id order by step_no) as units_before,
    lead(step_no) over (partition by spec_id order by step_no) as next_step
  from {{ ref('sample_flow') }}
),

grid as (
  select study, count(*) as unit_years from {{ ref('study_grid') }} group by study
),

earlier as (
  select r.spec_id, count(*) as unit_years
  from {{ ref('regression_specs') }} as r
  inner join {{ ref('earlier_grid') }} as g on r.study = g.study and r.first_year <= g.year
  group by r.spec_id
)

select s.spec_id, s.step_no, 'does not follow from the step before' as fault
from steps as s
inner join grid as g on s.study = g.study
left join earlier as e on s.spec_id = e.spec_id
where s.step_no <> s.place
  or s.row_count > s.rows_before or s.unit_count > s.units_before
  or s.rows_lost <> coalesce(s.rows_before - s.row_count, 0)
  or s.units_lost <> coalesce(s.units_before - s.unit_count, 0)
  or (s.step_no = 1 and (s.step <> 'study' or s.row_count <> g.unit_years + coalesce(e.unit_years, 0)))
union all
select f.spec_id, s.step_no, 'is not the sample of the fit' as fault
from {{ ref('regression_fits') }} as f
left join steps as s on f.spec_id = s.spec_id and s.next_step is null
where f.status = 'estimated' and (s.row_count is distinct from f.n_obs or s.unit_count is distinct from f.n_units)
