{#- Publish what a whole, passing `dbt build` made: copy the public schemas into a file of their
    own, in the oldest storage format in use, and rename it over the published one. Readers keep
    the file they have open; a failing or partial run changes nothing.

    Every relation is a table (views would name the build's catalog and break in the copy). -#}
{% macro publish(results) %}
  {%- if execute and flags.WHICH == 'build' and not flags.EMPTY -%}
    {%- set folder = target.path | replace('.build/' ~ target.name ~ '.duckdb', '') -%}
    {%- set published = folder ~ target.name ~ '.duckdb' -%}
    {%- set bad = results | selectattr('status', 'in', ['error', 'fail', 'skipped', 'runtime error', 'partial success']) | list -%}
    {%- if bad | length > 0 -%}
      {{ print('Not published: ' ~ bad | length ~ ' of ' ~ results | length ~ ' nodes failed or were skipped. ' ~ published ~ ' is as it was.') }}
    {%- elif not whole_project(results) -%}
      {{ print('Not published: only part of the project was built (a selection). ' ~ published ~ ' is as it was.') }}
    {%- else -%}
      {%- do copy_public_schemas(folder ~ '.build/' ~ target.name ~ '.publishing', published) -%}
      {%- do say_what_was_built(published) -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}

{#- True where every enabled model, seed, snapshot and test of the project has a result. -#}
{% macro whole_project(results) %}
  {%- set done = results | map(attribute='node.unique_id') | list -%}
  {%- set left = [] -%}
  {%- for node in graph.nodes.values()
      if node.resource_type in ('model', 'seed', 'snapshot', 'test', 'unit_test') and node.config.enabled
      and node.unique_id not in done -%}
    {%- do left.append(node.unique_id) -%}
  {%- endfor -%}
  {{ return(left | length == 0) }}
{% endmacro %}

{% macro copy_public_schemas(temporary, published) %}
  {%- set schemas = var('published_schemas') -%}
  {%- set temporary = temporary | replace("'", "''") -%}
  {%- set published = published | replace("'", "''") -%}
  {%- do run_query("select remove_file('" ~ temporary ~ "'), remove_file('" ~ temporary ~ ".wal')") -%}
  {%- do run_query("attach '" ~ temporary ~ "' as published (storage_version 'v1.4.0')") -%}
  {#- Only what this project makes: a table left over from an older version is no result. -#}
  {%- set ours = [] -%}
  {%- for node in graph.nodes.values()
      if node.resource_type in ('model', 'seed') and node.config.enabled and node.schema in schemas -%}
    {%- do ours.append([node.schema, node.alias]) -%}
  {%- endfor -%}
  {%- for schema in schemas -%}
    {%- do run_query('create schema if not exists published.' ~ schema) -%}
  {%- endfor -%}
  {%- for schema, table in ours | sort -%}
    {%- set name = schema ~ '."' ~ table ~ '"' -%}
    {%- do run_query('create table published.' ~ name ~ ' as from ' ~ target.database ~ '.' ~ name) -%}
  {%- endfor -%}
  {%- set comments = run_query(
    "select schema_name, table_name, null, comment from duckdb_tables() where database_name = '" ~ target.database
    ~ "' and comment is not null union all select schema_name, table_name, column_name, comment"
    ~ " from duckdb_columns() where database_name = '" ~ target.database ~ "' and comment is not null"
  ) -%}
  {%- for schema, table, column, comment in comments.rows if [schema, table] in ours -%}
    {%- set name = schema ~ '."' ~ table ~ '"' -%}
    {%- do run_query(
      'comment on ' ~ ('column published.' ~ name ~ '."' ~ column ~ '"' if column else 'table published.' ~ name)
      ~ " is '" ~ comment | replace("'", "''") ~ "'"
    ) -%}
  {%- endfor -%}
  {%- do run_query('detach published') -%}
  {%- do run_query("select replace_file('" ~ temporary ~ "', '" ~ published ~ "')") -%}
{% endmacro %}



{#- The closing lines of a build: what was made, from which data, and a query to try. -#}
{% macro say_what_was_built(published) %}
  {%- set counts = run_query(
    "select (select count(*) from raw.files), (select count(*) from raw.cells),"
    ~ " (select count(*) from results.regression_fits where status = 'estimated'),"
    ~ " (select count(*) from results.regression_fits)"
  ).rows[0] -%}
  {%- set kind = 'SIMULATED data: stand-ins, not evidence' if target.name == 'simulated' else 'the ' ~ target.name ~ ' profile' -%}
  {{ print('') }}
  {{ print('Built ' ~ published ~ ' from ' ~ kind ~ '.') }}
  {{ print('  ' ~ counts[0] ~ ' files, ' ~ '{:,}'.format(counts[1]) ~ ' cells; ' ~ counts[2] ~ ' of ' ~ counts[3] ~ ' specifications estimated.') }}
  {%- do say_which_files_changed() -%}
  {%- set profile = '' if target.name == 'simulated' else ' --profile ' ~ target.name -%}
  {{ print('  ' ~ expectations_in_short(profile)) }}
  {{ print('Try:') }}
  {{ print('  .venv/bin/nqp query' ~ profile ~ ' "from results.regression_coefficients select spec_id, estimate, std_error, stars where term = \'bdpz\' order by spec_id"') }}
{% endmacro %}
