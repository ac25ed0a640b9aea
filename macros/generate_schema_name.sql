{#- Folder = schema: a model in models/marts lives in schema marts, whatever the target. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
