"""The corpus of bad input: reads the cases of tests/bad_input, and writes the index of them for
people, tests/bad_input.md, when it is run.

A chapter is a YAML file: its title, what to know about it, and cases. This module knows what all
cases share, a fault and its outcome. `contents` makes the files of the cases; what must become of
them is read by `bad_cells`, `bad_files` and `bad_mappings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TESTS = Path(__file__).parents[2]
CORPUS, INDEX = TESTS / "bad_input", TESTS / "bad_input.md"

PARTS = [
    ("Cells", "cells", "One build reads all of them; `test_bad_cells.py` follows every cell."),
    ("Manifests and corrections that do not fit their sheets", "mappings",
     "`test_staging_errors.py` gives each to the staging models, which must stop."),
    ("Files and manifests", "files folders manifests lists places",
     "`test_bad_files.py` reads each by itself."),
]  # fmt: skip

HEAD = """# Bad input

What the tests feed in, and what must happen. The cases stand in [bad_input](bad_input), whose
README says how one is written. `python tests/python/ingest/bad_input.py` writes this list; a test
holds it to them.
"""


@dataclass(frozen=True)
class Chapter:
    """A file of the corpus: its cases as they stand there."""

    title: str
    about: str
    cases: Sequence[Mapping[str, Any]]


@cache
def chapters(part: str) -> list[Chapter]:
    """The chapters of a part of the corpus: the file of that name, or all files of the folder."""
    paths = [CORPUS / f"{part}.yml", *sorted((CORPUS / part).glob("*.yml"))]
    found = [_chapter(path) for path in paths if path.is_file()]
    assert found, f"there is no {part} in {CORPUS}"
    return found


def _chapter(path: Path) -> Chapter:
    held = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert held.keys() <= {"title", "about", "cases"}, path
    return Chapter(held["title"], held.get("about", ""), held["cases"])


def cases(part: str, keys: Iterable[str]) -> list[Mapping[str, Any]]:
    """The cases of a part; whatever they say, beside what all may say, is among `keys`."""
    known = {"id", "fault", "outcome", *keys}
    found = [case for chapter in chapters(part) for case in chapter.cases]
    for case in found:
        assert case.keys() <= known, (case["fault"], sorted(case.keys() - known))
    return found


# --- the index -------------------------------------------------------------------------------


def index() -> str:
    """Every fault and what happens, in one table per chapter."""
    written = [HEAD]
    for title, names, where in PARTS:
        part = [chapter for name in names.split() for chapter in chapters(name)]
        count = sum(len(chapter.cases) for chapter in part)
        written.append(f"## {title}: {count}\n\n{where}\n")
        for chapter in part:
            if len(part) > 1:
                written.append(f"### {chapter.title}\n")
            if chapter.about:
                written.append(f"{chapter.about}\n")
            rows = [f"| {cell(case['fault'])} | {cell(outcome(case))} |" for case in chapter.cases]
            written.append("\n".join(["| fault | what happens |", "|---|---|", *rows, ""]))
    return "\n".join(written)


def outcome(case: Mapping[str, Any]) -> str:
    """What happens, for people: a case of which only the message is told stops the build."""
    return str(case.get("outcome") or f"the build stops: {case['message'].splitlines()[0]}")


def cell(sentence: str) -> str:
    """A sentence in a cell of a table: one line, without a full stop, nothing marked up."""
    plain = " ".join(sentence.split()).removesuffix(".")
    for mark in "\\|*_<>`[]":
        plain = plain.replace(mark, f"\\{mark}")
    return plain[:1].upper() + plain[1:]


if __name__ == "__main__":
    INDEX.write_text(index(), encoding="utf-8")
