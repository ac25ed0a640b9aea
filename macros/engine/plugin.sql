{#- Functions of Python that hooks and models call: nqp.build.dbt_plugin registers them as functions of the engine. -#}

{#- Call one of them, with texts. -#}
{% macro plugin(function) %}
  {{ return(adapter.dispatch('call_plugin', 'nqp')(function, varargs)) }}
{% endmacro %}

{% macro duckdb__call_plugin(function, given) %}
  {%- set arguments = [] -%}
  {%- for argument in given -%}
    {%- do arguments.append(text_literal(argument)) -%}
  {%- endfor -%}
  {{ return(run_query('select ' ~ function ~ '(' ~ arguments | join(', ') ~ ')').rows[0][0] or '') }}
{% endmacro %}

{#- Run statements; returns what went wrong with the first that failed, '' where none did. -#}
{% macro attempt(statements) %}
  {{ return(plugin('attempt', tojson(statements))) }}
{% endmacro %}

{#- The first year that counts as treated for a policy approved on a day; null without a day. A model may call it:
    the checks of the definitions date policies by the same function of Python. -#}
{% macro first_treated_year(approved, coding_rule) -%}
  {{ return(adapter.dispatch('first_treated_year', 'nqp')(approved, coding_rule)) }}
{%- endmacro %}

{% macro duckdb__first_treated_year(approved, coding_rule) -%}
  first_treated_year({{ approved }}, '{{ coding_rule }}')
{%- endmacro %}
