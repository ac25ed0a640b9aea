select study, sum(weight) as total
from {{ ref('entropy_weights') }}
group by study
having abs(sum(weight) - 1) > 1e-12
