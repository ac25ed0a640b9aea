-- The verdict on each text beside the figures of each sheet. `accepted`: accepted_texts.csv has it. `understood`: it
-- consists of statements of the manifest, units, names of regions, years and harmless words. `telling`: one of its
-- other words (telling_words) means that the figures are something else. `unknown`: any other text.
with stated as (
  select file, sheet, string_agg(regexp_escape(label), '|' order by length(label) desc, label) as labels
  from (
    select distinct
      file, sheet, trim(regexp_replace(unnest([
        {{ context_key('label_zh') }}, {{ context_key('label_en') }}, {{ context_key('item_heading') }}
      ]), '\([^()]*\)$|/[^()/]*$', '')) as label
    from {{ ref('sheet_items') }}
    union
    -- of a table of nothing but sums of money, 金额 says nothing new
    select i.file, i.sheet, h.word
    from (
      select file, sheet from {{ ref('sheet_items') }} group by file, sheet having bool_and(starts_with(dimension, 'money'))
    ) as i
    inner join {{ ref('harmless_words') }} as h on h.place = 'money'
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

-- Harmless and telling words as patterns: those of headings of columns without figures, and those of other texts.
words as (
  select
    h.is_head,
    {{ any_of_words('not is_telling') }} as harmless,
    {{ any_of_words('is_telling') }} as telling,
    -- 年 is harmless, and a part of 半年, which is not
    {{ any_of_words('not is_telling and not contains(all_telling, word)') }} as harmless_apart
  from (
    select *, string_agg(case when is_telling then word end, ' ') over () as all_telling
    from (
      select word, false as is_telling, place = 'any' as in_heads, true as in_texts from {{ ref('harmless_words') }}
      where place <> 'money'
      union
      select unnest([name_zh, short_zh, lower(name_en)]), false, true, true from {{ ref('regions') }} where level = 'province'
      union all
      select word, true, kind <> 'unit_column', kind not in ('unit_column', 'key_column') from {{ ref('telling_words') }}
    )
  ) as w
  inner join (select unnest([true, false]) as is_head) as h on case when h.is_head then w.in_heads else w.in_texts end
  group by h.is_head
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
  from (select distinct file, sheet, place, text, context_key from {{ ref('context_texts') }}) as t
  left join stated as s on t.file = s.file and t.sheet = s.sheet
  left join units_known as u on t.context_key = u.context_key
),

-- A pattern of all words takes longer to prepare than to match, and is prepared for each row: so the texts stand in
-- one row, as lines (none of them has two), and are parted again.
together as (
  select
    w.is_head, any_value(w.telling) as telling, list(t.said order by t.said) as texts,
    string_agg(t.said, chr(10) order by t.said) as all_said,
    regexp_replace(all_said, any_value(w.harmless), ' ', 'g') as without_harmless,
    case when w.is_head then regexp_replace(all_said, any_value(w.harmless_apart), ' ', 'g') else all_said end as to_search
  from (select distinct place like 'head of%' as is_head, said from left_over) as t
  inner join words as w on t.is_head = w.is_head
  group by w.is_head
),

parted as (
  select
    is_head, unnest(texts) as said, unnest(string_split(without_harmless, chr(10))) as without_harmless,
    -- the words of a heading are looked for in what harmless ones leave
    unnest(string_split(
      regexp_replace(to_search, concat('(', telling, ')'), chr(9) || '\1' || chr(9), 'g'), chr(10)
    )) as with_marks
  from together
),

judged as (
  select
    l.* exclude (unknown_unit),
    regexp_replace(
      {{ without_number_in_front('p.without_harmless') }},
      '\d{4}年?([-~—至]\d{4}年?)?|[〇零○一二三四五六七八九]{4}|\b(sheet)?\d+(-\d+)*\b|\b[a-z]\b|[^\pL±=#△▲+¥￥$€£]+', '', 'g'
    ) as rest,
    coalesce(case when l.place <> 'foot' then l.unknown_unit end, '') as unknown_unit,
    regexp_extract(p.with_marks, '\t([^\t]*)\t', 1) as word,
    -- X, (1) or 表2 says that another part of the table begins, and not which; e beside a figure says something of it
    (l.place in ('between', 'below heading') or (l.place = 'in a column' and regexp_matches(l.said, '\pL')))
    and l.said = l.context_key
    and not regexp_matches(l.said, '\d{4}|[〇零○一二三四五六七八九]{4}|续|continued')
    and (regexp_matches(p.without_harmless, '[^\s():、,.;_=—…·-]') or regexp_full_match(l.said, '附?表|tables?')) as is_mark
  from left_over as l
  inner join parted as p on l.said = p.said and (l.place like 'head of%') = p.is_head
),

accepted as (
  {{ accepted_contexts() }}
)

select
  j.file, j.sheet, j.place, j.text, j.context_key,
  coalesce(nullif(j.unknown_unit, ''), j.word) as word,
  case
    when a.file is not null then 'accepted'
    when j.unknown_unit <> '' then 'telling'
    when j.place = 'head of parts' and j.word = '' then 'unknown'
    when j.rest = '' and j.word = '' and not j.is_mark then 'understood'
    when r.region_key is not null then 'understood'
    -- whole numbers from 1 to 12 are figures, unless their heading says that they count quarters or the like
    when j.place = 'head of small numbers' and coalesce(w.kind, '') not in ('period', 'key_column') then 'understood'
    when j.word <> '' and not (j.place = 'title' and regexp_matches({{ without_number_in_front('j.said') }}, '[和及与、]')) then 'telling'
    else 'unknown'
  end as verdict
from judged as j
inner join (select distinct file, sheet, level from {{ ref('sheet_items') }}) as i
  on j.file = i.file and j.sheet = i.sheet
left join {{ ref('telling_words') }} as w on j.word = w.word and w.kind <> 'unit_column'
left join accepted as a on j.file = a.file and j.sheet = a.sheet and j.context_key = a.context_key
left join {{ ref('region_names') }} as r
  on i.level = r.level and r.source_id is null and {{ region_key('j.context_key') }} = r.region_key
