"""Synthetic differences in differences against weights by a general optimiser, and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.synthetic_did import synthetic_did
from panels_for_tests import close

Matrix = NDArray[np.float64]


def panel_of(
    n_units: int, n_years: int, starts: dict[int, int], noise: float = 1.0, effect: float = 0.0
) -> pd.DataFrame:
    """Units that follow two common paths with loadings of their own."""
    rng = np.random.default_rng(n_units)
    paths = np.cumsum(rng.normal(size=(2, n_years)), axis=1)
    loading = rng.uniform(size=(n_units, 2))
    y = (
        loading @ paths
        + rng.normal(size=n_units)[:, None]
        + noise * rng.normal(size=(n_units, n_years))
    )
    unit, year = np.divmod(np.arange(n_units * n_years), n_years)
    panel = pd.DataFrame({"region_code": [f"u{u:03d}" for u in unit], "year": 2000 + year})
    treated = np.array([year[i] + 2000 >= starts.get(u, 9999) for i, u in enumerate(unit)])
    panel["y"] = y.ravel() + effect * treated
    return panel


def first_of(starts: dict[int, int]) -> dict[str, int]:
    return {f"u{u:03d}": year for u, year in starts.items()}


def simplex(A: Matrix, b: Matrix, penalty: float) -> Matrix:
    """w >= 0 that add up to 1 and minimise |A w - b|^2 less means + penalty |w|^2."""
    A, b = A - A.mean(axis=0), b - b.mean()
    n = A.shape[1]

    def value(w: Matrix) -> Any:
        e = A @ w - b
        return e @ e + penalty * w @ w, 2 * (A.T @ e + penalty * w)

    found = minimize(
        value, np.full(n, 1 / n), jac=True, bounds=[(0, 1)] * n, method="SLSQP",
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(n)},
        options={"ftol": 1e-13, "maxiter": 2000},
    )  # fmt: skip
    return np.asarray(found.x)


def by_optimiser(table: Matrix, n_treated: int, before: int) -> float:
    """The estimate by the formulas of the paper; treated units come first."""
    control, treated = table[n_treated:], table[:n_treated].mean(axis=0)
    after = table.shape[1] - before
    noise = np.diff(control[:, :before], axis=1).std(ddof=1)
    zeta = (n_treated * after) ** 0.25 * noise
    omega = simplex(control[:, :before].T, treated[:before], zeta**2 * before)
    time = simplex(
        control[:, :before], control[:, before:].mean(axis=1), (1e-6 * noise) ** 2 * len(control)
    )
    gap = treated - omega @ control
    return float(gap[before:].mean() - time @ gap[:before])


def test_the_estimate_is_that_of_the_papers_formulas() -> None:
    starts = dict.fromkeys(range(4), 2008)
    panel = panel_of(24, 12, starts)
    found = synthetic_did(panel, "y", first_of(starts)).table.iloc[0]
    table = panel.pivot(index="region_code", columns="year", values="y").to_numpy()
    close(found["estimate"], by_optimiser(table, 4, 8), rel=2e-2, absolute=5e-3)
    assert found["std_error"] > 0
    assert (found["n_obs"], found["n_units"]) == (24 * 12, 24)


def test_treated_units_that_are_mixtures_of_others_are_found_exactly() -> None:
    """The treated unit is the mean of two controls and 7 higher, until 3 is added to it."""
    panel = panel_of(12, 10, {}, noise=0.3)
    table = panel.pivot(index="region_code", columns="year", values="y")
    table.loc["u000"] = (table.loc["u004"] + table.loc["u007"]) / 2 + 7
    table.loc["u000", 2006:] += 3
    rows = table.reset_index().melt("region_code", value_name="y", var_name="year")
    found = synthetic_did(rows, "y", {"u000": 2006})
    assert found.table["estimate"].iloc[0] == pytest.approx(3, abs=0.25)
    assert np.isnan(found.table["std_error"].iloc[0])
    assert any("one region_code" in caution for caution in found.cautions)


def test_cohorts_are_averaged_by_their_treated_rows() -> None:
    """Three units treated in 4 years and two in 6: twelve rows of each."""
    starts = {0: 2008, 1: 2008, 2: 2008, 3: 2006, 4: 2006}
    panel = panel_of(20, 12, starts, effect=1.0)
    table = synthetic_did(panel, "y", first_of(starts)).table.set_index("cohort")["estimate"]
    average = table[table.index.isna()].iloc[0]
    close(average, (12 * table[2006] + 12 * table[2008]) / 24)
    # Each cohort is an estimate of its own, without the other.
    others = panel[~panel["region_code"].isin(["u000", "u001", "u002"])]
    alone = synthetic_did(others, "y", first_of({3: 2006, 4: 2006})).table["estimate"].iloc[0]
    close(table[2006], alone)


def test_too_few_years_before_are_refused() -> None:
    starts = {0: 2002, 1: 2002}
    panel = panel_of(20, 9, starts)
    with pytest.raises(NotEstimable, match="too few periods before the treatment: 2 before 2002"):
        synthetic_did(panel, "y", first_of(starts))
    mixed = starts | {2: 2005, 3: 2005}
    found = synthetic_did(panel, "y", first_of(mixed))
    assert found.table["cohort"].dropna().tolist() == [2005]
    assert "cohort 2002 left out, with fewer than 4 periods before" in found.cautions


def test_without_units_never_treated_nothing_is_made() -> None:
    starts = {u: 2005 + u % 2 for u in range(20)}
    with pytest.raises(NotEstimable, match="no region_code of those compared is never treated"):
        synthetic_did(panel_of(20, 9, starts), "y", first_of(starts))
    # Where those never treated have gaps, the message says that they were left out.
    panel = panel_of(20, 9, {u: 2005 for u in range(3)})
    gaps = panel[~((panel["region_code"] > "u002") & (panel["year"] == 2003))]
    match = r"never treated \(17 region_code without all 9 year left out\), of which"
    with pytest.raises(NotEstimable, match=match):
        synthetic_did(gaps, "y", first_of({u: 2005 for u in range(3)}))
