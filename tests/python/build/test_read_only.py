"""Published files are read-only: who opens one for writing fails, and everybody else reads on."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from nqp.build import publishing
from nqp.build.publishing import PublishedPaths, clear, prepare, replace
from warehouse import reading_process

NOBODY = 65534
WRITE = (
    "import sys, duckdb; duckdb.connect(sys.argv[1]).execute('update results.t set estimate = 9')"
)


def publish(places: PublishedPaths, run: str, estimate: float) -> None:
    """Put a small published file and a Parquet file into their places."""
    prepare(places, run, ["results"])
    with duckdb.connect(str(places.copy)) as connection:
        connection.execute("create schema results; create schema quality")
        connection.execute("create table quality.builds (run_id varchar, outcome varchar)")
        connection.execute(f"create table results.t as select {estimate} as estimate")
        file = places.versions / run / "results" / "t.parquet"
        connection.execute(f"copy results.t to '{file}'")
    replace(places, run)


@pytest.fixture
def places(tmp_path: Path) -> PublishedPaths:
    places = PublishedPaths(tmp_path / ".build" / "licensed.duckdb")
    publish(places, "first", 1)
    return places


def estimate(file: Path) -> float:
    with duckdb.connect(str(file), read_only=True) as connection:
        [(found,)] = connection.execute("from results.t").fetchall()
    return float(found)


def modes(places: PublishedPaths) -> set[int]:
    files = [places.file, *(path for path in places.tables.rglob("*") if path.is_file())]
    assert len(files) == 3
    return {path.stat().st_mode & 0o777 for path in files}


def test_nobody_may_write_what_is_published(places: PublishedPaths) -> None:
    assert modes(places) == {0o444}


def test_who_may_read_it_stays_as_it_is(tmp_path: Path) -> None:
    """Data that are for one user are not opened to all."""
    before = os.umask(0o077)
    try:
        places = PublishedPaths(tmp_path / ".build" / "licensed.duckdb")
        publish(places, "first", 1)
    finally:
        os.umask(before)
    assert modes(places) == {0o400}


def as_nobody() -> list[str]:
    """What to start a program with so that it runs as an ordinary user who finds our Python."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs the right to become another user, and setpriv")
    reading = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *reading]
    if subprocess.run([*words, "true"], check=False).returncode:
        pytest.skip("becoming another user is not allowed here")
    return words


@pytest.fixture
def anybodys() -> Iterator[Path]:
    """A directory on whose way nobody is stopped, unlike that of pytest."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def test_a_client_that_wants_to_write_fails_and_readers_read(anybodys: Path) -> None:
    """As the user whom the files and their directory belong to."""
    places = PublishedPaths(anybodys / ".build" / "licensed.duckdb")
    publish(places, "first", 1)
    words = [*as_nobody(), sys.executable, "-c", WRITE, str(places.file)]
    for path in (places.file.parent, places.file):
        os.chown(path, NOBODY, NOBODY)
    with reading_process(places.file) as read:
        assert read("from results.t") == "[(1,)]"
        wrote = subprocess.run(words, capture_output=True, text=True, check=False)
        assert wrote.returncode != 0
        assert "Permission denied" in wrote.stderr
        assert read("from results.t") == "[(1,)]" and estimate(places.file) == 1
    # The mode it is: the same program writes a file that its owner may write.
    places.file.chmod(0o644)
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    assert estimate(places.file) == 9


def test_the_next_publication_takes_the_place_of_a_read_only_file(places: PublishedPaths) -> None:
    publish(places, "second", 2)
    assert estimate(places.file) == 2 and modes(places) == {0o444}
    publish(places, "third", 3)
    assert estimate(places.file) == 3 and modes(places) == {0o444}
    assert {path.name for path in places.versions.iterdir()} == {"replaced", "second", "third"}


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules of Windows: no read-only file is replaced or removed, and there are no links."""

    def refuse(path: Path) -> None:
        if path.is_file() and not path.stat().st_mode & 0o200:
            raise PermissionError(errno.EACCES, "Access is denied", str(path))

    moved, removed, system = Path.replace, Path.unlink, os.unlink

    def replace_file(path: Path, target: Path) -> Path:
        refuse(Path(target))
        return moved(path, target)

    def remove(path: Path, missing_ok: bool = False) -> None:
        refuse(path)
        removed(path, missing_ok=missing_ok)

    def unlink(path: str, *, dir_fd: int | None = None) -> None:
        if dir_fd is not None:
            refuse(Path(f"/proc/self/fd/{dir_fd}").readlink() / path)
        system(path, dir_fd=dir_fd)

    def no_links(*_: object, **__: object) -> None:
        raise OSError("not here")

    monkeypatch.setattr(Path, "replace", replace_file)
    monkeypatch.setattr(Path, "unlink", remove)
    monkeypatch.setattr(os, "unlink", unlink)
    monkeypatch.setattr(Path, "symlink_to", no_links)
    monkeypatch.setattr(publishing, "WINDOWS", True)


@pytest.mark.usefixtures("windows")
@pytest.mark.skipif(sys.platform != "linux", reason="imitates Windows by way of /proc")
def test_it_does_so_by_the_rules_of_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = PublishedPaths(tmp_path / ".build" / "licensed.duckdb")
    for number, run in enumerate(("first", "second", "third"), 1):
        publish(places, run, number)
        assert estimate(places.file) == number and modes(places) == {0o444}
    # Where it fails, what was published is read-only as before.
    prepare(places, "fourth", ["results"])
    with pytest.raises(FileNotFoundError):
        replace(places, "fourth")
    assert estimate(places.file) == 3 and modes(places) == {0o444}
    clear(places)
    # The rules are what they say: who does not know of them fails.
    monkeypatch.setattr(publishing, "WINDOWS", False)
    with pytest.raises(PermissionError):
        publish(places, "fifth", 5)


def test_what_was_no_build_s_is_kept(places: PublishedPaths) -> None:
    places.file.unlink()
    places.file.write_text("ten years of work")
    prepare(places, "second", ["results"])
    places.copy.write_text("second")
    replace(places, "second", foreign=True)
    assert places.file.read_text() == "second"
    assert places.aside.read_text() == "ten years of work"


def test_it_is_back_in_its_place_where_publishing_fails(places: PublishedPaths) -> None:
    places.file.unlink()
    places.file.write_text("ten years of work")
    prepare(places, "second", ["results"])
    with pytest.raises(FileNotFoundError):
        replace(places, "second", foreign=True)
    assert places.file.read_text() == "ten years of work"


@pytest.mark.parametrize("at", ["licensed", "licensed.duckdb"])
def test_ctrl_c_between_the_renames_leaves_both_as_they_were(
    places: PublishedPaths, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(places, "second", ["results"])
    shutil.copy(places.file, places.copy)
    moved = Path.replace

    def interrupted(path: Path, target: Path) -> Path:
        if Path(target).name == at and path.name != "replaced":
            raise KeyboardInterrupt
        return moved(path, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace(places, "second")
    assert estimate(places.file) == 1
    assert (places.tables / ".run_id").read_text().strip() == "first"
