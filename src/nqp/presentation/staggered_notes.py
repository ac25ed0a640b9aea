"""The notes below a table of regressions on what its coefficients mix: staggered adoption."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from nqp.econometrics.two_way_decomposition import (
    AGAINST_ALWAYS,
    AGAINST_NEVER,
    EARLIER,
    LATER,
)
from nqp.presentation.regression_columns import Column, listed_columns
from nqp.presentation.tables import MINUS, Row, TableOptions, number_text, text_or_blank

# In the order of print: what is compared. In the last two the control is treated already.
COMPARISONS = {
    AGAINST_NEVER: ("treated against never treated", "处理组对从未处理组"),
    EARLIER: ("earlier against later cohorts", "较早批次对较晚批次"),
    LATER: (
        "later cohorts against earlier ones, treated already",
        "较晚批次对已受处理的较早批次",
    ),
    AGAINST_ALWAYS: (
        "treated against units treated in every year",
        "处理组对各年均受处理的个体",
    ),
}


# Estimators that never compare with units treated already.
AVERAGES = {
    "callaway_santanna": ("Callaway and Sant'Anna", "Callaway-Sant'Anna估计"),
    "imputation": ("imputation", "插补估计"),
}


def mixture_notes(columns: Sequence[Column], options: TableOptions) -> Iterator[str]:
    """Of each two-way coefficient of a policy that begins in different years: the weights and
    estimates of the comparisons that it adds up, the rows that enter with a negative weight, and
    the average effects that compare with no unit treated already."""
    for c in columns:
        own = [row for row in options.decompositions if row["spec_id"] == c.spec_id]
        if c.estimated and own:
            averages = [row for row in options.averages if row["spec_id"] == c.spec_id]
            mixture = _mixture(own, listed_columns([c], options), options)
            yield options.say(" ", "").join([mixture, *_averages(averages, options)])


def _averages(rows: Sequence[Row], options: TableOptions) -> Iterator[str]:
    found = {row["method"]: row for row in rows}
    shown = []
    for method, words in AVERAGES.items():
        if method in found:
            estimate, error = (
                number_text(found[method][name], options) for name in ("estimate", "std_error")
            )
            shown.append(f"{options.say(*words)} {estimate} ({error})")
    if shown:
        yield options.say(
            "Average effects without units treated already among the controls: "
            f"{', '.join(shown)}.",
            f"不以已受处理个体为对照的平均效应：{'，'.join(shown)}。",
        )


def _mixture(rows: Sequence[Row], which: str, options: TableOptions) -> str:
    parts = []
    for kind, words in COMPARISONS.items():
        own = [row for row in rows if row["comparison"] == kind]
        weight = sum(row["weight"] for row in own)
        if own:
            estimate = sum(row["weight"] * row["estimate"] for row in own) / weight
            shown = number_text(estimate, options)
            parts.append(
                options.say(
                    f"{_share(weight)} {words[0]} ({shown})",
                    f"{words[1]}{_share(weight)}（{shown}）",
                )
            )
    # The shares of negative weights stand in one row of a specification.
    [whole] = [row for row in rows if pd.notna(row["share_negative"])]
    if whole["share_negative"] > 0:
        negative = _share(whole["share_negative"])
        total = number_text(whole["sum_negative"], options)
        english = f"{negative} of the treated rows have a negative weight (sum {total})"
        chinese = f"{negative}的处理观测权重为负（合计{total}）"
    else:
        english, chinese = "no treated row has a negative weight", "没有权重为负的处理观测"
    if not parts:
        reason = text_or_blank(whole["reason"]).rstrip(".。")
        return options.say(
            f"What the two-way coefficient in {which} mixes: not split into comparisons "
            f"({reason}); {english}.",
            f"{which}双向固定效应系数的构成：未分解为各组比较（{reason}）；{chinese}。",
        )
    return options.say(
        f"What the two-way coefficient in {which} mixes, as shares of weight (with the estimate of "
        f"each part): {'; '.join(parts)}; {english}.",
        f"{which}双向固定效应系数的构成，按权重（括号内为各部分的估计值）："
        f"{'；'.join(parts)}；{chinese}。",
    )


def _share(value: float) -> str:
    return f"{value:.1%}".replace("-", MINUS)
