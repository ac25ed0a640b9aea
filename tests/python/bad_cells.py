"""A corpus of faulty tables: what is wrong with each, and what must become of every cell.

All of them are ingested by one build (test_bad_cells.py), each as a source of its own. Places are
written as a spreadsheet writes them: C3, or Sheet1!C3. What is fatal to a file or to a manifest
is in bad_files.py and test_staging_errors.py; tests/bad_input.md lists all of them.
"""

from __future__ import annotations

import csv
import datetime as dt
import importlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl

from definitions_for_tests import definitions
from nqp.ingest import MANIFEST_COLUMNS

BJ, TJ, HE, SX, NM = "110000", "120000", "130000", "140000", "150000"
LN, JL, SH, JS, ZJ = "210000", "220000", "310000", "320000", "330000"
AH, GD, GX, SC, XJ = "340000", "440000", "450000", "510000", "650000"
HEFEI, WUHU, HUANGSHAN, CHAOHU, LAIWU = "340100", "340200", "341000", "341400", "371200"
XIANGYANG, PUER, JILIN, CHAOYANG = "420600", "530800", "220200", "211300"

# What was cleaned to read a figure.
WIDE = "full-width characters or spaces"
MINUS = "typographic minus"
NOTE = "footnote mark"
THOUSANDS = "thousands separators"
PERCENT = "percent sign"
ROW_UNIT = "unit of its row"

# Why a cell is not used.
NOT_NUMBER = "not a number"
NO_REGION, NO_YEAR, NEITHER = "no region", "no year", "row has no region and no year"
UNKNOWN, BAD_YEAR = "region not recognised", "year not recognised"
TOTAL = "total of several regions, not a region"
GONE = "region abolished by that year"
CONFLICT, COPY = "conflicting copies of one key", "duplicate"
BESIDE = "another unit beside the table"
APART = "told apart by a column that is not mapped"
BELOW, TOO_WIDE = "below another heading", "row wider than its heading"
OTHER_UNIT = "percentage in a column of another unit"
COMMA = "decimal comma or thousands separator"

# What they look like.
APPROXIMATE = "an approximation"
FORMULA = "a formula that was not computed"
FAILED = "the formula failed in the spreadsheet"
HAS_UNIT = "a unit stands with the figure"
INFINITE = "infinite, or longer than any statistic"
SEVERAL = "several figures in one cell"
SEPARATORS = "separators that part no thousands"
LETTER = "a letter among the digits"
SUPERSCRIPT = "a superscript: a note or a power?"
BRACKETS = "in brackets: a negative figure or a note?"
NUMERALS = "Chinese numerals"
SPAN, TWO_DIGITS = "a span of years", "two digits: of which century?"
YEARS = "years run from 1949 to 2050"
DISTRICT = "a district or county, not a whole city"
LOST = "characters were lost when the file was saved"

# A message shows a text as it was cleaned.
HALF_WIDTH = str.maketrans("（）：", "():")

JUMP, DISAGREEMENT = "jump over the year", "disagreement between sources"
TEXT = "text beside the table"
RANGE, IDENTITY = "out of range", "broken identity"
PROVINCE = "equal to its province"
# Rules of quality.review that are not there yet: their findings are expected once they are.
PENDING_RULES: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Kept:
    """An observation a case leaves: in the canonical unit of its series."""

    region_code: str
    year: int
    value: float
    repair: str | None = None


@dataclass(frozen=True)
class Case:
    """One faulty source.

    fault, outcome: what is wrong and what happens, for people.
    files: content by path. manifest: rows, filled up by ``manifest_row``; their ``source_id`` is
    the case's, or starts with it.
    kept: every observation. rejected: (reason, hint) by place. aside: class of each other cell
    that holds a text and stands neither at or above the headings nor in a key column.
    review: cells to which each rule points.
    """

    id: str
    fault: str
    outcome: str
    files: Mapping[str, bytes]
    manifest: Sequence[Mapping[str, str]]
    kept: Sequence[Kept]
    rejected: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    aside: Mapping[str, str] = field(default_factory=dict)
    review: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)


CASES: list[Case] = []


def case(
    id: str,
    fault: str,
    outcome: str,
    content: str | bytes | Mapping[str, Sequence[Sequence[object]]],
    kept: Sequence[tuple[str, int, float] | tuple[str, int, float, str]] = (),
    rejected: Mapping[str, str | tuple[str, str]] | None = None,
    aside: Mapping[str, str] | None = None,
    review: Mapping[str, Sequence[tuple[str, int]]] | None = None,
    *,
    merged: Sequence[str] = (),
    file: str | None = None,
    rows: Sequence[Mapping[str, str]] = ({},),
    **mapped: str,
) -> None:
    """Add a case of one file: CSV text or bytes, or the sheets of a workbook.

    rows, mapped: columns of its manifest rows that differ from those of a long panel of
    provinces with the headings 地区, 年份 and 值, alone or in all rows.
    """
    is_book = isinstance(content, Mapping)
    path = file or f"{id}.{'xlsx' if is_book else 'csv'}"
    CASES.append(
        Case(
            id, fault, outcome,
            {path: workbook(content, merged) if isinstance(content, Mapping) else as_csv(content)},
            [manifest_row(id, path, {**mapped, **row}) for row in rows],
            [Kept(*values) for values in kept],
            {
                place: (why, "") if isinstance(why, str) else why
                for place, why in (rejected or {}).items()
            },
            aside or {},
            review or {},
        )
    )  # fmt: skip


def manifest_row(id: str, path: str, mapped: Mapping[str, str]) -> dict[str, str]:
    """A manifest row: of a long panel, unless the case says otherwise."""
    usual = {
        "source_id": id, "file": path, "layout": "long_panel", "level": "province", "header": "1",
        "region_key": "地区", "year_key": "年份", "item": "值", "vintage": "v",
    }  # fmt: skip
    if mapped.get("layout") == "years_across":
        usual |= {"year_key": "", "item": ""}
    elif mapped.get("layout") == "regions_across":
        usual |= {"region_key": "", "year_key": "#2", "item_key": "#1"}
    elif mapped.get("layout") == "year_sheet":
        usual |= {"year_key": ""}
    return usual | dict(mapped)


def as_csv(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.strip("\n").encode()


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]], merged: Sequence[str]) -> bytes:
    """A workbook; ``merged`` are ranges of its first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def sheet(*lines: str) -> list[list[object]]:
    """Rows of a sheet from lines of CSV: numbers are numbers there, blank cells blank."""

    def value(text: str) -> object:
        try:
            return float(text) if "." in text else int(text)
        except ValueError:
            return text or None

    return [[value(text) for text in line.split(",")] for line in lines]


def misread(text: str, written: str, read: str) -> str:
    """A text whose bytes were read in the wrong encoding, the unreadable ones as question marks."""
    return text.encode(written).decode(read, errors="replace").replace("\ufffd", "?")


# --- names of regions ------------------------------------------------------------------------

case(
    "spaced-names",
    "Spaces inside the names of regions (北 京 市), of ordinary and of Chinese width",
    "read as the region",
    """
地区,年份,值
北 京 市,2020,10
天　津　市,2020,20
河\u00a0北,2020,30
""",
    [(BJ, 2020, 10), (TJ, 2020, 20), (HE, 2020, 30)],
)
case(
    "indented-names",
    "Names indented with ideographic spaces, no-break spaces and TABs; a line break behind one",
    "read as the region",
    """
地区,年份,值
　　北京市,2020,10
\u00a0\u00a0天津市,2020,20
"\t河北省",2020,30
"山西省
",2020,40
""",
    [(BJ, 2020, 10), (TJ, 2020, 20), (HE, 2020, 30), (SX, 2020, 40)],
)
case(
    "unseen-marks-in-names",
    "Zero-width spaces, direction marks and a byte order mark in names",
    "read as the region",
    """
地区,年份,值
北京\u200b市,2020,10
\u200f天津市,2020,20
\ufeff河北省,2020,30
山西省\u200e,2020,40
""",
    [(BJ, 2020, 10), (TJ, 2020, 20), (HE, 2020, 30), (SX, 2020, 40)],
)
case(
    "direction-override-in-names",
    "A mark that makes a program show a name backwards",
    "rejected: nobody can say what the writer saw",
    """
地区,年份,值
北京市,2020,10
\u202e市津天,2020,20
""",
    [(BJ, 2020, 10)],
    {"C3": UNKNOWN},
)
case(
    "utf8-names-read-as-gbk",
    "Names in UTF-8 that a program read as GBK and saved (鍖椾含甯?)",
    "rejected; the reason names the region it looks like",
    f"""
地区,年份,值
{misread("北京市", "utf-8", "gbk")},2020,10
{misread("河北", "utf-8", "gbk")},2020,20
天津市,2020,30
""",
    [(TJ, 2020, 30)],
    {
        "C2": (UNKNOWN, "looks like UTF-8 read as GBK: 北京市"),
        "C3": (UNKNOWN, "looks like UTF-8 read as GBK: 河北"),
    },
)
case(
    "utf8-names-read-as-latin1",
    "Names in UTF-8 that a program read as Latin-1 or Windows-1252 and saved (åŒ—äº¬å¸‚)",
    "rejected; the reason names the region it looks like",
    f"""
