"""What the fault tests share. Run by ``make faults``, not by ``make test``: they take long."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vintages import Vintage, good_build

FIGURES: list[str] = []


@pytest.fixture(scope="session")
def vintages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Vintage, Vintage]:
    """Two inputs with other figures, so that a mixture of their builds would show."""
    first, second = (
        good_build(tmp_path_factory.mktemp(name), tmp_path_factory.mktemp("good"), name, seed)
        for name, seed in (("first", 7), ("second", 9))
    )
    assert first.fingerprint != second.fingerprint
    return first, second


@pytest.fixture(scope="session")
def report() -> Callable[[str], None]:
    """Keeps a line of figures for the end of the run."""
    return FIGURES.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FIGURES:
        terminalreporter.section("figures")
        for line in FIGURES:
            terminalreporter.line(line)
