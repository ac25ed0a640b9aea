select unit, factor
from {{ ref('units') }}
where factor <= 0 or not isfinite(factor)