地区,年份,值
{misread("北京市", "utf-8", "latin-1")},2020,10
åŒ—äº¬å¸‚,2020,20
{misread("江苏省", "utf-8", "latin-1")},2020,30
天津市,2020,40
""",
    [(TJ, 2020, 40)],
    {
        "C2": (UNKNOWN, "looks like UTF-8 read as Latin-1: 北京市"),
        "C3": (UNKNOWN, "looks like UTF-8 read as Windows-1252: 北京市"),
        "C4": (UNKNOWN, "looks like UTF-8 read as Latin-1: 江苏省"),
    },
)
case(
    "gbk-names-read-as-latin1",
    "Names in GBK that a program read as Latin-1 and saved (±±¾©ÊÐ)",
    "rejected; the reason names the region it looks like",
    """
地区,年份,值
±±¾©ÊÐ,2020,10
天津市,2020,20
""",
    [(TJ, 2020, 20)],
    {"C2": (UNKNOWN, "looks like GBK read as Latin-1: 北京市")},
)
case(
    "lost-names",
    "Names of which a program saved only question marks",
    "rejected; the reason says that characters were lost",
    {"S": sheet("地区,年份,值", "????,2020,10", "\ufffd\ufffd\ufffd,2020,20", "天津市,2020,30")},
    [(TJ, 2020, 30)],
    {"S!C2": (UNKNOWN, LOST), "S!C3": (UNKNOWN, LOST)},
    sheet="S",
)
case(
    "old-names",
    "Old names of renamed cities: 襄樊, 思茅, 思茅地区",
    "read as 襄阳 and 普洱",
    """
地区,年份,值
襄樊市,2009,10
思茅,2005,20
思茅地区,2002,30
""",
    [(XIANGYANG, 2009, 10), (PUER, 2005, 20), (PUER, 2002, 30)],
    level="city",
)
case(
    "abolished-chaohu",
    "Figures of 巢湖 for years after the city was abolished (a county-level city has the name)",
    "kept until 2011, then rejected with the date",
    """
地区,年份,值
巢湖市,2010,10
巢湖市,2011,11
巢湖市,2012,12
巢湖,2015,13
""",
    [(CHAOHU, 2010, 10), (CHAOHU, 2011, 11)],
    {"C4": (GONE, "it was one until 2011-08-22"), "C5": (GONE, "it was one until 2011-08-22")},
    level="city",
)
case(
    "abolished-laiwu",
    "Figures of 莱芜 for years after it became districts of 济南, by an old code",
    "kept until 2019, then rejected with the date",
    """
地区,年份,值
371200,2018,10
3712,2020,11
""",
    [(LAIWU, 2018, 10)],
    {"C3": (GONE, "it was one until 2019-01-09")},
    level="city",
)
case(
    "huangshan",
    "黄山 beside 黄山区, a district of it",
    "the city is read, the district rejected",
    """
地区,年份,值
黄山,2019,10
黄山市,2020,11
黄山区,2020,2
""",
    [(HUANGSHAN, 2019, 10), (HUANGSHAN, 2020, 11)],
    {"C4": (UNKNOWN, DISTRICT)},
    level="city",
)
case(
    "old-and-new-name",
    "A city under its old and its new name in the same year",
    "where the figures agree one is kept, where they disagree none",
    """
地区,年份,值
襄樊市,2010,10
襄阳市,2010,10
襄樊市,2011,11
襄阳市,2011,12
""",
    [(XIANGYANG, 2010, 10)],
    {
        "C3": (COPY, "repeats row 2 column 3"),
        "C4": (CONFLICT, "values from 11.0 to 12.0"),
        "C5": (CONFLICT, "values from 11.0 to 12.0"),
    },
    level="city",
)
case(
    "two-suzhous",
    "English names that two cities share: Suzhou, Yichun",
    "rejected; the reason names both",
    """
地区,年份,值
Suzhou,2020,10
yichun,2020,20
Hefei,2020,30
""",
    [(HEFEI, 2020, 30)],
    {
        "C2": (UNKNOWN, "could be Suzhou (Anhui) or Suzhou (Jiangsu)"),
        "C3": (UNKNOWN, "could be Yichun (Heilongjiang) or Yichun (Jiangxi)"),
    },
    level="city",
)
case(
    "city-or-province",
    "吉林 and 海南 in a table of cities: city, province or prefecture?",
    "吉林 is the city; 海南, 吉林省 and 安徽 are province totals and rejected",
    """
地区,年份,值
吉林,2020,10
海南,2020,20
吉林省,2020,30
安徽,2020,40
""",
    [(JILIN, 2020, 10)],
    {"C3": TOTAL, "C4": TOTAL, "C5": TOTAL},
    level="city",
)
case(
    "unknown-names",
    "An unknown region, a misspelling (北京巿), traditional characters",
    "rejected",
    """
地区,年份,值
火星市,2020,10
北京巿,2020,20
廣東省,2020,30
天津市,2020,50
""",
    [(TJ, 2020, 50)],
    {"C2": UNKNOWN, "C3": UNKNOWN, "C4": UNKNOWN},
)
case(
    "counties-among-cities",
    "Counties and 市辖区 as rows below their city",
    "the city is read, its parts are rejected",
    """
地区,年份,值
合肥市,2020,10
　市辖区,2020,6
　肥东县,2020,4
朝阳市,2020,20
朝阳区,2020,30
""",
    [(HEFEI, 2020, 10), (CHAOYANG, 2020, 20)],
    {"C3": (UNKNOWN, DISTRICT), "C4": (UNKNOWN, DISTRICT), "C6": (UNKNOWN, DISTRICT)},
    level="city",
)
case(
    "city-among-provinces",
    "A city in a table of provinces",
    "rejected; the reason says that it is a city",
    """
地区,年份,值
安徽省,2020,10
合肥市,2020,4
""",
    [(AH, 2020, 10)],
    {"C3": (UNKNOWN, "a city, in a table of level province")},
)
case(
    "codes-in-many-forms",
    "Codes of 6, 4 and 2 digits, some as decimal numbers, and one that is none",
    "read as the region; the unknown code is rejected",
    """
地区,年份,值
110000,2018,10
11,2019,11
11.0,2020,12
120000.00,2020,20
999999,2020,30
""",
    [(BJ, 2018, 10), (BJ, 2019, 11), (BJ, 2020, 12), (TJ, 2020, 20)],
    {"C6": UNKNOWN},
)
case(
    "row-numbers-for-codes",
    "A column of row numbers given as the region: 11 is also a code of Beijing's",
    "all rejected, because 10 is no code",
    """
序号,年份,值
9,2020,10
10,2020,20
11,2020,30
12,2020,40
北京市,2020,50
""",
    [(BJ, 2020, 50)],
    {f"C{row}": (UNKNOWN, "a row number?") for row in (2, 3, 4, 5)},
    region_key="#1",
)

# --- totals, notes, advertisements -----------------------------------------------------------

case(
    "totals",
    "Rows for 全国, 合计, 总 计 and 东部地区 above and below the provinces",
    "rejected as totals",
    """
地区,年份,值
全 国,2020,60
北京市,2020,10
东部地区,2020,10
合计,2020,60
总 计,2020,60
National,2020,60
""",
    [(BJ, 2020, 10)],
    {"C2": TOTAL, "C4": TOTAL, "C5": TOTAL, "C6": TOTAL, "C7": TOTAL},
)
case(
    "totals-across",
    "Regions across, 全国 first and 合计 last",
    "rejected as totals",
    """
指标,年份,全国,北京市,天津市,合计
值,2019,31,10,20,30
,2020,33,11,21,32
""",
    [(BJ, 2019, 10), (BJ, 2020, 11), (TJ, 2019, 20), (TJ, 2020, 21)],
    {"C2": TOTAL, "C3": TOTAL, "F2": TOTAL, "F3": TOTAL},
    layout="regions_across",
)
case(
    "notes",
    "Lines of prose below the table: source, notes, with years and figures in them",
    "set aside as notes; what is not known to be harmless is for review",
    """
地区,年份,值
北京市,2020,10
资料来源：国家统计局,,
注：2020年数据为第七次人口普查数 1234,,
""",
    [(BJ, 2020, 10)],
    aside={"A3": "note", "A4": "note"},
    review={TEXT: [(BJ, 2020)]},
)
case(
    "advertisements",
    "Advertising lines, in the key column, in the column of figures, and with a number",
    "rejected with what stands below; at the foot set aside, but for digits among the figures",
    """
地区,年份,值
更多数据请加微信,,
北京市,2020,10
,,关注淘宝店
,,客服QQ12345678
""",
    [],
    {
        "C3": (BELOW, 'row 2 reads "更多数据请加微信"'),
        "C5": (BELOW, 'row 2 reads "更多数据请加微信"'),
    },
    {"A2": "note", "C4": "note"},
)
case(
    "advertisement-in-a-block",
    "An advertising line between the rows of a series that is named only in its first row",
    "the rows below are rejected: whose they are nobody can say",
    """
