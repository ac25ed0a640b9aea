"""Manifests and corrections that do not fit what their sheets hold, each of which stops the build:
the cases of tests/bad_input/mappings.yml.

The texts of the tables are the cells of a sheet, parted by "|".
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bad_input import cases
from contents import lines

Sheets = Mapping[tuple[str, str], Sequence[str]]


@dataclass(frozen=True)
class Case:
    """What is wrong, and the whole message.

    sheets: lines by file and sheet. manifest: what differs from the row of a long panel in a.csv.
    """

    fault: str
    sheets: Sheets
    manifest: Sequence[Mapping[str, str]]
    message: str
    corrections: Sequence[Sequence[str]]


CASES = [
    Case(
        case["fault"],
        {
            (name.partition("!")[0], name.partition("!")[2]): lines(rows)
            for name, rows in case["sheets"].items()
        },
        case.get("manifest", [{}]),
        case["message"],
        list(csv.reader(case.get("corrections", []))),
    )
    for case in cases("mappings", ["sheets", "manifest", "message", "corrections"])
]
