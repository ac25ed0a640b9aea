-- Which rows each analysis uses and which step lost the others. A view: the rows are stored once for each distinct
-- sample (sample_members).
{{ config(materialized='view') }}
select
  s.spec_id,
  m.region_code,
  m.year,
  m.used,
  m.weight,
  m.lost_at
from {{ ref('samples').include(database=false) }} as s
inner join {{ ref('sample_members').include(database=false) }} as m on s.sample_id = m.sample_id