指标,年份,北京市,天津市
值,2018,10,20
,2019,11,21
购买数据请联系我们,,,
,2020,12,22
其他,2020,1,2
""",
    [(BJ, 2018, 10), (BJ, 2019, 11), (TJ, 2018, 20), (TJ, 2019, 21)],
    {
        "C5": (BELOW, 'row 4 reads "购买数据请联系我们"'),
        "D5": (BELOW, 'row 4 reads "购买数据请联系我们"'),
    },
    {"A4": "note", "C6": "not mapped", "D6": "not mapped"},
    layout="regions_across",
)
case(
    "blank-rows-and-columns",
    "Blank rows between the regions and blank columns between the keys and the figures",
    "passed over",
    """
地区,,年份,,值
北京市,,2020,,10
,,,,
,,,,
天津市,,2020,,20
""",
    [(BJ, 2020, 10), (TJ, 2020, 20)],
)
case(
    "a-row-of-units",
    "A row of units below the headings",
    "read, and held against the manifest",
    """
地区,年份,值,另值
,,亿元,万人
北京市,2020,10,5
""",
    [(BJ, 2020, 10)],
    aside={"C2": "note", "D2": "note", "D3": "not mapped"},
)

# --- headings --------------------------------------------------------------------------------

case(
    "spaced-headings",
    "Spaces and a line break inside the headings (地 区)",
    "found",
    """
地 区,年　份,"数
值(亿元)"
北京市,2020,10
""",
    [(BJ, 2020, 10)],
    item="数值（亿元）",
)
case(
    "brackets-of-other-kinds",
    "The unit of a heading in other brackets, letters of full width",
    "found",
    """
地区,年份,ＧＤＰ【亿元】
北京市,2020,10
""",
    [(BJ, 2020, 10)],
    item="GDP(亿元)",
)
case(
    "lines-above-the-headings",
    "Title, unit and a blank line above the headings",
    "found by a heading's text; that the title names another series is for review",
    """
表2-1 地区生产总值,,
单位：亿元,,
,,
地 区,年份,值
北京市,2020,10
""",
    [(BJ, 2020, 10)],
    review={TEXT: [(BJ, 2020)]},
    header="地区",
)
case(
    "repeated-heading",
    "The row of headings again in the middle of the table",
    "set aside",
    """
地区,年份,值
北京市,2020,10
地 区,年份,值
天津市,2020,20
""",
    [(BJ, 2020, 10), (TJ, 2020, 20)],
    aside={"A3": "header", "B3": "header", "C3": "header"},
)
case(
    "shifted-heading",
    "A second row of headings with the columns in another order",
    "everything below is rejected",
    """
地区,年份,值,人口
北京市,2020,10,2000
地区,年份,人口,值
天津市,2020,1500,20
河北省,2020,7000,30
""",
    [(BJ, 2020, 10)],
    {
        "C4": (BELOW, 'row 3 reads "地区", "年份", "人口", "值"'),
        "C5": (BELOW, 'row 3 reads "地区", "年份", "人口", "值"'),
    },
    {
        "D2": "not mapped", "A3": "header", "B3": "header", "C3": "header", "D3": "header",
        "D4": "not mapped", "D5": "not mapped",
    },
)  # fmt: skip
case(
    "continued-years",
    "Years across, continued below under a second row of headings with other years",
    "everything below is rejected",
    """
地区,2017,2018年
北京市,10,11
地区,2017,2018年
天津市,20,21
地区,2019,2020年
北京市,12,13
""",
    [(BJ, 2017, 10), (BJ, 2018, 11), (TJ, 2017, 20), (TJ, 2018, 21)],
    {
        "B6": (BELOW, 'row 5 reads "地区", "2019", "2020年"'),
        "C6": (BELOW, 'row 5 reads "地区", "2019", "2020年"'),
    },
    {f"{column}{row}": "header" for column in "ABC" for row in (3, 5)},
    layout="years_across",
)
case(
    "continued-years-without-a-name",
    "The same where only the years stand in the second row of headings",
    "everything below is rejected",
    """
地区,2017年,2018年
北京市,10,11
续表,,
,2019年,2020年
北京市,12,13
""",
    [(BJ, 2017, 10), (BJ, 2018, 11)],
    {
        "B5": (BELOW, 'row 4 reads "2019年", "2020年"'),
        "C5": (BELOW, 'row 4 reads "2019年", "2020年"'),
    },
    {"A3": "note", "B4": "header", "C4": "header"},
    layout="years_across",
)
case(
    "two-years-in-a-sheet",
    "Two years below each other in a sheet of one year",
    "the second is rejected",
    {"S": sheet("地区,值", ",2019", "北京市,10", "地区,值", ",2020", "北京市,11")},
    [(BJ, 2019, 10)],
    {"S!B6": (BELOW, 'row 5 reads "2020"')},
    {"S!A4": "header", "S!B4": "header", "S!B5": "header"},
    sheet="S",
    layout="year_sheet",
)
case(
    "regions-in-another-order",
    "Regions across, with a second row of headings in another order",
    "everything below is rejected",
    """
指标,年份,北京市,天津市
值,2018,10,20
指标,年份,天津市,北京市
值,2019,21,11
""",
    [(BJ, 2018, 10), (TJ, 2018, 20)],
    {
        "C4": (BELOW, 'row 3 reads "指标", "年份", "天津市", "北京市"'),
        "D4": (BELOW, 'row 3 reads "指标", "年份", "天津市", "北京市"'),
    },
    {"A3": "header", "B3": "header", "C3": "header", "D3": "header"},
    layout="regions_across",
)
case(
    "two-columns-of-one-name-agree",
    "Two columns with the same heading and the same figures",
    "kept once, the copies rejected",
    """
地区,年份,值,值
北京市,2020,10,10
天津市,2020,20,20
""",
    [(BJ, 2020, 10), (TJ, 2020, 20)],
    {"D2": (COPY, "repeats row 2 column 3"), "D3": (COPY, "repeats row 3 column 3")},
)
case(
    "two-columns-of-one-name-disagree",
    "Two columns with the same heading and different figures",
    "where they disagree none is kept",
    """
地区,年份,值,值
北京市,2020,10,10
天津市,2020,20,21
""",
    [(BJ, 2020, 10)],
    {
        "D2": (COPY, "repeats row 2 column 3"),
        "C3": (CONFLICT, "values from 20.0 to 21.0"),
        "D3": (CONFLICT, "values from 20.0 to 21.0"),
    },
)
case(
    "heading-over-city-and-districts",
    "A heading merged over two columns, 市辖区 and 全市, named in the row below",
    "the column of the districts is rejected, the other has no heading",
    {"S": sheet("地区,年份,值,", ",,市辖区,全市", "合肥市,2019,6,10", "合肥市,2020,7,11")},
    [],
    {
        "S!C3": (BELOW, 'row 2 reads "市辖区"'),
        "S!C4": (BELOW, 'row 2 reads "市辖区"'),
    },
    {"S!C2": "note", "S!D2": "note", "S!D3": "not mapped", "S!D4": "not mapped"},
    merged=["C1:D1"],
    sheet="S",
    level="city",
)
case(
    "city-and-districts-by-column",
    "Columns of the whole city and of its districts, each with its heading",
    "the mapped one is read",
    """
地区,年份,值（全市）,值（市辖区）
合肥市,2020,10,6
芜湖市,2020,20,12
""",
    [(HEFEI, 2020, 10), (WUHU, 2020, 20)],
    aside={"D2": "not mapped", "D3": "not mapped"},
    level="city",
    item="值（全市）",
)
case(
    "city-and-districts-by-row",
    "Rows of the whole city and of its districts, told apart by a column that no layout knows",
    "those of the whole city are read, the others rejected",
    """
地区,范围,年份,值
合肥市,全市,2020,10
合肥市,市辖区,2020,6
芜湖市,全市,2020,20
""",
    [(HEFEI, 2020, 10), (WUHU, 2020, 20)],
    {"D3": (APART, 'column 2, "范围", reads "市辖区"')},
    {"B2": "not mapped", "B3": "not mapped", "B4": "not mapped"},
    review={TEXT: [(HEFEI, 2020)]},
    level="city",
)
case(
    "growth-below-a-heading",
    "A rate of growth below the heading of a level, said only in the row below",
    "rejected",
    """
地区,年份,值,值
,,绝对数,比上年增长(%)
北京市,2020,10,5.1
""",
    [(BJ, 2020, 10)],
    {"D3": (BELOW, 'row 2 reads "比上年增长(%)"')},
    {"C2": "note", "D2": "note"},
)
for number, measure in enumerate(
    [
        "排名", "位次", "指数（上年=100）", "发展速度（%）", "人均", "占全国比重（%）", "比上年±%",
        "年均增长", "增减（%）", "可比价", "预计数", "其中：市区",
    ],
    1,
):  # fmt: skip
    case(
        f"other-measure-{number}",
        f"A column that is something else by the row below its heading: {measure}",
        "rejected",
        f"""
地区,年份,值,其他
,,{measure},总量
北京市,2020,3,10
""",
        [],
        {"C3": (BELOW, f'row 2 reads "{measure.translate(HALF_WIDTH)}"')},
        {"C2": "note", "D2": "note", "D3": "not mapped"},
    )
for number, line in enumerate(
    ["市辖区", "其中：市辖区", "县级市", "增长速度（%）", "指数（上年=100）", "人均"], 1
):
    case(
        f"section-{number}",
        f"A line in the table that makes something else of the rows below: {line}",
        "the rows below are rejected: of what they tell nobody can be sure",
        f"""
