"""A build of hostile files and definitions, which the tests of this folder share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import duckdb
import pytest

from hostile import Hostile, Network, write_hostile_profile, write_hostile_project
from warehouse import Warehouse, build, open_warehouse, opened


@pytest.fixture(scope="session")
def hostile(mini: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """The figures of `mini` in a directory full of traps, built from inside it, without a network.

    The published file is that of `mini`; the build file has the log of a build that was killed, as
    an older version wrote it.
    """
    directory = tmp_path_factory.mktemp("hostile")
    profile = write_hostile_profile(directory / 'it\'s "data" {{ 7 * 7 }}')
    shutil.copy(mini.build.published, directory)
    (directory / ".build").mkdir()
    with duckdb.connect(str(directory / ".build" / "licensed.duckdb")) as connection:
        connection.execute("create schema quality")
        connection.execute("create table quality.builds (run_id varchar, outcome varchar)")
        connection.execute("insert into quality.builds values ('killed', 'running')")
    network = Network(directory)
    finished = build(
        "licensed", directory, data_dir=profile.folder, manifest_dir=profile.folder,
        project=write_hostile_project(directory / "project"), cwd=profile.folder,
        prefix=network.prefix, variables=network.environment,
    )  # fmt: skip
    for warehouse in opened(open_warehouse(finished)):
        yield Hostile(profile, network, warehouse)
