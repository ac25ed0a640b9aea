"""``nqp trace``: a number of a panel, back to the cells of the raw files."""

from __future__ import annotations

import argparse
import shutil

from nqp.terminal.warehouse import Commands, add_profile, published


def add(commands: Commands) -> None:
    """Register the subcommand."""
    trace = commands.add_parser("trace", help="show the cells behind a number of a panel")
    trace.add_argument("region", help="any name, alias or code, as 合肥市, Hefei or 340100")
    trace.add_argument("year", type=int)
    trace.add_argument("variable", help="a variable, an indicator, the index or the policy")
    trace.add_argument("--study", help="by default the first one that has the number")
    add_profile(trace)
    trace.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    # pandas takes a second to import, which the other subcommands need not wait for.
    from nqp.presentation.tree import render
    from nqp.quality.trace import trace

    with published(options) as warehouse:
        tree = trace(
            lambda sql, parameters: warehouse.execute(sql, parameters).df(),
            options.region, options.year, options.variable, study=options.study,
        )  # fmt: skip
    print(render(tree, shutil.get_terminal_size((100, 24)).columns))
