"""Regressions against arithmetic by hand, certified values, pyfixest and statsmodels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyfixest
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.tools.sm_exceptions import SingularMatrixWarning

from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import (
    RegressionFit,
    RegressionSpec,
    fit,
    least_squares,
    stars,
)
from panels_for_tests import CITY, NO_EFFECTS, PROVINCE, close, hand_panel, make_panel


def rows(result: RegressionFit, column: str) -> dict[str, float]:
    return dict(zip(result.coefficients["term"], result.coefficients[column], strict=True))


# Three units, two years, A treated in year 2; outcomes A 1 -> 4, B 2 -> 4, C 3 -> 3.
#   changes: A 3, B 2, C 0. Year effect = (2 + 0)/2 = 1, coefficient = 3 - 1 = 2.
#   residuals (year 1, year 2): A (0, 0), B (-1/2, 1/2), C (1/2, -1/2); RSS = 1.
#   bdpz net of both effects: A (-1/3, 1/3), B and C (1/6, -1/6); its square sum is 1/3.
#   R2: mean 17/6, TSS = 55 - 6 * (17/6)^2 = 41/6, R2 = 1 - 6/41 = 35/41;
#       k = 1 + 1 + 2 + 1 = 5, adjusted = 1 - 6/41 * 5/1 = 11/41.
#   mean constant: 17/6 - 1/6 * 2 = 5/2. Base constant: A in year 1, 1.
# Clustered: scores A 0, B -1/6, C 1/6; meat 1/18, sandwich 9/18 = 1/2; K = 1 + 1 + 1 = 3, so the
#   factor is 5/3 * 3/2 = 5/2 and the variance 5/4. t = 4/sqrt(5) on 2 degrees of freedom, where
#   p = 1 - t/sqrt(2 + t^2). The constant moves with the coefficient: s.e. 1/6 of it (the year
#   dummies are centred, the residuals of a unit sum to zero).
# Conventional: s2 = 1/(6 - 5) = 1, variance 1/(1/3) = 3; t = 2/sqrt(3) on 1 degree of freedom,
#   where p = 1 - 2/pi * atan(t). Mean constant: 1/6 + 1/36 * 3 = 1/4. Base constant: it is the
#   outcome of A in year 1 itself, fitted exactly, so its variance is s2 = 1.
def test_hand_worked_clustered() -> None:
    result = fit(hand_panel(), replace(CITY, controls=()))
    close(rows(result, "estimate")["bdpz"], 2)
    close(rows(result, "std_error")["bdpz"], np.sqrt(5) / 2)
    close(rows(result, "t_statistic")["bdpz"], 4 / np.sqrt(5))
    close(rows(result, "p_value")["bdpz"], 1 - np.sqrt(3.2 / 5.2))
    close(rows(result, "estimate")["_cons"], 2.5)
    close(rows(result, "std_error")["_cons"], np.sqrt(5) / 12)
    close([result.r2, result.r2_adj], [35 / 41, 11 / 41])
    assert (result.n_obs, result.n_units, result.n_clusters, result.df_resid) == (6, 3, 3, 2)


@pytest.mark.parametrize(("constant", "cons", "cons_se"), [("mean", 2.5, 0.5), ("base", 1, 1)])
def test_hand_worked_conventional(constant: Any, cons: float, cons_se: float) -> None:
    result = fit(hand_panel(), replace(PROVINCE, controls=(), constant=constant))
    close(result.coefficients["estimate"], [2, cons])
    close(result.coefficients["std_error"], [np.sqrt(3), cons_se])
    close(rows(result, "p_value")["bdpz"], 1 - 2 / np.pi * np.arctan(2 / np.sqrt(3)))
    close([result.r2, result.r2_adj], [35 / 41, 11 / 41])
    assert (result.n_clusters, result.df_resid) == (None, 1)


def test_standard_error_that_is_only_rounding_is_missing() -> None:
    # The base constant of the hand-worked case is 1 whatever B and C do: its clustered variance
    # is zero, and a star on it would be an accident of the last digit.
    result = fit(hand_panel(), replace(CITY, controls=(), constant="base"))
    close(rows(result, "estimate")["_cons"], 1)
    assert np.isnan(rows(result, "std_error")["_cons"])


def test_longley_certified_values() -> None:
    # NIST StRD, linear regression, Longley (1967): 16 years, levels from 83 to 554,894, condition
    # number 5e9. The published digits, as one unit without effects.
    data = sm.datasets.longley.load_pandas().data.assign(unit="US", year=range(16))
    names = ("GNPDEFL", "GNP", "UNEMP", "ARMED", "POP", "YEAR")
    spec = replace(
        PROVINCE, outcome="TOTEMP", treatment=names[:1], controls=names[1:], **NO_EFFECTS
    )
    estimate = [15.0618722713733, -0.358191792925910e-1, -2.02022980381683, -1.03322686717359]
    estimate += [-0.511041056535807e-1, 1829.15146461355, -3482258.63459582]
    std_error = [84.9149257747669, 0.334910077722432e-1, 0.488399681651699, 0.214274163161675]
    std_error += [0.226073200069370, 455.478499142212, 890420.383607373]
    result = fit(data, spec, unit="unit")
    close(result.coefficients["estimate"], estimate, rel=1e-10)
    close(result.coefficients["std_error"], std_error, rel=1e-10)
    close(result.r2, 0.995479004577296, rel=1e-13)


# pyfixest with unit effects and period dummies, the form in which it counts parameters rightly.
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # within pyfixest
@pytest.mark.parametrize("cluster", ["region_code", "province_code"])
@pytest.mark.parametrize("missing", [0.0, 0.1], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize(
    ("unit_effects", "time_effects"),
    [(True, True), (True, False), (False, True), (False, False)],
    ids=["two-way", "unit only", "time only", "pooled"],
)
def test_clustered_matches_pyfixest(
    unit_effects: bool, time_effects: bool, missing: float, cluster: str
) -> None:
    panel = make_panel(missing=missing)
    spec = replace(CITY, unit_effects=unit_effects, time_effects=time_effects, cluster=cluster)
    formula = (
        "nqp ~ bdpz + gdp + fin" + " + C(year)" * time_effects + " | region_code" * unit_effects
    )
    oracle = pyfixest.feols(formula, panel, vcov={"CRV1": cluster}, fixef_rm="none").tidy()
    result = fit(panel, spec, level=0.95).coefficients.set_index("term")
    for ours, theirs in {
        "estimate": "Estimate",
        "std_error": "Std. Error",
        "t_statistic": "t value",
        "p_value": "Pr(>|t|)",
        "conf_low": "2.5%",
        "conf_high": "97.5%",
    }.items():
        # pyfixest takes p from 1 - cdf, which is good to 1e-16, not to the last digit of p.
        absolute = 1e-15 if ours == "p_value" else 0.0
        for term in spec.regressors:
            close(result.loc[term, ours], oracle.loc[term, theirs], absolute=absolute)
        if not (unit_effects or time_effects):
            close(result.loc["_cons", ours], oracle.loc["Intercept", theirs], absolute=absolute)


def dummy_regression(panel: pd.DataFrame, spec: RegressionSpec) -> tuple[Any, pd.DataFrame]:
    """statsmodels on explicit dummies, centred for the mean constant, raw for the base one."""
    weights = panel[spec.weights] if spec.weights else pd.Series(1.0, panel.index)
    effects = {"region_code": spec.unit_effects, "year": spec.time_effects}
    on = [name for name, included in effects.items() if included]
    dummies = pd.concat(
        [pd.get_dummies(panel[name], prefix=name, drop_first=True, dtype=float) for name in on]
        or [pd.DataFrame(index=panel.index)],
        axis=1,
    )
    if spec.constant == "mean":
        dummies -= np.average(dummies, axis=0, weights=weights)
    x = sm.add_constant(pd.concat([panel[list(spec.regressors)], dummies], axis=1))
    model = (
        sm.WLS(panel[spec.outcome], x, weights) if spec.weights else sm.OLS(panel[spec.outcome], x)
    )
    codes = panel[spec.cluster].factorize()[0] if spec.cluster else None
    clustered = {"cov_type": "cluster", "cov_kwds": {"groups": codes}} if spec.cluster else {}
    return model.fit(**clustered), x


FORMS = [
    pytest.param({}, id="two-way"),
    pytest.param({"time_effects": False}, id="unit only"),
    pytest.param({"unit_effects": False}, id="time only"),
    pytest.param(NO_EFFECTS, id="pooled"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("missing", [0.0, 0.1], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize("constant", ["mean", "base"])
def test_conventional_matches_dummy_regression(
    constant: Any, missing: float, form: dict[str, Any]
) -> None:
    panel = make_panel(28, 11, missing)
    spec = replace(PROVINCE, constant=constant, **form)
    oracle, _ = dummy_regression(panel, spec)
    result = fit(panel, spec)
    terms = [*spec.regressors, "const"]
    close(result.coefficients["estimate"], oracle.params[terms])
    close(result.coefficients["std_error"], oracle.bse[terms])
    close(result.coefficients["p_value"], oracle.pvalues[terms])
    close(result.covariance, oracle.cov_params().loc[terms, terms])
    close([result.r2, result.r2_adj], [oracle.rsquared, oracle.rsquared_adj])
    assert result.df_resid == oracle.df_resid
    assert result.n_obs == len(panel)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("constant", ["mean", "base"])
@pytest.mark.parametrize(
    ("cluster", "nested"),
    [
        ("region_code", {"unit_effects"}),
        ("province_code", {"unit_effects"}),
        ("year", {"time_effects"}),
    ],
)
def test_clustered_constant_and_parameter_count(
    cluster: str, nested: set[str], constant: Any, form: dict[str, Any]
) -> None:
    # Dummies count every effect: (N - K)/(N - K') turns their factor into that with the nested
    # effects left out, here counted from the columns of the design.
    panel = make_panel(28, 11, 0.1)
    spec = replace(CITY, cluster=cluster, constant=constant, **form)
    oracle, x = dummy_regression(panel, spec)
    prefix = {"unit_effects": "region_code_", "time_effects": "year_"}
    left_out = sum(x.columns.str.startswith(prefix[name]).sum() for name in nested)
    n, k = x.shape
    scale = np.sqrt((n - k) / (n - k + left_out))
    terms = [*spec.regressors, "const"]
    result = fit(panel, spec)
    close(result.coefficients["estimate"], oracle.params[terms])
    close(result.coefficients["std_error"], oracle.bse[terms] * scale)
    close([result.r2, result.r2_adj], [oracle.rsquared, oracle.rsquared_adj])
    assert result.n_clusters == panel[cluster].nunique() == result.df_resid + 1
    t = oracle.params[terms] / oracle.bse[terms] / scale
    close(result.coefficients["p_value"], 2 * stats.t.sf(t.abs(), panel[cluster].nunique() - 1))


def test_parameters_counted_as_the_city_paper_does() -> None:
    # 284 cities, 9 years, 6 regressors: R2 .9784 and adjusted .9756 on 2,556 rows, t(283).
    panel = make_panel(284, 9)
    extra = np.random.default_rng(0).normal(size=(len(panel), 3))
    panel[["str", "com", "gov"]] = extra
    result = fit(panel, replace(CITY, controls=("gdp", "fin", "str", "com", "gov")))
    assert (result.n_obs, result.n_units, result.df_resid) == (2556, 284, 283)
    inflation = (1 - result.r2_adj) / (1 - result.r2)
    close(inflation, 2555 / (2556 - 298))
    assert round(1 - inflation * (1 - 0.9784), 4) == 0.9756


def test_redundant_period_dummies_are_not_counted() -> None:
    # Units seen only in the first years and units seen only in the last: the two halves share no
    # period, so one more period dummy is a sum of unit dummies.
    panel = make_panel(20, 8)
    early = panel["region_code"].rank(method="dense") <= 10
    panel = panel[early == (panel["year"] < 2018)]
    with pytest.warns(SingularMatrixWarning):
        oracle, x = dummy_regression(panel, replace(PROVINCE, constant="mean"))
    rank = np.linalg.matrix_rank(x.to_numpy())
    assert rank == x.shape[1] - 1
    result = fit(panel, replace(PROVINCE, constant="mean"))
    assert result.df_resid == len(panel) - rank
    close(1 - result.r2_adj, oracle.ssr / (len(panel) - rank) / panel["nqp"].var())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("constant", ["mean", "base"])
@pytest.mark.parametrize("weights", [None, "weight"])
def test_projection_and_linearmodels_agree(
    form: dict[str, Any], constant: Any, weights: str | None
) -> None:
    panel = make_panel(missing=0.1).assign(weight=lambda p: 1.0 + np.arange(len(p)) % 3)
    spec = replace(CITY, **form, constant=constant, weights=weights)
    fitted, projected = fit(panel, spec), least_squares(panel, spec)
    table, covariance, counts = projected.tested(spec.vcov, projected.labels)
    pd.testing.assert_frame_equal(table, fitted.coefficients, rtol=1e-10, atol=1e-13)
    pd.testing.assert_frame_equal(covariance, fitted.covariance, rtol=1e-10, atol=1e-13)
    assert counts.df_resid == fitted.df_resid


@pytest.mark.parametrize("spec", [CITY, PROVINCE], ids=["city", "province"])
def test_row_order_changes_nothing(spec: RegressionSpec) -> None:
    panel = make_panel(missing=0.1)
    expected, result = fit(panel, spec), fit(panel.sample(frac=1, random_state=3), spec)
    pd.testing.assert_frame_equal(result.coefficients, expected.coefficients, check_exact=True)


@pytest.mark.parametrize("spec", [CITY, PROVINCE], ids=["city", "province"])
def test_shifting_the_outcome_moves_only_the_constant(spec: RegressionSpec) -> None:
    panel = make_panel(missing=0.1)
    before = fit(panel, spec).coefficients
    after = fit(panel.assign(nqp=panel["nqp"] + 7), spec).coefficients
    close(after["estimate"] - before["estimate"] + 1, [1, 1, 1, 8], rel=1e-12)
    close(after["std_error"], before["std_error"], rel=1e-10)


@pytest.mark.parametrize("spec", [CITY, PROVINCE], ids=["city", "province"])
def test_units_of_measurement_only_scale_coefficients(spec: RegressionSpec) -> None:
    # Yuan beside shares: 1e12, 1e-9 and an offset far above the variation, in one regression.
    panel = make_panel(missing=0.1)
    before = fit(panel, spec)
    scaled = panel.assign(gdp=panel["gdp"] * 1e12, fin=panel["fin"] * 1e-9 + 1e-6)
    after = fit(scaled, spec)
    assert after.dropped == ()
    for column in ("estimate", "std_error"):
        expected, actual = rows(before, column), rows(after, column)
        close(actual["bdpz"], expected["bdpz"])
        close(actual["gdp"] * 1e12, expected["gdp"])
        close(actual["fin"] * 1e-9, expected["fin"])


def test_several_treatments_and_the_covariance_between_them() -> None:
    panel = make_panel()
    pair = replace(CITY, treatment=("bdpz", "gdp"), controls=("fin",))
    result = fit(panel, pair)
    assert list(result.coefficients["term"]) == ["bdpz", "gdp", "fin", "_cons"]
    summed = fit(panel.assign(gdp=panel["gdp"] - panel["bdpz"]), pair)  # b(bdpz) + b(gdp)
    close(rows(summed, "estimate")["bdpz"], result.coefficients["estimate"][:2].sum())
    variance = result.covariance.loc[["bdpz", "gdp"], ["bdpz", "gdp"]].to_numpy().sum()
    close(rows(summed, "std_error")["bdpz"], np.sqrt(variance))


def test_later_collinear_control_is_dropped() -> None:
    panel = make_panel(missing=0.1)
    panel["trend"] = panel["year"] - 2000.0
    panel["both"] = 3 * panel["gdp"] - 1e4 * panel["fin"]
    controls = ("trend", "gdp", "fin", "both")
    result = fit(panel, replace(CITY, controls=controls))
    assert result.dropped == ("trend", "both")
    expected = fit(panel, CITY)
    pd.testing.assert_frame_equal(result.coefficients, expected.coefficients, rtol=1e-10)
    close(result.r2_adj, expected.r2_adj)


def test_almost_collinear_control_is_kept_and_hides_nothing() -> None:
    # gdp and near span gdp and the noise between them, so near has the noise's coefficient in
    # other units; what depends on both exactly must still be seen as such.
    panel = make_panel()
    panel["noise"] = np.random.default_rng(5).normal(size=len(panel))
    panel["near"] = panel["gdp"] + 1e-7 * panel["noise"]
    panel["exact"] = 0.5 * panel["near"] + 2 * panel["gdp"] - panel["fin"]
    result = fit(panel, replace(CITY, controls=("gdp", "near", "fin", "exact")))
    expected = fit(panel, replace(CITY, controls=("gdp", "noise", "fin")))
    assert result.dropped == ("exact",)
    for column in ("estimate", "std_error"):
        actual, reference = rows(result, column), rows(expected, column)
        close(actual["bdpz"], reference["bdpz"])
        close(actual["near"] * 1e-7, reference["noise"], rel=1e-7)


def test_incomplete_rows_are_left_out() -> None:
    panel = make_panel()
    holes = panel.copy()
    holes.loc[3, "nqp"] = np.nan
    holes.loc[17, "gdp"] = -np.inf  # ln 0
    holes.loc[40, "region_code"] = None
    holes["fin"] = holes["fin"].astype("Float64").mask(holes.index == 60)
    holes["unused"] = np.nan
    expected = fit(panel.drop(index=[3, 17, 40, 60]), CITY)
    result = fit(holes, CITY)
    assert result.n_obs == len(panel) - 4
    pd.testing.assert_frame_equal(result.coefficients, expected.coefficients, check_exact=True)


def test_units_seen_once_enter_only_the_counts() -> None:
    panel = make_panel(missing=0.1)
    single = panel["region_code"] == panel["region_code"].iloc[0]
    assert single.sum() == 1
    kept, without = fit(panel, CITY), fit(panel[~single], CITY)
    close(kept.coefficients["estimate"][:3], without.coefficients["estimate"][:3])
    n, g, k = without.n_obs, 59, 1 + 3 + 8
    factor = [(m - 1) / (m - k) * c / (c - 1) for m, c in ((n + 1, g + 1), (n, g))]
    ratio = rows(kept, "std_error")["bdpz"] / rows(without, "std_error")["bdpz"]
    close(ratio, np.sqrt(factor[0] / factor[1]))


def panel_with_singletons() -> pd.DataFrame:
    """One unit is seen once; another in two years, of which no other unit has the first."""
    panel = make_panel(missing=0.1)
    some = panel[panel["region_code"] == panel["region_code"].iloc[20]]
    more = some.iloc[:2].assign(region_code="999999", province_code="990000", year=[1990, 2016])
    both: pd.DataFrame = pd.concat([panel, more], ignore_index=True)
    return both


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # within pyfixest
@pytest.mark.filterwarnings("ignore:.*singleton fixed effect:UserWarning")
@pytest.mark.parametrize("cluster", ["region_code", "province_code"])
def test_singletons_are_dropped_as_pyfixest_drops_them(cluster: str) -> None:
    """And reghdfe: until none is left. The year 1990 leaves its unit with one row."""
    panel = panel_with_singletons()
    spec = replace(CITY, cluster=cluster, singletons="drop")
    result = fit(panel, spec)
    both = pyfixest.feols(
        "nqp ~ bdpz + gdp + fin | region_code + year", panel, vcov={"CRV1": cluster},
        fixef_rm="singleton",
    )  # fmt: skip
    assert result.n_obs == both._N == len(panel) - 3
    assert result.n_singletons == 3
    assert result.n_units == 59
    table = result.coefficients.set_index("term")
    close(table.loc[list(spec.regressors), "estimate"], both.coef()[list(spec.regressors)])
    close(result.r2, both._r2)
    close(result.r2_within, both._r2_within)
    # The years as dummies, the form that counts parameters as reghdfe, on what is left.
    alone = panel["region_code"].isin(["999999", panel["region_code"][0]])
    left = pyfixest.feols(
        "nqp ~ bdpz + gdp + fin + C(year) | region_code", panel[~alone], vcov={"CRV1": cluster},
        fixef_rm="singleton",
    ).tidy()  # fmt: skip
    close(table.loc[list(spec.regressors), "std_error"],
          left.loc[list(spec.regressors), "Std. Error"])  # fmt: skip
    assert result.n_clusters == panel.loc[~alone, cluster].nunique()


def test_singletons_that_are_kept_are_counted() -> None:
    panel = panel_with_singletons()
    kept, dropped = fit(panel, CITY), fit(panel, replace(CITY, singletons="drop"))
    assert (kept.n_obs, kept.n_singletons) == (len(panel), 3)
    close(kept.coefficients["estimate"][:3], dropped.coefficients["estimate"][:3])
    # 61 units and ten years with a base, or 59 and nine: no more differs than the factors.
    n = dropped.n_obs
    factor = [
        (m - 1) / (m - k) * g / (g - 1) for m, k, g in ((n + 3, 1 + 3 + 9, 61), (n, 1 + 3 + 8, 59))
    ]
    ratio = kept.coefficients["std_error"][:3] / dropped.coefficients["std_error"][:3]
    close(ratio, np.sqrt(factor[0] / factor[1]))
    # Of the units alone two rows are left of one; without effects no row is alone.
    units = replace(CITY, time_effects=False)
    assert fit(panel, units).n_singletons == 1
    assert fit(panel, replace(CITY, **NO_EFFECTS)).n_singletons == 0


def test_rows_that_are_all_alone_are_not_estimable() -> None:
    panel = make_panel()
    alone = panel[panel["region_code"].rank(method="dense") == panel["year"] - 2013]
    with pytest.raises(NotEstimable, match="no rows are left: each of 9 alone has the effect of"):
        fit(alone, replace(CITY, singletons="drop"))


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # within pyfixest
@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize(
    ("formula", "form"),
    [
        (" | region_code + year", {}),
        (" | region_code", {"time_effects": False}),
        (" | year", {"unit_effects": False}),
    ],
)
def test_what_is_explained_within_the_effects_matches_pyfixest(
    formula: str, form: dict[str, Any], weights: str | None
) -> None:
    panel = make_panel(missing=0.1)
    panel["w"] = np.random.default_rng(1).uniform(0.5, 2, len(panel))
    oracle = pyfixest.feols(
        f"nqp ~ bdpz + gdp + fin{formula}", panel, vcov={"CRV1": "region_code"}, fixef_rm="none",
        weights=weights,
    )  # fmt: skip
    found = fit(panel, replace(CITY, **form, weights=weights))
    close(found.r2_within, oracle._r2_within)
    # Without effects, what is within them is all there is.
    pooled = fit(panel, replace(CITY, **NO_EFFECTS, weights=weights))
    close(pooled.r2_within, pooled.r2)


# The hand-worked case with weights A 1, B 3, C 1. Year effect = (3 * 2 + 0)/4 = 3/2, coefficient
#   3 - 3/2. Residuals: A (0, 0), B (-1/4, 1/4), C (3/4, -3/4); as given, RSS = 3/8 + 9/8 = 3/2.
#   bdpz net of both effects: its year effect is 1/5, so A (-2/5, 2/5), B and C (1/10, -1/10); its
#   square sum is 8/25 + 4 * 2/100 = 2/5.
#   Weighted means: nqp (5 + 3 * 6 + 6)/10 = 29/10, bdpz 1/10. Mean constant 29/10 - 3/20 = 11/4.
#   TSS = 17 + 3 * 20 + 18 - 10 * (29/10)^2 = 109/10; R2 = 1 - 15/109, adjusted 1 - 15/109 * 5/1.
# Clustered: scores B -3 * 1/20, C 3/20; sandwich 2 * 9/400/(4/25) = 9/32, times 5/2 is 45/64. The
#   constant moves with the coefficient, by 1/10 of it.
# Conventional: weights add up to 10 as given and to 6 scaled, so RSS = s2 = 9/10 and the square sum
#   is 6/25: variance 15/4. Mean constant: 9/10 * 1/6 + 15/400 = 3/16. Base constant: the outcome of
#   A in year 1, whose weight is 3/5: 9/10/(3/5) = 3/2.
WEIGHTED_HAND = replace(CITY, controls=(), weights="w")


def weighted_hand_panel() -> pd.DataFrame:
    return hand_panel().assign(w=[1, 1, 3, 3, 1, 1])


def test_weighted_by_hand_clustered() -> None:
    result = fit(weighted_hand_panel(), WEIGHTED_HAND)
    close(result.coefficients["estimate"], [1.5, 2.75])
    close(result.coefficients["std_error"], [np.sqrt(45) / 8, np.sqrt(45) / 80])
    close([result.r2, result.r2_adj], [94 / 109, 34 / 109])
    assert (result.n_obs, result.n_units, result.n_clusters, result.df_resid) == (6, 3, 3, 2)


@pytest.mark.parametrize(
    ("constant", "cons", "cons_se"), [("mean", 2.75, np.sqrt(3) / 4), ("base", 1, np.sqrt(1.5))]
)
def test_weighted_by_hand_conventional(constant: Any, cons: float, cons_se: float) -> None:
    spec = replace(WEIGHTED_HAND, vcov="conventional", cluster=None, constant=constant)
    result = fit(weighted_hand_panel(), spec)
    close(result.coefficients["estimate"], [1.5, cons])
    close(result.coefficients["std_error"], [np.sqrt(15) / 2, cons_se])
    close([result.r2, result.r2_adj], [94 / 109, 34 / 109])
    assert (result.n_clusters, result.df_resid) == (None, 1)


def weighted_panel(n_units: int = 60, n_years: int = 9, missing: float = 0.0) -> pd.DataFrame:
    """Weights from a twentieth to twenty that differ between and within units."""
    panel = make_panel(n_units, n_years, missing)
    rng = np.random.default_rng(9)
    of_unit = rng.normal(size=n_units)[panel["region_code"].factorize()[0]]
    return panel.assign(w=np.exp(of_unit + 0.5 * rng.normal(size=len(panel))))


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # within pyfixest
@pytest.mark.parametrize("cluster", ["region_code", "province_code"])
@pytest.mark.parametrize("missing", [0.0, 0.1], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize(
    ("unit_effects", "time_effects"),
    [(True, True), (True, False), (False, True), (False, False)],
    ids=["two-way", "unit only", "time only", "pooled"],
)
def test_weighted_clustered_matches_pyfixest(
    unit_effects: bool, time_effects: bool, missing: float, cluster: str
) -> None:
    panel = weighted_panel(missing=missing)
    plain = replace(CITY, unit_effects=unit_effects, time_effects=time_effects, cluster=cluster)
    spec = replace(plain, weights="w")
    formula = (
        "nqp ~ bdpz + gdp + fin" + " + C(year)" * time_effects + " | region_code" * unit_effects
    )
    oracle = pyfixest.feols(
        formula,
        panel,
        vcov={"CRV1": cluster},
        fixef_rm="none",
        weights="w",
        weights_type="aweights",
    ).tidy()
    result = fit(panel, spec).coefficients.set_index("term")
    for ours, theirs in {
        "estimate": "Estimate",
        "std_error": "Std. Error",
        "t_statistic": "t value",
        "p_value": "Pr(>|t|)",
        "conf_low": "2.5%",
        "conf_high": "97.5%",
    }.items():
        absolute = 1e-15 if ours == "p_value" else 0.0
        for term in spec.regressors:
            close(result.loc[term, ours], oracle.loc[term, theirs], absolute=absolute)
        if not (unit_effects or time_effects):
            close(result.loc["_cons", ours], oracle.loc["Intercept", theirs], absolute=absolute)
    unweighted = fit(panel, plain).coefficients["estimate"].to_numpy()
    assert np.max(np.abs(result["estimate"].to_numpy() / unweighted - 1)) > 0.01


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("missing", [0.0, 0.1], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize("constant", ["mean", "base"])
def test_weighted_conventional_matches_dummy_regression(
    constant: Any, missing: float, form: dict[str, Any]
) -> None:
    panel = weighted_panel(28, 11, missing)
    spec = replace(PROVINCE, constant=constant, weights="w", **form)
    oracle, _ = dummy_regression(panel, spec)
    result = fit(panel, spec)
    terms = [*spec.regressors, "const"]
    close(result.coefficients["estimate"], oracle.params[terms])
    close(result.coefficients["std_error"], oracle.bse[terms])
    close(result.coefficients["p_value"], oracle.pvalues[terms])
    close(result.covariance, oracle.cov_params().loc[terms, terms])
    close([result.r2, result.r2_adj], [oracle.rsquared, oracle.rsquared_adj])
    assert (result.df_resid, result.n_obs) == (oracle.df_resid, len(panel))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("constant", ["mean", "base"])
def test_weighted_clustered_constant_matches_dummy_regression(
    constant: Any, form: dict[str, Any]
) -> None:
    panel = weighted_panel(28, 11, 0.1)
    spec = replace(CITY, constant=constant, weights="w", **form)
    oracle, x = dummy_regression(panel, spec)
    n, k = x.shape
    nested = x.columns.str.startswith("region_code_").sum()
    terms = [*spec.regressors, "const"]
    result = fit(panel, spec)
    close(result.coefficients["estimate"], oracle.params[terms])
    scale = np.sqrt((n - k) / (n - k + nested))
    close(result.coefficients["std_error"], oracle.bse[terms] * scale)
    close([result.r2, result.r2_adj], [oracle.rsquared, oracle.rsquared_adj])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("spec", [CITY, PROVINCE], ids=["city", "province"])
def test_whole_weights_count_rows(spec: RegressionSpec, form: dict[str, Any]) -> None:
    # A row of weight 3 stands for three equal rows: the same coefficients and R2, but not N.
    panel = make_panel(28, 11, 0.1)
    panel["w"] = np.random.default_rng(1).integers(0, 4, len(panel))
    panel.loc[panel["region_code"] == panel["region_code"].iloc[0], "w"] = 2  # the base remains
    spec = replace(spec, **form)
    replicated = panel.loc[panel.index.repeat(panel["w"])].reset_index(drop=True)
    oracle, _ = dummy_regression(replicated, spec)
    result = fit(panel, replace(spec, weights="w"))
    close(result.coefficients["estimate"], oracle.params[[*spec.regressors, "const"]])
    close(result.r2, oracle.rsquared)
    assert result.n_obs == (panel["w"] > 0).sum() < len(replicated)


@pytest.mark.parametrize("spec", [CITY, PROVINCE], ids=["city", "province"])
def test_equal_weights_are_none_and_their_scale_is_irrelevant(spec: RegressionSpec) -> None:
    panel = weighted_panel(missing=0.1).assign(equal=1e-7)
    plain, equal = fit(panel, spec), fit(panel, replace(spec, weights="equal"))
    pd.testing.assert_frame_equal(equal.coefficients, plain.coefficients, rtol=1e-10)
    given = fit(panel, replace(spec, weights="w"))
    scaled = fit(panel.assign(w=1e9 * panel["w"]), replace(spec, weights="w"))
    pd.testing.assert_frame_equal(scaled.coefficients, given.coefficients, rtol=1e-10)
    close([equal.r2, scaled.r2], [plain.r2, given.r2], rel=1e-10)


def test_rows_without_weight_are_not_in_the_sample() -> None:
    panel = weighted_panel()
    out = np.arange(len(panel)) % 7 == 3
    out[9:27] = True  # two units altogether
    gaps = panel.assign(w=panel["w"].mask(out, np.resize([0, np.nan, np.inf], len(panel))))
    spec = replace(CITY, weights="w")
    result, expected = fit(gaps, spec), fit(panel[~out], spec)
    pd.testing.assert_frame_equal(result.coefficients, expected.coefficients, check_exact=True)
    assert result.n_obs == len(panel) - out.sum()
    assert (result.n_units, result.n_clusters) == (58, 58)


def test_weights_of_one_unit_and_of_as_many_units_as_periods() -> None:
    # Shapes in which a column of weights could be taken for one per unit or per period.
    names = ("gdp", "fin")
    for panel in (weighted_panel(1, 30), weighted_panel(5, 1), weighted_panel(9, 9)):
        form = NO_EFFECTS if len(panel) < 81 else {}
        spec = replace(PROVINCE, treatment=names[:1], controls=names[1:], weights="w", **form)
        oracle, _ = dummy_regression(panel, spec)
        result = fit(panel, spec)
        close(result.coefficients["estimate"], oracle.params[[*names, "const"]])
        close(result.coefficients["std_error"], oracle.bse[[*names, "const"]])


def test_collinearity_is_judged_by_the_weighted_rows() -> None:
    # Of the rows with weight, bdpz is 1 in one unit only, where it does not vary.
    panel = make_panel().assign(w=lambda p: 1.0 - p["bdpz"])
    with pytest.raises(NotEstimable, match="bdpz does not vary within any region_code"):
        fit(panel, replace(CITY, weights="w"))
    panel = weighted_panel(missing=0.1)
    panel["both"] = 3 * panel["gdp"] - 1e4 * panel["fin"]
    result = fit(panel, replace(CITY, controls=("gdp", "fin", "both"), weights="w"))
    assert result.dropped == ("both",)


@pytest.mark.parametrize("spec", [CITY, PROVINCE], ids=["city", "province"])
def test_a_row_of_next_to_no_weight_settles_nothing(spec: RegressionSpec) -> None:
    # Its values are huge, but not once weighted: nothing is collinear or fitted exactly for them.
    panel, spec = weighted_panel(), replace(spec, weights="w")
    row = panel.index == 4
    absurd = panel.assign(w=panel["w"].mask(row, 1e-34))
    absurd.loc[4, ["nqp", "gdp"]] = 1e14
    result, expected = fit(absurd, spec), fit(panel[~row], spec)
    assert (result.dropped, result.n_obs) == ((), expected.n_obs + 1)
    columns = ["estimate", "std_error"]
    close(result.coefficients[columns], expected.coefficients[columns], rel=0.01)


def test_bad_weights_are_named() -> None:
    panel = weighted_panel()
    spec = replace(CITY, weights="w")
    with pytest.raises(ValueError, match="no column w; its columns are region_code"):
        fit(panel.drop(columns="w"), spec)
    with pytest.raises(
        ValueError, match=r"2 rows have a negative w, .* 110000 in 2018 with -0.5: expected weights"
    ):
        fit(panel.assign(w=panel["w"].mask(panel.index.isin([4, 70]), -0.5)), spec)
    with pytest.raises(ValueError, match="column w must hold numbers"):
        fit(panel.assign(w="high"), spec)
    with pytest.raises(NotEstimable, match="no complete rows: w has no values above 0"):
        fit(panel.assign(w=0), spec)


@pytest.mark.parametrize(
    ("columns", "changes", "reason"),
    [
        pytest.param({"gdp": np.nan}, {}, "no complete rows: gdp has no values", id="empty"),
        pytest.param({"nqp": 1.5}, {}, "nqp has the same value in all 540", id="flat outcome"),
        pytest.param({"bdpz": 1.0}, NO_EFFECTS, "bdpz has the same value in all", id="flat"),
        pytest.param(
            {"bdpz": lambda p: (p["province_code"] > "150000") * 1.0},
            {},
            "bdpz does not vary within any region_code, so the unit effects absorb it",
            id="within",
        ),
        pytest.param(
            {"bdpz": lambda p: (p["year"] > 2016) * 1.0},
            {},
            "perfectly collinear: bdpz is a combination of the region_code effects, "
            "the year effects$",
            id="time effects",
        ),
        pytest.param(
            {"again": lambda p: 2 - p["bdpz"]},
            {"treatment": ("bdpz", "again")},
            "perfectly collinear: again is .* bdpz$",
            id="treatments",
        ),
        pytest.param(
            {"province_code": "110000"},
            {"cluster": "province_code"},
            "only one cluster: province_code is 110000 in all 540 rows",
            id="one cluster",
        ),
        pytest.param(
            {"nqp": lambda p: 0.3 * p["bdpz"] - p["gdp"]},
            {},
            "no standard error for bdpz: the regression fits nqp exactly",
            id="exact",
        ),
        pytest.param(
            {"nqp": lambda p: 0.3 * p["bdpz"] - p["gdp"]},
            {"vcov": "conventional", "cluster": None},
            "no standard error for bdpz: the regression fits nqp exactly$",
            id="exact conventional",
        ),
        pytest.param(
            {"bdpz": lambda p: (p["province_code"] > "150000") * 1.0, "half": lambda p: p["bdpz"]},
            {"cluster": "half", "controls": (), **NO_EFFECTS},
            "no standard error for bdpz: .* residuals cancel within every half",
            id="scores cancel",
        ),
    ],
)
def test_not_estimable_says_why(
    columns: dict[str, Any], changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(NotEstimable, match=reason):
        fit(make_panel().assign(**columns), replace(CITY, **changes))


def test_not_estimable_on_too_few_rows() -> None:
    pair = hand_panel().query("region_code != 'C'")
    with pytest.raises(NotEstimable, match="freedom: 4 complete rows for 4 parameters"):
        fit(pair, replace(PROVINCE, controls=()))
    with pytest.raises(NotEstimable, match="no complete rows: the sample is empty"):
        fit(pair.query("year > 2"), replace(PROVINCE, controls=()))
    gaps = make_panel().assign(
        gdp=lambda p: p["gdp"].where(p["year"] < 2016),
        fin=lambda p: p["fin"].where(p["year"] > 2016),
    )
    with pytest.raises(NotEstimable, match="no complete rows: none of 540 has all of region_code"):
        fit(gaps, CITY)


def test_bad_panels_are_named() -> None:
    panel = make_panel()
    with pytest.raises(ValueError, match="no column gdp; its columns are region_code, province"):
        fit(panel.drop(columns="gdp"), CITY)
    with pytest.raises(ValueError, match=r"1 rows repeat a region_code and year.* 110000 in 2014"):
        fit(pd.concat([panel, panel.iloc[:1]]), CITY)
    with pytest.raises(ValueError, match=r"column gdp must hold numbers: .*'n/a'"):
        fit(panel.assign(gdp="n/a"), CITY)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"treatment": ()}, "treatment is empty"),
        ({"vcov": "robust"}, "vcov is 'robust'"),
        ({"cluster": None}, "name a cluster column"),
        ({"vcov": "conventional"}, "only for them"),
        ({"constant": "median"}, "constant is 'median'"),
    ],
)
def test_contradictory_specifications_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(CITY, **changes)


def test_stars() -> None:
    p_values = [0.0, 0.0099, 0.01, 0.0499, 0.05, 0.0999, 0.1, 0.9, float("nan")]
    assert [stars(p) for p in p_values] == ["***", "***", "**", "**", "*", "*", "", "", ""]
