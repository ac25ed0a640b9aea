-- Mapped cells that are not blank, with region, year and number read, the recorded correction applied beside the
-- delivered figure, and the first reason (if any) why the cell by itself cannot be used. No table: a part of the query
-- of parsed_cells, because to write these rows and read them again takes longer than to make them.
{{ config(materialized='ephemeral') }}
with row_units as (
  select {{ unit_key(context_key('s.spelling')) }} as spelling, u.dimension, min(u.factor) as factor
  from {{ ref('unit_spellings') }} as s
  inner join {{ ref('units') }} as u on s.unit = u.unit
  group by {{ unit_key(context_key('s.spelling')) }}, u.dimension
),

keyed as (
  select
    c.*,
    m.level, m.series_id, m.source_id, m.vintage, m.priority, m.unit, m.is_share, m.series_unit_factor,
    m.year_axis, m.names_source,
    coalesce(nullif(m.year_text, ''), c.year_text) as year_said,
    i.has_decimal_commas,
    case when c.text like '[hidden: %]' then c.text[10:-2] else c.text end as shown,
    -- most figures: there is no need to look at these for what people write beside figures
    c.clean = c.text and {{ is_plain_number('c.clean') }} as is_plain,
    case when is_plain then split_part(c.clean, '.', 2) else regexp_extract(c.clean, '\.(\d+)', 1) end as decimals,
    case when c.has_unit then w.factor else m.unit_factor end as unit_factor,
    c.has_unit and w.factor <> m.unit_factor as is_in_own_unit,
    k.file is not null as corrected,
    k.new_number
  from {{ ref('cells') }} as c
  inner join {{ ref('manifest') }} as m on c.manifest_row = m.manifest_row
  inner join {{ ref('mapped_items') }} as i on c.manifest_row = i.manifest_row and c.sheet = i.sheet
  left join row_units as w
    on m.dimension = w.dimension
    and case when c.has_unit then {{ unit_key(unit_of_phrase(context_key('c.unit_text'))) }} end = w.spelling
  left join {{ ref('corrections') }} as k
    on c.file = k.file and c.sheet = k.sheet and c.row_no = k.row_no and c.col_no = k.col_no
  where c.class = 'value'
),

read as (
  select
    c.* exclude (year_text, new_number, shown, is_plain, decimals),
    c.year_said as year_text,
    r.is_known as region_known,
    r.region_code,
    r.valid_to,
    r.hint as region_hint,
    {{ parse_year('c.year_said') }} as year,
    coalesce(
      {{ convert_unit(parse_number('c.clean'), 'c.unit_factor', 'c.series_unit_factor') }},
      -- 12.5% is 0.125, whichever share the column is said to hold
      case when c.is_share then {{ convert_unit(parse_percent('c.clean'), '0.01', 'c.series_unit_factor') }} end
    ) as value_delivered,
    {{ convert_unit('c.new_number', 'c.unit_factor', 'c.series_unit_factor') }} as value_corrected,
    {{ parse_percent('c.clean') }} is not null as has_percent_sign,
    -- half a unit of the last digit: a rounded figure may differ from the true one by so much
    case when c.corrected or (not c.is_plain and regexp_matches(c.clean, '[eE]')) then 0
      else {{ convert_unit('0.5 * pow(10, -length(c.decimals))', 'c.unit_factor', 'c.series_unit_factor') }}
    end as leeway,
    nullif(concat_ws(
      '; ',
      case when not c.is_plain and c.clean <> trim({{ plain_minus('c.shown') }}, ' ') then 'full-width characters or spaces' end,
      case when not c.is_plain and {{ plain_minus('c.shown') }} <> c.shown then 'typographic minus' end,
      case when not c.is_plain and {{ strip_footnote('c.clean') }} <> c.clean then 'footnote mark' end,
      case when not c.is_plain and regexp_matches(c.clean, '\d[, ]\d') then 'thousands separators' end,
      case when not c.is_plain and {{ parse_percent('c.clean') }} is not null then 'percent sign' end,
      case when c.is_in_own_unit then 'unit of its row' end
    ), '') as repair
  from keyed as c
  left join {{ ref('region_texts') }} as r
    on c.file = r.file and c.sheet = r.sheet and c.level = r.level and c.region_text = r.region_text
    and c.names_source is not distinct from r.names_source and c.province_code is not distinct from r.province_code
),

judged as (
  select
    *,
    case when corrected then value_corrected else value_delivered end as value,
    case
      when doubt is not null then doubt
      when coalesce(region_text, '') = '' and coalesce(year_text, '') = '' then 'row has no region and no year'
      when coalesce(region_text, '') = '' then 'no region'
      when not region_known then 'region not recognised'
      when region_code is null then 'total of several regions, not a region'
      when coalesce(year_text, '') = '' then 'no year'
      when year is null then 'year not recognised'
      when year > year(valid_to) then 'region abolished by that year'
      when has_unit and unit_factor is null then 'another unit in its row'
      when corrected then null
      when value_delivered is null and has_percent_sign then 'percentage in a column of another unit'
      when value_delivered is null then 'not a number'
      when has_decimal_commas and regexp_matches(clean, '[,.]') then 'decimal comma or thousands separator'
    end as key_reason
  from read
),

explained as (
  select
    *,
    case key_reason
      when 'region not recognised' then region_hint
      when 'region abolished by that year' then concat('it was one until ', valid_to)
      when 'year not recognised' then {{ year_hint('year_text') }}
      when 'percentage in a column of another unit' then concat('the manifest says ', unit)
      when 'another unit in its row' then concat('it reads ', {{ quoted("coalesce(unit_text, '')") }}, ', the manifest says ', unit)
      when 'decimal comma or thousands separator' then 'other cells of the column have a decimal comma'
      when 'not a number' then {{ number_hint('clean') }}
      else doubt_detail
    end as hint
  from judged
)

select
  file, sheet, row_no, col_no, text, region_text, year_text, manifest_row, level, series_id, source_id, vintage,
  priority, region_code, year, value, value_delivered, leeway, corrected, repair,
  -- what tells lines of figures of one region apart: the row, where years run across, else the name
  case year_axis when 'column' then cast(row_no as {{ dbt.type_string() }}) else region_text end as line,
  key_reason as reason,
  case when key_reason is not null
      then concat_ws('; ', concat('region ', {{ quoted('region_text') }}, ', year ', {{ quoted('year_text') }}), hint)
  end as detail
from explained
