{#- Nothing is estimated from figures that were not checked, or from a table older than what it is
    made from. Each table notes what it holds and what its sources held when it was made
    (checks.made). Before an estimate or a result is made, the notes of all that it rests on must
    agree and no critical expectation may fail. That also stops `dbt run` and selections, which
    pass by the tests. -#}

{#- On-run-start: where the notes are kept. In the row of the table itself, made_from = relation. -#}
{% macro prepare_notes() %}
  create schema if not exists checks;
  create table if not exists checks.made (
    relation varchar, made_from varchar, fingerprint varchar, run_id varchar
  )
{% endmacro %}

{#- Post-hook of every model and seed. A source without a note leaves the fingerprint blank; a table
    emptied by --empty gets no note. -#}
{% macro note_what_was_made() %}
  {%- set name = relation_name(model) -%}
  delete from checks.made where relation = '{{ name }}';
  {%- if execute and not flags.EMPTY %}
  insert into checks.made
  select '{{ name }}', '{{ name }}', {{ fingerprint(this) }}, '{{ invocation_id }}'
  {%- for source in sources_of(model) %}
  union all
  select
    '{{ name }}', '{{ source }}',
    (select max(fingerprint) from checks.made where relation = '{{ source }}' and made_from = relation),
    '{{ invocation_id }}'
  {%- endfor %}
  {%- endif %}
{% endmacro %}

{#- What a table holds, whatever the order of its rows; of marts.panels also the panels that its hook makes. -#}
{% macro fingerprint(relation) -%}
  {%- set tables = [relation] -%}
  {%- if execute and relation.identifier == 'panels' -%}
    {%- for panel in run_query(
      "select concat(table_schema, '.', table_name) from information_schema.tables where table_schema = '"
      ~ relation.schema ~ "' and table_catalog = current_database() and table_name in (select panel from "
      ~ relation ~ ') order by 1'
    ).columns[0].values() -%}
      {%- do tables.append(panel) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ fingerprint_of(tables) }}
{%- endmacro %}

{% macro relation_name(node) -%}
  {{ return(node.schema ~ '.' ~ node.alias) }}
{%- endmacro %}

{#- The tables a node is made from; of a part of its query that is a model of its own (`ephemeral`), those that the
    part is made from. A history, which grows with every run, is not one. -#}
{% macro sources_of(node) %}
  {%- set names = [] -%}
  {%- for source in node.depends_on.nodes if graph.nodes[source].config.materialized != 'incremental' -%}
    {%- if graph.nodes[source].config.materialized == 'ephemeral' -%}
      {%- do names.extend(sources_of(graph.nodes[source])) -%}
    {%- else -%}
      {%- do names.append(relation_name(graph.nodes[source])) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(names | unique | list) }}
{% endmacro %}

{#- Pre-hook of estimates and results. They come after study_checks, which waits for the expectations and for
    the test that stops `dbt build`; what the expectations said is read from their table. -#}
{% macro refuse_unless_checked() %}
  {%- if execute and not flags.EMPTY -%}
    {%- set checked = graph.nodes['model.nqp.checked_expectations'] -%}
    {%- set checked = api.Relation.create(database=checked.database, schema=checked.schema, identifier=checked.alias) -%}
    {%- set sources = sources_of(model) -%}
    {%- set faults = failing_expectations(checked) + stale_sources(sources) + changed_sources(sources) -%}
    {%- if faults -%}
      {{ exceptions.raise_compiler_error(
        relation_name(model) ~ ' is not made, because it would rest on figures that do not hold:\n'
        ~ faults | join('\n') ~ '\nRun `dbt build`: it makes and checks everything in order.'
      ) }}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}

{% macro failing_expectations(checked) %}
  {%- if load_relation(checked) is none -%}
    {{ return([]) }}
  {%- endif -%}
  {%- set failing = run_query(critical_failures(checked)).rows[0] -%}
  {{ return([failing[1]] + ([failing[2]] if failing[2] else []) if failing[0] else []) }}
{% endmacro %}

{#- What among the sources, and theirs, was never made or is older than what it was made from. -#}
{% macro stale_sources(sources) %}
  {%- set faults = [] -%}
  {%- set rows = run_query(
    "with recursive named(relation) as (select '" ~ sources | join("' union all select '") ~ "'),"
    ~ " needed(relation) as (select relation from named"
    ~ " union select made.made_from from needed inner join checks.made as made on needed.relation = made.relation),"
    ~ " own as (select * from checks.made where made_from = relation)"
    ~ " select needed.relation, null as newer from needed left join own on needed.relation = own.relation"
    ~ " where own.relation is null"
    ~ " union all select made.relation, string_agg(own.relation, ', ' order by own.relation) from needed"
    ~ " inner join checks.made as made on needed.relation = made.relation"
    ~ " inner join own on made.made_from = own.relation"
    ~ " where made.fingerprint is distinct from own.fingerprint group by made.relation order by 1, 2"
  ).rows -%}
  {%- for relation, newer in rows -%}
    {%- do faults.append('  ' ~ relation ~ (' is older than ' ~ newer if newer else ' was never made')) -%}
  {%- endfor -%}
  {{ return(faults) }}
{% endmacro %}

{#- Which of the sources, and of the tables that were checked, were changed by hand since they were
    made. What this run made itself is not looked at again. -#}
{% macro changed_sources(sources) %}
  {%- set gate = graph.nodes['model.nqp.checked_expectations'] -%}
  {%- set notes = run_query(
    "select relation, fingerprint from checks.made where made_from = relation and run_id <> '" ~ invocation_id
    ~ "' and relation in ('" ~ (sources + sources_of(gate)) | join("', '") ~ "') order by relation"
  ).rows -%}
  {%- set faults = [] -%}
  {%- for relation, noted in notes -%}
    {%- set schema, table = relation.split('.') -%}
    {%- set held = api.Relation.create(database=target.database, schema=schema, identifier=table) -%}
    {%- if run_query('select ' ~ fingerprint(held)).rows[0][0] != noted -%}
      {%- do faults.append('  ' ~ relation ~ ' was changed since it was made') -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(faults) }}
{% endmacro %}

{#- How many expectations stop the build, what is wrong, and how to go on without the studies in which it
    is (blank where that leaves none, or it is no study's fault), in one row. A waiver that has ended since
    the check no longer counts. -#}
{% macro critical_failures(checked) %}
  {%- set profile = '' if profile_name() == 'simulated' else '--profile ' ~ profile_name() ~ ' ' -%}
  select
    count(*) as failures,
    string_agg(message, chr(10) order by study, relation, rule) as messages,
    case when min(study) <> '' and count(distinct study) < (select count(distinct study) from {{ checked }} where study <> '')
      then concat(
        '`nqp build {{ profile }}', string_agg(distinct concat('--without ', study), ' ' order by concat('--without ', study)),
        '` builds the other studies.'
      )
    end as way_on
  from {{ checked }}
  where status = 'error'
    or (severity = 'critical' and status = 'failed')
    or (severity = 'critical' and status = 'waived' and waived_until < '{{ modules.datetime.date.today() }}')
{%- endmacro %}

{#- The last columns of every result: the profile of its study's data, and the failures accepted on record in
    that study. study: an expression that names its table (`s.study`), as the table here has a study too. -#}
{% macro provenance_columns(study) -%}
  {%- for column in ['data_profile', 'waivers'] %}
  (
    select checked.{{ column }} from {{ ref('study_checks') }} as checked where checked.study = {{ study }}
  ) as {{ column }}{{ ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{#- For the closing lines of a build: how the expectations fared, in the words of nqp.presentation.data_docs.in_short. -#}
{% macro expectations_in_short(profile) %}
  {%- set counts = run_query(
    "select count(*) filter (where status = 'passed'), count(*) filter (where status in ('failed', 'error')),"
    ~ " count(*) filter (where status = 'error' or status = 'failed' and severity = 'critical'),"
    ~ " count(*) filter (where status = 'waived'), count(*) filter (where status = 'no rows'),"
    ~ " count(distinct study) filter (where study <> '') from checks.expectations"
  ).rows[0] -%}
  {%- set fail = counts[1] ~ ' fail' ~ (' (' ~ (counts[2] or 'none') ~ ' critical)' if counts[1] else '') -%}
  {%- set waived = [counts[3] ~ ' waived on record'] if counts[3] else [] -%}
  {%- set parts = [counts[0] ~ ' expectations hold', fail] + waived + [counts[4] ~ ' had no rows'] -%}
  {{ return(
    parts | join(', ') ~ ' (in ' ~ counts[5] ~ (' study)' if counts[5] == 1 else ' studies)')
    ~ (': nqp check' ~ profile if counts[1] or counts[3] else '') ~ '.'
  ) }}
{% endmacro %}
