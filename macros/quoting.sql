{#- Text and names that come from data, as SQL: nothing in them can end the literal. -#}
{% macro text_literal(text) -%}
  '{{ text | replace("'", "''") }}'
{%- endmacro %}

{% macro quoted_name(name) -%}
  "{{ name | replace('"', '""') }}"
{%- endmacro %}

{#- Comment on a table, or on one of its columns. -#}
{% macro comment_on(table, column, comment) -%}
  comment on {{ 'column ' ~ table ~ '.' ~ quoted_name(column) if column else 'table ' ~ table }}
  is {{ text_literal(comment) }}
{%- endmacro %}
