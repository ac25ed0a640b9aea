"""Every cell of the files that a manifest names, as one stream."""

from __future__ import annotations

import fnmatch
import tempfile
from collections.abc import Iterator
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from nqp.ingest.inventory import inventory
from nqp.ingest.manifest import TABLE_COLUMNS, mapping_problems
from nqp.ingest.rows import IngestError, Row, refuse
from nqp.ingest.stata import is_stata, stata_rows
from nqp.ingest.text import text_rows
from nqp.ingest.web import html_rows, is_html
from nqp.ingest.workbooks import is_workbook, workbook_rows

BATCH_ROWS = 65_536

CELL_SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("sheet", pa.string()),
        ("row_no", pa.int32()),
        ("col_no", pa.int32()),
        ("text", pa.string()),
    ]
)

# First bytes of what is often sent in place of a table, and what it is.
NO_TABLE = {
    b"%PDF": "a PDF document",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"{\\rtf": "a rich text document",
    b"MIME-Version": "a web page in one file (MHTML)",
    b"\x09\x00\x04\x00": "a worksheet of Excel 2",
    b"\x09\x02\x06\x00": "a worksheet of Excel 3",
    b"\x09\x04\x06\x00": "a worksheet of Excel 4",
}


class Cell(NamedTuple):
    """One cell: sheet ('' outside workbooks), 1-based row and column, text ('' if blank)."""

    sheet: str
    row_no: int
    col_no: int
    text: str


def cell_reader(manifest: pd.DataFrame, data_dir: Path | None = None) -> pa.RecordBatchReader:
    """Every cell of every file of the manifest (schema ``CELL_SCHEMA``), as a stream.

    Where the files lie is as for ``inventory``.

    The cells wait in a temporary file, so that a faulty file raises its error here: from
    within a stream it would reach people as an error of the database. Memory stays bounded by one
    sheet for workbooks and by one batch of rows for other files.
    Raises IngestError as ``inventory`` and ``read_rows`` do, and where the manifest and the sheets
    do not fit.
    """
    # Closed, and gone, with the reader.
    waiting = tempfile.TemporaryFile()  # noqa: SIM115
    packed = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(waiting, CELL_SCHEMA, options=packed) as stream:
        for batch in _batches(manifest, data_dir):
            stream.write_batch(batch)
    waiting.seek(0)
    return pa.ipc.open_stream(waiting)


def _batches(manifest: pd.DataFrame, data_dir: Path | None) -> Iterator[pa.RecordBatch]:
    if data_dir is not None:
        manifest = manifest.assign(root=str(data_dir), name=manifest["file"])
    paths = {
        file: Path(root) / name
        for file, root, name in manifest[["file", "root", "name"]].to_numpy()
    }
    for file, encoding in inventory(manifest)[["file", "encoding"]].to_numpy():
        filled: dict[str, bool] = {}
        hidden: set[str] = set()
        rows: list[Row] = []
        size = 0
        for row in read_rows(paths[file], encoding):
            if not filled.get(row.sheet):
                filled[row.sheet] = any(map(str.strip, row.texts))
                hidden |= {row.sheet} if row.hidden else set()
            rows.append(row)
            size += len(row.texts)
            if size >= BATCH_ROWS:
                yield _batch(file, rows)
                rows, size = [], 0
        if rows:
            yield _batch(file, rows)
        sheets = [sheet for sheet, any_text in filled.items() if any_text]
        if not sheets:
            raise IngestError(f"{file}: holds no cell. Get the file again, or drop its rows.")
        _check_sheets(file, manifest[manifest["file"] == file], sheets, hidden)


def read_cells(path: Path, encoding: str = "") -> Iterator[Cell]:
    """All cells of one file, blank ones included; see ``read_rows``."""
    for sheet, row_no, texts, _ in read_rows(path, encoding):
        for col_no, text in enumerate(texts, 1):
            yield Cell(sheet, row_no, col_no, text)


def read_rows(path: Path, encoding: str = "") -> Iterator[Row]:
    """All rows of one file. What the file is, is seen from its first bytes, not from its name.

    encoding: of a text file or an old Stata file; '' lets it be found.
    Raises IngestError where the file is no table that can be read, or a damaged one.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise IngestError(f"{path.name}: is empty (0 bytes). Get the file again.")
    if is_workbook(head):
        return workbook_rows(path)
    if is_stata(head):
        return stata_rows(path, encoding)
    if is_html(head):
        return html_rows(path, encoding)
    for signature, what in NO_TABLE.items():
        if head.startswith(signature):
            raise IngestError(f"{path.name}: is {what}, not a table. Save it as XLSX or CSV.")
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<?xml"):
        raise IngestError(
            f"{path.name}: is XML, whatever its name says. Open it in Excel and save it as XLSX."
        )
    return text_rows(path, encoding)


def _batch(file: str, rows: list[Row]) -> pa.RecordBatch:
    sizes = np.array([len(row.texts) for row in rows])
    starts = np.cumsum(sizes) - sizes
    sheets = [
        pa.repeat(sheet, sum(len(row.texts) for row in of_sheet))
        for sheet, of_sheet in groupby(rows, key=attrgetter("sheet"))
    ]
    return pa.record_batch(
        [
            pa.repeat(file, sizes.sum()),
            pa.concat_arrays(sheets),
            np.repeat(np.array([row.row_no for row in rows], dtype=np.int32), sizes),
            (np.arange(sizes.sum()) - np.repeat(starts, sizes) + 1).astype(np.int32),
            list(chain.from_iterable(row.texts for row in rows)),
        ],
        schema=CELL_SCHEMA,
    )


def _check_sheets(file: str, mapped: pd.DataFrame, sheets: list[str], hidden: set[str]) -> None:
    """Refuse a manifest whose patterns take no sheet, a hidden one unnamed, or one item twice.

    mapped: the manifest's rows for the file. sheets: those that hold something, in order.
    """
    problems = []
    taken: dict[str, list[int]] = {sheet: [] for sheet in sheets}
    records = mapped.to_dict("records")
    for position, row in enumerate(records):
        listed = row.get("listed") or f"manifest.csv, row {row['manifest_row']}"
        pattern, column = row["sheet"], f"{listed}, column sheet:"
        taking = [name for name in sheets if not pattern or fnmatch.fnmatchcase(name, pattern)]
        if not taking and str(row.get("optional")).lower() == "true":
            continue
        if not taking and sheets == [""]:
            problems.append(
                f"{column} {file!r} is no workbook and has no sheets; leave {pattern!r} out."
            )
        elif not taking:
            problems.append(
                f"{column} {file!r} has no sheet {pattern!r} that holds anything; it has {sheets}."
            )
        for name in taking:
            taken[name].append(position)
            if name in hidden and name != pattern:
                problems.append(
                    f"{column} {pattern!r} takes {name!r} of {file!r}, which is hidden there. Look "
                    "at it (in Excel: right-click on a tab, Unhide) and name the sheets that are "
                    "meant one by one."
                )
    for name, positions in taken.items():
        # A look at the values alone: hardly a sheet has two readings, and many a workbook has many.
        if len({itemgetter(*TABLE_COLUMNS)(records[position]) for position in positions}) > 1:
            problems += mapping_problems(mapped.iloc[positions], f" {name!r}" if name else "")
    refuse(list(dict.fromkeys(problems)))
