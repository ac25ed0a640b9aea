"""Read raw statistical files as they come: every cell as text, with its place.

Nothing is interpreted here. What a cell means (region, year, number, unit) is decided in SQL,
where it can be queried; this module only turns CSV, XLSX and Stata files into cells.
"""

from __future__ import annotations

import csv
import difflib
import fnmatch
import hashlib
import io
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice, zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from nqp.messages import PlainError

MANIFEST_COLUMNS = (
    "source_id", "file", "sheet", "layout", "level", "header", "region_key", "year_key",
    "item_key", "item", "series_id", "unit", "encoding", "vintage", "priority",
    "provider", "licence", "note", "sha256",
)  # fmt: skip
# A manifest from before there were sums lacks them, and may.
OPTIONAL_COLUMNS = ("sha256",)
CORRECTION_COLUMNS = ("file", "sheet", "row_no", "col_no", "old_text", "new_value", "reason")
WAIVER_COLUMNS = ("rule", "scope", "reason", "who", "until")
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


class IngestError(PlainError):
    """A file, manifest or corrections list that cannot be used; the message says what to do."""


class Cell(NamedTuple):
    """One cell: sheet ('' outside workbooks), 1-based row and column, text ('' if blank)."""

    sheet: str
    row_no: int
    col_no: int
    text: str


def read_manifest(path: Path) -> pd.DataFrame:
    """Read ``manifest.csv``: one row per series taken from a sheet, all columns as text.

    Adds ``manifest_row`` (1-based line in the file, the header being 1).
    Raises IngestError if the file is missing, lacks a column or rows, maps one item twice, or
    gives a file no sum or two.
    """
    manifest = _read_table(path, MANIFEST_COLUMNS)
    if manifest.empty:
        raise IngestError(f"{path} has no rows: add one for each series to take from a file.")
    for column in ("source_id", "file", "layout", "level", "header", "series_id", "unit"):
        _require(manifest, column, path)
    not_integer = manifest[~manifest["priority"].str.fullmatch(r"[1-9]\d*")]
    if len(not_integer):
        row = not_integer.iloc[0]
        raise IngestError(
            f"{path}, row {row.manifest_row}, column priority: expected a whole number from 1 "
            f"(1 = preferred), found {row.priority!r}."
        )
    mapped = ["file", "sheet", "item"]
    twice = manifest[manifest.duplicated(mapped, keep=False)]
    if len(twice):
        rows = ", ".join(map(str, twice["manifest_row"]))
        raise IngestError(
            f"{path}, rows {rows}: the same item of the same sheet is mapped twice "
            f"({twice.iloc[0].file!r}, item {twice.iloc[0]['item']!r}). Keep one row."
        )
    return _with_sums(manifest, path)


