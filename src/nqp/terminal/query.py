"""``nqp query``: SQL on the published warehouse."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import duckdb

from nqp.terminal.warehouse import Commands, add_profile, directory, published, show

# How DuckDB says it of a table that is asked for.
NO_SCHEMA = re.compile(r'because schema "(.*)" does not exist')
SCHEMAS = "select distinct schema_name from duckdb_tables() order by all"


def add(commands: Commands) -> None:
    """Register the subcommand."""
    query = commands.add_parser("query", help="run SQL on the published warehouse and print it")
    query.add_argument("sql")
    add_profile(query)
    query.add_argument(
        "--out", type=Path, help="write the rows to FILE.csv, .xlsx, .dta or .parquet instead"
    )
    query.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    # pandas takes a moment to import, which printing need not wait for.
    from nqp.presentation.exports import write_table

    with published(options) as warehouse:
        try:
            found = warehouse.sql(options.sql)
        except duckdb.CatalogException as error:
            if missing := NO_SCHEMA.search(str(error)):
                raise ValueError(_not_published(missing[1], warehouse, options.profile)) from error
            raise
        if options.out is None:
            show(found)
        elif found is None:
            raise ValueError("the SQL gives no rows to write; give a query")
        else:
            frame = found.df()
            write_table(frame, options.out)
            print(f"{options.out}: {len(frame):,} rows.")


def _not_published(schema: str, warehouse: duckdb.DuckDBPyConnection, profile: str) -> str:
    """What to ask instead of a schema that is not in the published file."""
    there = ", ".join(name for (name,) in warehouse.execute(SCHEMAS).fetchall())
    return (
        f"schema {schema!r} is not published; those that are: {there}. Cells that could not be "
        "used are in quality.rejected_cells, those behind a number in quality.trace; whatever "
        f"else a build works with is in {directory() / '.build' / profile}.duckdb."
    )
