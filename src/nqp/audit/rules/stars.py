"""Marks of significance against coefficient, parenthesis and legend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from nqp.audit.distributions import p_interval
from nqp.audit.findings import Cell, Finding, Severity, columns, columns_zh, show, show_zh
from nqp.audit.intervals import Interval
from nqp.audit.nesting import printed_t
from nqp.audit.notes import LEGENDS
from nqp.audit.printed import Coefficient, Column
from nqp.audit.rules.errors import recovered
from nqp.audit.rules.registry import rule
from nqp.audit.tables import Tables

CONSISTENT, UNDECIDABLE, SOFT, AGAINST, UNREAD = (
    "consistent", "undecidable", "only with very few clusters", "contradictory", "unread",
)  # fmt: skip
# Degrees of freedom below which no table's tests are thought to be.
FEWEST_DF = 5.0
KINDS = ("se", "t", "p")
KIND_EN = {"se": "standard error", "t": "t statistic", "p": "p-value"}
KIND_ZH = {"se": "标准误", "t": "t值", "p": "p值"}


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
    least = min(_failures(judged) for _, judged in tried)
    best = [judged for _, judged in tried if _failures(judged) == least]
    # One-sided tests are rare: they are taken only where nothing two-sided fits as well.
    first = next(iter(best))
    return [
        _mildest([judged[at] for judged in best]) if _is_failure(first[at]) else first[at]
        for at in range(len(first))
    ]


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
                _judged(tables, column, replace(c, kind=kind) if c.kind == "unknown" else c,
                        reading, exact)
                for c in column.coefficients
            ]
            for kind in kinds
        ]  # fmt: skip
        found += min(tries, key=_failures)
    return found


def _judged(
    tables: Tables,
    column: Column,
    c: Coefficient,
    reading: Reading,
    exact: Mapping[tuple[object, str], Interval],
) -> Judged:
    if c.stars is None or c.estimate is None or c.parenthesis is None:
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
        if column.declared.df is not None or tables.clusters(column) is not None:
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


def _is_failure(judged: Judged) -> bool:
    return judged.status in (AGAINST, SOFT)


def _failures(judged: Iterable[Judged]) -> float:
    return sum(1.0 if j.status == AGAINST else 0.9 for j in judged if _is_failure(j))


def _mildest(same: list[Judged]) -> Judged:
    return min(same, key=lambda j: (_is_failure(j), j.status == AGAINST))


@rule(
    "stars.level",
    "Marks agree with coefficient, parenthesis and legend.",
    "显著性标记与系数、括号内数值及说明一致。",
)
def level(tables: Tables) -> Iterator[Finding]:
    """Marks that no reading of the table supports; and those that the digits leave open."""
    judged = judge(tables)
    failed = [j for j in judged if _is_failure(j)]
    readable = [j for j in judged if j.status != UNREAD]
    for table in dict.fromkeys(j.column.table_number for j in failed):
        here = [j for j in failed if j.column.table_number == table]
        all_here = [j for j in readable if j.column.table_number == table]
        if swapped := _kinds_swapped(tables, here, all_here):
            yield swapped
            failed = [j for j in failed if j not in here]
        elif len(here) > 3 and len(here) > 0.25 * len(all_here):
            yield _many(here, all_here)
            failed = [j for j in failed if j not in here]
    for j in failed:
        yield _one(j)
    for j in judged:
        if j.status == UNDECIDABLE:
            yield _open(j)
    yield from _forced_one_sided(judged)


def _kinds_swapped(tables: Tables, failed: list[Judged], judged: list[Judged]) -> Finding | None:
    """A table that agrees throughout once its parentheses are read as something else."""
    if len(failed) < 3 or len(failed) < 0.3 * len(judged):
        return None
    for kind in KINDS:
        if all(j.kind == kind for j in judged):
            continue
        again = [
            _judged(tables, j.column, replace(j.coefficient, kind=kind), j.reading, {})
            for j in judged
        ]
        if not any(_is_failure(j) or j.status == UNREAD for j in again):
            was, first = judged[0].kind, failed[0].column
            return Finding(
                "stars.level",
                Severity.CONTRADICTION,
                tuple(j.column.cell("parenthesis", j.coefficient.term) for j in failed),
                f"Table {first.table_number}: the parentheses are said to hold {KIND_EN[was]}s, "
                f"but all marks agree only if they hold {KIND_EN[kind]}s.",
                f"表{first.table_number}：括号内称为{KIND_ZH[was]}，但只有视为{KIND_ZH[kind]}时，"
                "显著性标记才全部一致。",
            )
    return None


def _many(failed: list[Judged], judged: list[Judged]) -> Finding:
    table = failed[0].column.table_number
    numbers = list(dict.fromkeys(j.column.column_number for j in failed))
    return Finding(
        "stars.level",
        Severity.UNLIKELY,
        tuple(j.column.cell("stars", j.coefficient.term) for j in failed),
        f"Table {table}: the marks of {len(failed)} of {len(judged)} coefficients, in "
        f"{columns(numbers)}, follow from the parentheses under no usual reading; what the "
        "parentheses or the marks mean should be stated.",
        f"表{table}：{len(judged)}个系数中有{len(failed)}个（{columns_zh(numbers)}）的显著性标记在任何"
        "常见读法下都与括号内数值不符，应说明括号和标记的含义。",
    )


def _cells(j: Judged) -> tuple[Cell, ...]:
    term = j.coefficient.term
    return tuple(j.column.cell(what, term) for what in ("stars", "estimate", "parenthesis"))


def _numbers(j: Judged) -> dict[str, Interval]:
    found = {"t": j.t, "p": j.p}
    return {name: there for name, there in found.items() if there is not None}


def _printed(j: Judged) -> str:
    c = j.coefficient
    return f"{c.estimate_text}{c.stars or ''} ({c.parenthesis_text})"


def _meaning(j: Judged) -> tuple[str, str]:
    marks, legend = j.coefficient.stars or "", j.reading.legend
    if not marks:
        highest = max(legend.values())
        return f"no mark, which means p of {highest:g} or more", f"无标记，即p不低于{highest:g}"
    return f"{marks}, which means p below {legend[marks]:g}", f"{marks}，即p小于{legend[marks]:g}"


def _one(j: Judged) -> Finding:
    c, p = j.coefficient, j.p or Interval(0, 1)
    meaning, meaning_zh = _meaning(j)
    t = f"t is {show(j.t)} and " if j.t is not None and j.kind != "p" else ""
    t_zh = f"t为{show_zh(j.t)}，" if t and j.t is not None else ""
    if j.status == SOFT:
        severity = Severity.UNLIKELY
        more = ", unless the tests use very few clusters"
        more_zh = "，除非检验所用的聚类数极少"
    else:
        severity, more, more_zh = Severity.CONTRADICTION, "", ""
    return Finding(
        "stars.level", severity, _cells(j),
        f"{j.column.name}: {c.term} is printed as {_printed(j)}, so {t}p is {show(p)}; it carries "
        f"{meaning}{more}.",
        f"{j.column.name_zh}：{c.term}印为{_printed(j)}，{t_zh}p为{show_zh(p)}；标记为{meaning_zh}"
        f"{more_zh}。",
        _numbers(j),
    )  # fmt: skip


def _open(j: Judged) -> Finding:
    c, p = j.coefficient, j.p or Interval(0, 1)
    meaning, meaning_zh = _meaning(j)
    return Finding(
        "stars.level", Severity.UNDECIDABLE, _cells(j),
        f"{j.column.name}: {c.term} is printed as {_printed(j)}; the digits allow p of {show(p)}, "
        f"so that {meaning}, can be neither confirmed nor refuted.",
        f"{j.column.name_zh}：{c.term}印为{_printed(j)}；所印位数允许p为{show_zh(p)}，无法确认或否定"
        f"{meaning_zh}。",
        _numbers(j),
    )  # fmt: skip


def _forced_one_sided(judged: list[Judged]) -> Iterator[Finding]:
    if not judged or any(j.column.declared.sides for j in judged):
        return
    for j in judged:
        if j.reading.sides == 1 and j.p is not None and j.kind != "p" and j.t is not None:
            two = Interval(min(1.0, j.p.low * 2), min(1.0, j.p.high * 2))
            range_of_p = allowed(j.coefficient.stars or "", j.reading.legend)
            if range_of_p is not None and not two.meets(range_of_p):
                yield Finding(
                    "stars.level", Severity.UNCLEAR, _cells(j),
                    f"{j.column.name}: the mark of {j.coefficient.term}, printed as {_printed(j)}, "
                    "agrees only with a one-sided test, which the table does not say.",
                    f"{j.column.name_zh}：{j.coefficient.term}（印为{_printed(j)}）的标记只与单侧检验"
                    "一致，而表中没有说明。",
                    _numbers(j),
                )  # fmt: skip
                return


@rule("stars.legend", "Every mark is explained.", "每个标记都有说明。")
def legend(tables: Tables) -> Iterator[Finding]:
    """Marks that the declared legend lacks."""
    for column in tables.columns:
        said = column.declared.legend
        for c in column.coefficients:
            if c.stars is None and c.stars_text:
                reason = f"the mark {c.stars_text!r} cannot be read"
                reason_zh = f"标记{c.stars_text!r}无法识别"
            elif c.stars and said and c.stars not in said:
                reason = f"the mark {c.stars} is not among those explained ({' '.join(said)})"
                reason_zh = f"标记{c.stars}不在说明之列（{' '.join(said)}）"
            else:
                continue
            yield Finding(
                "stars.legend", Severity.UNCLEAR, (column.cell("stars", c.term),),
                f"{column.name}: {reason}, at {c.term}.",
                f"{column.name_zh}：{c.term}的{reason_zh}。",
            )  # fmt: skip


@rule("stars.parenthesis", "Parentheses hold what they are said to.", "括号内数值与其含义相符。")
def parenthesis(tables: Tables) -> Iterator[Finding]:
    """Parentheses that cannot be read, or cannot hold what they are said to hold."""
    for column in tables.columns:
        for c in column.coefficients:
            inside = c.parenthesis
            if inside is None:
                if c.estimate is None or not c.parenthesis_text:
                    continue
                severity, why = Severity.UNCLEAR, "is no number that can be read"
                why_zh = "不是可读的数字"
            elif c.kind == "se" and inside.value < 0:
                severity, why = Severity.CONTRADICTION, "is negative, and no standard error is"
                why_zh = "为负，而标准误不可能为负"
            elif c.kind == "p" and inside.interval.within(Interval(0.0, 1.0)) is None:
                severity, why = Severity.CONTRADICTION, "is no p-value, which lies from 0 to 1"
                why_zh = "不在0与1之间，不可能是p值"
            elif (
                c.kind == "t"
                and c.estimate
                and c.estimate.interval.low > 0 > (inside.interval.high)
            ):
                severity, why = Severity.CONTRADICTION, "is negative beside a positive coefficient"
                why_zh = "为负，而系数为正"
            else:
                continue
            yield Finding(
                "stars.parenthesis", severity,
                (column.cell("parenthesis", c.term), column.cell("estimate", c.term)),
                f"{column.name}: ({c.parenthesis_text}) below {c.term} {why}.",
                f"{column.name_zh}：{c.term}下的（{c.parenthesis_text}）{why_zh}。",
            )  # fmt: skip
