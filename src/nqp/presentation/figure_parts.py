"""What figures are made of: axes, intervals, densities, lines of text, axis labels."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy import stats

from nqp.econometrics.panels import Floats
from nqp.presentation.figure_style import (
    BLUE,
    CM,
    DARK,
    DASHED,
    HEIGHT,
    SKY,
    VERMILION,
    WIDTH,
    Label,
    Look,
)
from nqp.presentation.tables import MINUS


def blank_figure(height: float = HEIGHT) -> Figure:
    return Figure(figsize=(WIDTH, height), layout="constrained")


def new_figure(height: float = HEIGHT) -> tuple[Figure, Axes]:
    figure = blank_figure(height)
    return figure, figure.subplots()


def add_legend(figure: Figure) -> None:
    """Above the axes, where it covers no data; in as few and as even lines as the width allows."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    for lines in range(1, len(handles) + 1):
        columns = math.ceil(len(handles) / lines)
        legend = figure.legend(handles, labels, loc="outside upper center", ncols=columns)
        if columns == 1 or legend.get_window_extent().width < figure.bbox.width:
            return
        legend.remove()


def draw_intervals(
    axes: Axes, rows: pd.DataFrame, at: Floats, look: Look, *, upright: bool
) -> None:
    """Estimates with a thick 90 % and a thin, capped 95 % interval, at positions on a scale."""
    low, high = rows["conf_low_95"].to_numpy(float), rows["conf_high_95"].to_numpy(float)
    draw = axes.vlines if upright else axes.hlines
    draw(at, low, high, color="black", linewidth=0.9, label=look.say("95 % interval", "置信区间"))
    draw(
        at, rows["conf_low_90"], rows["conf_high_90"], color=SKY, linewidth=3.6,
        label=look.say("90 % interval", "置信区间"),
    )  # fmt: skip
    for ends in (low, high):
        _points(
            axes, at, ends, upright, marker="_" if upright else "|", color="black", markersize=6
        )
    _points(
        axes, at, rows["estimate"].to_numpy(float), upright, marker="o", color=BLUE, zorder=4,
        label=look.say("Estimate", "估计值"),
    )  # fmt: skip


def _points(axes: Axes, at: Floats, values: Floats, upright: bool, **style: Any) -> None:
    x, y = (at, values) if upright else (values, at)
    axes.plot(x, y, linestyle="none", **style)


def draw_density(
    axes: Axes,
    values: Floats,
    weights: Floats | None = None,
    within: tuple[float, float] = (-np.inf, np.inf),
    **style: Any,
) -> None:
    """Gaussian kernel density on the values' range and three bandwidths beyond it, if `within`.

    Fewer than two distinct values have no density and no curve.
    """
    if len(np.unique(values)) < 2:
        return
    kernel = stats.gaussian_kde(values, weights=weights)
    margin = 3 * float(np.sqrt(kernel.covariance[0, 0]))
    ends = np.clip((values.min() - margin, values.max() + margin), *within)
    x = np.linspace(ends[0], ends[1], 400)
    axes.plot(x, kernel(x), **style)


def actual_effect_line(axes: Axes, summary: Mapping[str, Any], look: Look) -> None:
    value = float(summary["estimate"])
    en = f"Actual effect {_short(value)}, p {_p(summary['p_two_sided'])}"
    axes.axvline(value, color=VERMILION, linestyle=DASHED, label=look.say(en, "实际系数"))


def zero_line(axes: Axes) -> None:
    axes.axvline(0, color=DARK, linewidth=0.6)


def policy_line(axes: Axes, x: float, label: str) -> None:
    axes.axvline(x, color="black", linestyle=DASHED, linewidth=0.9, label=label or "_policy")


def few_ticks(axes: Axes) -> None:
    """As many ticks as have room on a narrow scale, which has a third of the width at least."""
    low, high = axes.get_xlim()
    for most in (6, 5, 4, 3):
        locator = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10])
        axes.xaxis.set_major_locator(locator)
        shown = [tick for tick in locator.tick_values(low, high) if low <= tick <= high]
        letters = sum(map(len, axes.xaxis.get_major_formatter().format_ticks(shown)))
        # A digit or point is 5 points wide on average, a gap about as wide as one.
        if 5 * (letters + len(shown)) < 72 * WIDTH / 3:
            return


@dataclass(frozen=True)
class Line:
    """A row of a chart: its text at the left in English, at the right in Chinese."""

    en: str
    zh: str
    heading: bool = False

    def texts(self) -> tuple[str, str]:
        """Both, in lines that leave the chart half of the width; one without a translation once."""
        zh = "" if self.zh == self.en else self.zh
        return "\n".join(textwrap.wrap(self.en, 48)), "\n".join(textwrap.wrap(zh, 20))

    @property
    def height(self) -> int:
        return 1 + max(text.count("\n") for text in self.texts())


def height_of(lines: Sequence[Line]) -> float:
    """Height of a chart with these rows in inches, without its labels."""
    return 0.46 * CM * sum(line.height for line in lines)


def rows_of_text(axes: Axes, lines: Sequence[Line], look: Look) -> Floats:
    """Write the rows from the top; return the positions of those that are no headings."""
    heights = np.array([line.height for line in lines], dtype=float)
    positions = heights.cumsum() - heights / 2
    sides = [axes]
    if look.chinese:
        sides.append(right := axes.twinx())
        right.grid(visible=False)
    for side, which in zip(sides, (0, 1), strict=False):
        side.set_yticks(positions, [line.texts()[which] for line in lines], fontsize=8)
        side.set_ylim(heights.sum() + 0.1, -0.1)
        side.tick_params(axis="y", length=0, pad=8 if which else 4)
        for label, line in zip(side.get_yticklabels(), lines, strict=True):
            label.set_color("black" if line.heading else DARK)
            label.set_fontweight("bold" if line.heading else "normal")
    axes.grid(visible=False, axis="y")
    plain: Floats = positions[[not line.heading for line in lines]]
    return plain


def quantity(en: str, zh: str, of: Label, look: Look, width: int = 40) -> str:
    """An axis label: English and its unit, below each other beyond `width` letters; Chinese."""
    name = f"{en} {of.en[:1].lower()}{of.en[1:]}"
    unit = f"({of.unit})" if of.unit else ""
    between = " " if len(name) + len(unit) < width else "\n"
    return look.say(f"{name}{between}{unit}".strip(), f"{zh}：{of.zh}", "\n")


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", MINUS)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"
