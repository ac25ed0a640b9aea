"""Result frames as figures the way papers print them, at the full width of a page.

A function per kind of figure: rows in, a matplotlib Figure out. Each draws on a figure of its own,
without pyplot. Colours are those of Okabe and Ito, but marker, line and hatching tell the same, so
that a figure survives a grey printer. The caption is the text's business and not in the picture.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, cast

import numpy as np
import pandas as pd
from matplotlib import font_manager, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator
from scipy import stats

from nqp.econometrics.panels import Floats
from nqp.messages import SIMULATED
from nqp.presentation.tables import MINUS

P = ParamSpec("P")

CM = 1 / 2.54
WIDTH, HEIGHT = 17 * CM, 10 * CM
# The strip at the foot that the mark has to itself, in inches.
STRIP = 0.5 * CM
BLUE, VERMILION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
PURPLE, SKY, DARK, PALE = "#CC79A7", "#56B4E9", "#444444", "#D0D0D0"
FILLS = ((BLUE, ""), (ORANGE, "////"), (GREEN, "...."), (SKY, "xxxx"), (PURPLE, "\\\\\\\\"))
DASHED, DOTTED = (0, (5, 2.5)), (0, (1.2, 1.8))
# In every figure from simulated data: a picture travels without its caption.
MARK = ("Simulated data, not evidence", "模拟数据，不可作为证据")
WAIVED = ("Failed checks accepted on record", "含已豁免的检验")
STYLE: Any = {
    "font.size": 9, "axes.titlesize": 9, "legend.fontsize": 8, "legend.frameon": False,
    "legend.handlelength": 2.4, "legend.columnspacing": 1.3, "legend.handletextpad": 0.5,
    "xtick.labelsize": 8.5, "ytick.labelsize": 8.5,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.7,
    "axes.edgecolor": DARK, "axes.axisbelow": True, "axes.grid": True, "axes.formatter.limits":
    (-4, 6), "grid.color": "#E3E3E3", "grid.linewidth": 0.6, "xtick.color": DARK,
    "ytick.color": DARK, "xtick.labelcolor": "black", "ytick.labelcolor": "black",
    "lines.linewidth": 1.4, "lines.markersize": 5, "hatch.linewidth": 0.5,
    "text.parse_math": False,  # a dollar in a label is a dollar
}  # fmt: skip
# Families with simplified characters, sans serif first; the files they come in.
FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC",
    "Microsoft YaHei", "Hiragino Sans GB", "Heiti SC", "SimHei", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", "SimSun",
)  # fmt: skip
FILES = (
    "notosanscjk", "notosanssc", "notoserifcjk", "sourcehan", "pingfang", "msyh", "hiragino",
    "heiti", "simhei", "simsun", "songti", "wqy",
)  # fmt: skip


@dataclass(frozen=True)
class Label:
    """A name in English and Chinese, with its unit in English."""

    en: str
    zh: str
    unit: str = ""


@dataclass(frozen=True)
class Look:
    """What a figure needs to know beside its rows.

    data_profile: the data it rests on; `simulated` is marked. chinese: a font family with Chinese
    characters, as `chinese_font` finds it; without one every label is English. waived: whether
    failed checks of the data were accepted on record, which is marked too.
    """

    data_profile: str
    chinese: str | None = None
    waived: bool = False

    def say(self, en: str, zh: str, between: str = " ") -> str:
        return f"{en}{between}{zh}" if self.chinese and zh != en else en


def chinese_font() -> str | None:
    """The first of `FAMILIES` on this machine, or None.

    matplotlib remembers the fonts it once found; those installed since are made known to it.
    """
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in font_manager.findSystemFonts():
        if path not in known and Path(path).stem.lower().replace("-", "").startswith(FILES):
            # Fonts that cannot be read are skipped, as matplotlib skips them.
            with suppress(OSError, RuntimeError):
                font_manager.fontManager.addfont(path)
    found = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((family for family in FAMILIES if family in found), None)


def save(figure: Figure, stem: Path, *, title: str, look: Look) -> list[Path]:
    """Write `stem`.pdf and, at 200 dots per inch, `stem`.png; the same figure gives the same bytes.

    title: for the files' properties. The directory is made if need be.
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    if look.data_profile == "simulated":
        title = f"{title} ({SIMULATED})"
    pdf, png = (stem.with_name(f"{stem.name}.{ending}") for ending in ("pdf", "png"))
    # Some publishers refuse Type 3; Chinese fonts mostly hold outlines that Type 42 cannot.
    with rc_context({"pdf.fonttype": 3 if look.chinese else 42}):
        figure.savefig(pdf, metadata={"Title": title, "CreationDate": None})
    figure.savefig(png, dpi=200, metadata={"Title": title, "Software": None})
    return [pdf, png]


