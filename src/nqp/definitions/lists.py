"""One list of definitions: a CSV file that a person writes, read as text and strictly."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

# What spreadsheets put between cells where the comma is the decimal sign.
OTHER_SEPARATORS = {";": "semicolons", "\t": "TABs"}


class UnreadableError(ValueError):
    """A file that is no table of definitions; the message says what to do."""


def read_list(path: Path) -> pd.DataFrame:
    """A CSV file as text, blanks as '', a row a line.

    Raises UnreadableError naming the line where it is no UTF-8, has other separators than commas,
    quotation marks that do not close, blank or broken lines, or lines of another width.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"cannot be opened ({error.strerror}).") from error
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            f"line {line}, is not UTF-8. Save it as CSV UTF-8, not as plain CSV."
        ) from error
    if not text.strip():
        raise UnreadableError("is empty. The first line names the columns.")
    header, *rows = list(_cells(text))
    if twice := [name for name, times in Counter(header).items() if times > 1]:
        raise UnreadableError(f"line 1, has the column {twice[0]!r} twice. Keep one.")
    return pd.DataFrame(rows, columns=header, dtype=str)


def _cells(text: str) -> Iterator[list[str]]:
    lines = re.split(r"\r\n|\r|\n", text.rstrip("\r\n"))
    for separator, name in OTHER_SEPARATORS.items():
        if "," not in lines[0] and separator in lines[0]:
            raise UnreadableError(f"line 1, is parted by {name}. Put commas between the cells.")
    width = 0
    for line_no, line in enumerate(lines, 1):
        if not line.strip():
            raise UnreadableError(f"line {line_no}, is blank. Remove it.")
        # A line by itself: no cell of a definition holds a line break.
        try:
            (cells,) = csv.reader([line], strict=True)
        except csv.Error as error:
            raise UnreadableError(
                f"line {line_no}, has quotation marks out of place ({error}). Close them on their "
                "line, and double those inside a text."
            ) from error
        width = width or len(cells)
        if len(cells) != width:
            raise UnreadableError(
                f"line {line_no}, has {len(cells)} cells, the first line {width}. Put text that "
                "holds a comma between quotation marks."
            )
        yield cells
