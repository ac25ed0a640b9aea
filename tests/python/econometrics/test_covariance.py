"""nqp.econometrics.covariance by hand, and against the covariances of linearmodels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

from nqp.econometrics.covariance import COVARIANCES, Counts, count
from nqp.econometrics.panels import NotEstimable, sums
from nqp.econometrics.regression import RegressionSpec, fit
from panels_for_tests import CITY, NO_EFFECTS, close, make_panel


def test_factors_and_degrees_of_freedom_by_hand() -> None:
    """20 rows and 8 parameters, of which 4 are effects nested in five clusters."""
    clustered = Counts(n_obs=20, n_parameters=8, n_nested=4, n_clusters=5)
    assert clustered.factor == pytest.approx(19 / 16 * 5 / 4)
    assert clustered.df_resid == 4
    assert replace(clustered, n_nested=0).factor == pytest.approx(19 / 12 * 5 / 4)
    conventional = replace(clustered, n_clusters=None)
    assert (conventional.factor, conventional.df_resid) == (1 / 12, 12)


@pytest.mark.parametrize(
    ("clusters", "nested"),
    [
        ([0, 0, 0, 1, 1, 1], 2),  # the units themselves, but not the years
        ([0, 0, 0, 0, 0, 1], 0),  # one unit lies in both
        ([0, 1, 2, 0, 1, 2], 2),  # the years
        ([0, 1, 2, 3, 4, 5], 0),
    ],
)
def test_effects_within_clusters_are_not_counted_again(clusters: list[int], nested: int) -> None:
    """Two units with one parameter told as two, three years with two; no effect of one level."""
    units, years = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2])
    found = count(9, 3, [(units, 2), (years, 2)], [np.array(clusters)])
    assert found == Counts(9, 7, nested, max(clusters) + 1)
    assert count(9, 3, [(units, 2), (years, 2)]) == Counts(9, 7, 0, None)
    # An effect that is off has one level and no parameter, wherever it lies.
    assert count(9, 3, [(np.zeros(6, dtype=int), 0)], [np.array(clusters)]).n_nested == 0


def test_what_leaves_no_degrees_of_freedom_is_told() -> None:
    codes = np.array([0, 1, 0, 1])
    with pytest.raises(NotEstimable, match="no residual degrees of freedom: 4 complete rows for 4"):
        count(4, 3, [(codes, 1)])
    with pytest.raises(NotEstimable, match="only one cluster: province_code is 110000 in all 4"):
        count(4, 1, [], [np.zeros(4, dtype=int)], ["province_code is 110000"])


def test_covariances_of_one_regressor_by_hand() -> None:
    """y = b x on x = (1, 1, 2, 0): x'x = 6, influence x/6; residuals 1, 2, -1.5, 3.

    Clusters of two: scores 3 and -3, so 18/36; by rows: 1 + 4 + 9 + 0, which is no kind of ours.
    """
    x, residuals = np.array([1.0, 1, 2, 0]), np.array([1.0, 2, -1.5, 3])
    influence, clusters = (x / 6)[:, None], np.array([0, 0, 1, 1])
    counts = Counts(n_obs=4, n_parameters=1, n_nested=0, n_clusters=2)
    [[clustered]] = COVARIANCES["clustered"](influence, residuals, [clusters], counts)
    assert clustered == pytest.approx((9 + 9) / 36 * (3 / 3) * (2 / 1))
    plain = replace(counts, n_clusters=None)
    [[conventional]] = COVARIANCES["conventional"](influence, residuals, (), plain)
    assert conventional == pytest.approx((1 + 4 + 2.25 + 9) / 3 / 6)


def test_sums_by_level() -> None:
    levels = np.array([1, 0, 1])
    assert (sums(levels) @ np.array([1.0, 10, 100])).tolist() == [10, 101]
    assert (sums(levels, np.array([2.0, 3, 4])) @ np.array([1.0, 10, 100])).tolist() == [30, 402]


FORMS = [
    pytest.param({}, id="two-way"),
    pytest.param({"time_effects": False}, id="unit only"),
    pytest.param({"unit_effects": False}, id="time only"),
    pytest.param(NO_EFFECTS, id="pooled"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("constant", ["mean", "base"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["region_code", "province_code", None])
def test_covariances_are_those_of_linearmodels_scaled(
    form: dict[str, Any], constant: Literal["mean", "base"], weighted: bool, kind: str | None
) -> None:
    """Its own have no factor for clusters, and 1/N for the residuals of the conventional one."""
    panel = make_panel(30, 7, missing=0.1)
    panel["w"] = np.random.default_rng(2).uniform(0.5, 2, len(panel))
    spec: RegressionSpec = replace(
        CITY, **form, constant=constant, vcov="clustered" if kind else "conventional",
        cluster=kind, weights="w" if weighted else None,
    )  # fmt: skip
    ours = fit(panel, spec)

    names = list(spec.regressors)
    dummies = {
        key: pd.get_dummies(panel[key], prefix=key, drop_first=True, dtype=float)
        for key in ("region_code", "year")
    }
    columns = [panel[names], pd.Series(1.0, panel.index, name="_cons")]
    columns += [dummies["year"]] * spec.time_effects
    # The base constant is an intercept of its own, which needs the units as dummies.
    absorbed = spec.unit_effects and constant == "mean"
    columns += [dummies["region_code"]] * (spec.unit_effects and not absorbed)
    index = pd.MultiIndex.from_arrays([panel["region_code"], panel["year"]])
    model = PanelOLS(
        pd.DataFrame(panel[["nqp"]].to_numpy(), index=index),
        pd.concat(columns, axis=1).set_axis(index),
        entity_effects=absorbed,
        weights=pd.Series(panel["w"].to_numpy(), index=index) if weighted else None,
    )
    how: dict[str, Any] = {"debiased": False, "auto_df": False, "count_effects": False}
    n, units = len(panel), panel["region_code"].nunique()
    k = 1 + len(names) + (units - 1) * spec.unit_effects + 6 * spec.time_effects
    if kind is None:
        theirs, factor = model.fit(cov_type="unadjusted", **how), n / (n - k)
    else:
        g = panel[kind].nunique()
        k -= (units - 1) * spec.unit_effects  # nested in the clusters
        factor = (n - 1) / (n - k) * g / (g - 1)
        clusters: Any = pd.Series(panel[kind].factorize()[0], index=index)
        theirs = model.fit(cov_type="clustered", clusters=clusters, group_debias=False, **how)
    # The mean constant is read at other values of the dummies than theirs.
    shown = [*names, "_cons"] if constant == "base" or not any(form_of(spec)) else names
    close(
        ours.covariance.loc[shown, shown], factor * theirs.cov.loc[shown, shown], rel=1e-6,
        absolute=1e-12,
    )  # fmt: skip


def form_of(spec: RegressionSpec) -> tuple[bool, bool]:
    return spec.unit_effects, spec.time_effects
