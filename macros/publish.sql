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

{#- More metadata of a Parquet file: which data its rows rest on, and that simulated ones are no evidence.
    Definitions, and what papers print, rest on none. -#}
{% macro data_in_words(schema, table) %}
  {%- set about = ['quality.builds', 'quality.build_inputs', 'quality.build_tables'] -%}
  {%- if schema in ['definitions', 'published'] or schema ~ '.' ~ table in about -%}
    {{ return('') }}
  {%- endif -%}
  {%- set relation = target.database ~ '.' ~ quoted_name(schema) ~ '.' ~ quoted_name(table) -%}
  {%- set columns = run_query(
    'select column_name from information_schema.columns where table_catalog = ' ~ text_literal(target.database)
    ~ ' and table_schema = ' ~ text_literal(schema) ~ ' and table_name = ' ~ text_literal(table)
  ).columns[0].values() -%}
  {%- if 'data_profile' in columns -%}
    {%- set profiles = 'from ' ~ relation ~ ' where data_profile is not null' -%}
  {%- elif 'study' in columns -%}
    {%- set profiles = 'from intermediate.study_profiles where study in (select study from ' ~ relation ~ ')' -%}
  {%- else -%}
    {%- set profiles = 'from intermediate.study_profiles' -%}
  {%- endif -%}
  {%- set found = run_query('select distinct data_profile ' ~ profiles ~ ' order by 1').columns[0].values() -%}
  {%- set note = ', note: ' ~ text_literal(plugin('note_on_simulated')) if 'simulated' in found else '' -%}
  {{ return(', data_profile: ' ~ text_literal(found | join(', ')) ~ note) }}
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
  {%- set sentences = [] -%}
  {%- for kind, studies in run_query(
    "select p.data_profile, string_agg(s.study, ', ' order by s.rowid) from intermediate.study_profiles as p"
    ~ " inner join definitions.studies as s on p.study = s.study"
    ~ " group by p.data_profile order by p.data_profile = 'simulated', min(s.rowid)"
  ).rows -%}
    {%- do sentences.append(
      studies ~ ': ' ~ ('SIMULATED stand-ins, not evidence' if kind == 'simulated' else kind ~ ' data')
    ) -%}
  {%- endfor -%}
  {{ return(sentences | join('; ') ~ '.' if sentences else '') }}
{% endmacro %}

{#- A query that has an answer: the effect of the first study that has one, a real study before a
    simulated one; where nothing is estimated, why. -#}
{% macro query_to_try() %}
  {%- set found = run_query(
    "select s.study, s.policy from definitions.studies as s"
    ~ " inner join intermediate.study_profiles as p on s.study = p.study"
    ~ " where exists (select 1 from results.regression_coefficients as c where c.study = s.study and c.term = s.policy)"
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
