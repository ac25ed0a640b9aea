{#- The effects whose singletons a regression drops. -#}
{% macro singleton_effects(spec) -%}
  case when {{ spec }}.singletons = 'drop' then nullif(concat_ws(
    ' + ', case when {{ spec }}.unit_effects then 'region_code' end,
    case when {{ spec }}.time_effects then concat_ws(' * ', {{ spec }}.group_year_effects, 'year') end
  ), '') end
{%- endmacro %}

{#- Which rows a sample asks for, and the step that lost each of the others: every row of the study's grid with
    lost_at = group (a group left out, too), window (a year left out, too), complete, matched or singleton, null where
    the row is used, and the weight of the rows used. A sample that begins before its study has the earlier rows, too.
    No other code decides this. Matched samples, and others of up to var('stored_sample_rows') rows, are stored with
    it (results.sample_members), and all are counted with it (results.sample_flow).

    Where nothing is matched, est_matched_samples is a table of text. -#}
{% macro sample_candidates() %}
with grid as (
  select study, region_code, year, false as is_earlier from {{ ref('study_grid') }}
  union all
  select study, region_code, year, true from {{ ref('earlier_grid') }}
),

figures as (
  select study, region_code, year, variable_id, value from {{ ref('panel_long') }}
  union all
  select study, region_code, year, variable_id, value from {{ ref('earlier_values') }}
),

present as (
  select v.spec_id as sample_id, p.region_code, p.year, count(*) as variables
  from {{ ref('requested_variables') }} as v
  inner join {{ ref('requested_samples') }} as s on v.spec_id = s.sample_id and s.spec_id = s.sample_id
  inner join figures as p on v.study = p.study and v.variable_id = p.variable_id
  where {{ is_finite('p.value') }}
  group by v.spec_id, p.region_code, p.year
),

rows_before_matching as (
  select
    s.sample_id,
    s.study,
    s.matching,
    s.grid_rows,
    g.region_code,
    g.year,
    case
      when s.grouping is not null and m.region_code is null then 'group'
      when l.region_code is not null then 'group'
      when g.year < s.first_year or g.year > s.last_year then 'window'
      when concat('+', replace(s.leave_out_years, ' ', ''), '+') like concat('%+', g.year, '+%') then 'window'
      when coalesce(p.variables, 0) < s.n_variables then 'complete'
    end as lost_at
  from {{ ref('requested_samples') }} as s
  inner join grid as g on s.study = g.study and (not g.is_earlier or g.year >= s.first_year)
  left join {{ ref('grouping_members') }} as m
    on s.study = m.study and s.grouping = m.grouping and s.group_id = m.group_id and g.region_code = m.region_code
  left join {{ ref('left_out_units') }} as l on s.sample_id = l.spec_id and g.region_code = l.region_code
  left join present as p on s.sample_id = p.sample_id and g.region_code = p.region_code and g.year = p.year
  where s.spec_id = s.sample_id
),

matches as (
  select sample_id, region_code, cast(year as integer) as year, cast(weight as double) as weight, keep
  from {{ ref('est_matched_samples') }}
)

select
  b.sample_id,
  b.study,
  b.matching,
  b.grid_rows,
  b.region_code,
  b.year,
  case
    when b.lost_at is not null then b.lost_at
    when b.matching is not null and coalesce(w.weight, 0) = 0 then 'matched'
    when alone.sample_id is not null then 'singleton'
  end as lost_at,
  case
    when b.lost_at is not null or alone.sample_id is not null then 0.0
    when b.matching is null then 1.0
    when w.keep = 'weights' then coalesce(w.weight, 0)
    when w.weight > 0 then 1.0
    else 0.0
  end as weight
from rows_before_matching as b
left join matches as w
  on b.sample_id = w.sample_id and b.region_code = w.region_code and b.year = w.year
left join {{ ref('est_singletons') }} as alone
  on b.sample_id = alone.sample_id and b.region_code = alone.region_code and b.year = alone.year
{% endmacro %}
