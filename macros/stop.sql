{#- Stop the build with a message a person can act on. `parts` are SQL expressions: literals and the
    columns that name the file, row and column. -#}
{% macro stop(parts) -%}
  error(concat({{ parts | join(', ') }}))
{%- endmacro %}

{% macro or_stop(value, parts) -%}
  case when {{ value }} is null then {{ stop(parts) }} else {{ value }} end
{%- endmacro %}
