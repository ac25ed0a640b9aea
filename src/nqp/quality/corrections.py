"""Record that a cell of a file is wrong: one row more in ``corrections.csv``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from nqp import ingest
from nqp.addresses import cell_address
from nqp.quality import lists

# What the build takes for one (macro parse_number), without separators of thousands.
NUMBER = re.compile(r"(?!.{41})[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?", re.ASCII)


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
    raise ingest.IngestError(f"there is no cell {cell_address(file, sheet, row_no, col_no)}.")


def record(path: Path, correction: Correction, *, replace: bool = False) -> int:
    """Write the correction into ``path`` and say in which row.

    The row is separated and ended like the header, and the others stay as they are, byte for byte;
    an absent file begins with the header. The file is replaced in one rename, once it has been read
    as the next build reads it.

    Raises IngestError where the list cannot be read, or the row would not be read as it is meant;
    ValueError where the reason is blank, the new value is no number or that of the cell, or the
    cell is corrected already and ``replace`` is not given.
    """
    _require_sense(correction)
    address = [correction.file, correction.sheet, str(correction.row_no), str(correction.col_no)]
    known = ingest.read_corrections(path)
    same = known[(known[["file", "sheet", "row_no", "col_no"]] == address).all(axis=1)]
    if len(same) and not replace:
        row = same.iloc[0]
        raise ValueError(
            f"{path}, row {row.manifest_row}, already corrects this cell to {row.new_value} "
            f"({row.reason}). Give --replace to put the new correction in its place."
        )
    text = path.read_bytes().decode() if path.exists() else ",".join(ingest.CORRECTION_COLUMNS)
    written = lists.parse(text, ingest.CORRECTION_COLUMNS)
    values = correction._asdict()
    line = written.row([str(values.get(name, "")) for name in written.names()])
    if len(same):
        row_no = int(same["manifest_row"].iloc[0])
        written.rows[row_no - 1] = line
    else:
        written.rows[-1] = lists.ended(written.rows[-1], line[-1][1])
        written.rows.append(line)
        row_no = len(written.rows)
    meant = _by_row(known) | {row_no: tuple(map(str, correction))}
    lists.replace(
        path, str(written), lambda whole: _by_row(ingest.read_corrections(whole)) == meant
    )
    return row_no


def _by_row(corrections: pd.DataFrame) -> dict[int, tuple[str, ...]]:
    """What each row of the list says."""
    return {row_no: tuple(row) for *row, row_no in corrections.itertuples(index=False, name=None)}


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
