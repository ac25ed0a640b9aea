{#- Cleaning of cell texts, and what is said of them in messages: one macro per operation, so that a cell, a header
    and a manifest entry are always cleaned alike. Regular expressions, lists and casts differ between engines;
    behind the name of each operation stands the way in which DuckDB does it. -#}

{#- Half-width characters and no white space at the ends; spaces of other widths are spaces, marks
    that nobody sees (zero width, direction, byte order) are gone. TABs and line breaks inside stay:
    they part two texts, and never the thousands of one figure. Most cells need none of this: all
    these marks take several bytes, most figures none that does, and `translate` is slow. -#}
{% macro clean_text(text) -%}
  {{ return(adapter.dispatch('clean_text', 'nqp')(text)) }}
{%- endmacro %}

{% macro duckdb__clean_text(text) -%}
  {%- set spaces = '\u3000\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f' -%}
  {%- set unseen = '\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad' -%}
  trim(
    case when strlen({{ text }}) > length({{ text }}) and regexp_matches({{ text }}, '[！-～−﹣–‐‑{{ spaces ~ unseen }}]')
      then translate(
        {{ plain_minus(text) }},
        '０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ．，％（）－＋：；／＊［］｛｝＝＆＃＜＞～{{ spaces ~ unseen }}',
        '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,%()-+:;/*[]{}=&#<>~{{ " " * spaces | length }}'
      )
      else {{ text }}
    end,
    ' ' || chr(9) || chr(10) || chr(13)
  )
{%- endmacro %}

{#- A footnote mark behind a figure: 123*, 123①, 123[1], 123(2). -#}
{% macro strip_footnote(clean) -%}
  {{ return(adapter.dispatch('strip_footnote', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__strip_footnote(clean) -%}
  regexp_replace({{ clean }}, '([0-9])\s*(\*+|[①-⑳]|\[\d+\]|\(\d{1,2}\)|注\d*)+$', '\1')
{%- endmacro %}

{#- A number as most are written: nothing but digits, and a point. -#}
{% macro is_plain_number(clean) -%}
  {{ return(adapter.dispatch('is_plain_number', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__is_plain_number(clean) -%}
  regexp_full_match({{ clean }}, '\d{1,15}(\.\d{1,20})?')
{%- endmacro %}

{#- A number, or null where the text is none: 1234.5, 1,234.5, 1 234.5, 12e3. Infinities are not read
    (nor numbers that would become infinite in another unit), and neither is 0,123, because a comma
    behind a leading zero does not separate thousands. -#}
{% macro parse_number(clean) -%}
  {{ return(adapter.dispatch('parse_number', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__parse_number(clean) -%}
  {%- set bare = strip_footnote(clean) -%}
  case
    -- as most figures are written; the rest takes longer to look at
    when {{ is_plain_number(clean) }} then try_cast({{ clean }} as double)
    when length({{ bare }}) > 40 then null
    when regexp_full_match({{ bare }}, '[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?')
      then try_cast({{ bare }} as double)
    when regexp_full_match({{ bare }}, '[-+]?[1-9]\d{0,2}((,\d{3})+|( \d{3})+)(\.\d+)?')
      then try_cast(replace(replace({{ bare }}, ',', ''), ' ', '') as double)
  end
{%- endmacro %}

{#- A whole number, or null where the text is none. -#}
{% macro whole_number(text) -%}
  {{ return(adapter.dispatch('whole_number', 'nqp')(text)) }}
{%- endmacro %}

{% macro duckdb__whole_number(text) -%}
  try_cast({{ text }} as integer)
{%- endmacro %}

{#- True for texts that only a decimal comma explains: 2,5 and 1.234,56. Beside them 1,234 in the
    same column may be either. -#}
{% macro has_decimal_comma(clean) -%}
  {{ return(adapter.dispatch('has_decimal_comma', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__has_decimal_comma(clean) -%}
  regexp_full_match({{ clean }}, '[-+]?(\d+,(\d{1,2}|\d{4,})|0,\d+|\d{1,3}(\.\d{3})+,\d+)')
{%- endmacro %}

{#- A year: 2022, 2022年, 2022年度, 2022.0, its end (2022年末, 2022-12-31), in brackets, with a note mark, in Chinese
    digits (二〇二二年); null otherwise, and outside the years we keep. Most are plain digits, and figures are asked
    too: those are spared the look for anything else. -#}
{% macro parse_year(clean) -%}
  {{ return(adapter.dispatch('parse_year', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__parse_year(clean) -%}
  {%- set year -%}
    try_cast(nullif(regexp_extract(
      -- an apostrophe or a bracket in front; so asked, it takes no time to speak of
      case when strlen({{ clean }}) > length({{ clean }}) or ascii({{ clean }}) in (39, 40, 91)
          or suffix({{ clean }}, '*') or suffix({{ clean }}, ')')
          then translate({{ clean }}, '〇零○一二三四五六七八九()[]''’‘*①②③④⑤⑥⑦⑧⑨⑩', '000123456789')
        else {{ clean }}
      end,
      '^(\d{4})(?:(?:\.0+)?\s*(?:年?度?|年?[末底]|年终)|[-/.年]12[-/.月]31日?(?: 00:00:00)?)$', 1
    ), '') as integer)
  {%- endset -%}
  case when {{ year }} between {{ first_year() }} and {{ last_year() }} then {{ year }} end
{%- endmacro %}

{#- The form in which region names and codes are compared: 北 京 市 → 北京市, 1100.0 → 1100, and without
    the footnote marks beside a name (北京市*, ★北京市, 新疆①, 北京市(注)) or what spreadsheets put before a code to keep it a text
    ('1100, ="1100"). -#}
{% macro region_key(clean) -%}
  {{ return(adapter.dispatch('region_key', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__region_key(clean) -%}
  regexp_replace(
    regexp_replace(lower({{ clean }}), '^=?"|^[''’‘]|^[*★☆※△▲◆●]+|"$|\s', '', 'g'),
    '\.0+$|([^\d*★☆※△▲◆●])([*★☆※△▲◆●]+|[①-⑳]|\[\d+\]|\(\d{1,2}\)|\d\)|注\d*|\(注\d*\))+$', '\1'
  )
{%- endmacro %}

{#- Whether a region's key has the form of a code of its level in GB/T 2260: of six digits, or of twelve that end in
    six zeros. 340000 is a province, 340100 a city; 340123 is a county or district, which is neither. -#}
{% macro is_code_of_level(key, level) -%}
  case {{ level }}
    when 'province' then regexp_full_match({{ key }}, '[1-9]\d0000(000000)?')
    when 'city' then regexp_full_match({{ key }}, '[1-9]\d(\d[1-9]|[1-9]\d)00(000000)?')
    else false
  end
{%- endmacro %}

{#- A name in the traditional characters of its province or city, for names alone. ambiguous: also those that books
    in traditional characters print in either form (臺灣 and 台灣, 瀋陽 and 沈陽). -#}
{% macro traditional(name, ambiguous) -%}
  {{ return(adapter.dispatch('traditional', 'nqp')(name, ambiguous)) }}
{%- endmacro %}

{% macro duckdb__traditional(name, ambiguous) -%}
  {%- set simplified = '东丽义乌乐云亚伦兰关兴内冈凉则华卫厦吕吴坝壮头娄宁宝宾尔岗岛岭峡广庄庆开张彦怀扬抚无晋来枣树荆毕汉沧泸泽济温滨潍烟玛盐盘红纳绍绥维绵肃节芜芦苏莱营萨许贝贡贵贺资赣辽达迁运远连郑郸钦铁铜银锡锦镇长门阳陇陕随顶顺颇饶马驻鲁鲜鸡鸭鹤鹰黄齐龙区县丰临双' -%}
  {%- set traditional = '東麗義烏樂雲亞倫蘭關興內岡涼則華衛廈呂吳壩壯頭婁寧寶賓爾崗島嶺峽廣莊慶開張彥懷揚撫無晉來棗樹荊畢漢滄瀘澤濟溫濱濰煙瑪鹽盤紅納紹綏維綿肅節蕪蘆蘇萊營薩許貝貢貴賀資贛遼達遷運遠連鄭鄲欽鐵銅銀錫錦鎮長門陽隴陝隨頂順頗饒馬駐魯鮮雞鴨鶴鷹黃齊龍區縣豐臨雙' -%}
  translate({{ name }}, '{{ simplified ~ ("台沈余" if ambiguous else "") }}', '{{ traditional ~ ("臺瀋餘" if ambiguous else "") }}')
{%- endmacro %}

{#- What numbers the columns of a form: (1), ②, 甲, B. -#}
{% macro is_numbering(clean) -%}
  {{ return(adapter.dispatch('is_numbering', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__is_numbering(clean) -%}
  regexp_full_match({{ clean }}, '\(?(\d{1,2}|[一二三四五六七八九十]{1,2}|[甲乙丙丁戊己庚辛壬癸]|[A-Za-z])\)?|[①-⑳⑴-⒇]')
{%- endmacro %}

{#- A text without the number of its chapter or table: 一、, (2), 3-1. -#}
{% macro without_number_in_front(text) -%}
  {{ return(adapter.dispatch('without_number_in_front', 'nqp')(text)) }}
{%- endmacro %}

{% macro duckdb__without_number_in_front(text) -%}
  regexp_replace({{ text }}, '^[(]?([一二三四五六七八九十]+|\d+([-.]\d+)*)[)]?[、. ]', ' ')
{%- endmacro %}

{#- Nothing but marks that lead to a note. -#}
{% macro is_note_mark(clean) -%}
  {{ return(adapter.dispatch('is_note_mark', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__is_note_mark(clean) -%}
  regexp_full_match({{ clean }}, '\s*(\*+|[①-⑳]|\[\d+\]|\(\d{1,2}\)|注\d*)+\s*')
{%- endmacro %}

{#- The first line of a heading, by which a manifest may name it. -#}
{% macro first_line(clean) -%}
  {{ return(adapter.dispatch('first_line', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__first_line(clean) -%}
  trim(regexp_extract({{ clean }}, '^[^\r\n]*'))
{%- endmacro %}

{#- The other lines of a heading; blank where there is one. -#}
{% macro other_lines(clean) -%}
  {{ return(adapter.dispatch('other_lines', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__other_lines(clean) -%}
  trim(substr({{ clean }}, length({{ first_line(clean) }}) + 1), chr(10) || chr(13) || ' ')
{%- endmacro %}

{#- The form in which headings are compared: 地 区 → 地区, GDP【亿元】 → GDP(亿元). -#}
{% macro heading_key(clean) -%}
  {{ return(adapter.dispatch('heading_key', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__heading_key(clean) -%}
  case when regexp_matches({{ clean }}, '[\s\[\]【】〔〕{}]')
    then translate(regexp_replace({{ clean }}, '\s', '', 'g'), '[]【】〔〕{}', '()()()()')
    else {{ clean }}
  end
{%- endmacro %}

{#- The form in which texts beside the figures are compared: small letters, simplified characters, one
    kind of brackets, one space between words of an alphabet and none beside Chinese. -#}
{% macro context_key(clean) -%}
  {{ return(adapter.dispatch('context_key', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__context_key(clean) -%}
  {%- set traditional = '間歷稱編碼號單位萬億總產數據來資值區縣鄉鎮農城鄉業費經濟財預資稅與較環長減變動構佔額戶個項噸時標準煤國統計註專東畝價會傳體餘劃創別製勞廠曆發員圍場圓處實寬對屬歲幣帶庫廢開強當徑術機權氣匯測漲點煥現電積種類級緯線組結絕績續綠網聯營範補裝規覽記話說請貨質貸貿軟輸運轄進釋裡裏鑒鑑銷際頁內' -%}
  {%- set simplified = '间历称编码号单位万亿总产数据来资值区县乡镇农城乡业费经济财预资税与较环长减变动构占额户个项吨时标准煤国统计注专东亩价会传体余划创别制劳厂历发员围场元处实宽对属岁币带库废开强当径术机权气汇测涨点焕现电积种类级纬线组结绝绩续绿网联营范补装规览记话说请货质贷贸软输运辖进释里里鉴鉴销际页内' -%}
  regexp_replace(
    regexp_replace(
      regexp_replace(
        regexp_replace(
          translate(lower({{ clean }}), '[]【】〔〕{}{{ traditional }}', '()()()(){{ simplified }}'), '\s+', ' ', 'g'
        ),
        ' ?([^\x00-\x7f]) ?', '\1', 'g'
      ),
      '\b(?:mn|mln)\b', 'million', 'g'
    ),
    -- yuan is the money of the RMB: 亿元(人民币), RMB 100 million yuan, 人民币(亿元)
    '(^[元]|[^美欧日港韩加澳台]元|\byuan) ?\((?:rmb|renminbi|cny|人民币)\)|\b(?:rmb|renminbi|cny) ((?:\d[\d,]* ?)?(?:(?:thousand|million|billion) )?yuan\b)|人民币\(([^()]*[^美欧日港韩加澳台()]元)\)',
    '\1\2\3', 'g'
  )
{%- endmacro %}

{#- A spelling of a unit without spaces, and with its thousands together: 10,000 yuan → 10000yuan. -#}
{% macro unit_key(text) -%}
  {{ return(adapter.dispatch('unit_key', 'nqp')(text)) }}
{%- endmacro %}

{% macro duckdb__unit_key(text) -%}
  regexp_replace(regexp_replace({{ text }}, '\s', '', 'g'), '(\d),(\d\d\d)', '\1\2', 'g')
{%- endmacro %}

{#- What a phrase that names a unit says it is, without the word for unit, the prices, a slash and brackets around it. -#}
{% macro unit_of_phrase(phrase) -%}
  {{ return(adapter.dispatch('unit_of_phrase', 'nqp')(phrase)) }}
{%- endmacro %}

{% macro duckdb__unit_of_phrase(phrase) -%}
  regexp_replace(
    regexp_replace(
      regexp_replace(
        regexp_replace(regexp_replace({{ phrase }}, '^\((.*)\)$|^/', '\1'), '^(计量)?(单位|units?) ?[:为是]? ?|^in ', ''),
        '^\(((?:[^()]|\([^()]*\))*)\)$', '\1'
      ),
      ' ?\((按?(当年|现行?)价格?(计算)?|(at )?current prices)\)$', ''
    ),
    '^\(([^()]*)\)$', '\1'
  )
{%- endmacro %}

{#- The units that a text (as a context or heading key) may name, as it spells them: those behind 单位 or
    "unit", all in brackets, that behind a slash at its end, and the text itself. -#}
{% macro units_said(key) -%}
  {{ return(adapter.dispatch('units_said', 'nqp')(key)) }}
{%- endmacro %}

{% macro duckdb__units_said(key) -%}
  list_distinct(list_transform(
    flatten([
      string_split_regex(
        regexp_extract({{ unit_key(key) }}, '(?:单位|units?)[:为是=]?([^()]*)', 1), '[,、;和及]|以及'
      ),
      flatten(list_transform(
        regexp_extract_all({{ unit_key(key) }}, '\(([^()]*)\)', 1), b -> string_split_regex(
          regexp_replace(b, '^(计量)?(单位|units?)[:为是=]?', ''), '[,、;和及]|以及'
        )
      )),
      [regexp_extract({{ unit_key(key) }}, '/([^()/]*)$', 1), {{ unit_key(key) }}]
    ]),
    u -> trim(u, ' .。')
  ))
{%- endmacro %}

{#- A text for a terminal: what would steer one, or turn what follows around, is shown instead. -#}
{% macro visible(text) -%}
  {{ return(adapter.dispatch('visible', 'nqp')(text)) }}
{%- endmacro %}

{% macro duckdb__visible(text) -%}
  regexp_replace(
    {{ text }}, '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]', '<control>', 'g'
  )
{%- endmacro %}

{#- A text in a message: in quotation marks, on one line, cut where it is longer than any heading. -#}
{% macro quoted(text, most=60) -%}
  {{ return(adapter.dispatch('quoted', 'nqp')(text, most)) }}
{%- endmacro %}

{% macro duckdb__quoted(text, most) -%}
  concat(
    '"', {{ visible("left(regexp_replace(" ~ text ~ ", '[\\r\\n]+', ' ', 'g'), " ~ most ~ ")") }},
    case when length({{ text }}) > {{ most }} then '…' else '' end, '"'
  )
{%- endmacro %}

{#- The first dozen of a list of texts, for a message; null where there is no list. -#}
{% macro first_dozen(texts) -%}
  {{ return(adapter.dispatch('first_dozen', 'nqp')(texts)) }}
{%- endmacro %}

{% macro duckdb__first_dozen(texts) -%}
  array_to_string(list_slice({{ texts }}, 1, 12), ', ')
  || case when len({{ texts }}) > 12 then concat(' and ', len({{ texts }}) - 12, ' more') else '' end
{%- endmacro %}

{#- What a text looks like that should be a number, or a year: a date, in the first place. 1905-07-06
    is how a spreadsheet shows the number 2014 in a cell formatted as a date. -#}
{% macro date_hint(clean) -%}
  {{ return(adapter.dispatch('date_hint', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__date_hint(clean) -%}
  {%- set number -%}
    date_diff('day', date '1899-12-30', try_cast(left({{ clean }}, 10) as date))
  {%- endset -%}
  case
    when not regexp_full_match({{ clean }}, '\d{4}-\d\d-\d\d( 00:00:00)?') then null
    when {{ number }} between {{ first_year() }} and {{ last_year() }}
      then concat('the number ', {{ number }}, ' in a cell formatted as a date')
    else 'a date'
  end
{%- endmacro %}

{% macro number_hint(clean) -%}
  {{ return(adapter.dispatch('number_hint', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__number_hint(clean) -%}
  coalesce({{ date_hint(clean) }}, case
    when {{ clean }} like '[hidden: %' then 'hidden in the file'
    when {{ clean }} like '[struck out: %' then 'struck out in the file'
    when {{ clean }} like '% [x:num: %' then 'the page gives Excel another number than it shows'
    when {{ clean }} like '#%' then 'the formula failed in the spreadsheet'
    when regexp_matches({{ clean }}, '^([=@]|[-+]\d.*[-+*/])') then 'a formula that was not computed'
    when regexp_full_match({{ clean }}, '(?i)[-+]?(inf|infinity|∞|\d+(\.\d+)?e[-+]?\d{3,}|[\d.]{41,})')
      then 'infinite, or longer than any statistic'
    when regexp_full_match({{ clean }}, '[\d.,]+\s*[-~—至]\s*[\d.,]+') then 'a span'
    when regexp_full_match({{ clean }}, '[-\d.,]+\s*[\r\n\t;][-\d.,\s;]*') then 'several figures in one cell'
    when regexp_full_match({{ clean }}, '\(.*\)') then 'in brackets: a negative figure or a note?'
    when regexp_matches({{ clean }}, '^(约|近|不足|超过|[<>≥≤~])\s*\d|\d\s*(多|余|左右|以上|以下)$') then 'an approximation'
    when regexp_matches({{ clean }}, '\d\s*[%‰元人吨户件个万亿]|^[$￥¥€]') then 'a unit stands with the figure'
    when regexp_full_match({{ clean }}, '[〇零一二三四五六七八九十百千万亿]+') then 'Chinese numerals'
    when regexp_matches({{ clean }}, '[¹²³⁰⁴-⁹]') then 'a superscript: a note or a power?'
    when regexp_full_match({{ clean }}, '[-+]?\d[-+.,''\s\d]*') then 'separators that part no thousands'
    when regexp_full_match({{ clean }}, '[-+.,\dOolI]*\d[-+.,\dOolI]*') then 'a letter among the digits'
  end)
{%- endmacro %}

{% macro year_hint(clean) -%}
  {{ return(adapter.dispatch('year_hint', 'nqp')(clean)) }}
{%- endmacro %}

{% macro duckdb__year_hint(clean) -%}
  coalesce({{ date_hint(clean) }}, case
    when regexp_full_match({{ clean }}, '\d{4}\s*年?\s*[-~—/至]\s*\d{2,4}\s*年?') then 'a span of years'
    when regexp_full_match({{ clean }}, '\d{2}\s*年?') then 'two digits: of which century?'
    when regexp_full_match({{ clean }}, '\d+(\.0+)?\s*年?度?')
      then 'years run from {{ first_year() }} to {{ last_year() }}'
    when regexp_full_match({{ clean }}, '[〇零○一二三四五六七八九十百千]+年?') then 'Chinese numerals'
  end)
{%- endmacro %}

{#- A word as a pattern: one of an alphabet stands by itself, a Chinese one anywhere. -#}
{% macro word_pattern(word) -%}
  {{ return(adapter.dispatch('word_pattern', 'nqp')(word)) }}
{%- endmacro %}

{% macro duckdb__word_pattern(word) -%}
  case when regexp_matches({{ word }}, '^[\x00-\x7f]+$')
    then concat(case when regexp_matches({{ word }}, '^\w') then '\b' else '' end, regexp_escape({{ word }}), '\b')
    else regexp_escape({{ word }})
  end
{%- endmacro %}

{#- The row of accepted_texts.csv that accepts a text, as a line of CSV to be finished by a person. -#}
{% macro accepted_row(source, file, sheet, text) -%}
  {{ return(adapter.dispatch('accepted_row', 'nqp')(source, file, sheet, text)) }}
{%- endmacro %}

{% macro duckdb__accepted_row(source, file, sheet, text) -%}
  concat(
    {% for cell in [source, "regexp_replace(" ~ file ~ ", '^[a-z][a-z0-9_]*/data/', '')", sheet, text] -%}
    case when regexp_matches({{ cell }}, '[",\r\n]') then concat('"', replace({{ cell }}, '"', '""'), '"') else {{ cell }} end, ',',
    {% endfor -%}
    'REASON,WHO,', strftime(current_date, '%Y-%m-%d')
  )
{%- endmacro %}

{#- A figure as a person writes it: so many significant digits, whole numbers whole, no exponent
    within reason. -#}
{% macro plain_figure(figure, digits=4) -%}
  {{ return(adapter.dispatch('plain_figure', 'nqp')(figure, digits)) }}
{%- endmacro %}

{% macro duckdb__plain_figure(figure, digits) -%}
  case
    when {{ figure }} = 0 then '0'
    when not {{ is_finite(figure) }} or abs({{ figure }}) not between 1e-9 and 1e15 then format('{:.{{ digits }}g}', {{ figure }})
    else regexp_replace(
      format('{:.{}f}', {{ figure }}, greatest({{ digits - 1 }} - cast(floor(log10(abs({{ figure }}))) as integer), 0)),
      '\.0+$|(\.\d*[1-9])0+$', '\1'
    )
  end
{%- endmacro %}

{#- "a + b@source" as one row per term, however many there are. -#}
{% macro split_terms(relation, columns, text) -%}
  {{ return(adapter.dispatch('split_terms', 'nqp')(relation, columns, text)) }}
{%- endmacro %}

{% macro duckdb__split_terms(relation, columns, text) -%}
  select
    {{ columns | join(', ') }},
    split.position,
    trim(split.written) as term
  from {{ relation }}
  cross join lateral (
    select
      unnest(string_split({{ text }}, '+')) as written,
      cast(generate_subscripts(string_split({{ text }}, '+'), 1) as integer) as position
  ) as split
  where trim(split.written) <> ''
{%- endmacro %}
