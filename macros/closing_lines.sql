{#- What the closing lines of a build say of its data, where there is anything to say. -#}
{% macro say_what_to_look_at() %}
  {%- set changed = run_query(
    "select file from " ~ target.database ~ ".quality.files where status = 'changed' order by file"
  ) -%}
  {%- if changed.rows -%}
    {{ print('  Changed since their checksums were recorded: ' ~ changed.columns[0].values() | join(', ') ~ '. `nqp verify` says how.') }}
  {%- endif -%}
  {%- for source, absent in run_query(absent_series()).rows -%}
    {{ print('  Optional and not there: ' ~ absent ~ ' of ' ~ source ~ '.') }}
  {%- endfor -%}
  {%- set lost = run_query(lost_cells()).rows[0] -%}
  {%- if lost[0] -%}
    {{ print(
      '  ' ~ '{:,}'.format(lost[0]) ~ (' cell' if lost[0] == 1 else ' cells') ~ ' could not be used (' ~ lost[1]
      ~ '): quality.rejected_cells lists ' ~ ('it.' if lost[0] == 1 else 'them.')
    ) }}
  {%- endif -%}
  {%- set unused = run_query(unused_sources()).columns[0].values() -%}
  {%- if unused -%}
    {{ print('  Read, but used by no study of this build, and so not checked: ' ~ unused | join(', ') ~ '.') }}
  {%- endif -%}
  {%- for listed, source, sources in run_query(aliases_without_source()).rows -%}
    {{ print('  ' ~ listed ~ ' is for the source ' ~ source ~ ', which no manifest of this build has; there are ' ~ sources ~ '.') }}
  {%- endfor -%}
  {%- for source, reason, cells, address, detail, remedy in run_query(rejections_in_words()).rows -%}
    {{ print('  Not used: ' ~ cells ~ ' of ' ~ source ~ ', ' ~ reason ~ ' (first ' ~ address ~ ': ' ~ detail ~ '). ' ~ remedy) }}
  {%- endfor -%}
  {%- for listed in run_query(texts_in_words()).rows -%}
    {{ print('  ' ~ listed[0]) }}
  {%- endfor -%}
  {%- for study, units, names in run_query(units_without_figures()).rows -%}
    {{ print('  Without a figure in ' ~ study ~ ': ' ~ units ~ ' of its roster (' ~ names ~ '). Give a source that has them, or take them out of the roster.') }}
  {%- endfor -%}
  {%- for term, wanted_by, sources in run_query(unknown_sources()).rows -%}
    {{ print('  No source of the manifest gives ' ~ term ~ ', which ' ~ wanted_by ~ ' would use; ' ~ sources ~ '.') }}
  {%- endfor -%}
{% endmacro %}

{#- How many cells were lost, and to which reasons; neither totals of several regions nor copies are a loss. -#}
{% macro lost_cells() %}
  select sum(cells), string_agg(concat(reason, ': ', cells), ', ' order by cells desc, reason)
  from (
    select reason, count(*) as cells
    from {{ target.database }}.quality.rejected_cells
    where reason not in ('total of several regions, not a region', 'duplicate')
    group by reason
  ) as reasons
{% endmacro %}

{#- Sources that serve no series of a study that is built: no expectation of a study looks at them. -#}
{% macro unused_sources() %}
  select distinct m.source_id
  from {{ target.database }}.staging.manifest as m
  left join {{ target.database }}.intermediate.study_sources as s on m.source_id = s.source_id
  where s.source_id is null
  order by m.source_id
{% endmacro %}

{#- Names of units that a study's aliases.csv gives for a source which there is not. -#}
{% macro aliases_without_source() %}
  select concat(d.file, ', line ', d.line), d.text, (
    select string_agg(distinct source_id, ', ' order by source_id) from {{ target.database }}.staging.manifest
  )
  from {{ target.database }}.raw.definitions as d
  where d.list = 'region_aliases' and d."column" = 'source_id' and d.study <> '' and d.text <> ''
    and d.text not in (select source_id from {{ target.database }}.staging.manifest)
  order by d.file, d.line
{% endmacro %}

{#- Series of optional rows of a manifest that no sheet gives. -#}
{% macro absent_series() %}
  select source_id, string_agg(series_id, ', ' order by series_id) as absent
  from (
    select m.source_id, m.series_id
    from {{ target.database }}.staging.manifest as m
    inner join {{ target.database }}.staging.mapped_items as i on m.manifest_row = i.manifest_row
    where m.is_optional
    group by m.source_id, m.series_id
    having bool_and(coalesce(i.is_absent, false))
  ) as series
  group by source_id
  order by source_id
{% endmacro %}

{#- Terms that pin a source (gdp@core_data) which does not give the series at the study's level. -#}
{% macro unknown_sources() %}
  select
    t.series_ref,
    string_agg(distinct concat(t.study, ' ', t.id), ', ' order by concat(t.study, ' ', t.id)) as wanted_by,
    coalesce('there are ' || string_agg(distinct o.source_id, ', ' order by o.source_id), 'no other does') as sources
  from {{ target.database }}.intermediate.definition_terms as t
  inner join {{ target.database }}.definitions.studies as s on t.study = s.study
  left join {{ target.database }}.staging.manifest as m
    on t.pinned_source = m.source_id and t.series_id = m.series_id and s.level = m.level
  left join {{ target.database }}.staging.manifest as o on t.series_id = o.series_id and s.level = o.level
  where t.pinned_source is not null and m.source_id is null
  group by t.series_ref
  order by t.series_ref
{% endmacro %}

{#- Rejected cells by source and reason, but for those of which nothing is lost. -#}
{% macro rejections_in_words() %}
  select
    source_id, reason, concat(cells, case when cells = 1 then ' cell' else ' cells' end),
    {{ cell_address('file', 'sheet', 'row_no', 'col_no') }}, coalesce(detail, ''), remedy
  from {{ target.database }}.quality.rejections
  where remedy <> 'Nothing is lost.'
  order by cells desc, source_id, reason
  limit 20
{% endmacro %}

{#- That texts beside figures wait for somebody to look at them. -#}
{% macro texts_in_words() %}
  select concat(
    count(*), case when count(*) = 1 then ' text' else ' texts' end, ' beside the figures of ',
    string_agg(distinct source_id, ', ' order by source_id),
    ' that nobody has accounted for: nqp review says which, and what accepts them.'
  )
  from {{ target.database }}.quality.doubtful_texts
  having count(*) > 0
{% endmacro %}

{#- Units of rosters without a single figure. -#}
{% macro units_without_figures() %}
  select
    study, count(*) as units,
    concat(
      {{ first_texts('region_name', 'region_code', 5) }},
      case when count(*) > 5 then ' …' else '' end
    ) as names
  from {{ target.database }}.quality.units_without_data
  group by study
  order by study
{% endmacro %}
