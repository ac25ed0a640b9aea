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

doubtful as (
  select
    t.file, t.sheet, t.row_no, t.col_no, t.text, t.place,
    case
      when t.place in ('below heading', 'between') or (t.place in ('title', 'sheet') and t.verdict = 'telling') then 'rejects'
      else 'listed'
    end as effect
  from texts as t
  left join heads as h on t.file = h.file and t.sheet = h.sheet and t.col_no = h.col_no
  where t.verdict in ('telling', 'unknown') and t.place <> 'name'
    and case
      when t.place <> 'in a column' or h.file is null then true
      -- if the heading of the column is in doubt too, it is listed instead of the texts below it
      when h.verdict in ('telling', 'unknown') then false
      else t.verdict = 'telling'
    end
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
