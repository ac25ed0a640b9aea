"""Errors that a person can act on, and guesses at the name that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class PlainError(ValueError):
    """An error whose message is all that its reader needs.

    dbt prints the exceptions of a Python model with the way they took through our code and what
    caused them; these come without either.
    """

    __traceback__ = __cause__ = __context__ = property(lambda self: None, lambda self, value: None)


def nearest(found: str, known: Iterable[str]) -> str:
    """The known name most like the one found, whatever its case; '' if none is like it."""
    folded = {name.casefold(): name for name in sorted(set(known), reverse=True)}
    like = difflib.get_close_matches(found.casefold(), folded, n=1)
    return folded[like[0]] if like else ""
