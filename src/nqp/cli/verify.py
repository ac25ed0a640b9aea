"""``nqp verify``: the raw files against the checksums of their manifest."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from nqp.cli.warehouse import Commands, add_profile
from nqp.messages import visible


def add(commands: Commands) -> None:
    """Register the subcommand."""
    verify = commands.add_parser(
        "verify", help="compare the raw files with the checksums in their manifest"
    )
    add_profile(verify)
    verify.add_argument(
        "--record", action="store_true", help="write the checksums of the files into the manifest"
    )
    verify.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print what differs; 1 if anything does that is not recorded now."""
    # pandas takes a second to import, which the other subcommands need not wait for.
    from nqp.ingest import read_manifest
    from nqp.verify import compare, describe, record_in

    home = Path("data") / options.profile
    path = Path(os.environ.get("NQP_MANIFEST_DIR", home)) / "manifest.csv"
    data_dir = Path(os.environ.get("NQP_DATA_DIR", home))
    files = compare(read_manifest(path), data_dir)
    for line in describe(files):
        print(visible(line))
    if (files["status"] == "missing").any():
        print(f"Files are looked for in {data_dir}; NQP_DATA_DIR names another directory.")
    print(f"{(files['status'] == 'as recorded').sum()} of {len(files)} files are as recorded.")
    differs = files["status"] != "as recorded"
    if options.record:
        found = files.dropna(subset="sha256")
        sums = dict(zip(found["file"], found["sha256"], strict=True))
        record_in(path, sums)
        print(f"{path} now records {len(found)} files as they are.")
        differs = files["status"] == "missing"
    elif (files["status"] == "not recorded").any():
        print("`nqp verify --record` writes the missing checksums into the manifest.")
    return int(differs.any())
