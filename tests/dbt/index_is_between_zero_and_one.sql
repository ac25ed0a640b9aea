select *
from {{ ref('index_values') }}
where value < 0 or value > 1 or value is null
