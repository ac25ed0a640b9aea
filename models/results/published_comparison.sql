-- Every published number beside ours. A column of another study may be set beside one of a paper
-- by regression_specs.compares_with.
with pairs as (
  select
    r.spec_id,
    r.study,
    coalesce(nullif(r.compares_with, ''), r.spec_id) as published_spec,
    f.status,
    f.reason
  from {{ ref('regression_specs') }} as r
  inner join {{ ref('regression_fits') }} as f on r.spec_id = f.spec_id
),

published as (
  select spec_id, term, 'coefficient' as statistic, estimate as published, estimate_printed as printed, std_error as yardstick
  from {{ ref('published_coefficients') }}
  union all
  select spec_id, term, 'std_error', std_error, std_error_printed, std_error as yardstick from {{ ref('published_coefficients') }}
  union all
  select spec_id, term, 'stars', cast(stars as double), cast(stars as varchar), null from {{ ref('published_coefficients') }}
  union all
  select spec_id, null, 'r2', r2, r2_printed, null from {{ ref('published_fits') }}
  union all
  select spec_id, null, 'r2_adj', r2_adj, r2_adj_printed, null from {{ ref('published_fits') }}
  union all
  select spec_id, null, 'n_obs', cast(n_obs as double), cast(n_obs as varchar), null from {{ ref('published_fits') }}
),

ours as (
  select spec_id, term, 'coefficient' as statistic, estimate as value from {{ ref('regression_coefficients') }}
  union all
  select spec_id, term, 'std_error', std_error from {{ ref('regression_coefficients') }}
  union all
  -- By the p-value: a column with few treated clusters has no stars of ours, and is compared all the same.
  select
    spec_id, term, 'stars',
    cast(case when p_value < 0.01 then 3 when p_value < 0.05 then 2 when p_value < 0.1 then 1 when p_value >= 0.1 then 0 end as double)
  from {{ ref('regression_coefficients') }}
  union all
  select spec_id, null, 'r2', r2 from {{ ref('regression_fits') }}
  union all
  select spec_id, null, 'r2_adj', r2_adj from {{ ref('regression_fits') }}
  union all
  select spec_id, null, 'n_obs', cast(n_obs as double) from {{ ref('regression_fits') }}
),

descriptives as (
  select
    d.study,
    d.variable_id,
    d.statistic,
    d.published,
    d.printed,
    case d.statistic
      when 'mean' then s.mean when 'std_dev' then s.std_dev
      when 'minimum' then s.minimum when 'maximum' then s.maximum
      else nullif(cast(s.n_obs as double), 0)
    end as value,
    c.reason
  from (
    {%- for statistic in ['mean', 'std_dev', 'minimum', 'maximum'] %}
    select study, variable_id, '{{ statistic }}' as statistic, {{ statistic }} as published, {{ statistic }}_printed as printed
    from {{ ref('published_descriptives') }}
    union all
    {%- endfor %}
    select study, variable_id, 'n_obs', cast(n_obs as double), cast(n_obs as varchar)
    from {{ ref('published_descriptives') }}
  ) as d
  inner join {{ ref('descriptive_statistics') }} as s on d.study = s.study and d.variable_id = s.variable_id
  left join {{ ref('coverage') }} as c on d.study = c.study and d.variable_id = c.variable_id
),

compared as (
  select
    p.study,
    p.spec_id,
    p.published_spec,
    q.term,
    q.statistic,
    q.published,
    q.printed,
    o.value as ours,
    q.yardstick,
    p.reason
  from pairs as p
  inner join published as q on p.published_spec = q.spec_id
  left join ours as o
    on p.spec_id = o.spec_id and q.statistic = o.statistic
    and coalesce(q.term, '') = coalesce(o.term, '')
  union all
  select
    study, null, null, variable_id, statistic, published, printed, value, null,
    reason
  from descriptives
),

-- How many decimals the paper prints: half a unit of the last one is rounding.
judged as (
  select
    *,
    power(10.0, -case when printed like '%.%' then length(split_part(printed, '.', 2)) else 0 end) / 2 as half_unit
  from compared
)

select
  cast(j.study as varchar) as study,
  cast(j.spec_id as varchar) as spec_id,
  cast(j.published_spec as varchar) as published_spec,
  cast(j.term as varchar) as term,
  cast(j.statistic as varchar) as statistic,
  cast(j.printed as varchar) as printed,
  cast(j.published as double) as published,
  cast(j.ours as double) as ours,
  cast(j.ours - j.published as double) as difference,
  cast(case when j.yardstick > 0 then (j.ours - j.published) / j.yardstick end as double) as difference_in_std_errors,
  cast(case
    when j.ours is null then 'not estimable'
    when p.data_profile = 'simulated' then 'not comparable: simulated'
    when abs(j.ours - j.published) <= j.half_unit * 1.000001 then 'reproduced to rounding'
    when j.statistic = 'coefficient' and j.ours * j.published > 0 and abs(j.ours - j.published) <= j.yardstick
      then 'same sign and within one s.e.'
    else 'differs'
  end as varchar) as verdict,
  cast(case when j.ours is null then coalesce(j.reason, 'the column has no such term') end as varchar) as reason,
  {{ provenance_columns('j.study') }}
from judged as j
inner join {{ ref('study_checks') }} as p on j.study = p.study
-- A paper need not print every statistic of a column.
where j.published is not null
