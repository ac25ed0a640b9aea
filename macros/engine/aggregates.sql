{#- Aggregates that engines write in their own ways. Those of dbt itself (dbt.listagg, dbt.datediff) are not here. -#}

{#- Inside an aggregate, sum(x {{ in_order('key') }}): the order in which it adds. Floating-point sums
    depend on it in the last digits, and threads would change it from build to build. Engines that
    know no such clause add in their own order. -#}
{% macro in_order(by) -%}
  {{ return(adapter.dispatch('in_order', 'nqp')(by)) }}
{%- endmacro %}

{% macro default__in_order(by) -%}
{%- endmacro %}

{% macro duckdb__in_order(by) -%}
  order by {{ by }}
{%- endmacro %}

{#- The middle value, also over a window. -#}
{% macro median(value) -%}
  {{ return(adapter.dispatch('median', 'nqp')(value)) }}
{%- endmacro %}

{% macro duckdb__median(value) -%}
  median({{ value }})
{%- endmacro %}

{#- The value in the row that comes first by another expression. -#}
{% macro first_by(value, by) -%}
  {{ return(adapter.dispatch('first_by', 'nqp')(value, by)) }}
{%- endmacro %}

{% macro duckdb__first_by(value, by) -%}
  min_by({{ value }}, {{ by }})
{%- endmacro %}

{#- The first few of some texts, as one text. -#}
{% macro first_texts(text, by, most) -%}
  {{ return(adapter.dispatch('first_texts', 'nqp')(text, by, most)) }}
{%- endmacro %}

{% macro duckdb__first_texts(text, by, most) -%}
  array_to_string(list_slice(list({{ text }} order by {{ by }}), 1, {{ most }}), ', ')
{%- endmacro %}

{#- True for a figure that is neither infinite nor no number. -#}
{% macro is_finite(figure) -%}
  {{ return(adapter.dispatch('is_finite', 'nqp')(figure)) }}
{%- endmacro %}

{% macro duckdb__is_finite(figure) -%}
  isfinite({{ figure }})
{%- endmacro %}
