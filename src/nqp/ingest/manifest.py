"""The lists that say what to take from which file, and the files that they name."""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pandas as pd

from nqp.ingest.rows import IngestError, refuse
from nqp.ingest.text import text_rows, where_not_text
from nqp.ingest.workbooks import is_workbook

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
CORRECTION_COLUMNS = ("file", "sheet", "row_no", "col_no", "old_text", "new_value", "reason")
ACCEPTED_COLUMNS = ("source_id", "file", "sheet", "text", "reason", "who", "date")
WAIVER_COLUMNS = ("rule", "scope", "reason", "who", "until")
# How files are found that lie somewhere else.
ELSEWHERE = "point NQP_DATA_DIR (DATA_DIR of `make`) at"
# staging.blocks looks for a heading no further down.
LAST_HEADER_ROW = 60


def read_manifest(path: Path) -> pd.DataFrame:
    """Read ``manifest.csv``: one row per series taken from a sheet, all columns as text.

    Adds ``manifest_row`` (1-based line in the file, the header being 1). What the rows say is for
    ``check_manifest``.
    Raises IngestError if the file is missing, is no table, lacks a column or rows, or has checksums
    that are none or contradict each other.
    """
    manifest = _read_table(path, MANIFEST_COLUMNS)
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
            *_missing_values(manifest, REQUIRED, "manifest.csv"),
            *_unknown_names(manifest, layouts, series, units, levels),
            *_misfits(manifest, layouts),
            *_contradictions(manifest),
        ]
    )
    return manifest


