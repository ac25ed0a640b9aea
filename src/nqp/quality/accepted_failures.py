"""Failed expectations that somebody accepts on record, in waivers.csv."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from nqp.quality.suites import ExpectationError, Suite


@dataclass(frozen=True)
class Waiver:
    """A failure accepted on record.

    study: the only one in which it is accepted; '' for every study.
    scope: values of keys that a row must have; empty for all.
    """

    study: str
    rule: str
    scope: Mapping[str, str]
    until: date
    who: str
    reason: str

    def is_for(self, study: str, rule: str) -> bool:
        return self.rule == rule and self.study in ("", study)

    def covers(self, row: Mapping[str, Any]) -> bool:
        return all(value_in_words(row.get(key)) == value for key, value in self.scope.items())

    def __str__(self) -> str:
        return f"until {self.until} by {self.who}: {self.reason}"


def read_waivers_for(
    waivers: pd.DataFrame, suites: Sequence[Suite], studies: Sequence[str]
) -> list[Waiver]:
    """The waivers for the studies given; those for studies left out now are dropped."""
    read = []
    for row in waivers.to_dict("records"):
        where = f"waivers.csv, row {row['manifest_row']}"
        if owner := row["study"]:
            where = f"{owner}/waivers.csv, row {row['manifest_row']}"
        pairs = [] if row["scope"] == "*" else [_pair(p, where) for p in row["scope"].split()]
        scope = dict(pairs)
        if len(scope) < len(pairs):
            raise ExpectationError(
                f"{where}, column scope: a key stands twice. Write a row of waivers for each value."
            )
        study = scope.pop("study", owner)
        if owner and study != owner:
            raise ExpectationError(
                f"{where}, column scope: study={study}, but the waivers of {owner} are for that "
                "study alone. Move the row to the other's waivers.csv."
            )
        if study and study not in studies:
            continue
        keys_of = {
            rule.name: suite.keys
            for suite in suites
            if not (suite.study and study) or suite.study == study
            for rule in suite.rules
        }
        if row["rule"] not in keys_of:
            near = difflib.get_close_matches(row["rule"], keys_of, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "the files in expectations/ name them."
            raise ExpectationError(f"{where}, column rule: no rule is {row['rule']!r}; {hint}")
        if unknown := [key for key in scope if key not in keys_of[row["rule"]]]:
            raise ExpectationError(
                f"{where}, column scope: {unknown[0]!r} is not among the keys of the rule's rows "
                f"({', '.join(keys_of[row['rule']])})."
            )
        until = date.fromisoformat(row["until"])
        read.append(Waiver(study, row["rule"], scope, until, row["who"], row["reason"]))
    return read


def _pair(text: str, where: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise ExpectationError(
            f"{where}, column scope: {text!r} is not key=value. Write * for every row, or such as "
            "study=city region_code=150600 year=2022."
        )
    return key, value


def value_in_words(value: object) -> str:
    """A value as people write it: ten digits are enough to see what is wrong."""
    if isinstance(value, list | tuple):
        return ", ".join(map(value_in_words, value))
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return "nothing"
    if isinstance(value, Number) and not isinstance(value, bool | np.bool_):
        return f"{float(value):.10g}"  # type: ignore[arg-type]
    return str(value)