def _styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in our style and fonts, and mark what rests on simulated or doubtful data."""

    @wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        look = cast(Look, kwargs["look"])
        fonts = ["DejaVu Sans", *([look.chinese] if look.chinese else [])]
        with rc_context(STYLE | {"font.family": fonts}):
            figure = draw(*args, **kwargs)
            marks = [MARK] * (look.data_profile == "simulated") + [WAIVED] * look.waived
            if marks:
                _mark(figure, "; ".join(look.say(*mark) for mark in marks))
        return figure

    return styled


@_styled
def event_study(rows: pd.DataFrame, *, outcome: Label, look: Look) -> Figure:
    """Effect by year relative to the policy, with 90 and 95 % intervals.

    rows: relative_year, calendar_year, is_reference, estimate, conf_low_90, conf_high_90,
    conf_low_95, conf_high_95; a row per year, the reference with estimate 0 and no interval.
    """
    rows = rows.sort_values("relative_year")
    figure, axes = _figure()
    axes.axhline(0, color=DARK, linewidth=0.8)
    _policy_line(axes, -0.5, look.say("Policy", "政策实施"))
    x = rows["relative_year"].to_numpy(float)
    axes.plot(x, rows["estimate"], color=BLUE, linewidth=1, alpha=0.6, zorder=2)
    free, reference = rows[~rows["is_reference"]], rows[rows["is_reference"]]
    _intervals(axes, free, free["relative_year"].to_numpy(float), look, upright=True)
    axes.plot(
        reference["relative_year"], reference["estimate"], "s", color=BLUE, markerfacecolor="white",
        markersize=6.5, label=look.say("Reference year", "基期"), zorder=4,
    )  # fmt: skip
    calendar = rows["calendar_year"].astype(str)
    # Units treated in different years share a relative year, not a calendar year.
    one_each = bool(calendar.str.fullmatch(r"\d{4}").all())
    ticks = [
        _signed(year) + (f"\n{when}" if one_each else "")
        for year, when in zip(rows["relative_year"], calendar, strict=True)
    ]
    axes.set_xticks(x, ticks)
    axes.grid(visible=False, axis="x")
    below = " (calendar year below)" if one_each else ""
    axes.set_xlabel(look.say(f"Years since the policy{below}", "政策实施后年数"))
    axes.set_ylabel(_quantity("Effect on", "政策效应", outcome, look))
    _legend(figure)
    return figure


@_styled
def placebo_density(
    draws: pd.DataFrame, summary: Mapping[str, Any], *, outcome: Label, look: Look
) -> Figure:
    """Distribution of the placebo effects, with the actual effect as a line.

    draws: estimate, a row per draw. summary: estimate, p_two_sided, of ``placebo_summary``.
    The curve is scipy's Gaussian kernel estimate, bandwidth by Scott's rule.
    """
    estimates = draws["estimate"].dropna().to_numpy(float)
    figure, axes = _figure()
    drawn = look.say(f"{len(estimates):,} draws", "随机抽样")
    axes.hist(
        estimates, bins="auto", density=True, color=PALE, edgecolor="white", linewidth=0.5,
        label=drawn,
    )  # fmt: skip
    _curve(axes, estimates, color=BLUE, label=look.say("Kernel density", "核密度"))
    _actual(axes, summary, look)
    _zero_line(axes)
    axes.set_xlabel(_quantity("Placebo effect on", "安慰剂系数", outcome, look, 80))
    axes.set_ylabel(look.say("Density (per unit of effect)", "密度"))
    axes.set_ylim(bottom=0)
    axes.grid(visible=False, axis="x")
    _legend(figure)
    return figure


@_styled
def placebo_p_values(
    draws: pd.DataFrame, summary: Mapping[str, Any], *, outcome: Label, look: Look
) -> Figure:
    """p-value of each placebo effect against the effect; lines at 10 % and at the actual effect.

    draws: estimate, p_value, a row per draw. summary: estimate, p_two_sided, share_p_below_10.
    """
    figure, axes = _figure()
    axes.plot(
        draws["estimate"], draws["p_value"], "o", markersize=3, markerfacecolor="none",
        color=BLUE, markeredgewidth=0.6, label=look.say(f"{len(draws):,} draws", "随机抽样"),
    )  # fmt: skip
    share = 100 * float(summary["share_p_below_10"])
    axes.axhline(
        0.1, color="black", linestyle=DOTTED, linewidth=1.4,
        label=look.say(f"p = 0.10 ({share:.1f} % below)", "10%水平"),
    )  # fmt: skip
    _actual(axes, summary, look)
    _zero_line(axes)
    axes.set_xlabel(_quantity("Placebo effect on", "安慰剂系数", outcome, look, 80))
    axes.set_ylabel(look.say("p-value (0 to 1)", "p值"))
    axes.set_ylim(-0.02, 1.02)
    _legend(figure)
    return figure


@_styled
def index_over_time(
    rows: pd.DataFrame,
    policy_years: Sequence[int],
    *,
    variable: Label,
    units: Label,
    look: Look,
) -> Figure:
    """Mean of a variable in treated and other units, with a line before each policy year.

    rows: year, treated, mean, n_units; a row per year and group. policy_years: years from which
    units count as treated. units: what they are, in the plural.
    """
    figure, axes = _figure()
    groups = ((True, "Treated", "试点", BLUE, "-", "o"),
              (False, "Other", "其他", VERMILION, DASHED, "s"))  # fmt: skip
    for treated, en, zh, color, line, marker in groups:
        own = rows[rows["treated"] == treated].sort_values("year")
        number = int(own["n_units"].max()) if len(own) else 0
        axes.plot(
            own["year"], own["mean"], color=color, linestyle=line, marker=marker,
            markerfacecolor=color if treated else "white",
            label=look.say(f"{en} {units.en} ({number})", f"{zh}{units.zh}"),
        )  # fmt: skip
    years = sorted(set(policy_years))
    label = look.say(f"Policy, from {', '.join(map(str, years))}", "政策实施")
    for year in years:
        _policy_line(axes, year - 0.5, label if year == years[0] else "")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda year, _: f"{year:.0f}"))
    axes.set_xlabel(look.say("Year", "年份"))
    axes.set_ylabel(_quantity("Mean of", "均值", variable, look))
    _legend(figure)
    return figure


@_styled
def entropy_weights(rows: pd.DataFrame, *, look: Look) -> Figure:
    """Weights of an index's indicators in percent, by dimension where they have one.

    rows: dimension, dimension_zh, label_en, label_zh, sign, weight; in the order of print.
    """
    groups = [own for _, own in rows.groupby("dimension", sort=False, dropna=False)]
    lines = []
    for own in groups:
        if pd.notna(own["dimension"].iloc[0]):
            lines.append(_Line(own["dimension"].iloc[0], own["dimension_zh"].iloc[0], heading=True))
        for row in _records(own):
            sign = f" ({MINUS})" if row["sign"] < 0 else ""
            lines.append(_Line(f"{row['label_en']}{sign}", row["label_zh"]))
    fills = [FILLS[i % len(FILLS)] for i, own in enumerate(groups) for _ in range(len(own))]
    weights = 100 * pd.concat(groups)["weight"].to_numpy(float)

    figure, axes = _figure(height=max(HEIGHT, _height(lines) + 1.8 * CM))
    bars = axes.barh(
        _rows_of_text(axes, lines, look), weights, height=0.72, edgecolor="white", linewidth=0.3,
        color=[color for color, _ in fills], hatch=[hatch for _, hatch in fills],
    )  # fmt: skip
    axes.bar_label(bars, labels=[f"{weight:.1f}" for weight in weights], padding=2, fontsize=8)
    axes.set_xlim(0, 1.15 * max(weights))
    axes.set_xlabel(look.say("Weight (% of the index)", "权重（%）"))
    return figure


@_styled
def propensity_overlap(rows: pd.DataFrame, *, weighted: bool = False, look: Look) -> Figure:
    """Densities of the propensity score of treated and other rows, before and after matching.

    rows: treated (1 or 0), propensity_score, weight (0 without a partner). After matching a row
    counts as the regression counts it: by its weight if `weighted`, else once if matched.
    """
    figure = _blank()
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
            _curve(axes, scores, weights, (0, 1), color=color, linestyle=line, label=label)
        count = f"{int((own['treated'] == 1).sum()):,} and {int((own['treated'] == 0).sum()):,}"
        axes.set_title(f"{look.say(en, zh)} ({count} rows)")
        axes.set_xlabel(look.say("Propensity score (probability)", "倾向得分"))
    before.set_ylim(bottom=0)
    before.set_ylabel(look.say("Density", "密度"))
    _legend(figure)
    return figure


@_styled
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
    sizes = [_height(own) for own in lines]
    figure = _blank(height=max(HEIGHT, sum(sizes) + (1.9 * len(panels) + 0.8) * CM))
    every = figure.subplots(len(panels), 1, squeeze=False, height_ratios=sizes)
    for axes, own, text in zip(every[:, 0], panels, lines, strict=True):
        axes.axvline(0, color=DARK, linewidth=0.8)
        _intervals(axes, own, _rows_of_text(axes, text, look), look, upright=False)
        _few_ticks(axes)
        outcome = outcomes[str(own["outcome"].iloc[0])]
        axes.set_xlabel(_quantity("Effect on", "政策效应", outcome, look, 60))
    _legend(figure)
    return figure


def interval_90(rows: pd.DataFrame) -> dict[str, Floats]:
    """conf_low_90 and conf_high_90 from estimate, std_error and the degrees of freedom, df."""
    estimate, std_error = rows["estimate"].to_numpy(float), rows["std_error"].to_numpy(float)
    margin = stats.t.ppf(0.95, rows["df"].to_numpy(float)) * std_error
    return {"conf_low_90": estimate - margin, "conf_high_90": estimate + margin}


def _blank(height: float = HEIGHT) -> Figure:
    return Figure(figsize=(WIDTH, height), layout="constrained")


def _figure(height: float = HEIGHT) -> tuple[Figure, Axes]:
    figure = _blank(height)
    return figure, figure.subplots()


def _mark(figure: Figure, text: str) -> None:
    strip = STRIP / figure.get_figheight()
    figure.set_layout_engine(ConstrainedLayoutEngine(rect=(0, strip, 1, 1 - strip)))
    figure.text(0.99, strip / 2, text, ha="right", va="center", fontsize=8, color="#666666",
                gid="mark")  # fmt: skip


def _legend(figure: Figure) -> None:
    """Above the axes, where it covers no data; in as few and as even lines as the width allows."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    for lines in range(1, len(handles) + 1):
        columns = math.ceil(len(handles) / lines)
        legend = figure.legend(handles, labels, loc="outside upper center", ncols=columns)
        if columns == 1 or legend.get_window_extent().width < figure.bbox.width:
            return
        legend.remove()


