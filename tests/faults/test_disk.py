"""A full disk and a directory one may not write: a sentence, the old file, and recovery."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import ignore_patterns

import pytest

from published import fingerprint
from vintages import PROFILE, Vintage, published


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


# Two builds of one input differ in size by a tenth or two: free blocks of the build file.
@pytest.mark.parametrize("share", [0.02, 0.2, 0.4, 0.55, 0.7])
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


def bound_by_permissions() -> list[str]:
    """What to start a program with so that permissions hold for it, whoever runs the tests."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv to take that away")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


@pytest.mark.parametrize("closed", [".", ".build"])
def test_a_directory_one_may_not_write_is_named(
    vintages: tuple[Vintage, Vintage], tmp_path: Path, closed: str, report: Callable[[str], None]
) -> None:
    old, new = vintages
    warehouse = tmp_path / "warehouse"
    shutil.copytree(old.warehouse, warehouse, symlinks=True, ignore=ignore_patterns(".dbt"))
    logs = ("--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs"))
    folder, build_file = warehouse / closed, warehouse / ".build" / f"{PROFILE}.duckdb"
    before = sorted(warehouse.iterdir())
    folder.chmod(0o555)
    if closed == ".build":
        build_file.chmod(0o444)
    failed = new.build(warehouse, logs, prefix=bound_by_permissions())
    folder.chmod(0o755)
    build_file.chmod(0o644)
    assert failed.process.returncode != 0
    assert "Traceback" not in failed.output, failed.output
    assert str(warehouse) in failed.output and "ermission" in failed.output, failed.output
    assert fingerprint(published(warehouse)) == old.fingerprint
    assert sorted(warehouse.iterdir()) == before
    recovered = new.build(warehouse, logs, prefix=bound_by_permissions())
    assert recovered.process.returncode == 0, recovered.output
    assert fingerprint(published(warehouse)) == new.fingerprint
    report(f"read-only directory ({closed}): old file whole, recovered")
