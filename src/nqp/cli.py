"""The ``nqp`` command: what a person does beside ``dbt build``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; errors a person can act on go to stderr with exit status 1."""
    parser = argparse.ArgumentParser(prog="nqp", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    query = commands.add_parser("query", help="run SQL on the published warehouse and print it")
    query.add_argument("sql")
    query.add_argument("--profile", default=os.environ.get("NQP_PROFILE", "simulated"))
    query.set_defaults(run=_query)

    simulate = commands.add_parser("simulate", help="write data/simulated again")
    simulate.add_argument("--out", type=Path, default=Path("data/simulated"))
    simulate.set_defaults(run=_simulate)

    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, OSError, duckdb.Error) as error:
        print(f"nqp: {error}", file=sys.stderr)
        return 1
    return 0


def _query(options: argparse.Namespace) -> None:
    path = Path(os.environ.get("NQP_WAREHOUSE", "warehouse")) / f"{options.profile}.duckdb"
    if not path.is_file():
        raise ValueError(f"{path} does not exist: run `make build PROFILE={options.profile}` first")
    with duckdb.connect(str(path), read_only=True) as warehouse:
        relation = warehouse.sql(options.sql)
        if relation is not None:
            relation.show(max_rows=1000, max_width=_terminal_width())


def _terminal_width() -> int:
    return os.get_terminal_size().columns if sys.stdout.isatty() else 200


def _simulate(options: argparse.Namespace) -> None:
    from nqp import simulate

    simulate.write(Path("seeds/definitions"), options.out)


if __name__ == "__main__":
    sys.exit(main())
