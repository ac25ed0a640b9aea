{#- Publish what a whole, passing `dbt build` made: copy the public schemas into a file of their
    own, in the oldest storage format in use, and into Parquet files, and put both in the place of
    the published ones by renaming. Readers keep what they have open; what fails on the way changes
    nothing. Renders a statement that fails where publishing did, so that the build has failed.

    A relation is a table, or a view that names no database, which is made again in the copy. -#}
{% macro publish(published) %}
  {%- if execute and not is_build() -%}
    {{ exceptions.raise_compiler_error('Only `dbt build` publishes, as its last step: it knows that all was made and holds.') }}
  {%- endif -%}
  {%- set finished = utc_now() -%}
  {%- set error = plugin('prepare_publication', invocation_id, tojson(var('parquet_schemas')))
      or attempt(copy_statements(finished))
      or plugin('replace_published', invocation_id) -%}
  {%- if error -%}
    {%- do attempt(['detach published']) -%}
    {%- do plugin('clear_publication') -%}
    {%- do run_query('delete from quality.build_tables where run_id = ' ~ text_literal(invocation_id)) -%}
    {%- set message = 'Not published: ' ~ error ~ '. ' ~ published ~ ' is as it was; build again when this is mended.' -%}
    {%- do run_query(conclusion('failed', message)) -%}
    select {{ stop([text_literal(message)]) }}
  {%- else -%}
    {%- do run_query(conclusion('published', finished=finished)) -%}
    {%- do say_what_was_built(published) -%}
  {%- endif -%}
{% endmacro %}

{#- SQL that writes the copies. -#}
{% macro copy_statements(finished) %}
  {%- set schemas = var('published_schemas') -%}
  {%- set statements = [
    'attach ' ~ text_literal(plugin('published_path', 'copy')) ~ " as published (storage_version 'v1.4.0')"
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

{#- More metadata of a Parquet file: which data its rows rest on, and that simulated ones are no evidence.
    Definitions, and what papers print, rest on none. -#}
{% macro data_in_words(schema, table) %}
  {%- set about = ['quality.builds', 'quality.build_inputs', 'quality.build_tables'] -%}
  {%- if schema in ['definitions', 'published'] or schema ~ '.' ~ table in about -%}
    {{ return('') }}
  {%- endif -%}
  {%- set relation = target.database ~ '.' ~ quoted_name(schema) ~ '.' ~ quoted_name(table) -%}
  {%- set columns = run_query('select column_name from (describe ' ~ relation ~ ')').columns[0].values() -%}
  {%- if 'data_profile' in columns -%}
    {%- set profiles = 'from ' ~ relation ~ ' where data_profile is not null' -%}
  {%- elif 'study' in columns -%}
    {%- set profiles = 'from intermediate.study_profiles where study in (select study from ' ~ relation ~ ')' -%}
  {%- else -%}
    {%- set profiles = 'from intermediate.study_profiles' -%}
  {%- endif -%}
  {%- set found = run_query('select distinct data_profile ' ~ profiles ~ ' order by all').columns[0].values() -%}
  {%- set note = ', note: ' ~ text_literal(plugin('note_on_simulated')) if 'simulated' in found else '' -%}
  {{ return(', data_profile: ' ~ text_literal(found | join(', ')) ~ note) }}
{% endmacro %}

{#- Those of the relations that are views, each with the statement that makes it. -#}
{% macro views_among(relations) %}
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
  {{ return(run_query(
    "select schema_name, table_name, null, comment from duckdb_tables() where database_name = " ~ text_literal(target.database)
    ~ " and comment is not null union all select schema_name, view_name, null, comment from duckdb_views()"
    ~ " where database_name = " ~ text_literal(target.database)
    ~ " and comment is not null union all select schema_name, table_name, column_name, comment"
    ~ " from duckdb_columns() where database_name = " ~ text_literal(target.database) ~ " and comment is not null"
  )) }}
{% endmacro %}

{#- The closing lines of a build: what was made, from which data, and a query to try. -#}
{% macro say_what_was_built(published) %}
  {%- set counts = run_query(
    "select (select count(*) from raw.files), (select count(*) from raw.cells),"
    ~ " (select count(*) from results.regression_fits where status = 'estimated'),"
    ~ " (select count(*) from results.regression_fits)"
  ).rows[0] -%}
  {{ print('') }}
  {{ print('Built ' ~ published ~ '. ' ~ what_studies_rest_on()) }}
  {{ print('  ' ~ counts[0] ~ (' file, ' if counts[0] == 1 else ' files, ') ~ '{:,}'.format(counts[1]) ~ ' cells; ' ~ counts[2] ~ ' of ' ~ counts[3] ~ ' specifications estimated.') }}
  {{ print('  As Parquet files: ' ~ plugin('published_path', 'tables')) }}
  {%- do say_what_to_look_at() -%}
  {%- set profile = '' if profile_name() == 'simulated' else ' --profile ' ~ profile_name() -%}
  {{ print('  ' ~ expectations_in_short(profile)) }}
  {{ print('Try:') }}
  {{ print('  ' ~ ('' if target.name == 'own' else '.venv/bin/') ~ 'nqp query' ~ profile ~ ' "' ~ query_to_try() ~ '"') }}
{% endmacro %}

{#- Which studies rest on which data, the simulated ones last: what was made up is never called real. -#}
{% macro what_studies_rest_on() %}
  {%- set told = [] -%}
  {%- for kind, studies in run_query(
    "select p.data_profile, string_agg(s.study, ', ' order by s.rowid) from intermediate.study_profiles as p"
    ~ " inner join definitions.studies as s on p.study = s.study"
    ~ " group by p.data_profile order by p.data_profile = 'simulated', min(s.rowid)"
  ).rows -%}
    {%- do told.append(
      studies ~ ': ' ~ ('SIMULATED stand-ins, not evidence' if kind == 'simulated' else kind ~ ' data')
    ) -%}
  {%- endfor -%}
  {{ return(told | join('; ') ~ '.' if told else '') }}
{% endmacro %}

{#- A query that has an answer: the effect of the first study that has one, a real study before a
    simulated one; where nothing is estimated, why. -#}
{% macro query_to_try() %}
  {%- set found = run_query(
    "select s.study, s.policy from definitions.studies as s"
    ~ " inner join intermediate.study_profiles as p on s.study = p.study"
    ~ " where exists (from results.regression_coefficients as c where c.study = s.study and c.term = s.policy)"
    ~ " order by p.data_profile = 'simulated', s.rowid limit 1"
  ).rows -%}
  {%- if found -%}
    {{ return(
      "from results.regression_coefficients select spec_id, estimate, std_error, stars"
      ~ " where study = '" ~ found[0][0] ~ "' and term = '" ~ found[0][1] ~ "' order by spec_id"
    ) }}
  {%- endif -%}
  {{ return('from results.regression_fits select spec_id, status, reason order by spec_id') }}
{% endmacro %}
