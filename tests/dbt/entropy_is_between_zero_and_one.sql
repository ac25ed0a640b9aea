-- With k = 1/ln T on pooled shares every e exceeds 1 and the weights come out inverted.
select *
from {{ ref('entropy_weights') }}
where entropy < 0 or entropy > 1 or divergence < 0 or weight < 0 or weight > 1
