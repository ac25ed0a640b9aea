"""What the readers of all kinds of files share: a row of texts, and the text of a value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from nqp.messages import PlainError

PROBLEMS_SHOWN = 20
# A table needs less; a cell in the last row of an otherwise small sheet would need more.
MOST_CELLS = 20_000_000

# A piece of a cell and how it is shown: one of SHOWN.
Piece: TypeAlias = tuple[str, str]
# The later ones win over the earlier where a piece is several.
SHOWN = ("", "link", "field", "lowered", "raised", "struck out", "hidden")
DIGITS = "0123456789"
SMALL_DIGITS = {
    "raised": str.maketrans(DIGITS, "⁰¹²³⁴⁵⁶⁷⁸⁹"),
    "lowered": str.maketrans(DIGITS, "₀₁₂₃₄₅₆₇₈₉"),
}
# What staging takes for a footnote mark behind a figure.
NOTE_MARK = re.compile(r"\s*(\*+|[①-⑳]|\[\d+\]|\(\d{1,2}\)|注\d*)\s*")
# Letters that may be part of a figure or a year: 1e5, 2014年度, 12注.
LETTERS_OF_FIGURES = "eE年度注"
# Made once: most cells are asked whether they are of these.
FLOATS = (float, np.floating)


class IngestError(PlainError):
    """A file, manifest or corrections list that cannot be used; the message says what to do."""


class Row(NamedTuple):
    """A row of a file.

    sheet: '' outside workbooks. row_no: from 1. texts: from column 1 on, '' where blank.
    hidden: whether a person who opens the workbook does not see the sheet.
    """

    sheet: str
    row_no: int
    texts: list[str]
    hidden: bool = False


def refuse(problems: Sequence[str]) -> None:
    """Raise one IngestError that lists all problems, the first ``PROBLEMS_SHOWN`` in full.

    Does nothing where there are none.
    """
    if len(problems) == 1:
        raise IngestError(problems[0])
    if problems:
        shown = problems[:PROBLEMS_SHOWN]
        more = len(problems) - len(shown)
        heading = f"{len(problems)} problems:"
        raise IngestError("\n- ".join([heading, *shown, *([f"and {more} more."] if more else [])]))


def as_text(value: object) -> str:
    """A typed cell as the text a reader of the sheet would see: 2014.0 is '2014', NaN is ''."""
    if isinstance(value, str):
        return value
    if isinstance(value, FLOATS):
        number = float(value)
        if number.is_integer() and abs(number) < 1e15:
            return str(int(number))
        # Shortest text that reads back to the same number; float32 keeps its own digits.
        return "" if number != number else str(value)
    if isinstance(value, bool):
        return str(value).upper()
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def as_shown(pieces: Sequence[Piece]) -> str:
    """The text of a cell whose pieces are not all shown alike.

    Where the pieces together would be a figure or a year that nobody sees, marks keep them apart:
    123¹, 123[1], [struck out: 99]98. Other texts are joined as they are; but one that is struck
    out whole says so, because it may be what a figure is of.
    """
    filled = [piece for piece in pieces if piece[0].strip()]
    plain = "".join(text for text, _ in pieces)
    if filled and all(how == "struck out" for _, how in filled):
        return f"[struck out: {plain.strip()}]"
    if not any(how for _, how in filled) or not _like_a_figure(plain):
        return plain
    return "".join(
        text if (how == "link" and len(filled) == 1) or not text.strip() else _marked(text, how)
        for text, how in pieces
    )


def _like_a_figure(text: str) -> bool:
    return any(map(str.isdigit, text)) and all(
        letter in LETTERS_OF_FIGURES for letter in text if letter.isalpha()
    )


def _marked(text: str, how: str) -> str:
    if not how:
        return text
    if how in ("link", "raised", "lowered") and NOTE_MARK.fullmatch(text):
        return text
    if how == "link":
        return f"[{text.strip()}]"
    if how in SMALL_DIGITS and any(digit in text for digit in DIGITS):
        return text.translate(SMALL_DIGITS[how])
    return f"[{how}: {text.strip()}]"
