"""Mediation against regressions drawn one by one, a root found numerically, and the papers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from nqp.econometrics.cluster_design import cluster_design
from nqp.econometrics.mediation_inference import _indirect, mediation_inference, sobel
from nqp.econometrics.regression import fit
from nqp.econometrics.wild_bootstrap import wild_bootstrap
from panels_for_tests import CITY, close, make_panel

SPEC = replace(CITY, cluster="province_code", controls=("fin",))


def panel(seed: int = 0, a: float = 1.0, b: float = 0.7) -> pd.DataFrame:
    frame = make_panel(60, 6)
    rng = np.random.default_rng(seed)
    frame["med"] = a * frame["bdpz"] + 0.2 * frame["fin"] + rng.normal(size=len(frame))
    frame["nqp"] = b * frame["med"] + 0.5 * frame["bdpz"] + rng.normal(size=len(frame))
    frame["w"] = rng.uniform(0.5, 2, len(frame))
    return frame


@pytest.mark.parametrize("weights", [None, "w"])
def test_effects_add_up_and_sobel_is_that_of_the_regressions(weights: str | None) -> None:
    data = panel()
    spec = replace(SPEC, weights=weights)
    result = mediation_inference(data, spec, "med", "province_code", draws=199)
    first = fit(data, replace(spec, outcome="med")).coefficients.iloc[0]
    second = fit(data, replace(spec, treatment=("bdpz", "med"))).coefficients
    total = fit(data, spec).coefficients.iloc[0]
    close([result.a, result.a_std_error], first[["estimate", "std_error"]].astype(float))
    close(result.direct, second.loc[0, "estimate"])
    close([result.b, result.b_std_error], second.loc[1, ["estimate", "std_error"]].astype(float))
    close(result.total, total["estimate"])
    close(result.total, result.direct + result.indirect)
    s = np.sqrt((result.a * result.b_std_error) ** 2 + (result.b * result.a_std_error) ** 2)
    close(result.sobel_std_error, s)
    close(result.sobel_p, 2 * stats.norm.sf(result.indirect / s))
    assert result.joint_p == max(result.a_p, result.b_p)
    given = cluster_design(data, replace(spec, outcome="med"), "province_code")
    close(result.a_p, wild_bootstrap(given, "bdpz", draws=199).p_value)


# a = 3, s_a = 1, b = 2, s_b = 1/2: s = sqrt(3^2 / 4 + 2^2 * 1) = 5/2 and z = 6 / (5/2) = 2.4.
def test_sobel_by_hand() -> None:
    s, z, p = sobel(3, 1, 2, 0.5)
    close([s, z, p], [2.5, 2.4, 2 * stats.norm.sf(2.4)])


@pytest.mark.parametrize("cluster", ["province_code", "region_code", "year"])
@pytest.mark.parametrize("weights", [None, "w"])
def test_draws_match_regressions_one_by_one(cluster: str, weights: str | None) -> None:
    data = panel().sort_values(["region_code", "year"], ignore_index=True)
    spec = replace(SPEC, cluster=cluster, weights=weights)
    on_both = replace(spec, treatment=("bdpz", "med"))
    first = cluster_design(data, replace(spec, outcome="med"), cluster)
    second = cluster_design(data, on_both, cluster)
    labels, code = np.unique(data[cluster], return_inverse=True)
    W = np.random.default_rng(1).choice([-1.0, 1, 1.5], size=(len(labels), 4))
    a, b = float(first.estimate[0]), float(second.estimate[1])
    expected = []
    for draw in W.T:
        drawn = data.copy()
        drawn["med"] = data["med"] + (draw[code] - 1) * first.residuals
        fitted = data["nqp"] - second.residuals + b * (drawn["med"] - data["med"])
        drawn["nqp"] = fitted + draw[code] * second.residuals
        of_mediator = fit(drawn, replace(spec, outcome="med")).coefficients["estimate"]
        of_outcome = fit(drawn, on_both).coefficients["estimate"]
        expected.append(float(of_mediator[0]) * float(of_outcome[1]))
    close(_indirect(first, second, W, a, b), expected, rel=1e-9)


def test_interval_covers_and_p_follows_it() -> None:
    strong = mediation_inference(panel(), SPEC, "med", "province_code", draws=999)
    assert strong.boot_low < 0.7 < strong.boot_high
    assert strong.boot_p == 2 / 1000
    none = mediation_inference(panel(a=0, b=0), SPEC, "med", "province_code", draws=999)
    assert none.boot_low < 0 < none.boot_high and none.boot_p > 0.05
    assert none.joint_p > 0.05
    assert none.joint_p == max(none.a_p, none.b_p) > min(none.a_p, none.b_p)


def test_a_share_of_nothing_is_not_given() -> None:
    data = panel(b=0.0)
    data["nqp"] -= 0.5 * data["bdpz"]
    result = mediation_inference(data, SPEC, "med", "province_code", draws=499)
    assert result.share is None and "not distinguishable" in str(result.share_reason)
    strong = mediation_inference(panel(), SPEC, "med", "province_code", draws=499)
    assert strong.share is not None
    close(strong.share, strong.indirect / strong.total)


def test_sensitivity_solves_for_the_coefficient_with_that_correlation() -> None:
    data = panel()
    result = mediation_inference(data, SPEC, "med", "province_code", draws=99)
    total = cluster_design(data, SPEC, "province_code").residuals
    first = cluster_design(data, replace(SPEC, outcome="med"), "province_code").residuals

    def correlation(b: float) -> float:
        error = total - b * first
        return float(error @ first / np.sqrt((error @ error) * (first @ first)))

    for rho, indirect in result.sensitivity.itertuples(index=False):
        b = optimize.brentq(lambda b, rho=rho: correlation(b) - rho, -50, 50)
        close(indirect, result.a * b, rel=1e-7)
    at_none = result.sensitivity.set_index("rho")["indirect"]
    close(at_none[0.0], result.indirect)
    close(result.rho_at_zero, correlation(0))


def test_rows_are_those_with_the_mediator() -> None:
    data = panel()
    data.loc[::7, "med"] = np.nan
    result = mediation_inference(data, SPEC, "med", "province_code", draws=99)
    assert result.n_obs == data["med"].notna().sum()
    close(result.total, result.direct + result.indirect)
    with pytest.raises(ValueError, match="expected one treatment"):
        mediation_inference(data, replace(SPEC, treatment=("bdpz", "gdp")), "med", "year")