地区,2019,2020
合肥市,10,11
{line},,
芜湖市,5,6
""",
        [(HEFEI, 2019, 10), (HEFEI, 2020, 11)],
        {place: (BELOW, f'row 3 reads "{line.translate(HALF_WIDTH)}"') for place in ("B4", "C4")},
        {"A3": "note"},
        layout="years_across",
        level="city",
    )
case(
    "section-of-provinces",
    "Lines in a table of cities that name their provinces",
    "set aside; the rows are read",
    """
地区,2019,2020
安徽省,,
合肥市,10,11
陕西省,,
西安市,10,11
""",
    [(HEFEI, 2019, 10), (HEFEI, 2020, 11), ("610100", 2019, 10), ("610100", 2020, 11)],
    layout="years_across",
    level="city",
)
case(
    "unit-between-rows",
    "A line with another unit between the rows, and further down one with the manifest's",
    "the rows from the one to the other are rejected",
    """
地区,2019,2020
北京市,1,2
单位：万元,,
天津市,30000,40000
单位：亿元,,
河北省,3,4
""",
    [(BJ, 2019, 1), (BJ, 2020, 2), (HE, 2019, 3), (HE, 2020, 4)],
    {
        place: (BESIDE, 'row 3 reads "单位:万元", the manifest says 100m_yuan')
        for place in ("B4", "C4")
    },
    {"A3": "note", "A5": "note"},
    layout="years_across",
    series_id="new_product_sales",
)
case(
    "unit-above-the-table",
    "Another unit above the table, in a column of its own",
    "rejected",
    """
新产品销售收入,,单位：万元
地区,2019,2020
北京市,10000,20000
""",
    [],
    {
        place: (BESIDE, 'row 1 reads "单位:万元", the manifest says 100m_yuan')
        for place in ("B3", "C3")
    },
    layout="years_across",
    header="地区",
    series_id="new_product_sales",
)
case(
    "unit-in-the-title",
    "Another unit in brackets in the title, as the portal of the NBS writes it",
    "rejected",
    """
指标：新产品销售收入(万元)
地区,2019,2020
北京市,10000,20000
""",
    [],
    {
        place: (BESIDE, 'row 1 reads "指标:新产品销售收入(万元)", the manifest says 100m_yuan')
        for place in ("B3", "C3")
    },
    layout="years_across",
    header="地区",
    series_id="new_product_sales",
)
case(
    "unit-at-the-foot",
    "Another unit at the foot of the table",
    "rejected",
    """
地区,2019,2020
北京市,10000,20000
单位：万元,,
""",
    [],
    {
        place: (BESIDE, 'row 3 reads "单位:万元", the manifest says 100m_yuan')
        for place in ("B2", "C2")
    },
    {"A3": "note"},
    layout="years_across",
    series_id="new_product_sales",
)
case(
    "units-of-several-series",
    "Several units above the table, one of which fits, and one of something else at its foot",
    "read; the note at its foot is for review",
    """
(计量单位：万人、亿元),,
地区,2019,2020
北京市,1,2
注：人均收入的单位：元/人,,
""",
    [(BJ, 2019, 1), (BJ, 2020, 2)],
    aside={"A4": "note"},
    review={TEXT: [(BJ, 2019)]},
    layout="years_across",
    header="地区",
    series_id="new_product_sales",
)
case(
    "unit-of-the-heading",
    "Another unit above the table than in the heading of the column",
    "read by the heading, which is nearer",
    """
单位：万元,,
地区,年份,值（亿元）
北京市,2020,2
""",
    [(BJ, 2020, 2)],
    header="地区",
    item="值（亿元）",
    series_id="new_product_sales",
)
case(
    "merged-years",
    "A year merged over two columns of figures",
    "the column under the year is read, the one without a year rejected",
    {"S": sheet("地区,2019,,2020,", "北京市,10,1.5,11,2.5")},
    [(BJ, 2019, 10), (BJ, 2020, 11)],
    {"S!C2": NO_YEAR, "S!E2": NO_YEAR},
    merged=["B1:C1", "D1:E1"],
    sheet="S",
    layout="years_across",
)
case(
    "merged-regions",
    "A region merged over the rows of its years",
    "the first row is read, the others have no region and are rejected",
    {"S": sheet("地区,年份,值", "北京市,2019,10", ",2020,11", "天津市,2019,20", ",2020,21")},
    [(BJ, 2019, 10), (TJ, 2019, 20)],
    {"S!C3": NO_REGION, "S!C5": NO_REGION},
    merged=["A2:A3", "A4:A5"],
    sheet="S",
)
case(
    "merged-years-down",
    "A year merged over the rows of its regions",
    "the first row is read, the others have no year and are rejected",
    {"S": sheet("年份,地区,值", "2020,北京市,10", ",天津市,20")},
    [(BJ, 2020, 10)],
    {"S!C3": NO_YEAR},
    merged=["A2:A3"],
    sheet="S",
)
case(
    "merged-series",
    "The name of a series merged over the rows of its years, the block of another below",
    "read down to the next name",
    {"S": sheet("指标,年份,北京市", "值,2019,10", ",2020,11", "其他,2019,1", ",2020,2")},
    [(BJ, 2019, 10), (BJ, 2020, 11)],
    aside={"S!C4": "not mapped", "S!C5": "not mapped"},
    merged=["A2:A3", "A4:A5"],
    sheet="S",
    layout="regions_across",
)
case(
    "total-column",
    "Years across with a column of totals and one of growth",
    "these columns are rejected",
    """
地区,2019年,2020年,合计,2020年增速
北京市,10,11,21,10
天津市,20,21,41,5
""",
    [(BJ, 2019, 10), (BJ, 2020, 11), (TJ, 2019, 20), (TJ, 2020, 21)],
    {"D2": BAD_YEAR, "E2": BAD_YEAR, "D3": BAD_YEAR, "E3": BAD_YEAR},
    layout="years_across",
)
case(
    "tables-side-by-side",
    "The second half of a table beside the first, with regions of its own",
    "the second half is rejected: its cells are not the first half's regions'",
    """
地区,年份,值,地区,年份,值
北京市,2020,10,天津市,2020,20
河北省,2020,30,山西省,2020,40
""",
    [(BJ, 2020, 10), (HE, 2020, 30)],
    {
        place: ("beside another key column", f'column {column} is headed "{heading}" too')
        for place, column, heading in (("F2", 5, "年份"), ("F3", 5, "年份"))
    },
    {place: "not mapped" for place in ("D2", "E2", "D3", "E3")},
)
case(
    "other-table-beside",
    "A table of another series beside the first, its regions in another order",
    "the figures of the second are rejected",
    """
地区,年份,其他,,地区,值
北京市,2020,1,,天津市,20
天津市,2020,2,,北京市,10
河北省,2020,3,,,
""",
    [],
    {
        "F2": ("beside another key column", 'column 5 is headed "地区" too'),
        "F3": ("beside another key column", 'column 5 is headed "地区" too'),
    },
    {place: "not mapped" for place in ("C2", "C3", "C4", "E2", "E3")},
)
case(
    "continued-years-behind-a-text",
    "Years across, continued below a line that starts with a text",
    "everything below is rejected",
    """
地区,2015,2016,2017
北京市,10,11,12
续表1,2018,2019,2020
北京市,13,14,15
""",
    [(BJ, 2015, 10), (BJ, 2016, 11), (BJ, 2017, 12)],
    {f"{column}4": (BELOW, 'row 3 reads "续表1", "2018", "2019", "2020"') for column in "BCD"},
    {"A3": "header", "B3": "header", "C3": "header", "D3": "header"},
    layout="years_across",
)
case(
    "figures-like-years",
    "Figures between 1949 and 2050, also of a region that is not recognised",
    "read as figures",
    """
地区,2019,2020
北京市,1990,2020
火星市,1990,2020
天津市,2000,2010
""",
    [(BJ, 2019, 1990), (BJ, 2020, 2020), (TJ, 2019, 2000), (TJ, 2020, 2010)],
    {"B3": UNKNOWN, "C3": UNKNOWN},
    series_id="ecommerce_sales",
    layout="years_across",
)
case(
    "separator-without-quotes",
    "A thousands separator that is not in quotation marks, so that a figure falls into two cells",
    "the row is rejected: it is wider than its heading",
    """
地区,年份,值,人口
北京市,2020,1,234,2000
天津市,2020,20,1500
""",
    [(TJ, 2020, 20)],
    {"C2": (TOO_WIDE, "the last heading is in column 4, the last cell in column 5")},
    {"D2": "not mapped", "E2": "not mapped", "D3": "not mapped"},
)
case(
    "separator-before-a-blank",
    "The same where the row ends in a blank, so that no figure stands beyond the headings",
    "the row is rejected: it has more cells than its heading and than the other rows",
    """
