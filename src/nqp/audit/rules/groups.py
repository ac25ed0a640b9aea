"""Differences between parts of the sample, and between a check and what it checks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from nqp.audit.distributions import critical, p_interval
from nqp.audit.findings import Finding, Severity, show, show_zh
from nqp.audit.intervals import INFINITY, Interval
from nqp.audit.printed import Coefficient, Column
from nqp.audit.rules.registry import rule
from nqp.audit.rules.samples import splits, whole_sample
from nqp.audit.tables import Tables

NORMAL = Interval(INFINITY, INFINITY)


def difference(one: Coefficient, other: Coefficient) -> Interval | None:
    """|z| of the difference of two independent estimates with their standard errors."""
    if one.estimate is None or other.estimate is None:
        return None
    errors = []
    for c in (one, other):
        if c.parenthesis is None or c.kind != "se" or c.parenthesis.is_zero:
            return None
        errors.append(c.parenthesis.interval)
    gap = (one.estimate.interval - other.estimate.interval).size
    spread = (errors[0].square() + errors[1].square()).root()
    return gap / spread if spread.low > 0 else None


@rule(
    "groups.difference",
    "Subgroups of which one is significant and one is not differ from each other.",
    "一组显著、另一组不显著时，两组之间应有差异。",
)
def subgroups(tables: Tables) -> Iterator[Finding]:
    """Parts of a sample whose marks differ while the estimates do not."""
    for parts, _ in splits(tables):
        for one, other in combinations(parts, 2):
            a = one.slopes[0] if one.slopes else None
            b = other.of(a.term) if a is not None else None
            if a is None or b is None or bool(a.stars) == bool(b.stars):
                continue
            z = difference(a, b)
            if z is None or z.high >= critical(0.10):
                continue
            yield _same(one, other, a, b, z)


def _same(one: Column, other: Column, a: Coefficient, b: Coefficient, z: Interval) -> Finding:
    p = p_interval(z, NORMAL)
    assert a.estimate is not None and b.estimate is not None
    gap = (a.estimate.interval - b.estimate.interval).size
    return Finding(
        "groups.difference", Severity.AGAINST_CLAIM,
        (one.cell("estimate", a.term), other.cell("estimate", b.term)),
        f"{_both(one, other)}: {a.term} carries a mark in one part of the "
        f"sample only, but the two differ by {show(gap)} with p of {show(p)}; a difference between "
        "the parts is not shown.",
        f"{one.name_zh}与{other.name_zh}：{a.term}只在其中一个子样本带显著性标记，但两者仅相差"
        f"{show_zh(gap)}，p为{show_zh(p)}，并未显示组间差异。",
        {"difference": gap, "z": z, "p": p},
    )  # fmt: skip


def _both(one: Column, other: Column) -> str:
    return f"{one.name.replace('column', 'columns')} and {other.column_number}"


@rule(
    "groups.robustness",
    "A check on the whole sample leaves the estimate about as large.",
    "全样本的稳健性检验不应使估计值大幅变化。",
)
def robustness(tables: Tables) -> Iterator[Finding]:
    """Robustness columns on as many rows whose estimate is less than half of the baseline's."""
    for check in tables.columns:
        if not tables.is_robustness(check) and not tables.is_matched(check):
            # Titles of tables vary; a heading may speak of outliers instead.
            continue
        if check.n_obs is None or not check.slopes:
            continue
        if check.n_obs.value != whole_sample(tables, check.outcome):
            continue
        for base in tables.columns:
            first = check.slopes[0]
            there = base.of(first.term)
            if (
                base.table_number == check.table_number
                or tables.is_robustness(base)
                or tables.is_split(base)
                or base.outcome != check.outcome
                or not tables.same_sample(base, check)
                or not tables.differ_by(base, check)
                or there is None
                or there.estimate is None
                or first.estimate is None
                or not there.stars
                or 0 in there.estimate.interval
            ):
                continue
            ratio = first.estimate.interval / there.estimate.interval
            if ratio.high < 0.5:
                yield Finding(
                    "groups.robustness", Severity.UNCLEAR,
                    (check.cell("estimate", first.term), base.cell("estimate", there.term)),
                    f"{check.name}: {first.term} is {first.estimate.text}, {show(ratio * 100, 2)}% "
                    f"of the {there.estimate.text} in {base.name} on as many rows.",
                    f"{check.name_zh}：{first.term}为{first.estimate.text}，仅为{base.name_zh}中"
                    f"{there.estimate.text}的{show_zh(ratio * 100, 2)}%，观测值数相同。",
                    {"ratio": ratio},
                )  # fmt: skip
            break
