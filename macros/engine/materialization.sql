{#- How a model becomes a table of the build file: within one transaction the new one takes the place of the old, as in
    dbt-duckdb's own way. That one makes it beside the old one, changes two names and drops a table, each by a statement
    of its own, which together take longer than most of our queries. Indexes, foreign keys and grants, which no model
    of ours has, are not made here. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set held = load_cached_relation(this) -%}
  {%- set table = this.incorporate(type='table') -%}
  {%- set drop_held = 'drop ' ~ (held.type if held else 'table') ~ ' if exists ' ~ table -%}
  {#- Python writes through a connection of its own, which sees nothing of this transaction: beside the old table. -#}
  {%- set beside = make_intermediate_relation(table) -%}
  {%- set left_over = load_cached_relation(beside) if model.language == 'python' -%}
  {{ drop_relation_if_exists(left_over) if left_over }}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- if model.language == 'python' -%}
    {%- call statement('main', language='python') -%}
      {{ create_table_as(False, beside, compiled_code, 'python') }}
    {%- endcall -%}
    {%- call statement('replace') -%}
      {{ drop_held }}; alter table {{ beside }} rename to {{ table.identifier }}
    {%- endcall -%}
  {%- else -%}
    {%- call statement('main') -%}
      {{ drop_held }}; {{ create_table_as(False, table, compiled_code) }}
    {%- endcall -%}
  {%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- do persist_docs(table, model) -%}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [table]}) }}
{% endmaterialization %}
