"""Where a profile's published tables lie, and how a finished copy takes the place of the last.

    warehouse/simulated.duckdb                     what people query
    warehouse/simulated -> .build/simulated.parquet/<run>/…    the same as Parquet files
    warehouse/.build/simulated.duckdb              what dbt builds in
    warehouse/.build/simulated.publishing          the copy before it is renamed

Readers keep what they have open: a file is replaced by a rename, the directory by renaming a
symbolic link, and where there are no symbolic links by renaming the directory itself.

What is published is read-only. DuckDB opens a file for writing unless it is told otherwise, and
then nobody else can open it; so a program that forgets to say so fails, and the readers read on.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# In every directory of Parquet files that we made: the run that it came from.
MARK = ".run_id"
# Where a read-only file can be neither replaced nor removed; elsewhere its directory decides.
WINDOWS = os.name == "nt"


class PublishingError(RuntimeError):
    """Something is in the way of publishing; the message says what to do."""


@dataclass(frozen=True)
class PublishedPaths:
    """The paths of one profile, from that of its build file."""

    build: Path

    @property
    def file(self) -> Path:
        """What people query."""
        return self.build.parent.parent / self.build.name

    @property
    def tables(self) -> Path:
        """The directory of Parquet files that people read: a link to one version."""
        return self.file.with_suffix("")

    @property
    def copy(self) -> Path:
        """The file being written, before it takes the place of the published one."""
        return self.build.with_suffix(".publishing")

    @property
    def versions(self) -> Path:
        """Parquet files, a directory per run: the published one, and the one before it."""
        return self.build.with_suffix(".parquet")

    @property
    def aside(self) -> Path:
        """What stood in the published file's place and was not ours, or damaged."""
        return self.build.with_suffix(".aside")


def prepare(paths: PublishedPaths, run_id: str, schemas: Iterable[str]) -> None:
    """Clear what interrupted publications left and make directories for a run's Parquet files.

    Raises PublishingError where something that is not ours stands in their place, OSError where
    the disk does not let us.
    """
    tables = paths.tables
    ours = _link_target(paths) or (tables / MARK).is_file()
    if os.path.lexists(tables) and not ours:
        raise PublishingError(
            f"{tables} is in the way, where the Parquet files belong: move it somewhere else."
        )
    clear(paths)
    for schema in schemas:
        (paths.versions / run_id / schema).mkdir(parents=True)
    (paths.versions / run_id / MARK).write_text(f"{run_id}\n", encoding="utf-8")


def replace(paths: PublishedPaths, run_id: str, *, foreign: bool = False) -> None:
    """Put the copy of a run in the place of the published file and directory, read-only.

    foreign: what stands in the place of the published file is no build's, and is kept (`aside`).

    The Parquet files replaced stay until the next publication clears them, for a reader who is
    between listing and opening them. Raises OSError with both as they were, and what interrupts
    it (Ctrl-C) likewise.
    """
    tables, new, old = paths.tables, paths.versions / run_id, paths.versions / "replaced"
    for path in (paths.copy, *new.rglob("*")):
        _protect(path)
    target = _link_target(paths)
    if target:
        old.symlink_to(target)
    elif tables.exists():
        tables.rename(old)
    try:
        _link(paths, new).replace(tables)
        if foreign and os.path.lexists(paths.file):
            paths.file.replace(paths.aside)
        _unprotect(paths.file)
        paths.copy.replace(paths.file)
    except BaseException:
        with contextlib.suppress(OSError):
            if not os.path.lexists(paths.file):
                paths.aside.replace(paths.file)
            elif WINDOWS:
                _protect(paths.file)
        with contextlib.suppress(OSError):
            if not target and os.path.lexists(tables):
                tables.rename(paths.versions / "refused")
            if os.path.lexists(old):
                old.replace(tables)
        raise


def clear(paths: PublishedPaths) -> None:
    """Remove unfinished copies, and all Parquet files but the published ones."""
    for path in (paths.copy, paths.copy.with_name(f"{paths.copy.name}.wal")):
        _unprotect(path)
        path.unlink(missing_ok=True)
    target = _link_target(paths)
    for path in paths.versions.glob("*"):
        if path.is_symlink():
            path.unlink()
        elif not target or path.name != target.name:
            for file in path.rglob("*"):
                _unprotect(file)
            shutil.rmtree(path)


def _protect(path: Path) -> None:
    """Take the right to write a file from everybody; who may read it stays as it is.

    Some network drives know no rights: what is changed there is found by `nqp verify`.
    """
    if path.is_file() and not path.is_symlink():
        with contextlib.suppress(OSError):
            path.chmod(path.stat().st_mode & 0o444)


def _unprotect(path: Path) -> None:
    """Make a file one that can be replaced and removed, where that is a matter of the file."""
    if WINDOWS and path.is_file():
        path.chmod(0o644)


def _link(paths: PublishedPaths, version: Path) -> Path:
    """A link to a version, ready to be renamed; the version itself where links are not possible.

    Windows gives links to administrators only and replaces none, some network drives have none.
    """
    link = paths.versions / "link"
    with contextlib.suppress(OSError):
        if os.name == "posix":
            link.symlink_to(version.relative_to(paths.file.parent))
            return link
    return version


def _link_target(paths: PublishedPaths) -> Path | None:
    """What our link points to, as it is written; None where there is no link of ours."""
    if not paths.tables.is_symlink():
        return None
    target = paths.tables.readlink()
    return target if target.parent == paths.versions.relative_to(paths.file.parent) else None
