"""The wild cluster bootstrap against wildboottest, diff-diff and one fit per draw."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nqp.econometrics.cluster_design import ClusterDesign, cluster_design
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import RegressionSpec, fit
from nqp.econometrics.streams import words
from nqp.econometrics.wild_bootstrap import bootstrap_t, wild_bootstrap
from panels_for_tests import CITY, close, make_panel

REFERENCE = Path(__file__).parents[2] / "reference" / "cluster"
PANEL = pd.read_csv(REFERENCE / "panel.csv")
ORACLE = pd.read_csv(REFERENCE / "wild.csv")
SPEC = RegressionSpec("y", ("d",), ("x1", "x2"), True, True, "clustered", "unit", "mean")


def design(cluster: str, weights: str = "none", panel: pd.DataFrame = PANEL) -> ClusterDesign:
    spec = replace(SPEC, weights=None if weights == "none" else weights)
    return cluster_design(panel, spec, cluster, "unit", "year")


@pytest.mark.parametrize("row", list(ORACLE.itertuples()), ids=lambda row: "-".join(row[1:5]))
def test_matches_other_programs(row: pd.Series[float]) -> None:
    given = design(str(row.cluster), str(row.weights))
    result = wild_bootstrap(given, "d", str(row.multipliers), draws=99_999)  # type: ignore[arg-type]
    assert result.draws == row.draws
    if result.enumerated:
        # They leave out the two draws that repeat the sample; one of them loses that to rounding.
        same = result.smallest_p
        assert min(abs(result.p_value - row.p_value - k * same) for k in (0, 1)) < 1e-12
        if np.isfinite(row.conf_low):
            other = wild_bootstrap(given, "d", draws=99_999, level=0.95 - same)
            close([other.conf_low, other.conf_high], [row.conf_low, row.conf_high], rel=1e-7)
        return
    error = np.sqrt(2 * row.p_value * (1 - row.p_value) / row.draws)
    assert abs(result.p_value - row.p_value) < 3 * error
    if np.isfinite(row.conf_low):  # a Monte Carlo error of p, over the slope of p there
        close([result.conf_low, result.conf_high], [row.conf_low, row.conf_high], rel=0.04)


@pytest.mark.parametrize("cluster", ["unit", "province", "year"])
@pytest.mark.parametrize("weights", ["none", "w"])
@pytest.mark.parametrize("rows", ["all", "kept"])
@pytest.mark.parametrize("null", [0.0, 0.7])
def test_draws_match_one_fit_each(rows: str, weights: str, cluster: str, null: float) -> None:
    panel = PANEL if rows == "all" else PANEL[PANEL["kept"] == 1]
    given = design(cluster, weights, panel)
    spec = replace(SPEC, cluster=cluster, weights=None if weights == "none" else weights)
    sample = panel.sort_values(["unit", "year"], ignore_index=True)
    # The restricted regression, as the regression of y - null d on all but d.
    moved = sample.assign(y=sample["y"] - null * sample["d"])
    held = fit(moved, replace(spec, treatment=("x1",), controls=("x2",)), "unit", "year")
    b = held.coefficients.set_index("term")["estimate"]
    net = (moved["y"] - b["x1"] * moved["x1"] - b["x2"] * moved["x2"]).to_numpy()
    w = sample["w"].to_numpy() if weights == "w" else np.ones(len(sample))
    dummies = pd.get_dummies(sample[["unit", "year"]].astype(str)).to_numpy(dtype=float)
    root = np.sqrt(w)
    residual = net - dummies @ np.linalg.lstsq(root[:, None] * dummies, root * net)[0]

    labels, code = np.unique(sample[cluster], return_inverse=True)
    W = np.random.default_rng(5).choice([-1.5, -1, 1, 2], size=(len(labels), 4))
    expected = []
    for draw in W.T:
        outcome = sample["y"] - residual + residual * draw[code]
        term = fit(sample.assign(y=outcome), spec, "unit", "year").coefficients.iloc[0]
        expected.append(abs(term["estimate"] - null) / term["std_error"])
    close(bootstrap_t(given, "d", W, null), expected, rel=1e-9)


def test_enumeration_is_the_loop_over_all_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    few = PANEL[PANEL["province"].isin(["p01", "p02", "p04", "p06", "p10"])]
    given = design("province", "none", few)
    signs = np.array(list(product([1.0, -1.0], repeat=5))).T
    t = bootstrap_t(given, "d", signs)
    result = wild_bootstrap(given, "d", draws=32)
    assert result.enumerated and result.draws == 32
    close(result.p_value, np.mean(t >= abs(result.t_statistic) * (1 - 1e-9)))
    close(result.smallest_p, 2 / 32)
    assert wild_bootstrap(given, "d", draws=9).enumerated
    monkeypatch.setattr("nqp.econometrics.wild_bootstrap.ENUMERATED", 1)
    assert not wild_bootstrap(given, "d", draws=31).enumerated
    # Webb's six values: 6^5 = 7776.
    assert wild_bootstrap(given, "d", "webb", draws=7776).enumerated
    assert not wild_bootstrap(given, "d", "webb", draws=7775).enumerated


# The two-year example of test_cluster_inference: changes 3 and 5 of the treated, 0, 2 and 1 of the
# others. Under the null all five have mean 11/5, deviations (4, 14, -11, -1, -6)/5. With signs
# (1, -1, 1, 1, 1) the treated changes deviate by 4/5 and -14/5, mean -1, residuals +-9/5; the
# others by (-11, -1, -6)/5, mean -6/5, residuals (-1, 1, 0). b = 1/5; scores 1/2 * 9/5, 1/3:
#   V = (2 * (9/10)^2 + 2/9) * 45/28, t^2 = (1/25)/V.
def test_hand_worked() -> None:
    changes = {"a": (1, 3), "b": (1, 5), "c": (0, 0), "d": (0, 2), "e": (0, 1)}
    rows = [(u, t, d * t, 7 + c * t) for u, (d, c) in changes.items() for t in (0, 1)]
    panel = pd.DataFrame(rows, columns=["region_code", "year", "bdpz", "nqp"])
    given = cluster_design(panel, replace(CITY, controls=()), "region_code")
    W = np.array([[1.0, -1, 1, 1, 1]]).T
    close(bootstrap_t(given, "bdpz", W) ** 2, 1 / 25 / ((2 * 0.81 + 2 / 9) * 45 / 28))


def test_draw_k_is_the_same_whatever_the_number() -> None:
    many = words(3, 0, 100, 7)
    assert (many[:10] == words(3, 0, 10, 7)).all()
    assert (many[40:55] == words(3, 40, 15, 7)).all()
    assert (many != words(4, 0, 100, 7)).any()
    with pytest.raises(ValueError, match="expected at least one"):
        words(0, 0, 0, 3)


def test_drawn_p_counts_the_actual_sample() -> None:
    strong = PANEL.assign(y=PANEL["y"] + 100 * PANEL["d"])
    assert wild_bootstrap(design("unit", "none", strong), "d", draws=99).p_value == 0.01


def test_interval_holds_the_values_that_are_not_rejected() -> None:
    given = design("province")
    result = wild_bootstrap(given, "d", draws=999, level=0.9)
    for end, step in ((result.conf_low, -1), (result.conf_high, 1)):
        inside = wild_bootstrap(given, "d", draws=999, null=end - step * 1e-6)
        outside = wild_bootstrap(given, "d", draws=999, null=end + step * 1e-6)
        assert inside.p_value >= 0.1 > outside.p_value


def test_interval_is_unbounded_where_no_value_can_be_rejected() -> None:
    few = PANEL[PANEL["province"].isin(["p01", "p02", "p04", "p05"])]
    result = wild_bootstrap(design("province", "none", few), "d")
    assert result.smallest_p == 2 / 16
    assert (result.conf_low, result.conf_high) == (-np.inf, np.inf)


def test_wrong_arguments_are_refused() -> None:
    given = design("province")
    with pytest.raises(ValueError, match="z is no term"):
        wild_bootstrap(given, "z")
    with pytest.raises(ValueError, match="expected one of rademacher, webb"):
        wild_bootstrap(given, "d", "mammen")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="draws is 0"):
        wild_bootstrap(given, "d", draws=0)
    exact = PANEL.assign(y=PANEL["d"] * 2.0 + PANEL["year"])
    with pytest.raises(NotEstimable, match="no standard error for d"):
        wild_bootstrap(design("province", "none", exact), "d")


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), scale=st.floats(1e-3, 1e3), shift=st.floats(-50, 50))
def test_units_of_measurement_do_not_matter(seed: int, scale: float, shift: float) -> None:
    panel = make_panel(40, 4)
    panel["nqp"] += np.random.default_rng(seed).normal(size=len(panel))
    other = panel.assign(nqp=panel["nqp"] * scale + shift)
    spec = replace(CITY, controls=())
    one, two = (
        wild_bootstrap(cluster_design(p, spec, "province_code"), "bdpz", draws=500)
        for p in (panel, other)
    )
    close(two.p_value, one.p_value)
    close([two.conf_low, two.conf_high], scale * np.array([one.conf_low, one.conf_high]), rel=1e-5)
