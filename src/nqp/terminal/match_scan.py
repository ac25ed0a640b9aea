"""``nqp match-scan``: the rows each matching setting keeps, beside the published N."""

from __future__ import annotations

import argparse

from nqp.terminal.warehouse import Commands, add_profile, published, show

# A setting whose matching failed keeps no rows and comes last, with its reason.
MATCH_SCAN = """
    select
      method, neighbours, model, by_year, common_support, ties, direction, row_count,
      treated_rows, control_rows, unit_count, n_published, difference, reason
    from results.matching_scan where study = ?
    order by abs(difference) nulls last, method, row_count
"""
STUDIES = """
    select study from definitions.studies
    where study in (select study from results.matching_scan) order by rowid
"""


def add(commands: Commands) -> None:
    """Register the subcommand."""
    scan = commands.add_parser(
        "match-scan", help="rows that each matching setting keeps, nearest the published N first"
    )
    add_profile(scan)
    scan.add_argument("--study", help="by default the first that has such settings")
    scan.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    with published(options) as warehouse:
        studies = [name for (name,) in warehouse.execute(STUDIES).fetchall()]
        if not studies:
            raise ValueError(
                "no matching settings were scanned: results.matching_scan has none of any study. "
                "Rows of a study's matching_specs.csv ask for them."
            )
        study = studies[0] if options.study is None else options.study
        if study not in studies:
            raise ValueError(
                f"no matching settings were scanned for a study {study!r}: "
                f"results.matching_scan has those of {', '.join(studies)}."
            )
        if options.study is None and len(studies) > 1:
            print(f"Study {study}; --study takes another of {', '.join(studies)}.")
        show(warehouse.sql(MATCH_SCAN, params=[study]))
