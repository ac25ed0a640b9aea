"""Record that a cell of a file is wrong: one row more in ``corrections.csv``."""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from nqp import ingest

BOM = "\ufeff"
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)


class Correction(NamedTuple):
    """A row of ``corrections.csv``: a cell, the text it holds, and what is right, and why.

    row_no, col_no: from 1. old_text, new_value: in the unit in which the file counts.
    """

    file: str
    sheet: str
    row_no: int
    col_no: int
    old_text: str
    new_value: str
    reason: str


def text_of_cell(
    manifest: pd.DataFrame, data_dir: Path, file: str, sheet: str, row_no: int, col_no: int
) -> str:
    """The text that a cell holds now, without white space around it.

    manifest: as ``ingest.read_manifest``. Raises IngestError where the manifest does not name the
    file, the file cannot be read, or it has no such cell.
    """
    rows = manifest[manifest["file"] == file]
    if rows.empty:
        raise ingest.IngestError(
            f"the manifest names no file {file!r}: write it as in manifest.csv, column file."
        )
    ingest.inventory(rows, data_dir)
    for cell in ingest.read_cells(data_dir / file, rows["encoding"].iloc[0]):
        if (cell.sheet, cell.row_no, cell.col_no) == (sheet, row_no, col_no):
            return cell.text.strip()
    raise ingest.IngestError(f"{file} {sheet}: there is no cell in row {row_no}, column {col_no}.")


def record(path: Path, correction: Correction, *, replace: bool = False) -> int:
    """Write the correction into ``path`` and say in which row.

    The other rows, the line ends and a byte-order mark stay as they are, byte for byte; an absent
    file begins with the header. The file is replaced in one rename.

    Raises IngestError where the list cannot be read; ValueError where the reason is blank, the new
    value is no number or that of the cell, or the cell is corrected already and ``replace`` is not
    given.
    """
    _require_sense(correction)
    place = [correction.file, correction.sheet, str(correction.row_no), str(correction.col_no)]
    known = ingest.read_corrections(path)
    same = known[(known[["file", "sheet", "row_no", "col_no"]] == place).all(axis=1)]
    if len(same) and not replace:
        row = same.iloc[0]
        raise ValueError(
            f"{path}, row {row.manifest_row}, already corrects this cell to {row.new_value} "
            f"({row.reason}). Give --replace to put the new correction in its place."
        )
    path = path.resolve()
    text = path.read_bytes().decode("utf-8") if path.exists() else ""
    start = BOM if text.startswith(BOM) else ""
    records = _records(text.removeprefix(BOM))
    end = "\r\n" if records and records[0].endswith("\r\n") else "\n"
    if not records:
        records = [",".join(ingest.CORRECTION_COLUMNS) + end]
    if not records[-1].endswith(("\n", "\r")):
        records[-1] += end
    header = next(csv.reader([records[0]]))
    line = _line([str(correction._asdict().get(name, "")) for name in header], end)
    if len(same):
        row_no = int(same["manifest_row"].iloc[0])
        records[row_no - 1] = line
    else:
        records.append(line)
        row_no = len(records)
    _replace(path, start + "".join(records))
    return row_no


def _require_sense(correction: Correction) -> None:
    if not correction.reason.strip():
        raise ValueError(
            "a correction needs a reason: why the figure is wrong, whence the new one."
        )
    if not NUMBER.fullmatch(correction.new_value):
        raise ValueError(
            f"{correction.new_value!r} is not a number: write 5613 or 5613.25, without separators "
            "and in the unit in which the file counts."
        )
    old = correction.old_text.replace(",", "")
    if NUMBER.fullmatch(old) and float(old) == float(correction.new_value):
        raise ValueError(f"the cell already holds {correction.old_text}.")


def _records(text: str) -> list[str]:
    """The rows of a CSV text as they are written, line ends included."""
    lines = [line for line in re.split(r"(?<=\n)|(?<=\r)(?!\n)", text) if line]
    rows, begin = csv.reader(lines), 0
    records = []
    for _ in rows:
        records.append("".join(lines[begin : rows.line_num]))
        begin = rows.line_num
    return records


def _line(values: list[str], end: str) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator=end).writerow(values)
    return line.getvalue()


def _replace(path: Path, text: str) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as directory:
        whole = Path(directory) / path.name
        whole.write_bytes(text.encode("utf-8"))
        if path.exists():
            shutil.copymode(path, whole)
        whole.replace(path)
