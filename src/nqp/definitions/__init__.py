"""Rows of the definitions that make no sense, each with its file, line and column.

The definitions are CSV files that people edit, so a slip in one must be told by name before any
file is read or anything estimated. `shapes` says what each column may hold, `studies` and
`analyses` what the rows mean together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

import pandas as pd

from nqp.definitions import analyses, studies
from nqp.definitions.known import Known
from nqp.definitions.problem import Problem
from nqp.definitions.shapes import SHAPES, misshapen, missing_columns, rows_of
from nqp.messages import PlainError

__all__ = ["SHAPES", "DefinitionError", "Problem", "checked", "problems"]

# As many problems a message lists; the others are counted.
SHOWN = 20


class DefinitionError(PlainError):
    """Definitions that make no sense; the message lists the rows."""


def problems(seeds: Mapping[str, pd.DataFrame], profiles: Sequence[str]) -> pd.DataFrame:
    """Every row of the definitions that makes no sense: the fields of `Problem`, a row each.

    seeds: by name, each seed of `SHAPES` with its rows in the order of its file.
    profiles: the data profiles there are.
    """
    tables = {name: rows_of(name, seeds[name]) for name in SHAPES}
    known = Known(tables, tuple(profiles))
    found = [
        *(problem for name in SHAPES for problem in missing_columns(name, seeds[name])),
        *(problem for name in SHAPES for problem in misshapen(name, tables)),
        *(problem for check in (*studies.CHECKS, *analyses.CHECKS) for problem in check(known)),
    ]
    order = list(SHAPES)
    unique = sorted(dict.fromkeys(found), key=lambda p: (order.index(p.seed), p.line))
    return pd.DataFrame(unique, columns=[column.name for column in fields(Problem)])


def checked(seeds: Mapping[str, pd.DataFrame], profiles: Sequence[str]) -> pd.DataFrame:
    """The seeds with their number of rows (seed, rows), if every row of them makes sense.

    Raises DefinitionError naming the rows that do not, the first `SHOWN` of them.
    """
    found = [Problem(*row) for row in problems(seeds, profiles).itertuples(index=False)]
    if found:
        more = [f"… and {len(found) - SHOWN} more."] if len(found) > SHOWN else []
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        lines = [
            f"The definitions have {count}; no data file was read and nothing estimated.",
            *map(str, found[:SHOWN]),
            *more,
        ]
        raise DefinitionError("\n".join(lines))
    return pd.DataFrame(
        [(name, len(seeds[name])) for name in SHAPES], columns=["seed", "rows"]
    ).astype({"seed": "string", "rows": "int64"})


# What a column may hold ----------------------------------------------------------------------
