"""nqp.econometrics.outcomes against one regression at a time, arithmetic by hand and pyfixest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyfixest
import pytest

from nqp.econometrics.outcomes import Absorbed, Estimates, absorb, regress_outcomes
from nqp.econometrics.panels import Floats, NotEstimable
from nqp.econometrics.regression import RegressionSpec, fit
from panels_for_tests import CITY, NO_EFFECTS, PROVINCE, close, hand_panel, make_panel

COLUMNS = ("estimate", "std_error", "t_statistic", "p_value")
SPECS = [
    pytest.param(CITY, id="city"),
    pytest.param(replace(CITY, controls=()), id="no controls"),
    pytest.param(replace(CITY, cluster="province_code"), id="province clusters"),
    pytest.param(replace(CITY, cluster="year"), id="year clusters"),
    pytest.param(replace(CITY, time_effects=False), id="unit effects"),
    pytest.param(replace(CITY, unit_effects=False), id="time effects"),
    pytest.param(replace(CITY, **NO_EFFECTS), id="pooled"),
    pytest.param(PROVINCE, id="conventional"),
    pytest.param(replace(PROVINCE, controls=(), **NO_EFFECTS), id="one regressor"),
]
MISSING = pytest.mark.parametrize("missing", [0.0, 0.1], ids=["balanced", "unbalanced"])


def each(absorbed: Absorbed, D: Floats) -> Estimates:
    """The outcome on each of several treatments."""
    found = [regress_outcomes(absorbed, absorbed.sample["nqp"], d) for d in np.asarray(D, float).T]
    return Estimates(*(np.concatenate([getattr(one, name) for one in found]) for name in COLUMNS))


def candidates(absorbed: Absorbed, count: int = 9) -> Floats:
    """Treatments of three kinds: units from 2016 on, units from years of their own, noise."""
    rng = np.random.default_rng(4)
    unit = absorbed.sample["region_code"].factorize()[0]
    year = absorbed.sample["year"].to_numpy()
    columns = []
    for k in range(count):
        start = np.where(rng.random(unit.max() + 1) < 0.3, 2016 + (k % 3 == 1) * 2, 3000)
        start[::7] -= 1
        treated = (year >= start[unit]).astype(float)
        columns.append(rng.normal(size=len(year)) if k % 3 == 2 else treated)
    return np.column_stack(columns)


def loop(panel: pd.DataFrame, spec: RegressionSpec, column: str, draws: Floats) -> pd.DataFrame:
    fits = [fit(panel.assign(**{column: draw}), spec).coefficients.iloc[0] for draw in draws.T]
    return pd.DataFrame(fits, columns=list(COLUMNS))


def agree(actual: Estimates, expected: pd.DataFrame, rel: float = 1e-10) -> None:
    for column in COLUMNS:
        close(getattr(actual, column), expected[column], rel=rel)


@MISSING
@pytest.mark.parametrize("spec", SPECS)
def test_treatments_match_one_fit_each(spec: RegressionSpec, missing: float) -> None:
    panel = make_panel(missing=missing)
    absorbed = absorb(panel.sample(frac=1, random_state=1), spec)
    D = candidates(absorbed)
    actual = each(absorbed, D)
    agree(actual, loop(absorbed.sample, spec, "bdpz", D))


@MISSING
@pytest.mark.parametrize("spec", SPECS)
def test_outcomes_match_one_fit_each(spec: RegressionSpec, missing: float) -> None:
    absorbed = absorb(make_panel(missing=missing), spec)
    Y = absorbed.sample[["nqp"]].to_numpy() + np.random.default_rng(2).normal(
        size=(len(absorbed.sample), 6)
    )
    actual = regress_outcomes(absorbed, Y, absorbed.sample["bdpz"])
    agree(actual, loop(absorbed.sample, spec, "nqp", Y))


# The three units of the hand-worked regression (test_regression), each in turn as the treated
# one; changes A 3, B 2, C 0. Coefficient: own change less the mean of the others.
#   A: 3 - 1 = 2. B: 2 - 3/2 = 1/2. C: 0 - 5/2 = -5/2.
# The others' residuals are h/2 with signs, h half the difference of their changes: 1, 3/2, 1/2.
#   RSS = h^2. Scores +-h/6, meat h^2/18, sandwich (square sum 1/3) h^2/2, factor 5/2: h^2 * 5/4.
#   Conventional: s2 = h^2/(6 - 5), variance 3 h^2.
@pytest.mark.parametrize(
    ("spec", "scale"), [(CITY, np.sqrt(5) / 2), (PROVINCE, np.sqrt(3))], ids=["city", "province"]
)
def test_hand_worked(spec: RegressionSpec, scale: float) -> None:
    absorbed = absorb(hand_panel(), replace(spec, controls=()))
    D = np.kron(np.eye(3), [[0], [1]]).astype(float)
    result = each(absorbed, D)
    h = np.array([1, 1.5, 0.5])
    close(result.estimate, [2, 0.5, -2.5])
    close(result.std_error, scale * h)
    if spec is CITY:  # two degrees of freedom: p = 1 - t/sqrt(2 + t^2)
        t = np.abs([2, 0.5, -2.5]) / (scale * h)
        close(result.p_value, 1 - t / np.sqrt(2 + t**2))


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # within pyfixest
@pytest.mark.parametrize("cluster", ["region_code", "province_code"])
def test_treatments_match_pyfixest(cluster: str) -> None:
    absorbed = absorb(make_panel(missing=0.1), replace(CITY, cluster=cluster))
    D = candidates(absorbed, 3)
    result = each(absorbed, D)
    for k, draw in enumerate(D.T):
        oracle = pyfixest.feols(
            "nqp ~ bdpz + gdp + fin + C(year) | region_code",
            absorbed.sample.assign(bdpz=draw),
            vcov={"CRV1": cluster},
            fixef_rm="none",
        ).tidy()
        row = oracle.loc["bdpz", ["Estimate", "Std. Error", "t value", "Pr(>|t|)"]]
        close([getattr(result, column)[k] for column in COLUMNS], row.to_numpy(dtype=float))


@pytest.mark.parametrize("spec", [CITY, PROVINCE], ids=["city", "province"])
def test_true_treatment_gives_the_regression_itself(spec: RegressionSpec) -> None:
    panel = make_panel(missing=0.1)
    absorbed = absorb(panel, spec)
    expected = fit(panel, spec)
    result = regress_outcomes(absorbed, absorbed.sample["nqp"], absorbed.sample["bdpz"] == 1)
    agree(result, expected.coefficients.iloc[:1])
    assert absorbed.df_resid == expected.df_resid


def test_residuals_are_those_of_dummies() -> None:
    absorbed = absorb(make_panel(missing=0.1), CITY)
    sample = absorbed.sample
    X = pd.get_dummies(sample[["region_code", "year"]].astype(str), dtype=float).join(
        sample[["gdp", "fin"]]
    )
    columns = np.random.default_rng(0).normal(size=(len(sample), 4))
    fitted = X.to_numpy() @ np.linalg.lstsq(X.to_numpy(), columns)[0]
    close(absorbed.residualise(columns), columns - fitted, rel=0, absolute=1e-12)


@pytest.mark.parametrize("spec", [CITY, PROVINCE], ids=["city", "province"])
def test_absorbed_treatments_are_nan_and_leave_the_others_alone(spec: RegressionSpec) -> None:
    absorbed = absorb(make_panel(missing=0.1), spec)
    sample, D = absorbed.sample, candidates(absorbed, 6)
    expected = each(absorbed, D)
    flat = sample["region_code"] > "150000"
    D[:, 1] = flat
    D[:, 2] = 5 * flat - (sample["year"] > 2018) + 1e-6 * sample["gdp"]
    D[:, 4] = 0
    result = each(absorbed, D)
    for column in COLUMNS:
        close(np.isnan(getattr(result, column)), [False, True, True, False, True, False])
        close(getattr(result, column)[[0, 3, 5]], getattr(expected, column)[[0, 3, 5]], rel=1e-12)
    assert np.isnan(regress_outcomes(absorbed, sample[["nqp", "gdp"]], flat).estimate).all()


@pytest.mark.parametrize("spec", [CITY, PROVINCE], ids=["city", "province"])
def test_exact_fit_has_no_standard_error(spec: RegressionSpec) -> None:
    absorbed = absorb(make_panel(), spec)
    sample = absorbed.sample
    Y = np.column_stack([0.3 * sample["bdpz"] - sample["gdp"], sample["nqp"]])
    result = regress_outcomes(absorbed, Y, sample["bdpz"])
    close(result.estimate[0], 0.3)
    for column in COLUMNS[1:]:
        close(np.isnan(getattr(result, column)), [True, False])


def test_incomplete_rows_and_collinear_controls_are_treated_as_in_fit() -> None:
    panel = make_panel()
    panel["both"] = panel["gdp"] - 2 * panel["fin"]
    panel.loc[5, "bdpz"] = np.nan
    panel.loc[9, "gdp"] = -np.inf
    spec = replace(CITY, controls=("gdp", "fin", "both"))
    absorbed = absorb(panel, spec)
    assert len(absorbed.sample) == len(panel) - 2
    result = regress_outcomes(absorbed, absorbed.sample["nqp"], absorbed.sample["bdpz"])
    agree(result, fit(panel, spec).coefficients.iloc[:1])


def test_not_estimable_says_why() -> None:
    panel = make_panel()
    with pytest.raises(NotEstimable, match="only one cluster: province_code is 110000 in all 540"):
        absorb(panel.assign(province_code="110000"), replace(CITY, cluster="province_code"))
    pair = hand_panel().query("region_code != 'C'")
    with pytest.raises(NotEstimable, match="freedom: 4 complete rows for 4 parameters"):
        absorb(pair, replace(PROVINCE, controls=()))


@pytest.mark.parametrize("shape", [(539, 3), (540, 3, 1), (0,)])
def test_wrong_shapes_are_named(shape: Any) -> None:
    absorbed = absorb(make_panel(), CITY)
    with pytest.raises(ValueError, match=r"treatment has shape .* expected 540 rows"):
        regress_outcomes(absorbed, absorbed.sample["nqp"], np.zeros(shape))
    with pytest.raises(ValueError, match=r"Y has shape .* expected 540 rows"):
        regress_outcomes(absorbed, np.zeros(shape), absorbed.sample["bdpz"])


def test_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="weights is 'gdp': batches weigh all rows equally"):
        absorb(make_panel(), replace(CITY, weights="gdp"))


def test_several_treatments_are_refused() -> None:
    with pytest.raises(ValueError, match=r"2 treatments \(bdpz, gdp\): expected one"):
        absorb(make_panel(), replace(CITY, treatment=("bdpz", "gdp"), controls=()))
