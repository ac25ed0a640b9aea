"""Write a table to a file for people who work in Excel, Stata or R."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd

# What makes a spreadsheet take a text for a formula; a text that is a number is none.
FORMULA_START = re.compile(r"[=+\-@\t\r\n]")
NUMBER = re.compile(r"[-+]?(\d[\d,]*\.?\d*|\.\d+)([eE][-+]?\d+)?%?", re.ASCII)
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
EXCEL_ROWS, STATA_TEXT = 1_048_575, 2045


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write ``frame``, without its index, in the format that the ending of ``path`` names.

    ``.csv`` is UTF-8 with a byte-order mark, which Excel needs for Chinese; ``.xlsx``; ``.dta`` is
    Stata 14 and later (format 118); ``.parquet``. In CSV and XLSX an apostrophe is put before a
    text (or heading) that a spreadsheet would run as a formula; numbers stay as they are.
    A file that is there is replaced only when the new one is whole.

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
        writer(frame, whole)
        whole.replace(path)


def neutralised(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would take it for a formula."""
    if FORMULA_START.match(text) and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _for_spreadsheets(frame: pd.DataFrame) -> pd.DataFrame:
    texts = {name: frame[name].map(_cell) for name in frame.columns if not _is_typed(frame[name])}
    return frame.assign(**texts).rename(columns=_cell)


def _cell(value: object) -> object:
    """What a spreadsheet's cell can hold of an entry that is no number or time."""
    if _is_missing(value) or isinstance(value, bool):
        return value
    return neutralised(str(value))


def _is_missing(value: object) -> bool:
    return pd.api.types.is_scalar(value) and bool(pd.isna(value))  # type: ignore[call-overload]


def _is_typed(column: pd.Series) -> bool:
    """Whether a column holds numbers, truth values or times (without zone), and so no text."""
    return pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_dtype(column)


def _csv(frame: pd.DataFrame, path: Path) -> None:
    _for_spreadsheets(frame).to_csv(path, index=False, encoding="utf-8-sig")


def _xlsx(frame: pd.DataFrame, path: Path) -> None:
    if len(frame) > EXCEL_ROWS:
        raise ValueError(
            f"{path.name}: {len(frame):,} rows do not fit into a sheet of {EXCEL_ROWS:,}. "
            "Write .csv or .parquet, or select fewer."
        )
    clean = _for_spreadsheets(frame).map(
        lambda value: NOT_IN_XML.sub("", value) if isinstance(value, str) else value
    )
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        clean.to_excel(book, index=False, freeze_panes=(1, 0))


def _dta(frame: pd.DataFrame, path: Path) -> None:
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
        frame.assign(**texts).to_stata(path, version=118, write_index=False, convert_strl=long)


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False)


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".dta": _dta,
    ".parquet": _parquet,
}
