"""The manifest: what to take from which file, and what its rows say against each other."""

from __future__ import annotations

import difflib
import re
from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from nqp.ingest.own_tables import missing_values, read_table, row_numbers
from nqp.ingest.rows import IngestError, refuse

MANIFEST_COLUMNS = (
    "source_id", "file", "sheet", "layout", "level", "header", "region_key", "year_key",
    "item_key", "item", "series_id", "unit", "encoding", "vintage", "priority",
    "provider", "licence", "note", "sha256", "optional", "year", "data_profile",
)  # fmt: skip
REQUIRED = ("source_id", "file", "layout", "level", "header", "series_id", "unit")
# A column that may be blank may be missing.
OPTIONAL_COLUMNS = tuple(name for name in MANIFEST_COLUMNS if name not in REQUIRED)
# Columns that describe the table of a sheet: they agree in all manifest rows of the sheet.
TABLE_COLUMNS = ("layout", "level", "header", "region_key", "year_key", "item_key")
# staging.blocks looks for a heading no further down.
LAST_HEADER_ROW = 60


def read_manifest(path: Path) -> pd.DataFrame:
    """Read ``manifest.csv``: one row per series taken from a sheet, all columns as text.

    Adds ``manifest_row`` (1-based line in the file, the header being 1). What the rows say is for
    ``check_manifest``.
    Raises IngestError if the file is missing, is no table, lacks a column or rows, or has checksums
    that are none or contradict each other.
    """
    manifest = read_table(path, MANIFEST_COLUMNS, OPTIONAL_COLUMNS)
    if (manifest["priority"] == "").all():
        manifest["priority"] = "1"
    if manifest.empty:
        raise IngestError(f"{path} has no rows: add one for each series to take from a file.")
    manifest["sha256"] = manifest["sha256"].str.lower()
    refuse(list(_sum_problems(manifest)))
    return manifest


def check_manifest(
    manifest: pd.DataFrame,
    layouts: pd.DataFrame,
    series: pd.DataFrame,
    units: pd.DataFrame,
    levels: Iterable[str],
) -> pd.DataFrame:
    """The manifest unchanged, if every row of it makes sense and all rows agree.

    layouts: layout, region_axis, year_axis, item_axis. series: series_id, unit. units: unit,
    dimension. levels: those that have regions.
    Raises IngestError naming all problems, each with its row and column and what would be right.
    """
    refuse(
        [
            *missing_values(manifest, REQUIRED, "manifest.csv"),
            *_unknown_names(manifest, layouts, series, units, levels),
            *_misfits(manifest, layouts),
            *_contradictions(manifest),
        ]
    )
    return manifest


def mapping_problems(rows: pd.DataFrame, sheet: str) -> Iterator[str]:
    """What manifest rows for one sheet say against each other about the table in it.

    Whether two of them map one item, staging says (`mapped_items`), which compares headings.
    """
    for column in TABLE_COLUMNS:
        if len(set(rows[column])) > 1:
            found = rows.drop_duplicates(column)
            yield (
                f"{rows_listed(found)}, column {column}: one sheet "
                f"({rows['file'].iloc[0]!r}{sheet}) can be read in one way only, found "
                f"{_listed(found[column])}. Make them the same."
            )


# --- what the rows of a manifest say ---------------------------------------------------------


