-- Rows that each setting keeps, beside the N the paper prints for that kind of matching.
with published as (
  select m.study, m.method, max(f.n_obs) as n_published
  from {{ ref('matching_specs') }} as m
  inner join {{ ref('regression_specs') }} as r on m.matching_id = r.matching
  inner join {{ ref('published_fits') }} as f on r.spec_id = f.spec_id
  group by m.study, m.method
)

select
  s.study,
  s.covariates,
  cast(c.method as varchar) as method,
  cast(c.neighbours as integer) as neighbours,
  cast(c.model as varchar) as model,
  cast(c.by_year as boolean) as by_year,
  cast(c.common_support as boolean) as common_support,
  cast(c.ties as boolean) as ties,
  cast(c.direction as varchar) as direction,
  cast(c.row_count as bigint) as row_count,
  cast(c.treated_rows as bigint) as treated_rows,
  cast(c.control_rows as bigint) as control_rows,
  cast(c.unit_count as bigint) as unit_count,
  cast(c.rows_without_singletons as bigint) as rows_without_singletons,
  cast(c.on_support_rows as bigint) as on_support_rows,
  cast(p.n_published as bigint) as n_published,
  cast(c.row_count as bigint) - cast(p.n_published as bigint) as difference,
  cast(c.not_matched as varchar) as reason,
  {{ provenance_columns('s.study') }}
from {{ ref('est_matching_scan') }} as c
inner join {{ ref('matching_specs') }} as s on c.matching_id = s.matching_id
left join published as p on s.study = p.study and c.method = p.method
where c.status = 'estimated'
