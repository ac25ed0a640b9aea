"""Ctrl-C, SIGTERM and `dbt retry` end in a sentence and leave what is published as it was."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mini_profile import MiniProfile
from nqp.build import interrupting
from nqp.build.interrupting import Progress, replacing
from warehouse import ROOT, build, build_command, files_of

Words = Callable[[Path, Path], tuple[list[str], dict[str, str]]]


def by_nqp(warehouse: Path, data: Path) -> tuple[list[str], dict[str, str]]:
    _, environment = build_command("licensed", warehouse, data_dir=data, manifest_dir=data)
    environment |= {"PYTHONPATH": str(ROOT / "src")}
    return [sys.executable, "-m", "nqp.terminal", "build", "--profile", "licensed"], environment


def by_dbt(warehouse: Path, data: Path) -> tuple[list[str], dict[str, str]]:
    return build_command("licensed", warehouse, data_dir=data, manifest_dir=data)


def has_begun(warehouse: Path) -> bool:
    """Python has started; dbt is being imported."""
    return True


def works(warehouse: Path) -> bool:
    """Tables are being made: the build file has changes that are not in its blocks yet."""
    log = warehouse / ".build" / "licensed.duckdb.wal"
    return log.is_file() and log.stat().st_size > 1 << 20


def publishes(warehouse: Path) -> bool:
    return (warehouse / ".build" / "licensed.publishing").exists()


@pytest.mark.build
@pytest.mark.parametrize(
    ("words", "number", "reached", "later"),
    [
        (by_nqp, signal.SIGINT, has_begun, 1.5),
        (by_nqp, signal.SIGTERM, has_begun, 4),
        (by_nqp, signal.SIGINT, works, 0),
        (by_nqp, signal.SIGTERM, works, 1),
        (by_dbt, signal.SIGINT, works, 1),
        (by_dbt, signal.SIGTERM, works, 0),
        (by_nqp, signal.SIGINT, publishes, 0),
    ],
)
def test_an_interrupted_build_says_what_is_left(
    mini_profile: MiniProfile, sound_copy: Path, words: Words, number: signal.Signals,
    reached: Callable[[Path], bool], later: float,
) -> None:  # fmt: skip
    published = sound_copy / "licensed.duckdb"
    before = files_of(published)
    command, environment = words(sound_copy, mini_profile.folder)
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            while process.poll() is None and not reached(sound_copy):
                time.sleep(0.01)
            time.sleep(later)
            # Ctrl-C reaches all processes of a terminal, SIGTERM the one that is meant.
            end = os.killpg if number == signal.SIGINT else os.kill
            end(process.pid, number)
            begun = time.monotonic()
            output = process.communicate(timeout=60)[0]
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 128 + number, output
    assert time.monotonic() - begun < 10
    assert output.splitlines()[-1] == (
        f"Interrupted: the licensed profile was not built, and {published} is as it was. "
        "`nqp build` builds it anew."
    )
    assert "Traceback" not in output and "leaked" not in output
    assert files_of(published) == before


@pytest.mark.build
def test_a_retry_says_that_it_does_not_publish(
    mini_profile: MiniProfile, sound_copy: Path, tmp_path: Path
) -> None:
    published = sound_copy / "licensed.duckdb"
    before = files_of(published)
    data = tmp_path / "data"
    shutil.copytree(mini_profile.folder, data)
    (data / "city.csv").rename(tmp_path / "city.csv")
    assert build("licensed", sound_copy, data_dir=data, manifest_dir=data).process.returncode != 0

    words, environment = build_command("licensed", sound_copy, data_dir=data, manifest_dir=data)
    at = words.index("build")
    words[at : at + 3] = ["retry"]  # the target is that of the run before

    def retry() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    failed = retry()
    assert failed.returncode != 0
    assert f"failed or were skipped. {published} is as it was." in failed.stdout
    assert files_of(published) == before
    (tmp_path / "city.csv").rename(data / "city.csv")
    whole = retry()
    assert whole.returncode == 0, whole.stdout
    assert whole.stdout.splitlines()[-1] == (
        f"Not published: only what failed before was built (`dbt retry`). {published} is as it "
        "was; `dbt build` makes and publishes all of it."
    )
    assert files_of(published) == before


# --- at the renames ------------------------------------------------------------------------------


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[tuple[str, int]]]:
    """How the process would have ended, from the signals of this one."""
    found: list[tuple[str, int]] = []
    monkeypatch.setattr(interrupting, "progress", Progress())
    monkeypatch.setattr(interrupting, "_end", lambda *said: found.append(said))
    before = {number: signal.getsignal(number) for number in interrupting.SIGNALS}
    interrupting.end_in_a_sentence(tmp_path / "licensed.duckdb")
    yield found
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_renames_are_not_interrupted(ended: list[tuple[str, int]], tmp_path: Path) -> None:
    published = tmp_path / "licensed.duckdb"
    signal.raise_signal(signal.SIGINT)
    assert ended.pop() == (
        f"Interrupted: the licensed profile was not built, and {published} was not made. "
        "`nqp build` builds it anew.",
        130,
    )
    with pytest.raises(OSError), replacing():
        signal.raise_signal(signal.SIGTERM)
        raise OSError
    with replacing():
        published.touch()
        signal.raise_signal(signal.SIGINT)
    assert ended == []
    signal.raise_signal(signal.SIGTERM)
    assert ended == [(f"Interrupted after the end of the build: {published} is the new one.", 143)]
