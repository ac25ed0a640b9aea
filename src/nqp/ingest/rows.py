"""What the readers of all kinds of files share: a row of texts, and the text of a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from nqp.messages import PlainError

PROBLEMS_TOLD = 20


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
    """Raise IngestError telling the problems all at once, the first ``PROBLEMS_TOLD`` in full.

    Does nothing where there are none.
    """
    if len(problems) == 1:
        raise IngestError(problems[0])
    if problems:
        told = problems[:PROBLEMS_TOLD]
        more = len(problems) - len(told)
        heading = f"{len(problems)} problems:"
        raise IngestError("\n- ".join([heading, *told, *([f"and {more} more."] if more else [])]))


def as_text(value: object) -> str:
    """A typed cell as the text a reader of the sheet would see: 2014.0 is '2014', NaN is ''."""
    if isinstance(value, str):
        return value
    if isinstance(value, float | np.floating):
        number = float(value)
        if number.is_integer() and abs(number) < 1e15:
            return str(int(number))
        # Shortest text that reads back to the same number; float32 keeps its own digits.
        return "" if number != number else str(value)
    if isinstance(value, bool):
        return str(value).upper()
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]
