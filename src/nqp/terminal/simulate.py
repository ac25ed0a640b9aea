"""``nqp simulate``: write the simulated default anew."""

from __future__ import annotations

import argparse
from pathlib import Path

from nqp.terminal.warehouse import Commands


def add(commands: Commands) -> None:
    """Register the subcommand."""
    simulate = commands.add_parser("simulate", help="write data/simulated again")
    simulate.add_argument("--out", type=Path, default=Path("data/simulated"))
    simulate.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from nqp import simulate

    simulate.write(Path(), options.out)
