{#- min–max position of a value, reversed for negative indicators; 0 for a constant column,
    which carries no information. -#}
{% macro min_max(value, lowest, highest, sign) -%}
  case
    when {{ highest }} = {{ lowest }} then 0.0
    when {{ sign }} > 0 then ({{ value }} - {{ lowest }}) / ({{ highest }} - {{ lowest }})
    else ({{ highest }} - {{ value }}) / ({{ highest }} - {{ lowest }})
  end
{%- endmacro %}

{#- Stata's percentile over ranked values: where n·share is whole, the mean of that value and the
    next; else the next one up. Rounded first, because 700 × 0.07 is not whole in binary. -#}
{% macro stata_percentile(value, value_rank, n_values, share) -%}
  avg(case
    when round({{ n_values }} * {{ share }}, 9) = floor(round({{ n_values }} * {{ share }}, 9))
      and {{ value_rank }} in (round({{ n_values }} * {{ share }}, 9), round({{ n_values }} * {{ share }}, 9) + 1)
      then {{ value }}
    when round({{ n_values }} * {{ share }}, 9) <> floor(round({{ n_values }} * {{ share }}, 9))
      and {{ value_rank }} = ceil(round({{ n_values }} * {{ share }}, 9))
      then {{ value }}
  end)
{%- endmacro %}
