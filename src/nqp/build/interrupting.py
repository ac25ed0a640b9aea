"""Ctrl-C and SIGTERM end a build at once, in a sentence.

dbt would wait for its threads and print its way through its own code. There is nothing to wait for:
whatever ends a build, the published file is the one before or the new one, whole, and the next
build recovers. Only the renames that publish are not interrupted.
"""

from __future__ import annotations

import contextlib
import multiprocessing.util
import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Progress:
    """How far the build of this process has come: before the renames, at them, or behind them."""

    is_replacing: bool = False
    is_published: bool = False


progress = Progress()


def end_in_a_sentence(published: Path) -> None:
    """Let the signals end this process from now on, and say what became of the published file.

    Only the main thread may say what signals do: nothing happens in another one.
    """

    def end(number: int, _: FrameType | None) -> None:
        if progress.is_replacing:
            return
        _end(sentence(published), 128 + number)

    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            signal.signal(number, end)


def sentence(published: Path) -> str:
    """What became of the published file in a build that was interrupted."""
    if progress.is_published:
        return f"Interrupted after the end of the build: {published} is the new one."
    left = "is as it was" if published.exists() else "was not made"
    return (
        f"Interrupted: the {published.stem} profile was not built, and {published} {left}. "
        "`nqp build` builds it anew."
    )


@contextlib.contextmanager
def replacing() -> Iterator[None]:
    """For the renames: a signal that comes meanwhile comes too late."""
    progress.is_replacing = True
    try:
        yield
        progress.is_published = True
    finally:
        progress.is_replacing = False


def _end(said: str, status: int) -> None:
    """End the process without its threads, which are in the middle of a query."""
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    # Past `print`, which the main thread may be at.
    os.write(2, f"{said}\n".encode())
    # Or a process of Python's, which outlives us, reports what dbt's pool of threads has left.
    finalizers = vars(multiprocessing.util)["_run_finalizers"]
    tidy = threading.Thread(target=finalizers, args=(0,), daemon=True)
    tidy.start()
    tidy.join(timeout=1)
    os._exit(status)
