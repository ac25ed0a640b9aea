"""First and second stages of instrumental variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from nqp.audit.findings import Finding, Severity, show, show_zh
from nqp.audit.intervals import Interval
from nqp.audit.nesting import printed_t
from nqp.audit.printed import Column
from nqp.audit.rules.registry import rule
from nqp.audit.tables import Tables
from nqp.audit.texts import same_name

_FIRST = re.compile(r"first[- ]?stage|1st stage|第一阶段|一阶段", re.IGNORECASE)
_STAGES = re.compile(
    r"first[- ]?stage|second[- ]?stage|1st stage|2nd stage|2sls|instrument|\biv\b|阶段|工具变量",
    re.IGNORECASE,
)


def _says(column: Column) -> str:
    return f"{column.heading} {column.panel} {column.title} {column.declared.estimator}"


@rule(
    "iv.one_fit",
    "Two regressions of different outcomes do not share one fit.",
    "被解释变量不同的两个回归不会有相同的拟合。",
)
def one_fit(tables: Tables) -> Iterator[Finding]:
    """Columns of different outcomes with R² and adjusted R² equal to every digit."""
    for table in tables.by_table.values():
        for one, other in combinations(table, 2):
            if one.r2 is None or other.r2 is None or one.r2.text != other.r2.text:
                continue
            if same_name(one.outcome) == same_name(other.outcome) or not one.outcome:
                continue
            same_adjusted = (
                one.r2_adj is not None
                and other.r2_adj is not None
                and one.r2_adj.text == other.r2_adj.text
            )
            stages = bool(_STAGES.search(_says(one) + _says(other)))
            # Two fits agree to three digits by chance now and then, but seldom twice.
            telling = stages or (same_adjusted and one.r2.decimals >= 4)
            if one.r2.decimals < 3 or one.r2.units < 100 or not telling:
                continue
            yield Finding(
                "iv.one_fit", Severity.UNLIKELY,
                (other.cell("r2"), one.cell("r2")),
                f"{one.name} and column {other.column_number} have different outcomes "
                f"({one.outcome}, {other.outcome}) and one R², {one.r2.text}: one of them is "
                "likely copied.",
                f"{one.name_zh}与第{other.column_number}列的被解释变量不同（{one.outcome}、"
                f"{other.outcome}），R²却同为{one.r2.text}，其一可能系误抄。",
                {"r2": one.r2.interval},
            )  # fmt: skip


@rule(
    "iv.f_is_t_squared",
    "With one instrument the first stage's F is the square of its t.",
    "只有一个工具变量时，第一阶段F值等于t值的平方。",
)
def f_and_t(tables: Tables) -> Iterator[Finding]:
    """First-stage F against t², where one instrument is declared."""
    for column in tables.columns:
        said = column.declared
        first_stage = bool(_FIRST.search(f"{column.heading} {column.panel} {said.estimator}"))
        if column.f_stat is None or said.n_instruments != 1 or not first_stage:
            continue
        if not column.slopes or (t := printed_t(column.slopes[0])) is None:
            continue
        # Programs differ in the small-sample factor of F.
        n = column.n_obs
        df = tables.residual_df(column)
        slack = max(1.02, n.value / max(df.low, 1.0) if n is not None else 1.1)
        square = t.square()
        wide = Interval(square.low / slack, square.high * slack)
        if wide.meets(column.f_stat.interval):
            continue
        first = column.slopes[0]
        yield Finding(
            "iv.f_is_t_squared", Severity.UNLIKELY,
            (column.cell("f_stat"), column.cell("estimate", first.term)),
            f"{column.name}: t² of the one instrument {first.term} is {show(square)}, the "
            f"first-stage F is printed as {column.f_stat.text}.",
            f"{column.name_zh}：唯一工具变量{first.term}的t²为{show_zh(square)}，而第一阶段F值印为"
            f"{column.f_stat.text}。",
            {"t squared": square, "F": column.f_stat.interval},
        )  # fmt: skip
