-- The index of each region and year by each convention, with its rank in the year.
select
  cast(e.study as varchar) as study,
  cast(e.convention as varchar) as convention,
  cast(e.region_code as varchar) as region_code,
  cast(e.year as integer) as year,
  cast(e.score as double) as score,
  cast(rank() over (partition by e.study, e.convention, e.year order by e.score desc) as integer) as rank_in_year,
  {{ provenance_columns('e.study') }}
from {{ ref('est_index_scores') }} as e
where e.region_code is not null
