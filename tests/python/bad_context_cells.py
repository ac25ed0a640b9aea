"""Tables that something beside their figures makes something else, as yearbooks print them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import openpyxl
from openpyxl.styles import Font

import bad_cells
from bad_cells import (
    APART,
    BELOW,
    BESIDE,
    BJ,
    CASES,
    HEFEI,
    NO_YEAR,
    ROW_UNIT,
    SX,
    TEXT,
    TJ,
    UNKNOWN,
    sheet,
)  # fmt: skip

MONEY = {"series_id": "software_revenue", "unit": "100m_yuan"}
IN_10K = {"series_id": "software_revenue", "unit": "10k_yuan"}
SOMETHING_ELSE = "the sheet says that it holds something else"


def case(
    id: str,
    fault: str,
    outcome: str,
    content: Any,
    kept: Sequence[Any] = (),
    rejected: Any = None,
    aside: Any = None,
    review: Any = None,
    **mapped: Any,
) -> None:
    """A case of a year of its own, in which no other source has a figure."""
    year = 1951 + len(CASES) % 48
    if isinstance(content, str):
        content = content.replace("2020", str(year))
    elif isinstance(content, bytes) and content.startswith(b"<"):
        content = content.replace(b"2020", str(year).encode())
    elif not isinstance(content, bytes):
        content = {
            name: [[year if value == 2020 else value for value in row] for row in rows]
            for name, rows in content.items()
        }
    if not (isinstance(content, bytes) and content.startswith(b"PK")):
        kept = [(code, year if of == 2020 else of, *rest) for code, of, *rest in kept]
        review = {
            rule: [(code, year if of == 2020 else of) for code, of in cells]
            for rule, cells in (review or {}).items()
        }
    bad_cells.case(id, fault, outcome, content, kept, rejected, aside, review, **mapped)


def beside(row: int, text: str, unit: str = "100m_yuan") -> tuple[str, str]:
    return BESIDE, f'row {row} reads "{text}", the manifest says {unit}'


def below(row: int, text: str) -> tuple[str, str]:
    return BELOW, f'row {row} reads "{text}"'


def styled(strike: bool, hidden: bool) -> bytes:
    """A workbook whose second row is struck out or hidden."""
    book = openpyxl.Workbook()
    [page] = book.worksheets
    page.title = "S"
    for row in sheet("地区,年份,值", "北京市,2020,99999", "天津市,2020,14084"):
        page.append(row)
    if strike:
        for cell in page[2]:
            cell.font = Font(strike=True)
    page.row_dimensions[2].hidden = hidden
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


case(
    "codes-names-and-units-below", "Codes as headings, names and units (亿元) in the rows below",
    "rejected: the row states another unit than the manifest",
    """
Prvcnm,Sgnyea,Exp01
省份名称,统计年度,软件业务收入
没有单位,没有单位,亿元
北京市,2019,7408.19
天津市,2020,3151.35
""",
    [], {"C4": beside(3, "亿元", "10k_yuan"), "C5": beside(3, "亿元", "10k_yuan")},
    {"C2": "note", "C3": "note"},
    region_key="Prvcnm", year_key="Sgnyea", item="Exp01", **IN_10K,
)  # fmt: skip
case(
    "codes-names-and-the-right-unit", "The same where the unit is the manifest's",
    "read",
    """
Prvcnm,Sgnyea,Exp01
省份名称,统计年度,软件业务收入
没有单位,没有单位,亿元
北京市,2019,7408.19
""",
    [(BJ, 2019, 7408.19)], None, {"C2": "note", "C3": "note"},
    region_key="Prvcnm", year_key="Sgnyea", item="Exp01", **MONEY,
)  # fmt: skip
case(
    "years-across-a-row-of-units", "Years across, a row of units below them", "rejected",
    """
地区,2019年,2020年
,亿元,亿元
北京市,7408.19,7116.18
""",
    [], {"B3": beside(2, "亿元", "10k_yuan"), "C3": beside(2, "亿元", "10k_yuan")},
    {"B2": "note", "C2": "note"}, layout="years_across", **IN_10K,
)  # fmt: skip
case(
    "a-column-of-units", "A 单位 column that changes from 万元 to 亿元 in the middle",
    "each row is converted by its own unit; one of another dimension is rejected",
    """
