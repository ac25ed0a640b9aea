"""What a rule finds: how grave it is, which cells it is about, which numbers, and one sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nqp.audit.intervals import Interval, as_interval


class Severity(StrEnum):
    """How grave a finding is.

    The words are those of the published table. `UNDECIDABLE` is no finding: the printed digits
    allow both answers.
    """

    CONTRADICTION = "contradiction"
    AGAINST_CLAIM = "against its own claim"
    UNLIKELY = "unlikely"
    UNCLEAR = "unclear"
    UNDECIDABLE = "undecidable"


SEVERITIES_ZH = {
    Severity.CONTRADICTION: "矛盾",
    Severity.AGAINST_CLAIM: "与自身结论不符",
    Severity.UNLIKELY: "不大可能",
    Severity.UNCLEAR: "不清楚",
    Severity.UNDECIDABLE: "无法判定",
}


@dataclass(frozen=True)
class Cell:
    """One cell of a printed table.

    column_number is None for a row of descriptive statistics; term is then the variable.
    what: the part of the row, as `estimate`, `parenthesis`, `stars`, `n_obs`, `r2`, `mean`.
    """

    table_number: str
    column_number: str | None
    term: str | None
    what: str
    panel: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that a rule has to say of a table.

    cells: those concerned, the one to look at first. numbers: by name, each as an interval.
    """

    rule: str
    severity: Severity
    cells: tuple[Cell, ...]
    sentence: str
    sentence_zh: str
    numbers: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True)
class Implied:
    """What a table implies without saying it, as the number of units: no finding."""

    rule: str
    cells: tuple[Cell, ...]
    sentence: str
    sentence_zh: str
    numbers: Mapping[str, Interval] = field(default_factory=dict)


def show(value: Interval | float, digits: int = 3) -> str:
    """A number for a sentence: an interval as "1.89 to 2.71", a whole number with its commas."""
    there = as_interval(value)
    low, high = _number(there.low, digits), _number(there.high, digits)
    if math.isinf(there.high):
        return "any number" if math.isinf(there.low) else f"{low} or more"
    return low if low == high else f"{low} to {high}"


def show_zh(value: Interval | float, digits: int = 3) -> str:
    """The same for a Chinese sentence: 1.89至2.71."""
    there = as_interval(value)
    low, high = _number(there.low, digits), _number(there.high, digits)
    if math.isinf(there.high):
        return "任意值" if math.isinf(there.low) else f"{low}或以上"
    return low if low == high else f"{low}至{high}"


def columns(numbers: Iterable[str | None]) -> str:
    """ "column 3" or "columns 1, 2 and 4"."""
    names = [number or "" for number in numbers]
    if len(names) == 1:
        return f"column {names[0]}"
    return f"columns {', '.join(names[:-1])} and {names[-1]}"


def columns_zh(numbers: Iterable[str | None]) -> str:
    """第1、2、4列."""
    return f"第{'、'.join(number or '' for number in numbers)}列"


def _number(value: float, digits: int) -> str:
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    if abs(value - round(value)) < 1e-9 * max(1.0, abs(value)) and abs(value) < 1e15:
        return f"{round(value):,}"
    if abs(value) >= 10**digits:
        return f"{value:,.0f}"
    text = f"{value:.{digits}g}"
    if "e" in text:
        factor, power = f"{value:.{digits - 1}e}".split("e")
        text = f"{factor}e{int(power)}"
    return text
