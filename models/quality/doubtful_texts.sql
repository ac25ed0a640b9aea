-- Texts beside the figures that are not known to be harmless, and their effect: a text `rejects` the figures below
-- it, or is `listed` in quality.review, once for each sheet. A row of accepted_texts.csv accepts a text.
with texts as (
  select t.*, v.verdict, v.word
  from {{ ref('context_texts') }} as t
  inner join {{ ref('context_verdicts') }} as v
    on t.file = v.file and t.sheet = v.sheet and t.place = v.place and t.text = v.text
),

heads as (
  select file, sheet, col_no, verdict from texts where place like 'head of%'
),

-- Columns that say something of some of the rows, as remarks do; an attribute of a region stands in all.
remarks as (
  select s.file, s.sheet, s.col_no, s.holds
  from {{ ref('side_columns') }} as s
  inner join {{ ref('headings') }} as h on s.sheet_id = h.sheet_id and s.col_no = h.col_no and not h.is_unit
  inner join (select sheet_id, count(*) as n from {{ ref('sheet_rows') }} where place = 'data' group by sheet_id) as d
    on s.sheet_id = d.sheet_id and s.cells < d.n
  where s.holds in ('texts', 'unit')
),

doubtful as (
  select
    t.file, t.sheet, t.row_no, t.col_no, t.text, t.place,
    case
      when t.place in ('below heading', 'between') or (t.place in ('title', 'sheet') and t.verdict = 'telling') then 'rejects'
      else 'listed'
    end as effect
  from texts as t
  left join heads as h on t.file = h.file and t.sheet = h.sheet and t.col_no = h.col_no
  left join remarks as r on t.file = r.file and t.sheet = r.sheet and t.col_no = r.col_no
  where t.verdict in ('telling', 'unknown') and t.place <> 'name'
    and case
      when t.place <> 'in a column' or h.file is null then true
      -- if the heading of the column is in doubt too, it is listed instead of the texts below it
      when h.verdict in ('telling', 'unknown') then false
      else t.verdict = 'telling' or (r.file is not null and coalesce(h.verdict, '') <> 'accepted')
    end
  union all
  select r.file, r.sheet, min(e.row_no), r.col_no, e.unit_text, 'in a column', 'listed'
  from remarks as r
  inner join {{ ref('side_rows') }} as e on r.file = e.file and r.sheet = e.sheet
  where r.holds = 'unit' and e.unit_text is not null
  group by r.file, r.sheet, r.col_no, e.unit_text
  union all
  -- a name beside a key that says another region, while a third says the key's
  select e.file, e.sheet, min(e.row_no), e.other_col, e.other_region, 'beside a key', 'listed'
  from {{ ref('side_rows') }} as e
  where e.other_col is not null and e.is_confirmed
  group by e.file, e.sheet, e.other_col, e.other_region
),

accepted as (
  {{ accepted_contexts() }}
)

select
  d.file,
  d.sheet,
  cast(d.row_no as integer) as row_no,
  cast(d.col_no as integer) as col_no,
  d.place,
  d.text,
  d.effect,
  min(i.source_id) as source_id
from doubtful as d
inner join {{ ref('sheet_items') }} as i on d.file = i.file and d.sheet = i.sheet
left join accepted as a on d.file = a.file and d.sheet = a.sheet and {{ context_key('d.text') }} = a.context_key
where a.file is null
group by all
