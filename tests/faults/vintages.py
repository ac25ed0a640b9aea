"""Two vintages of a small profile, a good build of each, and builds that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mini_profile import write_profile
from published import fingerprint
from warehouse import ROOT, Build, build, build_command

PROFILE = "licensed"


@dataclass(frozen=True)
class Vintage:
    """One state of the input and what a whole build of it publishes.

    folder: manifest and files. warehouse: of that build. fingerprint: of the published file.
    seconds: that the build took.
    """

    folder: Path
    warehouse: Path
    fingerprint: str
    seconds: float

    def build(self, warehouse: Path, args: Sequence[str] = (), prefix: Sequence[str] = ()) -> Build:
        return build(
            PROFILE, warehouse,
            data_dir=self.folder, manifest_dir=self.folder, args=args, prefix=prefix,
        )  # fmt: skip

    @contextmanager
    def started(self, warehouse: Path) -> Iterator[subprocess.Popen[str]]:
        """A build under way in a process group of its own; killed whole on leaving."""
        words, environment = build_command(
            PROFILE, warehouse, data_dir=self.folder, manifest_dir=self.folder
        )
        with subprocess.Popen(
            words, cwd=ROOT, env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                yield process
            finally:
                kill(process)


def kill(process: subprocess.Popen[str]) -> bool:
    """Kill -9 the whole group; False where the build had ended by itself."""
    running = process.poll() is None
    if running:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return running


def published(warehouse: Path) -> Path:
    return warehouse / f"{PROFILE}.duckdb"


def good_build(folder: Path, warehouse: Path, name: str, seed: int) -> Vintage:
    """Write an input into ``folder`` and build it in ``warehouse``; fails with dbt's output."""
    write_profile(folder, vintage=name, seed=seed)
    begun = time.monotonic()
    finished = build(PROFILE, warehouse, data_dir=folder, manifest_dir=folder)
    assert finished.process.returncode == 0, finished.output
    return Vintage(folder, warehouse, fingerprint(finished.published), time.monotonic() - begun)
