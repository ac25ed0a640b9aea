"""Titles, sub-headings, units, keys and roundings as yearbooks print them: which of them make other
figures of a table, and which do no harm.

Each kind is a grammar over tests/bad_input/printed_words.yml (see `stated_beside`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import yaml

from bad_input import CORPUS
from made_up_context import CITIES, drawn
from stated_beside import Input, Rows, figures

WORDS: dict[str, list[Any]] = yaml.safe_load(
    (CORPUS / "printed_words.yml").read_text(encoding="utf-8")
)
HEAD = ["城市", "年份", "值"]
BRACKETS = ["({})", "（{}）", "[{}]", "【{}】", "{}"]


def table(values: Sequence[float | str], names: Sequence[str] = CITIES) -> Rows:
    return [[name, "2020", str(value)] for name, value in zip(names, values, strict=False)]


def below(text: str, values: list[float]) -> Rows:
    """A table with a text below the heading of its figures."""
    return [HEAD, ["", "", text], *table(values)]


def second_line(text: str, values: list[float]) -> Rows:
    """A table with a text in the second line of the heading of its figures."""
    return [[*HEAD[:2], f"{HEAD[2]}\n{text}"], *table(values)]


def above(text: str, values: list[float], blank: int = 0) -> Rows:
    """A table with a text above it."""
    return [[text, "", ""], *[["", "", ""]] * blank, HEAD, *table(values)]


def right_unit(draw: random.Random, name: str) -> Input:
    """The manifest's unit, 亿元, in both languages and with the name of the money."""
    text = draw.choice(BRACKETS).format(draw.choice(WORDS["right_money"]))
    prefix = draw.choice(["", "单位：", "单 位:", "計量單位：", "Unit: "])
    place = above if prefix and draw.random() < 0.5 else below
    values = figures(draw, 3)
    return Input(name, place(prefix + text, values), frozenset(), frozenset(values))


def wrong_unit(draw: random.Random, name: str) -> Input:
    """Another unit, in the same forms."""
    text = draw.choice(BRACKETS).format(draw.choice(WORDS["wrong_money"]))
    prefix = draw.choice(["单位：", "计量单位:", "Unit: "])
    values = figures(draw, 3)
    rows = above(prefix + text, values) if draw.random() < 0.5 else below(text, values)
    return Input(name, rows, frozenset(values), frozenset())


def right_heading(draw: random.Random, name: str) -> Input:
    """A sub-heading that says: the figure itself, of all the region, of all the year."""
    way = draw.choice(["{}", "（{}）", "{}（亿元）", " {} ", "{}\n(100 million yuan)"])
    text = way.format(draw.choice(WORDS["plain_headings"]))
    values = figures(draw, 3)
    rows = draw.choice([below, second_line])(text, values)
    return Input(name, rows, frozenset(), frozenset(values))


def wrong_heading(draw: random.Random, name: str) -> Input:
    """A sub-heading that says: growth, index, rank, mean, plan, a part of the region or year."""
    text = draw.choice(WORDS["telling_headings"]).format(base=draw.randint(1950, 2019))
    values = figures(draw, 3)
    rows = draw.choice([below, second_line])(text, values)
    return Input(name, rows, frozenset(values), frozenset())


def title(draw: random.Random, name: str) -> Input:
    """A title that says something else: either no figure is staged, or the title is listed."""
    number = draw.choice(["", "表3-1 ", "3—1 ", "一、", "续表 "])
    subject = draw.choice(["各市社会消费品零售总额", "各市主要指标", "2020年各市", ""])
    text = number + subject + draw.choice(WORDS["telling_titles"])
    values = figures(draw, 3)
    return Input(name, above(text, values, draw.randint(0, 2)), frozenset(values), frozenset())


def rounding(draw: random.Random, name: str) -> Input:
    """A figure and its rounding in one source: the longer is kept, the other no second figure."""
    exact = [round(value + draw.choice([0.03, 0.07, 0.06]), 3) for value in figures(draw, 4)]
    places = draw.choice([0, 1])
    rounded = [f"{value:.{places}f}" for value in exact]
    lines = [*table(exact), *table(rounded)]
    draw.shuffle(lines)
    right = frozenset(exact)
    return Input(name, [HEAD, *lines], frozenset(map(float, rounded)) - right, right)


def no_rounding(draw: random.Random, name: str) -> Input:
    """A copy that differs by more than its last digit: neither is known to be right."""
    exact = [round(value + 0.03, 3) for value in figures(draw, 4)]
    copies = [f"{value + draw.choice([-1, 1]) * draw.choice([0.2, 0.7, 5]):.1f}" for value in exact]
    wrong = frozenset([*exact, *map(float, copies)])
    return Input(name, [HEAD, *table(exact), *table(copies)], wrong, frozenset())


def marked_names(draw: random.Random, name: str) -> Input:
    """Names with stars, numbers of notes, spaces, or their province in front."""
    names = [
        draw.choice(WORDS["marked_names"]).format(draw.choice([city, " ".join(city)]))
        for city in CITIES
    ]
    values = figures(draw, len(names))
    return Input(name, [HEAD, *table(values, names)], frozenset(), frozenset(values))


def parts_and_others(draw: random.Random, name: str) -> Input:
    """Names of parts of a city, of another province's, of several: none is the city."""
    names = [draw.choice(WORDS["names_of_parts"]).format(city) for city in CITIES[:-1]]
    values = figures(draw, len(CITIES))
    rows = table(values, [*names, CITIES[-1]])
    return Input(name, [HEAD, *rows], frozenset(values[:-1]), frozenset(values[-1:]))


def districts_of_beijing(draw: random.Random, name: str) -> Input:
    """朝阳 in a list of districts is not the city of Liaoning."""
    names = draw.sample(WORDS["districts"], draw.randint(4, 8))
    if draw.random() < 0.5:
        names = [f"{text}区" for text in names]
    names.insert(draw.randint(1, len(names) - 1), "朝阳")
    values = figures(draw, len(names))
    city = figures(draw, 1)[0] + 1000
    rows = [*table(values, names), ["", "", ""], ["合肥市", "2020", str(city)]]
    return Input(name, [HEAD, *rows], frozenset(values), frozenset([city]))


def columns_no_key_maps(draw: random.Random, name: str) -> Input:
    """A column beside the keys whose texts tell the rows of a region and year apart."""
    heading, whole, *parts = draw.choice(WORDS["key_columns"])
    values = figures(draw, 6)
    marks = [whole, parts[0], *(draw.choice([whole, *parts]) for _ in values[2:])]
    rows = [
        [city, "2020", mark, str(value)]
        for city, mark, value in zip(CITIES, marks, values, strict=False)
    ]
    wrong = frozenset(value for mark, value in zip(marks, values, strict=True) if mark != whole)
    head = [*HEAD[:2], heading, HEAD[2]]
    return Input(name, [head, *rows], wrong, frozenset(values) - wrong)


KINDS: dict[str, Callable[[random.Random, str], Input]] = {
    "right unit": right_unit, "wrong unit": wrong_unit, "right heading": right_heading,
    "wrong heading": wrong_heading, "telling title": title, "rounding": rounding,
    "no rounding": no_rounding, "marked names": marked_names, "parts and others": parts_and_others,
    "districts of Beijing": districts_of_beijing, "columns no key maps": columns_no_key_maps,
}  # fmt: skip


def inputs(seed: int = 20261126) -> Iterator[tuple[str, Input]]:
    return drawn(KINDS, seed)
