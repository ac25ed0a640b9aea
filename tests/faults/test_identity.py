"""The same input gives the same tables, whatever the number of threads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from published import contents
from warehouse import REAL, ROOT, build

# Of dbt, which builds that many models at a time, and of DuckDB within each.
THREADS = [(1, 1), (4, 2), (4, 8)]


def profiles(folder: Path, threads: int) -> Path:
    """profiles.yml of the project with DuckDB's threads fixed."""
    text = yaml.safe_load((ROOT / "profiles.yml").read_text(encoding="utf-8"))
    for output in text["nqp"]["outputs"].values():
        output["settings"] = output.get("settings", {}) | {"threads": threads}
    folder.mkdir()
    (folder / "profiles.yml").write_text(yaml.safe_dump(text), encoding="utf-8")
    return folder


@pytest.mark.parametrize("profile", ["simulated", "public"])
def test_builds_are_identical_whatever_the_threads(
    profile: str, tmp_path: Path, report: Callable[[str], None]
) -> None:
    if profile == "public" and not REAL.is_dir():
        pytest.skip("needs the public files beside the project")
    found = []
    for number, (dbt_threads, engine_threads) in enumerate(THREADS):
        folder = profiles(tmp_path / f"profiles{number}", engine_threads)
        finished = build(
            profile, tmp_path / str(number), data_dir=REAL if profile == "public" else None,
            args=["--threads", str(dbt_threads), "--profiles-dir", str(folder)],
        )  # fmt: skip
        assert finished.process.returncode == 0, finished.output
        found.append(contents(finished.internal))
    first, *others = found
    assert len(first) > 50
    for (dbt_threads, engine_threads), other in zip(THREADS[1:], others, strict=True):
        differing = sorted(t for t in first.keys() | other.keys() if first.get(t) != other.get(t))
        assert not differing, f"{dbt_threads} and {engine_threads} threads: {differing}"
    report(f"identity, {profile}: {len(first)} tables equal over threads {THREADS}")
