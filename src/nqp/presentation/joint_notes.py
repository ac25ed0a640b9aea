"""The notes below a table of regressions on what several of its columns say together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from nqp.presentation.regression_columns import Column, Names, listed_columns
from nqp.presentation.tables import Row, TableOptions, number_text, text_or_blank


def mediation_notes(
    columns: Sequence[Column], names: Names, options: TableOptions
) -> Iterator[str]:
    """Of each mediation whose last two steps stand in the table: the effect on the mediator first,
    then the indirect effect, its tests, its share, and what would explain it away."""
    there = {c.spec_id for c in columns}
    for row in options.mediations:
        steps = {row["mediator_spec"], row["outcome_spec"]}
        if row["status"] == "estimated" and steps <= there:
            yield " ".join(_mediation(row, names(row["mediator"]), options))


def _mediation(row: Row, mediator: str, options: TableOptions) -> Iterator[str]:
    def number(name: str) -> str:
        return number_text(row[name], options)

    a, indirect = number("a"), number("indirect_effect")
    if reason := text_or_blank(row["assignment_reason"]):
        yield options.say(
            f"Through {mediator}: effect on it {a}; indirect effect {indirect} (Sobel p = "
            f"{_p(row['sobel_p'])}). Not tested at the level at which the policy was assigned: "
            f"{_plain(reason)}.",
            f"经由{mediator}：对其效应{a}；中介效应{indirect}（Sobel检验p = "
            f"{_p(row['sobel_p'])}）。未在政策实施层级上检验：{_plain(reason)}。",
        )
    else:
        low, high = number("boot_low"), number("boot_high")
        yield options.say(
            f"Through {mediator}: effect on it {a} (p = {_p(row['assignment_a_p'])}); indirect "
            f"effect {indirect}, joint p = {_p(row['joint_p'])}, 95% interval [{low}, {high}], "
            "by the wild cluster bootstrap at the level at which the policy was assigned; Sobel "
            f"p = {_p(row['sobel_p'])}.",
            f"经由{mediator}：对其效应{a}（p = {_p(row['assignment_a_p'])}）；中介效应{indirect}，"
            f"联合显著性p = {_p(row['joint_p'])}，95%区间[{low}, {high}]，"
            "均为政策实施层级上的野聚类自助法；Sobel检验p = "
            f"{_p(row['sobel_p'])}。",
        )
    if pd.notna(row["share_mediated"]):
        share = f"{row['share_mediated']:.0%}".replace("-", "−")
        yield options.say(f"Share of the total effect {share}.", f"占总效应{share}。")
    elif not text_or_blank(row["assignment_reason"]):
        reason = _plain(text_or_blank(row["share_reason"]))
        yield options.say(f"No share is given: {reason}.", f"不报告占比：{reason}。")
    if pd.notna(row["rho_at_zero"]):
        rho = number_text(round(row["rho_at_zero"], 2), options)
        yield options.say(
            f"It would vanish if errors of both equations correlated by {rho}.",
            f"若两方程误差的相关系数为{rho}，中介效应即消失。",
        )


def difference_notes(columns: Sequence[Column], options: TableOptions) -> Iterator[str]:
    """Of each comparison of two columns of the table: the difference and its three tests."""
    by_id = {c.spec_id: c for c in columns}
    for row in options.comparisons:
        if row["status"] == "estimated" and {row["spec_a"], row["spec_b"]} <= set(by_id):
            own = [by_id[row["spec_a"]], by_id[row["spec_b"]]]
            yield _difference(row, listed_columns(own, options), options)


def _difference(row: Row, which: str, options: TableOptions) -> str:
    tests = [
        options.say(
            f"p = {_p(row['p_value'])} by the columns' own standard errors",
            f"按各列自身标准误p = {_p(row['p_value'])}",
        )
    ]
    at_level = "at the level at which the policy was assigned"
    if reason := text_or_blank(row["assignment_reason"]):
        tests.append(
            options.say(
                f"no test {at_level} ({_plain(reason)})",
                f"未在政策实施层级上检验（{_plain(reason)}）",
            )
        )
    else:
        p = _p(row["assignment_p_value"])
        tests.append(options.say(f"{p} by CR2 {at_level}", f"在政策实施层级上按CR2标准误p = {p}"))
    if reason := text_or_blank(row["permutation_reason"]):
        tests.append(
            options.say(
                f"the assignment cannot be drawn again ({_plain(reason)})",
                f"无法重新抽取政策分配（{_plain(reason)}）",
            )
        )
    else:
        p, draws = _p(row["permutation_p_value"]), int(row["permutation_draws"])
        tests.append(
            options.say(
                f"{p} with the assignment drawn again ({draws:,} draws)",
                f"重新抽取政策分配（{draws:,}次）p = {p}",
            )
        )
    difference, said = number_text(row["difference"], options), options.say("; ", "；").join(tests)
    return options.say(
        f"Difference between {which}: {difference}, {said}.", f"{which}之差：{difference}，{said}。"
    )


def _p(value: float) -> str:
    return f"{value:.3f}"


def _plain(reason: str) -> str:
    """A reason within a sentence."""
    return reason.rstrip(".。")
