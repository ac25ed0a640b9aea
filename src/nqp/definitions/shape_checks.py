"""The cells of a list that its shape in `shapes` does not allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeAlias

import pandas as pd

from nqp.definitions.problem import Problem, Row
from nqp.definitions.shapes import BLANK_KEYS, SHAPES
from nqp.messages import nearest


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """The rows of a list, each a mapping from column to text."""
    names = list(frame.columns)
    cells = [frame[column].tolist() for column in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


def misshapen(seed: str, tables: Mapping[str, Sequence[Row]]) -> Iterator[Problem]:
    """Cells of a list that its shape does not allow."""
    shape, rows = SHAPES[seed], tables[seed]
    for row in rows:
        for column in shape.filled:
            if not row[column]:
                yield _problem(seed, row, column, "a value", "Fill the cell or drop the row.")
        for column, rule in shape.rules.items():
            if row[column] and not rule.holds(row[column]):
                yield _problem(
                    seed, row, column, rule.expected, "Correct the cell.", known=rule.choices
                )
    for key in shape.keys:
        yield from _repeated(seed, rows, key.split())
    for columns, target in shape.refs.items():
        other, *names = target.split()
        yield from _dangling(seed, rows, columns.split(), other, names or columns.split(), tables)


def _repeated(seed: str, rows: Sequence[Row], columns: Sequence[str]) -> Iterator[Problem]:
    first: dict[tuple[str, ...], tuple[str, str]] = {}
    for row in rows:
        values = tuple(row[column] for column in columns)
        if not all(v for v, c in zip(values, columns, strict=True) if c not in BLANK_KEYS):
            continue
        if values in first and first[values] != (row["file"], row["line"]):
            file, line = first[values]
            # Two studies that contradict each other about a unit are reported by another check.
            if seed == "regions" and file != row["file"]:
                continue
            there = f"line {line}" + f" of {file}" * (file != row["file"])
            named = [column for column in columns if column not in BLANK_KEYS] or columns
            yield _problem(
                seed, row, " and ".join(named), f"what no other row has; {there} is the same",
                "Keep one of the two.", found=" ".join(filter(None, values)),
            )  # fmt: skip
        first.setdefault(values, (row["file"], row["line"]))


def _dangling(
    seed: str,
    rows: Sequence[Row],
    columns: Sequence[str],
    other: str,
    names: Sequence[str],
    tables: Mapping[str, Sequence[Row]],
) -> Iterator[Problem]:
    """References to rows of another list that are not there."""
    there = {tuple(row[name] for name in names) for row in tables[other]}
    for row in rows:
        values = tuple(row[column] for column in columns)
        filled = (v for v, c in zip(values, columns, strict=True) if c not in BLANK_KEYS)
        if all(filled) and values not in there and not _is_absent(columns, row, tables):
            beside = " and ".join(
                f"{column} {row[column]}" for column in columns[:-1] if column != "study"
            )
            yield _problem(
                seed, row, columns[-1],
                f"a {names[-1]} of {other}.csv" + f" with {beside}" * bool(beside),
                f"Correct it, or add the row to {other}.csv.",
                known=[key[-1] for key in there if key[:-1] == values[:-1]],
            )  # fmt: skip


def _is_absent(columns: Sequence[str], row: Row, tables: Mapping[str, Sequence[Row]]) -> bool:
    """Whether a column is compared with one of a study that is not here at all."""
    return list(columns) == ["compares_with"] and not any(
        row["compares_with"].startswith(f"{other['study']}.") for other in tables["studies"]
    )


# What the rows mean together -----------------------------------------------------------------


Teller: TypeAlias = Callable[..., Problem]


def about(seed: str, row: Row) -> Teller:
    """What makes a problem of this row, from column, expected, advice (and found, known)."""
    return partial(_problem, seed, row)


def _problem(
    seed: str,
    row: Row,
    column: str,
    expected: str,
    advice: str,
    *,
    found: str | None = None,
    known: Iterable[str] = (),
) -> Problem:
    text = row[column] if found is None else found
    names = " ".join(filter(None, (row[name] for name in SHAPES[seed].keys[0].split())))
    return Problem(
        seed, row["file"], int(row["line"]), names, column, text, expected, nearest(text, known),
        advice, row["study"],
    )  # fmt: skip
