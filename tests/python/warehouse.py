"""Builds of the warehouse for tests: dbt in a process and in directories of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from nqp.terminal.warehouse import connect

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "real"

# For builds of a selection, whose tests would look for tables outside it.
NO_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class Build:
    """One run of dbt and where it wrote.

    process: the finished dbt run, with its output as text.
    published: the file people query. internal: the file dbt builds in, with every schema.
    """

    process: subprocess.CompletedProcess[str]
    published: Path
    internal: Path

    @property
    def output(self) -> str:
        return self.process.stdout + self.process.stderr


def build(
    profile: str,
    warehouse: Path,
    *,
    data_dir: Path | None = None,
    manifest_dir: Path | None = None,
    args: Sequence[str] = (),
    project: Path = ROOT,
    cwd: Path = ROOT,
    prefix: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
) -> Build:
    """Run ``dbt build`` for a profile; nothing outside ``warehouse`` is written.

    project: a directory with models and seeds, by default the repository. prefix: a command that
    runs dbt. variables: more of the environment. The others as ``build_command`` has them.
    A failing build is returned, not raised: look at ``process.returncode``.
    """
    words, environment = build_command(
        profile, warehouse,
        data_dir=data_dir, manifest_dir=manifest_dir, args=args, project=project,
    )  # fmt: skip
    process = subprocess.run(
        [*prefix, *words], cwd=cwd, env=environment | {**(variables or {})},
        capture_output=True, text=True, timeout=1200, check=False,
    )  # fmt: skip
    return Build(
        process, warehouse / f"{profile}.duckdb", warehouse / ".build" / f"{profile}.duckdb"
    )


def build_command(
    profile: str,
    warehouse: Path,
    *,
    data_dir: Path | None = None,
    manifest_dir: Path | None = None,
    args: Sequence[str] = (),
    project: Path = ROOT,
) -> tuple[list[str], dict[str, str]]:
    """The words and the environment of a ``dbt build``.

    data_dir, manifest_dir: as NQP_DATA_DIR and NQP_MANIFEST_DIR; by default the profile's own.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NQP_")}
    environment |= {"NQP_WAREHOUSE": str(warehouse), "DBT_PROJECT_DIR": str(project)}
    if data_dir is not None:
        environment["NQP_DATA_DIR"] = str(data_dir)
    if manifest_dir is not None:
        environment["NQP_MANIFEST_DIR"] = str(manifest_dir)
        # A manifest of the test's own is for the studies that have none themselves.
        environment["NQP_WITHOUT"] = os.pathsep.join(with_manifests(project))
    words = [
        command("dbt"), "--quiet", "build", "--target", profile,
        "--profiles-dir", str(project),
        "--target-path", str(warehouse / ".dbt" / "target"),
        "--log-path", str(warehouse / ".dbt" / "logs"), *args,
    ]  # fmt: skip
    return words, environment


def with_manifests(project: Path) -> list[str]:
    """The shipped studies that bring data of their own."""
    return sorted(path.parent.name for path in project.glob("studies/*/manifest.csv"))


def command(name: str) -> str:
    """A program of the Python environment that runs the tests."""
    path = shutil.which(name, path=str(Path(sys.executable).parent))
    assert path, f"{name} is not installed beside {sys.executable}"
    return path


@dataclass(frozen=True)
class Warehouse:
    """A finished build with read-only connections to the published and the internal file."""

    build: Build
    published: duckdb.DuckDBPyConnection
    internal: duckdb.DuckDBPyConnection

    def rows(self, sql: str, parameters: object = None) -> list[tuple[Any, ...]]:
        """Rows of a query on the published file."""
        return self.published.execute(sql, parameters).fetchall()

    def frame(self, sql: str, parameters: object = None) -> pd.DataFrame:
        """A query on the published file as a frame."""
        return self.published.execute(sql, parameters).df()


@dataclass(frozen=True)
class Rebuilt:
    """A second build in place of the first, while another process was reading.

    seen: what a connection opened before the build saw before it (VINTAGES) and after it
    (VINTAGES, CONTENT). left_over: what interrupted publications are made to have left.
    warehouse: connections opened after the build.
    """

    seen: tuple[str, str, str]
    left_over: tuple[Path, ...]
    warehouse: Warehouse


@dataclass(frozen=True)
class Failed:
    """A build that failed over a good one, and the published files before it."""

    build: Build
    before: dict[Path, tuple[int, bytes]]
    correction: tuple[str, ...]


# Tells two builds of the random figures apart.
VINTAGES = "select distinct vintage from intermediate.source_choice"
# Reads every value of the largest public table: nothing that a cache could still hold.
CONTENT = "select count(*), bit_xor(hash(p)) from marts.panel_long as p"

READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for sql in sys.stdin:
    print(connection.execute(sql).fetchall(), flush=True)
"""


@contextmanager
def reading_process(file: Path) -> Iterator[Callable[[str], str]]:
    """Another process that keeps ``file`` open; each call runs a query of one line there.

    A second connection in one process would share the first one's file, published anew or not.
    """
    arguments = [sys.executable, "-c", READER, str(file)]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        asked, answers = process.stdin, process.stdout
        assert asked and answers

        def ask(sql: str) -> str:
            asked.write(f"{sql}\n")
            return answers.readline().strip()

        yield ask


def files_of(published: Path) -> dict[Path, tuple[int, bytes]]:
    """The published file and its Parquet files: inode and content of each by its real path."""
    files = [published, *published.with_suffix("").rglob("*")]
    return {
        file.resolve(): (file.stat().st_ino, file.read_bytes()) for file in files if file.is_file()
    }


def open_warehouse(finished: Build) -> Warehouse:
    """Connect to what a build made; fails with dbt's output where it did not succeed."""
    assert finished.process.returncode == 0, finished.output
    return Warehouse(
        finished,
        connect(finished.published),  # as `nqp query` does, which may ask in the same process
        duckdb.connect(str(finished.internal), read_only=True),
    )


def opened(warehouse: Warehouse) -> Iterator[Warehouse]:
    """For a fixture: the warehouse, whose connections are closed behind the tests."""
    yield warehouse
    warehouse.published.close()
    warehouse.internal.close()
