"""How a table's marks are read: the legend, the sides, what the parentheses hold, and the verdict.

What a paper declares is taken. Of the rest every reading is tried, for all columns together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from nqp.audit.distributions import p_interval
from nqp.audit.intervals import Interval
from nqp.audit.nesting import printed_t, recovered
from nqp.audit.notes import LEGENDS
from nqp.audit.printed import Coefficient, Column, Paper
from nqp.audit.tables import Tables

CONSISTENT, UNDECIDABLE, SOFT, ONE_SIDED, AGAINST, UNREAD = (
    "consistent", "undecidable", "only with very few clusters", "only one-sided", "contradictory",
    "unread",
)  # fmt: skip
# So many marks must speak for one-sided tests before a paper that does not say so has them.
ONE_SIDED_COST = 1.5
# Degrees of freedom below which no table's tests are thought to be.
FEWEST_DF = 5.0
KINDS = ("se", "t", "p")


@dataclass(frozen=True)
class Reading:
    """One way to read what a table does not say: the legend and how the tests are sided."""

    legend: Mapping[str, float]
    sides: int


@dataclass(frozen=True)
class Judged:
    """A coefficient's marks under a reading: status, and the p-values that the print allows."""

    column: Column
    coefficient: Coefficient
    status: str
    kind: str
    reading: Reading
    p: Interval | None = None
    t: Interval | None = None
    decided: bool = False


def allowed(marks: str, legend: Mapping[str, float]) -> Interval | None:
    """The p-values that a mark stands for; None for a mark that the legend lacks."""
    levels = sorted(legend.items(), key=lambda item: item[1])
    if not marks:
        return Interval(max(legend.values()), 1.0)
    if marks not in legend:
        return None
    at = [mark for mark, _ in levels].index(marks)
    return Interval(levels[at - 1][1] if at else 0.0, legend[marks])


def judge(tables: Tables) -> list[Judged]:
    """Every coefficient with marks to judge, under the reading that fits the paper best.

    What the paper declares is taken; otherwise every reading is tried for all columns together,
    and where several fit equally well a coefficient fails only if it fails under each.
    """
    return tables.once("stars", None, lambda: _judge(tables))


def _judge(tables: Tables) -> list[Judged]:
    found: list[Judged] = []

    # Columns of one declared legend and side stand and fall together.
    def declared(column: Column) -> tuple[str, int]:
        said = column.declared
        return str(sorted((said.legend or {}).items())), said.sides

    ordered = sorted(tables.columns, key=declared)
    exact = recovered(tables)
    for _, group in groupby(ordered, key=declared):
        found += _best(tables, list(group), exact)
    order = {c.key: at for at, c in enumerate(tables.columns)}
    return sorted(found, key=lambda j: order[j.column.key])


def _best(
    tables: Tables, group: list[Column], exact: Mapping[tuple[object, str], Interval]
) -> list[Judged]:
    group = [c for c in group if tables.uses_marks(c.table_number)]
    if not group:
        return []
    said = group[0].declared
    used = {c.stars for column in group for c in column.coefficients if c.stars}
    if not any(c.stars is not None for column in group for c in column.coefficients):
        return []
    if not said.legend and not used:
        return []
    legends = [said.legend] if said.legend else [
        legend for legend in LEGENDS if used <= legend.keys()
    ] or [LEGENDS[0]]  # fmt: skip
    sides = [said.sides] if said.sides else [2, 1]
    tried = [
        (reading, _under(tables, group, reading, exact))
        for reading in (Reading(legend, side) for side in sides for legend in legends)
    ]

    def cost(reading: Reading, judged: list[Judged]) -> float:
        return _failures(judged) + (ONE_SIDED_COST if len(sides) > 1 and reading.sides == 1 else 0)

    least = min(cost(*one) for one in tried)
    best = [judged for reading, judged in tried if cost(reading, judged) == least]
    first = best[0]
    found = [
        _mildest([judged[at] for judged in best]) if is_failure(first[at]) else first[at]
        for at in range(len(first))
    ]
    if first and first[0].reading.sides == 2 and len(sides) > 1:
        other = min((judged for r, judged in tried if r.sides == 1), key=_failures)
        if _failures(other) < _failures(found):
            found = [
                replace(j, status=ONE_SIDED) if is_failure(j) and not is_failure(o) else j
                for j, o in zip(found, other, strict=True)
            ]
    return found


def _under(
    tables: Tables,
    group: list[Column],
    reading: Reading,
    exact: Mapping[tuple[object, str], Interval],
) -> list[Judged]:
    found: list[Judged] = []
    for column in group:
        unknown = [c for c in column.coefficients if c.kind == "unknown"]
        kinds = KINDS if unknown else ("",)
        tries = [
            [
                judged_as(tables, column, replace(c, kind=kind) if c.kind == "unknown" else c,
                        reading, exact)
                for c in column.coefficients
            ]
            for kind in kinds
        ]  # fmt: skip
        found += min(tries, key=_worth)
    return found


