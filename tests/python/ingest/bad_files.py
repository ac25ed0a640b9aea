"""Files and manifests that are fatal or need a reader of their own, each read by itself: the cases
of tests/bad_input/files, folders.yml, manifests.yml, lists.yml and places.yml.

A case writes its files into a folder, reads them with functions of ``nqp.ingest`` and expects
either the texts of every sheet or a message, in which … stands for what a library says.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

import built_files
from bad_input import cases
from contents import CONTENT_KEYS, content
from manifests_for_tests import GOOD_CSV, as_csv, checked, manifest_text
from nqp import ingest
from nqp.ingest.cells import read_rows

Table = Sequence[Sequence[str]]
Sheets = Mapping[str, Table]
Given = Mapping[str, Any]

EXPECTED_KEYS = frozenset({"read", "message"})


@dataclass(frozen=True)
class Case:
    """A fault, what must happen, and how to see that it does.

    write: writes the files into a folder. read: what is done with them; the texts by sheet.
    expected: those texts, or the message.
    """

    id: str
    fault: str
    outcome: str
    write: Callable[[Path], object]
    read: Callable[[Path], Sheets]
    expected: Sheets | str


@dataclass(frozen=True)
class Kind:
    """How cases of a part of the corpus are written and read."""

    keys: frozenset[str]
    write: Callable[[Given, Path], object]
    read: Callable[[Given, Path], Sheets]


# --- a file by itself ------------------------------------------------------------------------


def write_file(case: Given, folder: Path) -> None:
    (folder / case.get("file", "a.csv")).write_bytes(content(case))


def read_file(case: Given, folder: Path) -> Sheets:
    """Its texts by sheet; the name is '' where the file has no sheets."""
    sheets: dict[str, list[list[str]]] = {}
    for row in read_rows(folder / case.get("file", "a.csv"), case.get("stated", "")):
        sheets.setdefault(row.sheet, []).append(row.texts)
        assert row.row_no == len(sheets[row.sheet])
    return sheets


# --- a file with its manifest ----------------------------------------------------------------


def write_folder(case: Given, folder: Path) -> None:
    (folder / "manifest.csv").write_text(manifest_text(*case["manifest"]), encoding="utf-8")
    write_file(case, folder)


def read_folder(_: Given, folder: Path) -> Sheets:
    """All that is ingested, by file and sheet."""
    found: dict[str, dict[int, list[str]]] = {}
    for cell in ingest.cell_reader(checked(folder), folder).read_all().to_pylist():
        name = " ".join(filter(None, [cell["file"], cell["sheet"]]))
        found.setdefault(name, {}).setdefault(cell["row_no"], []).append(cell["text"])
    return {name: list(rows.values()) for name, rows in found.items()}


# --- a manifest, checked against the definitions that ship -----------------------------------


def write_manifest(case: Given, folder: Path) -> None:
    put(case.get("holds", {}), folder)
    if "manifest" in case:
        (folder / "manifest.csv").write_text(manifest_text(*case["manifest"]), encoding="utf-8")
    elif "holds" not in case:
        (folder / "manifest.csv").write_bytes(content(case))


def read_manifest(case: Given, folder: Path) -> Sheets:
    rows = checked(folder).drop(columns="manifest_row")
    return {"": rows[case.get("columns", rows.columns)].to_numpy().tolist()}


# --- a list of corrections or waivers --------------------------------------------------------

LISTS: dict[str, tuple[tuple[str, ...], Callable[[Path], pd.DataFrame]]] = {
    "corrections": (ingest.CORRECTION_COLUMNS, ingest.read_corrections),
    "waivers": (ingest.WAIVER_COLUMNS, ingest.read_waivers),
    "accepted_texts": (ingest.ACCEPTED_COLUMNS, ingest.read_accepted),
}


def write_list(case: Given, folder: Path) -> None:
    put(case.get("holds", {}), folder)
    if "rows" in case:
        columns, _ = LISTS[case["list"]]
        rows = [columns, *csv.reader(case["rows"])]
        (folder / f"{case['list']}.csv").write_text(as_csv(rows), encoding="utf-8")


def read_list(case: Given, folder: Path) -> Sheets:
    _, reader = LISTS[case["list"]]
    return {"": reader(folder / f"{case['list']}.csv").astype(str).to_numpy().tolist()}


# --- where the files of a manifest lie -------------------------------------------------------


def write_places(case: Given, folder: Path) -> None:
    """A data directory that does not hold the manifest, and beside it a file that is a secret."""
    (folder / "secret.csv").write_text("secret")
    rows = [
        {"file": name, "source_id": f"s{n}", "priority": f"{n}"}
        for n, name in enumerate(case["named"], 1)
    ]
    (folder / "manifest.csv").write_text(manifest_text(*rows), encoding="utf-8")
    if case["holds"] is not None:
        (folder / "data").mkdir()
        put(case["holds"], folder / "data")


def read_places(_: Given, folder: Path) -> Sheets:
    """The files that are read."""
    reader = ingest.cell_reader(checked(folder), folder / "data")
    return {batch["file"][0].as_py(): [] for batch in reader}


def put(held: Mapping[str, str], folder: Path) -> None:
    """Put what a case says into a folder: files that can be read, folders, links, pipes."""
    for name, what in held.items():
        match what.split(" "):
            case ["file"]:
                (folder / name).write_text(GOOD_CSV, encoding="utf-8")
            case ["folder"]:
                (folder / name).mkdir()
            case ["pipe"]:
                os.mkfifo(folder / name)
            case ["link", "to", target]:
                (folder / name).symlink_to(target)
            case _:
                raise ValueError(f"{name}: {what!r} is none of file, folder, pipe, link to …")


# --- the cases -------------------------------------------------------------------------------

KINDS = {
    "files": Kind(CONTENT_KEYS | {"stated"}, write_file, read_file),
    "folders": Kind(CONTENT_KEYS | {"manifest"}, write_folder, read_folder),
    "manifests": Kind(
        CONTENT_KEYS | {"manifest", "holds", "columns"}, write_manifest, read_manifest
    ),
    "lists": Kind(frozenset({"list", "rows", "holds"}), write_list, read_list),
    "places": Kind(frozenset({"named", "holds"}), write_places, read_places),
}


def expected(case: Given) -> Sheets | str:
    """The message; or what is read, '' for a table that has no sheets."""
    assert len(EXPECTED_KEYS & case.keys()) == 1, case["id"]
    if "message" in case:
        return str(case["message"])
    read = case["read"]
    read = getattr(built_files, read)() if isinstance(read, str) else read
    sheets: Sheets = read if isinstance(read, dict) else {"": read}
    for table in sheets.values():
        assert all(isinstance(text, str) for row in table for text in row), case["id"]
    return sheets


def bound(kind: Kind, case: Given) -> Case:
    return Case(
        case["id"], case["fault"], case["outcome"],
        lambda folder: kind.write(case, folder), lambda folder: kind.read(case, folder),
        expected(case),
    )  # fmt: skip


GIVEN = {
    case["id"]: (kind, case)
    for part, kind in KINDS.items()
    for case in cases(part, kind.keys | EXPECTED_KEYS)
}
CASES = [bound(kind, case) for kind, case in GIVEN.values()]


def bytes_of(id: str) -> bytes:
    """The content of the file of a case."""
    return content(GIVEN[id][1])
