-- Where every cell went, per file: cells = staged + rejected + blank + structural + not mapped.
-- A test holds the sum to the count of raw cells.
with outcome as (
  select
    c.file,
    case
      when c.class = 'value' and p.reason is null then 'staged'
      when c.class = 'value' then 'rejected'
      when c.class in ('header', 'key', 'note') then 'structural'
      else c.class
    end as outcome
  from {{ ref('cells') }} as c
  left join {{ ref('parsed_cells') }} as p
    on c.file = p.file and c.sheet = p.sheet and c.row_no = p.row_no and c.col_no = p.col_no
)

select
  file,
  count(*) as cells,
  count(case when outcome = 'staged' then 1 end) as staged,
  count(case when outcome = 'rejected' then 1 end) as rejected,
  count(case when outcome = 'blank' then 1 end) as blank,
  count(case when outcome = 'structural' then 1 end) as structural,
  count(case when outcome = 'not mapped' then 1 end) as not_mapped
from outcome
group by file
