"""Tables whose figures are not what their manifest says, by what stands beside them.

Each kind is a grammar: words (tests/bad_input/made_up_words.yml) in places, from which many inputs
are made.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml

from bad_input import CORPUS
from nqp.ingest import MANIFEST_COLUMNS

EACH = 30
CITIES = ["合肥市", "芜湖市", "蚌埠市", "淮南市", "马鞍山市", "淮北市", "安庆市"]
WORDS: dict[str, list[str]] = yaml.safe_load(
    (CORPUS / "made_up_words.yml").read_text(encoding="utf-8")
)
Made = TypeVar("Made")
NOT_LEVELS, UNKNOWN = WORDS["not_levels"], WORDS["unknown"]


@dataclass(frozen=True)
class Input:
    """A file of one source in 亿元. wrong: figures that must not be staged; right: those that may
    be, as they stand in the file."""

    name: str
    level: str
    lines: list[str]
    header: str
    wrong: frozenset[float]
    right: frozenset[float]
    listed: bool = False


def figures(draw: random.Random, count: int) -> list[float]:
    return draw.sample([round(50 + n / 8, 3) for n in range(4000)], count)


def around(draw: random.Random, text: str) -> str:
    """A text as tables decorate it."""
    return draw.choice(WORDS["decorations"]).format(text)


def quoted(text: str) -> str:
    return f'"{text}"' if "," in text or "\n" in text else text


def below_heading(draw: random.Random, name: str) -> Input:
    text = around(draw, draw.choice(NOT_LEVELS + UNKNOWN))
    values = figures(draw, 3)
    rows = [f"{city},2020,{value}" for city, value in zip(CITIES, values, strict=False)]
    lines = ["城市,年份,值", f",,{quoted(text)}", *rows]
    return Input(name, "city", lines, "1", frozenset(values), frozenset())


def between_rows(draw: random.Random, name: str) -> Input:
    text = around(draw, draw.choice(NOT_LEVELS + UNKNOWN))
    values = figures(draw, 4)
    rows = [f"{city},2020,{value}" for city, value in zip(CITIES, values, strict=False)]
    lines = ["城市,年份,值", *rows[:2], f"{quoted(text)},,", *rows[2:]]
    return Input(name, "city", lines, "1", frozenset(values[2:]), frozenset(values[:2]))


def title(draw: random.Random, name: str) -> Input:
    text = draw.choice(["各市", "2020年", "表3 ", ""]) + draw.choice(NOT_LEVELS)
    values = figures(draw, 2)
    rows = [f"{city},2020,{value}" for city, value in zip(CITIES, values, strict=False)]
    lines = [f"{quoted(text)},,", *[",,"] * draw.randint(0, 2), "城市,年份,值", *rows]
    return Input(name, "city", lines, "城市", frozenset(values), frozenset())


def unit(draw: random.Random, name: str) -> Input:
    other = draw.choice(WORDS["other_units"])
    values = figures(draw, 2)
    rows = [f"{city},2020,{value}" for city, value in zip(CITIES, values, strict=False)]
    way = draw.randrange(5)
    head = "城市,年份,值"
    if way == 0:
        lines, header = [f"{quoted('单位：' + other)},,", head, *rows], "城市"
    elif way == 1:
        lines, header = [f",單位：,{quoted(other)}", head, *rows], "城市"
    elif way == 2:
        lines, header = [head, f",,{quoted(other)}", *rows], "1"
    elif way == 3:
        lines, header = [f"{quoted('Unit: ' + other)},,", head, *rows], "城市"
    else:
        lines, header = [head, f"{quoted('计量单位: ' + other)},,", *rows], "1"
    return Input(name, "city", lines, header, frozenset(values), frozenset())


def extra_column(draw: random.Random, name: str) -> Input:
    heading = draw.choice(WORDS["column_headings"])
    whole = {"季度": "全年", "月份": "全年"}.get(heading, "全市")
    part = (
        draw.choice(["1", "2", "3", "4"]) if heading in ("季度", "月份")
        else draw.choice(WORDS["parts"])
    )  # fmt: skip
    values = figures(draw, 4)
    marks = [whole, part, part, whole]
    rows = [
        f"{city},2020,{mark},{value}"
        for city, mark, value in zip(CITIES, marks, values, strict=False)
    ]
    lines = [f"城市,年份,{heading},值", *rows]
    return Input(
        name, "city", lines, "1", frozenset(values[1:3]), frozenset([values[0], values[3]])
    )


def code_and_name(draw: random.Random, name: str) -> Input:
    pairs = [("340100", "合肥市"), ("340200", "芜湖市"), ("340300", "蚌埠市"), ("340400", "淮南市"),
             ("340500", "马鞍山市"), ("340600", "淮北市")]  # fmt: skip
    values = figures(draw, len(pairs))
    place = draw.randrange(len(pairs))
    names = [text for _, text in pairs]
    names[place] = draw.choice(["济南市", "杭州市", "宁波市", "成都市"])
    rows = [
        f"{code},{text},2020,{value}"
        for (code, _), text, value in zip(pairs, names, values, strict=True)
    ]
    right = frozenset(value for n, value in enumerate(values) if n != place)
    lines = ["代码,城市,年份,值", *rows]
    return Input(name, "city", lines, "1", frozenset([values[place]]), right)


def foot(draw: random.Random, name: str) -> Input:
    text = draw.choice(WORDS["note_marks"]) + draw.choice(WORDS["notes"])
    values = figures(draw, 3)
    rows = [f"{city},2020,{value}" for city, value in zip(CITIES, values, strict=False)]
    lines = ["城市,年份,值", *rows, f"{text},,"]
    return Input(name, "city", lines, "1", frozenset(), frozenset(values), listed=True)


KINDS: dict[str, Callable[[random.Random, str], Input]] = {
    "below heading": below_heading, "between rows": between_rows, "title": title, "unit": unit,
    "extra column": extra_column, "code and name": code_and_name, "foot": foot,
}  # fmt: skip
KEYS = {"code and name": "代码"}


def drawn(
    kinds: Mapping[str, Callable[[random.Random, str], Made]], seed: int
) -> Iterator[tuple[str, Made]]:
    """`EACH` inputs of each kind."""
    for kind, make in kinds.items():
        draw = random.Random(f"{seed} {kind}")
        for number in range(EACH):
            yield kind, make(draw, f"{kind.replace(' ', '_')}_{number}")


def inputs(seed: int = 20160225) -> Iterator[tuple[str, Input]]:
    return drawn(KINDS, seed)


def write(folder: Path) -> None:
    """Write all inputs and their manifest into a folder."""
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, MANIFEST_COLUMNS, restval="")
        table.writeheader()
        for place, (kind, one) in enumerate(inputs(), 1):
            (folder / f"{one.name}.csv").write_text("\n".join(one.lines), encoding="utf-8")
            table.writerow(
                {
                    "source_id": one.name, "file": f"{one.name}.csv", "layout": "long_panel",
                    "level": one.level, "header": one.header, "item": "值", "year_key": "年份",
                    "region_key": KEYS.get(kind, "城市"), "series_id": "retail_sales",
                    "unit": "100m_yuan", "vintage": "v", "priority": str(place),
                }
            )  # fmt: skip
