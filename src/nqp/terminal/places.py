"""How people name a region and a cell, for the subcommands that ask and answer about cells."""

from __future__ import annotations

from pathlib import PurePath
from typing import NamedTuple

import duckdb

from nqp.messages import nearest

# Names in both languages, short ones, codes with and without their zeros, and recorded aliases.
SPELLED = """
    with spelled as (
      select level, region_code, unnest([
        name_zh, short_zh, name_en, region_code,
        case level
          when 'province' then left(region_code, 2) when 'city' then left(region_code, 4)
        end
      ]) as spelling
      from definitions.regions
      union all
      select level, region_code, alias from definitions.region_aliases where region_code is not null
    )
"""
SPELLINGS = f"{SPELLED} select distinct spelling from spelled where spelling <> ''"
REGIONS = f"""
    {SPELLED}
    select distinct
      r.level, r.region_code,
      coalesce(nullif(r.name_zh, ''), nullif(r.name_en, ''), r.region_code) as name_zh,
      coalesce(nullif(r.name_en, ''), r.region_code) as name_en
    from spelled as s
    inner join definitions.regions as r using (level, region_code)
    where lower(replace(s.spelling, ' ', '')) = lower(replace(?, ' ', ''))
    order by all
"""


SERIES = "select distinct series_id from definitions.series order by series_id"


class Region(NamedTuple):
    """One region of one level."""

    level: str
    code: str
    name_zh: str
    name_en: str


def regions_named(warehouse: duckdb.DuckDBPyConnection, name: str) -> list[Region]:
    """The regions that a name, alias or code means: a municipality is a province and a city.

    Raises ValueError where it means none, with the nearest name.
    """
    found = [Region(*row) for row in warehouse.execute(REGIONS, [name.strip()]).fetchall()]
    if not found:
        near = nearest(name, [spelling for (spelling,) in warehouse.execute(SPELLINGS).fetchall()])
        hint = f"; did you mean {near!r}?" if near else "."
        raise ValueError(
            f"no region is called {name!r}{hint} A Chinese or English name, an alias or a code is "
            "expected, as in definitions.regions and definitions.region_aliases."
        )
    return found


def require_series(warehouse: duckdb.DuckDBPyConnection, series: str) -> None:
    """Raises ValueError where no series has the id, with the nearest one that exists."""
    known = [row[0] for row in warehouse.execute(SERIES).fetchall()]
    if series not in known:
        near = nearest(series, known)
        hint = f"did you mean {near!r}?" if near else "definitions.series lists them"
        raise ValueError(f"no series has the id {series!r}; {hint}")


def address(file: str, sheet: str, row_no: int, col_no: int) -> str:
    """Where a cell is, as the program that opens the file shows it."""
    match PurePath(file).suffix.lower():
        case ".xlsx" | ".xlsm" | ".xls" | ".ods":
            return f"{file}, {sheet}, {column_letters(col_no)}{row_no}"
        case ".dta":
            return f"{file}, observation {row_no - 1}, variable {col_no}"
    return f"{file}, row {row_no}, column {col_no}"


def column_letters(col_no: int) -> str:
    """1 is A, 26 Z, 27 AA."""
    letters = ""
    while col_no:
        col_no, rest = divmod(col_no - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(column: str) -> int:
    """A is 1; a number is itself. Raises ValueError for anything else."""
    if column.isascii() and column.isdigit() and int(column):
        return int(column)
    if column.isascii() and column.isalpha():
        number = 0
        for letter in column.upper():
            number = number * 26 + ord(letter) - ord("A") + 1
        return number
    raise ValueError(f"column {column!r}: expected a number from 1, or letters such as F")