地区,年份,值,人口,备注
北京市,2020,10,2000,
天津市,2020,1,234,1500,
河北省,2020,30,7000,
""",
    [(BJ, 2020, 10), (HE, 2020, 30)],
    {"C3": (TOO_WIDE, "the heading has 5 cells, the row 6")},
    {
        "D2": "not mapped",
        "D3": "not mapped",
        "E3": "not mapped",
        "D4": "not mapped",
    },
)
case(
    "separator-before-a-blank-year",
    "The same where the years run across and the last is blank",
    "the row is rejected",
    """
地区,2018,2019,2020
北京市,900,910,920
天津市,1,234,950,
""",
    [(BJ, 2018, 900), (BJ, 2019, 910), (BJ, 2020, 920)],
    {place: (TOO_WIDE, "the heading has 4 cells, the row 5") for place in ("B3", "C3", "D3")},
    layout="years_across",
)
case(
    "separator-before-a-blank-region",
    "The same where the regions run across and the last is blank",
    "the row is rejected",
    """
指标,年份,北京市,天津市,河北省
货运,2019,1,234,500,
货运,2020,11,22,
""",
    [(BJ, 2020, 11), (TJ, 2020, 22)],
    {place: (TOO_WIDE, "the heading has 5 cells, the row 6") for place in ("C2", "D2", "E2")},
    layout="regions_across",
    item="货运",
)
case(
    "separator-behind-every-row",
    "A separator behind the last cell of every row, but not of the heading, as portals write it",
    "read: the rows are alike",
    """
数据来源：国家统计局
地区,2019,2020
北京市,10,11,
天津市,,21,
注：初步数
""",
    [(BJ, 2019, 10), (BJ, 2020, 11), (TJ, 2020, 21)],
    aside={"A5": "note"},
    review={TEXT: [(BJ, 2019)]},
    layout="years_across",
    header="地区",
)
case(
    "heading-one-too-few",
    "A column of row numbers without a heading, so that all cells stand one column to the right",
    "all rows are rejected: they are wider than their heading",
    """
地区,2019,2020
1,北京市,10,11
11,浙江省,50,51
""",
    [],
    {
        place: (TOO_WIDE, "the last heading is in column 3, the last cell in column 4")
        for place in ("B2", "C2", "D2", "B3", "C3", "D3")
    },
    layout="years_across",
)

# --- repeated years, sheets, blocks ----------------------------------------------------------

case(
    "repeated-year",
    "A year twice, with the same figures and with others",
    "where they agree one is kept, where they disagree none",
    """
地区,年份,值
北京市,2019,10
北京市,2019,10
天津市,2019,20
天津市,2019,22
""",
    [(BJ, 2019, 10)],
    {
        "C3": (COPY, "repeats row 2 column 3"),
        "C4": (CONFLICT, "values from 20.0 to 22.0"),
        "C5": (CONFLICT, "values from 20.0 to 22.0"),
    },
)
case(
    "repeated-year-column",
    "Years across with a year twice",
    "where the columns agree one is kept, where they disagree none",
    """
地区,2019,2020,2020
北京市,10,11,11
天津市,20,21,22
""",
    [(BJ, 2019, 10), (BJ, 2020, 11), (TJ, 2019, 20)],
    {
        "D2": (COPY, "repeats row 2 column 3"),
        "C3": (CONFLICT, "values from 21.0 to 22.0"),
        "D3": (CONFLICT, "values from 21.0 to 22.0"),
    },
    layout="years_across",
)
case(
    "repeated-sheet",
    "A sheet twice in a workbook, one figure changed",
    "the first sheet is kept, save the figure that differs",
    {
        "2019": sheet("地区,年份,值", "北京市,2019,10", "天津市,2019,20"),
        "2019 (2)": sheet("地区,年份,值", "北京市,2019,10", "天津市,2019,25"),
    },
    [(BJ, 2019, 10)],
    {
        "2019 (2)!C2": (COPY, "repeats 2019 row 2 column 3"),
        "2019!C3": (CONFLICT, "values from 20.0 to 25.0"),
        "2019 (2)!C3": (CONFLICT, "values from 20.0 to 25.0"),
    },
    sheet="2019*",
)
case(
    "repeated-in-another-unit",
    "The same figures in a second column of the source, in another unit",
    "kept once: they are compared in one unit",
    """
地区,年份,值,值（万元）
北京市,2020,10,100000
天津市,2020,20,210000
""",
    [(BJ, 2020, 10)],
    {
        "D2": (COPY, "repeats row 2 column 3"),
        "C3": (CONFLICT, "values from 20.0 to 21.0"),
        "D3": (CONFLICT, "values from 20.0 to 21.0"),
    },
    rows=[{"unit": "100m_yuan"}, {"item": "值（万元）", "unit": "10k_yuan"}],
    series_id="tech_market_turnover",
)
case(
    "repeated-block",
    "The block of a series twice in a matrix",
    "kept once",
    """
指标,年份,北京市
值,2019,10
,2020,11
值,2019,10
,2020,11
""",
    [(BJ, 2019, 10), (BJ, 2020, 11)],
    {"C4": (COPY, "repeats row 2 column 3"), "C5": (COPY, "repeats row 3 column 3")},
    layout="regions_across",
)

# --- years -----------------------------------------------------------------------------------

case(
    "years-in-many-forms",
    "Years as 2014年, 2014年度, 2014.0, in full-width digits, with spaces",
    "read as the year",
    """
地区,年份,值
北京市,2014年,10
北京市,2015年度,11
北京市,2016.0,12
北京市,２０１７,13
北京市, 2018 年 ,14
""",
    [(BJ, 2014, 10), (BJ, 2015, 11), (BJ, 2016, 12), (BJ, 2017, 13), (BJ, 2018, 14)],
)
case(
    "slipped-years",
    "Years with a digit too many or a wrong one: 20222, 1014, 2202, 202",
    "rejected",
    """
地区,年份,值
北京市,20222,10
北京市,1014,11
北京市,2202,12
北京市,202,13
天津市,2020,20
""",
    [(TJ, 2020, 20)],
    {f"C{row}": (BAD_YEAR, YEARS) for row in (2, 3, 4, 5)},
)
case(
    "spans-of-years",
    "2014-2015, 2014/15, 2014—2015年 for a year",
    "rejected",
    """
地区,年份,值
北京市,2014-2015,10
北京市,2014/15,11
北京市,2014—2015年,12
北京市,2014至2015,13
天津市,2020,20
""",
    [(TJ, 2020, 20)],
    {f"C{row}": (BAD_YEAR, SPAN) for row in (2, 3, 4, 5)},
)
case(
    "two-digit-years",
    "Years of two digits",
    "rejected",
    """
地区,年份,值
北京市,14,10
北京市,98年,11
天津市,2020,20
""",
    [(TJ, 2020, 20)],
    {"C2": (BAD_YEAR, TWO_DIGITS), "C3": (BAD_YEAR, TWO_DIGITS)},
)
case(
    "dates-for-years",
    "Years that a spreadsheet keeps as dates: 1905-07-06 is the number 2014 formatted as one",
    "rejected; the reason says which number it was",
    {
        "S": [
            ["地区", "年份", "值"],
            ["北京市", dt.date(1905, 7, 6), 10],
            ["北京市", dt.date(2015, 1, 1), 11],
            ["天津市", 2020, 20],
        ]
    },
    [(TJ, 2020, 20)],
    {
        "S!C2": (BAD_YEAR, "the number 2014 in a cell formatted as a date"),
        "S!C3": (BAD_YEAR, "a date"),
    },
    sheet="S",
)
case(
    "years-in-words",
    "Years in Chinese numerals, quarters, notes behind a year, no year",
    "rejected",
    """
地区,年份,值
北京市,二〇二〇年,10
北京市,2020Q1,11
北京市,2020年1-6月,12
北京市,2020①,13
北京市,,14
天津市,2020,20
""",
    [(TJ, 2020, 20)],
    {"C2": (BAD_YEAR, NUMERALS), "C3": BAD_YEAR, "C4": BAD_YEAR, "C5": BAD_YEAR, "C6": NO_YEAR},
)

# --- figures ---------------------------------------------------------------------------------

case(
    "full-width-digits",
    "Digits, points and signs of full width, spaces around figures",
    "repaired on record",
    """
地区,年份,值
北京市,2020,１２３．５
天津市,2020,－７
河北省,2020,　8.5　
山西省,2020,"１，２３４"
内蒙古,2020,9 
""",
    [
        (BJ, 2020, 123.5, WIDE), (TJ, 2020, -7, WIDE), (HE, 2020, 8.5, WIDE),
        (SX, 2020, 1234, f"{WIDE}; {THOUSANDS}"), (NM, 2020, 9),
    ],
    review={RANGE: [(TJ, 2020)]},
)  # fmt: skip
case(
    "footnote-marks",
    "Footnote marks behind figures: 123*, 123①, 123[1], 123(2), 123注1",
    "repaired on record",
    """
地区,年份,值
北京市,2020,123*
天津市,2020,123.5①
河北省,2020,123[1]
山西省,2020,123 (2)
内蒙古,2020,123注1
辽宁省,2020,123**
""",
    [
        (BJ, 2020, 123, NOTE), (TJ, 2020, 123.5, NOTE), (HE, 2020, 123, NOTE),
        (SX, 2020, 123, NOTE), (NM, 2020, 123, NOTE), (LN, 2020, 123, NOTE),
    ],
)  # fmt: skip
case(
    "superscripts",
    "Superscripts: 10², 123¹",
    "rejected: a note or a power?",
    """
