"""What the tests of an event study say, in plain sentences for a reader of its figure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

Row = Mapping[str, Any]
# A sentence in English and in Chinese.
Both = tuple[str, str]

# The kinds of standard error of a joint test, by method and clusters, in the order of the sentence.
JOINT: dict[tuple[str, str], Both] = {
    ("conventional", ""): ("with conventional standard errors", "普通标准误"),
    ("cr1", "unit"): ("by unit (CR1)", "按地区聚类（CR1）"),
    ("cr1", "assignment"): (
        "by cluster of the level at which the policy was assigned (CR1)",
        "按政策实施层级聚类（CR1）",
    ),
    ("htz", "assignment"): ("by the same for few clusters (HTZ)", "同上，小样本修正（HTZ）"),
}
TARGETS: dict[str, Both] = {
    "first": ("the effect of the first year", "首年效应"),
    "average": ("the average effect", "平均效应"),
}


def event_study_notes(tests: pd.DataFrame, honest: pd.DataFrame) -> list[Both]:
    """Sentences about one event study; none where it was not estimated.

    tests: its rows of ``results.event_study_tests``. honest: those of ``results.honest_did``.
    """
    tests = tests[tests["test"].notna()]
    if tests.empty:
        return []
    by_test = {name: rows.to_dict("records") for name, rows in tests.groupby("test", sort=False)}
    return [
        *_joint(by_test.get("joint_leads", [])),
        *_power(by_test.get("pretest_power", [])),
        *_honest(honest.to_dict("records")),
        *_trends(by_test.get("group_trends", [])),
        *_staggered([*tests.to_dict("records"), *honest.to_dict("records")]),
    ]


def _joint(rows: list[dict[Any, Any]]) -> Iterator[Both]:
    made = {_kind(row): row for row in rows if row["status"] == "estimated"}
    if not made:
        yield from _not_made("Joint test of the years before the policy", "事前联合检验", rows)
        return
    n = int(next(iter(made.values()))["n_terms"])
    years = (
        "the one other year before the policy is"
        if n == 1
        else f"the {n} other years before the policy are all"
    )
    ours = [(words, made[kind]) for kind, words in JOINT.items() if kind in made]
    yield (
        f"Test that {years} zero: "
        + "; ".join(f"p {_p(row['p_value'])} {en}" for (en, _), row in ours)
        + ".",
        f"基期以外事前{n}期系数为零的检验："
        + "；".join(f"{zh} p {_p(row['p_value'])}" for (_, zh), row in ours)
        + "。",
    )


def _kind(row: Row) -> tuple[str, str]:
    return str(row["method"]), "" if pd.isna(row["cluster"]) else str(row["cluster"])


def _power(rows: list[dict[Any, Any]]) -> Iterator[Both]:
    made = [row for row in rows if row["status"] == "estimated"]
    if not made:
        yield from _not_made(
            "Trend that single years before the policy would betray", "逐期检验可识别的趋势", rows
        )
        return
    row = max(made, key=lambda row: row["power"])
    share = f"{row['power']:.0%}"
    en = (
        f"If trends differed by {_number(row['slope'])} a year, at least one of these years by "
        f"itself would be significant at 5 % in {share} of samples"
    )
    zh = f"若趋势每年相差{_number(row['slope'])}，则{share}的样本中至少有一期单独显著（5%）"
    if pd.notna(row["bias"]):
        en += (
            f". Such a trend adds {_number(row['bias'])} to the average effect from the policy on, "
            f"and {_number(row['bias_if_passed'])} where none is significant; the estimate "
            f"is {_number(row['estimate'])}"
        )
        zh += (
            f"；仅此趋势就使政策后平均效应增加{_number(row['bias'])}"
            f"（均不显著时为{_number(row['bias_if_passed'])}），而估计值为{_number(row['estimate'])}"
        )
    yield f"{en}.", f"{zh}。"


def _honest(rows: list[dict[Any, Any]]) -> Iterator[Both]:
    made = [row for row in rows if row["status"] == "estimated"]
    if not made:
        yield from _not_made("Effects without parallel trends (HonestDiD)", "HonestDiD", rows)
        return
    breakdown = {(row["restriction"], row["target"]): row["breakdown"] for row in made}
    for target, (en, zh) in TARGETS.items():
        relative = breakdown["relative_magnitudes", target]
        smooth = breakdown["smoothness", target]
        if relative == 0:
            by_size: Both = (
                "holds zero even if trends are parallel", "在平行趋势下即包含零"
            )  # fmt: skip
        elif math.isinf(relative):
            by_size = ("never holds zero, however much trends change", "始终不包含零")
        else:
            by_size = (
                f"holds zero once the difference in trends may change by {_number(relative)} times "
                "its largest change before the policy",
                f"在趋势差异的变化达到事前最大变化的{_number(relative)}倍时包含零",
            )
        if smooth == 0:
            by_slope: Both = (
                "and even if trends differ by no more than a straight line",
                "趋势差异为直线时亦包含零",
            )
        elif math.isinf(smooth):
            by_slope = ("and not for any change of its slope", "斜率任意变化时不包含零")
        else:
            by_slope = (
                f"and once its slope may change by {_number(smooth)} a year",
                f"斜率每年变化{_number(smooth)}时包含零",
            )
        yield (
            f"The 95 % interval of {en} {by_size[0]} (relative magnitudes), {by_slope[0]} "
            "(smoothness).",
            f"{zh}的95%区间：{by_size[1]}（相对幅度）；{by_slope[1]}（平滑性）。",
        )


def _trends(rows: list[dict[Any, Any]]) -> Iterator[Both]:
    made = [row for row in rows if row["status"] == "estimated"]
    if not made:
        yield from _not_made("The effect beside trends of clusters", "分组线性趋势", rows)
    for row in made:
        figures = (_number(row["estimate"]), _number(row["std_error"]), _p(row["p_value"]))
        yield (
            "With a linear trend for each cluster of the level at which the policy was assigned "
            "the effect is {} (standard error {}, p {}).".format(*figures),
            "加入政策实施层级各单位的线性趋势后，系数为{}（标准误{}，p {}）。".format(*figures),
        )


def _staggered(rows: list[dict[Any, Any]]) -> Iterator[Both]:
    if any(isinstance(row.get("cautions"), str) for row in rows):
        yield (
            "Caution: the policy begins in different years, and the tests of years before the "
            "policy and the intervals rest on the two-way coefficients, each of which may hold "
            "effects of other years and batches.",
            "注意：政策分批实施，事前检验与上述区间均基于双向固定效应系数，"
            "各期系数可能混入其他年份与批次的效应。",
        )


def _not_made(en: str, zh: str, rows: list[dict[Any, Any]]) -> Iterator[Both]:
    for reason in dict.fromkeys(str(row["reason"]) for row in rows):
        yield f"{en}: not estimable ({reason}).", f"{zh}：无法估计（{reason}）。"


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"
