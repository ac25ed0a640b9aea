"""Descriptive statistics that no data can have."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from nqp.audit.findings import Finding, Severity, show, show_zh
from nqp.audit.intervals import Interval
from nqp.audit.printed import Descriptive
from nqp.audit.rules.registry import rule
from nqp.audit.tables import Tables
from nqp.audit.texts import is_whole


@rule("descriptives.range", "Means lie between the extremes.", "均值介于最小值与最大值之间。")
def ordered(tables: Tables) -> Iterator[Finding]:
    """Minimum, mean and maximum out of order."""
    for row in tables.paper.descriptives:
        printed = [(what, there) for what, there in row.printed() if what != "std_dev"]
        found = dict(printed)
        for low, high in (("minimum", "mean"), ("mean", "maximum"), ("minimum", "maximum")):
            if (
                low in found
                and high in found
                and found[low].interval.low > (found[high].interval.high)
            ):
                yield Finding(
                    "descriptives.range", Severity.CONTRADICTION, (row.cell(high), row.cell(low)),
                    f"Table {row.table_number}: the {high} of {row.variable} ({found[high].text}) "
                    f"lies below its {low} ({found[low].text}).",
                    f"表{row.table_number}：{row.variable}的{ZH[high]}（{found[high].text}）小于"
                    f"{ZH[low]}（{found[low].text}）。",
                    {high: found[high].interval, low: found[low].interval},
                )  # fmt: skip
        if row.std_dev is not None and row.std_dev.value < 0:
            yield Finding(
                "descriptives.range", Severity.CONTRADICTION, (row.cell("std_dev"),),
                f"Table {row.table_number}: the standard deviation of {row.variable} is negative.",
                f"表{row.table_number}：{row.variable}的标准差为负。",
            )  # fmt: skip


ZH = {"minimum": "最小值", "mean": "均值", "maximum": "最大值", "std_dev": "标准差"}


@rule(
    "descriptives.spread",
    "The standard deviation is possible within the range.",
    "标准差在取值范围内可能出现。",
)
def spread(tables: Tables) -> Iterator[Finding]:
    """Standard deviations above what mean and range allow, or below what the range demands."""
    for row in tables.paper.descriptives:
        n, sd = row.n_obs, row.std_dev
        if row.minimum is None or row.maximum is None or sd is None or n is None or n.value < 2:
            continue
        low, high = row.minimum.interval, row.maximum.interval
        factor = n.value / (n.value - 1)
        if row.mean is not None:
            mean = row.mean.interval
            above, below = high - mean, mean - low
            if above.high < 0 or below.high < 0:
                continue
            most = Interval(0.0, (max(0.0, above.high) * max(0.0, below.high) * factor) ** 0.5)
        else:
            most = Interval(0.0, (high.high - low.low) / 2 * factor**0.5)
        gap = max(0.0, high.low - low.high)
        least = gap / (2 * (n.value - 1)) ** 0.5
        dummy_least = _dummy_least(row)
        if sd.interval.low > most.high * (1 + 1e-9):
            yield _impossible(
                row, f"at most {show(most.high)}", f"至多为{show_zh(most.high)}", most
            )
        elif sd.interval.high < max(least, dummy_least) * (1 - 1e-9):
            bound = max(least, dummy_least)
            yield _impossible(
                row, f"at least {show(bound)}", f"至少为{show_zh(bound)}", Interval(bound, bound)
            )


def _dummy_least(row: Descriptive) -> float:
    """The smallest standard deviation of a declared dummy of this mean."""
    if row.kind != "dummy" or row.mean is None:
        return 0.0
    mean = row.mean.interval
    return math.sqrt(max(0.0, min(p * (1 - p) for p in (mean.low, mean.high))))


def _impossible(row: Descriptive, bound: str, bound_zh: str, limit: Interval) -> Finding:
    assert row.std_dev is not None
    return Finding(
        "descriptives.spread", Severity.CONTRADICTION,
        (row.cell("std_dev"), row.cell("mean"), row.cell("minimum"), row.cell("maximum")),
        f"Table {row.table_number}: {row.variable} has a standard deviation of {row.std_dev.text}; "
        f"with its mean, range and number of rows it is {bound}.",
        f"表{row.table_number}：{row.variable}的标准差为{row.std_dev.text}；由其均值、取值范围和观测值数，"
        f"{bound_zh}。",
        {"std_dev": row.std_dev.interval, "limit": limit},
    )  # fmt: skip


@rule(
    "descriptives.whole",
    "The mean of whole numbers is a whole number over N.",
    "整数变量的均值等于某个整数除以N。",
)
def grim(tables: Tables) -> Iterator[Finding]:
    """Means that whole numbers cannot have, where the variable is declared to be whole."""
    for row in tables.paper.descriptives:
        if row.n_obs is None or row.mean is None or not is_count(row):
            continue
        total = row.mean.interval * row.n_obs.interval
        if total.has_whole():
            continue
        yield Finding(
            "descriptives.whole",
            Severity.CONTRADICTION if row.kind == "whole" else Severity.UNLIKELY,
            (row.cell("mean"), row.cell("n_obs")),
            f"Table {row.table_number}: {row.n_obs.text} whole numbers cannot have the mean "
            f"{row.mean.text} that {row.variable} is printed with.",
            f"表{row.table_number}：{row.n_obs.text}个整数的均值不可能是{row.variable}所印的"
            f"{row.mean.text}。",
            {"sum": total},
        )  # fmt: skip


def is_count(row: Descriptive) -> bool:
    """Whether a variable is one of whole numbers, declared or by its extremes."""
    if row.kind:
        return row.kind == "whole"
    if row.minimum is None or row.maximum is None:
        return False
    # Programs drop the zeros of 0 and 1: two larger whole extremes are no accident.
    whole = is_whole(row.minimum.text) and is_whole(row.maximum.text)
    return whole and row.minimum.value >= 2 and row.maximum.value >= 100


@rule(
    "descriptives.decimals",
    "One table prints one number of decimals.",
    "同一张表的小数位数一致。",
)
def decimals(tables: Tables) -> Iterator[Finding]:
    """The one cell of a table that is printed with more decimals than all others."""
    for number in dict.fromkeys(d.table_number for d in tables.paper.descriptives):
        cells = [
            (row, what, there)
            for row in tables.paper.descriptives
            if row.table_number == number
            for what, there in row.printed()
        ]
        counts = Counter(there.decimals for _, _, there in cells if there.decimals)
        if len(cells) < 12 or len(counts) < 2:
            continue
        most = max(counts)
        (usual, times), *_ = counts.most_common(1)
        if counts[most] != 1 or most <= usual or times < 0.8 * sum(counts.values()):
            continue
        row, what, there = next(c for c in cells if c[2].decimals == most)
        yield Finding(
            "descriptives.decimals", Severity.UNCLEAR, (row.cell(what),),
            f"Table {number}: the {what.replace('_', ' ')} of {row.variable}, {there.text}, is the "
            f"only cell with {most} decimals; a wrong unit or a filled gap may be behind it.",
            f"表{number}：{row.variable}的{ZH[what]}{there.text}是唯一有{most}位小数的单元格，可能是单位"
            "有误或缺失值被填补。",
            {what: there.interval},
        )  # fmt: skip