地区,年份,值
北京市,2020,10²
天津市,2020,123¹
河北省,2020,30
""",
    [(HE, 2020, 30)],
    {"C2": (NOT_NUMBER, SUPERSCRIPT), "C3": (NOT_NUMBER, SUPERSCRIPT)},
)
case(
    "infinities",
    "Infinities in words and in figures: inf, -Infinity, ∞, 1e999; 1e308, which a unit makes one",
    "rejected",
    """
地区,年份,值
北京市,2020,inf
天津市,2020,-Infinity
河北省,2020,∞
山西省,2020,1e999
内蒙古,2020,1e308
辽宁省,2020,60
""",
    [(LN, 2020, 60)],
    {f"C{row}": (NOT_NUMBER, INFINITE) for row in range(2, 7)},
)
case(
    "no-figure",
    "Spellings of a missing figure: NaN, NA, N/A, #N/A, null, None, <NA>, dashes, dots, 缺失",
    "blank",
    "地区,年份,值\n北京市,2010,10\n"
    + "\n".join(
        f"北京市,{year},{text}"
        for year, text in enumerate(
            re.split(" ", "NaN NA N/A #N/A null None <NA> . - — – － … …… 缺失 / −"), 2011
        )
    ),
    [(BJ, 2010, 10)],
    aside={f"C{row}": "blank" for row in range(3, 20)},
)
case(
    "failed-formulas",
    "Results of formulas that failed: #DIV/0!, #REF!, #VALUE!, #NAME?",
    "rejected",
    """
