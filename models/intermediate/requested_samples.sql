-- The sample of each analysis. Those that ask for the same rows share one, which has the id of the first of them.
-- `predicate` picks the rows out of the study's panel, before any matching; where the sample starts_earlier than the
-- study, out of the panel that has those years.
-- depends_on: {{ ref('left_out_units') }}
with variables as (
  select
    spec_id,
    count(*) as n_variables,
    {{ dbt.listagg("variable_id", "', '", "order by variable_id") }} as variables,
    {{ dbt.listagg("concat('isfinite(\"', variable_id, '\")')", "' and '", "order by variable_id") }} as complete
  from {{ ref('requested_variables') }}
  group by spec_id
),

grid as (
  select study, count(*) as grid_rows from {{ ref('study_grid') }} group by study
),

-- Variables without a single value: the sample is empty, and says for want of which data.
lacking as (
  select v.spec_id, {{ dbt.listagg("concat(v.variable_id, ': ', c.reason)", "'; '", "order by v.variable_id") }} as reason
  from {{ ref('requested_variables') }} as v
  inner join {{ ref('coverage') }} as c on v.study = c.study and v.variable_id = c.variable_id
  where c.available = 0
  group by v.spec_id
),

-- Of a specification that begins before its study, the variables that have no value in the years before.
without_past as (
  select spec_id, {{ dbt.listagg("variable_id", "', '", "order by variable_id") }} as names
  from (
    select r.spec_id, v.variable_id
    from {{ ref('sample_requests') }} as r
    inner join {{ ref('studies') }} as s on r.study = s.study and r.first_year < s.first_year
    inner join {{ ref('requested_variables') }} as v on r.spec_id = v.spec_id
    left join {{ ref('earlier_values') }} as e
      on v.study = e.study and v.variable_id = e.variable_id and r.first_year <= e.year
    group by r.spec_id, v.variable_id
    having count(e.value) = 0
  ) as lacking_earlier
  group by spec_id
)

select
  r.spec_id,
  r.kind,
  r.study,
  min(r.spec_id) over (
    partition by
      r.study, r.grouping, r.group_id, r.first_year, r.last_year, r.leave_out, r.leave_out_years, r.matching,
      r.singleton_effects, v.variables
  ) as sample_id,
  r.grouping,
  r.group_id,
  r.first_year,
  r.last_year,
  r.leave_out,
  r.leave_out_years,
  r.matching,
  r.singleton_effects,
  v.variables,
  v.n_variables,
  g.grid_rows,
  coalesce(r.first_year < s.first_year, false) as starts_earlier,
  concat(
    v.complete,
    case when r.first_year is not null then concat(' and year >= ', r.first_year) else '' end,
    case when r.last_year is not null then concat(' and year <= ', r.last_year) else '' end,
    case
      when r.grouping is not null
        then concat(
            ' and region_code in (select region_code from intermediate.grouping_members where study = ''', r.study,
            ''' and grouping = ''', replace(r.grouping, '''', ''''''),
            ''' and group_id = ''', replace(r.group_id, '''', ''''''), ''')'
          )
      else ''
    end,
    case
      when r.leave_out_years is not null
        then concat(' and year not in (', replace(r.leave_out_years, '+', ','), ')')
      else ''
    end,
    case
      when r.leave_out is not null
        then concat(
            ' and region_code not in (select region_code from intermediate.left_out_units where spec_id = ''',
            r.spec_id, ''')'
          )
      else ''
    end
  ) as predicate,
  coalesce(
    l.reason,
    n.names || ': no value before ' || s.first_year || ', the first year of the study (an index and its indicators are '
    || 'made of the years of the study): begin there, or leave them out'
  ) as reason
from {{ ref('sample_requests') }} as r
inner join {{ ref('studies') }} as s on r.study = s.study
inner join variables as v on r.spec_id = v.spec_id
inner join grid as g on r.study = g.study
-- Nothing is matched or estimated before the expectations were put to the figures.
inner join {{ ref('study_checks') }} as h on r.study = h.study
left join lacking as l on r.spec_id = l.spec_id
left join without_past as n on r.spec_id = n.spec_id
