"""Marks of significance against coefficient, parenthesis and legend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nqp.audit.findings import Cell, Finding, Severity, columns, columns_zh, show, show_zh
from nqp.audit.intervals import Interval
from nqp.audit.printed import Coefficient, Column
from nqp.audit.readings import (
    KINDS,
    ONE_SIDED,
    SOFT,
    UNDECIDABLE,
    UNREAD,
    Judged,
    allowed,
    is_failure,
    judge,
    judged_as,
)
from nqp.audit.rules.registry import rule
from nqp.audit.tables import Tables

KIND_EN = {"se": "standard error", "t": "t statistic", "p": "p-value"}
KIND_ZH = {"se": "标准误", "t": "t值", "p": "p值"}


@rule(
    "stars.level",
    "Marks agree with coefficient, parenthesis and legend.",
    "显著性标记与系数、括号内数值及说明一致。",
)
def level(tables: Tables) -> Iterator[Finding]:
    """Marks that no reading of the table supports; and those that the digits leave open."""
    judged = judge(tables)
    failed = [j for j in judged if is_failure(j)]
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
            judged_as(tables, j.column, replace(j.coefficient, kind=kind), j.reading, {})
            for j in judged
        ]
        if not any(is_failure(j) or j.status == UNREAD for j in again):
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
    elif j.status == ONE_SIDED:
        severity = Severity.UNLIKELY
        more, more_zh = ", unless all tests are one-sided", "，除非全部检验均为单侧"
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
    forced = []
    for j in judged:
        if j.reading.sides == 2 or j.column.declared.sides or j.p is None or j.t is None:
            continue
        two = Interval(min(1.0, j.p.low * 2), min(1.0, j.p.high * 2))
        range_of_p = allowed(j.coefficient.stars or "", j.reading.legend)
        if range_of_p is not None and not two.meets(range_of_p):
            forced.append(j)
    if forced:
        first = forced[0]
        yield Finding(
            "stars.level", Severity.UNCLEAR,
            tuple(j.column.cell("stars", j.coefficient.term) for j in forced),
            f"{first.column.name}: the mark of {first.coefficient.term}, printed as "
            f"{_printed(first)}, agrees only with a one-sided test, as do {len(forced)} in all; "
            "the tables do not say that tests are one-sided.",
            f"{first.column.name_zh}：{first.coefficient.term}（印为{_printed(first)}）等"
            f"{len(forced)}个系数的标记只与单侧检验一致，而表中没有说明。",
            _numbers(first),
        )  # fmt: skip


@rule("stars.legend", "Every mark is explained.", "每个标记都有说明。")
def legend(tables: Tables) -> Iterator[Finding]:
    """Marks that the declared legend lacks, or that are none."""
    unread: dict[tuple[str, str], list[tuple[Column, str]]] = {}
    for column in tables.columns:
        said = column.declared.legend
        for c in column.coefficients:
            if c.stars is None and c.stars_text:
                unread.setdefault((column.table_number, c.stars_text), []).append((column, c.term))
            elif c.stars and said and c.stars not in said:
                unread.setdefault((column.table_number, c.stars), []).append((column, c.term))
    for (table, mark), places in unread.items():
        column, term = places[0]
        known = " ".join(column.declared.legend or {}) or "none"
        known_zh = " ".join(column.declared.legend or {}) or "无"
        yield Finding(
            "stars.legend", Severity.UNCLEAR, tuple(c.cell("stars", t) for c, t in places),
            f"Table {table}, column {column.column_number}: {term} carries {mark}, which is not "
            f"among the marks that are explained ({known}); so do {len(places)} in all.",
            f"表{table}第{column.column_number}列：{term}带有标记{mark}，而表中说明的标记为（{known_zh}）；"
            f"此类共{len(places)}处。",
        )  # fmt: skip


WHY = {
    "unreadable": ("no number that can be read", "不是可读的数字"),
    "negative": ("negative, and no standard error is", "为负，而标准误不可能为负"),
    "no share": ("no p-value, which lies from 0 to 1", "不在0与1之间，不可能是p值"),
    "sign": ("negative beside a positive coefficient", "为负，而系数为正"),
}


@rule("stars.parenthesis", "Parentheses hold what they are said to.", "括号内数值与其含义相符。")
def parenthesis(tables: Tables) -> Iterator[Finding]:
    """Parentheses that cannot be read, or cannot hold what they are said to hold."""
    found: dict[tuple[str, str], list[tuple[Column, Coefficient]]] = {}
    for column in tables.columns:
        for c in column.coefficients:
            if why := _cannot_be(c):
                # What cannot be read is of one kind throughout a table; the others are slips.
                key = column.table_number if why == "unreadable" else f"{column.key} {c.term}"
                found.setdefault((why, key), []).append((column, c))
    for (why, _), places in found.items():
        column, c = places[0]
        says, says_zh = WHY[why]
        more = f", as {len(places)} in the table" if len(places) > 1 else ""
        more_zh = f"，表中共{len(places)}处" if len(places) > 1 else ""
        yield Finding(
            "stars.parenthesis",
            Severity.UNCLEAR if why == "unreadable" else Severity.CONTRADICTION,
            tuple(
                p.cell(what, k.term) for p, k in places for what in ("parenthesis", "estimate")
            ),
            f"{column.name}: ({c.parenthesis_text}) below {c.term} is {says}{more}.",
            f"{column.name_zh}：{c.term}下的（{c.parenthesis_text}）{says_zh}{more_zh}。",
        )  # fmt: skip


def _cannot_be(c: Coefficient) -> str:
    inside = c.parenthesis
    if inside is None:
        return "unreadable" if c.estimate is not None and c.parenthesis_text else ""
    if c.kind == "se" and inside.value < 0:
        return "negative"
    if c.kind == "p" and inside.interval.within(Interval(0.0, 1.0)) is None:
        return "no share"
    if c.kind == "t" and c.estimate and c.estimate.interval.low > 0 > inside.interval.high:
        return "sign"
    return ""
