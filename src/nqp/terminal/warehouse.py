"""What the subcommands share: the profile, its published file, a table on the terminal."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TypeAlias

import duckdb

from nqp.messages import visible
from nqp.profiles import default_profile, how_to_build

# What a query may do: read the published tables. `read_only` goes with it.
READING = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # A name in a query never means a variable of ours.
    "python_enable_replacements": "false",
    # Not beside the published file, where not everybody may write.
    "temp_directory": str(Path(tempfile.gettempdir()) / f"warehouse-query-{os.getpid()}"),
    "lock_configuration": "true",
}

# The words of DuckDB where another process has a file open.
LOCKED = re.compile(r"Conflicting lock is held in (.*?) \(PID (\d+)\)")

# argparse has no public name for it.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_profile(command: argparse.ArgumentParser) -> None:
    """Add ``--profile``, by default the one that ``nqp build`` uses."""
    command.add_argument("--profile", default=default_profile(os.environ))


def directory() -> Path:
    """Where the published files lie; the files dbt builds in are in ``.build`` below it."""
    return Path(os.environ.get("NQP_WAREHOUSE", "warehouse"))


def published(options: argparse.Namespace) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the published file of the profile.

    Raises ValueError where the profile has not been built.
    """
    path = directory() / f"{options.profile}.duckdb"
    if not path.is_file():
        raise ValueError(f"{path} does not exist: run `{how_to_build(options.profile)}` first")
    return connect(path)


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection that reaches no other file and no network, whatever a query asks.

    Raises ValueError where another program has opened the file for writing.
    """
    try:
        return duckdb.connect(str(path), read_only=True, config={**READING})
    except duckdb.IOException as error:
        if holder := LOCKED.search(str(error)):
            raise ValueError(
                f"{path} is open for writing in {holder[1]} (process {holder[2]}), which keeps "
                "everybody else out. Close it there and open it read-only."
            ) from None
        raise


def refuse_warehouse(out: Path) -> None:
    """Raises ValueError where a file would be written into the warehouse, by whatever way."""
    home = directory()
    written = (out.resolve(), out.parent.resolve() / out.name)
    for folder in {parent for path in written for parent in path.parents} | {written[0]}:
        if home.is_dir() and folder.exists() and folder.samefile(home):
            raise ValueError(
                f"{out} lies in {home}, where only builds write. Name a file somewhere else."
            )
    for file in home.glob("*.duckdb"):
        if out.exists() and out.samefile(file):
            raise ValueError(f"{out} is {file}, which only builds write. Name another file.")


def internal(options: argparse.Namespace) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the file dbt builds in, which has every schema.

    Raises ValueError where the profile has not been built, or a build is writing the file.
    """
    path = directory() / ".build" / f"{options.profile}.duckdb"
    if not path.is_file():
        raise ValueError(f"{path} does not exist: run `{how_to_build(options.profile)}` first")
    try:
        return duckdb.connect(str(path), read_only=True)
    except duckdb.IOException as error:
        raise ValueError(
            f"{path} cannot be read ({str(error).splitlines()[0]}). If a build is running, wait "
            "until it has finished."
        ) from error


def show(relation: duckdb.DuckDBPyRelation | None) -> None:
    """Print a query's rows as a table as wide as the terminal, which no text in it can steer."""
    if relation is not None:
        width, table = terminal_width(), io.StringIO()
        with contextlib.redirect_stdout(table):
            relation.show(max_rows=1000, max_width=width)
        print(visible(table.getvalue()), end="")


def terminal_width() -> int:
    """Columns of the terminal; 200 where the output goes to a file or another program."""
    return os.get_terminal_size().columns if sys.stdout.isatty() else 200
