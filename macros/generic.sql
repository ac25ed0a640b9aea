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

