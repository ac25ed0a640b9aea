"""The data file of a new study: a heading and a row per region and year."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from nqp.ingest.cells import read_rows
from nqp.messages import PlainError

# As many problems, rows or names a message lists; the others are counted.
SHOWN = 8
# Cells without a figure, as staging has them.
MISSING = frozenset(
    {"", "-", "--", "—", "——", "―", ".", "…", "……", "...", "/", "na", "n/a", "n.a.", "nan", "<na>",
     "null", "none", "#n/a", "缺失", "暂无", "暂缺", "空"}
)  # fmt: skip
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,2})?", re.ASCII | re.IGNORECASE)
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}((,\d{3})+|( \d{3})+)(\.\d+)?", re.ASCII)
YEAR = re.compile(r"(\d{4})(\.0+)?\s*年?度?", re.ASCII)
MINUS = str.maketrans("−﹣–‐‑", "-----")
# A sheet's table begins no further down.
LAST_HEADER_ROW = 60


class NewStudyError(PlainError):
    """Answers or a data file that no study can be made of; the message says what to do."""


@dataclass(frozen=True)
class Table:
    """A table of texts with where it lies: sheet ('' outside workbooks), row of the headings.

    rows: number of each row in the file, and its texts, as wide as the headings.
    """

    path: Path
    sheet: str
    header_row: int
    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def name(self) -> str:
        return self.path.name

    def column(self, heading: str) -> list[str]:
        """The texts below a heading, row by row."""
        position = self.headings.index(heading)
        return [texts[position] for _, texts in self.rows]

    @property
    def row_numbers(self) -> list[int]:
        return [number for number, _ in self.rows]


def clean(text: str) -> str:
    """A text without spaces at its ends, its characters half-width and its spaces single."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).translate(MINUS)).strip()


def heading_key(heading: str) -> str:
    """The form in which headings are compared when the file is read."""
    return re.sub(r"\s", "", heading).translate(str.maketrans("[]【】〔〕{}", "()()()()"))


def read_data(path: Path) -> Table:
    """Read the first sheet that holds a table: CSV, XLSX, XLS or Stata, whatever its name.

    Rows with fewer than two filled cells are notes, not rows. Raises NewStudyError where there is
    no table, or its headings are not each another one; IngestError and OSError as `read_rows`.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise NewStudyError(f"{path} {what}. --data names a CSV, XLSX or Stata file.")
    for sheet, rows in groupby(read_rows(path), key=lambda row: row.sheet):
        filled = [
            (row.row_no, tuple(map(clean, row.texts)))
            for row in rows
            if not row.hidden and sum(bool(text.strip()) for text in row.texts) > 1
        ]
        if filled:
            return _table(path, sheet, filled)
    raise NewStudyError(
        f"{path.name} holds no table: expected a row of headings, and below it a row per region "
        "and year."
    )


def _table(path: Path, sheet: str, filled: Sequence[tuple[int, tuple[str, ...]]]) -> Table:
    (header_row, headings), *rows = filled
    where = path.name + f", sheet {sheet}" * bool(sheet)
    while headings and not headings[-1]:
        headings = headings[:-1]
    if header_row > LAST_HEADER_ROW:
        raise NewStudyError(
            f"{where}: the headings are in row {header_row}. Move the table into the first "
            f"{LAST_HEADER_ROW} rows."
        )
    if all(NUMBER.fullmatch(text) for text in headings if text):
        raise NewStudyError(
            f"{where}, row {header_row}: expected the headings of the columns, found figures "
            f"({listed(headings)}). Put a row of headings on top."
        )
    keys = Counter(map(heading_key, filter(None, headings)))
    if twice := [heading for heading in headings if heading and keys[heading_key(heading)] > 1]:
        raise NewStudyError(
            f"{where}, row {header_row}: the heading {twice[0]!r} stands twice. Rename one."
        )
    width = len(headings)
    rows = [row for row in rows if any(row[1][:width])]
    if wide := [number for number, texts in rows if any(texts[width:])]:
        raise NewStudyError(
            f"{where}, row {wide[0]}: has a cell with no heading above it. Give every column a "
            "heading, and put text that holds a comma between quotation marks."
        )
    if not rows:
        raise NewStudyError(f"{where}: has no rows under its headings.")
    texts = tuple((number, (texts + ("",) * width)[:width]) for number, texts in rows)
    return Table(path, sheet, header_row, tuple(headings), texts)


def figure(text: str) -> float | None:
    """The number in a cell, as staging reads it; None where it is none, or the cell is blank."""
    bare = text.removesuffix("%").strip()
    if NUMBER.fullmatch(bare):
        return float(bare)
    if THOUSANDS.fullmatch(bare):
        return float(bare.replace(",", "").replace(" ", ""))
    return None


def is_missing(text: str) -> bool:
    return text.lower() in MISSING


def year_of(text: str) -> int | None:
    """2014, 2014.0, 2014年: the year; None where the text is none."""
    found = YEAR.fullmatch(text)
    return int(found[1]) if found else None


def listed(values: Iterable[object], most: int = SHOWN) -> str:
    """The first of some values, and how many more there are."""
    texts = [str(value) for value in values if str(value)]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
