"""The ``nqp`` command: what a person does beside ``dbt build``. One module per subcommand."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import duckdb

from nqp.cli import check, correct, match_scan, query, report, review, simulate, trace, verify
from nqp.messages import visible

# In the order in which `nqp --help` lists them.
SUBCOMMANDS = (query, check, review, correct, trace, verify, report, match_scan, simulate)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; errors a person can act on go to stderr with exit status 1.

    A subcommand returns None, or the exit status of a check that found something.
    """
    parser = argparse.ArgumentParser(prog="nqp", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for subcommand in SUBCOMMANDS:
        subcommand.add(commands)
    options = parser.parse_args(arguments)
    try:
        return options.run(options) or 0
    except (ValueError, OSError, duckdb.Error) as error:
        print(visible(f"nqp: {error}"), file=sys.stderr)
        return 1
