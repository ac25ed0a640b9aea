"""The difference of two subgroups against dense matrices, one fit per assignment, and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from assignments_for_tests import assigned, listed, provinces
from nqp.econometrics.panels import Floats, NotEstimable
from nqp.econometrics.regression import fit
from nqp.econometrics.subgroup_difference import (
    Subgroup,
    difference_by_cr2,
    randomised_difference,
)
from panels_for_tests import CITY, close

SPEC = replace(CITY, cluster="province_code")


def halves(panel: pd.DataFrame, weights: str | None = None) -> list[Subgroup]:
    """Every other unit, so that provinces of several units lie in both, those of one in one."""
    place = pd.factorize(panel["region_code"], sort=True)[0] % 2
    specs = SPEC, replace(SPEC, controls=("fin",), weights=weights)
    return [
        Subgroup(panel[place == half].reset_index(drop=True), spec)
        for half, spec in enumerate(specs)
    ]


def dense(subgroup: Subgroup) -> Floats:
    """All columns of a regression: the policy, controls, a dummy of each unit and year."""
    rows = subgroup.rows
    units, years = (pd.get_dummies(rows[key], dtype=float) for key in ("region_code", "year"))
    regressors = rows[list(subgroup.spec.regressors)]
    columns = pd.concat([regressors, units, years.iloc[:, 1:]], axis=1)
    return columns.to_numpy(dtype=float)


def test_cr2_of_the_difference_is_that_of_the_dense_regression() -> None:
    """CR2 and Satterthwaite's degrees of freedom from the matrices of their definition."""
    pair = halves(provinces(5, missing=0.1))
    blocks = [dense(subgroup) for subgroup in pair]
    n, k = (np.array([block.shape[i] for block in blocks]) for i in (0, 1))
    X = np.zeros((n.sum(), k.sum()))
    X[: n[0], : k[0]], X[n[0] :, k[0] :] = blocks
    y = np.concatenate([s.rows["nqp"] for s in pair])
    cluster = np.concatenate([s.rows["province_code"] for s in pair])
    contrast = np.zeros(k.sum())
    contrast[0], contrast[k[0]] = 1, -1
    bread = np.linalg.inv(X.T @ X)
    M = np.eye(len(y)) - X @ bread @ X.T
    scores, influence = [], []
    for label in np.unique(cluster):
        own = cluster == label
        values, vectors = np.linalg.eigh(M[np.ix_(own, own)])
        root = np.where(values > 1e-10, 1 / np.sqrt(np.maximum(values, 1e-10)), 0)
        a = vectors @ (root * (vectors.T @ (X[own] @ bread @ contrast)))
        scores.append(a @ (M @ y)[own])
        influence.append(M[:, own] @ a)
    P = np.array(influence) @ np.array(influence).T
    std_error, df = np.linalg.norm(scores), np.trace(P) ** 2 / np.sum(P**2)
    estimate = contrast @ bread @ X.T @ y
    found = difference_by_cr2(pair, "bdpz", "province_code")
    close([found["estimate"], found["std_error"], found["df"]], [estimate, std_error, df])
    close(found["p_value"], 2 * stats.t.sf(abs(estimate / std_error), df))
    b_1, b_2 = (fit(s.rows, s.spec).coefficients["estimate"].iloc[0] for s in pair)
    close(found["estimate"], b_1 - b_2)
    margin = stats.t.ppf(0.975, df) * std_error
    close([found["conf_low"], found["conf_high"]], [estimate - margin, estimate + margin])


def common_effect(pair: list[Subgroup]) -> float:
    """One coefficient of the policy for both, all else apart: what is left of both after that."""
    products = np.zeros(2)
    for subgroup in pair:
        rows, X = subgroup.rows, dense(subgroup)[:, 1:]
        w = rows[subgroup.spec.weights].to_numpy() if subgroup.spec.weights else np.ones(len(rows))
        root = np.sqrt(w)
        y, d = (
            (root * rows[name]).to_numpy()
            - root * (X @ np.linalg.lstsq(root[:, None] * X, root * rows[name], rcond=None)[0])
            for name in ("nqp", "bdpz")
        )
        products += (d @ y, d @ d)
    return float(products[0] / products[1])


