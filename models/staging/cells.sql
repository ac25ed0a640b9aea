-- Every raw cell, classified once, with the texts that say its region, year and item.
-- class: value | blank | header | key | note | not mapped. Nothing is dropped here.
-- doubt: why the place of a cell does not say for sure what its figure means.
-- A sheet of one series is of it in all its columns, those behind the last heading too.
with sheets_ as (
  select b.sheet_id, m.manifest_row
  from {{ ref('blocks') }} as b
  inner join {{ ref('sheet_items') }} as m on b.file = m.file and b.sheet = m.sheet and m.item_axis = 'file'
),

-- Read twice, the second time for the few sheets that name another unit or year: kept in memory it would take longer.
placed as not materialized (
  select
    c.sheet_id, c.file, c.sheet, c.row_no, c.col_no, c.text, c.clean, c.number, c.is_blank, c.is_hidden, c.in_key_column,
    c.year_row, b.region_axis, b.year_axis, h.heading, h.year_heading, h.is_unit, h.hidden_is_wanted,
    h.from_row, h.doubt as column_doubt, l.is_header, l.place, l.filled, l.region_label, l.year_label, l.has_unit,
    l.unit_text, l.province_code, l.doubt as row_doubt,
    case when not c.in_key_column and not coalesce(h.is_unit, false) then
        case b.item_axis when 'row' then l.manifest_row when 'column' then h.manifest_row else s.manifest_row end
    end as manifest_row
  from {{ ref('sheet_cells') }} as c
  left join {{ ref('blocks') }} as b on c.sheet_id = b.sheet_id
  left join sheets_ as s on c.sheet_id = s.sheet_id
  left join {{ ref('column_meanings') }} as h on c.sheet_id = h.sheet_id and c.col_no = h.col_no
  left join {{ ref('row_meanings') }} as l on c.sheet_id = l.sheet_id and c.row_no = l.row_no
),

-- Most cells of most files are in no row of the manifest, and nothing is said of them.
labelled as not materialized (
  select
    *,
    case when manifest_row is not null then
        case region_axis when 'row' then region_label when 'column' then heading end
    end as region_text,
    case when manifest_row is not null then
        case year_axis when 'row' then year_label when 'column' then year_heading end
    end as year_text,
    case
      when manifest_row is null then null
      when is_hidden and not hidden_is_wanted
        then { reason: 'hidden in the file', detail: 'its row or column is not shown' }
      when starts_with(clean, '[struck out: ') then { reason: 'struck out in the file', detail: null }
      when row_doubt is not null then row_doubt
      when from_row < row_no and row_no > year_row then column_doubt
    end as doubt
  from placed
),

other_spans as (
  select
    i.sheet_id, d.manifest_row, d.from_row, d.until_row, d.col_no, d.until_col, d.first_year, d.last_year,
    'another unit beside the table' as reason, d.detail
  from {{ ref('unit_spans') }} as d
  inner join {{ ref('sheet_items') }} as i on d.manifest_row = i.manifest_row and d.sheet = i.sheet
  where not d.fits
  union all
  select
    sheet_id, manifest_row, from_row, until_row, col_no, until_col, first_year, last_year,
    'another year beside the table', detail
  from {{ ref('year_spans') }}
),

said_otherwise as (
  select c.sheet_id, c.row_no, c.col_no, arg_min(d.reason, d.detail) as reason, min(d.detail) as detail
  from labelled as c
  inner join other_spans as d
    on c.sheet_id = d.sheet_id and c.manifest_row = d.manifest_row
    and c.row_no > greatest(d.from_row, c.year_row) and (d.until_row is null or c.row_no <= d.until_row)
    and (d.col_no is null or c.col_no between d.col_no and d.until_col)
    and (d.first_year is null or {{ parse_year('c.year_text') }} >= d.first_year)
    and (d.last_year is null or {{ parse_year('c.year_text') }} <= d.last_year)
  where not coalesce(c.has_unit, false)
  group by c.sheet_id, c.row_no, c.col_no
),

classified as (
  select
    c.*,
    d.reason as other_reason,
    d.detail as other_detail,
    case
      when c.sheet_id is null then 'not mapped'
      when c.row_no <= c.year_row or c.is_header then 'header'
      -- texts in a row without figures: below the headings, between the rows, at the foot; but digits in
      -- a column of figures may be a figure that cannot be read
      when c.place in ('below heading', 'between', 'foot') and c.clean <> ''
        and (c.number is null or c.number between {{ first_year() }} and {{ last_year() }})
        and case when c.in_key_column then c.filled = 1 else
            c.place = 'below heading' or c.manifest_row is null or not regexp_matches(c.clean, '\d')
        end
        then 'note'
      when c.in_key_column or c.is_unit then 'key'
      when c.manifest_row is null then 'not mapped'
      when c.is_blank then 'blank'
      else 'value'
    end as class
  from labelled as c
  left join said_otherwise as d on c.sheet_id = d.sheet_id and c.row_no = d.row_no and c.col_no = d.col_no
)

select
  file, sheet, row_no, col_no, text, class,
  -- to write each text twice takes longer than all else here
  case when class <> 'not mapped' then clean end as clean,
  region_text,
  year_text,
  manifest_row,
  manifest_row is not null and coalesce(has_unit, false) as has_unit,
  case when manifest_row is not null then unit_text end as unit_text,
  case when manifest_row is not null then province_code end as province_code,
  coalesce(struct_extract(doubt, 'reason'), other_reason) as doubt,
  case when doubt is not null then struct_extract(doubt, 'detail') else other_detail end as doubt_detail
from classified
