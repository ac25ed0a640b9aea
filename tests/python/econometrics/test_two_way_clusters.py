"""Errors clustered by two columns, and effects of groups and periods, against other programs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyfixest
import pytest
from linearmodels.panel import PanelOLS

from nqp.econometrics.cluster_design import cluster_design
from nqp.econometrics.group_trends import with_group_trends, with_period_interactions
from nqp.econometrics.outcomes import absorb
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import RegressionSpec, fit
from panels_for_tests import CITY, close, make_panel

TWO_WAY = replace(CITY, second_cluster="year")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of dummies that years absorb
def test_two_way_clusters_are_those_of_linearmodels_scaled() -> None:
    """linearmodels leaves the factor out; ours is (N - 1)/(N - K) G/(G - 1) of the 9 years, with K
    the two controls, the treatment and the constant: both effects lie within clusters."""
    panel = make_panel(40, 9, missing=0.1)
    ours = fit(panel, replace(TWO_WAY, singletons="drop"))
    rows = panel[panel.groupby("region_code")["year"].transform("size") > 1]
    indexed = rows.assign(code=pd.factorize(rows["region_code"])[0]).set_index(
        ["region_code", "year"]
    )
    dummies = pd.get_dummies(indexed.index.get_level_values(1), drop_first=True, dtype=float)
    design = pd.concat(
        [indexed[list(CITY.regressors)], dummies.set_axis(indexed.index).add_prefix("y")], axis=1
    )
    clusters = pd.DataFrame(
        {"a": indexed["code"], "b": indexed.index.get_level_values(1)}, index=indexed.index
    )
    oracle = PanelOLS(indexed["nqp"], design.assign(one=1.0), entity_effects=True).fit(
        cov_type="clustered", clusters=clusters, group_debias=False, debiased=False,
        auto_df=False, count_effects=False,
    )  # fmt: skip
    n = len(rows)
    factor = np.sqrt((n - 1) / (n - 4) * 9 / 8)
    theirs = oracle.std_errors[list(CITY.regressors)] * factor
    close(ours.coefficients["std_error"][:3], theirs, rel=1e-8)
    assert (ours.df_resid, ours.n_clusters) == (8, 9)


def test_two_way_clusters_by_hand() -> None:
    """Eight rows, units a to d in two years, no effects: y = 5 + 2 d + e with e'1 = e'd = 0.

    The scores (d - 1/2) e are -1.5, -.5, 1, 1, .5, .5, -1.5, .5. They add up to -2, 2, 1, -1 by
    unit and to -1.5, 1.5 by year: 10 + 4.5 squared, less 7.5 by row, over (d'd)^2 = 4, times
    7/6 * 2/1 for N = 8, K = 2 and the two years.
    """
    d = np.array([0, 0, 0, 0, 1, 1, 1, 1.0])
    e = np.array([3, 1, -2, -2, 1, 1, -3, 1.0])
    panel = pd.DataFrame(
        {"region_code": list("aabbccdd"), "year": [1, 2] * 4, "d": d, "y": 5 + 2 * d + e}
    )
    spec = RegressionSpec("y", ("d",), (), False, False, "clustered", "region_code", "mean",
                          second_cluster="year")  # fmt: skip
    found = fit(panel, spec).coefficients.set_index("term").loc["d"]
    close([found["estimate"], found["std_error"]], [2, np.sqrt(7 / 4 * 7 / 6 * 2)])


def test_a_variance_that_two_clusterings_make_negative_is_told() -> None:
    """Scores cancel within each unit and each year, and not within rows."""
    panel = pd.DataFrame(
        {
            "region_code": list("aabbccdd"), "year": [1, 2] * 4,
            "d": [0, 0, 0, 0, 1, 1, 1, 1.0], "y": [1, -1, -1, 1, 1, -1, -1, 1.0],
        }
    )  # fmt: skip
    spec = RegressionSpec("y", ("d",), (), False, False, "clustered", "region_code", "mean",
                          second_cluster="year")  # fmt: skip
    with pytest.raises(NotEstimable, match="by region_code and year its variance is not positive"):
        fit(panel, spec)


def test_many_outcomes_refuse_two_clusterings() -> None:
    with pytest.raises(NotEstimable, match="region_code and by year: batches"):
        absorb(make_panel(), TWO_WAY)


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # within pyfixest
@pytest.mark.filterwarnings("ignore::UserWarning")  # collinear dummies
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_effects_of_groups_and_periods_match_pyfixest(missing: float) -> None:
    panel = make_panel(40, 6, missing).assign(
        zone=lambda p: p["province_code"].str[1].astype(int) % 3
    )
    panel["cell"] = panel["zone"].astype(str) + "-" + panel["year"].astype(str)
    spec = replace(CITY, group_periods="zone")
    ours = fit(panel, spec).coefficients.set_index("term")
    oracle = pyfixest.feols(
        "nqp ~ bdpz + gdp + fin + C(cell) | region_code", panel,
        vcov={"CRV1": "region_code"}, fixef_rm="none",
    ).tidy()  # fmt: skip
    for term in CITY.regressors:
        close(ours.loc[term, "estimate"], oracle.loc[term, "Estimate"], rel=1e-6)
        close(ours.loc[term, "std_error"], oracle.loc[term, "Std. Error"], rel=1e-6)
    # The methods for few clusters and the batches have the same regression.
    design = cluster_design(panel, spec, "region_code")
    close(design.estimate[0], ours.loc["bdpz", "estimate"])
    assert absorb(panel, spec).factor == pytest.approx(design.counts.factor)


def test_effects_of_groups_in_clusters_of_groups_are_not_counted() -> None:
    """Each province's years lie in its cluster, as its units do: K is the regressors and 1."""
    panel = make_panel(60, 6)
    n, g = len(panel), panel["province_code"].nunique()
    design = cluster_design(panel, replace(CITY, group_periods="province_code"), "province_code")
    assert design.counts.factor == pytest.approx((n - 1) / (n - 4) * g / (g - 1))


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # within pyfixest
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_controls_by_period_match_pyfixest() -> None:
    panel = make_panel(40, 6)
    panel["before"] = panel.groupby("region_code")["fin"].transform("first")
    extended, spec = with_period_interactions(panel, CITY, ["before"])
    ours = fit(extended, spec).coefficients.set_index("term")
    assert list(ours.index) == [*CITY.regressors, "_cons"]
    oracle = pyfixest.feols(
        "nqp ~ bdpz + gdp + fin + C(year) + C(year):before | region_code", panel,
        vcov={"CRV1": "region_code"},
    ).tidy()  # fmt: skip
    for term in CITY.regressors:
        close(ours.loc[term, "estimate"], oracle.loc[term, "Estimate"], rel=1e-6)
        close(ours.loc[term, "std_error"], oracle.loc[term, "Std. Error"], rel=1e-6)


def test_what_groups_absorb_says_so() -> None:
    panel = make_panel(30, 6).assign(
        d=lambda p: ((p["province_code"] == "110000") & (p["year"] > 2016)) * 1.0
    )
    spec = replace(CITY, treatment=("d",), group_periods="province_code")
    with pytest.raises(
        NotEstimable, match="d is a combination of the region_code effects, the prov"
    ):
        fit(panel, spec)
    drifting, spec = with_group_trends(panel, CITY, "region_code")
    assert fit(drifting, spec).coefficients["term"].tolist() == [*CITY.regressors, "_cons"]
