"""Warehouses that several test modules read; each is built once in a test session."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mini_profile import (
    WAIVERS,
    MiniProfile,
    plant_fault,
    write_corrections,
    write_profile,
    write_waivers,
)
from warehouse import (
    CONTENT,
    NO_TESTS,
    REAL,
    VINTAGES,
    Build,
    Failed,
    Rebuilt,
    Warehouse,
    build,
    files_of,
    open_warehouse,
    opened,
    reading_process,
)


@pytest.fixture(autouse=True)
def nothing_of_the_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No test reads what the checkout has built, or what the user's environment says."""
    for name in [name for name in os.environ if name.startswith("NQP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NQP_WAREHOUSE", str(tmp_path_factory.getbasetemp() / "nothing_built"))


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The simulated data that ship with the repository."""
    yield from opened(open_warehouse(build("simulated", tmp_path_factory.mktemp("simulated"))))


@pytest.fixture(scope="session")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The real public files, read where they are."""
    if not REAL.is_dir():
        pytest.skip(f"needs the public files in {REAL.parent.name}/{REAL.name} beside the project")
    finished = build("public", tmp_path_factory.mktemp("public"), data_dir=REAL)
    yield from opened(open_warehouse(finished))


@pytest.fixture(scope="session")
def mini_profile(tmp_path_factory: pytest.TempPathFactory) -> MiniProfile:
    """The random figures that `mini` was built from."""
    return write_profile(tmp_path_factory.mktemp("mini_data"))


@pytest.fixture(scope="session")
def mini_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the warehouse `mini`, with a name that SQL has to quote."""
    return tmp_path_factory.mktemp("mini's 数据")


@pytest.fixture(scope="session")
def mini(mini_profile: MiniProfile, mini_directory: Path) -> Iterator[Warehouse]:
    """The random figures, built as the profile `licensed`."""
    folder = mini_profile.folder
    finished = build("licensed", mini_directory, data_dir=folder, manifest_dir=folder)
    yield from opened(open_warehouse(finished))


@pytest.fixture(scope="session")
def rebuilt(
    mini: Warehouse, mini_directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rebuilt]:
    """The figures of `mini` in other units and with a fault that is waived, built over a copy."""
    directory = copy_of(mini_directory, tmp_path_factory)
    profile = write_profile(
        tmp_path_factory.mktemp("rebuilt_data"), foreign_units=True, vintage="second"
    )
    left_over = (
        directory / ".build" / "licensed.publishing",
        directory / ".build" / "licensed.parquet" / "interrupted",
    )
    left_over[0].write_bytes(b"half a file")
    left_over[1].mkdir()
    folder = profile.folder
    plant_fault(folder)
    write_waivers(folder, WAIVERS)
    with reading_process(directory / "licensed.duckdb") as read:
        before = read(VINTAGES)
        finished = build("licensed", directory, data_dir=folder, manifest_dir=folder)
        seen = before, read(VINTAGES), read(CONTENT)
    for warehouse in opened(open_warehouse(finished)):
        yield Rebuilt(seen, left_over, warehouse)


@pytest.fixture(scope="session")
def failed(
    mini: Warehouse, mini_directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> Failed:
    """A build over a copy of `mini`, stopped by a correction of a cell that has changed."""
    directory = copy_of(mini_directory, tmp_path_factory)
    profile = write_profile(tmp_path_factory.mktemp("failed_data"))
    correction = ("city.csv", "", "3", "4", "1234.5", "1", "the file has changed since")
    write_corrections(profile.folder, [correction])
    published = directory / "licensed.duckdb"
    before = files_of(published)
    finished = build("licensed", directory, data_dir=profile.folder, manifest_dir=profile.folder)
    return Failed(finished, before, correction)


@pytest.fixture(scope="session")
def partial(mini_profile: MiniProfile, failed: Failed) -> Build:
    """A build of a selection over the warehouse of `failed`."""
    folder = mini_profile.folder
    return build(
        "licensed", failed.build.published.parent, data_dir=folder, manifest_dir=folder,
        args=["-s", "layouts", "units", *NO_TESTS],
    )  # fmt: skip


@pytest.fixture
def sound_copy(
    mini: Warehouse, mini_directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The directory of a copy of `mini`, to build selections in."""
    return copy_of(mini_directory, tmp_path_factory)


@pytest.fixture(scope="session")
def stopped(
    mini: Warehouse, mini_directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> Build:
    """A build over a copy of `mini`, stopped by a critical expectation that nobody waived."""
    directory = copy_of(mini_directory, tmp_path_factory)
    folder = write_profile(tmp_path_factory.mktemp("stopped_data")).folder
    plant_fault(folder)
    return build("licensed", directory, data_dir=folder, manifest_dir=folder)


def copy_of(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a warehouse that nobody has open."""
    copy = tmp_path_factory.mktemp("copy") / "warehouse"
    shutil.copytree(directory, copy, symlinks=True, ignore=shutil.ignore_patterns(".dbt"))
    return copy
