{#- Cleaning of cell texts. One macro per operation, so that a cell, a header and a manifest entry
    are always cleaned alike. -#}

{#- Half-width digits and punctuation, no white space at the ends (TAB, no-break and ideographic
    space, byte-order mark). -#}
{% macro clean_text(text) -%}
  trim(translate(
    {{ text }},
    '０１２３４５６７８９．，％（）－＋：' || chr(12288) || chr(160) || chr(65279) || chr(9) || chr(10) || chr(13),
    '0123456789.,%()-+:      '
  ))
{%- endmacro %}

{#- Marks with which yearbooks say "no figure". -#}
{% macro is_missing_mark(clean) -%}
  lower({{ clean }}) in (
    '', '-', '--', '—', '——', '–', '―', '…', '……', '...', '/', 'na', 'n/a', 'n.a.', 'nan', 'null',
    '#n/a', '缺失', '暂无', '暂缺', '空'
  )
{%- endmacro %}

{#- A footnote mark behind a figure: 123*, 123①, 123[1], 123(2). -#}
{% macro strip_footnote(clean) -%}
  regexp_replace({{ clean }}, '([0-9])\s*(\*+|[①-⑳]|\[\d+\]|\(\d{1,2}\)|注\d*)+$', '\1')
{%- endmacro %}

{#- A number, or null where the text is none: 1234.5, 1,234.5, 1 234.5, 12e3. Infinities are none. -#}
{% macro parse_number(clean) -%}
  {%- set bare = strip_footnote(clean) -%}
  case
    when regexp_full_match({{ bare }}, '[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?')
      then try_cast({{ bare }} as double)
    when regexp_full_match({{ bare }}, '[-+]?\d{1,3}([, ]\d{3})+(\.\d+)?')
      then try_cast(replace(replace({{ bare }}, ',', ''), ' ', '') as double)
  end
{%- endmacro %}

{#- A year: 2022, 2022年, 2022年度, 2022.0; null otherwise. -#}
{% macro parse_year(clean) -%}
  try_cast(nullif(regexp_extract({{ clean }}, '^((19|20)\d\d)(\.0+)?\s*年?度?$', 1), '') as integer)
{%- endmacro %}

{#- The form in which region names and codes are compared: 北 京 市 → 北京市, 1100.0 → 1100. -#}
{% macro region_key(clean) -%}
  regexp_replace(replace(lower({{ clean }}), ' ', ''), '\.0+$', '')
{%- endmacro %}

{#- A figure in another unit. Dividing by 10000 rounds once, multiplying by 0.0001 twice, and then
    two sources that agree would differ in the last digit. -#}
{% macro convert_unit(number, factor, into_factor) -%}
  case when {{ factor }} >= {{ into_factor }}
    then ({{ number }}) * ({{ factor }} / {{ into_factor }})
    else ({{ number }}) / ({{ into_factor }} / {{ factor }})
  end
{%- endmacro %}
