"""Figures: what is drawn is the rows, nothing is clipped or covered, and each is honestly marked.

Labels are those of the shipped studies, so that the longest that are printed are the ones measured.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager, rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image
from scipy import stats

from definitions_for_tests import definitions
from nqp import messages
from nqp.presentation import figure_parts, figure_style, figures
from nqp.presentation.figure_style import Label, Look

FONT = figure_style.chinese_font()
ENGLISH, SIMULATED = Look("public"), Look("simulated", FONT)
NEEDS_FONT = pytest.mark.skipif(FONT is None, reason="no Chinese font here")
LOOKS = [
    pytest.param(Look("simulated"), id="english"),
    pytest.param(SIMULATED, id="chinese", marks=NEEDS_FONT),
]
OUTCOME = Label("New quality productivity", "新质生产力", "index, 0 to 1")


def event_rows() -> pd.DataFrame:
    years = np.arange(-4, 7)
    estimate = np.where(years == -1, 0.0, np.sin(years) / 100)
    reach = np.where(years == -1, np.nan, 0.002 * (1 + years % 3))
    return pd.DataFrame(
        {
            "relative_year": years, "calendar_year": (2016 + years).astype(str),
            "is_reference": years == -1, "estimate": estimate,
            "conf_low_90": estimate - reach, "conf_high_90": estimate + reach,
            "conf_low_95": estimate - 1.2 * reach, "conf_high_95": estimate + 1.2 * reach,
            "band_low": estimate - 1.7 * reach, "band_high": estimate + 1.7 * reach,
        }
    ).sample(frac=1, random_state=1)  # fmt: skip


def beside_rows() -> pd.DataFrame:
    years = [*range(-4, 7), *range(7)]
    rows = pd.DataFrame(
        {
            "method": ["callaway_santanna"] * 11 + ["imputation"] * 7, "relative_year": years,
            "estimate": np.sin(years) / 90,
        }
    )  # fmt: skip
    reach = 0.004
    return rows.assign(conf_low=rows["estimate"] - reach, conf_high=rows["estimate"] + reach)


def draw_rows() -> pd.DataFrame:
    estimate = np.random.default_rng(7).normal(0.0004, 0.003, 300)
    return pd.DataFrame({"estimate": estimate, "p_value": np.exp(-(estimate**2) / 1e-5)})


SUMMARY = {"estimate": -0.0079, "p_two_sided": 0.0123, "share_p_below_10": 0.126}
MEANS = pd.DataFrame(
    [
        (year, treated, 0.06 + 0.04 * treated + 0.003 * (year - 2012), 67 if treated else 217)
        for year in range(2012, 2023)
        for treated in (True, False)
    ],
    columns=["year", "treated", "mean", "n_units"],
)


def weight_rows(study: str = "province") -> pd.DataFrame:
    rows = definitions("indicators").query("study == @study").astype({"sign": int})
    raw = np.arange(1, len(rows) + 1) ** 1.5
    return rows.rename(columns={"dimension_en": "dimension"}).assign(weight=raw / raw.sum())


def matched_rows() -> pd.DataFrame:
    random = np.random.default_rng(3)
    treated = np.repeat([1, 0], [90, 210])
    return pd.DataFrame(
        {
            "treated": treated,
            "propensity_score": random.beta(2 + 2 * treated, 4),
            "weight": random.choice([0.0, 1.0, 2.5], 300),
        }
    )


def specification_rows(study: str = "city_public") -> pd.DataFrame:
    rows = definitions("regression_specs").query("study == @study")
    rows = rows.astype({"table_number": int, "column_number": int})
    estimate = np.linspace(-0.004, 0.03, len(rows))
    std_error = np.linspace(0.002, 0.01, len(rows))
    reach = stats.t.ppf(0.975, 283) * std_error
    return rows.assign(
        estimate=estimate,
        std_error=std_error,
        conf_low=estimate - reach,
        conf_high=estimate + reach,
        df=283,
    )


def outcome_labels(rows: pd.DataFrame) -> dict[str, Label]:
    variables = definitions("variables").drop_duplicates("variable_id")
    listed = variables[["variable_id", "label_en", "label_zh", "unit_label"]].itertuples(
        index=False
    )
    known = {name: Label(*rest) for name, *rest in listed} | {"nqp": OUTCOME}
    return {name: known[name] for name in rows["outcome"]}


def coefficients(look: Look, study: str) -> Figure:
    rows = specification_rows(study)
    return figures.coefficients(rows, outcomes=outcome_labels(rows), look=look)


CITIES = Label("cities", "城市")
LAW = Label("Castle laws", "城堡法")
KINDS: dict[str, Callable[[Look], Figure]] = {
    "event_study": lambda look: figures.event_study(event_rows(), outcome=OUTCOME, look=look),
    "placebo_density": lambda look: figures.placebo_density(
        draw_rows(), SUMMARY, outcome=OUTCOME, look=look
    ),
    "placebo_p_values": lambda look: figures.placebo_p_values(
        draw_rows(), SUMMARY, outcome=OUTCOME, look=look
    ),
    "index_over_time": lambda look: figures.index_over_time(
        MEANS, [2016], variable=OUTCOME, policy=LAW, units=CITIES, look=look
    ),
    "entropy_weights": lambda look: figures.entropy_weights(weight_rows(), look=look),
    "propensity_overlap": lambda look: figures.propensity_overlap(matched_rows(), look=look),
    "coefficients": lambda look: coefficients(look, "province"),
}
LAYOUTS: dict[str, Callable[[Look], Figure]] = KINDS | {
    "event study of a policy in batches": lambda look: figures.event_study(
        event_rows().assign(calendar_year=None), outcome=OUTCOME, look=look, beside=beside_rows()
    ),
    "weights of few": lambda look: figures.entropy_weights(weight_rows("city"), look=look),
    "one outcome, long titles": lambda look: coefficients(look, "city_public"),
    "many policy years, long names": lambda look: figures.index_over_time(
        MEANS,
        [2014, 2016, 2017, 2019, 2021],
        variable=OUTCOME,
        look=look,
        policy=Label("Comprehensive national big data pilot zones", "国家级大数据综合试验区"),
        units=Label("prefecture-level cities", "地级及以上城市"),
    ),
    "two policy years": lambda look: figures.index_over_time(
        MEANS, [2016, 2018, 2016], variable=OUTCOME, policy=LAW, units=CITIES, look=look
    ),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def line(axes: Axes, label: str) -> Line2D:
    [found] = [artist for artist in axes.lines if str(artist.get_label()).startswith(label)]
    return found


def xy(artist: Line2D) -> list[tuple[float, float]]:
    return list(map(tuple, np.asarray(artist.get_xydata()).tolist()))


def segments(axes: Axes, label: str) -> list[Any]:
    [found] = [a for a in axes.collections if a.get_label() == label]
    assert isinstance(found, LineCollection)
    return [np.asarray(segment).tolist() for segment in found.get_segments()]


# --- what is drawn is the rows ------------------------------------------------------------------


def test_an_event_study_shows_each_year_and_both_intervals() -> None:
    rows = event_rows().sort_values("relative_year")
    [axes] = figures.event_study(event_rows(), outcome=OUTCOME, look=ENGLISH).axes
    free = rows[~rows["is_reference"]]
    assert xy(line(axes, "Estimate")) == list(
        zip(free["relative_year"], free["estimate"], strict=True)
    )
    assert xy(line(axes, "Reference year")) == [(-1, 0)]
    for level in (90, 95):
        ends = zip(
            free["relative_year"], free[f"conf_low_{level}"], free[f"conf_high_{level}"],
            strict=True,
        )  # fmt: skip
        drawn = [[[x, low], [x, high]] for x, low, high in ends]
        assert segments(axes, f"{level} % interval") == drawn
    assert set(np.asarray(line(axes, "Policy").get_xdata())) == {-0.5}
    assert [label.get_text() for label in axes.get_xticklabels()][:5] == [
        "−4\n2012", "−3\n2013", "−2\n2014", "−1\n2015", "0\n2016",
    ]  # fmt: skip


def test_years_treated_at_different_times_share_no_calendar_year() -> None:
    rows = event_rows().assign(calendar_year="2014, 2016")
    [axes] = figures.event_study(rows, outcome=OUTCOME, look=ENGLISH).axes
    assert [label.get_text() for label in axes.get_xticklabels()][3:6] == ["−1", "0", "+1"]
    assert "calendar" not in axes.get_xlabel()


def test_of_many_years_every_second_is_named_and_none_runs_into_the_next() -> None:
    shift = [event_rows().assign(calendar_year="2014, 2016")] * 3
    rows = pd.concat(shift, ignore_index=True).iloc[: figures.MANY_YEARS + 6]
    rows = rows.assign(relative_year=range(-10, len(rows) - 10))
    rows["is_reference"] = rows["relative_year"] == -1
    figure = figures.event_study(rows, outcome=OUTCOME, look=ENGLISH)
    figure.draw_without_rendering()
    [axes] = figure.axes
    named = [label for label in axes.get_xticklabels() if label.get_text()]
    assert [label.get_text() for label in named][:6] == ["−10", "−8", "−6", "−4", "−2", "0"]
    boxes = [label.get_window_extent() for label in named]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_a_placebo_density_is_that_of_the_draws() -> None:
    draws = draw_rows()
    [axes] = figures.placebo_density(draws, SUMMARY, outcome=OUTCOME, look=ENGLISH).axes
    x, y = np.asarray(line(axes, "Kernel density").get_xydata()).T
    assert y == pytest.approx(stats.gaussian_kde(draws["estimate"])(x))
    assert np.trapezoid(y, x) == pytest.approx(1, abs=1e-3)
    [bars] = axes.containers
    edges = [(bar.get_x(), bar.get_x() + bar.get_width(), bar.get_height()) for bar in bars]
    shares = [draws["estimate"].between(low, high).mean() / (high - low) for low, high, _ in edges]
    assert [height for *_, height in edges] == pytest.approx(shares)
    actual = line(axes, "Actual effect")
    assert set(np.asarray(actual.get_xdata())) == {-0.0079}
    assert actual.get_label() == "Actual effect −0.0079, p = 0.012"


def test_placebo_p_values_stand_against_their_effects() -> None:
    draws = draw_rows()
    [axes] = figures.placebo_p_values(draws, SUMMARY, outcome=OUTCOME, look=ENGLISH).axes
    assert xy(line(axes, "300 draws")) == list(map(tuple, draws.to_numpy()))
    level = line(axes, "p = 0.10")
    assert set(np.asarray(level.get_ydata())) == {0.1}
    assert level.get_label() == "p = 0.10 (12.6 % below)"
    assert set(np.asarray(line(axes, "Actual").get_xdata())) == {-0.0079}


def test_p_values_below_the_last_decimal_are_not_zero() -> None:
    summary = SUMMARY | {"p_two_sided": 1 / 1001}
    [axes] = figures.placebo_density(draw_rows(), summary, outcome=OUTCOME, look=ENGLISH).axes
    assert str(line(axes, "Actual").get_label()).endswith("p < 0.001")


def test_means_over_time_are_those_of_each_group() -> None:
    [axes] = LAYOUTS["two policy years"](ENGLISH).axes
    for treated, label in ((True, "Treated cities (67)"), (False, "Other cities (217)")):
        own = MEANS[MEANS["treated"] == treated]
        assert xy(line(axes, label)) == list(zip(own["year"], own["mean"], strict=True))
    policies = [a for a in axes.lines if len(set(np.asarray(a.get_xdata()))) == 1]
    assert [set(np.asarray(a.get_xdata())) for a in policies] == [{2015.5}, {2017.5}]
    assert policies[0].get_label() == "Castle laws, from 2016, 2018"
    [axes] = LAYOUTS["many policy years, long names"](ENGLISH).axes
    assert str(line(axes, "Comprehensive").get_label()).endswith("zones, from 2014 to 2021")


def test_weights_of_indicators_without_a_dimension_have_no_heading() -> None:
    rows = weight_rows("city")
    bare = rows.assign(dimension=None, dimension_zh=None)
    [axes] = figures.entropy_weights(bare, look=ENGLISH).axes
    names = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    signs = np.where(rows["sign"] < 0, " (−)", "")
    assert names == (rows["label_en"] + signs).tolist()
    some = rows.assign(dimension=rows["dimension"].where(rows.index % 2 == 0))
    [axes] = figures.entropy_weights(some, look=ENGLISH).axes
    assert len(axes.containers[0]) == len(rows)


def test_a_label_without_a_translation_is_drawn_once() -> None:
    assert figure_parts.Line("wage", "wage").texts() == ("wage", "")
    assert figure_style.Look("own", chinese="font").say("wage", "wage") == "wage"
    assert figure_style.Look("own", chinese="font").say("wage", "工资") == "wage 工资"


def test_weights_are_bars_in_percent_by_dimension() -> None:
    rows = weight_rows().sample(frac=1, random_state=2).sort_values("dimension", kind="stable")
    [axes] = figures.entropy_weights(rows, look=ENGLISH).axes
    names = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    places = dict(zip(axes.get_yticks(), names, strict=True))
    [bars] = axes.containers
    drawn = {places[bar.get_y() + bar.get_height() / 2]: bar.get_width() for bar in bars}
    signs = np.where(rows["sign"] < 0, " (−)", "")
    assert drawn == pytest.approx(
        dict(zip(rows["label_en"] + signs, 100 * rows["weight"], strict=True))
    )
    headings = [name for name in names if name not in drawn]
    assert headings == list(rows["dimension"].unique())
    looks = {
        (rows["dimension"].iloc[i], b.get_facecolor(), b.get_hatch()) for i, b in enumerate(bars)
    }
    assert len(looks) == len({look[1:] for look in looks}) == len(headings)


@pytest.mark.parametrize("weighted", [False, True])
def test_overlap_is_the_density_of_the_rows_that_count(weighted: bool) -> None:
    rows = matched_rows()
    before, after = figures.propensity_overlap(rows, weighted=weighted, look=ENGLISH).axes
    for axes, counted in ((before, rows), (after, rows[rows["weight"] > 0])):
        for drawn, treated in zip(axes.lines, (1, 0), strict=True):
            own = counted[counted["treated"] == treated]
            weights = own["weight"] if weighted and axes is after else None
            kernel = stats.gaussian_kde(own["propensity_score"], weights=weights)
            x, y = np.asarray(drawn.get_xydata()).T
            assert y == pytest.approx(kernel(x))
            assert 0 <= x.min() < own["propensity_score"].min()
            assert own["propensity_score"].max() < x.max() <= 1


def test_scores_that_are_all_alike_have_no_density() -> None:
    rows = matched_rows().assign(propensity_score=0.25)
    before, after = figures.propensity_overlap(rows, look=ENGLISH).axes
    assert not before.lines and not after.lines


def test_coefficients_have_a_panel_per_outcome_with_their_intervals() -> None:
    rows = specification_rows("province")
    figure = coefficients(ENGLISH, "province")
    names = ["nqp", *rows.loc[rows["outcome"] != "nqp", "outcome"].unique()]
    assert len(figure.axes) == len(names) == 4
    reach = stats.t.ppf(0.95, 283) * rows["std_error"]
    rows = rows.assign(low=rows["estimate"] - reach, high=rows["estimate"] + reach)
    for axes in figure.axes:
        places, estimates = np.asarray(line(axes, "Estimate").get_xydata()).T[::-1]
        texts = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
        read = dict(zip(axes.get_yticks(), texts, strict=True))
        own = rows[rows["estimate"].isin(estimates)]
        assert own["outcome"].nunique() == 1 and (own["estimate"] == estimates).all()
        titles = [f"({r.column_number}) {r.title_en}" for r in own.itertuples()]
        assert [read[place] for place in places] == titles
        thick = np.array(segments(axes, "90 % interval"))[:, :, 0]
        assert thick == pytest.approx(own[["low", "high"]].to_numpy(), rel=1e-9)
        thin = np.array(segments(axes, "95 % interval"))[:, :, 0]
        assert (thin == own[["conf_low", "conf_high"]].to_numpy()).all()


def test_the_90_percent_interval_by_hand() -> None:
    """t(10): 95 % quantile 1.812461, as printed in tables of t."""
    rows = pd.DataFrame({"estimate": [1.0], "std_error": [2.0], "df": [10]})
    ends = figures.interval_90(rows)
    assert ends["conf_low_90"][0] == pytest.approx(1 - 2 * 1.812461123, abs=1e-7)
    assert ends["conf_high_90"][0] == pytest.approx(1 + 2 * 1.812461123, abs=1e-7)


# --- marks, languages, files ----------------------------------------------------------------------


def texts(figure: Figure) -> Iterator[Text]:
    """Every text that is printed: ticks outside the limits are not."""
    hidden: set[Text] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if not low - 1e-12 <= tick.get_loc() <= high + 1e-12:
                    hidden |= {tick.label1, tick.label2}
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text().strip() and text not in hidden:
            yield text


@every_kind
@pytest.mark.parametrize("profile", ["simulated", "public"])
def test_simulated_data_are_marked_and_others_are_not(kind: str, profile: str) -> None:
    figure = KINDS[kind](Look(profile))
    marks = [text.get_text() for text in figure.texts]
    assert marks == (["Simulated data, not evidence"] if profile == "simulated" else [])


@NEEDS_FONT
@every_kind
def test_the_mark_is_in_both_languages(kind: str) -> None:
    [mark] = KINDS[kind](SIMULATED).texts
    assert mark.get_text() == "Simulated data, not evidence 模拟数据，不可作为证据"


def is_chinese(text: str) -> bool:
    return any("\u2e80" <= letter <= "\uffef" for letter in text)


@every_kind
def test_without_a_chinese_font_every_letter_is_there(kind: str) -> None:
    figure = rendered(kind, Look("simulated"))
    assert not [text.get_text() for text in texts(figure) if is_chinese(text.get_text())]


@NEEDS_FONT
@every_kind
def test_with_a_chinese_font_every_letter_is_there(kind: str) -> None:
    figure = rendered(kind, SIMULATED)
    drawn = [text.get_text() for text in texts(figure) if text not in figure.texts]
    assert any(map(is_chinese, drawn))


@cache
def rendered(kind: str, look: Look) -> Figure:
    """Drawn as pixels, so that everything has its place; matplotlib warns of missing letters."""
    figure = LAYOUTS[kind](look)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    return figure


def test_no_font_no_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [f for f in font_manager.fontManager.ttflist if f.name not in figure_style.FAMILIES]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", others)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    assert figure_style.chinese_font() is None


@NEEDS_FONT
def test_a_font_installed_since_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    fonts = font_manager.fontManager.ttflist
    chinese = {font.fname for font in fonts if font.name in figure_style.FAMILIES}
    others = [font for font in fonts if font.fname not in chinese]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", others)
    assert figure_style.chinese_font() == FONT


@every_kind
def test_drawing_leaves_the_global_style_alone(kind: str) -> None:
    before = dict(rcParams)
    KINDS[kind](ENGLISH)
    assert dict(rcParams) == before


def test_files_are_vector_and_pixels_and_the_same_each_time(tmp_path: Path) -> None:
    contents = []
    for folder in ("first", "second"):
        figure = KINDS["event_study"](SIMULATED)
        stem = tmp_path / folder / "city.es.2016"
        pdf, png = figure_style.save(figure, stem, title="Effect by year", look=SIMULATED)
        contents.append((pdf.read_bytes(), png.read_bytes()))
    assert (pdf.name, png.name) == ("city.es.2016.pdf", "city.es.2016.png")
    assert contents[0] == contents[1]
    assert contents[0][0].startswith(b"%PDF") and b"/Subtype /Image" not in contents[0][0]
    width, height = (int.from_bytes(contents[0][1][at : at + 4]) for at in (16, 20))
    assert (width, height) == (int(17 / 2.54 * 200), int(10 / 2.54 * 200))


def test_the_properties_of_a_file_say_that_its_data_are_simulated(tmp_path: Path) -> None:
    titles = {}
    for name, look in (("made_up", SIMULATED), ("real", Look("open"))):
        figure = KINDS["event_study"](look)
        _, png = figure_style.save(figure, tmp_path / name, title="Effect by year", look=look)
        with Image.open(png) as image:
            titles[name] = image.info["Title"]
    assert titles == {"made_up": f"Effect by year ({messages.SIMULATED})", "real": "Effect by year"}


def test_an_event_study_shows_the_band_of_all_years_and_other_estimators_beside_it() -> None:
    rows = event_rows().sort_values("relative_year")
    figure = figures.event_study(rows, outcome=OUTCOME, look=Look("open"), beside=beside_rows())
    [axes] = figure.axes
    band = next(c for c in axes.collections if str(c.get_label()).startswith("95 % band"))
    free = rows[~rows["is_reference"]]
    ends = np.array([path.vertices for path in band.get_paths()])
    assert ends[:, 0].tolist() == free[["relative_year", "band_low"]].to_numpy(float).tolist()
    assert ends[:, 1].tolist() == free[["relative_year", "band_high"]].to_numpy(float).tolist()
    lines = {str(line.get_label()): np.asarray(line.get_ydata()) for line in axes.lines}
    for name, label in (
        ("callaway_santanna", "Callaway and Sant'Anna"),
        ("imputation", "Imputation"),
    ):
        own = beside_rows().query(f"method == '{name}'")
        assert lines[label].tolist() == own["estimate"].tolist()


# --- nothing clipped, nothing covered -------------------------------------------------------------


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", LAYOUTS)
def test_texts_lie_within_the_figure_and_apart(kind: str, look: Look) -> None:
    figure = rendered(kind, look)
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    whole = figure.bbox.padded(0.5)
    assert len(boxes) > 5
    assert not [name for name, box in boxes if not inside(box, whole)]
    overlapping = [
        (one, other)
        for (one, box), (other, second) in combinations(boxes, 2)
        if box.padded(-0.5).overlaps(second.padded(-0.5))
    ]
    assert not overlapping


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", LAYOUTS)
def test_legends_and_marks_cover_no_data(kind: str, look: Look) -> None:
    figure = rendered(kind, look)
    apart = [*figure.legends, *figure.texts]
    panels = [axes.get_window_extent() for axes in figure.axes]
    assert all(inside(artist.get_window_extent(), figure.bbox.padded(0.5)) for artist in apart)
    assert not any(a.get_window_extent().overlaps(panel) for a in apart for panel in panels)
    # Room is left for the data: constrained layout gives up silently where it finds none.
    assert all(panel.width > 0.25 * figure.bbox.width for panel in panels)


def inside(box: Bbox, whole: Bbox) -> bool:
    return bool(
        whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0 and box.y1 <= whole.y1
    )


def test_groups_differ_by_more_than_colour() -> None:
    lines = KINDS["index_over_time"](ENGLISH).axes[0].lines[:2]
    assert len({(a.get_linestyle(), str(a.get_marker())) for a in lines}) == 2
    assert lines[0].get_linestyle() != lines[1].get_linestyle()
    assert lines[0].get_marker() != lines[1].get_marker()
    for axes in KINDS["propensity_overlap"](ENGLISH).axes:
        assert len({a.get_linestyle() for a in axes.lines}) == 2
