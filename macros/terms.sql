{#- Split "a + b@source" into one row per term: portable (no arrays, no unnest), up to 8 terms. -#}
{% macro split_terms(relation, columns, text) -%}
  select
    {{ columns | join(', ') }},
    numbers.n as position,
    trim(split_part({{ text }}, '+', numbers.n)) as term
  from {{ relation }}
  cross join (
    {%- for n in range(1, 9) %} select {{ n }} as n{{ ' union all' if not loop.last }}{% endfor %}
  ) as numbers
  where trim(split_part({{ text }}, '+', numbers.n)) <> ''
{%- endmacro %}

{#- min–max position of a value, reversed for negative indicators; 0 for a constant column,
    which carries no information. -#}
{% macro min_max(value, lowest, highest, sign) -%}
  case
    when {{ highest }} = {{ lowest }} then 0.0
    when {{ sign }} > 0 then ({{ value }} - {{ lowest }}) / ({{ highest }} - {{ lowest }})
    else ({{ highest }} - {{ value }}) / ({{ highest }} - {{ lowest }})
  end
{%- endmacro %}
