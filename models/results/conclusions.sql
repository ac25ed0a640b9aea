-- Each effect of a policy with the conclusion that can be drawn from it: by the specification's own standard errors,
-- and by the headline method of its study, at the level at which the policy was assigned.
{#- Where stars are withheld no standard error can be trusted. Randomisation needs none. -#}
{%- set cannot_be_trusted = "f.stars_withheld and i.method not in ('ri_b', 'ri_t')" %}
select
  i.spec_id,
  i.study,
  cast(s.table_number as integer) as table_number,
  cast(s.column_number as integer) as column_number,
  s.outcome,
  i.term,
  i.estimate,
  i.std_error,
  i.df,
  i.n_clusters,
  i.n_treated_clusters,
  c.p_value as own_p_value,
  i.method,
  i.p_value as headline_p_value,
  coalesce(i.smallest_p, r.smallest_p) as smallest_p,
  t.mde,
  g.group_time_estimate,
  g.group_time_p_value,
  m.imputation_estimate,
  m.imputation_p_value,
  cast(case
    when i.status <> 'estimated' then 'not tested'
    when {{ cannot_be_trusted }} then 'cannot be shown'
    when coalesce(i.smallest_p, r.smallest_p) >= 0.05 then 'cannot be shown'
    when c.p_value < 0.05 and i.p_value < 0.05 then 'holds'
    when c.p_value < 0.05 then 'does not hold'
    when i.p_value < 0.05 then 'holds by the headline method alone'
    else 'no effect is shown'
  end as varchar) as conclusion,
  cast(case
    when i.status <> 'estimated' then i.reason
    when {{ cannot_be_trusted }}
      then 'too few are treated for a standard error (see cautions in regression_fits)'
    when coalesce(i.smallest_p, r.smallest_p) >= 0.05 then 'no assignment could give a p-value below 0.05'
  end as varchar) as reason,
  {{ provenance_columns('i.study') }}
from {{ ref('inference') }} as i
inner join {{ ref('regression_specs') }} as s on i.spec_id = s.spec_id
inner join {{ ref('regression_coefficients') }} as c on i.spec_id = c.spec_id and i.term = c.term
inner join {{ ref('regression_fits') }} as f on i.spec_id = f.spec_id
-- The smallest effect that could have been found (mde) is that of the CR2 test, whose degrees of freedom are those
-- that few clusters leave.
left join {{ ref('inference') }} as t on i.spec_id = t.spec_id and i.term = t.term and t.method = 'cr2' and t.cluster = 'assignment'
-- Whatever the method: where no assignment of the policy could have given a small p-value, none is to be had.
left join {{ ref('inference') }} as r on i.spec_id = r.spec_id and i.term = r.term and r.method = 'ri_t' and r.cluster = 'assignment'
-- Where the policy comes in several years: estimates that compare with the untreated alone, the never treated if there are any.
left join (
  select spec_id, estimate as group_time_estimate, p_value as group_time_p_value
  from (
    select spec_id, estimate, p_value, row_number() over (partition by spec_id order by control_group) as preference
    from {{ ref('treatment_effects') }}
    where method = 'callaway_santanna' and aggregation = 'simple' and status = 'estimated'
  ) as e
  where preference = 1
) as g on i.spec_id = g.spec_id
left join (
  select spec_id, estimate as imputation_estimate, p_value as imputation_p_value
  from {{ ref('treatment_effects') }}
  where method = 'imputation' and aggregation = 'simple' and status = 'estimated'
) as m on i.spec_id = m.spec_id
where i.is_headline
