"""nqp.analyses.index_effects: of what an effect on an index is made, and of which index."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nqp.analyses.index_effects import (
    CONTRIBUTION_COLUMNS,
    SENSITIVITY_COLUMNS,
    effect_contributions,
    index_scores,
    index_sensitivity,
    index_weights,
)
from nqp.analyses.regressions import prepare, regressions
from nqp.analyses.samples import ASSIGNED
from nqp.econometrics.cluster_design import cluster_design
from nqp.econometrics.cluster_inference import cr2_test
from nqp.econometrics.index import (
    CONVENTIONS,
    Indicators,
    bootstrap_weights,
    entropy_weights,
    normalise,
    scores,
)
from nqp.econometrics.panels import codes
from samples_for_tests import SPEC, TREATED, Request, asked_by, frame, samples_of, small_panel

STUDIES = frame(
    {"study": "s", "policy": "bdpz", "index_id": "idx"},
    {"study": "t", "policy": "only", "index_id": None},
)
UNITS = frame(*({"study": "s", "region_code": u, "first_treated_year": y}
                for u, y in (TREATED | {"130000": np.nan}).items()))  # fmt: skip
CHECKS = frame({"study": "s"}, {"study": "t"})
ON_INDEX = SPEC | {"outcome": "idx"}
NAMES = ("a", "b", "c")


def indicators(seed: int = 0, names: tuple[str, ...] = NAMES) -> pd.DataFrame:
    """study, id, region_code, year, value, normalised: random figures for the small panel."""
    random = np.random.default_rng(seed)
    rows = small_panel()[["region_code", "year"]]
    parts = []
    for name in names:
        value = random.uniform(5, 20, len(rows))
        scaled = (value - value.min()) / (value.max() - value.min())
        parts.append(rows.assign(study="s", id=name, value=value, normalised=scaled))
    return pd.concat(parts, ignore_index=True)


def weights_of(*weights: float, names: tuple[str, ...] = NAMES) -> pd.DataFrame:
    return pd.DataFrame({"study": "s", "indicator": names, "weight": weights, "sign": 1})


def panel_with(normalised: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """The small panel with the index, Σ w x."""
    weigh = normalised["id"].map(weights.set_index("indicator")["weight"])
    index = (
        normalised.assign(idx=weigh * normalised["normalised"])
        .groupby(["region_code", "year"])["idx"].sum().reset_index()
    )  # fmt: skip
    return small_panel().merge(index, on=["region_code", "year"])


def contributions(
    normalised: pd.DataFrame, weights: pd.DataFrame, spec: dict[str, Any] = ON_INDEX
) -> tuple[pd.DataFrame, float]:
    """The table, and the effect on the index by the regression itself."""
    samples = samples_of(asked_by(spec), panel=panel_with(normalised, weights))
    table = effect_contributions(samples, frame(spec), STUDIES, normalised, weights)
    fit = regressions(samples, frame(spec), STUDIES)
    return table, float(fit.set_index("term")["estimate"]["bdpz"])


def test_contributions_by_hand() -> None:
    """Two indicators that are themselves the policy's dummy, once and three times as large."""
    rows = small_panel()
    parts = [
        rows[["region_code", "year"]].assign(study="s", id=name, normalised=size * rows["bdpz"])
        for name, size in (("a", 1.0), ("b", 3.0))
    ]
    noise = indicators(names=("c",))
    normalised = pd.concat([*parts, noise], ignore_index=True)
    table, _ = contributions(normalised, weights_of(0.5, 0.25, 0.25))
    assert list(table) == ["spec_id", *CONTRIBUTION_COLUMNS, "status", "reason"]
    own = table.set_index("indicator")
    assert own["weight"].tolist() == [0.5, 0.25, 0.25]
    assert own.loc[["a", "b"], "estimate"].tolist() == pytest.approx([1, 3])
    assert own.loc[["a", "b"], "contribution"].tolist() == pytest.approx([0.5, 0.75])
    third = own["estimate"].to_numpy(dtype=float)[2] * 0.25
    assert own["share"].tolist() == pytest.approx(np.array([0.5, 0.75, third]) / (1.25 + third))


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
    st.sampled_from(["clustered", "conventional"]),
    st.booleans(),
    st.booleans(),
)
def test_contributions_sum_to_the_effect(
    seed: int, raw: list[float], vcov: str, unit_effects: bool, time_effects: bool
) -> None:
    weights = weights_of(*(np.array(raw) / sum(raw)))
    spec = ON_INDEX | {
        "vcov": vcov, "cluster": "region_code" if vcov == "clustered" else None,
        "unit_effects": unit_effects, "time_effects": time_effects,
    }  # fmt: skip
    table, effect = contributions(indicators(seed), weights, spec)
    size = table["contribution"].abs().sum()
    assert table["contribution"].sum() == pytest.approx(effect, abs=1e-10 * size)
    assert table["share"].sum() == pytest.approx(1)


