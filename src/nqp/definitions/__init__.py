"""Rows of the definitions that make no sense, each with its file, line and column.

The definitions are CSV files that people edit, so a slip in one must be told by name before any
file is read or anything estimated. `files` reads them, `shapes` says what each column may hold,
`studies` and `analyses` what the rows mean together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from nqp.definitions import analyses, studies
from nqp.definitions.files import read_seed, read_seeds
from nqp.definitions.known import Known
from nqp.definitions.problem import Problem
from nqp.definitions.shapes import SHAPES, misshapen, missing_columns, rows_of
from nqp.messages import PlainError

__all__ = ["SHAPES", "DefinitionError", "Problem", "check", "problems", "read_seed"]

# As many problems a message lists; the others are counted.
SHOWN = 20


class DefinitionError(PlainError):
    """Definitions that make no sense; the message lists the rows."""


def problems(seeds: Mapping[str, pd.DataFrame], profiles: Sequence[str]) -> list[Problem]:
    """Every row of the definitions that makes no sense, in the order of the files.

    seeds: by name, each seed of `SHAPES` as text with its rows in the order of its file.
    profiles: the data profiles there are.
    """
    # A column that is not there is one problem, not one a row.
    if missing := [problem for name in SHAPES for problem in missing_columns(name, seeds[name])]:
        return missing
    tables = {name: rows_of(seeds[name]) for name in SHAPES}
    known = Known(tables, tuple(profiles))
    found = [
        *(problem for name in SHAPES for problem in misshapen(name, tables)),
        *(problem for check in (*studies.CHECKS, *analyses.CHECKS) for problem in check(known)),
    ]
    order = list(SHAPES)
    return sorted(dict.fromkeys(found), key=lambda p: (order.index(p.seed), p.line))


def check(seeds_dir: Path, profiles: Sequence[str]) -> None:
    """See that the definitions below ``seeds_dir`` can be read and every row of them makes sense.

    Raises DefinitionError naming what does not, the first `SHOWN` of it.
    """
    seeds, faults = read_seeds(seeds_dir)
    found = faults or [str(problem) for problem in problems(seeds, profiles)]
    if found:
        more = [f"… and {len(found) - SHOWN} more."] if len(found) > SHOWN else []
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        head = f"The definitions have {count}; no data file was read and nothing estimated."
        raise DefinitionError("\n".join([head, *found[:SHOWN], *more]))
