"""A study as far as its questions are answered, and the headings of its table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from nqp.messages import nearest
from nqp.new_study.data import (
    Table,
    figure,
    is_missing,
    listed,
)
from nqp.new_study.regions import Catalogue, Region

# What stands between the parts of an answer, the one that says most first.
SEPARATORS = (r"[;；]", r"\s*\+\s*", r"[,，、]", r"\s+", r"[;；+,，、\s]+")


class AnswerError(ValueError):
    """An answer that cannot be meant: what was expected instead."""


class DependsError(Exception):
    """A question cannot be judged before another one is answered."""


@dataclass
class Draft:
    """A study as far as its questions are answered.

    region_codes, years: of each row of the table. treated: code → first year with a 1, where a
    column says it; None where only the codes are known.
    """

    study: str
    table: Table
    catalogue: Catalogue
    level: str = ""
    region_column: str = ""
    year_column: str = ""
    outcome: str = ""
    controls: tuple[str, ...] = ()
    policy: str = ""
    region_codes: list[str] = field(default_factory=list)
    regions: dict[str, Region] = field(default_factory=dict)
    name_column: str = ""
    totals: list[str] = field(default_factory=list)
    years: list[int] = field(default_factory=list)
    treated: dict[str, int | None] = field(default_factory=dict)
    treated_column: str = ""
    first_treated: dict[str, int] = field(default_factory=dict)
    first_treated_from: str = ""

    @property
    def window(self) -> range:
        known = [year for code, year in zip(self.region_codes, self.years, strict=True) if code]
        return range(min(known), max(known) + 1)

    def values(self, heading: str) -> list[tuple[int, str, int, str]]:
        """Row number, region code, year and text of a column, without totals."""
        return [
            (number, code, year, text)
            for number, code, year, text in zip(
                self.table.row_numbers,
                self.region_codes,
                self.years,
                self.table.column(heading),
                strict=True,
            )
            if code
        ]


@dataclass(frozen=True)
class Question:
    """A question: what it asks for, what is guessed, and the function that takes an answer in."""

    name: str
    asks: str
    guess: Callable[[Draft], str]
    take: Callable[[Draft, str], None]
    may_be_blank: bool = False


# --- headings -----------------------------------------------------------------------------------


def heading_of(draft: Draft, text: str, what: str) -> str:
    """The heading that an answer is. Raises AnswerError with the nearest one."""
    if text in draft.table.headings:
        return text
    near = nearest(text, filter(None, draft.table.headings))
    hint = f"did you mean {near!r}?" if near else f"it has {listed(draft.table.headings)}."
    raise AnswerError(f"expected the heading of {what} in {draft.table.name}; {hint}")


def parts_of(text: str, known: Iterable[str]) -> list[str]:
    """The parts of an answer that names several things, parted as all of them are known.

    Where they are in no way, parted by what says most of that which stands in the answer.
    """
    names = set(known)
    if text in names:
        return [text]
    ways = [[part for part in re.split(mark, text) if part] for mark in SEPARATORS]
    for parts in ways:
        if parts and all(part.strip() in names for part in parts):
            return [part.strip() for part in parts]
    return next(([p.strip() for p in parts] for parts in ways if len(parts) > 1), [text])


def require_figures(draft: Draft, heading: str) -> None:
    """Refuse a column without figures, or with more words than figures."""
    texts = [text for *_, text in draft.values(heading)]
    figures = sum(figure(text) is not None for text in texts)
    words = [
        (number, text)
        for number, _, _, text in draft.values(heading)
        if figure(text) is None and not is_missing(text)
    ]
    if figures == 0 or len(words) > figures:
        found = f"row {words[0][0]} has {words[0][1]!r}" if words else "all its cells are blank"
        raise AnswerError(
            f"expected a column of figures; in {heading!r} {found}. Name another column, or write "
            "figures with a decimal point."
        )


def is_key(draft: Draft, heading: str) -> str:
    keys = {draft.region_column: "the regions", draft.year_column: "the years"}
    return keys.get(heading, "")
