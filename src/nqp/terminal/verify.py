"""``nqp verify``: raw files against their manifest, published tables against their build."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator

import duckdb

from nqp.messages import visible
from nqp.terminal.warehouse import Commands, add_profile, directory, internal, published


def add(commands: Commands) -> None:
    """Register the subcommand."""
    verify = commands.add_parser(
        "verify",
        help="compare the raw files with the checksums in their manifest, and the published "
        "tables with what their build recorded",
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
    from nqp.quality.verify import compare, describe, record_in
    from nqp.terminal.sources import manifests

    statuses: list[str] = []
    said: list[str] = []
    for home in manifests(options.profile):
        path = home.folder / "manifest.csv"
        manifest = read_manifest(path)
        found = {file: home.of(file) for file in manifest["file"].unique()}
        sums: dict[str, str] = {}
        for data_dir in dict.fromkeys(folder for folder, _ in found.values()):
            there = [file for file, (folder, _) in found.items() if folder == data_dir]
            files = compare(manifest[manifest["file"].isin(there)], data_dir)
            recorded = files.dropna(subset="sha256")
            sums |= dict(zip(recorded["file"], recorded["sha256"], strict=True))
            statuses += files["status"].tolist()
            files["file"] = [found[file][1] for file in files["file"]]
            for line in describe(files):
                print(visible(line))
            if (files["status"] == "missing").any():
                print(f"Files are looked for in {data_dir}; NQP_DATA_DIR names another directory.")
        if options.record:
            record_in(path, sums)
            said.append(f"{path} now records {len(sums)} files as they are.")
    print(f"{statuses.count('as recorded')} of {len(statuses)} files are as recorded.")
    for line in said:
        print(line)
    if options.record:
        return int("missing" in statuses)
    if "not recorded" in statuses:
        print("`nqp verify --record` writes the missing checksums into the manifest.")
    is_as_built = _published_is_as_built(options)
    return int(bool(set(statuses) - {"as recorded"}) or not is_as_built)


def _published_is_as_built(options: argparse.Namespace) -> bool:
    """Print what differs in the published tables; True also where nothing is published."""
    from nqp.quality.published import compare

    file = directory() / f"{options.profile}.duckdb"
    if not file.is_file():
        return True
    parquet = file.with_suffix("")
    try:
        with published(options) as tables, _build_file(options) as build:
            compared = compare(tables, build, parquet if parquet.is_dir() else None)
    except duckdb.Error as error:
        print(visible(f"damaged       {file}: {str(error).splitlines()[0]}"))
        print("`nqp build` puts a new file in its place.")
        return False
    for line in compared.lines:
        print(visible(line))
    if compared.note:
        print(f"{file}: {compared.note}")
    if compared.lines:
        print(
            f"{file} is not as build {compared.run_id} published it. `nqp build` puts a new file "
            "in its place."
        )
    elif compared.n_tables:
        print(f"The {compared.n_tables} tables of {file} are as build {compared.run_id} left them.")
    return not compared.lines


@contextlib.contextmanager
def _build_file(options: argparse.Namespace) -> Iterator[duckdb.DuckDBPyConnection | None]:
    """The build file, or None where it is not there or a build is writing it."""
    try:
        connection = internal(options)
    except ValueError:
        yield None
        return
    with connection:
        yield connection
