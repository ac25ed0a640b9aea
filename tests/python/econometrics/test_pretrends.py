"""Bands, power of the test of leads, detectable effects and group trends, against R and by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nqp.econometrics.detectable_effect import minimum_detectable_effect
from nqp.econometrics.group_trends import with_group_trends
from nqp.econometrics.panels import Floats, NotEstimable
from nqp.econometrics.pretest_power import (
    power_against,
    pretest_power,
    slope_of_power,
    truncated_mean,
)
from nqp.econometrics.regression import fit
from nqp.econometrics.simultaneous_bands import sup_t_bands, sup_t_critical
from panels_for_tests import CITY, close, make_panel

REFERENCE = Path(__file__).parents[2] / "reference" / "event_study"
BANDS = pd.read_csv(REFERENCE / "bands.csv")
PRETEST = pd.read_csv(REFERENCE / "pretest.csv")


def decaying(k: int, rho: float) -> Floats:
    distance = np.abs(np.subtract.outer(np.arange(k), np.arange(k)))
    return np.asarray(float(rho) ** distance, dtype=float)


@pytest.mark.parametrize(
    "row", list(BANDS.itertuples()), ids=lambda row: "-".join(map(str, row[1:5]))
)
def test_critical_values_match_mvtnorm(row: pd.Series[float]) -> None:
    critical = sup_t_critical(decaying(int(row.k), row.rho), float(row.df), float(row.level))
    close(critical, row.critical, rel=5e-4)


# Independent estimates: P(all |Z| <= c) = (2 Phi(c) - 1)^k.
def test_bands_of_independent_estimates_by_hand() -> None:
    covariance = np.diag([1.0, 4.0, 9.0])
    bands = sup_t_bands(np.array([1.0, 2.0, 3.0]), covariance)
    c = stats.norm.ppf((1 + 0.95 ** (1 / 3)) / 2)
    close(bands.critical, c, rel=1e-4)
    close(bands.conf_low, np.array([1, 2, 3]) - bands.critical * np.array([1, 2, 3]))
    close(bands.conf_high, np.array([1, 2, 3]) + bands.critical * np.array([1, 2, 3]))


def test_bands_of_one_estimate_or_of_equal_ones_are_the_usual() -> None:
    close(sup_t_critical(np.eye(1), df=7), stats.t.ppf(0.975, 7))
    close(sup_t_critical(np.ones((3, 3))), stats.norm.ppf(0.975), rel=1e-3)
    with pytest.raises(NotEstimable, match="no standard error"):
        sup_t_bands(np.zeros(2), np.diag([1.0, 0.0]))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31), k=st.integers(2, 6))
def test_bands_lie_between_pointwise_and_bonferroni(seed: int, k: int) -> None:
    A = np.random.default_rng(seed).normal(size=(k, k))
    V = A @ A.T + 0.1 * np.eye(k)
    scale = np.sqrt(np.diag(V))
    critical = sup_t_critical(V / np.outer(scale, scale))
    assert stats.norm.ppf(0.975) <= critical <= stats.norm.ppf(1 - 0.025 / k) + 1e-4


@pytest.mark.parametrize(
    "row", list(PRETEST.itertuples()), ids=lambda row: "-".join(map(str, row[1:4]))
)
def test_power_and_conditional_means_match_r(row: pd.Series[float]) -> None:
    k = int(row.k)
    std_error = np.append(0.08 + 0.02 * np.arange(1, k + 1), 0.2)
    V = decaying(k + 1, row.rho) * np.outer(std_error, std_error)
    years = (*range(-k - 1, -1), 0)
    close(power_against(V, years, row.slope), row.power, absolute=1e-4)
    trend = row.slope * (np.array(years) + 1)
    bound = stats.norm.ppf(0.975) * std_error[:k]
    mean = truncated_mean(trend[:k], V[:k, :k], -bound, bound)
    close(mean, [float(x) for x in str(row.leads).split()], absolute=2e-5)


@pytest.mark.parametrize("power", [0.5, 0.8])
def test_slopes_have_the_power_they_claim(power: float) -> None:
    V = decaying(5, 0.5) * 0.01
    years = (-4, -3, -2, 0, 1)
    result = pretest_power(V, years, power)
    assert result.power == power
    close(power_against(V, years, result.slope), power, rel=1e-4)
    close(result.bias, result.slope * np.array([-3, -2, -1, 1, 2]))
    # What passing does, by simulation.
    rng = np.random.default_rng(1)
    drawn = rng.multivariate_normal(result.bias, V, 400_000)
    passed = (np.abs(drawn[:, :3]) < stats.norm.ppf(0.975) * 0.1).all(axis=1)
    assert abs(passed.mean() - (1 - power)) < 0.003
    close(result.bias_if_passed, drawn[passed].mean(axis=0), absolute=0.0015)


# One lead, two years before the reference's next: power is that of a normal test.
#   P(|N(s, 1)| > 1.96) = .5 at s close to 1.96: the slope is 1.9599 standard errors.
def test_power_of_one_lead_by_hand() -> None:
    V = np.array([[0.04]])
    s = slope_of_power(V, (-2,), 0.5) / 0.2
    close(stats.norm.sf(1.959964 - s) + stats.norm.cdf(-1.959964 - s), 0.5, rel=1e-6)
    with pytest.raises(ValueError, match=r"rejected with probability 0\.050"):
        slope_of_power(V, (-2,), 0.04)
    with pytest.raises(NotEstimable, match="no lead"):
        pretest_power(V, (0,))
    with pytest.raises(NotEstimable, match="covariance of 2 leads is singular"):
        pretest_power(np.ones((2, 2)), (-3, -2))


# 1.959964 + 0.841621 = 2.801585 standard errors with many degrees of freedom; with 6,
# 2.446912 + 0.905703 = 3.352615.
def test_detectable_effect_by_hand() -> None:
    close(minimum_detectable_effect(2, np.inf), 2 * 2.801585, rel=1e-6)
    close(minimum_detectable_effect(0.5, 6), 0.5 * 3.352615, rel=1e-6)
    close(minimum_detectable_effect(1, 20, 0.9, 0.5), stats.t.ppf(0.95, 20))
    with pytest.raises(ValueError, match="df 0"):
        minimum_detectable_effect(1, 0)


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # within pyfixest
@pytest.mark.filterwarnings("ignore::UserWarning")  # the base group's trend
def test_group_trends_match_pyfixest() -> None:
    panel = make_panel(40, 6, missing=0.1)
    extended, spec = with_group_trends(panel, CITY, "province_code")
    result = fit(extended, spec).coefficients.set_index("term")
    oracle = pyfixest.feols(
        "nqp ~ bdpz + gdp + fin + C(year) + i(province_code, year) | region_code",
        panel,
        vcov={"CRV1": "region_code"},
        fixef_rm="none",
    ).tidy()
    for term in CITY.regressors:
        close(result.loc[term, "estimate"], oracle.loc[term, "Estimate"], rel=1e-6)
        close(result.loc[term, "std_error"], oracle.loc[term, "Std. Error"], rel=1e-6)


def test_a_trend_in_the_groups_is_removed() -> None:
    panel = make_panel(30, 6)
    drift = panel["province_code"].astype(int) * panel["year"] * 1e-5
    extended, spec = with_group_trends(panel, CITY, "province_code")
    before = fit(extended, spec).coefficients.iloc[0]
    after = fit(extended.assign(nqp=extended["nqp"] + drift), spec).coefficients.iloc[0]
    close(after["estimate"], before["estimate"], rel=1e-6)
    with pytest.raises(NotEstimable, match="all rows are of CN"):
        with_group_trends(panel.assign(country="CN"), CITY, "country")
    with pytest.raises(ValueError, match="180 rows have no country"):
        with_group_trends(panel.assign(country=None), replace(CITY), "country")