def _unknown_names(
    manifest: pd.DataFrame,
    layouts: pd.DataFrame,
    series: pd.DataFrame,
    units: pd.DataFrame,
    levels: Iterable[str],
) -> Iterator[str]:
    known = {
        "layout": set(layouts["layout"]),
        "series_id": set(series["series_id"]),
        "unit": set(units["unit"]),
        "level": set(levels),
    }
    for column, allowed in known.items():
        for row in manifest[~manifest[column].isin(allowed | {""})].to_dict("records"):
            found = row[column]
            near = difflib.get_close_matches(found, allowed, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {sorted(allowed)}."
            yield (
                f"manifest.csv, row {row['manifest_row']}, column {column}: {found!r} is not "
                f"defined; {hint} Definitions are in the catalogue and the folders of studies."
            )
    dimension = dict(zip(units["unit"], units["dimension"], strict=True))
    canonical = dict(zip(series["series_id"], series["unit"], strict=True))
    for row in manifest[manifest["unit"].isin(dimension)].to_dict("records"):
        unit = canonical.get(row["series_id"], row["unit"])
        if dimension[row["unit"]] != dimension[unit]:
            yield (
                f"manifest.csv, row {row['manifest_row']}, column unit: {row['unit']!r} cannot be "
                f"converted to {unit!r}, the unit of {row['series_id']!r}."
            )


def _misfits(manifest: pd.DataFrame, layouts: pd.DataFrame) -> Iterator[str]:
    """Headers, keys and priorities that cannot be what is meant."""
    axes = layouts.set_index("layout")[["region_axis", "year_axis", "item_axis"]].to_dict("index")
    for row in manifest.to_dict("records"):
        where = f"manifest.csv, row {row['manifest_row']}, column"
        if not re.fullmatch(r"[1-9]\d*", row["priority"]):
            yield (
                f"{where} priority: expected a whole number from 1 (1 = preferred), found "
                f"{row['priority']!r}."
            )
        if row["optional"].lower() not in ("", "true", "false"):
            yield f"{where} optional: expected true, false or nothing, found {row['optional']!r}."
        if row["year"] and not re.fullmatch("(19|20)[0-9]{2}", row["year"]):
            yield f"{where} year: expected a year such as 2015, found {row['year']!r}."
        if row["data_profile"] and not re.fullmatch(r"\w[\w-]*", row["data_profile"]):
            yield (
                f"{where} data_profile: expected one word such as simulated, licensed, public or "
                f"open, found {row['data_profile']!r}."
            )
        header = row["header"]
        number = re.fullmatch(r"[-+]?[\d.]+", header)
        if number and not (header.isdecimal() and 1 <= int(header) <= LAST_HEADER_ROW):
            yield (
                f"{where} header: expected the number of the row with the headings (1 to "
                f"{LAST_HEADER_ROW}) or a text that stands in it, found {header!r}."
            )
        if row["layout"] in axes:
            yield from _axis_problems(row, axes[row["layout"]], where)


def _axis_problems(row: dict[Any, Any], axes: dict[Any, Any], where: str) -> Iterator[str]:
    """Where a row's keys and item do not fit its layout: a key for each axis down a column."""
    layout = f"layout {row['layout']!r}"
    if axes["year_axis"] == "manifest" and not row["year"]:
        yield f"{where} year: {layout} has no year in the sheet; give the one that it is of."
    elif axes["year_axis"] != "manifest" and row["year"]:
        yield f"{where} year: {layout} has the years in the sheet; leave {row['year']!r} out."
    for what in ("region", "year", "item"):
        key = row[f"{what}_key"]
        if key.startswith("#") and not re.fullmatch(r"#[1-9]\d*", key):
            yield f"{where} {what}_key: a column by its number is written as #2, found {key!r}."
        elif axes[f"{what}_axis"] == "row" and not key:
            yield (
                f"{where} {what}_key: {layout} has the {what} in a column; give its heading or its "
                "number (#2)."
            )
        elif axes[f"{what}_axis"] != "row" and key:
            yield f"{where} {what}_key: {layout} has no column for the {what}; leave {key!r} out."
    if axes["item_axis"] == "file" and row["item"]:
        yield f"{where} item: {layout} has one series in a sheet; leave {row['item']!r} out."
    elif axes["item_axis"] != "file" and not row["item"]:
        yield f"{where} item: give the heading or label that the series has in the sheet."


def _contradictions(manifest: pd.DataFrame) -> Iterator[str]:
    """What rows say against each other."""
    for (_, sheet), rows in manifest.groupby(["file", "sheet"], sort=False):
        yield from mapping_problems(rows, f" {sheet!r}" if sheet else "")
    for (file,), found in _differing(manifest, ["file"], "encoding"):
        yield (
            f"manifest.csv, rows {row_numbers(found)}, column encoding: two encodings are "
            f"given for {file!r}: {_listed(found['encoding'])}. Keep one."
        )
    named = manifest[(manifest["source_id"] != "") & (manifest["series_id"] != "")]
    for column in ("vintage", "priority"):
        keys = ["source_id", "level", "series_id"]
        for (source, _, series), found in _differing(named, keys, column):
            yield (
                f"manifest.csv, rows {row_numbers(found)}, column {column}: source {source!r} "
                f"gives {series!r} with two of them, {_listed(found[column])}. Make them the "
                "same, or name two sources."
            )
    keys = ["level", "series_id", "priority"]
    for (_, series, priority), found in _differing(named, keys, "source_id"):
        yield (
            f"manifest.csv, rows {row_numbers(found)}, column priority: two sources of "
            f"{series!r}, {_listed(found['source_id'])}, have priority "
            f"{priority}. Say which is preferred."
        )


def _differing(
    manifest: pd.DataFrame, keys: list[str], column: str
) -> Iterator[tuple[tuple[Hashable, ...], pd.DataFrame]]:
    """The groups whose rows have several texts in a column, each with a row for each text."""
    found = manifest.drop_duplicates([*keys, column])
    yield from found[found.duplicated(keys, keep=False)].groupby(keys, sort=False)


def _sum_problems(manifest: pd.DataFrame) -> Iterator[str]:
    given = manifest[manifest["sha256"] != ""]
    for row in given[~given["sha256"].str.fullmatch("[0-9a-f]{64}")].to_dict("records"):
        yield (
            f"manifest.csv, row {row['manifest_row']}, column sha256: expected 64 hexadecimal "
            f"digits, found {row['sha256']!r}. `nqp verify --record` writes the sum."
        )
    for file, rows in given.groupby("file", sort=False):
        if rows["sha256"].nunique() > 1:
            yield (
                f"manifest.csv, rows {row_numbers(rows)}, column sha256: two sums are given for "
                f"{file!r}. Clear both; `nqp verify --record` writes the right one."
            )


def rows_listed(frame: pd.DataFrame) -> str:
    """Where rows of manifests stand: ``manifest.csv, rows 2, 3``."""
    if "listed" not in frame:
        return f"manifest.csv, rows {row_numbers(frame)}"
    lists = frame["listed"].str.rsplit(", row ", n=1, expand=True)
    return " and ".join(
        f"{name}, row{'s' * (len(rows) > 1)} {', '.join(rows[1])}"
        for name, rows in lists.groupby(0, sort=False)
    )


def _listed(texts: Iterable[str]) -> str:
    return " and ".join(map(repr, texts))
