"""The index of faulty input lists every case."""

from __future__ import annotations

from bad_input import INDEX, PARTS, chapters, index


def test_the_index_is_up_to_date() -> None:
    message = "run python tests/python/ingest/bad_input.py"
    assert INDEX.read_text(encoding="utf-8") == index(), message


def test_no_fault_is_described_twice() -> None:
    """Nor twice under other words' cover: the words are the key."""
    faults = [
        case["fault"]
        for _, names, _ in PARTS
        for name in names.split()
        for chapter in chapters(name)
        for case in chapter.cases
    ]
    assert len(set(faults)) == len(faults) >= 396
