"""Tables as yearbooks print them, in which something beside the figures decides what they are.

Each kind is a grammar, from which many inputs are made.

Of each input it is known which figures must not be staged (wrong) and which must (right).
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from made_up_context import CITIES, drawn
from nqp.ingest import MANIFEST_COLUMNS

CODES = ["340100", "340200", "340300", "340400", "340500", "340600", "340800"]
CHINESE = dict(zip("0123456789", "〇一二三四五六七八九", strict=True))

Rows = list[list[str]]


@dataclass(frozen=True)
class Input:
    """A file of one source; `mapped` overrides cells of its manifest row."""

    name: str
    rows: Rows
    wrong: frozenset[float]
    right: frozenset[float]
    mapped: dict[str, str] = field(default_factory=dict)
    file: str = ""


def figures(draw: random.Random, count: int) -> list[float]:
    return draw.sample([round(50 + n / 8, 3) for n in range(4000)], count)


def of(values: list[float], are_wrong: bool) -> tuple[frozenset[float], frozenset[float]]:
    return (frozenset(values), frozenset()) if are_wrong else (frozenset(), frozenset(values))


def written(draw: random.Random, year: int) -> str:
    """A year as titles, sheets and files write it."""
    chinese = "".join(CHINESE[digit] for digit in str(year))
    return draw.choice([str(year), f"{year}年", f"{year} 年", f"{chinese}年", f"({year}年)"])


def year_beside(draw: random.Random, name: str) -> Input:
    """The manifest says one year, a title, file, sub-heading or heading's second line another."""
    year, is_wrong = draw.randint(1985, 2022), draw.random() < 0.6
    stated = draw.choice([y for y in range(1980, 2024) if y != year]) if is_wrong else year
    text, heading, above, below, file = written(draw, stated), "值", [], [], ""
    way = draw.randrange(5)
    if way == 0:
        above = [[draw.choice(["{}", "各市{}", "{}各市", "表3 {}"]).format(text), ""]]
    elif way == 1:
        below = [["", text]]
    elif way == 2:
        heading = f"值\n{text}"
    elif way == 3:
        file = draw.choice(["{}.csv", "各市_{}.csv", "{}年鉴表.csv"]).format(
            # a yearbook of the next year holds the figures of this one
            stated
        )
        if file.endswith("年鉴表.csv") and is_wrong and stated == year + 1:
            file = f"{stated}.csv"
    else:
        above = [["", draw.choice([str(stated), f"{stated}年"])]]
    values = figures(draw, 3)
    lines = [[city, str(value)] for city, value in zip(CITIES, values, strict=False)]
    mapped = {"layout": "one_year", "year_key": "", "year": str(year)}
    rows = [*above, ["城市", heading], *below, *lines]
    return Input(name, rows, *of(values, is_wrong), mapped, file)


def year_between(draw: random.Random, name: str) -> Input:
    """A year as a line between the rows: those below it are of that year."""
    year = draw.randint(1985, 2022)
    other = draw.choice([y for y in range(1980, 2024) if y != year])
    values = figures(draw, 6)
    lines = [[city, str(value)] for city, value in zip(CITIES, values, strict=False)]
    first = draw.randint(1, 2)
    back = draw.random() < 0.5
    rows = [["城市", "值"], *lines[:first], [f"{other}年", ""], *lines[first:4]]
    rows += [[f"{year}年", ""], *lines[4:]] if back else lines[4:]
    wrong = frozenset(values[first:4] if back else values[first:])
    mapped = {"layout": "one_year", "year_key": "", "year": str(year)}
    return Input(name, rows, wrong, frozenset(values) - wrong, mapped)


def part_beside_code(draw: random.Random, name: str) -> Input:
    """The name beside a code is that of a part of the region."""
    values, place = figures(draw, 7), draw.randrange(7)
    names = CITIES.copy()
    names[place] = draw.choice(
        ["肥东县", "怀远县", "镜湖区", "市辖区", "某某旗", f"{names[place]}区"]
    )
    rows = [["代码", "城市", "年份", "值"]]
    rows += [
        [code, text, "2020", str(value)]
        for code, text, value in zip(CODES, names, values, strict=True)
    ]
    wrong = frozenset([values[place]])
    return Input(name, rows, wrong, frozenset(values) - wrong, {"region_key": "代码"})


