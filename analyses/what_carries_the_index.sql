-- Which dimensions and indicators carry the index, and how concentrated are the weights?
select
  study,
  dimension,
  dimension_zh,
  indicator,
  label_zh,
  weight,
  sum(weight) over (partition by study, dimension) as dimension_weight,
  sum(weight) over (
    partition by study order by weight desc rows between unbounded preceding and current row
  ) as cumulative_weight
from {{ ref('entropy_weights') }}
order by study, weight desc
