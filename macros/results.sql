{#- An estimate as a table of results: the columns that the yml of the model lists, in its order and with its types.
    Those that the specifications have come from there, all others from the estimates, as do those named in `own`. -#}
{% macro result_rows(estimates, specs, key, condition=none, own=[]) %}
  {%- set ours, theirs = [], [] -%}
  {%- if execute -%}
    {%- set ours = columns_of(model.unique_id) -%}
    {%- set theirs = columns_of('model.nqp.' ~ specs) | map(attribute='name') | list -%}
  {%- endif -%}
select
  {%- for column in ours if column.name not in ('data_profile', 'waivers') %}
  cast({{ 's' if column.name in theirs and column.name not in own else 'e' }}.{{ column.name }} as {{ column.data_type }}) as {{ column.name }},
  {%- endfor %}
  {{ provenance_columns('s.study') }}
from {{ ref(estimates) }} as e
inner join {{ ref(specs) }} as s on e.{{ key }} = s.{{ key }}
{%- if condition %}
where {{ condition }}
{%- endif %}
{% endmacro %}

{% macro columns_of(unique_id) %}
  {{ return(graph.nodes[unique_id].columns.values() | list) }}
{% endmacro %}
