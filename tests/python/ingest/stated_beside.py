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


KINDS: dict[str, Callable[[random.Random, str], Input]] = {
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
                "layout": "long_panel", "header": "代码" if "region_key" in one.mapped else "城市",
                "item": "值", "year_key": "年份", "region_key": "城市", "series_id": "retail_sales",
                "unit": "100m_yuan", "vintage": "v", "priority": str(place),
            }  # fmt: skip
            table.writerow(row | one.mapped)
