"""What people write beside a manifest: corrections of cells, texts that they accept, waivers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from nqp.addresses import cell_address
from nqp.ingest.own_tables import is_absent, missing_values, read_table, row_numbers
from nqp.ingest.rows import refuse

CORRECTION_COLUMNS = ("file", "sheet", "row_no", "col_no", "old_text", "new_value", "reason")
ACCEPTED_COLUMNS = ("source_id", "file", "sheet", "text", "reason", "who", "date")
WAIVER_COLUMNS = ("rule", "scope", "reason", "who", "until")


def read_corrections(path: Path) -> pd.DataFrame:
    """Read ``corrections.csv``; an absent file means no corrections. All columns as text.

    Raises IngestError if it lacks a column or a value, or corrects one cell twice.
    """
    if is_absent(path):
        return pd.DataFrame(columns=[*CORRECTION_COLUMNS, "manifest_row"], dtype=str)
    corrections = read_table(path, CORRECTION_COLUMNS, ("sheet",))
    cell = ["file", "sheet", "row_no", "col_no"]
    problems = list(
        missing_values(
            corrections, ("file", "row_no", "col_no", "new_value", "reason"), "corrections.csv"
        )
    )
    problems += [
        f"corrections.csv, row {row['manifest_row']}, column {column}: expected a whole number "
        f"from 1, found {row[column]!r}."
        for row in corrections.to_dict("records")
        for column in ("row_no", "col_no")
        if not re.fullmatch(r"([1-9]\d*)?", row[column])
    ]
    problems += [
        f"corrections.csv, rows {row_numbers(twice)}: one cell is corrected twice "
        f"({_address(twice.iloc[0])}). Keep one row."
        for _, twice in corrections.groupby(cell, sort=False)
        if len(twice) > 1
    ]
    refuse(problems)
    return corrections


def _address(correction: pd.Series[str]) -> str:
    row_no, col_no = correction["row_no"], correction["col_no"]
    if not (row_no.isdigit() and col_no.isdigit()):
        return str(correction["file"])
    return cell_address(correction["file"], correction["sheet"], int(row_no), int(col_no))


def read_accepted(path: Path) -> pd.DataFrame:
    """Read ``accepted_texts.csv``: texts beside figures that somebody has looked at.

    An absent file means none. file and sheet may be blank, for all of the source. All columns are
    text. Raises IngestError if it lacks a column or a value, or a date is none.
    """
    if is_absent(path):
        return pd.DataFrame(columns=[*ACCEPTED_COLUMNS, "manifest_row"], dtype=str)
    accepted = read_table(path, ACCEPTED_COLUMNS, ("sheet",))
    required = ("source_id", "text", "reason", "who", "date")
    refuse(
        [
            *missing_values(accepted, required, "accepted_texts.csv"),
            *_not_dates(accepted, "date", "accepted_texts.csv"),
        ]
    )
    return accepted


def read_waivers(path: Path, folders: Mapping[str, Path] | None = None) -> pd.DataFrame:
    """Read ``waivers.csv`` of the profile and of each study; an absent file means no waivers.

    folders: by study, its folder. Column ``study`` says whose a row is, '' where it is the
    profile's. All columns are text.

    Raises IngestError if a file lacks a column or a value, or ``until`` is no date.
    """
    own = {study: folder / "waivers.csv" for study, folder in (folders or {}).items()}
    files = {"": path, **own}
    return pd.concat([_read_waivers(file, study) for study, file in files.items()],
                     ignore_index=True)  # fmt: skip


def _read_waivers(path: Path, study: str) -> pd.DataFrame:
    if is_absent(path):
        return pd.DataFrame(columns=[*WAIVER_COLUMNS, "manifest_row", "study"], dtype=str)
    waivers = read_table(path, WAIVER_COLUMNS).assign(study=study)
    name = f"{study}/waivers.csv" if study else "waivers.csv"
    refuse(
        [
            *missing_values(waivers, WAIVER_COLUMNS, name),
            *_not_dates(waivers, "until", name),
        ]
    )
    return waivers


def _not_dates(table: pd.DataFrame, column: str, file: str) -> list[str]:
    """What is wrong with the cells of a column that are neither blank nor a date."""
    return [
        f"{file}, row {row['manifest_row']}, column {column}: expected a date such as 2026-12-31, "
        f"found {row[column]!r}."
        for row in table.to_dict("records")
        if row[column] and not _is_date(row[column])
    ]


def _is_date(text: str) -> bool:
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
