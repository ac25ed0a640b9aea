"""Readers and builds at once: nobody waits for anybody, and every read is of one whole build."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import published as published_file
from published import fingerprint
from vintages import Vintage, published
from warehouse import CONTENT, VINTAGES, reading_process

BUILDS, POLLERS = 10, 4


def test_no_read_fails_while_builds_replace_the_file(
    vintages: tuple[Vintage, Vintage], tmp_path: Path, report: Callable[[str], None]
) -> None:
    file, stop = published(tmp_path), tmp_path / "stop"
    assert vintages[0].build(tmp_path).process.returncode == 0
    words = [sys.executable, published_file.__file__, str(file), str(stop)]
    with reading_process(file) as ask:
        at_first = ask(VINTAGES), ask(CONTENT)
        # Into files: a pipe that nobody empties would stop the poller.
        logs = [(tmp_path / f"reads{number}").open("w+") for number in range(POLLERS)]
        pollers = [subprocess.Popen(words, stdout=log, text=True) for log in logs]
        try:
            for number in range(1, BUILDS + 1):
                vintage = vintages[number % 2]
                finished = vintage.build(tmp_path)
                assert finished.process.returncode == 0, finished.output
                assert fingerprint(file) == vintage.fingerprint
                assert (ask(VINTAGES), ask(CONTENT)) == at_first
        finally:
            stop.touch()
            for poller in pollers:
                poller.wait()
    reads: Counter[str] = Counter()
    for log in logs:
        log.seek(0)
        reads.update(log.read().splitlines())
        log.close()
    failures = {line: times for line, times in reads.items() if line.startswith("failed")}
    assert not failures
    assert set(reads) == {vintage.fingerprint for vintage in vintages}
    report(
        f"readers: {BUILDS} builds under one reader that stayed and {POLLERS} that polled;"
        f" {reads.total()} reads, 0 failed, each of one whole build"
    )


def test_two_builds_at_once_take_turns(
    vintages: tuple[Vintage, Vintage], tmp_path: Path, report: Callable[[str], None]
) -> None:
    first, second = vintages
    with first.started(tmp_path) as one, second.started(tmp_path) as two:
        outputs = [process.communicate()[0] for process in (one, two)]
        assert [one.returncode, two.returncode] == [0, 0], outputs
    assert sum("waiting" in output for output in outputs) == 1, outputs
    assert fingerprint(published(tmp_path)) in {first.fingerprint, second.fingerprint}
    report("two builds at once: both succeed, the second says that it waits")