@pytest.mark.parametrize("strata", [None, "zone"])
@pytest.mark.parametrize(
    ("staggered", "missing", "weights"),
    [(False, 0.0, None), (True, 0.1, None), (False, 0.0, "w")],
    ids=["plain", "staggered", "weighted"],
)
def test_the_permutation_matches_two_fits_per_assignment(
    staggered: bool, missing: float, weights: str | None, strata: str | None
) -> None:
    panel = provinces(6, staggered, missing)
    if missing:
        # A row of treatment alone says when a unit began: keep those.
        whole = provinces(6, staggered)
        panel = whole[(whole["bdpz"] == 1) | (np.arange(len(whole)) % 9 > 0)].reset_index(drop=True)
    pair = halves(panel, weights)
    common = common_effect(pair)
    net = panel.assign(nqp=panel["nqp"] - common * panel["bdpz"])

    def statistic(treatment: Floats) -> float:
        found = []
        for subgroup in halves(net.assign(bdpz=treatment), weights):
            try:
                row = fit(subgroup.rows, subgroup.spec).coefficients.iloc[0]
            except NotEstimable:
                return np.nan
            found.append((row["estimate"], row["std_error"]))
        (b_1, s_1), (b_2, s_2) = found
        return float((b_1 - b_2) / np.hypot(s_1, s_2))

    actual = statistic(panel["bdpz"].to_numpy())
    null = np.array([statistic(assigned(panel, first)) for first in listed(panel, strata)])
    known = np.abs(null[~np.isnan(null)])
    test = randomised_difference(pair, "bdpz", "province_code", strata)
    assert (test.draws, test.n_not_estimable) == (len(known), np.isnan(null).sum())
    assert test.enumerated and test.n_assignments == len(null)
    close(test.statistic, actual)
    close(test.p_value, np.mean(known >= abs(actual) * (1 - 1e-9)))
    close(test.smallest_p, np.mean(known >= known.max() * (1 - 1e-9)))


# Four regions with a unit in each subgroup, two years, the first two regions treated. Changes in
# the first subgroup 5, 7, 0, 2: b = 6 - 1 = 5; in the second 1, 3, 0, 2: b = 2 - 1 = 1. The common
# effect is 3, so that the net changes are 2, 4, 0, 2 and -2, 0, 0, 2. A draw's difference is that
# of the means of 4, 4, 0, 0, drawn less left: 4 for the actual pair, -4 for the other two, and 0
# for the four mixed pairs. s^2 = (8 - 1)/(8 - 3) 4/3 sum e^2/4 = 7/15 sum e^2, with residuals -1,
# 1, -1, 1 in either: 28/15. So t is 4/sqrt(56/15) or its negative in two of six draws: p = 1/3.
def test_hand_worked() -> None:
    pair = []
    for name, changes in (("a", (5, 7, 0, 2)), ("b", (1, 3, 0, 2))):
        rows = [
            (f"{name}{i}", f"p{i}", year, float(i < 2 and year == 1), 3.0 * i + change * year)
            for i, change in enumerate(changes)
            for year in (0, 1)
        ]
        columns = ["region_code", "province_code", "year", "bdpz", "nqp"]
        pair.append(Subgroup(pd.DataFrame(rows, columns=columns), replace(SPEC, controls=())))
    test = randomised_difference(pair, "bdpz", "province_code")
    close(test.statistic, 4 / np.sqrt(56 / 15))
    assert (test.draws, test.n_assignments, test.p_value) == (6, 6, 1 / 3)


def test_an_effect_alike_in_both_is_no_difference() -> None:
    """A large effect, added to all treated rows, changes neither the statistic nor its p-value."""
    panel = provinces(7)
    plain = randomised_difference(halves(panel), "bdpz", "province_code")
    more = panel.assign(nqp=panel["nqp"] + 100 * panel["bdpz"])
    again = randomised_difference(halves(more), "bdpz", "province_code")
    close([again.statistic, again.p_value], [plain.statistic, plain.p_value], rel=1e-6)


def test_subgroups_with_other_effects_are_refused() -> None:
    first, second = halves(provinces())
    other = Subgroup(second.rows, replace(second.spec, time_effects=False))
    for test in (difference_by_cr2, randomised_difference):
        with pytest.raises(NotEstimable, match="differ in their effects"):
            test([first, other], "bdpz", "province_code")