def two_lines(draw: random.Random, name: str) -> Input:
    """Two lines of one region that disagree: none of their figures is the region's for sure."""
    years = [str(year) for year in range(2015, 2015 + draw.randint(3, 6))]
    one, two, three = (figures(draw, len(years)) for _ in range(3))
    first = [str(value) for value in one]
    for place in draw.sample(range(len(years)), draw.randint(1, len(years) - 2)):
        first[place] = draw.choice(["", "—", "…"])
    second = draw.choice(["大理白族自治州", "大理", "大理州"])
    lines = [["大理白族自治州", *first], [second, *map(str, two)], ["玉溪市", *map(str, three)]]
    draw.shuffle(lines)
    apart = {value for value in [*one, *two] if value not in three}
    mapped = {"layout": "years_across", "year_key": "", "item": ""}
    return Input(name, [["城市", *years], *lines], frozenset(apart), frozenset(three), mapped)


def province_of_that_name(draw: random.Random, name: str) -> Input:
    """吉林 in a list of provinces is not the city."""
    provinces = ["河北", "山西", "辽宁", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东"]
    names = draw.sample(provinces, draw.randint(4, 9))
    names.insert(draw.randint(1, len(names) - 1), "吉林")
    if draw.random() < 0.5:
        names = [f"{text}省" if text != "吉林" else text for text in names]
    values = figures(draw, len(names))
    rows = [[text, "2020", str(value)] for text, value in zip(names, values, strict=True)]
    city = figures(draw, 1)[0] + 1000
    rows += [["", "", ""], ["合肥市", "2020", str(city)]]
    return Input(name, [["城市", "年份", "值"], *rows], frozenset(values), frozenset([city]))


def codes_kept_as_texts(draw: random.Random, name: str) -> Input:
    """Codes as spreadsheets keep them from being numbers."""
    ways = ["'{}", '="{}"', "{}000000", "{}.0", " {} ", "’{}"]
    values = figures(draw, 7)
    rows = [
        [draw.choice(ways).format(code), "2020", str(value)]
        for code, value in zip(CODES, values, strict=True)
    ]
    lines = [["代码", "年份", "值"], *rows]
    return Input(name, lines, frozenset(), frozenset(values), {"region_key": "代码"})


def unheaded_column(draw: random.Random, name: str) -> Input:
    """A column without a heading tells rows apart."""
    values = figures(draw, 4)
    part = draw.choice(["市辖区", "增速", "人均", "上半年", "其中：城镇", "占比"])
    marks = ["全市", part, "全市", part]
    rows = [
        [city, "2020", mark, str(value)]
        for city, mark, value in zip(CITIES, marks, values, strict=False)
    ]
    wrong = frozenset([values[1], values[3]])
    return Input(name, [["城市", "年份", "", "值"], *rows], wrong, frozenset(values) - wrong)


def mark(draw: random.Random) -> str:
    """What numbers a part of a table, or marks it, without saying what it is."""
    number = draw.randint(1, 12)
    letter = draw.choice("ABXYZbx")
    signs = [
        str(number),
        f"({number})",
        f"（{number}）",
        f"{number}、",
        chr(0x2460 + number),
        letter,
    ]
    signs += [f"({letter})", "*", "★", "※", "Ⅱ", "§", f"表{number}", f"No. {number}", "二、", "**"]
    return draw.choice(signs)


def mark_between(draw: random.Random, name: str) -> Input:
    """A mark as a line of its own: nobody knows of what the rows below it are."""
    values = figures(draw, 7)
    lines = [[city, "2020", str(value)] for city, value in zip(CITIES, values, strict=True)]
    first, place = draw.randint(1, 5), draw.choice([0, 0, 1, 2])
    line = ["", "", ""]
    line[place] = mark(draw)
    rows = [["城市", "年份", "值"], *lines[:first], line, *lines[first:]]
    return Input(name, rows, frozenset(values[first:]), frozenset(values[:first]))


def mark_below_heading(draw: random.Random, name: str) -> Input:
    """A mark under one heading is in doubt; numbers under all of them are those of a form."""
    values = figures(draw, 4)
    is_form = draw.random() < 0.4
    if is_form:
        numbers = draw.choice(
            [["甲", "乙", "(1)"], ["(1)", "(2)", "(3)"], ["①", "②", "③"], [*"ABC"]]
        )
    else:
        numbers = ["", "", draw.choice(["X", "※", "(b)", "★", "二、", "§"])]
    lines = [[city, "2020", str(value)] for city, value in zip(CITIES, values, strict=False)]
    rows = [["城市", "年份", "值"], numbers, *lines]
    return Input(name, rows, *of(values, not is_form))


def continued(draw: random.Random, name: str) -> Input:
    """A table that goes on on the next page, with its headings again."""
    values = figures(draw, 7)
    lines = [[city, "2020", str(value)] for city, value in zip(CITIES, values, strict=True)]
    line = draw.choice(["续表", "（续表）", "续表1", "续表 2", "续", "Continued", "接上页"])
    head = ["城市", "年份", "值"]
    rows = [head, *lines[:4], [line, "", ""], *draw.choice([[], [head]]), *lines[4:]]
    return Input(name, rows, frozenset(), frozenset(values))


def unit_column(draw: random.Random, name: str) -> Input:
    """A column of units is one by what it holds, whatever its heading."""
    values = figures(draw, 6)
    heading = draw.choice(["量纲", "计价单位", "单位 Unit", "Measure", "货币", "度量单位", ""])
    small, large = draw.choice(
        [("万元", "亿元"), ("萬元", "億元"), ("10,000 yuan", "100 million yuan")]
    )
    cut = draw.randint(1, 5)
    texts = [large] * cut + [small] * (6 - cut)
    rows = [["城市", "年份", heading, "值"]]
    rows += [
        [city, "2020", text, str(value)]
        for city, text, value in zip(CITIES, texts, values, strict=False)
    ]
    right = [*values[:cut], *(value / 10000 for value in values[cut:])]
    return Input(name, rows, frozenset(values[cut:]), frozenset(right))


def second_year(draw: random.Random, name: str) -> Input:
    """A second column of years that contradicts the key, or is of the yearbook or of a reform."""
    values = figures(draw, 6)
    way = draw.randrange(4)
    years = [draw.randint(1990, 2020) for _ in values]
    if way == 0:
        beside, wrong = [year - 1 for year in years], set(range(6))
    elif way == 1:
        beside, wrong = [year + 1 for year in years], set()
    elif way == 2:
        wrong = set(draw.sample(range(6), draw.randint(1, 3)))
        beside = [year - draw.randint(1, 5) * (n in wrong) for n, year in enumerate(years)]
    else:
        beside, wrong = [1983 + draw.randint(0, 4) for _ in years], set()
    end = draw.choice(["", "年"])
    heading = draw.choice(["数据年份", "年度", "Year", "实际年份", ""])
    rows = [["城市", "年份", heading, "值"]]
    rows += [
        [city, str(year), f"{other}{end}", str(value)]
        for city, year, other, value in zip(CITIES, years, beside, values, strict=False)
    ]
    bad = frozenset(values[n] for n in wrong)
    return Input(name, rows, bad, frozenset(values) - bad)


def codes_sorted_apart(draw: random.Random, name: str) -> Input:
    """Codes that were sorted without the names beside them."""
    values, by = figures(draw, 7), draw.randint(1, 6)
    codes = CODES[by:] + CODES[:by]
    rows = [["代码", "城市", "年份", "值"]]
    rows += [
        [code, city, "2020", str(value)]
        for code, city, value in zip(codes, CITIES, values, strict=True)
    ]
    mapped = draw.choice([{}, {"region_key": "代码"}])
    return Input(name, rows, frozenset(values), frozenset(), mapped)


def cities_beside_provinces(draw: random.Random, name: str) -> Input:
    """A column of cities beside provinces: is a figure the city's or the province's?"""
    provinces = ["河北省", "山西省", "安徽省", "福建省", "江西省", "山东省"]
    cities = ["石家庄市", "太原市", "合肥市", "福州市", "南昌市", "济南市"]
    values = figures(draw, 6)
    heading = draw.choice(["地级市", "名称", "城市名称", "City", ""])
    rows = [["城市", heading, "年份", "值"]]
    rows += [[*pair, "2020"] for pair in zip(provinces, cities, strict=True)]
    rows[1:] = [[*row, str(value)] for row, value in zip(rows[1:], values, strict=True)]
    return Input(name, rows, frozenset(values), frozenset(), {"level": "province"})


def remark(draw: random.Random, name: str) -> Input:
    """A remark beside some rows, which nobody knows."""
    values = figures(draw, 6)
    text = draw.choice(["不含某某", "修订", "新口径", "见附录", "e", "revised", "初步"])
    marked = set(draw.sample(range(6), draw.randint(1, 4)))
    rows = [["城市", "年份", "值", draw.choice(["备注", "说明", "注", "Note", "Remarks"])]]
    rows += [
        [city, "2020", str(value), text if n in marked else ""]
        for n, (city, value) in enumerate(zip(CITIES, values, strict=False))
    ]
    return Input(name, rows, frozenset(values[n] for n in marked), frozenset(values))


TELLING = [
    "（市辖区）",
    "增速",
    "单位：万元",
    "(万元)",
    "Districts",
    "（1-9月）",
    "人均",
    "上年=100",
]


def line_of_a_key(draw: random.Random, name: str) -> Input:
    """A second line in the heading of a key, which the manifest does not name."""
    values = figures(draw, 4)
    is_wrong = draw.random() < 0.6
    line = draw.choice(TELLING if is_wrong else ["City", "Year", "（亿元）", "年份", "Region"])
    head = ["城市", "年份", "值"]
    place = draw.randrange(2)
    head[place] += f"\n{line}"
    lines = [[city, "2020", str(value)] for city, value in zip(CITIES, values, strict=False)]
    return Input(name, [head, *lines], *of(values, is_wrong), {"header": "1"})


def beside_the_headings(draw: random.Random, name: str) -> Input:
    """A text in the row of the headings that heads nothing, apart from them; or an empty column."""
    values = figures(draw, 4)
    is_wrong = draw.random() < 0.6
    head = ["城市", "年份", "值"]
    lines = [[city, "2020", str(value)] for city, value in zip(CITIES, values, strict=False)]
    if is_wrong and draw.random() < 0.3:
        head, lines = [draw.choice(TELLING), *head], [["", *line] for line in lines]
    elif is_wrong:
        head += ["", draw.choice(TELLING)]
    else:
        head += draw.choice([["人均"], ["", "（亿元）"], ["增速", "位次"], ["", "续表"]])
    return Input(name, [head, *lines], *of(values, is_wrong), {"header": "1"})


def written_years(draw: random.Random, name: str) -> Input:
    """Years of rows, or across, as titles write them."""
    years = [draw.randint(1950, 2023) for _ in range(4)]
    texts = [f"{written(draw, year)}{draw.choice(['', '', '①', '*'])}" for year in years]
    values = figures(draw, 4)
    lines = [
        [city, text, str(value)] for city, text, value in zip(CITIES, texts, values, strict=False)
    ]
    return Input(name, [["城市", "年份", "值"], *lines], frozenset(), frozenset(values))


def year_above_a_column(draw: random.Random, name: str) -> Input:
    """A year right above the heading of the figures, beside others."""
    year = draw.randint(1985, 2022)
    stated = year if draw.random() < 0.4 else year - draw.randint(1, 4)
    values = figures(draw, 4)
    lines = [
        [city, str(year), str(value), "7"] for city, value in zip(CITIES, values, strict=False)
    ]
    above = ["", "", written(draw, stated), written(draw, year)]
    rows = [above, ["城市", "年份", "值", "人口"], *lines]
    return Input(name, rows, *of(values, stated != year))


def sum_of_money(draw: random.Random, name: str) -> Input:
    """金额 is the figure itself where the manifest promises money, and else another."""
    values = figures(draw, 3)
    text = draw.choice(["金额", "金額", "Amount", "金额（亿元）", "（金额）"])
    is_money = draw.random() < 0.5
    mapped = {} if is_money else {"series_id": "hei_students", "unit": "person"}
    lines = [[city, "2020", str(value)] for city, value in zip(CITIES, values, strict=False)]
    rows = [["城市", "年份", "值"], ["", "", text], *lines]
    return Input(name, rows, *of(values, not is_money), mapped)


KINDS: dict[str, Callable[[random.Random, str], Input]] = {
    "mark between": mark_between, "mark below heading": mark_below_heading,
    "continued": continued, "unit column": unit_column, "second year": second_year,
    "codes sorted apart": codes_sorted_apart, "cities beside provinces": cities_beside_provinces,
    "remark": remark, "written years": written_years, "year above a column": year_above_a_column,
    "sum of money": sum_of_money, "line of a key": line_of_a_key,
    "beside the headings": beside_the_headings,
    "year beside": year_beside, "year between": year_between, "part beside code": part_beside_code,
    "two lines": two_lines, "province of that name": province_of_that_name,
    "codes kept as texts": codes_kept_as_texts, "unheaded column": unheaded_column,
}  # fmt: skip


def inputs(seed: int = 20251126) -> Iterator[tuple[str, Input]]:
    return drawn(KINDS, seed)


def write(folder: Path, made: Iterable[tuple[str, Input]]) -> None:
    """Write inputs and their manifest into a folder."""
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, MANIFEST_COLUMNS, restval="")
        table.writeheader()
        for place, (_, one) in enumerate(made, 1):
            path = folder / one.name / (one.file or "a.csv")
            path.parent.mkdir()
            with path.open("w", encoding="utf-8", newline="") as content:
                csv.writer(content).writerows(one.rows)
            row = {
                "source_id": one.name, "file": str(path.relative_to(folder)), "level": "city",
                "layout": "long_panel", "header": "代码" if "代码" in one.rows[0] else "城市",
                "item": "值", "year_key": "年份", "region_key": "城市", "series_id": "retail_sales",
                "unit": "100m_yuan", "vintage": "v", "priority": str(place),
            }  # fmt: skip
            table.writerow(row | one.mapped)
