"""An audit as text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nqp.audit.findings import Finding
from nqp.audit.readings import UNREAD
from nqp.audit.report import Report
from nqp.text_width import display_width, wrapped

MOST_UNREAD = 20


def text(report: Report, width: int = 88) -> str:
    """What an audit found, gravest first; then what is undecidable, implied and unread."""
    paper, lines = report.paper, []
    cells = sum(len(c.coefficients) for c in paper.columns)
    lines.append(
        f"{paper.name or 'Tables'}: {_many(len(paper.columns), 'column')}, "
        f"{_many(cells, 'coefficient')}, "
        f"{_many(len(paper.descriptives), 'row')} of descriptive statistics"
    )
    if report.findings:
        counted = ", ".join(f"{n} {severity}" for severity, n in report.counts.items())
        lines.append(f"{_many(len(report.findings), 'finding')}: {counted}")
    else:
        lines.append("No findings: nothing printed here contradicts anything else.")
    for finding in report.findings:
        lines += ["", *_finding(finding, width)]
    if report.stars:
        lines += ["", f"Marks of significance: {star_words(report)}."]
        lines += _wrapped((f.sentence for f in report.undecidable), width)
    if report.implied:
        lines += ["", "What the tables imply:"]
        lines += _wrapped((i.sentence for i in report.implied), width)
    if paper.unread:
        lines += ["", "Not read:"]
        lines += _wrapped(paper.unread[:MOST_UNREAD], width)
        if len(paper.unread) > MOST_UNREAD:
            lines.append(f"  … and {len(paper.unread) - MOST_UNREAD} more.")
    return "\n".join(lines)


def star_words(report: Report) -> str:
    """How many coefficients' marks are consistent, undecidable and so on."""
    counts = report.star_counts
    return ", ".join(
        f"{n} {'without marks or errors to judge' if status == UNREAD else status}"
        for status, n in sorted(counts.items(), key=lambda item: -item[1])
    )


def _finding(finding: Finding, width: int) -> list[str]:
    head = f"[{finding.severity.value}] {finding.rule}"
    return [head, *_fill(finding.sentence, width), *_fill_wide(finding.sentence_zh, width)]


def _wrapped(sentences: Iterable[str], width: int) -> list[str]:
    return [line for sentence in sentences for line in wrapped(sentence, width, "  - ", "    ")]


def _fill(sentence: str, width: int) -> list[str]:
    return wrapped(sentence, width, "  ", "  ")


def _fill_wide(sentence: str, width: int) -> list[str]:
    """Lines of a text whose characters may take two places; numbers and words stay whole."""
    lines, used = ["  "], 2
    for piece in re.findall(r"[!-~]+|.", sentence):
        size = display_width(piece)
        # No line begins with what closes a phrase.
        if used + size > width and piece not in "，。；：、）”":
            lines.append("  ")
            used = 2
        lines[-1] += piece
        used += size
    return lines


def _many(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
