{#- A message a person can act on. `parts` are SQL expressions: literals and the columns that name the
    file, row and column. -#}
{% macro said(parts) -%}
  concat({{ parts | join(', ') }})
{%- endmacro %}

{#- Stop the build with it. -#}
{% macro stop(parts) -%}
  error({{ said(parts) }})
{%- endmacro %}

{% macro or_stop(value, parts) -%}
  case when {{ value }} is null then {{ stop(parts) }} else {{ value }} end
{%- endmacro %}
