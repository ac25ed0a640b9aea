"""A specification curve: the estimates in order of size, and below each the choices it rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nqp.presentation.figure_parts import (
    Line,
    add_legend,
    blank_figure,
    height_of,
    quantity,
    rows_of_text,
)
from nqp.presentation.figure_style import (
    BLUE,
    CM,
    DARK,
    PALE,
    SKY,
    VERMILION,
    Label,
    Look,
    styled,
)
from nqp.text_width import display_width

# A test at this level counts as significant.
LEVEL = 0.05
# Columns of small letters that fit above the plot.
TITLE_WIDTH = 66
# What each choice is called, in the order of the rows below the curve.
HEADINGS = {
    "outcome": ("Outcome", "被解释变量"),
    "controls": ("Controls", "控制变量"),
    "policies": ("Other policies as controls", "控制其他政策"),
    "controls_by_year": ("Controls by year", "控制变量×年份"),
    "window": ("Years", "样本年份"),
    "left_out": ("Left out", "剔除地区"),
    "year_left_out": ("Year left out", "剔除年份"),
    "group_year_effects": ("Effects of years by group", "分组×年份固定效应"),
    "group_trends": ("Trends by group", "分组线性趋势"),
    "coding_rule": ("Policy counts from", "政策起算"),
}
WITHOUT = {
    "controls_by_year": ("none", "无"),
    "window": ("all years", "全部年份"),
    "left_out": ("no region", "无"),
    "year_left_out": ("no year", "无"),
    "group_year_effects": ("common to all", "共同年份效应"),
    "group_trends": ("none", "无"),
    "coding_rule": ("the rule of the study", "研究设定"),
}
RULES = {
    "approval_year": ("the year of approval", "批准当年"),
    "following_year": ("the following year", "次年"),
    "half_year": ("the year whose second half begins with it", "半年规则"),
}
GROUPS = {
    "province_code": ("provinces", "省份"),
    "parent_code": ("regions above", "上级地区"),
    "region_code": ("units", "地区"),
}
# Choices that are sums of parts, of which each has a row.
SUMS = ("controls", "policies")


@styled
def specification_curve(
    rows: pd.DataFrame,
    *,
    outcome: Label,
    names: Mapping[str, Label],
    look: Look,
) -> Figure:
    """Estimates with 95 % intervals by the clusters of the headline, choices below, and in the
    title the share of estimates significant by each method.

    rows: choices (JSON), estimate, conf_low, conf_high, p_value, method, is_headline. names: of
    variables, policies, and groups written grouping=group.

    Raises ValueError where nothing is estimated.
    """
    rows = rows[rows["estimate"].notna()]
    if rows.empty:
        raise ValueError("no combination of choices has an estimate")
    headline = rows.loc[rows["is_headline"], "method"]
    method = str(headline.iloc[0] if len(headline) else rows["method"].iloc[0])
    drawn = rows[rows["method"] == method].sort_values("estimate", kind="stable")
    chosen = pd.DataFrame([json.loads(text) for text in drawn["choices"]])
    lines, marks = _choices(chosen, names)
    below = height_of(lines)
    figure = blank_figure(height=7.2 * CM + below + 0.6 * CM)
    curve, grid = figure.subplots(2, 1, sharex=True, height_ratios=[6.4 * CM, below])
    x = np.arange(len(drawn))
    curve.axhline(0, color=DARK, linewidth=0.8)
    curve.vlines(
        x, drawn["conf_low"], drawn["conf_high"], color=PALE if len(x) > 150 else SKY,
        linewidth=max(0.4, min(3.0, 240 / len(x))), label=look.say("95 % interval", "置信区间"),
    )  # fmt: skip
    significant = (drawn["p_value"] < LEVEL).to_numpy()
    size = max(1.4, min(4.0, 500 / len(x)))
    for which, color, en, zh in (
        (significant, BLUE, f"p below {LEVEL}", "显著"),
        (~significant, DARK, "not significant", "不显著"),
    ):
        curve.plot(
            x[which], drawn["estimate"].to_numpy()[which], "o", color=color, markersize=size,
            markerfacecolor=color if color == BLUE else "white", markeredgewidth=0.6,
            linestyle="none", label=look.say(en, zh),
        )  # fmt: skip
    if len(place := np.flatnonzero(drawn["is_headline"].to_numpy())):
        curve.plot(
            x[place], drawn["estimate"].to_numpy()[place], "D", color=VERMILION, markersize=5,
            linestyle="none", zorder=5, label=look.say("Headline", "基准模型"),
        )  # fmt: skip
        grid.axvline(place[0], color=VERMILION, linewidth=0.7)
    several = "outcome" in chosen and chosen["outcome"].nunique() > 1
    curve.set_ylabel(
        look.say("Effect, by outcome", "政策效应", "\n")
        if several
        else quantity("Effect on", "政策效应", outcome, look, 34)
    )
    curve.grid(visible=False, axis="x")
    curve.set_title(look.say(*_shares(rows), "\n"), fontsize=8)
    places = rows_of_text(grid, lines, look)
    for place, mark in zip(places, marks, strict=True):
        grid.plot(
            x[mark], np.full(int(mark.sum()), place), "|", color=BLUE, markersize=5,
            markeredgewidth=max(0.4, min(2.0, 240 / len(x))), linestyle="none",
        )  # fmt: skip
    grid.set_xlim(-0.01 * len(x) - 1, 1.01 * len(x))
    grid.set_xlabel(
        look.say(f"{len(x)} specifications by size of the estimate", "各模型（按系数排序）")
    )
    grid.grid(visible=False)
    add_legend(figure)
    return figure


def _shares(rows: pd.DataFrame) -> tuple[str, str]:
    """The share of the estimates significant by each method, in both languages."""
    tested = rows.dropna(subset=["p_value"])
    share = (tested["p_value"] < LEVEL).groupby(tested["method"], sort=False).mean()
    shares = [
        _share(method, value) for method, value in zip(map(str, share.index), share, strict=True)
    ]
    return (
        _lines(f"Significant at {LEVEL:.0%}: ", [en for en, _ in shares], ", "),
        _lines(f"{LEVEL:.0%}水平显著的比例：", [zh for _, zh in shares], "，"),
    )


def _lines(start: str, parts: Sequence[str], between: str) -> str:
    """The parts, on as few lines as the plot is wide."""
    lines = [start + parts[0]] if parts else [start]
    for part in parts[1:]:
        lines[-1] += between.rstrip()
        if display_width(lines[-1] + part) > TITLE_WIDTH:
            lines.append(part)
        else:
            lines[-1] += between[len(between.rstrip()) :] + part
    return "\n".join(lines)


def _share(method: str, value: float) -> tuple[str, str]:
    kind, _, clusters = method.partition(" by ")
    if not clusters:
        return f"{value:.0%} by conventional errors", f"普通标准误{value:.0%}"
    if kind == "cr2":
        return f"{value:.0%} by CR2 where assigned", f"按政策实施层级的CR2检验{value:.0%}"
    return (
        f"{value:.0%} clustered by {_clusters(clusters, 0)}",
        f"按{_clusters(clusters, 1)}聚类{value:.0%}",
    )


def _clusters(clusters: str, language: int) -> str:
    names = {
        "region_code": ("unit", "地区"), "province_code": ("province", "省份"),
        "parent_code": ("region above", "上级地区"), "year": ("year", "年份"),
    }  # fmt: skip
    columns = clusters.split(" & ")
    return (" and ", "与")[language].join(names.get(c, (c, c))[language] for c in columns)


def _choices(
    chosen: pd.DataFrame, names: Mapping[str, Label]
) -> tuple[list[Line], list[np.ndarray]]:
    """A heading for each choice that varies, a line for what it may be, and where it is so."""
    lines, marks = [], []
    for key, heading in HEADINGS.items():
        cells = chosen[key] if key in chosen else pd.Series("", chosen.index)
        if cells.nunique() < 2:
            continue
        lines.append(Line(*heading, heading=True))
        if key in SUMS:
            sums = cells.str.split(" + ", regex=False)
            parts = dict.fromkeys(part for own in sums for part in own if part)
            for part in parts:
                lines.append(_line(key, part, names))
                marks.append(np.array([part in own for own in sums]))
            continue
        for value in sorted(cells.unique()):
            lines.append(_line(key, value, names))
            marks.append((cells == value).to_numpy())
    if not lines:
        lines, marks = [Line("One specification", "单一模型")], [np.ones(len(chosen), dtype=bool)]
    return lines, marks


def _line(key: str, value: str, names: Mapping[str, Label]) -> Line:
    if not value:
        return Line(*WITHOUT.get(key, ("none", "无")))
    if value in RULES and key == "coding_rule":
        return Line(*RULES[value])
    if value in GROUPS:
        return Line(*GROUPS[value])
    label = [names.get(part.strip()) for part in value.split(" + ")]
    if all(label):
        known = [one for one in label if one]
        return Line(", ".join(one.en for one in known), "、".join(one.zh for one in known))
    return Line(value, value)
