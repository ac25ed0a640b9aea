{# The condition is false of no row; where a figure it names is blank it says nothing. #}
{% test rows_satisfy(model, condition) %}
select *
from {{ model }}
where not ({{ condition }})
{% endtest %}
