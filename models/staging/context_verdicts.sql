-- The verdict on each text beside the figures of each sheet. `accepted`: accepted_texts.csv has it. `understood`: it
-- consists of statements of the manifest, units, names of regions, years and harmless words. `telling`: one of its
-- other words (telling_words) means that the figures are something else. `unknown`: any other text.
with texts as (
  select distinct t.file, t.sheet, t.place, t.text, t.context_key
  from {{ ref('context_texts') }} as t
),

stated as (
  select file, sheet, string_agg(regexp_escape(label), '|' order by length(label) desc, label) as labels
  from (
    select distinct
      file,
      sheet,
      trim(regexp_replace(unnest([
        {{ context_key('label_zh') }}, {{ context_key('label_en') }}, {{ context_key('item_heading') }}
      ]), '\([^()]*\)$|/[^()/]*$', '')) as label
    from {{ ref('sheet_items') }}
  )
  where length(label) > 1
  group by file, sheet
),

units_known as (
  select
    context_key,
    string_agg(regexp_escape(phrase), '|' order by length(phrase) desc, phrase) filter (where is_known) as phrases,
    any_value(phrase) filter (where says_unit and not is_known) as unknown_unit
  from (select distinct context_key, phrase, is_known, says_unit from {{ ref('context_units') }})
  group by context_key
),

words as (
  select
    string_agg({{ word_pattern('word') }}, '|' order by length(word) desc, word)
    filter (where place = 'any') as of_heads,
    string_agg({{ word_pattern('word') }}, '|' order by length(word) desc, word) as of_texts
  from (
    select word, place from {{ ref('harmless_words') }}
    union
    select unnest([name_zh, short_zh, lower(name_en)]), 'any' from {{ ref('regions') }} where level = 'province'
  )
),

tellers as (
  select
    string_agg({{ word_pattern('word') }}, '|' order by length(word) desc, word)
    filter (where kind not in ('unit_column', 'key_column')) as of_texts,
    string_agg({{ word_pattern('word') }}, '|' order by length(word) desc, word)
    filter (where kind <> 'unit_column') as of_heads
  from {{ ref('telling_words') }}
),

-- Without what the manifest states and what units it names.
left_over as (
  select
    t.*,
    u.unknown_unit,
    -- 2020q3 is a year and a word
    regexp_replace(
      regexp_replace(
        regexp_replace(t.context_key, coalesce(u.phrases, '\A\z'), ' ', 'g'), coalesce(s.labels, '\A\z'), ' ', 'g'
      ), '\b(\d{4})([a-z])', '\1 \2', 'g'
    ) as said
  from texts as t
  left join stated as s on t.file = s.file and t.sheet = s.sheet
  left join units_known as u on t.context_key = u.context_key
),

judged as (
  select
    l.* exclude (unknown_unit),
    regexp_replace(
      regexp_replace(
        regexp_replace(l.said, case when l.place like 'head of%' then w.of_heads else w.of_texts end, ' ', 'g'),
        '^[(]?([一二三四五六七八九十]+|\d+([-.]\d+)*)[)]?[、. ]', ' '
      ),
      '\d{4}年?([-~—至]\d{4}年?)?|[〇零○一二三四五六七八九]{4}|\b(sheet)?\d+(-\d+)*\b|\b[a-z]\b|[^\pL±]+', '', 'g'
    ) as rest,
    coalesce(case when l.place <> 'foot' then l.unknown_unit end, '') as unknown_unit,
    case when l.place like 'head of%' then regexp_extract(regexp_replace(l.said, w.of_heads, ' ', 'g'), t.of_heads)
      else regexp_extract(l.said, t.of_texts)
    end as word
  from left_over as l
  cross join words as w
  cross join tellers as t
),

accepted as (
  {{ accepted_contexts() }}
)

select
  j.file,
  j.sheet,
  j.place,
  j.text,
  j.context_key,
  coalesce(nullif(j.unknown_unit, ''), j.word) as word,
  case
    when a.file is not null then 'accepted'
    when j.unknown_unit <> '' then 'telling'
    when j.rest = '' and j.word = '' then 'understood'
    when r.region_key is not null then 'understood'
    -- whole numbers from 1 to 12 are figures, unless their heading says that they count quarters or the like
    when j.place = 'head of small numbers' and coalesce(w.kind, '') not in ('period', 'key_column') then 'understood'
    when j.word <> '' and not (j.place = 'title' and regexp_matches(j.said, '[和及与、]')) then 'telling'
    else 'unknown'
  end as verdict
from judged as j
inner join (select distinct file, sheet, level from {{ ref('sheet_items') }}) as i
  on j.file = i.file and j.sheet = i.sheet
left join {{ ref('telling_words') }} as w on j.word = w.word and w.kind <> 'unit_column'
left join accepted as a on j.file = a.file and j.sheet = a.sheet and j.context_key = a.context_key
left join {{ ref('region_names') }} as r
  on i.level = r.level and r.source_id is null and {{ region_key('j.context_key') }} = r.region_key
