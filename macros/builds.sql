{#- The build log: quality.builds, quality.build_inputs and quality.build_tables, whose columns and types
    are those of models/quality/builds.yml. Hooks write it, because a model that fails writes nothing. -#}

{#- True in a `dbt build` of real rows: what is logged and may be published. -#}
{% macro is_build() %}
  {{ return(execute and flags.WHICH == 'build' and not flags.EMPTY) }}
{% endmacro %}

{#- Hook on-run-start: enter the build. -#}
{% macro start_build() %}
  {%- if is_build() -%}
    {%- do make_log() -%}
    {%- do take_over_published_log() -%}
    {%- do run_query(
      "update quality.builds set outcome = 'interrupted', detail = 'ended without a word'"
      ~ " where outcome = 'running'"
    ) -%}
    {%- set project = invocation_args_dict['project_dir'] -%}
    {%- do run_query(
      'insert into quality.builds'
      ~ ' (run_id, started_at, profile, selection, code_version, definitions_digest, settings, outcome) values ('
      ~ text_literal(invocation_id) ~ ', ' ~ utc_now() ~ ', ' ~ text_literal(profile_name()) ~ ', '
      ~ text_literal(selection()) ~ ', code_version(' ~ text_literal(project) ~ '), '
      ~ 'definitions_digest(' ~ text_literal(project) ~ ', ' ~ text_literal(profile_name()) ~ '), '
      ~ 'settings(' ~ text_literal(tojson(given_vars())) ~ "), 'running')"
    ) -%}
  {%- endif -%}
{% endmacro %}

{#- Hook on-run-start: stop before anything is read where a definition makes no sense, and say which studies
    are left out. -#}
{% macro check_definitions() %}
  {%- if execute -%}
    {%- set faults = plugin('faults_of_definitions', invocation_args_dict['project_dir'], profile_name()) -%}
    {%- if faults -%}
      {%- if is_build() -%}
        {%- do run_query(conclusion('failed', faults)) -%}
      {%- endif -%}
      {{ exceptions.raise_compiler_error(faults) }}
    {%- endif -%}
    {%- if flags.WHICH == 'build' -%}
      {%- for sentence in fromjson(plugin('studies_left_out', invocation_args_dict['project_dir'], profile_name())) -%}
        {{ print(sentence) }}
      {%- endfor -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}

{#- Hook on-run-end: enter what was made and what became of it; publish what is whole. -#}
{% macro end_build(results) %}
  {%- if is_build() -%}
    {%- set published = plugin('published_path', 'file') -%}
    {%- set bad = results | selectattr('status', 'in', ['error', 'fail', 'skipped', 'runtime error', 'partial success']) | list -%}
    {%- do enter_figures(results) -%}
    {%- if bad | length > 0 -%}
      {%- do run_query(conclusion('failed', failure(bad))) -%}
      {{ print('Not published: ' ~ bad | length ~ ' of ' ~ results | length ~ ' nodes failed or were skipped. ' ~ published ~ ' is as it was.') }}
    {%- elif not whole_project(results) -%}
      {%- do run_query(conclusion('not published: partial')) -%}
      {%- set part = 'what failed before was built (`dbt retry`)' if is_retry() else 'part of the project was built (a selection)' -%}
      {{ print('Not published: only ' ~ part ~ '. ' ~ published ~ ' is as it was' ~ ('; `dbt build` makes and publishes all of it.' if is_retry() else '.')) }}
    {%- else -%}
      {{ publish(published) }}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}

{#- True where every enabled model, snapshot and test of the data has a result (selectors.yml). A part of the query
    of others (`ephemeral`) has none. -#}
{% macro whole_project(results) %}
  {%- set done = results | map(attribute='node.unique_id') | list -%}
  {%- set left = [] -%}
  {%- for node in graph.nodes.values()
      if node.resource_type in ('model', 'snapshot', 'test') and node.config.enabled
      and node.config.materialized != 'ephemeral' and node.unique_id not in done -%}
    {%- do left.append(node.unique_id) -%}
  {%- endfor -%}
  {{ return(left | length == 0) }}
{% endmacro %}

{#- The tables of the log as models/quality/builds.yml describes them. -#}
{% macro log_tables() %}
  {{ return(graph.sources.values() | selectattr('source_name', 'equalto', 'build_log') | sort(attribute='name') | list) }}
{% endmacro %}

{#- Make the tables, or give those of an older version the columns they lack. A table of the
    same name that is not such a log is replaced. -#}
{% macro make_log() %}
  {%- do run_query('create schema if not exists quality') -%}
  {%- for table in log_tables() -%}
    {%- set relation = api.Relation.create(table.database, table.schema, table.name, type='table') -%}
    {%- set types = [] -%}
    {%- for column in table.columns.values() -%}
      {%- do types.append(column.name ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {%- set foreign = foreign_log(table) -%}
    {%- if foreign -%}
      {%- do run_query('drop ' ~ foreign ~ ' ' ~ relation) -%}
      {{ print('The build log quality.' ~ table.name ~ ' of the build file was not one of ours: it is begun anew.') }}
    {%- endif -%}
    {%- set statements = ['create table if not exists ' ~ relation ~ ' (' ~ types | join(', ') ~ ')'] -%}
    {%- for type in types -%}
      {%- do statements.append('alter table ' ~ relation ~ ' add column if not exists ' ~ type) -%}
    {%- endfor -%}
    {%- do statements.append(comment_on(relation, none, table.description)) -%}
    {%- for column in table.columns.values() -%}
      {%- do statements.append(comment_on(relation, column.name, column.description)) -%}
    {%- endfor -%}
    {%- do run_together(statements) -%}
  {%- endfor -%}
{% endmacro %}

{#- `view` or `table` where the build file has one of that name that cannot be the log: a view, a table
    without run_id, a column of another type. Blank otherwise. -#}
{% macro foreign_log(table) %}
  {%- set at = " where table_catalog = " ~ text_literal(target.database) ~ " and table_schema = '" ~ table.schema
    ~ "' and table_name = '" ~ table.name ~ "'" -%}
  {%- if run_query("select 1 from information_schema.tables" ~ at ~ " and table_type = 'VIEW'").rows -%}
    {{ return('view') }}
  {%- endif -%}
  {%- set held = {} -%}
  {%- for name, type in run_query(
    'select column_name, data_type from information_schema.columns' ~ at
  ).rows -%}
    {%- do held.update({name: type}) -%}
  {%- endfor -%}
  {%- for column in table.columns.values() if held and held.get(column.name, column.data_type) | lower != column.data_type -%}
    {{ return('table') }}
  {%- endfor -%}
  {{ return('table' if held and 'run_id' not in held else '') }}
{% endmacro %}

{#- Counts of what this run made, and the files that stand behind it. -#}
{% macro enter_figures(results) %}
  {%- set made = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list -%}
  {%- set done = results | map(attribute='node.unique_id') | list -%}
  {%- set files = run_query(
    "select count(*) from information_schema.tables where table_schema = 'raw' and table_name = 'files'"
  ).rows[0][0] -%}
  {%- set figures = ['run_id = run_id'] -%}
  {%- for column, model, count in [
    ('cells', 'raw_cells', 'count(*) from raw.cells'),
    ('observations', 'observations', 'count(*) from staging.observations'),
    ('rejected', 'rejected_cells', 'count(*) from quality.rejected_cells'),
    ('specifications', 'regression_fits', 'count(*) from results.regression_fits'),
    ('estimated', 'regression_fits', "count(*) from results.regression_fits where status = 'estimated'"),
  ] if 'model.nqp.' ~ model in made -%}
    {%- do figures.append(column ~ ' = (select ' ~ count ~ ')') -%}
  {%- endfor -%}
  {%- if files and ('model.nqp.raw_files' in made or 'model.nqp.raw_files' not in done) -%}
    {%- do figures.append(
      "inputs_digest = (select " ~ digest("string_agg(concat(sha256, '  ', file, chr(10)), '' order by file)") ~ " from raw.files)"
    ) -%}
    {%- do run_query(
      'insert into quality.build_inputs (run_id, file, bytes, sha256) select ' ~ text_literal(invocation_id)
      ~ ', file, bytes, sha256 from raw.files order by file'
    ) -%}
  {%- endif -%}
  {%- do run_query(
    'update quality.builds set ' ~ figures | join(', ') ~ ' where run_id = ' ~ text_literal(invocation_id)
  ) -%}
  {%- do run_query(
    'update quality.builds set digest = '
    ~ digest('concat_ws(chr(10), profile, code_version, definitions_digest, inputs_digest, settings)')
    ~ ' where inputs_digest is not null and run_id = ' ~ text_literal(invocation_id)
  ) -%}
{% endmacro %}

{#- SQL that closes the row of this build, in the build file or in the copy that is published. -#}
{% macro conclusion(outcome, detail=none, relation='quality.builds', finished=none) -%}
  {%- set finished = finished or utc_now() -%}
  update {{ relation }} set
    outcome = {{ text_literal(outcome) }},
    detail = {{ text_literal(detail) if detail else 'null' }},
    finished_at = {{ finished }},
    duration_s = {{ dbt.datediff('started_at', finished, 'millisecond') }} / 1000.0
  where run_id = {{ text_literal(invocation_id) }}
{%- endmacro %}

{#- What failed, by name, and what the first of them says. -#}
{% macro failure(bad) -%}
  {%- set failed = bad | rejectattr('status', 'equalto', 'skipped') | list -%}
  {%- set names = failed | map(attribute='node.name') | list -%}
  {{ names | join(', ') }}: {{ plugin('gist', failed[0].message or '') }}
{%- endmacro %}

{#- `whole`, or what chose a part: its arguments, or that `dbt retry` does what failed before. -#}
{% macro selection() -%}
  {%- set chosen = [] -%}
  {%- for name in ['select', 'exclude', 'selector', 'resource_types', 'exclude_resource_types']
      if invocation_args_dict.get(name) -%}
    {%- set value = invocation_args_dict[name] -%}
    {%- do chosen.append('--' ~ name | replace('_', '-') ~ ' ' ~ (value if value is string else value | join(' '))) -%}
  {%- endfor -%}
  {%- if is_retry() -%}
    {%- do chosen.insert(0, 'retry') -%}
  {%- endif -%}
  {{ return(chosen | join(' ') or 'whole') }}
{%- endmacro %}

{#- True in `dbt retry`, which dbt calls a build like any other. -#}
{% macro is_retry() %}
  {%- set words = (invocation_args_dict.get('invocation_command') or '').split() -%}
  {{ return('retry' in words and 'build' not in words) }}
{% endmacro %}

{#- What --vars says, by name. -#}
{% macro given_vars() %}
  {%- set given = invocation_args_dict.get('vars') or {} -%}
  {{ return((fromyaml(given) or {}) if given is string else given) }}
{% endmacro %}

{% macro utc_now() -%}
  timestamp '{{ modules.datetime.datetime.now(modules.pytz.utc).strftime("%Y-%m-%d %H:%M:%S.%f") }}'
{%- endmacro %}
