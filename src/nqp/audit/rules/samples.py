"""Rows: parts that must add up to the whole, matched samples, treated shares, clusters."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from nqp.audit.findings import (
    Finding,
    Implied,
    Severity,
    columns,
    columns_zh,
    show,
    show_zh,
)
from nqp.audit.intervals import Interval
from nqp.audit.nesting import dated
from nqp.audit.printed import Column
from nqp.audit.rules.registry import rule
from nqp.audit.tables import Shape, Tables
from nqp.audit.texts import same_name

# Fewer clusters than this make cluster-robust tests reject too often.
FEW_CLUSTERS = 30


def whole_sample(tables: Tables, outcome: str) -> float | None:
    """Rows of the whole sample of an outcome: the most of any column that is no part."""
    found = [
        c.n_obs.value
        for c in tables.columns
        if c.n_obs is not None
        and not tables.is_split(c)
        and same_name(c.outcome) == same_name(outcome)
    ]
    if not found:
        return None
    often, times = Counter(found).most_common(1)[0]
    return often if often == max(found) or times >= len(found) / 2 else None


def splits(tables: Tables) -> list[tuple[list[Column], bool]]:
    """Columns that are the parts of one division of the sample, and whether that is declared.

    Of a table that its title calls one of subgroups, neighbouring columns that add up to the whole
    sample are a division; if none do, all its columns are taken for one.
    """
    found: list[tuple[list[Column], bool]] = []
    declared: dict[tuple[str, str], list[Column]] = {}
    for column in tables.columns:
        if column.declared.split and column.n_obs is not None:
            key = (column.table_number, column.declared.split)
            declared.setdefault(key, []).append(column)
    found += [(group, True) for group in declared.values() if len(group) >= 2]
    for table in tables.by_table.values():
        if any(c.declared.split for c in table) or not all(map(tables.is_split, table)):
            continue
        for panel in dict.fromkeys(c.panel for c in table):
            found += [
                (g, False) for g in _divisions(tables, [c for c in table if c.panel == panel])
            ]
    return found


def _divisions(tables: Tables, table: Sequence[Column]) -> list[list[Column]]:
    parts = [c for c in table if c.n_obs is not None]
    if len(parts) < 2 or len({same_name(c.outcome) for c in parts}) > 1:
        return []
    if len({frozenset(same_name(s.term) for s in c.slopes) for c in parts}) > 1:
        return []
    whole = whole_sample(tables, parts[0].outcome)
    if whole is None or any(c.n_obs and c.n_obs.value >= whole for c in parts):
        # Interactions on the whole sample are no parts of it.
        return []
    groups: list[list[Column]] = []
    rest = list(parts)
    while rest:
        for size in range(2, len(rest) + 1):
            if _rows(rest[:size]) == whole:
                groups.append(rest[:size])
                rest = rest[size:]
                break
        else:
            break
    if not rest:
        return groups
    # Two by two, if each pair has the same sum as the next.
    pairs = [parts[i : i + 2] for i in range(0, len(parts) - 1, 2)]
    if len(parts) % 2 == 0 and len(pairs) > 1:
        return groups + [p for p in pairs if not any(p[0] in g for g in groups)]
    return [*groups, rest] if len(rest) > 1 else groups


def _rows(parts: Sequence[Column]) -> float:
    return sum(c.n_obs.value for c in parts if c.n_obs is not None)


@rule("samples.split", "The parts of a sample add up to it.", "各子样本之和等于全样本。")
def parts_add_up(tables: Tables) -> Iterator[Finding]:
    """Divisions whose parts have more or fewer rows than the whole, or than another division."""
    for parts, declared in splits(tables):
        whole = whole_sample(tables, parts[0].outcome)
        total = _rows(parts)
        if whole is None or total == whole:
            continue
        others = [_rows(g) for g, _ in splits(tables) if g is not parts and g[0] not in parts]
        numbers = [c.column_number for c in parts]
        table = parts[0].table_number
        sum_en = " + ".join(c.n_obs.text for c in parts if c.n_obs is not None)
        severity = Severity.UNCLEAR
        if total > whole or whole in others:
            severity = Severity.CONTRADICTION if declared else Severity.UNLIKELY
        if total < whole:
            left = f"{whole - total:,.0f} rows are in no part, and the table does not say which"
            left_zh = f"有{whole - total:,.0f}行不属于任何子样本，且未说明是哪些"
        else:
            left = f"{total - whole:,.0f} rows are in more than one part, or N is wrong"
            left_zh = f"有{total - whole:,.0f}行重复，或N有误"
        yield Finding(
            "samples.split", severity, tuple(c.cell("n_obs") for c in parts),
            f"Table {table}, {columns(numbers)}: {sum_en} are {total:,.0f} of {whole:,.0f} rows; "
            f"{left}.",
            f"表{table}{columns_zh(numbers)}：{sum_en}合计{total:,.0f}，全样本{whole:,.0f}行；"
            f"{left_zh}。",
            {"rows": Interval.exact(total), "whole sample": Interval.exact(whole)},
        )  # fmt: skip


@rule("samples.matched", "A matched sample has lost rows.", "匹配后的样本少于全样本。")
def matched(tables: Tables) -> Iterator[Finding]:
    """Matched columns with all rows, or with more than the matching they name can keep."""
    for column in tables.columns:
        if not tables.is_matched(column) or column.n_obs is None:
            continue
        whole = whole_sample(tables, column.outcome)
        if whole is not None and column.n_obs.value == whole:
            yield Finding(
                "samples.matched", Severity.UNCLEAR, (column.cell("n_obs"),),
                f"{column.name} is headed {column.heading!r}, yet has all {column.n_obs.text} rows "
                "of the whole sample: the matching has left nothing out.",
                f"{column.name_zh}的标题为“{column.heading}”，但观测值{column.n_obs.text}与全样本相同："
                "匹配没有剔除任何行。",
                {"rows": column.n_obs.interval},
            )  # fmt: skip


@rule(
    "samples.treated",
    "The mean of a dummy is a whole number of rows, and of units.",
    "虚拟变量的均值对应整数个观测值和个体。",
)
def treated(tables: Tables) -> Iterator[Finding | Implied]:
    """Means of dummies that no whole number of rows has; the treated units they imply."""
    regressors = {same_name(s.term) for c in tables.columns for s in c.slopes}
    for described in tables.paper.descriptives:
        n, mean = described.n_obs, described.mean
        if n is None or mean is None or not is_dummy(described):
            continue
        rows = mean.interval * n.interval
        if not rows.has_whole():
            yield Finding(
                "samples.treated",
                Severity.CONTRADICTION if described.kind == "dummy" else Severity.UNLIKELY,
                (described.cell("mean"), described.cell("n_obs")),
                f"Table {described.table_number}: no whole number of {n.text} rows has a mean of "
                f"{mean.text}, as {described.variable} is said to have.",
                f"表{described.table_number}：{described.variable}的均值{mean.text}不对应{n.text}行中"
                "的任何整数。",
                {"rows": rows},
            )  # fmt: skip
            continue
        periods, units = tables.periods, tables.most_units
        if not (periods and units and n.value == periods * units) or rows.width > 2:
            continue
        if same_name(described.variable) not in regressors:
            continue
        pairs = dated(Shape(units, periods), rows)
        if pairs:
            listed = " or ".join(f"{a:,} units in {b} periods" for a, b in pairs)
            listed_zh = "或".join(f"{a:,}个个体×{b}期" for a, b in pairs)
            yield Implied(
                "samples.treated", (described.cell("mean"),),
                f"{described.variable}: a mean of {mean.text} of {n.text} rows is {show(rows)} "
                f"rows; with one date, {listed}.",
                f"{described.variable}：{n.text}行的均值{mean.text}为{show_zh(rows)}行；若同一时点"
                f"开始，则为{listed_zh}。",
                {"rows": rows},
            )  # fmt: skip


def is_dummy(described: object) -> bool:
    """Whether a variable is 0 or 1: declared, or by its range and its standard deviation."""
    kind = getattr(described, "kind", "")
    if kind:
        return bool(kind == "dummy")
    low, high = getattr(described, "minimum", None), getattr(described, "maximum", None)
    mean, sd, n = (getattr(described, a, None) for a in ("mean", "std_dev", "n_obs"))
    if low is None or high is None or mean is None or sd is None or n is None:
        return False
    if low.value != 0 or high.value != 1 or not 0 < mean.value < 1 or n.value < 2:
        return False
    largest = math.sqrt(mean.value * (1 - mean.value) * n.value / (n.value - 1))
    return bool(sd.value > 0.98 * largest)


@rule("samples.clusters", "There are clusters enough for the tests.", "聚类数足以支持检验。")
def clusters(tables: Tables) -> Iterator[Finding]:
    """Clustered columns with few clusters, or with few treated ones."""
    for column in tables.columns:
        if column.declared.errors != "clustered":
            continue
        found, treated_units = tables.clusters(column), column.declared.n_treated
        if found is None:
            continue
        if found.high < FEW_CLUSTERS:
            yield Finding(
                "samples.clusters", Severity.UNCLEAR,
                (column.cell("n_obs"),
                 *(column.cell("parenthesis", s.term) for s in column.slopes)),
                f"{column.name} has {show(found)} clusters; with so few, tests on clustered "
                "errors reject too often.",
                f"{column.name_zh}只有{show_zh(found)}个聚类；聚类过少时，检验会过度拒绝。",
                {"clusters": found},
            )  # fmt: skip
        elif treated_units is not None and min(treated_units, found.high - treated_units) < 6:
            yield Finding(
                "samples.clusters", Severity.UNCLEAR, (column.cell("n_obs"),),
                f"{column.name}: {treated_units} of {show(found)} clusters are treated; with so "
                "few on one side, clustered errors are too small.",
                f"{column.name_zh}：{show_zh(found)}个聚类中有{treated_units}个处理组；一侧过少时，"
                "聚类标准误偏小。",
                {"clusters": found},
            )  # fmt: skip


@rule("samples.rows", "No column has more rows than the sample.", "任何一列的观测值不多于样本。")
def more_rows(tables: Tables) -> Iterator[Finding]:
    """Parts of the sample with more rows than it has, and odd rows out in one table."""
    for table in tables.by_table.values():
        counted = [c for c in table if c.n_obs is not None and not tables.is_split(c)]
        described = Counter(d.n_obs.value for d in tables.paper.descriptives if d.n_obs is not None)
        if len(described) != 1 or len(tables.paper.descriptives) < 3:
            continue
        [sample] = described
        usual = sum(c.n_obs.value == sample for c in tables.columns if c.n_obs is not None)
        if usual < len(tables.columns) / 2:
            continue
        for column in counted:
            assert column.n_obs is not None
            if column.n_obs.value > sample:
                yield Finding(
                    "samples.rows", Severity.UNLIKELY, (column.cell("n_obs"),),
                    f"{column.name} has {column.n_obs.text} rows; the descriptive statistics and "
                    f"most columns have {sample:,.0f}.",
                    f"{column.name_zh}有{column.n_obs.text}个观测值，而描述性统计和多数列为"
                    f"{sample:,.0f}个。",
                    {"rows": column.n_obs.interval},
                )  # fmt: skip
