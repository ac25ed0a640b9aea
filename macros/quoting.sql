{#- Text and names that come from data, as SQL: nothing in them can end the literal. -#}
{% macro text_literal(text) -%}
  '{{ text | replace("'", "''") }}'
{%- endmacro %}

{% macro quoted_name(name) -%}
  "{{ name | replace('"', '""') }}"
{%- endmacro %}

{#- One query of many statements: each query has its price in dbt. -#}
{% macro run_together(statements) %}
  {%- do run_query(statements | join(';\n')) -%}
{% endmacro %}

{#- Comment on a table (or view), or on one of its columns. -#}
{% macro comment_on(table, column, comment, kind='table') -%}
  comment on {{ 'column ' ~ table ~ '.' ~ quoted_name(column) if column else kind ~ ' ' ~ table }}
  is {{ text_literal(comment) }}
{%- endmacro %}
