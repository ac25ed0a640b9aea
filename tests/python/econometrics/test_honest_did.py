"""Departures from parallel trends against honestdid, linear programmes, searches and by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from diff_diff.honest_did import _compute_optimal_flci
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from nqp.econometrics.fixed_length_intervals import fixed_length_interval, folded_quantile
from nqp.econometrics.honest_did import RelativeMagnitudes, _truncated_quantile, honest_did
from nqp.econometrics.panels import Floats, NotEstimable
from panels_for_tests import close

REFERENCE = Path(__file__).parents[2] / "reference" / "honest"
EVENTS = json.loads((REFERENCE / "events.json").read_text())
ORACLE = pd.read_csv(REFERENCE / "honestdid.csv")


def event(study: str, target: str = "first") -> tuple[Floats, Floats, int, Floats]:
    years = np.array(EVENTS[study]["relative_years"])
    n_pre = int(np.sum(years < -1))
    n_post = len(years) - n_pre
    weights = np.eye(n_post)[0] if target == "first" else np.full(n_post, 1 / n_post)
    b, V = (np.array(EVENTS[study][name]) for name in ("estimates", "covariance"))
    return b, V, n_pre, weights


@pytest.mark.parametrize(
    "row", list(ORACLE.itertuples()), ids=lambda row: "-".join(map(str, row[1:6]))
)
def test_intervals_match_honestdid(row: Any) -> None:
    b, V, n_pre, weights = event(str(row.study), str(row.target))
    if row.method == "FLCI":
        low, high = fixed_length_interval(b, V, n_pre, weights, row.m).interval
        # Theirs is searched for by standard errors, and up to a third of a percent longer.
        close([low, high], [row.conf_low, row.conf_high], absolute=5e-3 * (high - low))
        assert high - low <= (row.conf_high - row.conf_low) * (1 + 1e-4)
        return
    trends = RelativeMagnitudes(b, V, n_pre, weights, hybrid=row.method == "C-LF")
    low, high = trends.interval(row.m)
    # Theirs are the last points of a grid that are not rejected.
    slack = 1e-6 if row.method == "conditional" else 0.3 * row.step
    assert row.conf_low - row.step - slack <= low <= row.conf_low + slack
    assert row.conf_high - slack <= high <= row.conf_high + row.step + slack


@pytest.mark.parametrize("study", list(EVENTS))
@pytest.mark.parametrize("target", ["first", "average"])
@pytest.mark.parametrize("m", [0.0, 0.1, 0.5, 2.0])
def test_fixed_length_intervals_match_diff_diff(study: str, target: str, m: float) -> None:
    """m in standard errors of the first effect; theirs is found by a search, too."""
    b, V, n_pre, weights = event(study, target)
    bend = m * float(np.sqrt(V[n_pre, n_pre]))
    low, high = fixed_length_interval(b, V, n_pre, weights, bend).interval
    theirs = _compute_optimal_flci(b[:n_pre], b[n_pre:], V, weights, n_pre, len(weights), bend)
    close([low, high], theirs, rel=0, absolute=1e-4 * (high - low))


@pytest.mark.parametrize("target", ["first", "average"])
@pytest.mark.parametrize("m", [0.5, 2.0])
def test_vertices_solve_the_linear_programme(target: str, m: float) -> None:
    b, V, n_pre, weights = event("long", target)
    trends = RelativeMagnitudes(b, V, n_pre, weights)
    k, n_post = len(b), len(weights)
    changes = np.diff(np.insert(np.eye(k), n_pre, 0.0, axis=0), axis=0)
    largest = changes[1]
    C, s = trends.vertices(m, largest)
    A = np.vstack([changes[n_pre:] - m * largest, -changes[n_pre:] - m * largest])
    sd = np.sqrt(np.diag(A @ V @ A.T))
    rng = np.random.default_rng(1)
    for value in (-0.4, 0.0, 0.3, 1.0):
        y = rng.multivariate_normal(b, V)
        # min eta over effects tau with weights @ tau = value: A (y - tau) <= eta sd.
        post = A[:, n_pre:]
        found = optimize.linprog(
            np.append(1.0, np.zeros(n_post)),
            A_ub=np.column_stack([-sd, -post]),
            b_ub=-A @ y,
            A_eq=np.append(0.0, weights)[None, :],
            b_eq=[value],
            bounds=[(None, None)] * (1 + n_post),
        )
        close(np.max(C @ y + s * value), found.x[0], rel=1e-7)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("hybrid", [False, True])
def test_conditional_bounds_are_where_another_vertex_takes_over(seed: int, hybrid: bool) -> None:
    # The test of one polyhedron, drawn out: move the statistic along its line of regression.
    rng = np.random.default_rng(seed)
    scale = rng.uniform(0.2, 3, 6)
    A = rng.normal(size=(6, 6)) * scale[:, None]
    b, V = rng.normal(size=6) * scale, A @ A.T + 0.05 * np.eye(6)
    trends = RelativeMagnitudes(b, V, 3, np.full(3, 1 / 3), hybrid=hybrid)
    largest = np.diff(np.insert(np.eye(6), 3, 0.0, axis=0), axis=0)[seed % 3]
    C, s = trends.vertices(0.7, largest)
    test = trends._polyhedron(0.7, largest)
    root = np.linalg.cholesky(V)
    drawn = rng.normal(size=(400_000, 6)) @ (C @ root).T
    critical, size = np.inf, 0.05
    if hybrid:
        critical, size = float(np.quantile(drawn.max(axis=1), 0.995)), 0.045 / 0.995
    compared = 0
    for value in np.linspace(-12, 12, 61):
        moments = C @ b + s * value
        best = int(np.argmax(moments))
        sd = float(np.sqrt(C[best] @ V @ C[best]))
        line = V @ C[best] / sd**2
        grid = moments[best] + sd * np.linspace(-30, 30, 120_001)
        moved = moments[:, None] + (C @ line)[:, None] * (grid - moments[best])
        leads = np.argmax(moved - 1e-12 * (np.arange(len(C)) != best)[:, None], axis=0) == best
        held = grid[leads]
        low = held.min() if held.min() > grid[0] else -np.inf
        high = min(held.max() if held.max() < grid[-1] else np.inf, critical)
        bound = max(0, stats.truncnorm.ppf(1 - size, low / sd, max(high, low) / sd) * sd)
        if abs(moments[best] - bound) > 0.02 * sd and abs(moments[best] - critical) > 0.02:
            expected = moments[best] <= min(bound, critical)
            assert bool(test(np.array([value]))[0]) == expected
            compared += 1
    assert compared > 40


# One year before the reference and one after it. A straight line through the lead goes on by minus
# the lead: estimate b_1 + b_-2; a bend of M at the reference is the bias.
def test_shortest_interval_of_two_years_by_hand() -> None:
    b, V = np.array([0.1, 0.5]), np.array([[0.04, 0.01], [0.01, 0.09]])
    found = fixed_length_interval(b, V, 1, np.ones(1), 0.2)
    sd = np.sqrt(0.04 + 0.09 + 0.02)
    close([found.estimate, found.std_error, found.bias], [0.6, sd, 0.2])
    c = folded_quantile(0.2 / sd)
    close(stats.norm.cdf(c - 0.2 / sd) - stats.norm.cdf(-c - 0.2 / sd), 0.95)
    close(found.interval, [0.6 - sd * c, 0.6 + sd * c])
    close(folded_quantile(0), stats.norm.ppf(0.975))
    close(folded_quantile(9), 9 + stats.norm.ppf(0.95))
    close(folded_quantile(7.999), 7.999 + stats.norm.ppf(0.95))


# Without sampling error the interval is the set of effects that the restriction allows: leads
# change by at most .06 (-.02 less .04), so the first effect lies within M * .06 of its coefficient.
@pytest.mark.parametrize("m", [0.5, 1, 2])
def test_intervals_without_noise_are_the_allowed_effects(m: float) -> None:
    b, V = np.array([0.04, -0.02, 0.0, 0.3, 0.5]), 1e-12 * np.eye(5)
    low, high = RelativeMagnitudes(b, V, 3, np.array([1.0, 0])).interval(m)
    close([low, high], [0.3 - 0.06 * m, 0.3 + 0.06 * m], rel=1e-4)
    # The average: .06 M in the first year and twice that in the second, half of the sum.
    low, high = RelativeMagnitudes(b, V, 3, np.array([0.5, 0.5])).interval(m)
    close([low, high], [0.4 - 0.09 * m, 0.4 + 0.09 * m], rel=1e-4)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**31), m=st.floats(0.001, 0.3), average=st.booleans())
def test_no_other_weights_give_a_shorter_interval(seed: int, m: float, average: bool) -> None:
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(7, 7))
    V = 0.01 * (A @ A.T / 7 + 0.3 * np.eye(7))
    weights = np.full(3, 1 / 3) if average else np.eye(3)[0]
    found = fixed_length_interval(np.zeros(7), V, 4, weights, m)
    before, after = np.arange(-4.0, 0), np.arange(1.0, 4)
    fixed = sum(abs(sum(weights[t - 1] * (t - j) for t in range(j + 1, 4))) for j in range(3))

    def length(v: Floats) -> float:
        v = v - before * (v @ before + weights @ after) / (before @ before)
        w = np.append(v, weights)
        sd = float(np.sqrt(w @ V @ w))
        bends = [sum(v[4 + s] * (j - s) for s in range(-4, j)) for j in range(-3, 0)]
        return sd * folded_quantile(m * (fixed + np.abs(bends).sum()) / sd)

    close(length(found.lead_weights), found.half_length, rel=1e-7)
    close(found.lead_weights @ before + weights @ after, 0, absolute=1e-9)
    searched = optimize.minimize(
        length, found.lead_weights, method="Nelder-Mead", options={"maxiter": 600, "xatol": 1e-9}
    )
    assert found.half_length <= searched.fun * (1 + 1e-6)


@pytest.mark.parametrize("target", ["first", "average"])
def test_breakdown_is_where_the_interval_reaches_zero(target: str) -> None:
    b, V, n_pre, weights = event("short", target)
    result = honest_did(b, V, EVENTS["short"]["relative_years"], target)  # type: ignore[arg-type]
    for value, interval in (
        (
            result.breakdown_relative_magnitudes,
            RelativeMagnitudes(b, V, n_pre, weights).interval,
        ),
        (
            result.breakdown_smoothness,
            lambda m: fixed_length_interval(b, V, n_pre, weights, m).interval,
        ),
    ):
        assert interval(0.98 * value)[0] > 0 >= interval(1.02 * value)[0]
    assert result.table["conf_low"].between(-5, 0.41).all()
    widths = result.table.assign(width=result.table["conf_high"] - result.table["conf_low"])
    assert widths.groupby("restriction")["width"].is_monotonic_increasing.all()


def test_values_that_parallel_trends_do_not_reject_break_down_at_zero() -> None:
    b, V, _, _ = event("short")
    nothing = honest_did(b * [1, 1, 0, 0], V, EVENTS["short"]["relative_years"])
    assert nothing.breakdown_relative_magnitudes == 0


def test_units_of_measurement_and_order_do_not_matter() -> None:
    b, V, _, _ = event("short")
    years = np.array(EVENTS["short"]["relative_years"])
    before = honest_did(b, V, list(years))
    turned = honest_did(50 * b[::-1], 2500 * V[::-1, ::-1], list(years[::-1]))
    columns = ["conf_low", "conf_high"]
    close(turned.table[columns], 50 * before.table[columns], rel=1e-5)
    close(turned.breakdown_smoothness, 50 * before.breakdown_smoothness, rel=1e-5)
    close(turned.breakdown_relative_magnitudes, before.breakdown_relative_magnitudes, rel=1e-5)


def test_gaps_and_other_references_are_refused() -> None:
    b, V = np.zeros(3), np.eye(3)
    for years in ([-3, 0, 1], [-2, -1, 0], [-4, -3, -2], [0, 1, 2]):
        with pytest.raises(NotEstimable, match="every year before and after the reference -1"):
            honest_did(b, V, years)
    with pytest.raises(ValueError, match="expected 'first' or 'average'"):
        honest_did(b, V, [-2, 0, 1], "last")  # type: ignore[arg-type]


@pytest.mark.parametrize(("low", "high"), [(-1, 2), (-np.inf, 1), (3, np.inf), (8, 9), (-9, -8)])
def test_truncated_quantiles_match_scipy(low: float, high: float) -> None:
    actual = _truncated_quantile(0.9, np.array([low]), np.array([high]))
    close(actual, stats.truncnorm.ppf(0.9, low, high), rel=1e-7)
