"""Result frames as figures the way papers print them, at the full width of a page.

A function per kind of figure: rows in, a matplotlib Figure out. Each draws on a figure of its own,
without pyplot. `figure_style` holds what all figures share, `figure_parts` what they are made of.
The caption is the text's business and not in the picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from scipy import stats

from nqp.econometrics.panels import Floats
from nqp.presentation.figure_parts import (
    Line,
    actual_effect_line,
    add_legend,
    blank_figure,
    draw_density,
    draw_intervals,
    few_ticks,
    height_of,
    new_figure,
    policy_line,
    quantity,
    rows_of_text,
    zero_line,
)
from nqp.presentation.figure_style import (
    BLUE,
    CM,
    DARK,
    DASHED,
    DOTTED,
    FILLS,
    GREEN,
    HEIGHT,
    PALE,
    VERMILION,
    Label,
    Look,
    styled,
)
from nqp.presentation.tables import MINUS, records

# What estimators beside the two-way one are called, and how they are drawn.
# More years than this are too many to name each below an event study.
MANY_YEARS = 18
STAGGERED = {
    "callaway_santanna": (("Callaway and Sant'Anna", "组别-时期平均效应"), "^", VERMILION),
    "imputation": (("Imputation", "插补估计"), "D", GREEN),
}


@styled
def event_study(
    rows: pd.DataFrame, *, outcome: Label, look: Look, beside: pd.DataFrame | None = None
) -> Figure:
    """Effect by year relative to the policy, with 90 and 95 % intervals and the band of all years.

    rows: relative_year, calendar_year, is_reference, estimate, conf_low_90, conf_high_90,
    conf_low_95, conf_high_95, band_low, band_high; a row per year, the reference with estimate 0
    and no interval. beside: method, relative_year, estimate, conf_low, conf_high of other
    estimators, measured from the same reference.
    """
    rows = rows.sort_values("relative_year")
    figure, axes = new_figure()
    axes.axhline(0, color=DARK, linewidth=0.8)
    policy_line(axes, -0.5, look.say("Policy", "政策实施"))
    x = rows["relative_year"].to_numpy(float)
    axes.plot(x, rows["estimate"], color=BLUE, linewidth=1, alpha=0.6, zorder=2)
    free, reference = rows[~rows["is_reference"]], rows[rows["is_reference"]]
    axes.vlines(
        free["relative_year"], free["band_low"], free["band_high"], color=PALE, linewidth=9,
        zorder=1, label=look.say("95 % band of all years", "同时置信带"),
    )  # fmt: skip
    draw_intervals(axes, free, free["relative_year"].to_numpy(float), look, upright=True)
    axes.plot(
        reference["relative_year"], reference["estimate"], "s", color=BLUE, markerfacecolor="white",
        markersize=6.5, label=look.say("Reference year", "基期"), zorder=4,
    )  # fmt: skip
    others = [] if beside is None else list(beside.groupby("method"))
    for place, (method, every_year) in enumerate(others, start=1):
        own = every_year[every_year["relative_year"].between(x[0], x[-1])]
        at = own["relative_year"].to_numpy(float) + 0.2 * place
        (en, zh), marker, color = STAGGERED[str(method)]
        axes.vlines(at, own["conf_low"], own["conf_high"], color=color, linewidth=0.9)
        axes.plot(
            at, own["estimate"], marker, color=color, markersize=4, label=look.say(en, zh), zorder=4
        )  # fmt: skip
    calendar = rows["calendar_year"].astype(str)
    # Units treated in different years share a relative year, not a calendar year.
    one_each = bool(calendar.str.fullmatch(r"\d{4}").all())
    ticks = [
        _signed(year) + (f"\n{when}" if one_each else "")
        for year, when in zip(rows["relative_year"], calendar, strict=True)
    ]
    # Many years would run into each other: every second one is named.
    if len(ticks) > MANY_YEARS:
        ticks = [
            text if int(year) % 2 == 0 else ""
            for year, text in zip(rows["relative_year"], ticks, strict=True)
        ]
    axes.set_xticks(x, ticks)
    axes.grid(visible=False, axis="x")
    below = " (calendar year below)" if one_each else ""
    axes.set_xlabel(look.say(f"Years since the policy{below}", "政策实施后年数"))
    axes.set_ylabel(quantity("Effect on", "政策效应", outcome, look))
    add_legend(figure)
    return figure


@styled
def placebo_density(
    draws: pd.DataFrame, summary: Mapping[str, Any], *, outcome: Label, look: Look
) -> Figure:
    """Distribution of the placebo effects, with the actual effect as a line.

    draws: estimate, a row per draw. summary: estimate, p_two_sided, of ``placebo_summary``.
    The curve is scipy's Gaussian kernel estimate, bandwidth by Scott's rule.
    """
    estimates = draws["estimate"].dropna().to_numpy(float)
    figure, axes = new_figure()
    drawn = look.say(f"{len(estimates):,} draws", "随机抽样")
    axes.hist(
        estimates, bins="auto", density=True, color=PALE, edgecolor="white", linewidth=0.5,
        label=drawn,
    )  # fmt: skip
    draw_density(axes, estimates, color=BLUE, label=look.say("Kernel density", "核密度"))
    actual_effect_line(axes, summary, look)
    zero_line(axes)
    axes.set_xlabel(quantity("Placebo effect on", "安慰剂系数", outcome, look, 80))
    axes.set_ylabel(look.say("Density (per unit of effect)", "密度"))
    axes.set_ylim(bottom=0)
    axes.grid(visible=False, axis="x")
    add_legend(figure)
    return figure


@styled
def placebo_p_values(
    draws: pd.DataFrame, summary: Mapping[str, Any], *, outcome: Label, look: Look
) -> Figure:
    """p-value of each placebo effect against the effect; lines at 10 % and at the actual effect.

    draws: estimate, p_value, a row per draw. summary: estimate, p_two_sided, share_p_below_10.
    """
    figure, axes = new_figure()
    axes.plot(
        draws["estimate"], draws["p_value"], "o", markersize=3, markerfacecolor="none",
        color=BLUE, markeredgewidth=0.6, label=look.say(f"{len(draws):,} draws", "随机抽样"),
    )  # fmt: skip
    share = 100 * float(summary["share_p_below_10"])
    axes.axhline(
        0.1, color="black", linestyle=DOTTED, linewidth=1.4,
        label=look.say(f"p = 0.10 ({share:.1f} % below)", "10%水平"),
    )  # fmt: skip
    actual_effect_line(axes, summary, look)
    zero_line(axes)
    axes.set_xlabel(quantity("Placebo effect on", "安慰剂系数", outcome, look, 80))
    axes.set_ylabel(look.say("p-value (0 to 1)", "p值"))
    axes.set_ylim(-0.02, 1.02)
    add_legend(figure)
    return figure


@styled
def index_over_time(
    rows: pd.DataFrame,
    policy_years: Sequence[int],
    *,
    variable: Label,
    policy: Label,
    units: Label,
    look: Look,
) -> Figure:
    """Mean of a variable in treated and other units, with a line before each policy year.

    rows: year, treated, mean, n_units; a row per year and group. policy_years: years from which
    units count as treated. units: what they are, in the plural.
    """
    figure, axes = new_figure()
    groups = ((True, "Treated", "处理组", BLUE, "-", "o"),
              (False, "Other", "对照组", VERMILION, DASHED, "s"))  # fmt: skip
    for treated, en, zh, color, line, marker in groups:
        own = rows[rows["treated"] == treated].sort_values("year")
        number = int(own["n_units"].max()) if len(own) else 0
        axes.plot(
            own["year"], own["mean"], color=color, linestyle=line, marker=marker,
            markerfacecolor=color if treated else "white",
            label=look.say(f"{en} {units.en} ({number})", f"{zh}（{units.zh}）"),
        )  # fmt: skip
    years = sorted(set(policy_years))
    when = ", ".join(map(str, years)) if len(years) < 4 else f"{years[0]} to {years[-1]}"
    label = look.say(f"{policy.en}, from {when}", policy.zh)
    for year in years:
        policy_line(axes, year - 0.5, label if year == years[0] else "")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda year, _: f"{year:.0f}"))
    axes.set_xlabel(look.say("Year", "年份"))
    axes.set_ylabel(quantity("Mean of", "均值", variable, look))
    add_legend(figure)
    return figure


@styled
def entropy_weights(rows: pd.DataFrame, *, look: Look) -> Figure:
    """Weights of an index's indicators in percent, by dimension where they have one.

    rows: dimension, dimension_zh, label_en, label_zh, sign, weight; in the order of print.
    """
    groups = [own for _, own in rows.groupby("dimension", sort=False, dropna=False)]
    lines = []
    for own in groups:
        if pd.notna(own["dimension"].iloc[0]):
            lines.append(Line(own["dimension"].iloc[0], own["dimension_zh"].iloc[0], heading=True))
        for row in records(own):
            sign = f" ({MINUS})" if row["sign"] < 0 else ""
            lines.append(Line(f"{row['label_en']}{sign}", row["label_zh"]))
    fills = [FILLS[i % len(FILLS)] for i, own in enumerate(groups) for _ in range(len(own))]
    weights = 100 * pd.concat(groups)["weight"].to_numpy(float)

    figure, axes = new_figure(height=max(HEIGHT, height_of(lines) + 1.8 * CM))
    bars = axes.barh(
        rows_of_text(axes, lines, look), weights, height=0.72, edgecolor="white", linewidth=0.3,
        color=[color for color, _ in fills], hatch=[hatch for _, hatch in fills],
    )  # fmt: skip
    axes.bar_label(bars, labels=[f"{weight:.1f}" for weight in weights], padding=2, fontsize=8)
    axes.set_xlim(0, 1.15 * max(weights))
    axes.set_xlabel(look.say("Weight (% of the index)", "权重（%）"))
    return figure


@styled
def propensity_overlap(rows: pd.DataFrame, *, weighted: bool = False, look: Look) -> Figure:
    """Densities of the propensity score of treated and other rows, before and after matching.

    rows: treated (1 or 0), propensity_score, weight (0 without a partner). After matching a row
    counts as the regression counts it: by its weight if `weighted`, else once if matched.
    """
    figure = blank_figure()
    before, after = cast(Sequence[Axes], figure.subplots(1, 2, sharex=True, sharey=True).tolist())
    kept = rows[rows["weight"] > 0]
    for axes, own, en, zh in (
        (before, rows, "Before matching", "匹配前"),
        (after, kept, "After matching", "匹配后"),
    ):
        for treated, en_group, zh_group, color, line in (
            (1, "Treated rows", "处理组", BLUE, "-"),
            (0, "Other rows", "对照组", VERMILION, DASHED),
        ):
            group = own[own["treated"] == treated]
            weights = group["weight"].to_numpy(float) if weighted and axes is after else None
            scores = group["propensity_score"].to_numpy(float)
            label = look.say(en_group, zh_group) if axes is before else ""
            draw_density(axes, scores, weights, (0, 1), color=color, linestyle=line, label=label)
        count = f"{int((own['treated'] == 1).sum()):,} and {int((own['treated'] == 0).sum()):,}"
        axes.set_title(f"{look.say(en, zh)} ({count} rows)")
        axes.set_xlabel(look.say("Propensity score (probability)", "倾向得分"))
    before.set_ylim(bottom=0)
    before.set_ylabel(look.say("Density", "密度"))
    add_legend(figure)
    return figure


@styled
def coefficients(rows: pd.DataFrame, *, outcomes: Mapping[str, Label], look: Look) -> Figure:
    """One regressor in every specification, with 90 and 95 % intervals; a panel per outcome.

    rows: table_number, column_number, title_en, title_zh, outcome, estimate, std_error, conf_low,
    conf_high (of the 95 % interval), df; a row per specification.
    """
    rows = rows.sort_values(["table_number", "column_number"]).assign(
        conf_low_95=rows["conf_low"], conf_high_95=rows["conf_high"], **interval_90(rows)
    )
    # The outcome of most specifications first; the others have scales of their own.
    panels = [rows[rows["outcome"] == name] for name in rows["outcome"].value_counts().index]
    lines = [_specifications(own) for own in panels]
    sizes = [height_of(own) for own in lines]
    figure = blank_figure(height=max(HEIGHT, sum(sizes) + (1.9 * len(panels) + 0.8) * CM))
    every = figure.subplots(len(panels), 1, squeeze=False, height_ratios=sizes)
    for axes, own, text in zip(every[:, 0], panels, lines, strict=True):
        axes.axvline(0, color=DARK, linewidth=0.8)
        draw_intervals(axes, own, rows_of_text(axes, text, look), look, upright=False)
        few_ticks(axes)
        outcome = outcomes[str(own["outcome"].iloc[0])]
        axes.set_xlabel(quantity("Effect on", "政策效应", outcome, look, 60))
    add_legend(figure)
    return figure


def interval_90(rows: pd.DataFrame) -> dict[str, Floats]:
    """conf_low_90 and conf_high_90 from estimate, std_error and the degrees of freedom, df."""
    estimate, std_error = rows["estimate"].to_numpy(float), rows["std_error"].to_numpy(float)
    margin = stats.t.ppf(0.95, rows["df"].to_numpy(float)) * std_error
    return {"conf_low_90": estimate - margin, "conf_high_90": estimate + margin}


def _specifications(rows: pd.DataFrame) -> list[Line]:
    """A heading per table, a line per column."""
    lines = []
    for number, own in rows.groupby("table_number", sort=False):
        lines.append(Line(f"Table {number}", f"表{number}", heading=True))
        for row in records(own):
            column = f"({row['column_number']})"
            lines.append(Line(f"{column} {row['title_en']}", f"{column} {row['title_zh']}"))
    return lines


def _signed(year: int) -> str:
    return f"{year:+d}".replace("-", MINUS) if year else "0"
