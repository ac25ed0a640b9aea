"""Small tables typed into a test, and what the audit finds in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from nqp.audit import Finding, Implied, Severity, audit
from nqp.audit.rules import RULES
from nqp.audit.tables import Tables
from nqp.audit.tidy import papers, rows_of

Line = dict[str, str]
CELL = re.compile(r"(?P<b>[^*†+(\[ ]+)(?P<stars>[*†+]*)\s*(?:\((?P<inside>.*)\))?")
STANDARD = "* 0.1 ** 0.05 *** 0.01"


def column(
    place: str, outcome: str, cells: Mapping[str, str], *, kind: str = "se", **fit: str
) -> list[Line]:
    """A column `place` ("3.1") with cells as "0.5** (0.2)", and what holds for the whole of it."""
    table, _, number = place.partition(".")
    key = {"paper": "p", "table_number": table, "column_number": number, "outcome": outcome}
    rows = [key | {"term": ""} | fit]
    for term, text in cells.items():
        found = CELL.fullmatch(text)
        assert found is not None, text
        rows.append(
            key
            | {
                "term": term,
                "estimate_printed": found["b"],
                "stars": found["stars"],
                "parenthesis_printed": found["inside"] or "",
                "parenthesis": kind,
                "panel": fit.get("panel", ""),
            }
        )
    return rows


def described(
    variable: str, n: str, mean: str, sd: str, low: str, high: str, kind: str = ""
) -> Line:
    """A row of descriptive statistics."""
    return {
        "table_number": "2", "variable": variable, "n_obs": n, "mean_printed": mean,
        "std_dev_printed": sd, "minimum_printed": low, "maximum_printed": high, "kind": kind,
    }  # fmt: skip


def tables(*columns: list[Line], described: Iterable[Line] = ()) -> Tables:
    """The tables of the columns."""
    [paper] = papers(rows_of(row for c in columns for row in c), rows_of(described))
    return Tables(paper)


def said(
    rule: str, *columns: list[Line], described: Iterable[Line] = ()
) -> list[Finding | Implied]:
    """What one rule says of some columns."""
    return list(RULES[rule].check(tables(*columns, described=described)))


def found(rule: str, *columns: list[Line], described: Iterable[Line] = ()) -> list[Finding]:
    """What one rule finds in some columns; what is undecidable is no finding."""
    [paper] = papers(rows_of(row for c in columns for row in c), rows_of(described))
    return [f for f in audit(paper, [rule]).findings if f.rule == rule]


def severities(findings: Iterable[Finding]) -> list[Severity]:
    """How grave findings are."""
    return [f.severity for f in findings]


def where(finding: Finding) -> set[tuple[str, str | None, str | None, str]]:
    """The cells of a finding."""
    return {(c.table_number, c.column_number, c.term, c.what) for c in finding.cells}