def read_corrections(path: Path) -> pd.DataFrame:
    """Read ``corrections.csv``; an absent file means no corrections. All columns as text.

    Raises IngestError if it lacks a column or a value, or corrects one cell twice.
    """
    if _is_absent(path):
        return pd.DataFrame(columns=[*CORRECTION_COLUMNS, "manifest_row"], dtype=str)
    corrections = _read_table(path, CORRECTION_COLUMNS)
    cell = ["file", "sheet", "row_no", "col_no"]
    problems = list(
        _missing_values(
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
        f"corrections.csv, rows {_rows(twice)}: one cell is corrected twice ({place[0]!r}, row "
        f"{place[2]}, column {place[3]}). Keep one row."
        for place, twice in corrections.groupby(cell, sort=False)
        if len(twice) > 1
    ]
    refuse(problems)
    return corrections


def read_accepted(path: Path) -> pd.DataFrame:
    """Read ``accepted_texts.csv``: texts beside figures that somebody has looked at.

    An absent file means none. file and sheet may be blank, for all of the source. All columns are
    text. Raises IngestError if it lacks a column or a value, or a date is none.
    """
    if _is_absent(path):
        return pd.DataFrame(columns=[*ACCEPTED_COLUMNS, "manifest_row"], dtype=str)
    accepted = _read_table(path, ACCEPTED_COLUMNS)
    required = ("source_id", "text", "reason", "who", "date")
    refuse(
        [
            *_missing_values(accepted, required, "accepted_texts.csv"),
            *(
                f"accepted_texts.csv, row {row['manifest_row']}, column date: expected a date such "
                f"as 2026-12-31, found {row['date']!r}."
                for row in accepted.to_dict("records")
                if row["date"] and not _is_date(row["date"])
            ),
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
    if _is_absent(path):
        return pd.DataFrame(columns=[*WAIVER_COLUMNS, "manifest_row", "study"], dtype=str)
    waivers = _read_table(path, WAIVER_COLUMNS).assign(study=study)
    name = f"{study}/waivers.csv" if study else "waivers.csv"
    refuse(
        [
            *_missing_values(waivers, WAIVER_COLUMNS, name),
            *(
                f"{name}, row {row['manifest_row']}, column until: expected a date such as "
                f"2026-12-31, found {row['until']!r}."
                for row in waivers.to_dict("records")
                if row["until"] and not _is_date(row["until"])
            ),
        ]
    )
    return waivers


def _is_date(text: str) -> bool:
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def inventory(manifest: pd.DataFrame, data_dir: Path | None = None) -> pd.DataFrame:
    """List the files the manifest names: file, bytes, sha256, encoding (as the manifest says),
    sha256_recorded ('' for none), status (`as recorded`, `changed` or `not recorded`).

    The manifest says where each file lies (root, name), as `nqp.ingest.sources` joins them, or all
    lie below ``data_dir`` under the name in column file. A file that is not there is left out where
    all its rows are optional.

    Raises IngestError naming every file that is missing, lies outside its directory, is none or is
    named in two ways, and where all files are optional and none is there.
    """
    if data_dir is not None:
        manifest = manifest.assign(root=str(data_dir), name=manifest["file"])
    recorded = manifest.groupby("file")["sha256"].max()
    rows = []
    problems: dict[str, list[str]] = {}
    named: dict[Path, str] = {}
    for key, mapped in manifest.groupby(["file", "root", "name"], sort=False):
        file, folder, name = map(str, key)
        root, encoding = Path(folder).resolve(), mapped["encoding"].iloc[0]
        faults = problems.setdefault(folder, [])
        if (mapped.get("optional", pd.Series("")).str.lower() == "true").all() and not (
            root / name
        ).exists():
            continue
        if not root.is_dir():
            faults[:] = [""]
            continue
        try:
            if problem := _no_file(root, name):
                faults.append(f"{name!r} {problem}")
                continue
            path = (root / name).resolve()
            if named.setdefault(path, file) != file:
                faults.append(f"{name!r} is the same file as {named[path]!r}")
            with path.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            known = recorded[file]
            status = ("as recorded" if digest == known else "changed") if known else "not recorded"
            rows.append((file, path.stat().st_size, digest, encoding, known, status))
        # RuntimeError: links in a circle. ValueError: a name that no file can have.
        except (OSError, RuntimeError, ValueError) as error:
            faults.append(f"{name!r} cannot be opened ({getattr(error, 'strerror', '') or error})")
    told = []
    for folder, faults in problems.items():
        if faults == [""]:
            told.append(f"{folder} is no folder: make it, or {ELSEWHERE} the one with the files.")
        elif faults:
            told.append(
                f"The manifest names files that cannot be read in {folder}: "
                + "; ".join(faults)
                + f". Put them there, {ELSEWHERE} the right directory, or drop their rows."
            )
    if not told and not rows and len(manifest):
        files = ", ".join(map(repr, manifest["name"].unique()))
        folders = " or ".join(manifest["root"].unique())
        told.append(
            f"Of the files that the manifest names, all optional, none is in {folders}: {files}. "
            f"Put one there, or {ELSEWHERE} the right directory."
        )
    refuse(told)
    columns = ["file", "bytes", "sha256", "encoding", "sha256_recorded", "status"]
    return pd.DataFrame(rows, columns=columns)


def mapping_problems(rows: pd.DataFrame, sheet: str) -> Iterator[str]:
    """What manifest rows for one sheet say against each other."""
    item = rows["item"].map(lambda text: unicodedata.normalize("NFKC", text).strip())
    for name, twice in rows.groupby(item, sort=False):
        if len(twice) > 1:
            yield (
                f"{rows_listed(twice)}: the same item of the same sheet is mapped "
                f"twice ({rows['file'].iloc[0]!r}{sheet}, item {name!r}). Keep one row."
            )
    for column in TABLE_COLUMNS:
        if rows[column].nunique() > 1:
            found = rows.drop_duplicates(column)
            yield (
                f"{rows_listed(found)}, column {column}: one sheet "
                f"({rows['file'].iloc[0]!r}{sheet}) can be read in one way only, found "
                f"{_listed(found[column])}. Make them the same."
            )


# --- what the rows of a manifest say ---------------------------------------------------------


def _missing_values(frame: pd.DataFrame, columns: Iterable[str], name: str) -> Iterator[str]:
    for column in columns:
        for row_no in frame.loc[frame[column] == "", "manifest_row"]:
            yield f"{name}, row {row_no}, column {column}: a value is required."


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
        place = f"manifest.csv, row {row['manifest_row']}, column"
        if not re.fullmatch(r"[1-9]\d*", row["priority"]):
            yield (
                f"{place} priority: expected a whole number from 1 (1 = preferred), found "
                f"{row['priority']!r}."
            )
        if row["optional"].lower() not in ("", "true", "false"):
            yield f"{place} optional: expected true, false or nothing, found {row['optional']!r}."
        if row["year"] and not re.fullmatch("(19|20)[0-9]{2}", row["year"]):
            yield f"{place} year: expected a year such as 2015, found {row['year']!r}."
        if row["data_profile"] and not re.fullmatch(r"\w[\w-]*", row["data_profile"]):
            yield (
                f"{place} data_profile: expected one word such as simulated, licensed, public or "
                f"open, found {row['data_profile']!r}."
            )
        header = row["header"]
        number = re.fullmatch(r"[-+]?[\d.]+", header)
        if number and not (header.isdecimal() and 1 <= int(header) <= LAST_HEADER_ROW):
            yield (
                f"{place} header: expected the number of the row with the headings (1 to "
                f"{LAST_HEADER_ROW}) or a text that stands in it, found {header!r}."
            )
        if row["layout"] in axes:
            yield from _axis_problems(row, axes[row["layout"]], place)


def _axis_problems(row: dict[Any, Any], axes: dict[Any, Any], place: str) -> Iterator[str]:
    """Where a row's keys and item do not fit its layout: a key for each axis down a column."""
    layout = f"layout {row['layout']!r}"
    if axes["year_axis"] == "manifest" and not row["year"]:
        yield f"{place} year: {layout} has no year in the sheet; give the one that it is of."
    elif axes["year_axis"] != "manifest" and row["year"]:
        yield f"{place} year: {layout} has the years in the sheet; leave {row['year']!r} out."
    for what in ("region", "year", "item"):
        key = row[f"{what}_key"]
        if key.startswith("#") and not re.fullmatch(r"#[1-9]\d*", key):
            yield f"{place} {what}_key: a place is # and a column's number (#2), found {key!r}."
        elif axes[f"{what}_axis"] == "row" and not key:
            yield (
                f"{place} {what}_key: {layout} has the {what} in a column; give its heading or its "
                "place (#2)."
            )
        elif axes[f"{what}_axis"] != "row" and key:
            yield f"{place} {what}_key: {layout} has no column for the {what}; leave {key!r} out."
    if axes["item_axis"] == "file" and row["item"]:
        yield f"{place} item: {layout} has one series in a sheet; leave {row['item']!r} out."
    elif axes["item_axis"] != "file" and not row["item"]:
        yield f"{place} item: give the heading or label that the series has in the sheet."


def _contradictions(manifest: pd.DataFrame) -> Iterator[str]:
    """What rows say against each other."""
    for (_, sheet), rows in manifest.groupby(["file", "sheet"], sort=False):
        yield from mapping_problems(rows, f" {sheet!r}" if sheet else "")
    for file, rows in manifest.groupby("file", sort=False):
        if rows["encoding"].nunique() > 1:
            found = rows.drop_duplicates("encoding")
            yield (
                f"manifest.csv, rows {_rows(found)}, column encoding: two encodings are given for "
                f"{file!r}: {_listed(found['encoding'])}. Keep one."
            )
    named = manifest[(manifest["source_id"] != "") & (manifest["series_id"] != "")]
    for (source, _, series), rows in named.groupby(["source_id", "level", "series_id"], sort=False):
        for column in ("vintage", "priority"):
            if rows[column].nunique() > 1:
                found = rows.drop_duplicates(column)
                yield (
                    f"manifest.csv, rows {_rows(found)}, column {column}: source {source!r} gives "
                    f"{series!r} with two of them, {_listed(found[column])}. Make them the same, "
                    "or name two sources."
                )
    for (_, series, priority), rows in named.groupby(
        ["level", "series_id", "priority"], sort=False
    ):
        if rows["source_id"].nunique() > 1:
            found = rows.drop_duplicates("source_id")
            yield (
                f"manifest.csv, rows {_rows(found)}, column priority: two sources of {series!r}, "
                f"{_listed(found['source_id'])}, have priority {priority}. Say which is preferred."
            )


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
                f"manifest.csv, rows {_rows(rows)}, column sha256: two sums are given for "
                f"{file!r}. Clear both; `nqp verify --record` writes the right one."
            )


def rows_listed(frame: pd.DataFrame) -> str:
    """Where rows of manifests stand: ``manifest.csv, rows 2, 3``."""
    if "listed" not in frame:
        return f"manifest.csv, rows {_rows(frame)}"
    lists = frame["listed"].str.rsplit(", row ", n=1, expand=True)
    return " and ".join(
        f"{name}, row{'s' * (len(rows) > 1)} {', '.join(rows[1])}"
        for name, rows in lists.groupby(0, sort=False)
    )


def _rows(frame: pd.DataFrame) -> str:
    return ", ".join(map(str, frame["manifest_row"]))


def _listed(texts: Iterable[str]) -> str:
    return " and ".join(map(repr, texts))


# --- files -----------------------------------------------------------------------------------


def _no_file(root: Path, file: str) -> str:
    """Why a name is no file below ``root`` that may be read; '' if it is one."""
    path = (root / file).resolve()
    if not path.is_relative_to(root):
        return "lies outside the data directory"
    if path.is_file():
        return ""
    if path.is_dir():
        return "is a folder"
    if path.exists():
        return "is no file with content (a device or a pipe)"
    if (root / file).is_symlink():
        return "is a link to nothing"
    if "\\" in file:
        return "does not exist; write / between folders, not \\"
    there = [near.name for near in path.parent.iterdir()] if path.parent.is_dir() else []
    near = [name for name in there if _plain(name) == _plain(path.name)]
    near = near or difflib.get_close_matches(path.name, there, n=1, cutoff=0.8)
    return f"does not exist (did you mean {near[0]!r}?)" if near else "does not exist"


def _plain(name: str) -> str:
    """A file's name whatever its capitals and however its accents and widths are written."""
    return unicodedata.normalize("NFKC", name).casefold()


# --- tables of our own -----------------------------------------------------------------------


def _is_absent(path: Path) -> bool:
    """Whether there is nothing of that name, not even a link that leads nowhere."""
    return not path.exists() and not path.is_symlink()


def _read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
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
    if not set(header) & (set(columns) - set(OPTIONAL_COLUMNS)):
        raise IngestError(
            f"{path}: the first row has none of the headings; expected {list(columns)}."
        )
    if missing := [name for name in columns if name not in (*header, *OPTIONAL_COLUMNS)]:
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
