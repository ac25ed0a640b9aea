"""Regressors that cannot stand beside each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from nqp.audit.findings import Finding, Severity, show, show_zh
from nqp.audit.intervals import Interval
from nqp.audit.printed import Coefficient, Column, Descriptive
from nqp.audit.rules.registry import rule
from nqp.audit.rules.samples import is_dummy
from nqp.audit.tables import Tables
from nqp.audit.texts import plain, same_name

_PRODUCT = re.compile(r"\s*(?:×|\*|✕|⨯|·|:|#| x )\s*")
_UNIT_DUMMY = re.compile(r"^(treat|treated|treatment|treatgroup|treatedgroup|处理组)$")
_TIME_DUMMY = re.compile(r"^(post|after|time|posttreatment|period|政策后)$")
# As many dummies as one factor is thought to have, when sets of them are tried.
MOST = 6


@rule(
    "collinear.dummies",
    "Dummies of all groups do not stand beside the constant.",
    "全部组别的虚拟变量不会与常数项同时出现。",
)
def full_set(tables: Tables) -> Iterator[Finding]:
    """Dummies or shares of one column whose means add up to one."""
    for column in tables.columns:
        if column.constant is None and not column.unit_effects:
            continue
        dummies = [
            (slope, described)
            for slope in column.slopes
            if (described := tables.paper.described(slope.term)) is not None
            and described.mean is not None
            and 0 < described.mean.value < 1
            and (is_dummy(described) or described.kind == "share")
        ]
        for size in range(2, min(MOST, len(dummies)) + 1):
            for chosen in combinations(dummies, size):
                yield from _sums_to_one(column, chosen)


def _sums_to_one(
    column: Column, chosen: tuple[tuple[Coefficient, Descriptive], ...]
) -> Iterator[Finding]:
    total = Interval.exact(0)
    decimals = 9
    for _, described in chosen:
        assert described.mean is not None
        total = total + described.mean.interval
        decimals = min(decimals, described.mean.decimals)
    # Two shares that are printed to two digits add up to one by chance.
    if 1 not in total or decimals < 3 or (len(chosen) == 2 and decimals < 4):
        return
    names = [slope.term for slope, _ in chosen]
    yield Finding(
        "collinear.dummies", Severity.UNLIKELY,
        tuple(column.cell("estimate", name) for name in names),
        f"{column.name}: the means of {', '.join(names)} add up to {show(total, 5)}; if they are "
        "all of one factor, they cannot all stand beside the constant.",
        f"{column.name_zh}：{'、'.join(names)}的均值之和为{show_zh(total, 5)}；若它们构成同一因素的"
        "全部组别，则不能与常数项同时估计。",
        {"sum of means": total},
    )  # fmt: skip


@rule(
    "collinear.effects",
    "What does not vary within units or periods has no coefficient beside their effects.",
    "不随个体内或时期内变化的变量，在加入相应固定效应后没有系数。",
)
def absorbed(tables: Tables) -> Iterator[Finding]:
    """Treat and Post printed beside Treat × Post and the effects that absorb them."""
    for column in tables.columns:
        products = [_PRODUCT.split(plain(s.term)) for s in column.slopes]
        factors = {same_name(f) for parts in products if len(parts) == 2 for f in parts}
        for slope in column.slopes:
            name = same_name(slope.term)
            by_unit = column.unit_effects and _UNIT_DUMMY.match(name)
            by_time = column.time_effects and _TIME_DUMMY.match(name)
            if name not in factors or slope.estimate is None or not (by_unit or by_time):
                continue
            effects, effects_zh = ("unit", "个体") if by_unit else ("time", "时间")
            yield Finding(
                "collinear.effects", Severity.UNLIKELY, (column.cell("estimate", slope.term),),
                f"{column.name}: {slope.term} has a coefficient beside {effects} effects, which "
                "leave it none if it is what its name says.",
                f"{column.name_zh}：加入{effects_zh}固定效应后{slope.term}仍有系数；若其含义如名称所示，"
                "它应被固定效应吸收。",
            )  # fmt: skip


@rule(
    "collinear.outcome",
    "No outcome stands among its own regressors.",
    "被解释变量不会出现在自身的解释变量中。",
)
def on_itself(tables: Tables) -> Iterator[Finding]:
    """A column that explains a variable by itself: its heading or its rows are another column's."""
    for column in tables.columns:
        slope = column.of(column.outcome) if column.outcome else None
        if slope is None or slope.estimate is None:
            continue
        yield Finding(
            "collinear.outcome", Severity.CONTRADICTION,
            (column.cell("estimate", slope.term), column.cell("parenthesis", slope.term)),
            f"{column.name}: {slope.term} is both the outcome and a regressor; heading and rows "
            "belong to different columns.",
            f"{column.name_zh}：{slope.term}既是被解释变量又是解释变量，标题与各行可能错列。",
        )  # fmt: skip
