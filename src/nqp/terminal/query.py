"""``nqp query``: SQL on the published warehouse."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import duckdb

from nqp.messages import SIMULATED
from nqp.terminal.warehouse import (
    READING,
    Commands,
    add_profile,
    directory,
    published,
    refuse_warehouse,
    show,
)

# The words of DuckDB where the schema of a table does not exist.
NO_SCHEMA = re.compile(r'because schema "(.*)" does not exist')
ONLY_READS = "nqp query reads the published tables and does nothing else"
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
    # pandas takes a moment to import, which a refusal need not wait for.
    from nqp.presentation.exports import write_table
    from nqp.quality.simulated import marked, profiles_of, rests_on_simulated

    if options.out is not None:
        refuse_warehouse(options.out)
    with published(options) as warehouse:
        try:
            _refuse_all_but_queries(warehouse, options.sql)
            found = warehouse.sql(options.sql)
            if options.out is None:
                show(found)
            else:
                frame = found.df()
        except duckdb.CatalogException as error:
            if missing := NO_SCHEMA.search(str(error)):
                raise ValueError(_not_published(missing[1], warehouse, options.profile)) from error
            raise
        except duckdb.PermissionException as error:
            gist = str(error).splitlines()[0].removeprefix("Permission Error: ")
            raise ValueError(f"{ONLY_READS}: {gist}.") from error
        profiles = profiles_of(warehouse)
        simulated = "simulated" in profiles.values() and rests_on_simulated(
            directory() / f"{options.profile}.duckdb", options.sql, READING
        )
    if options.out is not None:
        write_table(marked(frame, profiles) if simulated else frame, options.out, simulated)
        print(f"{options.out}: {len(frame):,} rows.")
    if simulated:
        print(f"Rests on {SIMULATED}.")


def _refuse_all_but_queries(warehouse: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raises ValueError where a statement does more than give rows.

    The settings of the connection do not suffice: a COPY to the published file's own log is
    within them.
    """
    statements = warehouse.extract_statements(sql)
    for statement in statements:
        kind = statement.type.name
        # PIVOT is two statements: a type for its columns, which has no text, and a query.
        if kind != "SELECT" and (kind != "CREATE" or statement.query):
            raise ValueError(f"{ONLY_READS}: it does not run {kind}. Give a query.")
    if not statements:
        raise ValueError("there is no SQL to run; give a query.")


def _not_published(schema: str, warehouse: duckdb.DuckDBPyConnection, profile: str) -> str:
    """A hint at the schema to query instead of one that is not in the published file."""
    there = ", ".join(name for (name,) in warehouse.execute(SCHEMAS).fetchall())
    return (
        f"schema {schema!r} is not published; those that are: {there}. Cells that could not be "
        "used are in quality.rejected_cells, those behind a number in quality.trace; whatever "
        f"else a build works with is in {directory() / '.build' / profile}.duckdb."
    )
