"""A consistent paper raises nothing; a fault in it is told at its cell, or is beyond its print."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from made_up import Page, paper, printed_variants
from nqp.audit import Report, audit
from nqp.audit.readings import CONSISTENT, UNDECIDABLE
from nqp.audit.tidy import COEFFICIENT, FIT, KEYS, papers, rows_of
from spoilt import KINDS, could_be_true, spoil

FAULTS = 60


def audited(page: Page) -> Report:
    [there] = papers(rows_of(page.rows), rows_of(page.described))
    return audit(there)


def cells(report: Report) -> set[tuple[str, str, str, str]]:
    return {
        (c.table_number, c.column_number or "", c.term or "", c.what)
        for f in report.findings
        for c in f.cells
    }


@pytest.mark.parametrize("block", range(10))
def test_a_consistent_paper_raises_nothing(block: int) -> None:
    for seed in range(100 * block, 100 * block + 100):
        report = audited(paper(seed, printed_variants(seed)))
        assert not report.findings, (seed, [f.sentence for f in report.findings])
        assert set(report.star_counts) <= {CONSISTENT, UNDECIDABLE}


@pytest.mark.parametrize("parenthesis", ["se", "t", "p"])
@pytest.mark.parametrize("unknown", [False, True])
def test_nor_does_it_when_it_says_nothing_of_itself(parenthesis: str, unknown: bool) -> None:
    """The columns of every tidy file, without a word on legend, controls, errors or clusters."""
    kept = (*KEYS, *COEFFICIENT, *FIT)
    for seed in range(30):
        page = paper(seed, replace(printed_variants(seed), parenthesis=parenthesis))
        page.rows = [{k: v for k, v in row.items() if k in kept} for row in page.rows]
        if unknown:
            page.rows = [row | {"parenthesis": "unknown"} for row in page.rows]
        report = audited(page)
        assert not report.findings, (seed, [f.sentence for f in report.findings])


@cache
def faults() -> list[tuple[int, str]]:
    """The first sixty seeds whose cell can have the fault that is their turn."""
    found: list[tuple[int, str]] = []
    seed = 0
    while len(found) < FAULTS:
        kind = KINDS[seed % len(KINDS)]
        if spoil(paper(seed, printed_variants(seed)), kind, seed) is not None:
            found.append((seed, kind))
        seed += 1
    return found


@pytest.mark.parametrize("number", range(FAULTS))
def test_a_fault_is_told_at_its_cell_or_is_beyond_the_print(number: int) -> None:
    seed, kind = faults()[number]
    honest = paper(seed, printed_variants(seed))
    assert could_be_true(honest) == []
    made = spoil(honest, kind, seed)
    assert made is not None
    spoilt, fault = made
    if not cells(audited(spoilt)) & fault.cells:
        # No rule of arithmetic, worked anew with plain numbers, has anything against this page.
        assert could_be_true(spoilt) == []


def test_most_faults_are_told() -> None:
    """Which kinds are told: what is left are last digits, slips that keep every identity."""
    told = dict.fromkeys(KINDS, 0)
    asked = dict.fromkeys(KINDS, 0)
    for seed, kind in faults():
        made = spoil(paper(seed, printed_variants(seed)), kind, seed)
        assert made is not None
        asked[kind] += 1
        told[kind] += bool(cells(audited(made[0])) & made[1].cells)
    assert sum(told.values()) >= 35, told
    for kind in ("star", "R² digits swapped"):
        assert told[kind] == asked[kind], (kind, told)
