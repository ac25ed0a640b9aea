{#- What is done with texts and figures in the same way on every engine; macros/engine/text.sql has the rest. -#}

{#- The minus signs of typesetters as the keyboard's. -#}
{% macro plain_minus(text) -%}
  translate({{ text }}, '−﹣–‐‑', '-----')
{%- endmacro %}

{#- Marks with which yearbooks say "no figure". -#}
{% macro is_missing_mark(clean) -%}
  lower({{ clean }}) in (
    '', '-', '--', '—', '——', '―', '.', '…', '……', '...', '/', 'na', 'n/a', 'n.a.', 'nan', '<na>', 'null',
    'none', '#n/a', '缺失', '暂无', '暂缺', '空'
  )
{%- endmacro %}

{#- The number before a percent sign, or null where there is no such thing. -#}
{% macro parse_percent(clean) -%}
  case when right({{ clean }}, 1) = '%'
    then {{ parse_number("trim(left(" ~ clean ~ ", length(" ~ clean ~ ") - 1))") }}
  end
{%- endmacro %}

{#- A sheet in a message: its file, and its name where it has one. -#}
{% macro file_and_sheet(file, sheet) -%}
  concat({{ visible(file) }}, case when {{ sheet }} <> '' then concat(' sheet ', {{ quoted(sheet) }}) else '' end)
{%- endmacro %}

{#- A figure in another unit. Dividing by 10000 rounds once, multiplying by 0.0001 twice, and then
    two sources that agree would differ in the last digit. -#}
{% macro convert_unit(number, factor, into_factor) -%}
  case when {{ factor }} >= {{ into_factor }}
    then ({{ number }}) * ({{ factor }} / {{ into_factor }})
    else ({{ number }}) / ({{ into_factor }} / {{ factor }})
  end
{%- endmacro %}

{#- The words of a group that meet a condition, as one pattern, of which the longer ones match first. -#}
{% macro any_of_words(condition) -%}
  string_agg({{ word_pattern('word') }}, '|' order by length(word) desc, word) filter (where {{ condition }})
{%- endmacro %}
