{#- What the rules of quality.review share. -#}

{#- Said of a logarithm that is nearly that of 10, 100, 1000 … up to a thousand million, else nothing. -#}
{% macro power_of_ten(log_ratio) -%}
  {%- set tens = 'round(abs(' ~ log_ratio ~ ') / ln(10))' -%}
  case
    when {{ tens }} between 1 and 9 and abs(abs({{ log_ratio }}) - ln(10) * {{ tens }}) < 0.15
      then concat(
        ', close to a factor of ', cast(pow(10, {{ tens }}) as bigint),
        ': a slip of the decimal point, or a unit such as 万元 for 亿元?'
      )
    else ''
  end
{%- endmacro %}

{#- By how much one positive figure exceeds another, in natural logarithms; rounded, so that it is
    the same on every machine, and a difference, so that no quotient overflows. -#}
{% macro log_ratio(figure, other) -%}
  round(ln({{ figure }}) - ln({{ other }}), 9)
{%- endmacro %}

{#- The size of a finding that cannot be measured as a logarithm (a negative figure, a province's figure in
    a city's cell): the same as that of a tenfold error, ln 10. -#}
{% macro size_of_tenfold_error() -%}
  2.302585093
{%- endmacro %}
