{#- Functions of Python that hooks call: nqp.build.dbt_plugin registers them as functions of the engine. -#}

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
