"""The smallest p-value that a permutation test can have."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nqp.audit.findings import Finding, Severity, show, show_zh
from nqp.audit.intervals import Interval
from nqp.audit.printed import Column
from nqp.audit.rules.registry import rule
from nqp.audit.tables import Tables


def smallest(column: Column) -> float | None:
    """1 over the number of assignments, or of draws with the one that was made."""
    said, found = column.declared, []
    if said.n_treated and said.n_units and 0 < said.n_treated < said.n_units:
        found.append(1 / math.comb(said.n_units, said.n_treated))
    if said.draws:
        found.append(1 / (said.draws + 1))
    return max(found, default=None)


@rule(
    "permutation.smallest",
    "No permutation p-value is below one over the number of assignments.",
    "置换检验的p值不小于分配方案数的倒数。",
)
def attainable(tables: Tables) -> Iterator[Finding]:
    """p-values and marks below the smallest that draws or assignments allow."""
    for column in tables.columns:
        least = smallest(column)
        if column.declared.errors != "permutation" or least is None:
            continue
        legend = column.declared.legend or {}
        for c in column.coefficients:
            inside = c.parenthesis
            printed = c.kind == "p" and inside is not None and inside.interval.high < least * (
                1 - 1e-9
            )  # fmt: skip
            marked = bool(c.stars) and legend.get(c.stars or "", 1.0) < least
            if not (printed or marked):
                continue
            shown = f"p = {c.parenthesis_text}" if printed else f"the mark {c.stars}"
            shown_zh = f"p = {c.parenthesis_text}" if printed else f"标记{c.stars}"
            yield Finding(
                "permutation.smallest", Severity.CONTRADICTION,
                (column.cell("parenthesis" if printed else "stars", c.term),),
                f"{column.name}: {c.term} has {shown}, but with so few assignments or draws p is "
                f"at least {show(least)}.",
                f"{column.name_zh}：{c.term}为{shown_zh}，但由分配方案数或抽样次数，p至少为"
                f"{show_zh(least)}。",
                {"smallest p": Interval.exact(least)},
            )  # fmt: skip
