-- Which sample each analysis uses, how many rows it has, and how to pick them out of the panel of the study.
with counts as (
  select
    sample_id,
    sum(row_count) filter (where lost_at is null) as n_obs,
    sum(row_count) filter (where lost_at = 'singleton') as n_singletons
  from {{ ref('sample_counts') }}
  group by sample_id
)

select
  s.spec_id,
  s.study,
  s.sample_id,
  cast(coalesce(c.n_obs, 0) as bigint) as n_obs,
  cast(coalesce(c.n_singletons, 0) as bigint) as n_singletons,
  s.predicate,
  s.starts_earlier,
  s.matching as matching_id,
  s.grid_rows <= {{ var('stored_sample_rows') }} or s.matching is not null as is_stored,
  cast(coalesce(s.reason, case when m.sample_id is not null then concat('matching ', s.matching, ': ', m.reason) end) as varchar) as reason,
  {{ provenance_columns('s.study') }}
from {{ ref('requested_samples') }} as s
left join counts as c on s.sample_id = c.sample_id
left join (
  select sample_id, reason
  from {{ ref('est_matched_samples') }}
  where status = 'not estimable'
) as m on s.sample_id = m.sample_id
