{#- The address of a cell as spreadsheets write it: row 720, column 6 is F720. -#}
{% macro cell_address(row_no, col_no) -%}
  concat(
    case when {{ col_no }} > 702 then chr(64 + ({{ col_no }} - 27) // 676) else '' end,
    case when {{ col_no }} > 26 then chr(65 + (({{ col_no }} - 27) // 26) % 26) else '' end,
    chr(65 + ({{ col_no }} - 1) % 26),
    {{ row_no }}
  )
{%- endmacro %}
