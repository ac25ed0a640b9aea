"""The index of all faulty input in the tests, for people: tests/bad_input.md.

Run this file to write the index anew.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Protocol

INDEX = Path(__file__).parents[1] / "bad_input.md"

CORPORA = [
    ("Cells", "bad_cells", "One build ingests all; `test_bad_cells.py` follows every cell."),
    ("Manifests and corrections that do not fit their sheets", "bad_mappings",
     "`test_staging_errors.py` holds the whole messages."),
    ("Files and manifests", "bad_files", "`test_bad_files.py` reads each by itself."),
]  # fmt: skip


class Case(Protocol):
    @property
    def fault(self) -> str: ...
    @property
    def outcome(self) -> str: ...


def corpus(module: str) -> list[Case]:
    """The cases of a module; none where there is no such module."""
    if importlib.util.find_spec(module) is None:
        return []
    cases: list[Case] = importlib.import_module(module).CASES
    return cases


def index() -> str:
    """Every fault and what happens, in one table per corpus."""
    parts = [
        "# Bad input\n\nWhat the tests feed in, and what must happen. Written by "
        "`python tests/python/bad_input.py`; a test holds it to the cases.\n"
    ]
    for title, module, where in CORPORA:
        if cases := corpus(module):
            lines = [f"| {cell(case.fault)} | {cell(case.outcome)} |" for case in cases]
            table = "\n".join(["| fault | what happens |", "|---|---|", *lines])
            parts.append(f"## {title}: {len(cases)}\n\n{where}\n\n{table}\n")
    return "\n".join(parts)


def cell(sentence: str) -> str:
    """A sentence in a cell of a table: one line, without a full stop, nothing marked up."""
    text = " ".join(sentence.split()).removesuffix(".")
    for mark in "\\|*_<>`[]":
        text = text.replace(mark, f"\\{mark}")
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    INDEX.write_text(index(), encoding="utf-8")
