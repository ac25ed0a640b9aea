"""From files to papers: tidy tables, descriptive statistics, a study's folder, pasted pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nqp.audit.printed import Paper, PrintedError
from nqp.audit.published import read_published
from nqp.audit.readers import PASTED, read_pasted
from nqp.audit.tidy import Row, is_descriptive, papers, read_rows


def read(paths: Sequence[Path]) -> list[Paper]:
    """The papers of some files, read together: tables and descriptive statistics of one paper.

    Raises PrintedError naming file, line and column of what cannot be read.
    """
    rows: list[Row] = []
    described: list[Row] = []
    found: list[Paper] = []
    unread: list[str] = []
    default = ""
    for path in paths:
        if path.is_dir():
            inside = path / "published" if (path / "published").is_dir() else path
            found += read_published(inside)
            continue
        if not path.exists():
            raise PrintedError(f"{path} is not there.")
        default = default or path.stem
        if path.suffix.lower() in PASTED:
            pasted = read_pasted(path)
            rows += pasted.rows
            described += pasted.descriptives
            unread += [f"{path}: {sentence}" for sentence in pasted.unread]
        elif path.suffix.lower() in (".csv",):
            there = read_rows(path)
            (described if is_descriptive(there) else rows).extend(there)
        else:
            raise PrintedError(
                f"{path} is no table that is read. A tidy CSV file, a folder `published`, or a "
                f"page ({', '.join(PASTED)}) is."
            )
    if rows or described or unread:
        made = papers(rows, described, default) or [Paper(default)]
        found += [replace(made[0], unread=tuple(unread)), *made[1:]]
    return found