def sensitivity(
    spec: dict[str, Any] = ON_INDEX, first: int = 2016, names: tuple[str, ...] = NAMES
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table, and the index by each convention."""
    normalised = indicators(names=names)
    wide = normalised.pivot(index=["region_code", "year"], columns="id", values="value")
    years = wide.index.get_level_values("year")
    made = scores(
        Indicators(wide.to_numpy(), np.ones(len(names)), codes(years.to_series()),
                   np.asarray(years < first), names)
    )  # fmt: skip
    weights = weights_of(*[1 / len(names)] * len(names), names=names)
    samples = samples_of(asked_by(spec), panel=panel_with(normalised, weights))
    units = UNITS.assign(first_treated_year=UNITS["first_treated_year"].where(
        UNITS["first_treated_year"].isna(), first))  # fmt: skip
    table = index_sensitivity(
        samples, frame(spec), STUDIES, index_scores(normalised, weights, units, CHECKS)
    )
    indexed = {name: pd.Series(v, wide.index) for name, v in made.items() if not isinstance(v, str)}
    return table, indexed


def test_each_convention_is_the_regression_on_its_index() -> None:
    table, made = sensitivity()
    assert list(table) == ["spec_id", *SENSITIVITY_COLUMNS, "status", "reason"]
    names = [*CONVENTIONS, *(f"entropy, without {name}" for name in NAMES)]
    assert table["convention"].tolist() == names
    assert (table["status"] == "estimated").all() and table["reason"].isna().all()
    found = table.set_index("convention")
    for name in names:
        panel = small_panel().set_index(["region_code", "year"]).assign(idx=made[name])
        samples = samples_of(asked_by(ON_INDEX), panel=panel.reset_index())
        own_fit = regressions(samples, frame(ON_INDEX), STUDIES).set_index("term").loc["bdpz"]
        for column in ("estimate", "std_error"):
            assert found.loc[name, column] == pytest.approx(own_fit[column], rel=1e-9), name
        prepared = prepare(samples, ON_INDEX)
        tested = cr2_test(cluster_design(prepared.rows, prepared.spec, ASSIGNED), "bdpz")
        columns = ["cr2_std_error", "cr2_df", "cr2_p_value"]
        by_cr2 = [tested[str(column).removeprefix("cr2_")] for column in columns]
        assert list(found.loc[name, columns]) == pytest.approx(by_cr2, rel=1e-9)
        own, other = (stats.rankdata(made[x]) for x in ("entropy, pooled", name))
        rank_correlation = float(np.corrcoef(own, other)[0, 1])
        assert found.loc[name, "rank_correlation"] == pytest.approx(rank_correlation)


def test_a_study_that_may_not_be_estimated_has_no_scores() -> None:
    normalised, weights = indicators(), weights_of(0.5, 0.3, 0.2)
    assert len(index_scores(normalised, weights, UNITS, CHECKS))
    assert index_scores(normalised, weights, UNITS, CHECKS[1:]).empty


def test_a_convention_that_cannot_be_made_says_why() -> None:
    table, _ = sensitivity(first=2014)
    late = [
        f"entropy, {what} from the years before treatment"
        for what in ("bounds and weights", "bounds", "weights")
    ]
    found = table.set_index("convention")
    assert set(found["status"][late]) == {"not estimable"}
    assert set(found["reason"][late]) == {"no year precedes the first treatment"}
    assert found.loc[late, ["estimate", "std_error", "rank_correlation"]].isna().all(axis=None)
    assert (found.drop(index=late)["status"] == "estimated").all()
    one, _ = sensitivity(names=("a",))
    reasons = one.set_index("convention")["reason"].dropna().to_dict()
    assert reasons == {"CRITIC": "no two indicators vary, each in its own way"}


@pytest.mark.parametrize(
    ("change", "request_", "reason"),
    [
        ({"winsor_upper": 0.9}, {}, "the outcome is winsorised, so that it is no sum of its"),
        ({}, {"weights": {(u, y): 1.0 + (y == 2014) for u in ("110000", "120000", "140000")
                          for y in range(2014, 2019)}}, "the rows are weighted: match with keep"),
        ({}, {"reason": "gap: no data"}, "gap: no data"),
    ],
)  # fmt: skip
def test_an_effect_that_is_no_such_sum_says_why(
    change: dict[str, Any], request_: dict[str, Any], reason: str
) -> None:
    spec, normalised, weights = ON_INDEX | change, indicators(), weights_of(0.5, 0.3, 0.2)
    samples = samples_of(asked_by(spec, **request_), panel=panel_with(normalised, weights))
    for table in (
        effect_contributions(samples, frame(spec), STUDIES, normalised, weights),
        index_sensitivity(
            samples, frame(spec), STUDIES, index_scores(normalised, weights, UNITS, CHECKS)
        ),
    ):
        assert table["status"].tolist() == ["not estimable"]
        assert table["reason"][0].startswith(reason)


def test_an_index_without_figures_says_for_want_of_which() -> None:
    nothing = indicators().iloc[:0]
    panel = small_panel().assign(idx=np.nan)
    for told in ("gap: no data", None):
        request = Request(ON_INDEX["spec_id"], reason=told)
        samples = samples_of(request, panel=panel)
        table = index_sensitivity(
            samples, frame(ON_INDEX), STUDIES,
            index_scores(nothing, weights_of(0.5, 0.3, 0.2), UNITS, CHECKS),
        )  # fmt: skip
        assert table["convention"].tolist() == ["entropy, pooled"]
        assert table["reason"].tolist() == [
            told or "no unit and year has every indicator of the index"
        ]


@pytest.mark.parametrize(
    "spec",
    [
        SPEC,  # another outcome
        ON_INDEX | {"treatment": "bdpz + x", "controls": None},
        SPEC | {"study": "t", "outcome": "only", "treatment": "only"},  # without an index
    ],
)
def test_only_the_policy_on_the_index_is_broken_down(spec: dict[str, Any]) -> None:
    """What is not is left out; the tables have their columns all the same."""
    normalised, weights = indicators(), weights_of(0.5, 0.3, 0.2)
    samples = samples_of(asked_by(ON_INDEX), panel=panel_with(normalised, weights))
    nothing = normalised.iloc[:0], weights.iloc[:0]
    for figures in ((normalised, weights), nothing):
        table = effect_contributions(samples, frame(spec), STUDIES, *figures)
        other = index_sensitivity(
            samples, frame(spec), STUDIES, index_scores(*figures, UNITS, CHECKS)
        )
        assert table.empty and other.empty
        assert list(table) == ["spec_id", *CONTRIBUTION_COLUMNS, "status", "reason"]
        assert list(other) == ["spec_id", *SENSITIVITY_COLUMNS, "status", "reason"]


def test_a_bootstrap_weight_is_that_of_the_sample_with_its_units_repeated() -> None:
    """Units of one to five rows, an indicator of which less is better, and one that is constant."""
    random = np.random.default_rng(2)
    units = np.repeat(np.arange(8), [1, 2, 3, 4, 5, 5, 2, 1])
    values = np.column_stack([random.exponential(size=(len(units), 3)), np.ones(len(units))])
    signs = np.array([1.0, -1.0, 1.0, 1.0])
    found = bootstrap_weights(values, signs, units, 20, 7)
    for k, own in enumerate(found):
        generator = np.random.default_rng(np.random.SeedSequence(7, spawn_key=(k,)))
        chosen = generator.integers(8, size=8)
        rows = np.concatenate([np.flatnonzero(units == unit) for unit in chosen])
        expected = entropy_weights(normalise(values[rows], signs))
        np.testing.assert_allclose(own, expected, rtol=1e-10, atol=1e-14)
    assert np.allclose(found.sum(axis=1), 1) and not found[:, 3].any()
    np.testing.assert_array_equal(bootstrap_weights(values, signs, units, 5, 7), found[:5])


def test_weights_have_the_percentiles_of_the_bootstrap_as_intervals() -> None:
    figures = indicators()
    weights = weights_of(0.5, 0.3, 0.2)
    table = index_weights(figures, weights, frame({"study": "s"}), 99, 3)
    assert table["indicator"].tolist() == list(NAMES) and set(table["draws"]) == {99}
    assert table["weight"].tolist() == [0.5, 0.3, 0.2]
    wide = figures.pivot(index=["region_code", "year"], columns="id", values="value")
    units = codes(wide.index.get_level_values(0).to_series())
    drawn = bootstrap_weights(wide.to_numpy(), np.ones(3), units, 99, 3)
    np.testing.assert_allclose(table["conf_low"], np.quantile(drawn, 0.025, axis=0))
    np.testing.assert_allclose(table["conf_high"], np.quantile(drawn, 0.975, axis=0))
    # Nothing of a study that the gate stops.
    assert index_weights(figures, weights, frame({"study": "t"}), 99, 3).empty
