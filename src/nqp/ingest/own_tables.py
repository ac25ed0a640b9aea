"""The lists that people write beside their files, as tables of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

import pandas as pd

from nqp.ingest.rows import IngestError, refuse
from nqp.ingest.text import text_rows, where_not_text
from nqp.ingest.workbooks import is_workbook


def is_absent(path: Path) -> bool:
    """Whether there is nothing of that name, not even a link that leads nowhere."""
    return not path.exists() and not path.is_symlink()


def read_table(
    path: Path, columns: tuple[str, ...], optional: tuple[str, ...] = ()
) -> pd.DataFrame:
    """The rows of a list as text, with ``manifest_row``: the line of each, the header being 1.

    columns: those it may have, of which the optional ones may be missing.
    Raises IngestError if the file is no such table.
    """
    if path.is_dir():
        raise IngestError(f"{path} is a folder. Put a CSV file in its place.")
    if path.is_symlink() and not path.exists():
        raise IngestError(f"{path} is a link to nothing. Mend or remove the link.")
    if not path.is_file():
        raise IngestError(
            f"{path} does not exist. Every data profile needs a {path.name}; "
            "data/README.md describes its columns."
        )
    try:
        with path.open("rb") as file:
            head = file.read(8)
        if is_workbook(head):
            raise IngestError(f"{path} is a workbook, whatever its name. Save it as CSV UTF-8.")
        if problem := where_not_text(path, "utf-8"):
            raise IngestError(f"{path} is not UTF-8 ({problem}). Save it as CSV UTF-8.")
        header, *rows = [row.texts for row in text_rows(path, "utf-8")] or [[]]
    except OSError as error:
        raise IngestError(f"{path} cannot be opened ({error.strerror}).") from error
    header = [name.strip() for name in header]
    if not any(header) and not any(any(map(str.strip, row)) for row in rows):
        raise IngestError(f"{path} is empty; expected a row with the headings {list(columns)}.")
    # A value may look like a heading that may be missing: the ones that may not decide.
    if not set(header) & (set(columns) - set(optional)):
        raise IngestError(
            f"{path}: the first row has none of the headings; expected {list(columns)}."
        )
    if missing := [name for name in columns if name not in (*header, *optional)]:
        are = f"column {missing[0]!r} is" if len(missing) == 1 else f"columns {missing} are"
        raise IngestError(f"{path}: {are} missing; expected {list(columns)}.")
    if twice := [name for name, times in Counter(header).items() if times > 1 and name in columns]:
        raise IngestError(f"{path}: column {twice[0]!r} stands twice. Keep one.")
    refuse(
        [
            f"{path}, row {row_no}: {len(row)} values for {len(header)} columns. Put text that "
            "holds a comma between quotation marks."
            for row_no, row in enumerate(rows, 2)
            if len(row) > len(header)
        ]
    )
    records = []
    for row_no, row in enumerate(rows, 2):
        if any(map(str.strip, row)):
            record = dict(zip_longest(header, map(str.strip, row), fillvalue=""))
            records.append([*(record.get(column, "") for column in columns), row_no])
    frame = pd.DataFrame(records, columns=[*columns, "manifest_row"])
    return frame.astype({column: str for column in columns} | {"manifest_row": int})


def missing_values(frame: pd.DataFrame, columns: Iterable[str], name: str) -> Iterator[str]:
    for column in columns:
        for row_no in frame.loc[frame[column] == "", "manifest_row"]:
            yield f"{name}, row {row_no}, column {column}: a value is required."


def row_numbers(frame: pd.DataFrame) -> str:
    return ", ".join(map(str, frame["manifest_row"]))
