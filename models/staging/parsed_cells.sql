-- Mapped cells that are not blank, with region, year and number read, the recorded correction
-- applied beside the delivered figure, and the first reason (if any) why the cell cannot be used.
with read as (
  select
    c.file,
    c.sheet,
    c.row_no,
    c.col_no,
    c.text,
    c.clean,
    c.region_text,
    coalesce(nullif(m.year_text, ''), c.year_text) as year_text,
    c.doubt,
    c.doubt_detail,
    m.manifest_row,
    m.level,
    m.series_id,
    m.source_id,
    m.vintage,
    m.priority,
    m.unit,
    i.has_decimal_commas,
    r.region_key is not null as region_known,
    r.region_code,
    r.valid_to,
    u.hint as region_hint,
    {{ parse_year("coalesce(nullif(m.year_text, ''), c.year_text)") }} as year,
    coalesce(
      {{ convert_unit(parse_number('c.clean'), 'm.unit_factor', 'm.series_unit_factor') }},
      -- 12.5% is 0.125, whichever share the column is said to hold
      case when m.is_share then {{ convert_unit(parse_percent('c.clean'), '0.01', 'm.series_unit_factor') }} end
    ) as value_delivered,
    {{ convert_unit('k.new_number', 'm.unit_factor', 'm.series_unit_factor') }} as value_corrected,
    {{ parse_percent('c.clean') }} is not null as has_percent_sign,
    k.file is not null as corrected,
    nullif(concat_ws(
      '; ',
      case when c.clean <> trim({{ plain_minus('c.text') }}, ' ') then 'full-width characters or spaces' end,
      case when {{ plain_minus('c.text') }} <> c.text then 'typographic minus' end,
      case when {{ strip_footnote('c.clean') }} <> c.clean then 'footnote mark' end,
      case when regexp_matches(c.clean, '\d[, ]\d') then 'thousands separators' end,
      case when {{ parse_percent('c.clean') }} is not null then 'percent sign' end
    ), '') as repair
  from {{ ref('cells') }} as c
  inner join {{ ref('manifest') }} as m on c.manifest_row = m.manifest_row
  inner join {{ ref('mapped_items') }} as i on c.manifest_row = i.manifest_row and c.sheet = i.sheet
  left join {{ ref('region_names') }} as r
    on m.level = r.level and m.names_source is not distinct from r.source_id and {{ region_key('c.region_text') }} = r.region_key
  left join {{ ref('unknown_regions') }} as u
    on m.level = u.level and m.names_source is not distinct from u.source_id and {{ region_key('c.region_text') }} = u.region_key
  left join {{ ref('corrections') }} as k
    on c.file = k.file and c.sheet = k.sheet and c.row_no = k.row_no and c.col_no = k.col_no
  where c.class = 'value'
),

-- 11 is a code of Beijing's, but not in a column that also has 1: that one counts rows.
numbered as (
  select
    *,
    regexp_full_match(region_text, '\d{1,2}')
    and bool_or(not region_known and regexp_full_match(region_text, '\d{1,2}')) over (partition by file, sheet)
      as is_row_number
  from read
),

judged as (
  select
    *,
    case when corrected then value_corrected else value_delivered end as value,
    case
      when doubt is not null then doubt
      when coalesce(region_text, '') = '' and coalesce(year_text, '') = '' then 'row has no region and no year'
      when coalesce(region_text, '') = '' then 'no region'
      when not region_known or is_row_number then 'region not recognised'
      when region_code is null then 'total of several regions, not a region'
      when coalesce(year_text, '') = '' then 'no year'
      when year is null then 'year not recognised'
      when year > year(valid_to) then 'region abolished by that year'
      when corrected then null
      when value_delivered is null and has_percent_sign then 'percentage in a column of another unit'
      when value_delivered is null then 'not a number'
      when has_decimal_commas and regexp_matches(clean, '[,.]') then 'decimal comma or thousands separator'
    end as key_reason
  from numbered
),

-- Within one source a key may stand once. Copies that agree keep the first, copies that
-- disagree keep none: nobody can say which is right.
counted as (
  select
    *,
    row_number() over same_key as copy_no,
    min(value) over (partition by source_id, level, series_id, region_code, year, key_reason) as lowest,
    max(value) over (partition by source_id, level, series_id, region_code, year, key_reason) as highest,
    first_value(concat_ws(' ', nullif(sheet, ''), concat('row ', row_no), concat('column ', col_no)))
      over same_key as first_place
  from judged
  window same_key as (
    partition by source_id, level, series_id, region_code, year, key_reason
    order by file, length(sheet), sheet, row_no, col_no
  )
),

explained as (
  select
    *,
    case key_reason
      when 'region not recognised' then case when is_row_number then 'a row number?' else region_hint end
      when 'region abolished by that year' then concat('it was one until ', valid_to)
      when 'year not recognised' then {{ year_hint('year_text') }}
      when 'percentage in a column of another unit' then concat('the manifest says ', unit)
      when 'decimal comma or thousands separator' then 'other cells of the column have a decimal comma'
      when 'not a number' then {{ number_hint('clean') }}
      else doubt_detail
    end as hint
  from counted
)

select
  file,
  sheet,
  row_no,
  col_no,
  text,
  region_text,
  year_text,
  manifest_row,
  level,
  series_id,
  source_id,
  vintage,
  priority,
  region_code,
  year,
  value,
  value_delivered,
  corrected,
  repair,
  case
    when key_reason is not null then key_reason
    when lowest <> highest then 'conflicting copies of one key'
    when copy_no > 1 then 'duplicate'
  end as reason,
  case
    when key_reason is not null
      then concat_ws('; ', concat('region ', {{ quoted('region_text') }}, ', year ', {{ quoted('year_text') }}), hint)
    when lowest <> highest then concat('values from ', lowest, ' to ', highest)
    when copy_no > 1 then concat('repeats ', first_place)
  end as detail
from explained
