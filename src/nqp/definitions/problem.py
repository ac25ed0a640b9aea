"""A cell of the definitions that makes no sense, and how its text is read."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.ASCII | re.IGNORECASE)

# As many units a message names.
SHOWN = 3

# A row of a list as text, with `study`, `file` and `line`.
Row = Mapping[str, str]


@dataclass(frozen=True)
class Problem:
    """One cell of a definition that makes no sense.

    list: what the file is a list of, as in `SHAPES`. file: as people find it. line: in the file,
    the header being 1. id: what names the row. nearest: the known name most like the one found,
    or ''. study: whose folder the file lies in, '' for the catalogue.
    """

    list: str
    file: str
    line: int
    id: str
    column: str
    found: str
    expected: str
    nearest: str
    advice: str
    study: str = ""

    def __str__(self) -> str:
        found = repr(self.found) if self.found else "nothing"
        stop = "" if self.expected.endswith(".") else "."
        guess = f"; did you mean {self.nearest!r}?" if self.nearest else stop
        return (
            f"{self.file}, line {self.line}{f' ({self.id})' if self.id else ''}, column "
            f"{self.column}: found {found}, expected {self.expected}{guess} {self.advice}"
        )


def terms_of(expression: str) -> list[str]:
    """What stands between the signs of `a + b`; nothing of a blank."""
    return [term.strip() for term in expression.split("+")] if expression.strip() else []


def number(text: str) -> float:
    """A finite number; NaN, which no condition holds of, where the text is none."""
    # float() reads more than SQL does: 1_000, and digits of every script.
    found = float(text) if NUMBER.fullmatch(text) else math.nan
    return found if math.isfinite(found) else math.nan


def integer(text: str) -> int | None:
    found = number(text)
    return int(found) if found.is_integer() else None


def day(text: str) -> date | None:
    """A day as 2016-10-08; None where the text is none."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def listed(values: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, values)))


def some(names: Sequence[str]) -> str:
    """The first three of them, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def span(years: range) -> str:
    return f"{years[0]} to {years[-1]}" if years else "its years"
