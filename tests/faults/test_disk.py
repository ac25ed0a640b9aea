"""A full disk and a directory one may not write: a sentence, the old file, and recovery."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from published import fingerprint
from vintages import PROFILE, Vintage, published

NOBODY = 65534


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[int], None]]:
    """A file system of its own at ``folder``; the call gives it a size in bytes."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs the right to mount a small file system")
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", str(folder)], check=False
    )
    if made.returncode:
        pytest.skip("mounting is not allowed here")

    def resize(size: int) -> None:
        options = f"remount,size={size // 1024 + 1}k"
        subprocess.run(["mount", "-o", options, str(folder)], check=True)

    try:
        yield resize
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("share", [0.02, 0.4, 0.7, 0.85, 0.95])
def test_a_full_disk_leaves_the_published_file_and_the_next_build_recovers(
    vintages: tuple[Vintage, Vintage],
    tmp_path: Path,
    share: float,
    report: Callable[[str], None],
) -> None:
    old, new = vintages
    # Only the warehouse is on the small disk: dbt cannot report a failure to write its own log.
    logs = ("--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs"))
    with small_disk(tmp_path / "disk") as resize:
        warehouse = tmp_path / "disk"
        shutil.copy(published(old.warehouse), published(warehouse))
        kept = shutil.disk_usage(warehouse).used
        needed = sum(
            path.stat().st_size for path in new.warehouse.rglob("*") if ".dbt" not in path.parts
        )
        resize(kept + int(share * needed))
        failed = new.build(warehouse, logs)
        assert failed.process.returncode != 0
        assert "space" in failed.output.lower(), failed.output
        assert "Traceback" not in failed.output, failed.output
        assert fingerprint(published(warehouse)) == old.fingerprint
        resize(1 << 30)
        recovered = new.build(warehouse, logs)
        assert recovered.process.returncode == 0, recovered.output
        assert fingerprint(published(warehouse)) == new.fingerprint
    last = failed.output.strip().splitlines()[-1]
    report(f"full disk at {share:.0%} of what a build needs: old file whole, recovered. {last}")


@pytest.mark.parametrize("closed", [".", ".build"])
def test_a_directory_one_may_not_write_is_named(
    vintages: tuple[Vintage, Vintage],
    tmp_path_factory: pytest.TempPathFactory,
    closed: str,
    report: Callable[[str], None],
) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs to become another user")
    old, new = vintages
    folder = tmp_path_factory.mktemp("closed")
    for above in (*new.folder.parents, folder, *folder.parents):
        if above.is_relative_to(tmp_path_factory.getbasetemp().parent):
            above.chmod(0o755)
    warehouse, logs = folder / "warehouse", folder / "logs"
    assert old.build(warehouse).process.returncode == 0
    for path in (logs, logs / "target"):
        path.mkdir()
    shutil.rmtree(warehouse / ".dbt")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    arguments = ("--target-path", str(logs / "target"), "--log-path", str(logs))
    (warehouse / closed).chmod(0o555)
    if closed == ".build":
        (warehouse / ".build" / f"{PROFILE}.duckdb").chmod(0o444)
    with new.started(warehouse, arguments, user=NOBODY) as process:
        output, _ = process.communicate()
    assert process.returncode != 0
    assert "Traceback" not in output, output
    assert str(warehouse) in output and "ermission" in output, output
    assert fingerprint(published(warehouse)) == old.fingerprint
    (warehouse / closed).chmod(0o755)
    (warehouse / ".build" / f"{PROFILE}.duckdb").chmod(0o644)
    with new.started(warehouse, arguments, user=NOBODY) as process:
        output, _ = process.communicate()
    assert process.returncode == 0, output
    assert fingerprint(published(warehouse)) == new.fingerprint
    report(f"read-only directory ({closed}): old file whole, recovered")
