-- Sheets with texts beside the figures that are not known to be harmless; the first figure represents its sheet.
with described as (
  select
    file,
    sheet,
    string_agg(
      concat(case when row_no > 0 then concat('row ', row_no, ' reads ') else 'the sheet is named ' end, {{ quoted('text') }}),
      '; ' order by row_no, col_no
    ) as detail
  from {{ ref('doubtful_texts') }}
  where effect = 'listed'
  group by file, sheet
),

first_figures as (
  select *
  from {{ ref('observations') }}
  qualify row_number() over (partition by file, sheet order by row_no, col_no) = 1
)

select
  f.level, f.series_id, f.source_id, f.region_code, f.year,
  'text beside the table' as rule,
  concat_ws(' ', f.file, f.sheet) as fault,
  {{ size_of_tenfold_error() }} as size,
  t.detail
from described as t
inner join first_figures as f on t.file = f.file and t.sheet = f.sheet
