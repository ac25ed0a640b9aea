{#- What tables and texts hold, in one short text. -#}

{#- The same for the same rows, whatever their order: a subquery over all tables of a list. -#}
{% macro fingerprint_of(tables) -%}
  {{ return(adapter.dispatch('fingerprint_of', 'nqp')(tables)) }}
{%- endmacro %}

{% macro duckdb__fingerprint_of(tables) -%}
  (
    select concat(sum(table_rows), ' rows, ', sum(table_hash)) from (
      {%- for table in tables %}
      select count(*) as table_rows, coalesce(sum(hash(held)), 0) as table_hash from {{ table }} as held
      {{ 'union all' if not loop.last }}
      {%- endfor %}
    )
  )
{%- endmacro %}

{#- The SHA-256 sum of a text, in hexadecimal digits. -#}
{% macro digest(text) -%}
  {{ return(adapter.dispatch('digest', 'nqp')(text)) }}
{%- endmacro %}

{% macro duckdb__digest(text) -%}
  sha256({{ text }})
{%- endmacro %}
