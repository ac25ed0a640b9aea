{#- One of the closing lines of a build: the files that are not those of the manifest's checksums. -#}
{% macro say_which_files_changed() %}
  {%- set changed = run_query(
    "select file from " ~ target.database ~ ".quality.files where status = 'changed' order by file"
  ).columns[0].values() -%}
  {%- if changed -%}
    {{ print('  Changed since their checksums were recorded: ' ~ changed | join(', ') ~ '. `nqp verify` says how.') }}
  {%- endif -%}
{% endmacro %}
