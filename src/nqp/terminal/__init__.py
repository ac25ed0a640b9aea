"""The ``nqp`` command: what a person does beside ``dbt build``. One module per subcommand."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

import duckdb

from nqp.messages import visible

# In the order in which `nqp --help` lists them.
SUBCOMMANDS = (
    "build", "new-study", "query", "check", "review", "correct", "trace", "verify", "report",
    "match-scan", "audit", "simulate",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; errors a person can act on go to stderr with exit status 1.

    A subcommand returns None, or the exit status of a check that found something.
    """
    parser = argparse.ArgumentParser(prog="nqp", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    words = sys.argv[1:] if arguments is None else list(arguments)
    # The others may take a second to import.
    for name in words[:1] if words[:1] and words[0] in SUBCOMMANDS else SUBCOMMANDS:
        importlib.import_module(f"nqp.terminal.{name.replace('-', '_')}").add(commands)
    options = parser.parse_args(words)
    try:
        return options.run(options) or 0
    except (ValueError, OSError, duckdb.Error) as error:
        print(visible(f"nqp: {error}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("nqp: interrupted.", file=sys.stderr)
        return 130
