"""The audit of the tables that studies publish, as a frame for the warehouse."""

from __future__ import annotations

import pandas as pd

from nqp.audit import audit
from nqp.audit.published import published_papers
from nqp.audit.report import as_row

COLUMNS = (
    "paper", "table_number", "column_number", "term", "rule", "severity", "numbers", "sentence",
    "sentence_zh",
)  # fmt: skip


def published_audit(
    coefficients: pd.DataFrame, fits: pd.DataFrame, descriptives: pd.DataFrame
) -> pd.DataFrame:
    """What the rules find in the published lists, a row each, and what the digits leave open."""
    lists = [
        [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
        for frame in (coefficients, fits, descriptives)
    ]
    rows = [
        as_row(paper.name, finding)
        for paper in published_papers(*lists)
        for report in (audit(paper),)
        for finding in (*report.findings, *report.undecidable)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
