"""``nqp match-scan``: the rows each matching setting keeps, beside the published N."""

from __future__ import annotations

import argparse

from nqp.cli.warehouse import Commands, add_profile, published, show

# A setting whose matching failed keeps no rows and comes last, with its reason.
MATCH_SCAN = """
    select
      method, neighbours, model, by_year, common_support, ties, direction, row_count,
      treated_rows, control_rows, unit_count, n_published, difference, reason
    from results.matching_scan where study = ?
    order by abs(difference) nulls last, method, row_count
"""
STUDIES = "select distinct study from results.matching_scan order by study"


def add(commands: Commands) -> None:
    """Register the subcommand."""
    scan = commands.add_parser(
        "match-scan", help="rows that each matching setting keeps, nearest the published N first"
    )
    add_profile(scan)
    scan.add_argument("--study", default="city")
    scan.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    with published(options) as warehouse:
        studies = [name for (name,) in warehouse.execute(STUDIES).fetchall()]
        if options.study not in studies:
            there = f"those of {', '.join(studies)}" if studies else "none of any study"
            raise ValueError(
                f"no matching settings were scanned for a study {options.study!r}: "
                f"results.matching_scan has {there}."
            )
        show(warehouse.sql(MATCH_SCAN, params=[options.study]))
