"""``nqp check``: put the expectations to the figures of the last build, and nothing else."""

from __future__ import annotations

import argparse
import os
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from nqp.ingest import read_waivers
from nqp.messages import visible
from nqp.presentation import data_docs
from nqp.profiles import how_to_build
from nqp.terminal.build import project_directory
from nqp.terminal.warehouse import Commands, add_profile, internal, refuse_warehouse
from nqp.text_width import wrapped

# Where the studies of the build lie.
FOLDERS = "raw.study_folders"
# What data each of them rests on.
PROFILES = "intermediate.study_profiles"


def add(commands: Commands) -> None:
    """Register the subcommand."""
    check = commands.add_parser(
        "check", help="put the expectations to the figures of the last build; 1 if a critical fails"
    )
    add_profile(check)
    check.add_argument("--docs", type=Path, metavar="FILE", help="write the results as HTML page")
    check.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if options.docs:
        refuse_warehouse(options.docs)
    # Great Expectations takes seconds to import, which the other subcommands need not wait for.
    from nqp.quality import expectations
    from nqp.quality.suites import read_suites

    # Where the build finds them too.
    project = project_directory(os.environ, Path.cwd())
    home = project / "data" / options.profile
    manifest_dir = Path.cwd() / os.environ.get("NQP_MANIFEST_DIR", home)
    with internal(options) as warehouse:
        tables = {}
        for relation in (*expectations.RELATIONS, *expectations.CONTEXT, FOLDERS, PROFILES):
            try:
                tables[relation] = warehouse.sql(f"from {relation}").df()
            except duckdb.CatalogException as error:
                raise ValueError(
                    f"{relation} is not there yet: run `{how_to_build(options.profile)}` first"
                ) from error
    placed, profiles = tables.pop(FOLDERS).astype(str), tables.pop(PROFILES)
    folders = dict(zip(placed["study"], map(Path, placed["folder"]), strict=True))
    suites = read_suites(
        project / "expectations", {study: at / "expectations" for study, at in folders.items()}
    )
    waivers = read_waivers(manifest_dir / "waivers.csv", folders)
    results = expectations.check(suites, tables, waivers, date.today())
    print(visible(summary(results, options.profile)))
    if options.docs:
        options.docs.parent.mkdir(parents=True, exist_ok=True)
        options.docs.write_text(
            data_docs.page(results, options.profile, profiles), encoding="utf-8"
        )
        print(f"{options.docs} shows all of them.")
    return int(any(name in data_docs.by_outcome(results) for name in ("unchecked", "failed")))


def summary(results: pd.DataFrame, profile: str) -> str:
    """What does not hold, the worst first, and how many do."""
    outcomes = data_docs.by_outcome(results)
    parts = [f"{profile}: {data_docs.in_short(results)}."]
    for name, rows in outcomes.items():
        if name not in data_docs.QUIET:
            parts += [_wrapped(f"{name.upper()}  {row['message']}") for row in rows]
    return "\n\n".join(parts)


def _wrapped(message: str) -> str:
    width = max(60, min(shutil.get_terminal_size().columns, 110))
    lines = [
        part
        for line in message.splitlines()
        for part in wrapped(line, width, rest="    ", break_words=False)
    ]
    return "\n".join(lines)
