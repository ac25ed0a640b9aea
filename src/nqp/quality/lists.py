"""The lists beside the data (manifest.csv, corrections.csv), edited as they are written.

Whatever separates their columns and ends their lines, what is not edited stays byte for byte.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nqp.ingest import IngestError

# A byte-order mark, and the line that names the separator, which Excel does not show as a row.
START = re.compile(r'\ufeff?(?:"?sep=([,;\t|])"?(?:\r\n|\r|\n|\Z))?', re.IGNORECASE)
MARKS = ",;\t|"

# Fields of a row as they are written, each with what ends it: a mark, a line end or nothing.
Row = list[tuple[str, str]]


@dataclass(frozen=True)
class WrittenList:
    """A CSV text in pieces; ``str`` puts them together again.

    start: what stands before the header. mark: what separates fields. rows: the header first.
    """

    start: str
    mark: str
    rows: list[Row]

    def __str__(self) -> str:
        return self.start + "".join(field + end for row in self.rows for field, end in row)

    def names(self) -> list[str]:
        """The names of the columns."""
        return [plain(field) for field, _ in self.rows[0]]

    def row(self, values: Sequence[str]) -> Row:
        """A row of these values, ended like the header."""
        end = self.rows[0][-1][1] or "\n"
        fields = [_written(value, self.mark) for value in values]
        return [*((field, self.mark) for field in fields[:-1]), (fields[-1], end)]

    def with_field(self, row: Row, column: int, value: str) -> Row:
        """The row with this value in a column (from 0), which it may be too short to have."""
        fields = [field for field, _ in row]
        fields += [""] * (column + 1 - len(fields))
        fields[column] = _written(value, self.mark)
        return [*((field, self.mark) for field in fields[:-1]), (fields[-1], row[-1][1])]


def parse(text: str, columns: Sequence[str]) -> WrittenList:
    """The pieces of a list that has (most of) these columns."""
    match = START.match(text)
    start = match[0] if match else ""
    lists = [
        WrittenList(start, mark, _rows(text[len(start) :], mark))
        for mark in (match and match[1]) or MARKS
    ]
    return max(lists, key=lambda found: len(set(found.names()) & set(columns)))


def plain(field: str) -> str:
    """What a field says, without its quotation marks and the spaces around it."""
    if field.startswith('"'):
        quoted, _, rest = field[1:].rpartition('"')
        field = quoted.replace('""', '"') + rest
    return field.strip()


def ended(row: Row, end: str) -> Row:
    """The row, ended where it is the last and nothing ends it."""
    field, own = row[-1]
    return [*row[:-1], (field, own or end)]


def replace(path: Path, text: str, reads_as_meant: Callable[[Path], bool]) -> None:
    """Put ``text`` in the place of the list in one rename; its mode and a link to it stay.

    reads_as_meant: whether the build would read what is meant from the path it is given.
    Raises IngestError where it would not; the list is then as it was.
    """
    real = path.resolve()
    with tempfile.TemporaryDirectory(dir=real.parent, prefix=".writing-") as directory:
        whole = Path(directory) / real.name
        whole.write_bytes(text.encode("utf-8"))
        try:
            meant = reads_as_meant(whole)
        except IngestError:
            meant = False
        if not meant:
            raise IngestError(
                f"{path} cannot be changed so that it is read as it is meant. Save it as CSV "
                "UTF-8, separated by commas, and try again, or change it by hand."
            )
        if real.exists():
            shutil.copymode(real, whole)
        whole.replace(real)


def _rows(text: str, mark: str) -> list[Row]:
    """Rows of a CSV text as RFC 4180 has it, any line ends; nothing behind the last end."""
    bare = rf"[^{re.escape(mark)}\r\n]*"
    field = re.compile(rf'("(?:[^"]|"")*"{bare}|{bare})({re.escape(mark)}|\r\n|\r|\n|\Z)')
    rows: list[Row] = [[]]
    for match in field.finditer(text):
        rows[-1].append((match[1], match[2]))
        if match.end() == len(text) and match[2] != mark:
            break
        if match[2] != mark:
            rows.append([])
    return rows


def _written(value: str, mark: str) -> str:
    """A value as a field, between quotation marks where it needs them."""
    if re.search(rf'["\r\n{re.escape(mark)}]', value):
        return '"' + value.replace('"', '""') + '"'
    return value