地区,年份,单位,值
北京市,2018,万元,74714300
北京市,2020,亿元,7116.18
天津市,2020,人,3151.35
""",
    [(BJ, 2018, 7471.43), (BJ, 2020, 7116.18, ROW_UNIT)],
    {"D4": ("another unit in its row", 'it reads "人", the manifest says 10k_yuan')},
    **IN_10K,
)  # fmt: skip
case(
    "bilingual-districts-and-city", "Headings in two languages, the districts before the city",
    "the districts are rejected, the city's column has no heading",
    {"S": [["地区", "年份", "值", None], [None, None, "市辖区\nDistricts under City",
     "全市\nTotal City"], *sheet("合肥市,2020,7000,10045")]},
    [], {"S!C3": below(2, "市辖区 Districts under City")},
    {"S!C2": "note", "S!D2": "note", "S!D3": "not mapped"}, sheet="S", level="city",
)  # fmt: skip
case(
    "bilingual-sub-heading-below-the-year", "One sheet a year, districts named below the year",
    "rejected",
    {"S": [["地区", "值"], [None, 2020], [None, "市辖区 Districts under City"], ["合肥市", 7000]]},
    [], {"S!B4": below(3, "市辖区 Districts under City")}, {"S!B3": "note"},
    sheet="S", level="city", layout="year_sheet",
)  # fmt: skip
case(
    "growth-before-the-total", "A year merged over two columns, Growth rate and Total",
    "the growth rates are rejected, the totals have no year",
    {"S": sheet("地区,2019年,,2020年,", ",Growth rate,Total,Growth rate,Total",
                "北京市,6.1,35371,1.2,36103")},
    [], {"S!B3": below(2, "Growth rate"), "S!C3": NO_YEAR, "S!D3": below(2, "Growth rate"),
         "S!E3": NO_YEAR},
    {f"S!{column}2": "note" for column in "BCDE"}, sheet="S", layout="years_across",
)  # fmt: skip
case(
    "a-row-struck-out", "A row of a workbook that is struck out", "rejected as struck out",
    styled(strike=True, hidden=False), [(TJ, 2020, 14084)], {"S!C2": "struck out in the file"},
    file="a-row-struck-out.xlsx", sheet="S",
)  # fmt: skip
case(
    "a-hidden-row", "A row of a workbook that is hidden, with an older figure",
    "rejected, unless accepted_texts.csv asks for it", styled(strike=False, hidden=True),
    [(TJ, 2020, 14084)], {"S!C2": ("hidden in the file", "its row or column is not shown")},
    file="a-hidden-row.xlsx", sheet="S",
)  # fmt: skip
case(
    "a-web-page-that-hides", "Rows and cells that a web page hides", "rejected",
    b"<html><meta charset='utf-8'><table><tr><td>" + "地区</td><td>年份</td><td>值".encode()
    + b"</td></tr><tr style='display:none'><td>" + "北京市".encode()
    + b"</td><td>2020</td><td>99999</td></tr><tr><td>" + "天津市".encode()
    + b"</td><td>2020</td><td style='display:none'>14084</td></tr><tr hidden><td>"
    + "河北省".encode() + b"</td><td>2020</td><td>36207</td></tr><tr><td>" + "山西省".encode()
    + b"</td><td>2020</td><td>17652</td></tr></table></html>",
    [(SX, 2020, 17652)],
    {f"C{row}": ("hidden in the file", "its row or column is not shown") for row in (2, 3, 4)},
    file="a-web-page-that-hides.xls",
)  # fmt: skip
for number, line in enumerate(["二、市辖区", "市辖区 Districts under City", "三、增长速度"], 1):
    case(
        f"line-between-rows-{number}", f"A line between the rows: {line}",
        "what stands below is rejected",
        f"地区,年份,值\n合肥市,2020,1045\n{line},,\n芜湖市,2020,25.5",
        [(HEFEI, 2020, 1045)], {"C4": below(3, line)}, {"A3": "note"}, level="city",
    )  # fmt: skip
case(
    "a-block-of-growth", "A second block titled 比上年增长 and % in two cells",
    "its rows are rejected",
    "地区,年份,值\n北京市,2020,36103\n比上年增长,,%\n天津市,2020,1.5",
    [(BJ, 2020, 36103)], {"C4": below(3, "比上年增长")}, {"C3": "note"},
)  # fmt: skip
for number, (lines, told) in enumerate(
    [
        (["总量比上年增长（%）,,"], (SOMETHING_ELSE, 'row 1 reads "总量比上年增长(%)"')),
        (["单位:%,,", ",,"], beside(1, "单位:%")),
        (["地区生产总值增长率,,"], (SOMETHING_ELSE, 'row 1 reads "地区生产总值增长率"')),
        (["软件业务收入（百万元）,,"], beside(1, "软件业务收入(百万元)")),
        (["软件业务收入,,", "單位：萬元,,"], beside(2, "單位:萬元")),
        (["软件业务收入,,", ",单位：,万元"], beside(2, "单位:万元")),
    ],
    1,
):  # fmt: skip
    case(
        f"title-{number}", f"Above a level: {lines[-1] if lines[-1] != ',,' else lines[0]}",
        "the sheet contradicts its manifest: rejected",
        "\n".join([*lines, "地区,年份,值", "北京市,2020,35.5"]),
        [], {f"C{len(lines) + 2}": told}, header="地区", **MONEY,
    )  # fmt: skip
case(
    "a-note-that-the-unit-changed", "A footnote: since 2018 another unit",
    "the years since are rejected, and the note is for review",
    "地区,年份,值\n北京市,2016,256691000\n北京市,2017,280149000\n北京市,2018,33106\n"
    "注：2018年起计量单位由万元改为亿元。",
    [(BJ, 2016, 25669.1), (BJ, 2017, 28014.9)],
    {"C4": beside(5, "注:2018年起计量单位由万元改为亿元。", "10k_yuan")}, {"A5": "note"},
    {TEXT: [(BJ, 2016)]}, series_id="trade_volume", unit="10k_yuan",
)  # fmt: skip
for number, text in enumerate(["同比增减百分点", "比2019年增长%", "市辖区合计", "上年同期"], 1):
    case(
        f"sub-heading-{number}", f"Below the heading: {text}", "rejected",
        f"地区,年份,值\n,,{text}\n北京市,2020,35.5", [], {"C3": below(2, text)}, {"C2": "note"},
    )  # fmt: skip
case(
    "a-district-of-a-citys-name", "朝阳 among the districts of Beijing",
    "rejected: it may be a district or 朝阳市",
    "地区,年份,值\n北京市,2020,36103\n西城,2020,5061\n朝阳,2020,7037\n海淀,2020,8504",
    [("110000", 2020, 36103)],
    {"C3": UNKNOWN, "C5": UNKNOWN, "C4": ("a district or a city of the same name",
                                          'it stands between "西城" and "海淀"')},
    level="city",
)  # fmt: skip
case(
    "code-beside-another-name", "The code 110000 beside the name 上海市", "rejected",
    "代码,地区,年份,值\n110000,上海市,2020,38700\n120000,天津市,2020,14000",
    [(TJ, 2020, 14000)], {"D2": ("code and name disagree", 'column 2 reads "上海市"')},
    {"B2": "not mapped", "B3": "not mapped"}, region_key="代码",
)  # fmt: skip
case(
    "a-column-of-quarters", "A 季度 column that no layout maps", "no quarter is a year: rejected",
    "地区,年份,季度,值\n北京市,2020,1,7462\n天津市,2020,4,14084", [],
    {"D2": (APART, 'column 3, "季度", reads "1"'), "D3": (APART, 'column 3, "季度", reads "4"')},
    {"C2": "not mapped", "C3": "not mapped"},
)  # fmt: skip
case(
    "a-column-of-coverage", "A 统计口径 column that no layout maps",
    "rows of the whole city are read, and the column is for review",
    "地区,年份,统计口径,值\n合肥市,2020,全市,10045\n芜湖市,2020,市辖区,2500",
    [(HEFEI, 2020, 10045)], {"D3": (APART, 'column 3, "统计口径", reads "市辖区"')},
    {"C2": "not mapped", "C3": "not mapped"}, {TEXT: [(HEFEI, 2020)]}, level="city",
)  # fmt: skip

# --- refused before, though right ------------------------------------------------------------

case(
    "names-and-years-as-yearbooks-write-them",
    "Both names in one cell, a mark behind a name, City, codes of twelve digits, ends of years",
    "read",
    "地区,年份,值\n北京 Beijing,2014年末,10\n北京市*,2015-12-31,11\nBeijing City,2016年底,12\n"
    "110000000000,2017,13\n天津①,2018,14\n西藏省,2019,15",
    [(BJ, 2014, 10), (BJ, 2015, 11), (BJ, 2016, 12), (BJ, 2017, 13), (TJ, 2018, 14),
     ("540000", 2019, 15)],
)  # fmt: skip
case(
    "a-shared-name-and-its-province", "Suzhou of Jiangsu and of Anhui, and a province column",
    "read",
    "省份,地区,年份,值\n江苏省,Suzhou,2020,10\n安徽省,Suzhou,2020,20",
    [("320500", 2020, 10), ("341300", 2020, 20)], None,
    {"A2": "not mapped", "A3": "not mapped"}, level="city",
)  # fmt: skip
case(
    "the-columns-own-heading-again", "A repeated heading that names a figure per head",
    "the next page is read",
    "地区,年份,人均地区生产总值(元)\n北京市,2020,164889\n地区,年份,人均地区生产总值(元)\n"
    "天津市,2020,101614",
    [(BJ, 2020, 164889), (TJ, 2020, 101614)], None,
    {"A3": "header", "B3": "header", "C3": "header"},
    item="人均地区生产总值(元)", series_id="gdp_per_head", unit="yuan_per_person",
)  # fmt: skip
case(
    "a-heading-of-several-lines", "A heading of two lines, of which the manifest names the first",
    "read where the other lines say nothing else",
    {"S": [["地区", "年份", "值\nValue"], *sheet("北京市,2020,10")]}, [(BJ, 2020, 10)], sheet="S",
)  # fmt: skip
case(
    "a-figure-and-its-rounding", "A figure, and the same rounded, in one source",
    "the longer one is kept",
    "地区,年份,值\n北京市,2020,35105.97\n北京市,2020,35106.0",
    [(BJ, 2020, 35105.97)], {"C3": ("rounding of another figure", "rounds 35105.97")},
)  # fmt: skip
