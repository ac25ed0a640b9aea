-- The units that texts beside the figures name, each phrase apart: 单位:万元、人; (亿元); /万人; a text that is
-- nothing but a unit. unit is blank if unit_spellings does not have the spelling.
with keys as (
  select distinct context_key from {{ ref('context_texts') }}
),

phrases as (
  select
    context_key,
    unnest(list_distinct(list_concat(
      regexp_extract_all(context_key, '\([^()]*\)'),
      regexp_extract_all(context_key, '(?:计量)?(?:单位|\bunits?\b) ?[:为是]? ?[^()。]*'),
      regexp_extract_all(context_key, '/[^()/]*$'),
      regexp_extract_all(context_key, '\bin (\d[^()]*)$', 1),
      regexp_extract_all(context_key, '(?:以|按)([^以按计()]+)(?:计算|计价|计|为单位)', 1),
      [context_key]
    ))) as phrase
  from keys
),

pieces as (
  select
    context_key,
    phrase,
    regexp_matches(phrase, '^\(?(计量)?(单位|units?\b) ?[:为是]? ?[^:为是 )]') as says_unit,
    unnest(string_split_regex(
      {{ unit_key(unit_of_phrase('phrase')) }},
      '[,、;和及]'
    )) as spelling
  from phrases
),

spellings as (
  select {{ unit_key(context_key('spelling')) }} as spelling, unit from {{ ref('unit_spellings') }}
  union
  select {{ unit_key(context_key('label_zh')) }}, unit from {{ ref('units') }} where label_zh <> ''
  union
  select {{ unit_key(context_key('label_en')) }}, unit from {{ ref('units') }} where label_en <> ''
),

known as (
  select p.context_key, p.phrase, p.says_unit, p.spelling, s.unit, u.dimension
  from pieces as p
  left join spellings as s on trim(p.spelling) = s.spelling
  left join {{ ref('units') }} as u on s.unit = u.unit
  where trim(p.spelling) <> ''
)

select
  context_key,
  phrase,
  says_unit,
  spelling,
  unit,
  dimension,
  count(*) over (partition by context_key, phrase) = count(unit) over (partition by context_key, phrase) as is_known
from known
