"""The ``nqp`` command: what a person does beside ``dbt build``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

# A setting whose matching failed keeps no rows and comes last, with its reason.
MATCH_SCAN = """
    select
      method, neighbours, model, by_year, common_support, ties, direction, row_count,
      treated_rows, control_rows, unit_count, n_published, difference, reason
    from results.matching_scan where study = ?
    order by abs(difference) nulls last, method, row_count
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; errors a person can act on go to stderr with exit status 1."""
    parser = argparse.ArgumentParser(prog="nqp", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    query = commands.add_parser("query", help="run SQL on the published warehouse and print it")
    query.add_argument("sql")
    _add_profile(query)
    query.set_defaults(run=_query)

    report = commands.add_parser("report", help="draw the figures, print the tables, into files")
    _add_profile(report)
    report.add_argument("--out", type=Path, default=Path("reports"))
    report.set_defaults(run=_report)

    scan = commands.add_parser(
        "match-scan", help="rows that each matching setting keeps, nearest the published N first"
    )
    _add_profile(scan)
    scan.add_argument("--study", default="city")
    scan.set_defaults(run=_match_scan)

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


def _add_profile(command: argparse.ArgumentParser) -> None:
    command.add_argument("--profile", default=os.environ.get("NQP_PROFILE", "simulated"))


def _published(options: argparse.Namespace) -> duckdb.DuckDBPyConnection:
    path = Path(os.environ.get("NQP_WAREHOUSE", "warehouse")) / f"{options.profile}.duckdb"
    if not path.is_file():
        raise ValueError(f"{path} does not exist: run `make build PROFILE={options.profile}` first")
    return duckdb.connect(str(path), read_only=True)


def _query(options: argparse.Namespace) -> None:
    with _published(options) as warehouse:
        _show(warehouse.sql(options.sql))


def _show(relation: duckdb.DuckDBPyRelation | None) -> None:
    if relation is not None:
        relation.show(max_rows=1000, max_width=_terminal_width())


def _terminal_width() -> int:
    return os.get_terminal_size().columns if sys.stdout.isatty() else 200


def _simulate(options: argparse.Namespace) -> None:
    from nqp import simulate

    simulate.write(Path("seeds/definitions"), options.out)


def _report(options: argparse.Namespace) -> None:
    from nqp.figures import chinese_font
    from nqp.report import write_report

    with _published(options) as warehouse:
        report = write_report(
            lambda sql: warehouse.sql(sql).df(), options.out, chinese=chinese_font()
        )
    print(f"{report.page}: {report.n_figures} figures, {report.n_tables} tables.")
    if report.not_drawn:
        print(f"Not drawn, for want of data: {len(report.not_drawn)} figures; the page says why.")
    if report.chinese is None:
        print("No Chinese font found: figures are in English only. Noto Sans CJK SC is one.")


def _match_scan(options: argparse.Namespace) -> None:
    with _published(options) as warehouse:
        _show(warehouse.sql(MATCH_SCAN, params=[options.study]))


if __name__ == "__main__":
    sys.exit(main())