地区,年份,值
北京市,2020,#DIV/0!
天津市,2020,#REF!
河北省,2020,#VALUE!
山西省,2020,#NAME?
辽宁省,2020,60
""",
    [(LN, 2020, 60)],
    {f"C{row}": (NOT_NUMBER, FAILED) for row in range(2, 6)},
)
case(
    "numbers-as-text",
    "Numbers stored as text in a workbook, with spaces around",
    "read",
    {
        "S": [
            ["地区", "年份", "值"],
            ["北京市", "2020", "10"],
            ["天津市", "2020", " 20.50 "],
            ["河北省", 2020, 30.25],
        ]
    },
    [(BJ, 2020, 10), (TJ, 2020, 20.5), (HE, 2020, 30.25)],
    sheet="S",
)
case(
    "numbers-behind-an-apostrophe",
    'Numbers kept from becoming one: behind an apostrophe, or as ="123"',
    "rejected",
    '''
地区,年份,值
北京市,2020,'123
天津市,2020,"=""123"""
河北省,2020,30
''',
    [(HE, 2020, 30)],
    {"C2": NOT_NUMBER, "C3": (NOT_NUMBER, FORMULA)},
)
case(
    "thousands",
    "Thousands separated by commas, spaces, no-break and narrow spaces",
    "repaired on record",
    """
地区,年份,值
北京市,2020,"1,234.5"
天津市,2020,1 234
河北省,2020,12\u00a0345
山西省,2020,1\u202f234
内蒙古,2020,"-1,234,567"
""",
    [
        (BJ, 2020, 1234.5, THOUSANDS), (TJ, 2020, 1234, THOUSANDS),
        (HE, 2020, 12345, f"{WIDE}; {THOUSANDS}"), (SX, 2020, 1234, f"{WIDE}; {THOUSANDS}"),
        (NM, 2020, -1234567, THOUSANDS),
    ],
    review={RANGE: [(NM, 2020)]},
)  # fmt: skip
case(
    "separators-astray",
    "Separators that part no thousands: 1,2345  12,345,6  1.234.567  1,234 567  1'234  12 34",
    "rejected",
    """
地区,年份,值
北京市,2020,"1,2345"
天津市,2020,"12,345,6"
河北省,2020,1.234.567
山西省,2020,"1,234 567"
内蒙古,2020,1'234
辽宁省,2020,60
吉林省,2020,12 34
""",
    [(LN, 2020, 60)],
    {f"C{row}": (NOT_NUMBER, SEPARATORS) for row in (2, 3, 4, 5, 6, 8)},
)
case(
    "decimal-commas",
    "Decimal commas: 2,5 and 1.234,56",
    "rejected, and so is 1,234 beside them, which may be one or a thousand; whole numbers are kept",
    """
地区;年份;值
北京市;2020;2,5
天津市;2020;1.234,56
河北省;2020;1,234
山西省;2020;1.234
内蒙古;2020;50
辽宁省;2020;0,125
""",
    [(NM, 2020, 50)],
    {
        "C2": (NOT_NUMBER, SEPARATORS), "C3": (NOT_NUMBER, SEPARATORS),
        "C4": (COMMA, "other cells of the column have a decimal comma"),
        "C5": (COMMA, "other cells of the column have a decimal comma"),
        "C7": (NOT_NUMBER, SEPARATORS),
    },
)  # fmt: skip
case(
    "percent-signs",
    "Percent signs in a column of percentages",
    "repaired on record",
    """
地区,年份,值
北京市,2020,95.5%
天津市,2020,96 %
河北省,2020,97％
山西省,2020,98
""",
    [
        (BJ, 2020, 95.5, PERCENT), (TJ, 2020, 96, PERCENT), (HE, 2020, 97, f"{WIDE}; {PERCENT}"),
        (SX, 2020, 98),
    ],
    series_id="waste_treatment_rate",
    unit="percent",
)  # fmt: skip
case(
    "percent-signs-among-ratios",
    "Percent signs in a column of ratios",
    "read as what the cell says: 95% is 0.95",
    """
地区,年份,值
北京市,2020,95%
天津市,2020,0.96
""",
    [(BJ, 2020, 95, PERCENT), (TJ, 2020, 96)],
    series_id="waste_treatment_rate",
    unit="ratio",
)
case(
    "percent-signs-among-yuan",
    "Percent and per mille signs in a column of another unit",
    "rejected",
    """
地区,年份,值
北京市,2020,12.5%
天津市,2020,3‰
河北省,2020,30
""",
    [(HE, 2020, 30)],
    {"C2": (OTHER_UNIT, "the manifest says 100m_yuan"), "C3": (NOT_NUMBER, HAS_UNIT)},
    series_id="software_revenue",
    unit="100m_yuan",
)
case(
    "approximations",
    "Approximations and bounds: 约1200, 1200左右, >100, ≥5, ＜3, 近200, 1200余",
    "rejected",
    """
地区,年份,值
北京市,2020,约1200
天津市,2020,1200左右
河北省,2020,>100
山西省,2020,≥5
内蒙古,2020,＜3
辽宁省,2020,60
吉林省,2020,近200
上海市,2020,1200余
""",
    [(LN, 2020, 60)],
    {f"C{row}": (NOT_NUMBER, APPROXIMATE) for row in (2, 3, 4, 5, 6, 8, 9)},
)
case(
    "figures-in-brackets",
    "Figures in brackets: accountants mean a negative one, others a note",
    "rejected",
    """
地区,年份,值
北京市,2020,(123)
天津市,2020,（45.6）
河北省,2020,30
""",
    [(HE, 2020, 30)],
    {"C2": (NOT_NUMBER, BRACKETS), "C3": (NOT_NUMBER, BRACKETS)},
)
case(
    "typographic-minus",
    "Minus signs of typesetters: −5, –5",
    "repaired on record; a dash (—5) is rejected",
    """
地区,年份,值
北京市,2020,−5
天津市,2020,–6.5
河北省,2020,—7
山西省,2020,40
""",
    [(BJ, 2020, -5, MINUS), (TJ, 2020, -6.5, MINUS), (SX, 2020, 40)],
    {"C4": NOT_NUMBER},
    review={RANGE: [(BJ, 2020), (TJ, 2020)]},
)
case(
    "units-in-the-cell",
    "Currency signs and units beside the figure: ￥123, $5, 123万元, 5亿, 12人",
    "rejected",
    """
地区,年份,值
北京市,2020,￥123
天津市,2020,$5
河北省,2020,123万元
山西省,2020,5亿
内蒙古,2020,12人
辽宁省,2020,60
吉林省,2020,¥7
""",
    [(LN, 2020, 60)],
    {f"C{row}": (NOT_NUMBER, HAS_UNIT) for row in (2, 3, 4, 5, 6, 8)},
)
case(
    "chinese-numerals",
    "Chinese numerals: 一百, 二千三百",
    "rejected",
    """
地区,年份,值
北京市,2020,一百
天津市,2020,二千三百
河北省,2020,30
""",
    [(HE, 2020, 30)],
    {"C2": (NOT_NUMBER, NUMERALS), "C3": (NOT_NUMBER, NUMERALS)},
)
case(
    "letters-for-digits",
    "Letters for digits, as scanners read them: 1O23, l23, 1I",
    "rejected",
    """
地区,年份,值
北京市,2020,1O23
天津市,2020,l23
河北省,2020,1I
山西省,2020,40
""",
    [(SX, 2020, 40)],
    {f"C{row}": (NOT_NUMBER, LETTER) for row in (2, 3, 4)},
)
case(
    "two-figures-in-a-cell",
    "Two figures in a cell, parted by a line break, a TAB or a semicolon: never one of thousands",
    "rejected",
    """
地区,年份,值
北京市,2020,"12
345"
天津市,2020,"1\t234"
河北省,2020,"12;345"
山西省,2020,"40
"
内蒙古,2020,"12\r
345"
""",
    [(SX, 2020, 40, WIDE)],
    {f"C{row}": (NOT_NUMBER, SEVERAL) for row in (2, 3, 4, 6)},
)
case(
    "trailing-junk",
    "Something behind the figure: 123abc, 123?, 123。, 5↑",
    "rejected",
    """
地区,年份,值
北京市,2020,123abc
天津市,2020,123?
河北省,2020,123。
山西省,2020,5↑
内蒙古,2020,50
""",
    [(NM, 2020, 50)],
    {f"C{row}": NOT_NUMBER for row in (2, 3, 4, 5)},
)
case(
    "programmers-numbers",
    "0x1F, 1_000, 1/2, 1e3, +5, .5, 007",
    "0x1F, 1_000 and 1/2 rejected, the others read",
    """
地区,年份,值
北京市,2020,0x1F
天津市,2020,1_000
河北省,2020,1/2
山西省,2020,1e3
内蒙古,2020,+5
辽宁省,2020,.5
吉林省,2020,007
""",
    [(SX, 2020, 1000), (NM, 2020, 5), (LN, 2020, 0.5), (JL, 2020, 7)],
    {"C2": NOT_NUMBER, "C3": NOT_NUMBER, "C4": NOT_NUMBER},
)
case(
    "dates-for-figures",
    "Figures that a spreadsheet keeps as dates, and the answer to a question",
    "rejected; the reason says which number it was",
    {
        "S": [
            ["地区", "年份", "值"],
            ["北京市", 2020, dt.date(1905, 7, 6)],
            ["天津市", 2020, dt.date(2020, 3, 1)],
            ["河北省", 2020, True],
            ["山西省", 2020, 40],
        ]
    },
    [(SX, 2020, 40)],
    {
        "S!C2": (NOT_NUMBER, "the number 2014 in a cell formatted as a date"),
        "S!C3": (NOT_NUMBER, "a date"),
        "S!C4": NOT_NUMBER,
    },
    sheet="S",
)
case(
    "texts-among-figures",
    "A column of another kind: mostly texts, now and then a number",
    "the texts are rejected one by one",
    """
地区,年份,值
北京市,2020,有
天津市,2020,无
河北省,2020,见附表
山西省,2020,40
""",
    [(SX, 2020, 40)],
    {"C2": NOT_NUMBER, "C3": NOT_NUMBER, "C4": NOT_NUMBER},
)
case(
    "spans-of-figures",
    "100-200, 100~200, 2019-2020 for a figure",
    "rejected",
    """
地区,年份,值
北京市,2020,100-200
天津市,2020,100~200
河北省,2020,2019-2020
山西省,2020,40
""",
    [(SX, 2020, 40)],
    {"C2": (NOT_NUMBER, "a span"), "C3": (NOT_NUMBER, "a span"), "C4": (NOT_NUMBER, "a span")},
)

# --- what the figures say --------------------------------------------------------------------

WOBBLE = {BJ: 1.0, TJ: 1.3, HE: 0.8, SX: 1.1, LN: 1.2, JL: 0.9, SH: 1.4, JS: 1.05, ZJ: 0.95}
NAMES = {
    BJ: "北京市", TJ: "天津市", HE: "河北省", SX: "山西省", LN: "辽宁省", JL: "吉林省",
    SH: "上海市", JS: "江苏省", ZJ: "浙江省",
}  # fmt: skip
CITIES = {
    "340100": "合肥市", "340200": "芜湖市", "340300": "蚌埠市", "340400": "淮南市",
    "340500": "马鞍山市", "340600": "淮北市", "340700": "铜陵市", "340800": "安庆市",
    "341100": "滁州市",
}  # fmt: skip


def panel(level: float, names: Mapping[str, str] = NAMES) -> dict[tuple[str, int], float]:
    """Nine regions over three years, up and down by about a tenth: nothing to remark."""
    shares = dict(zip(names, WOBBLE.values(), strict=True))
    return {
        (code, year): round(level * shares[code] * factor, 6)
        for code in names
        for year, factor in ((2018, 1.0), (2019, 1.12), (2020, 1.01))
    }


def planted(
    figures: Mapping[tuple[str, int], float], cells: Mapping[tuple[str, int], float]
) -> dict[tuple[str, int], float]:
    return {**figures, **cells}


def long_csv(*columns: Mapping[tuple[str, int], float], names: Mapping[str, str] = NAMES) -> str:
    """The figures as a CSV with headings 地区, 年份, 值, 值2 …"""
    headings = ["地区", "年份", "值", *(f"值{n}" for n in range(2, len(columns) + 1))]
    lines = [
        ",".join([names[code], str(year), *(repr(column[code, year]) for column in columns)])
        for code, year in columns[0]
    ]
    return "\n".join([",".join(headings), *lines])


def every(
    *columns: Mapping[tuple[str, int], float],
) -> list[tuple[str, int, float]]:
    return [(code, year, value) for column in columns for (code, year), value in column.items()]


PATENTS = planted(panel(5000), {(SH, 2019): -5})
case(
    "negative-patents",
    "A negative number of patents",
    "kept, and for review",
    long_csv(PATENTS),
    every(PATENTS),
    review={RANGE: [(SH, 2019)]},
    series_id="digital_patents",
)
SLIP = planted(panel(800), {(HE, 2019): 8064})
case(
    "tenfold-slip",
    "A decimal point one place too far right",
    "kept, and for review",
    long_csv(SLIP),
    every(SLIP),
    review={JUMP: [(HE, 2019)]},
    series_id="retail_sales",
)
WRONG_UNIT = planted(panel(700), {(TJ, 2019): 10192000})
case(
    "one-cell-in-10k-yuan",
    "万元 against 亿元 in a single cell",
    "kept, and for review",
    long_csv(WRONG_UNIT),
    every(WRONG_UNIT),
    review={JUMP: [(TJ, 2019)], RANGE: [(TJ, 2019)]},
    series_id="deposits",
    unit="100m_yuan",
)
LOANS = {key: value for key, value in panel(600).items() if key[0] in (BJ, TJ)}
case(
    "a-column-in-10k-yuan",
    "A whole column in 万元 that the manifest gives as 亿元, beside another source",
    "both kept, and for review",
    long_csv(LOANS, {key: value * 10000 for key, value in LOANS.items()}),
    every(LOANS, {key: value * 10000 for key, value in LOANS.items()}),
    review={DISAGREEMENT: list(LOANS), RANGE: list(LOANS)},
    rows=[{}, {"item": "值2", "source_id": "a-column-in-10k-yuan.2"}],
    series_id="loans",
    unit="100m_yuan",
)
FRACTION = planted(panel(60), {(JS, 2019): 0.7056})
case(
    "one-cell-as-a-fraction",
    "A fraction in a column of percentages",
    "kept, and for review",
    long_csv(FRACTION),
    every(FRACTION),
    review={JUMP: [(JS, 2019)]},
    series_id="wastewater_treatment_rate",
    unit="percent",
)
RATES = {key: value for key, value in panel(60, CITIES).items() if key[0] in (HEFEI, WUHU)}
FRACTIONS = {key: round(value / 100, 8) for key, value in RATES.items()}
case(
    "a-column-of-fractions",
    "A whole column of fractions that the manifest gives as percentages, beside another source",
    "both kept, and for review",
    long_csv(RATES, FRACTIONS, names=CITIES),
    every(RATES, FRACTIONS),
    review={DISAGREEMENT: list(RATES), RANGE: list(RATES)},
    rows=[{}, {"item": "值2", "source_id": "a-column-of-fractions.2"}],
    series_id="wastewater_treatment_rate",
    unit="percent",
    level="city",
)
GROWTH = planted(panel(900), {(ZJ, 2019): 8.5})
case(
    "growth-in-a-level",
    "A rate of growth in a column of levels",
    "kept, and for review",
    long_csv(GROWTH),
    every(GROWTH),
    review={JUMP: [(ZJ, 2019)]},
    series_id="trade_volume",
)
COPIED = planted(panel(300, CITIES), {(HEFEI, 2019): 12345.6})
CASES.append(
    Case(
        "province-total-in-a-city",
        "The figure of the province in the cell of its capital",
        "kept, and for review",
        {
            "province-total-in-a-city.csv": as_csv(long_csv(COPIED, names=CITIES)),
            "province-total-in-a-city.2.csv": as_csv("""
地区,年份,值
安徽省,2019,12345.6
"""),
        },
        [
            manifest_row(
                "province-total-in-a-city", "province-total-in-a-city.csv",
                {"level": "city", "series_id": "energy_consumption"},
            ),
            manifest_row(
                "province-total-in-a-city.2", "province-total-in-a-city.2.csv",
                {"series_id": "energy_consumption"},
            ),
        ],
        [*(Kept(*cell) for cell in every(COPIED)), Kept(AH, 2019, 12345.6)],
        review={JUMP: [(HEFEI, 2019)], PROVINCE: [(HEFEI, 2019)]},
    )
)  # fmt: skip
SECTORS = [panel(100), panel(400), panel(500)]
SUM = planted(
    {key: round(sum(sector[key] for sector in SECTORS), 6) for key in SECTORS[0]},
    {(SX, 2019): 1432},
)
case(
    "sectors-and-gdp",
    "Three sectors that do not add up to GDP in one year",
    "kept, and for review",
    long_csv(SUM, *SECTORS),
    every(SUM, *SECTORS),
    review={IDENTITY: [(SX, 2019)]},
    rows=[
        {"series_id": "gdp"}, {"series_id": "primary_va", "item": "值2"},
        {"series_id": "secondary_va", "item": "值3"}, {"series_id": "tertiary_va", "item": "值4"},
    ],
)  # fmt: skip

# --- files -----------------------------------------------------------------------------------

case(
    "semicolons",
    "Cells separated by semicolons, commas in a note",
    "read",
    """
地区;年份;值;备注
北京市;2020;10;按现价, 初步
天津市;2020;20.5;
""",
    [(BJ, 2020, 10), (TJ, 2020, 20.5)],
    aside={"D2": "not mapped"},
)
case(
    "tabs",
    "Cells separated by TABs",
    "read",
    """
地区\t年份\t值
北京市\t2020\t10
天津市\t2020\t1,234
""",
    [(BJ, 2020, 10), (TJ, 2020, 1234, THOUSANDS)],
)
case(
    "tab-and-comma",
    "A TAB and a comma between cells, a title above, a comma at the end (the new NBS portal)",
    "repaired on record",
    """
分省年度数据\t,
地区\t,2020年\t,2019年\t,
北京市\t,11\t,10\t,
天津市\t,21\t,20\t,
""",
    [(BJ, 2019, 10, WIDE), (BJ, 2020, 11, WIDE), (TJ, 2019, 20, WIDE), (TJ, 2020, 21, WIDE)],
    layout="years_across",
    header="地区",
)
case(
    "quoted-everything",
    "Every cell in quotation marks, some doubled inside, commas and line breaks between them",
    "read",
    '''
