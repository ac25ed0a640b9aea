{#- Copies of the build file and what is read back from them: how DuckDB attaches files, writes Parquet and keeps the
    comments and the SQL of its relations. macros/publish.sql and builds.sql say when. -#}

{#- SQL that writes the copies. -#}
{% macro copy_statements(finished) %}
  {{ return(adapter.dispatch('copy_statements', 'nqp')(finished)) }}
{% endmacro %}

{% macro duckdb__copy_statements(finished) %}
  {%- set schemas = var('published_schemas') -%}
  {%- set statements = [
    'attach ' ~ text_literal(plugin('published_path', 'copy')) ~ " as published (storage_version 'v1.4.0')",
    'begin'
  ] -%}
  {#- Only the models of this project: a table left over from an older version is not published. -#}
  {%- set ours = [] -%}
  {%- for node in graph.nodes.values()
      if node.resource_type == 'model' and node.config.enabled and node.schema in schemas -%}
    {%- do ours.append([node.schema, node.alias]) -%}
  {%- endfor -%}
  {%- for table in log_tables() -%}
    {%- do ours.append([table.schema, table.name]) -%}
  {%- endfor -%}
  {%- for panel in run_query('select distinct panel from marts.panels').columns[0].values() -%}
    {%- do ours.append(['marts', panel]) -%}
  {%- endfor -%}
  {%- for schema in schemas -%}
    {%- do statements.append('create schema if not exists published.' ~ quoted_name(schema)) -%}
  {%- endfor -%}
  {%- do statements.extend(function_statements('published')) -%}
  {%- set views = views_among(ours) -%}
  {%- for schema, table in ours | sort if [schema, table] not in views | map(attribute='name') | list -%}
    {%- set name = quoted_name(schema) ~ '.' ~ quoted_name(table) -%}
    {%- do statements.append('create table published.' ~ name ~ ' as from ' ~ target.database ~ '.' ~ name) -%}
  {%- endfor -%}
  {#- The SQL of a view names no database, so that it reads the tables beside it. -#}
  {%- for view in views -%}
    {%- do statements.append(view.query | replace('CREATE VIEW ', 'create view published.')) -%}
  {%- endfor -%}
  {%- do statements.append(conclusion('published', relation='published.quality.builds', finished=finished)) -%}
  {%- for schema, table, column, comment in comments().rows if [schema, table] in ours -%}
    {%- set name = 'published.' ~ quoted_name(schema) ~ '.' ~ quoted_name(table) -%}
    {%- set kind = 'view' if [schema, table] in views | map(attribute='name') | list else 'table' -%}
    {%- do statements.append(comment_on(name, column, comment, kind)) -%}
  {%- endfor -%}
  {#- The record of what is published, in the copy and in the build file. -#}
  {%- for schema, table in ours | sort if [schema, table] != ['quality', 'build_tables'] -%}
    {%- set name = quoted_name(schema) ~ '.' ~ quoted_name(table) -%}
    {%- do statements.append(
      'insert into published.quality.build_tables by name select ' ~ text_literal(invocation_id) ~ ' as run_id, '
      ~ text_literal(schema ~ '.' ~ table) ~ ' as relation, held.* from ('
      ~ plugin('fingerprint', 'published.' ~ name) ~ ') as held'
    ) -%}
  {%- endfor -%}
  {#- One transaction until here: a thousand comments would each be written to the disk by itself. A transaction
      writes to one database. -#}
  {%- do statements.append('commit') -%}
  {%- do statements.append(
    'insert into ' ~ target.database ~ '.quality.build_tables from published.quality.build_tables where run_id = '
    ~ text_literal(invocation_id)
  ) -%}
  {%- set version = plugin('published_path', 'versions') ~ '/' ~ invocation_id -%}
  {%- for schema, table in ours | sort if schema in var('parquet_schemas') -%}
    {%- set file = version ~ '/' ~ schema ~ '/' ~ table ~ '.parquet' -%}
    {%- do statements.append(
      'copy published.' ~ quoted_name(schema) ~ '.' ~ quoted_name(table) ~ ' to ' ~ text_literal(file)
      ~ ' (format parquet, compression zstd, kv_metadata {run_id: ' ~ text_literal(invocation_id)
      ~ ', profile: ' ~ text_literal(profile_name()) ~ data_in_words(schema, table) ~ '})'
    ) -%}
  {%- endfor -%}
  {%- do statements.append('detach published') -%}
  {{ return(statements) }}
{% endmacro %}

{#- Those of the relations that are views, each with the statement that makes it. -#}
{% macro views_among(relations) %}
  {{ return(adapter.dispatch('views_among', 'nqp')(relations)) }}
{% endmacro %}

{% macro duckdb__views_among(relations) %}
  {%- set views = [] -%}
  {%- for schema, name, query in run_query(
    "select schema_name, view_name, sql from duckdb_views() where not internal and database_name = "
    ~ text_literal(target.database) ~ " order by all"
  ).rows if [schema, name] in relations -%}
    {%- do views.append({'name': [schema, name], 'query': query}) -%}
  {%- endfor -%}
  {{ return(views) }}
{% endmacro %}

{#- Comments of the build file's tables and columns: schema, table, column (null for the table). -#}
{% macro comments() %}
  {{ return(adapter.dispatch('comments', 'nqp')()) }}
{% endmacro %}

{% macro duckdb__comments() %}
  {{ return(run_query(
    "select schema_name, table_name, null, comment from duckdb_tables() where database_name = " ~ text_literal(target.database)
    ~ " and comment is not null union all select schema_name, view_name, null, comment from duckdb_views()"
    ~ " where database_name = " ~ text_literal(target.database)
    ~ " and comment is not null union all select schema_name, table_name, column_name, comment"
    ~ " from duckdb_columns() where database_name = " ~ text_literal(target.database) ~ " and comment is not null"
  )) }}
{% endmacro %}

{#- The published file's rows hold: for a new build file it has the whole log, and after a kill
    between renaming and saying so it alone knows of the last build. Where it cannot be read (none
    yet, damaged, not ours, or a program has it open for writing) the log goes on without. -#}
{% macro take_over_published_log() %}
  {{ return(adapter.dispatch('take_over_published_log', 'nqp')()) }}
{% endmacro %}

{% macro duckdb__take_over_published_log() %}
  {%- set published = plugin('published_path', 'file') -%}
  {%- set error = attempt(['attach ' ~ text_literal(published) ~ ' as published (read_only)']) -%}
  {%- if not error -%}
    {%- set statements = ['begin'] -%}
    {%- for table in log_tables() -%}
      {%- set columns = run_query(
        "select string_agg(column_name, ', ') from duckdb_columns() where database_name = 'published'"
        ~ " and schema_name = 'quality' and table_name = '" ~ table.name ~ "' and column_name in ('"
        ~ table.columns | join("', '") ~ "')"
      ).rows[0][0] -%}
      {%- if columns -%}
        {%- do statements.append(
          'delete from quality.' ~ table.name ~ ' where run_id in'
          ~ ' (select run_id from published.quality.' ~ table.name ~ ')'
        ) -%}
        {%- do statements.append(
          'insert into quality.' ~ table.name ~ ' by name select ' ~ columns
          ~ ' from published.quality.' ~ table.name
        ) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- set error = attempt(statements + ['commit']) -%}
    {%- do run_query('detach published') -%}
  {%- endif -%}
  {%- if error and plugin('is_published') -%}
    {{ print('The build log in ' ~ published ~ ' cannot be read (' ~ error ~ '): it goes on without.') }}
  {%- endif -%}
{% endmacro %}
