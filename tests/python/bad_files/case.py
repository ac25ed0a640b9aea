"""What a case of the corpus is, and the kinds of cases: files, manifests, data directories."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from mini_profile import definitions
from nqp import ingest
from nqp.ingest.cells import read_rows

Table = Sequence[Sequence[str]]
Sheets = Mapping[str, Table]


@dataclass(frozen=True)
class Case:
    """A fault, what must happen, and how to see that it does.

    make: writes the files into a folder. read: what is done with them; the texts by sheet.
    expected: those texts, or the message.
    """

    id: str
    fault: str
    outcome: str
    make: Callable[[Path], object]
    read: Callable[[Path], Sheets]
    expected: Sheets | str


def file(
    id: str,
    fault: str,
    outcome: str,
    expected: Sheets | list[list[str]] | str,
    content: bytes | Callable[[], bytes],
    *,
    name: str = "a.csv",
    encoding: str = "",
) -> Case:
    """A file read alone. expected: a table where the file has no sheets."""

    def read(folder: Path) -> Sheets:
        sheets: dict[str, list[list[str]]] = {}
        for row in read_rows(folder / name, encoding):
            sheets.setdefault(row.sheet, []).append(row.texts)
            assert row.row_no == len(sheets[row.sheet])
        return sheets

    return Case(
        id, fault, outcome,
        lambda folder: (folder / name).write_bytes(content() if callable(content) else content),
        read,
        {"": expected} if isinstance(expected, list) else expected,
    )  # fmt: skip


def manifest(
    id: str, fault: str, outcome: str, expected: str, content: bytes | Sequence[Mapping[str, str]]
) -> Case:
    """A manifest checked against the definitions that ship; rows: what differs from a good one."""
    return Case(
        id, fault, outcome,
        lambda folder: (folder / "manifest.csv").write_bytes(
            content if isinstance(content, bytes) else manifest_text(*content).encode()
        ),
        lambda folder: {"": checked(folder).drop(columns="manifest_row").to_numpy().tolist()},
        expected,
    )  # fmt: skip


def folder(
    id: str,
    fault: str,
    outcome: str,
    expected: Sheets | str,
    rows: Sequence[Mapping[str, str]],
    make: Callable[[Path], object],
) -> Case:
    """A data directory with its manifest, ingested whole; the texts come by file and sheet."""

    def write(place: Path) -> None:
        (place / "manifest.csv").write_text(manifest_text(*rows), encoding="utf-8")
        make(place)

    def read(place: Path) -> Sheets:
        cells = ingest.cell_reader(checked(place), place).read_all().to_pylist()
        found: dict[str, dict[int, list[str]]] = {}
        for cell in cells:
            name = " ".join(filter(None, [cell["file"], cell["sheet"]]))
            found.setdefault(name, {}).setdefault(cell["row_no"], []).append(cell["text"])
        return {name: list(lines.values()) for name, lines in found.items()}

    return Case(id, fault, outcome, write, read, expected)


def corrections(id: str, fault: str, outcome: str, expected: str, *rows: Sequence[str]) -> Case:
    """A list of corrections."""

    def read(folder: Path) -> Sheets:
        found = ingest.read_corrections(folder / "corrections.csv")
        return {"": found.astype(str).to_numpy().tolist()}

    text = as_csv([ingest.CORRECTION_COLUMNS, *rows])
    return Case(
        id, fault, outcome,
        lambda folder: (folder / "corrections.csv").write_text(text, encoding="utf-8"),
        read, expected,
    )  # fmt: skip


def checked(folder: Path) -> pd.DataFrame:
    """The manifest of a folder, read and checked against the definitions that ship."""
    return ingest.check_manifest(ingest.read_manifest(folder / "manifest.csv"), *_definitions())


@cache
def _definitions() -> list[Any]:
    frames = [definitions(name) for name in ("layouts", "series", "units")]
    return [*frames, definitions("regions")["level"]]


def manifest_text(*rows: Mapping[str, str], delimiter: str = ",") -> str:
    """A manifest of good rows, each with the given columns in place of its own."""
    good = {
        "source_id": "s", "file": "a.csv", "layout": "long_panel", "level": "city", "header": "1",
        "region_key": "city", "year_key": "year", "item": "GDP", "series_id": "gdp",
        "unit": "100m_yuan", "priority": "1",
    }  # fmt: skip
    filled = [dict.fromkeys(ingest.MANIFEST_COLUMNS, "") | good | dict(row) for row in rows]
    return as_csv([ingest.MANIFEST_COLUMNS, *(row.values() for row in filled)], delimiter)


def as_csv(rows: Sequence[object], delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()
