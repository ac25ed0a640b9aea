"""What came of a rule, as a row with a message for people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from nqp.quality.accepted_failures import Waiver, value_in_words
from nqp.quality.suites import Rule, Suite

# A row per rule and study; every column is text but the counts. Blank is None.
COLUMNS = (
    "study", "relation", "rule", "expectation", "column_name", "severity", "reason", "status",
    "expected", "observed", "unexpected_count", "element_count", "unexpected_keys", "waiver",
    "waived_until", "message",
)  # fmt: skip

COUNTS = ("unexpected_count", "element_count")

# Rows that are named one by one; the others are counted.
NAMED = 3

# What the names of expectations say, in fewer words.
WORDS = {
    "be between": "",
    "be null": "blank",
    "not be null": "not blank",
    "be unique": "unique",
    "be in set": "one of",
    "not be in set": "none of",
    "match regex": "matching",
    "not match regex": "not matching",
    "row count to equal": "rows:",
    "row count to be between": "rows:",
}


@dataclass(frozen=True)
class Finding:
    """What came of a rule in a study. rows: the unexpected ones, key by key; or none."""

    status: str
    observed: str
    unexpected_count: int | None = None
    element_count: int | None = None
    rows: Sequence[Mapping[str, Any]] = field(default_factory=list)


def counted(status: str, count: int, total: int, rows: Sequence[Mapping[str, Any]]) -> Finding:
    return Finding(status, f"{count:,} of {total:,} rows otherwise", count, total, rows)


def result_row(
    study: str,
    suite: Suite,
    rule: Rule,
    finding: Finding,
    waivers: Sequence[Waiver],
    today: date,
) -> dict[str, Any]:
    status, waiver, until = finding.status, None, None
    if status == "failed":
        own = [w for w in waivers if w.is_for(study, rule.name)]
        in_force = [w for w in own if w.until >= today]
        used = [w for w in in_force if not w.scope or any(map(w.covers, finding.rows))]
        covered = sum(any(w.covers(row) for w in used) for row in finding.rows)
        if covered == len(finding.rows) if finding.rows else used:
            status, until = "waived", min(w.until for w in used).isoformat()
            waiver = "; ".join(map(str, used))
        elif used:
            waiver = f"only {covered:,} of {len(finding.rows):,} rows are waived"
        elif in_force and not finding.rows:
            waiver = "the rule has no rows to name: only the scope * waives it"
        elif in_force:
            waiver = "the waiver is for other rows"
        elif own:
            waiver = f"the waiver ended on {max(w.until for w in own)}"
    expected = _expected(rule)
    named = _named(finding.rows, finding.unexpected_count or 0)
    holds = status in ("passed", "no rows")
    return {
        "study": study,
        "relation": suite.relation,
        "rule": rule.name,
        "expectation": rule.type,
        "column_name": ", ".join(rule.columns) or None,
        "severity": rule.severity,
        "reason": rule.reason,
        "status": status,
        "expected": expected,
        "observed": finding.observed,
        "unexpected_count": finding.unexpected_count,
        "element_count": finding.element_count,
        "unexpected_keys": named,
        "waiver": waiver,
        "waived_until": until,
        "message": None if holds else _message(study, suite, rule, expected,
                                               f"{finding.observed}{f': {named}' if named else ''}",
                                               waiver),
    }  # fmt: skip


def _message(
    study: str, suite: Suite, rule: Rule, expected: str, found: str, waiver: str | None
) -> str:
    """A failure in a few lines, for whoever has to act on it."""
    lines = [
        f"{f'study {study}, ' if study else ''}{suite.relation}: {rule.name}",
        f"  expected: {expected}",
        f"  found: {found}",
        f"  why it matters: {rule.reason}",
        *([f"  waiver: {waiver}"] if waiver else []),
    ]
    return "\n".join(lines)


def _expected(rule: Rule) -> str:
    """What a rule demands, and of which rows."""
    if rule.forbids:
        return f"no row where {rule.condition}"
    rest = {
        key: value
        for key, value in rule.kwargs.items()
        if not key.startswith("column") and key not in ("row_condition", "condition_parser")
    }
    words = re.sub(r"^expect_(table_|column_values_to_|column_)?", "", rule.type).replace("_", " ")
    words = WORDS.get(words, words.removesuffix(" to be between"))
    parts = [", ".join(rule.columns), words]
    least, most = rest.pop("min_value", None), rest.pop("max_value", None)
    mostly = rest.pop("mostly", None)
    if least is not None and most is not None:
        parts.append(f"between {value_in_words(least)} and {value_in_words(most)}")
    elif least is not None:
        parts.append(f"at least {value_in_words(least)}")
    elif most is not None:
        parts.append(f"at most {value_in_words(most)}")
    plain = ("value", "value_set", "regex")
    parts += [
        value_in_words(v) if key in plain else f"{key} {value_in_words(v)}"
        for key, v in rest.items()
    ]
    if mostly is not None:
        parts.append(f"in at least {value_in_words(100 * mostly)} % of the rows")
    if rule.condition:
        parts.append(f"where {rule.condition}")
    return " ".join(filter(None, parts))


def observed(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {value_in_words(part)}" for key, part in value.items())
    return value_in_words(value)


def _named(rows: Sequence[Mapping[str, Any]], count: int) -> str | None:
    """The first unexpected rows by their keys and values."""
    if not rows:
        return None
    texts = [" ".join(f"{k}={value_in_words(v)}" for k, v in row.items()) for row in rows[:NAMED]]
    more = [f"and {count - NAMED:,} more"] if count > NAMED else []
    return "; ".join(texts + more)
