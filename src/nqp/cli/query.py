"""``nqp query``: SQL on the published warehouse."""

from __future__ import annotations

import argparse

from nqp.cli.warehouse import Commands, add_profile, published, show


def add(commands: Commands) -> None:
    """Register the subcommand."""
    query = commands.add_parser("query", help="run SQL on the published warehouse and print it")
    query.add_argument("sql")
    add_profile(query)
    query.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    with published(options) as warehouse:
        show(warehouse.sql(options.sql))
