"""The index of faulty input lists every case."""

from __future__ import annotations

from bad_input import CORPORA, INDEX, corpus, index


def test_the_index_is_up_to_date() -> None:
    assert INDEX.read_text(encoding="utf-8") == index(), "run python tests/python/bad_input.py"


def test_there_are_enough_cases_of_each_kind() -> None:
    counts = {module: len(corpus(module)) for _, module, _ in CORPORA}
    assert counts["bad_cells"] >= 90 and counts["bad_mappings"] >= 20
    # No fault twice under other words' cover: the words are the key.
    faults = [case.fault for _, module, _ in CORPORA for case in corpus(module)]
    assert len(set(faults)) == len(faults)
