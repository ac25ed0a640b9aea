{#- The texts of each sheet that rows of accepted_texts.csv accept. what: of them (text), as `name`. -#}
{% macro accepted_texts_of_sheets(what, name) -%}
  select distinct i.file, i.sheet, a.{{ name }}
  from (select source_id, file, sheet, {{ what }} as {{ name }} from {{ ref('raw_accepted_texts') }}) as a
  inner join {{ ref('sheet_items') }} as i
    on a.source_id = i.source_id and a.file in ('', i.file) and a.sheet in ('', i.sheet)
{%- endmacro %}

{#- Those beside figures, as they are compared. -#}
{% macro accepted_contexts() -%}
  {{ accepted_texts_of_sheets(context_key(clean_text('text')), 'context_key') }}
{%- endmacro %}

{#- The column that holds a key: by its number (#2) or by its heading in the header row,
    whole or its first line. -#}
{% macro key_column(key) -%}
  coalesce(
    case when any_value(placed.{{ key }}_key) like '#%'
      then {{ whole_number('substr(any_value(placed.' ~ key ~ '_key), 2)') }}
    end,
    min(case when cells.heading = placed.{{ key }}_heading then cells.col_no end),
    min(case when cells.first_line = placed.{{ key }}_heading then cells.col_no end)
  )
{%- endmacro %}

{#- The same once found; null where the layout has that key in the header, else the build stops. -#}
{% macro found_key_column(key) -%}
  case when placed.{{ key }}_axis = 'row' then {{ or_stop('keys.' ~ key ~ '_col', [
    'placed.listed', "': in '", file_and_sheet('placed.file', 'placed.sheet'),
    "' no column is headed '", quoted('placed.' ~ key ~ '_key'), "'. Row '", 'header_rows.header_row',
    "' reads: '", "coalesce(" ~ first_dozen('keys.headings') ~ ", 'nothing')",
    "'. Correct " ~ key ~ "_key in the manifest (a heading, or #2 for the second column).'"
  ]) }} end
{%- endmacro %}
