-- Entropy weights: p = x'/Σx', e = −(1/ln nT) Σ p ln p with 0·ln 0 = 0, d = 1 − e, w = d/Σd.
-- nT counts all rows of the study: with 1/ln T, a widespread slip, every e exceeds 1 and the
-- weights come out inverted. A constant column has no information: its weight is 0.
with totals as (
  select
    study,
    id,
    region_code,
    year,
    normalised,
    sum(normalised {{ in_order('region_code, year') }}) over (partition by study, id) as total,
    count(*) over (partition by study, id) as rows_pooled
  from {{ ref('normalised_indicators') }}
),

shares as (
  select
    study,
    id,
    region_code,
    year,
    total,
    rows_pooled,
    case when total > 0 then normalised / total else 0.0 end as p
  from totals
),

entropies as (
  select
    study,
    id,
    case
      when max(total) > 0 and max(rows_pooled) > 1
        then sum(case when p > 0 then -p * ln(p) else 0.0 end {{ in_order('region_code, year') }})
          / ln(max(rows_pooled))
      else 1.0
    end as entropy,
    max(total) = 0 as constant
  from shares
  group by study, id
)

select
  study,
  id,
  entropy,
  1 - entropy as divergence,
  case
    when sum(1 - entropy {{ in_order('id') }}) over (partition by study) > 0
      then (1 - entropy) / sum(1 - entropy {{ in_order('id') }}) over (partition by study)
    else 0.0
  end as weight,
  constant
from entropies
