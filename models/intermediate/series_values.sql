-- The series each study uses, from the source chosen or pinned, over that source's whole span,
-- with gaps filled by the rule of the series (where the study imputes) and every fill flagged.
with years as (
  {{ year_spine() }}
),

needed as (
  select
    t.study,
    t.level,
    t.series_ref,
    t.series_id,
    t.source_id,
    s.apply_corrections,
    case when s.impute then r.gap_rule else 'none' end as gap_rule,
    case when s.impute then r.end_rule else 'none' end as end_rule
  from {{ ref('study_sources') }} as t
  inner join {{ ref('studies') }} as s on t.study = s.study
  inner join {{ ref('series') }} as r on t.series_id = r.series_id
),

roster as (
  select distinct study, level, region_code from {{ ref('study_grid') }}
),

observed as (
  select
    n.study,
    n.series_ref,
    n.source_id,
    n.gap_rule,
    n.end_rule,
    o.region_code,
    o.year,
    case when n.apply_corrections then o.value else o.value_delivered end as value
  from needed as n
  inner join {{ ref('observations') }} as o
    on n.level = o.level and n.series_id = o.series_id and n.source_id = o.source_id
  inner join roster as p
    on n.study = p.study and o.level = p.level and o.region_code = p.region_code
),

span as (
  select
    study, series_ref, source_id, gap_rule, end_rule,
    min(year) as first_year, max(year) as last_year
  from observed
  group by study, series_ref, source_id, gap_rule, end_rule
),

grid as (
  select
    span.study,
    span.series_ref,
    span.source_id,
    span.gap_rule,
    span.end_rule,
    roster.region_code,
    years.year,
    observed.value
  from span
  inner join roster on span.study = roster.study
  inner join years on years.year between span.first_year and span.last_year
  left join observed
    on span.study = observed.study and span.series_ref = observed.series_ref
    and roster.region_code = observed.region_code and years.year = observed.year
),

neighbours as (
  select
    *,
    max(case when value is not null then year end) over (
      partition by study, series_ref, region_code order by year
      rows between unbounded preceding and current row
    ) as previous_year,
    min(case when value is not null then year end) over (
      partition by study, series_ref, region_code order by year
      rows between current row and unbounded following
    ) as next_year
  from grid
),

filled as (
  select
    n.study,
    n.series_ref,
    n.source_id,
    n.region_code,
    n.year,
    n.previous_year,
    n.next_year,
    case
      when n.value is not null then n.value
      when n.gap_rule = 'linear' and p.value is not null and f.value is not null
        then p.value + (f.value - p.value) * (n.year - n.previous_year) / (n.next_year - n.previous_year)
      when n.end_rule = 'hold' and (p.value is null or f.value is null)
        then coalesce(p.value, f.value)
    end as value,
    case
      when n.value is not null then cast(null as {{ dbt.type_string() }})
      when n.gap_rule = 'linear' and p.value is not null and f.value is not null then 'linear'
      when n.end_rule = 'hold' and coalesce(p.value, f.value) is not null
        and (p.value is null or f.value is null) then 'hold'
    end as imputation
  from neighbours as n
  left join grid as p
    on n.study = p.study and n.series_ref = p.series_ref
    and n.region_code = p.region_code and n.previous_year = p.year
  left join grid as f
    on n.study = f.study and n.series_ref = f.series_ref
    and n.region_code = f.region_code and n.next_year = f.year
)

select
  study, series_ref, source_id, region_code, year, value, imputation,
  -- the years whose figures the value comes from: its own, or those of the neighbours
  previous_year, next_year
from filled
where value is not null
