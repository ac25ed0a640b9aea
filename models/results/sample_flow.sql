-- Rows and units that each step of a regression's sample leaves, from the study's whole panel to the rows of the
-- fit. Winsorising takes no row away: the last step says which variables it changes.
with steps (order_no, step) as (
  values (1, 'study'), (2, 'group'), (3, 'window'), (4, 'complete'), (5, 'matched'), (6, 'singleton'), (7, 'winsorised')
),

variables as (
  select spec_id, {{ dbt.listagg("variable_id", "', '", "order by position") }} as names
  from {{ ref('requested_variables') }}
  group by spec_id
),

taken as (
  select
    r.spec_id, r.study, p.sample_id, s.order_no, s.step,
    case s.step
      when 'study' then case when p.starts_earlier then concat('and the years before it from ', r.first_year) else '' end
      when 'group' then concat_ws('; ', r.grouping || ' = ' || r.group_id, 'without ' || r.leave_out)
      when 'window'
        then concat_ws(
            '; ', case when coalesce(r.first_year, r.last_year) is not null then concat(r.first_year, '–', r.last_year) end,
            'without ' || r.leave_out_years
          )
      when 'complete' then concat('a value in ', v.names)
      when 'matched' then r.matching
      when 'singleton' then 'rows that alone have the effect of their unit or year'
      else concat(
          cast(round(100 * coalesce(r.winsor_lower, 0)) as integer), '% and ',
          cast(round(100 * coalesce(r.winsor_upper, 1)) as integer), '%: ', e.winsorised
        )
    end as detail
  from {{ ref('regression_specs') }} as r
  inner join {{ ref('samples') }} as p on r.spec_id = p.spec_id and p.reason is null
  inner join variables as v on r.spec_id = v.spec_id
  left join {{ ref('est_regressions') }} as e on r.spec_id = e.spec_id and e.term is null
  inner join steps as s
    on s.step in ('study', 'complete')
    or (s.step = 'group' and coalesce(r.grouping, r.leave_out) is not null)
    or (s.step = 'window' and coalesce(cast(r.first_year as varchar), cast(r.last_year as varchar), r.leave_out_years) is not null)
    or (s.step = 'matched' and r.matching is not null)
    -- Most samples have none, and this step says nothing of them.
    or (s.step = 'singleton' and p.n_singletons > 0)
    or (s.step = 'winsorised' and (r.winsor_lower is not null or r.winsor_upper is not null))
),

-- What a step leaves is what is used in the end, and what later steps lose.
counted as (
  select
    t.spec_id, t.study, t.order_no, t.step, t.detail,
    coalesce(sum(c.row_count) filter (where lost.order_no is null or lost.order_no > t.order_no), 0) as row_count,
    count(distinct case when lost.order_no is null or lost.order_no > t.order_no then c.region_code end) as unit_count
  from taken as t
  inner join {{ ref('sample_counts') }} as c on t.sample_id = c.sample_id
  left join steps as lost on c.lost_at = lost.step
  group by t.spec_id, t.study, t.order_no, t.step, t.detail
)

select
  spec_id,
  study,
  cast(row_number() over step_by_step as integer) as step_no,
  step,
  cast(row_count as bigint) as row_count,
  cast(unit_count as bigint) as unit_count,
  cast(coalesce(lag(row_count) over step_by_step - row_count, 0) as bigint) as rows_lost,
  cast(coalesce(lag(unit_count) over step_by_step - unit_count, 0) as bigint) as units_lost,
  detail,
  {{ provenance_columns('counted.study') }}
from counted
window step_by_step as (partition by spec_id order by order_no)
