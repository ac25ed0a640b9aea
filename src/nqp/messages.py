"""Errors that a person can act on, guesses at the name that was meant, and texts safe to print."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

# The mark on every output that uses simulated data.
SIMULATED = "SIMULATED data: stand-ins, not evidence 模拟数据，不可作为证据"


class PlainError(ValueError):
    """An error whose message is all that its reader needs.

    dbt prints the exceptions of a Python model with the way they took through our code and what
    caused them; these come without either.
    """

    __traceback__ = __cause__ = __context__ = property(lambda self: None, lambda self, value: None)

    def __str__(self) -> str:
        return visible(super().__str__())


def nearest(found: str, known: Iterable[str]) -> str:
    """The known name most like the one found, whatever its case; '' if none is like it."""
    folded = {name.casefold(): name for name in sorted(set(known), reverse=True)}
    like = difflib.get_close_matches(found.casefold(), folded, n=1)
    return folded[like[0]] if like else ""


def in_both(*texts: str | None) -> str:
    """A text in its languages, once where it is the same in both for want of a translation."""
    return " ".join(dict.fromkeys(text for text in texts if text))


def visible(text: str, keep: str = "\n\t") -> str:
    """The text with control characters and invisible ones replaced by their numbers: <U+001B>.

    keep: characters that stay all the same. Spaces of all widths stay.
    """
    if text.isprintable():
        return text
    return "".join(
        mark
        if mark.isprintable() or mark in keep or unicodedata.category(mark) == "Zs"
        else f"<U+{ord(mark):04X}>"
        for mark in text
    )
