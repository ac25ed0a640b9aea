-- What the rules find in the printed tables; see docs/audit.md. They use the printed tables alone, no data.
select
  cast(paper as varchar) as paper,
  cast(table_number as integer) as table_number,
  cast(column_number as integer) as column_number,
  cast(term as varchar) as term,
  cast(rule as varchar) as rule,
  cast(severity as varchar) as severity,
  cast(numbers as varchar) as numbers,
  cast(sentence as varchar) as sentence,
  cast(sentence_zh as varchar) as sentence_zh
from {{ ref('est_published_audit') }}
