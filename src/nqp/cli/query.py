"""``nqp query``: SQL on the published warehouse."""

from __future__ import annotations

import argparse
from pathlib import Path

from nqp.cli.warehouse import Commands, add_profile, published, show


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
    from nqp.exports import write_table

    with published(options) as warehouse:
        found = warehouse.sql(options.sql)
        if options.out is None:
            show(found)
        elif found is None:
            raise ValueError("the SQL gives no rows to write; give a query")
        else:
            frame = found.df()
            write_table(frame, options.out)
            print(f"{options.out}: {len(frame):,} rows.")