def _intervals(axes: Axes, rows: pd.DataFrame, at: Floats, look: Look, *, upright: bool) -> None:
    """Estimates with a thick 90 % and a thin, capped 95 % interval, on a scale of places."""
    low, high = rows["conf_low_95"].to_numpy(float), rows["conf_high_95"].to_numpy(float)
    draw = axes.vlines if upright else axes.hlines
    draw(at, low, high, color="black", linewidth=0.9, label=look.say("95 % interval", "置信区间"))
    draw(
        at, rows["conf_low_90"], rows["conf_high_90"], color=SKY, linewidth=3.6,
        label=look.say("90 % interval", "置信区间"),
    )  # fmt: skip
    for ends in (low, high):
        _place(axes, at, ends, upright, marker="_" if upright else "|", color="black", markersize=6)
    _place(
        axes, at, rows["estimate"].to_numpy(float), upright, marker="o", color=BLUE, zorder=4,
        label=look.say("Estimate", "估计值"),
    )  # fmt: skip


def _place(axes: Axes, at: Floats, values: Floats, upright: bool, **style: Any) -> None:
    x, y = (at, values) if upright else (values, at)
    axes.plot(x, y, linestyle="none", **style)


def _curve(
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


def _actual(axes: Axes, summary: Mapping[str, Any], look: Look) -> None:
    value = float(summary["estimate"])
    en = f"Actual effect {_short(value)}, p {_p(summary['p_two_sided'])}"
    axes.axvline(value, color=VERMILION, linestyle=DASHED, label=look.say(en, "实际系数"))


def _zero_line(axes: Axes) -> None:
    axes.axvline(0, color=DARK, linewidth=0.6)


def _policy_line(axes: Axes, x: float, label: str) -> None:
    axes.axvline(x, color="black", linestyle=DASHED, linewidth=0.9, label=label or "_policy")


def _few_ticks(axes: Axes) -> None:
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
class _Line:
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


def _height(lines: Sequence[_Line]) -> float:
    """Height of a chart with these rows in inches, without its labels."""
    return 0.46 * CM * sum(line.height for line in lines)


def _rows_of_text(axes: Axes, lines: Sequence[_Line], look: Look) -> Floats:
    """Write the rows from the top; return the places of those that are no headings."""
    heights = np.array([line.height for line in lines], dtype=float)
    places = heights.cumsum() - heights / 2
    sides = [axes]
    if look.chinese:
        sides.append(right := axes.twinx())
        right.grid(visible=False)
    for side, which in zip(sides, (0, 1), strict=False):
        side.set_yticks(places, [line.texts()[which] for line in lines], fontsize=8)
        side.set_ylim(heights.sum() + 0.1, -0.1)
        side.tick_params(axis="y", length=0, pad=8 if which else 4)
        for label, line in zip(side.get_yticklabels(), lines, strict=True):
            label.set_color("black" if line.heading else DARK)
            label.set_fontweight("bold" if line.heading else "normal")
    axes.grid(visible=False, axis="y")
    plain: Floats = places[[not line.heading for line in lines]]
    return plain


def _specifications(rows: pd.DataFrame) -> list[_Line]:
    """A heading per table, a line per column."""
    lines = []
    for number, own in rows.groupby("table_number", sort=False):
        lines.append(_Line(f"Table {number}", f"表{number}", heading=True))
        for row in _records(own):
            column = f"({row['column_number']})"
            lines.append(_Line(f"{column} {row['title_en']}", f"{column} {row['title_zh']}"))
    return lines


def _quantity(en: str, zh: str, of: Label, look: Look, width: int = 40) -> str:
    """An axis label: English and its unit, below each other beyond `width` letters; Chinese."""
    name = f"{en} {of.en[:1].lower()}{of.en[1:]}"
    unit = f"({of.unit})" if of.unit else ""
    between = " " if len(name) + len(unit) < width else "\n"
    return look.say(f"{name}{between}{unit}".strip(), f"{zh}：{of.zh}", "\n")


def _signed(year: int) -> str:
    return f"{year:+d}".replace("-", MINUS) if year else "0"


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", MINUS)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]
