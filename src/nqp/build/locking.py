"""One process at a time works on a build file: a lock that ends with the process that holds it.

DuckDB refuses a second process by itself, but at once and in words about file locks. This lock is
taken first, so that a second build waits, and says for whom.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# Seconds that a build waits for another one before it gives up: NQP_BUILD_WAIT.
PATIENCE = 600.0
# Windows locks bytes and nobody else may read those: one far behind what the file holds.
WINDOWS_BYTE = 1 << 30


class BuildRunningError(RuntimeError):
    """Another process has been working on the build file for longer than we wait."""


def hold(build_file: Path, interrupted: Callable[[], bool] = lambda: False) -> IO[str]:
    """Wait until no other process works on ``build_file``, and keep others out from then on.

    Returns the open lock file (``simulated.lock`` beside ``simulated.duckdb``), which holds the
    process id. Closing it gives the lock back, and so does the end of the process, whatever ends
    it; ``with hold(path):`` for less. Not for twice in one process: the second would wait for the
    first. Where the file system knows no locks, DuckDB's own has to do.

    Says once on standard output when it has to wait. Raises BuildRunningError after
    ``NQP_BUILD_WAIT`` seconds (by default `PATIENCE`) or as soon as ``interrupted()``, ValueError
    where that is no number, OSError where the lock file cannot be written.
    """
    patience = _patience()
    build_file.parent.mkdir(parents=True, exist_ok=True)
    lock = build_file.with_suffix(".lock").open("a+", encoding="utf-8")
    began = time.monotonic()
    said = False
    while not _try_lock(lock):
        running = f"another build of the {build_file.stem} profile is running ({_holder(lock)})"
        waited = time.monotonic() - began
        if waited >= patience or interrupted():
            lock.close()
            raise BuildRunningError(
                f"{running}. Gave up after {waited:.0f} seconds: build again when it has ended, "
                "or set NQP_BUILD_WAIT to the seconds to wait."
            )
        if not said:
            print(f"{running}; waiting", flush=True)
            said = True
        time.sleep(min(0.2, patience))
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _patience() -> float:
    text = os.environ.get("NQP_BUILD_WAIT", "")
    try:
        return float(text or PATIENCE)
    except ValueError:
        raise ValueError(f"NQP_BUILD_WAIT is {text!r}; expected a number of seconds.") from None


def _holder(lock: IO[str]) -> str:
    lock.seek(0)
    process = lock.read().strip()
    return f"process {process}" if process else "a process that has just begun"


def _try_lock(lock: IO[str]) -> bool:
    """Take the lock if it is free; True also where there are no locks to take."""
    if sys.platform == "win32":
        lock.seek(WINDOWS_BYTE)
        try:
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
