-- Effects are measured from one year, which has no standard error; all others have one.
select event_study_id
from {{ ref('event_study') }}
where status = 'estimated'
group by event_study_id
having count(case when is_reference then 1 end) <> 1
  or count(case when is_reference and estimate = 0 and std_error is null then 1 end) <> 1
  or count(std_error) <> count(*) - 1
  or count(distinct n_obs) <> 1
  or count(distinct coalesce(leads_p, -1)) <> 1