"地区","年份","值","备注"
"北京市","2020","10","他说""是"""
"天津市","2020","1,234.5","一,二
三"
''',
    [(BJ, 2020, 10), (TJ, 2020, 1234.5, THOUSANDS)],
    aside={"D2": "not mapped", "D3": "not mapped"},
)
case(
    "byte-order-mark",
    "A byte order mark before the first heading",
    "read",
    "地区,年份,值\n北京市,2020,10".encode("utf-8-sig"),
    [(BJ, 2020, 10)],
)
case(
    "gb18030",
    "GB18030, not said in the manifest",
    "read",
    "地区,年份,值\n北京市,2020,10\n内蒙古自治区,2020,50".encode("gb18030"),
    [(BJ, 2020, 10), (NM, 2020, 50)],
)
case(
    "hostile-file-name",
    "Quotation marks, per cent, brackets, a star and spaces in the name of a file",
    "read: names are no patterns",
    """
地区,年份,值
北京市,2020,10
""",
    [(BJ, 2020, 10)],
    file="100% [a-z]*? 'x' ; -- .csv",
)
case(
    "hostile-sheet-name",
    "Quotation marks, per cent and the mark of a comment in the name of a sheet",
    "read",
    {
        'it\'s "100%" -- ;': sheet("地区,年份,值", "北京市,2020,10", "天津市,2020,x"),
        "其他": sheet("说明"),
    },
    [(BJ, 2020, 10)],
    {'it\'s "100%" -- ;!C3': NOT_NUMBER},
    {"其他!A1": "not mapped"},
    sheet='it\'s "100%" -- ;',
)

# --- hostile texts ---------------------------------------------------------------------------

HOSTILE = {
    "sql": ["北京市'; drop table raw.cells; --", "' or 1=1 --", "1); delete from raw.cells; --"],
    "html": ["<script>alert(1)</script>", "<b>10</b>", "&nbsp;10"],
    "emoji": ["北京市🎉", "１０👍", "🇨🇳"],
    "templates": ["{{ 1/0 }}", "{% do x %}", "%s%n${jndi:ldap://x}"],
}  # fmt: skip
for kind, texts in HOSTILE.items():
    first, second, third = (text.replace('"', '""') for text in texts)
    case(
        f"hostile-{kind}",
        f"{kind.upper() if kind in ('sql', 'html') else kind.capitalize()} in names and in cells",
        "rejected as the texts they are, and nothing else happens",
        f"""
地区,年份,值
"{first}",2020,10
北京市,2020,"{second}"
天津市,2020,"{third}"
河北省,"{first}",30
山西省,2020,40
""",
        [(SX, 2020, 40)],
        {"C2": UNKNOWN, "C3": NOT_NUMBER, "C4": NOT_NUMBER, "C5": BAD_YEAR},
    )
case(
    "hostile-formulas",
    "Spreadsheet formulas in names and cells: =cmd|…, +1+1, -2+3, @SUM",
    "rejected, and never computed",
    """
地区,年份,值
=cmd|' /C calc'!A0,2020,10
北京市,2020,=1+1
天津市,2020,+1+1
河北省,2020,-2+3
山西省,2020,@SUM(1)
内蒙古,2020,=cmd|' /C calc'!A0
辽宁省,2020,60
""",
    [(LN, 2020, 60)],
    {"C2": UNKNOWN} | {f"C{row}": (NOT_NUMBER, FORMULA) for row in range(3, 8)},
)
case(
    "very-long-texts",
    "A name of 100,000 characters and a number of 10,000 digits",
    "rejected; the reason shows the beginning",
    f"""
地区,年份,值
{"北" * 100_000},2020,10
天津市,2020,{"9" * 10_000}
河北省,2020,{"x" * 100_000}
山西省,2020,40
""",
    [(SX, 2020, 40)],
    {"C2": UNKNOWN, "C3": (NOT_NUMBER, INFINITE), "C4": NOT_NUMBER},
)
case(
    "direction-marks-in-figures",
    "Marks of direction in figures, one of which shows the digits backwards",
    "marks are repaired on record; what is shown backwards is rejected",
    """
地区,年份,值
北京市,2020,12\u200f3
天津市,2020,\u202e321
河北省,2020,\u200b30
""",
    [(BJ, 2020, 123, WIDE), (HE, 2020, 30, WIDE)],
    {"C3": NOT_NUMBER},
)
case(
    "hostile-manifest",
    "SQL and HTML in the manifest's own texts: source, item, vintage",
    "plain names",
    """
地区,年份,<i>值</i>'; drop table x; --
北京市,2020,10
""",
    [(BJ, 2020, 10)],
    source_id="hostile-manifest'; drop table x; --",
    item="<i>值</i>'; drop table x; --",
    vintage="{{ 1/0 }}",
)


importlib.import_module("bad_context_cells")

# --- series ----------------------------------------------------------------------------------

# Series that no identity ties to another, for cases to which the series does not matter.
PLAIN_SERIES = {
    "province": [
        "tech_market_turnover", "freight_volume", "ecommerce_sales", "ai_companies",
        "new_enterprises", "pollution_investment", "software_revenue", "digital_employment",
        "hightech_product_rd", "hightech_rd_personnel", "hightech_patent_applications",
        "hightech_new_projects", "hightech_new_product_sales", "fie_households",
        "fie_investment", "fie_exports", "rd_personnel", "rd_expenditure",
        "invention_patents_in_force", "nox_emissions",
    ],
    "city": ["mobile_subscribers", "telecom_volume", "robot_density", "dfi_index"],
}  # fmt: skip


def manifest(units: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of all cases, each with a series, a unit and its source's priority.

    units: the canonical unit of each series, for cases that give none. A case that gives no series
    gets one for whose cells no other case has another figure: sources that disagree are reviewed.
    """
    stated: dict[tuple[str, str, str, int], float] = {}
    priorities: dict[str, int] = {}
    rows = []
    for one in sorted(CASES, key=lambda one: "series_id" not in one.manifest[0]):
        for row in one.manifest:
            choice = [row["series_id"]] if "series_id" in row else PLAIN_SERIES[row["level"]]
            cells = {
                series: {(row["level"], series, k.region_code, k.year): k.value for k in one.kept}
                for series in choice
            }
            free = [
                name
                for name in choice
                if all(stated.get(key, value) == value for key, value in cells[name].items())
            ]
            series = [*free, *choice][0]
            stated |= cells[series]
            priority = str(priorities.setdefault(row["source_id"], len(priorities) + 1))
            chosen = {"series_id": series, "unit": units[series], "priority": priority}
            rows.append({**chosen, **row})
    return rows


def write(folder: Path) -> None:
    """Write the files of all cases and their manifest into a folder."""
    for one in CASES:
        for path, content in one.files.items():
            (folder / path).write_bytes(content)
    series = definitions("series")
    units = dict(zip(series["series_id"], series["unit"], strict=True))
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, MANIFEST_COLUMNS, restval="")
        table.writeheader()
        table.writerows(manifest(units))