def check_manifest(
    manifest: pd.DataFrame, layouts: pd.DataFrame, series: pd.DataFrame, units: pd.DataFrame
) -> pd.DataFrame:
    """The manifest unchanged, if every layout, series and unit it names is defined and fits.

    layouts: layout. series: series_id, unit. units: unit, dimension.
    Raises IngestError naming the row and column, and what would have been right.
    """
    known = {
        "layout": set(layouts["layout"]),
        "series_id": set(series["series_id"]),
        "unit": set(units["unit"]),
        "level": {"city", "province"},
    }
    for column, allowed in known.items():
        for row in manifest[~manifest[column].isin(allowed)].itertuples():
            found = getattr(row, column)
            near = difflib.get_close_matches(found, allowed, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {sorted(allowed)}."
            raise IngestError(
                f"manifest.csv, row {row.manifest_row}, column {column}: {found!r} is not "
                f"defined; {hint} Definitions are in seeds/definitions."
            )
    dimension = dict(zip(units["unit"], units["dimension"], strict=True))
    canonical = dict(zip(series["series_id"], series["unit"], strict=True))
    for place, unit, series_id in manifest[["manifest_row", "unit", "series_id"]].itertuples(
        index=False
    ):
        if dimension[unit] != dimension[canonical[series_id]]:
            raise IngestError(
                f"manifest.csv, row {place}, column unit: {unit!r} cannot be converted to "
                f"{canonical[series_id]!r}, the unit of {series_id!r}."
            )
    return manifest


def read_corrections(path: Path) -> pd.DataFrame:
    """Read ``corrections.csv``; an absent file means no corrections. All columns as text.

    Raises IngestError if it lacks a column or a value, or corrects one cell twice.
    """
    if not path.exists():
        return pd.DataFrame(columns=[*CORRECTION_COLUMNS, "manifest_row"], dtype=str)
    corrections = _read_table(path, CORRECTION_COLUMNS)
    for column in ("file", "row_no", "col_no", "new_value", "reason"):
        _require(corrections, column, path)
    twice = corrections[corrections.duplicated(["file", "sheet", "row_no", "col_no"], keep=False)]
    if len(twice):
        rows = ", ".join(map(str, twice["manifest_row"]))
        raise IngestError(
            f"{path}, rows {rows}: one cell is corrected twice ({twice.iloc[0].file!r}, row "
            f"{twice.iloc[0].row_no}, column {twice.iloc[0].col_no}). Keep one row."
        )
    return corrections


def read_waivers(path: Path) -> pd.DataFrame:
    """Read ``waivers.csv``; an absent file means no waivers. All columns as text.

    Raises IngestError if it lacks a column or a value, or ``until`` is no date.
    """
    if not path.exists():
        return pd.DataFrame(columns=[*WAIVER_COLUMNS, "manifest_row"], dtype=str)
    waivers = _read_table(path, WAIVER_COLUMNS)
    for column in WAIVER_COLUMNS:
        _require(waivers, column, path)
    for until, place in waivers[["until", "manifest_row"]].itertuples(index=False):
        try:
            date.fromisoformat(until)
        except ValueError as error:
            raise IngestError(
                f"{path}, row {place}, column until: expected a date such as 2026-12-31, "
                f"found {until!r}."
            ) from error
    return waivers


def inventory(manifest: pd.DataFrame, data_dir: Path) -> pd.DataFrame:
    """List the files the manifest names: file, bytes, sha256, encoding (as the manifest says),
    sha256_recorded ('' for none), status (`as recorded`, `changed` or `not recorded`).

    Raises IngestError naming every file that is missing or lies outside ``data_dir``.
    """
    files = manifest[["file", "encoding"]].drop_duplicates()
    if (clash := files[files["file"].duplicated()]["file"]).any():
        raise IngestError(f"manifest: two encodings are given for {clash.iloc[0]!r}. Keep one.")
    root = data_dir.resolve()
    recorded = manifest.groupby("file")["sha256"].max()
    rows, problems = [], []
    for file, encoding in files.itertuples(index=False):
        path = (root / file).resolve()
        if not path.is_relative_to(root):
            problems.append(f"{file!r} lies outside the data directory")
        elif not path.is_file():
            problems.append(f"{file!r} does not exist")
        else:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            known = recorded[file]
            status = ("as recorded" if digest == known else "changed") if known else "not recorded"
            rows.append((file, path.stat().st_size, digest, encoding, known, status))
    if problems:
        raise IngestError(
            f"The manifest names files that cannot be read in {data_dir}: "
            + "; ".join(problems)
            + ". Put them there, point DATA_DIR at the right directory, or drop their rows."
        )
    columns = ["file", "bytes", "sha256", "encoding", "sha256_recorded", "status"]
    return pd.DataFrame(rows, columns=columns)


def cell_reader(manifest: pd.DataFrame, data_dir: Path) -> pa.RecordBatchReader:
    """Stream every cell of every file of the manifest (schema ``CELL_SCHEMA``).

    Memory stays bounded by one sheet for workbooks and by one batch for CSV files.
    """
    files = inventory(manifest, data_dir)
    sheets = manifest.groupby("file")["sheet"].agg(set)

    def batches() -> Iterator[pa.RecordBatch]:
        for file, encoding in files[["file", "encoding"]].itertuples(index=False):
            cells = iter(read_cells(data_dir / file, encoding))
            seen: set[str] = set()
            while chunk := list(islice(cells, BATCH_ROWS)):
                sheet, row_no, col_no, text = zip(*chunk, strict=True)
                seen.update(sheet)
                yield pa.record_batch(
                    [pa.repeat(file, len(chunk)), list(sheet), list(row_no), list(col_no),
                     list(text)],
                    schema=CELL_SCHEMA,
                )  # fmt: skip
            if not seen:
                raise IngestError(f"{file}: holds no cell. Get the file again, or drop its rows.")
            _require_sheets(file, sheets[file], seen)

    return pa.RecordBatchReader.from_batches(CELL_SCHEMA, batches())


def read_cells(path: Path, encoding: str = "") -> Iterable[Cell]:
    """All cells of one file, blank ones included; the reader is chosen by the file's ending."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise IngestError(
            f"{path}: files ending in {path.suffix!r} cannot be read; expected one of "
            f"{', '.join(READERS)}. Save it as XLSX or CSV."
        )
    return reader(path, encoding)


def decode(content: bytes, encoding: str, name: str) -> str:
    """Text of a CSV file: in the encoding given, else UTF-8 (with or without BOM), else GB18030."""
    for candidate in [encoding] if encoding else ["utf-8-sig", "gb18030"]:
        try:
            return content.decode(candidate)
        except UnicodeDecodeError as error:
            row = content.count(b"\n", 0, error.start) + 1
            problem = f"byte {error.start} in row {row} is not {candidate}"
        except LookupError:
            problem = f"unknown encoding {candidate!r}"
    raise IngestError(
        f"{name}: {problem}. Give the file's encoding in the manifest (utf-8-sig, gb18030 …)."
    )


def _csv_cells(path: Path, encoding: str) -> Iterator[Cell]:
    text = decode(path.read_bytes(), encoding, path.name)
    # NBS exports separate by comma (old portal) or TAB+comma (new): a TAB there belongs to the
    # cell. Marks between quotation marks separate nothing.
    head = re.sub(r'"[^"]*("|$)|\t(?=,|$)', "", text[:20_000])
    delimiter = max(",;\t", key=lambda mark: (head.count(mark), mark == ","))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    row_no = 0
    try:
        for row_no, row in enumerate(rows, 1):
            for col_no, value in enumerate(row, 1):
                yield Cell("", row_no, col_no, value)
    except csv.Error as error:
        raise IngestError(
            f"{path.name}, row {row_no + 1}: {error}. Look for a quotation mark that is not closed."
        ) from error


def _workbook_cells(path: Path, _encoding: str) -> Iterator[Cell]:
    try:
        book = CalamineWorkbook.from_path(str(path))
        for sheet in book.sheet_names:
            rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            for row_no, row in enumerate(rows, 1):
                for col_no, value in enumerate(row, 1):
                    yield Cell(sheet, row_no, col_no, as_text(value))
    except (CalamineError, OSError) as error:
        raise IngestError(
            f"{path.name}: not a readable workbook ({error}). Open it and save it again as XLSX."
        ) from error


def _stata_cells(path: Path, _encoding: str) -> Iterator[Cell]:
    """Variable names are row 1; observation i is row i + 1."""
    try:
        frame = pd.read_stata(path, convert_categoricals=False, convert_dates=False)
    except (ValueError, struct.error) as error:
        raise IngestError(
            f"{path.name}: not a readable Stata file ({error}). Save it again from Stata."
        ) from error
    for col_no, name in enumerate(frame.columns, 1):
        yield Cell("", 1, col_no, str(name))
    # Not tolist(), which would widen float32 to digits that the file does not hold.
    columns = [list(frame[name].to_numpy()) for name in frame.columns]
    for row_no, values in enumerate(zip(*columns, strict=True), 2):
        for col_no, value in enumerate(values, 1):
            yield Cell("", row_no, col_no, as_text(value))


READERS: dict[str, Callable[[Path, str], Iterable[Cell]]] = {
    ".csv": _csv_cells,
    ".xlsx": _workbook_cells,
    ".dta": _stata_cells,
}


def as_text(value: object) -> str:
    """A typed cell as the text a reader of the sheet would see: 2014.0 is '2014', NaN is ''."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return str(value).upper()
        case float() | np.floating():
            if np.isnan(value):
                return ""
            number = float(value)
            # Shortest text that reads back to the same number; float32 keeps its own digits.
            return str(int(number)) if number.is_integer() and abs(number) < 1e15 else str(value)
        case _ if pd.isna(value):  # type: ignore[call-overload]
            return ""
    return str(value)


def _read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    if not path.is_file():
        raise IngestError(
            f"{path} does not exist. Every data profile needs a {path.name}; "
            "data/README.md describes its columns."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise IngestError(f"{path} is not UTF-8 ({error.reason}). Save it as CSV UTF-8.") from error
    header, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    missing = [name for name in columns if name not in (*header, *OPTIONAL_COLUMNS)]
    if missing:
        raise IngestError(f"{path}: column {missing[0]!r} is missing; expected {list(columns)}.")
    records = []
    for row_no, row in enumerate(rows, 2):
        if len(row) > len(header):
            raise IngestError(
                f"{path}, row {row_no}: {len(row)} values for {len(header)} columns. Put text that "
                "holds a comma between quotation marks."
            )
        if any(row):
            record = dict(zip_longest(header, map(str.strip, row), fillvalue=""))
            records.append([*(record.get(column, "") for column in columns), row_no])
    frame = pd.DataFrame(records, columns=[*columns, "manifest_row"])
    return frame.astype({column: str for column in columns} | {"manifest_row": int})


def _require(frame: pd.DataFrame, column: str, path: Path) -> None:
    blank = frame.loc[frame[column] == "", "manifest_row"]
    if len(blank):
        raise IngestError(f"{path}, row {blank.iloc[0]}, column {column}: a value is required.")


def _with_sums(manifest: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The manifest with its checksums in lower case; each is one, and a file has one at most."""
    manifest["sha256"] = manifest["sha256"].str.lower()
    given = manifest[manifest["sha256"] != ""]
    odd = given[~given["sha256"].str.fullmatch("[0-9a-f]{64}")]
    if len(odd):
        raise IngestError(
            f"{path}, row {odd.iloc[0].manifest_row}, column sha256: expected 64 hexadecimal "
            f"digits, found {odd.iloc[0].sha256!r}. `nqp verify --record` writes the sum."
        )
    two = given[given.groupby("file")["sha256"].transform("nunique") > 1]
    if len(two):
        rows = ", ".join(map(str, two[two["file"] == two.iloc[0].file]["manifest_row"]))
        raise IngestError(
            f"{path}, rows {rows}, column sha256: two sums are given for {two.iloc[0].file!r}. "
            "Clear both; `nqp verify --record` writes the right one."
        )
    return manifest


def _require_sheets(file: str, patterns: set[str], seen: set[str]) -> None:
    for pattern in patterns - {""}:
        if not any(fnmatch.fnmatchcase(sheet, pattern) for sheet in seen):
            raise IngestError(
                f"{file}: the manifest names sheet {pattern!r}; the workbook has {sorted(seen)}."
            )
