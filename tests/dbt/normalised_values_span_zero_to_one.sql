-- Each indicator reaches 0 and 1 within its study, or is constant and 0 throughout.
select study, id, min(normalised) as lowest, max(normalised) as highest
from {{ ref('normalised_indicators') }}
group by study, id
having min(normalised) <> 0
  or max(normalised) <> case when min(value) = max(value) then 0 else 1 end
