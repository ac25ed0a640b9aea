"""How people name a region, a series and a cell, for the subcommands about cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import duckdb

from nqp import addresses
from nqp.messages import nearest
from nqp.quality.region_names import Row, regions_meant

SERIES = "select distinct series_id from definitions.series order by series_id"


class Cell(NamedTuple):
    """A cell of a file; row and column from 1, the sheet '' where the file has none."""

    file: str
    sheet: str
    row_no: int
    col_no: int


def rows_of(
    warehouse: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object]
) -> Iterator[dict[str, Any]]:
    """The rows of a query, blanks as None."""
    result = warehouse.execute(sql, parameters)
    names = [column[0] for column in result.description]
    return (dict(zip(names, row, strict=True)) for row in result.fetchall())


def regions_named(warehouse: duckdb.DuckDBPyConnection, name: str) -> list[Row]:
    """What `regions_meant` finds. Raises ValueError as that does."""
    return regions_meant(lambda sql, parameters: rows_of(warehouse, sql, parameters), name)


def address(warehouse: duckdb.DuckDBPyConnection, cell: Cell) -> str:
    """Where a cell is, as the program that opens the file shows it."""
    found = warehouse.execute("select quality.cell_address(?, ?, ?, ?)", cell).fetchall()
    return str(found[0][0])


def require_series(warehouse: duckdb.DuckDBPyConnection, series: str) -> None:
    """Raises ValueError where no series has the id, with the nearest one that exists."""
    known = [row[0] for row in warehouse.execute(SERIES).fetchall()]
    if series not in known:
        near = nearest(series, known)
        hint = f"did you mean {near!r}?" if near else "definitions.series lists them"
        raise ValueError(f"no series has the id {series!r}; {hint}")


def column_number(column: str) -> int:
    """A is 1; a number is itself. Raises ValueError for anything else."""
    if column.isascii() and column.isdigit() and int(column):
        return int(column)
    if column.isascii() and column.isalpha():
        return addresses.column_number(column)
    raise ValueError(f"column {column!r}: expected a number from 1, or letters such as F")
