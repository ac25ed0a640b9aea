"""Write a table to a file for people who work in Excel, Stata or R."""

from __future__ import annotations

import re
import tempfile
import unicodedata
import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nqp.messages import SIMULATED

# A spreadsheet takes a text that begins like this for a formula, also behind control characters
# that it drops. A text that is a number is not taken for one.
FORMULA_START = re.compile(r"[=+\-@\x00-\x1f]")
NUMBER = re.compile(r"[-+]?(\d[\d,]*\.?\d*|\.\d+)([eE][-+]?\d+)?%?", re.ASCII)
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
EXCEL_ROWS, EXCEL_TEXT, STATA_TEXT = 1_048_575, 32_767, 2045


def write_table(frame: pd.DataFrame, path: Path, simulated: bool = False) -> None:
    """Write ``frame``, without its index, in the format that the ending of ``path`` names.

    ``.csv`` is UTF-8 with a byte-order mark, which Excel needs for Chinese; ``.xlsx``; ``.dta`` is
    Stata 14 and later (format 118); ``.parquet``. In CSV and XLSX an apostrophe is put before a
    text (or heading) that a spreadsheet would run as a formula; numbers stay as they are.
    A file that is there is replaced only when the new one is whole.

    simulated: the rows rest on simulated data. The name and the properties of the sheet, the data
    label of Stata and the metadata of Parquet say so; CSV has only its columns.

    Raises ValueError where the ending, the directory or the size does not fit.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ValueError(
            f"{path}: files ending in {path.suffix!r} cannot be written; "
            f"expected one of {', '.join(WRITERS)}."
        )
    if not path.parent.is_dir():
        raise ValueError(f"{path}: there is no directory {path.parent}. Make it first.")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as directory:
        whole = Path(directory) / path.name
        writer(frame, whole, simulated)
        whole.replace(path)


def neutralised(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would take it for a formula.

    Excel in Chinese and Japanese reads full-width signs (＝) as their half-width ones.
    """
    plain = unicodedata.normalize("NFKC", text)
    if FORMULA_START.match(plain) and not NUMBER.fullmatch(plain):
        return f"'{text}"
    return text


def _for_spreadsheets(frame: pd.DataFrame, cleaned: Callable[[str], str]) -> pd.DataFrame:
    """The frame with its texts and headings neutralised, as they are once they are cleaned."""

    def cell(value: object) -> object:
        if _is_missing(value) or isinstance(value, bool):
            return value
        return neutralised(cleaned(str(value)))

    texts = {name: frame[name].map(cell) for name in frame.columns if not _is_typed(frame[name])}
    return frame.assign(**texts).rename(columns=cell)


def _is_missing(value: object) -> bool:
    return pd.api.types.is_scalar(value) and bool(pd.isna(value))  # type: ignore[call-overload]


def _is_typed(column: pd.Series) -> bool:
    """Whether a column holds numbers, truth values or times (without zone), and so no text."""
    return pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_dtype(column)


def _csv(frame: pd.DataFrame, path: Path, simulated: bool) -> None:
    _for_spreadsheets(frame, str).to_csv(path, index=False, encoding="utf-8-sig")


def _xlsx(frame: pd.DataFrame, path: Path, simulated: bool) -> None:
    if len(frame) > EXCEL_ROWS:
        raise ValueError(
            f"{path.name}: {len(frame):,} rows do not fit into a sheet of {EXCEL_ROWS:,}. "
            "Write .csv or .parquet, or select fewer."
        )
    clean = _for_spreadsheets(frame, lambda text: NOT_IN_XML.sub("", text))
    _refuse_long_texts(clean, path.name)
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        sheet = "SIMULATED" if simulated else "Sheet1"
        clean.to_excel(book, index=False, freeze_panes=(1, 0), sheet_name=sheet)
        if simulated:
            book.book.properties.title = book.book.properties.description = SIMULATED
            # Printed sheets say so too.
            book.sheets[sheet].oddHeader.center.text = SIMULATED
        # A text is a text, also where it looks like a formula or an error (#N/A).
        for row in book.sheets[sheet].iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    cell.data_type = "s"


def _refuse_long_texts(frame: pd.DataFrame, file: str) -> None:
    for name, column in frame.items():
        lengths = column.map(lambda value: len(value) if isinstance(value, str) else 0)
        if (lengths > EXCEL_TEXT).any():
            row = int(lengths.to_numpy().argmax())
            raise ValueError(
                f"{file}: column {name!s:.60}, row {row + 2}: a text of {lengths.iloc[row]:,} "
                f"characters does not fit into a cell, which holds {EXCEL_TEXT:,}. "
                "Write .csv or .parquet, or select less of it."
            )


def _dta(frame: pd.DataFrame, path: Path, simulated: bool) -> None:
    """Texts are never missing in Stata, only empty; long ones need a type of their own.

    Characters that no Stata name can have become underscores.
    """
    texts = {
        name: frame[name].map(lambda value: "" if _is_missing(value) else str(value))
        for name in frame.columns
        if not _is_typed(frame[name])
    }
    long = [name for name, text in texts.items() if text.str.len().max() * 4 > STATA_TEXT]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.InvalidColumnName)
        frame.assign(**texts).to_stata(
            path, version=118, write_index=False, convert_strl=long,
            data_label=SIMULATED if simulated else None,
        )  # fmt: skip


def _parquet(frame: pd.DataFrame, path: Path, simulated: bool) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    said = {"data_profile": "simulated", "note": SIMULATED} if simulated else {}
    pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **said}), path)


WRITERS: dict[str, Callable[[pd.DataFrame, Path, bool], None]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".dta": _dta,
    ".parquet": _parquet,
}
