{#- Functions that the files of a build hold, the published one too, so that the commands that ask about cells
    (trace, correct, review) compare and print them by the SQL that read them. -#}

{#- Row and column as spreadsheets write them: row 720, column 6 is F720. -#}
{% macro cell_letters(row_no, col_no) -%}
  concat(
    case when {{ col_no }} > 702 then chr(cast(64 + ({{ col_no }} - 27) // 676 as integer)) else '' end,
    case when {{ col_no }} > 26 then chr(cast(65 + (({{ col_no }} - 27) // 26) % 26 as integer)) else '' end,
    chr(cast(65 + ({{ col_no }} - 1) % 26 as integer)),
    {{ row_no }}
  )
{%- endmacro %}

{#- The address of a cell, as the program that opens the file shows it: F720 of a sheet, row and column of a text
    file, observation and variable of a Stata file (whose first row is the names). -#}
{% macro cell_address(file, sheet, row_no, col_no) -%}
  case
    when {{ sheet }} <> '' then concat({{ file }}, ', ', {{ sheet }}, ', ', {{ cell_letters(row_no, col_no) }})
    when lower({{ file }}) like '%.dta'
      then concat({{ file }}, ', observation ', {{ row_no }} - 1, ', variable ', {{ col_no }})
    else concat({{ file }}, ', row ', {{ row_no }}, ', column ', {{ col_no }})
  end
{%- endmacro %}

{#- The statements that make the functions in a database. -#}
{% macro function_statements(database) %}
  {{ return([
    'create schema if not exists ' ~ database ~ '.quality',
    'create or replace macro ' ~ database ~ '.quality.region_key(said) as ' ~ region_key(clean_text('said')),
    'create or replace macro ' ~ database ~ '.quality.cell_address(file, sheet, row_no, col_no) as '
    ~ cell_address('file', 'sheet', 'row_no', 'col_no')
  ]) }}
{% endmacro %}

{#- The same, at the start of a build. -#}
{% macro make_functions() %}
  {{ function_statements(target.database) | join(';\n') }}
{% endmacro %}
