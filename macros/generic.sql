{#- The years kept: enough for any yearbook. A year outside them is a typing error. -#}
{% macro first_year() -%} 1949 {%- endmacro %}
{% macro last_year() -%} 2050 {%- endmacro %}

{#- One row per year, the same on every engine. -#}
{% macro year_spine() -%}
  {%- for year in range(first_year() | int, last_year() | int + 1) %}
  select {{ year }} as year{{ ' union all' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{#- The profile being built: the name of the published file. -#}
{% macro profile_name() -%}
  {{ return(env_var('NQP_PROFILE', '') or 'own' if target.name == 'own' else target.name) }}
{%- endmacro %}

{#- Inside an aggregate, sum(x {{ in_order('key') }}): the order in which it adds. Floating-point sums
    depend on it in the last digits, and threads would change it from build to build. Engines that
    know no such clause add in their own order. -#}
{% macro in_order(by) -%}
  {{ 'order by ' ~ by if target.type == 'duckdb' }}
{%- endmacro %}
