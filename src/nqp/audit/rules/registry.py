"""The rules by id; each family registers its own once, where it is defined."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from nqp.audit.findings import Finding, Implied
from nqp.audit.tables import Tables

Said: TypeAlias = Finding | Implied
Check: TypeAlias = Callable[[Tables], Iterator[Said]]


@dataclass(frozen=True)
class Rule:
    """A rule: its id, what it holds in a few words, and the function that says what breaks it."""

    id: str
    holds: str
    holds_zh: str
    check: Check


RULES: dict[str, Rule] = {}


def rule(id: str, holds: str, holds_zh: str) -> Callable[[Check], Check]:
    """Register a function as the rule of this id."""

    def register(check: Check) -> Check:
        if id in RULES:
            raise ValueError(f"two rules are called {id}")
        RULES[id] = Rule(id, holds, holds_zh, check)
        return check

    return register