def judged_as(
    tables: Tables,
    column: Column,
    c: Coefficient,
    reading: Reading,
    exact: Mapping[tuple[object, str], Interval],
) -> Judged:
    if c.stars is None or c.estimate is None or c.parenthesis is None:
        return Judged(column, c, UNREAD, c.kind, reading)
    if c.is_constant and tables.bare_constants:
        return Judged(column, c, UNREAD, c.kind, reading)
    range_of_p = allowed(c.stars, reading.legend)
    if range_of_p is None:
        return Judged(column, c, UNREAD, c.kind, reading)
    surely, few = tables.degrees_of_freedom(column)
    t = printed_t(c)
    if c.kind == "p":
        p = c.parenthesis.interval.within(Interval(0.0, 1.0))
        if p is None:
            return Judged(column, c, UNREAD, c.kind, reading)
        soft = harsh = p
    elif t is None:
        return Judged(column, c, UNREAD, c.kind, reading)
    else:
        p = p_interval(t, surely, reading.sides)
        soft = p_interval(t, few, reading.sides)
        fewest = surely if surely.low == surely.high else Interval(FEWEST_DF, few.high)
        # Only errors that may be clustered by few clusters leave that much room.
        known = column.declared.df is not None or tables.clusters(column) is not None
        if known or column.declared.errors in ("robust", "conventional"):
            fewest = surely
        harsh = p_interval(t, Interval(min(fewest.low, few.low), few.high), reading.sides)
    if _inside(p, range_of_p):
        status = CONSISTENT
    elif soft.meets(range_of_p):
        status = UNDECIDABLE
    elif harsh.meets(range_of_p):
        status = SOFT
    else:
        status = AGAINST
    decided = False
    better = exact.get((column.key, c.term))
    if status == UNDECIDABLE and better is not None:
        p = p_interval(better, surely, reading.sides)
        if _inside(p, range_of_p):
            status, decided, t = CONSISTENT, True, better
        elif not p.meets(range_of_p):
            status, decided, t = AGAINST, True, better
    return Judged(column, c, status, c.kind, reading, p, t, decided)


def _inside(inner: Interval, outer: Interval) -> bool:
    return outer.low <= inner.low and inner.high <= outer.high


def is_failure(judged: Judged) -> bool:
    return judged.status in (AGAINST, SOFT, ONE_SIDED)


def _failures(judged: Iterable[Judged]) -> float:
    return sum(1.0 if j.status == AGAINST else 0.9 for j in judged if is_failure(j))


def _worth(judged: Iterable[Judged]) -> tuple[float, int]:
    """How badly a reading fits: what it makes fail, then what it leaves open."""
    known = list(judged)
    # 2.50 is no p-value: a reading that has it for one is as wrong as one that breaks a mark.
    no_share = sum(j.status == UNREAD and j.kind == "p" and bool(j.coefficient.parenthesis)
                   for j in known)  # fmt: skip
    return _failures(known) + no_share, sum(j.status in (UNDECIDABLE, UNREAD) for j in known)


def _mildest(same: list[Judged]) -> Judged:
    return min(same, key=lambda j: (is_failure(j), j.status == AGAINST))


def resolved(paper: Paper) -> Paper:
    """The paper with parentheses of unknown meaning read in the one way that fits a column best.

    Where two ways fit equally well the parentheses stay unknown.
    """
    if not any(c.kind == "unknown" for column in paper.columns for c in column.coefficients):
        return paper
    tables = Tables(paper)
    readings = {j.column.key: j.reading for j in judge(tables)}
    columns = []
    for column in paper.columns:
        kind = _only_kind(tables, column, readings.get(column.key))
        columns.append(
            replace(
                column,
                coefficients=tuple(
                    replace(c, kind=kind) if c.kind == "unknown" else c for c in column.coefficients
                ),
            )
            if kind
            else column
        )
    return replace(paper, columns=tuple(columns))


def _only_kind(tables: Tables, column: Column, reading: Reading | None) -> str:
    unknown = [c for c in column.coefficients if c.kind == "unknown"]
    if not unknown or reading is None:
        return ""
    worth = {
        kind: _worth(
            [judged_as(tables, column, replace(c, kind=kind), reading, {}) for c in unknown]
        )
        for kind in KINDS
    }
    best = min(worth.values())
    kinds = [kind for kind, value in worth.items() if value == best]
    return kinds[0] if len(kinds) == 1 else ""
