-- The figures of the studies: which file each is, or why it cannot be drawn.
with parts as (
  select 'event_study' as kind, study, event_study_id as subject, status, reason from {{ ref('event_study') }}
  {%- for kind in ['placebo_density', 'placebo_p_values'] %}
  union all
  select '{{ kind }}', study, placebo_id, status, reason from {{ ref('placebo_summary') }}
  {%- endfor %}
  union all
  select 'propensity_overlap', s.study, s.matching_id, m.status, m.reason
  from {{ ref('est_matched_samples') }} as m
  inner join {{ ref('matching_specs') }} as s on m.matching_id = s.matching_id
  union all
  select 'specification_curve', study, curve_id, case when estimate is null then 'not estimable' else status end, reason
  from {{ ref('specification_curve') }}
  {%- for kind in ['index_over_time', 'entropy_weights'] %}
  union all
  select
    '{{ kind }}', study, variable_id,
    case when available > 0 then 'estimated' else 'not estimable' end,
    reason
  from {{ ref('coverage') }}
  {%- endfor %}
  union all
  -- One that is estimated is enough: the figure leaves out the others.
  select 'coefficients', s.study, s.policy, f.status, f.reason
  from {{ ref('regression_fits') }} as f
  inner join {{ ref('studies') }} as s on f.study = s.study
),

subjects as (
  select kind, study, subject, bool_or(status = 'estimated') as estimated, max(reason) as reason
  from parts
  group by kind, study, subject
)

select
  f.figure_id,
  f.study,
  f.kind,
  f.subject,
  cast(case when p.estimated then concat('{{ profile_name() }}/figures/', f.figure_id, '.pdf') end as varchar) as file,
  f.caption_en,
  f.caption_zh,
  cast(case when p.estimated then 'estimated' else 'not estimable' end as varchar) as status,
  cast(case
    when p.subject is null then concat('no results of ', f.subject)
    when not p.estimated then p.reason
  end as varchar) as reason,
  {{ provenance_columns('f.study') }}
from {{ ref('figure_specs') }} as f
inner join {{ ref('studies') }} as s on f.study = s.study
left join subjects as p on f.kind = p.kind and f.study = p.study and f.subject = p.subject
