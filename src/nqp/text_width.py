"""How wide a text is on a terminal or in a table of plain text, and how it is broken into lines."""

from __future__ import annotations

import wcwidth


def display_width(text: str) -> int:
    """Columns that a text takes: two for Chinese and full-width characters, none for marks."""
    return wcwidth.width(text)


def wrapped(
    text: str, width: int, first: str = "", rest: str = "", *, break_words: bool = True
) -> list[str]:
    """Lines of at most ``width`` columns, broken at spaces where there are any; at least one.

    first, rest: what stands before the first line, and before the others. break_words: break a
    word that is longer than a line; without it such a word sticks out.
    """
    return wcwidth.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False,
        break_long_words=break_words,
    ) or [first]  # fmt: skip
