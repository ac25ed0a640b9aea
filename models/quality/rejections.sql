-- Rejected cells by source and reason, each with its first cell and what to do about it.
with counted as (
  select
    r.source_id,
    r.reason,
    count(*) as cells,
    arg_min({ file: r.file, sheet: r.sheet, row_no: r.row_no, col_no: r.col_no, detail: r.detail }, (r.file, r.sheet, r.row_no, r.col_no))
      as first_cell,
    arg_min(d.text, (d.file, d.sheet, d.row_no)) as doubtful_text
  from {{ ref('rejected_cells') }} as r
  left join {{ ref('doubtful_texts') }} as d
    on r.file = d.file and r.sheet = d.sheet and d.effect = 'rejects'
    and r.reason in ('below another heading', 'the sheet says that it holds something else')
  group by r.source_id, r.reason
)

select
  source_id,
  reason,
  cells,
  first_cell.file as file,
  first_cell.sheet as sheet,
  first_cell.row_no as row_no,
  first_cell.col_no as col_no,
  first_cell.detail as detail,
  case
    when doubtful_text is not null
      then concat(
          'If the text does no harm, accept it: add to accepted_texts.csv ',
          {{ accepted_row('source_id', 'first_cell.file', 'first_cell.sheet', 'doubtful_text') }}
        )
    when reason = 'hidden in the file'
      then concat(
          'If the hidden figures are meant, add to accepted_texts.csv ',
          {{ accepted_row('source_id', 'first_cell.file', 'first_cell.sheet', "'[hidden]'") }}
        )
    when reason in ('another unit beside the table', 'another unit in its row', 'percentage in a column of another unit')
      then 'Correct column unit of the manifest, or teach unit_spellings.csv the unit.'
    when reason in ('region not recognised', 'a district or a city of the same name')
      then 'If it is a region, add its spelling to catalogue/region_aliases.csv, or to aliases.csv of the study: level, alias, region_code, kind (spelling), note.'
    when reason = 'told apart by a column that is not mapped'
      then 'Keep in the file the rows that are meant, or save them in a sheet of their own.'
    when reason = 'one region in two lines'
      then 'Take out of the file the line that is of another region of the same name, or record its name in catalogue/region_aliases.csv (aliases.csv of a study).'
    when reason = 'another year beside the table'
      then 'Correct column year of the manifest, or take the rows of another year out of the file.'
    when reason in ('conflicting copies of one key', 'not a number', 'struck out in the file', 'code and name disagree')
      then 'Record what is right in corrections.csv, or mend the file.'
    when reason in ('duplicate', 'rounding of another figure', 'total of several regions, not a region', 'region abolished by that year')
      then 'Nothing is lost.'
    else 'Correct the keys or the header of the manifest, or mend the file.'
  end as remedy
from counted
