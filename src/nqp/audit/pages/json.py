"""An audit as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from nqp.audit.findings import Finding, Implied
from nqp.audit.readings import Judged
from nqp.audit.report import Report, as_row, numbers_of


def as_json(reports: list[Report]) -> str:
    """All findings, with the columns of the published table and the cells they are about.

    What is undecidable and what is implied stand apart: neither is a finding.
    """
    found = {
        "findings": [_said(r, f) for r in reports for f in r.findings],
        "undecidable": [_said(r, f) for r in reports for f in r.undecidable],
        "implied": [_said(r, i) for r in reports for i in r.implied],
        "papers": [
            {
                "paper": r.paper.name,
                "columns": len(r.paper.columns),
                "coefficients": sum(len(c.coefficients) for c in r.paper.columns),
                "counts": r.counts,
                "stars": r.star_counts,
                "marks": [_mark(j) for j in r.stars],
                "unread": list(r.paper.unread),
            }
            for r in reports
        ],
    }
    return json.dumps(found, ensure_ascii=False, indent=2)


def _said(report: Report, said: Finding | Implied) -> dict[str, object]:
    row = as_row(report.paper.name, said)
    row["numbers"] = numbers_of(said.numbers)
    row["cells"] = [asdict(cell) for cell in said.cells]
    return row


def _mark(judged: Judged) -> dict[str, object]:
    return {
        "table_number": judged.column.table_number,
        "column_number": judged.column.column_number,
        "panel": judged.column.panel,
        "term": judged.coefficient.term,
        "stars": judged.coefficient.stars,
        "status": judged.status,
        "decided_by_another_rule": judged.decided,
        "parenthesis": judged.kind,
    }
