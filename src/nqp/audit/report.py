"""An audit: every rule put to a paper's tables."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nqp.audit.findings import Finding, Implied, Severity
from nqp.audit.intervals import Interval
from nqp.audit.printed import Paper
from nqp.audit.readings import Judged, judge, resolved
from nqp.audit.rules import RULES
from nqp.audit.tables import Tables

_ORDER = list(Severity)


@dataclass(frozen=True)
class Report:
    """What the rules say of one paper.

    findings: the gravest first. undecidable: what the digits leave open, which is no finding.
    implied: what the tables imply without saying it. stars: every coefficient's marks judged.
    """

    paper: Paper
    findings: tuple[Finding, ...]
    undecidable: tuple[Finding, ...]
    implied: tuple[Implied, ...]
    stars: tuple[Judged, ...]

    @property
    def star_counts(self) -> dict[str, int]:
        """How many coefficients' marks are consistent, undecidable, contradictory …"""
        return dict(Counter(j.status for j in self.stars))

    @property
    def counts(self) -> dict[str, int]:
        """How many findings of each severity there are."""
        found = Counter(f.severity.value for f in self.findings)
        return {s.value: found[s.value] for s in Severity if found[s.value]}


def audit(paper: Paper, rules: Iterable[str] = tuple(RULES)) -> Report:
    """Put the rules to a paper's tables."""
    tables = Tables(resolved(paper))
    said = [one for name in rules for one in RULES[name].check(tables)]
    found = [one for one in said if isinstance(one, Finding)]
    places = {c.key: at for at, c in enumerate(paper.columns)}

    def order(finding: Finding) -> tuple[int, int]:
        cell = finding.cells[0]
        key = (cell.table_number, cell.panel, cell.column_number or "")
        return _ORDER.index(finding.severity), places.get(key, -1)

    found.sort(key=order)
    return Report(
        paper,
        tuple(f for f in found if f.severity is not Severity.UNDECIDABLE),
        tuple(f for f in found if f.severity is Severity.UNDECIDABLE),
        tuple(one for one in said if isinstance(one, Implied)),
        tuple(judge(tables)),
    )


def as_row(paper: str, finding: Finding | Implied) -> dict[str, object]:
    """A finding with the columns of the published table; numbers as JSON text."""
    cell = finding.cells[0]
    return {
        "paper": paper,
        "table_number": cell.table_number,
        "column_number": cell.column_number,
        "term": cell.term,
        "rule": finding.rule,
        "severity": finding.severity.value if isinstance(finding, Finding) else "implied",
        "numbers": json.dumps(numbers_of(finding.numbers), ensure_ascii=False),
        "sentence": finding.sentence,
        "sentence_zh": finding.sentence_zh,
    }


def numbers_of(numbers: Mapping[str, Interval]) -> dict[str, list[float | None]]:
    """Intervals as pairs of ends; no bound is null."""
    return {
        name: [None if abs(end) == float("inf") else float(f"{end:.6g}") for end in (i.low, i.high)]
        for name, i in numbers.items()
    }
