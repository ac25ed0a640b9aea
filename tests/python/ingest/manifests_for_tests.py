"""Manifests as text: rows of a good one, each with what a test puts in place of its own."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from definitions_for_tests import definitions
from nqp import ingest

GOOD_CSV = "city,year,GDP\n北京市,2021,40269.6\n"


def manifest_text(*rows: Mapping[str, str], delimiter: str = ",") -> str:
    """A manifest of good rows, each with the given columns in place of its own."""
    good = {
        "source_id": "s", "file": "a.csv", "layout": "long_panel", "level": "city", "header": "1",
        "region_key": "city", "year_key": "year", "item": "GDP", "series_id": "gdp",
        "unit": "100m_yuan", "priority": "1",
    }  # fmt: skip
    filled = [dict.fromkeys(ingest.MANIFEST_COLUMNS, "") | good | dict(row) for row in rows]
    return as_csv([ingest.MANIFEST_COLUMNS, *(list(row.values()) for row in filled)], delimiter)


def as_csv(rows: Sequence[Sequence[object]], delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def checked(folder: Path) -> pd.DataFrame:
    """The manifest of a folder, read and checked against the definitions that ship."""
    return ingest.check_manifest(ingest.read_manifest(folder / "manifest.csv"), *_definitions())


@cache
def _definitions() -> list[Any]:
    frames = [definitions(name) for name in ("layouts", "series", "units")]
    return [*frames, definitions("regions")["level"]]
