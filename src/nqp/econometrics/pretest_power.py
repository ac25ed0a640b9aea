"""What passing a test of the leads is worth (Roth 2022, "Pretest with caution").

Leads are jointly normal around a trend that the null hypothesis of parallel trends denies. Their
test is passed when none is significant by itself; a slope that is passed half of the time, or one
time in five, is one the study could not tell from parallel trends. Studies that pass are not a
random selection: given that, the lags are off by more or less than the trend itself, by the mean
of a normal distribution truncated to the box of insignificant leads (Tallis 1961).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from nqp.econometrics.panels import Floats, NotEstimable
from nqp.econometrics.simultaneous_bands import box_probability


@dataclass(frozen=True, eq=False)
class PretestPower:
    """Power against linear trends, slopes per period in the outcome's units.

    slope: that some lead betrays with probability `power`.
    relative_years: (k,) of the estimates, leads and lags.
    bias: (k,) slope * (year less reference), what the trend adds to each.
    bias_if_passed: (k,) what it adds on average to studies in which no lead is significant.
    """

    power: float
    slope: float
    relative_years: tuple[int, ...]
    bias: Floats
    bias_if_passed: Floats


def pretest_power(
    covariance: Floats,
    relative_years: tuple[int, ...],
    power: float = 0.8,
    reference: int = -1,
    level: float = 0.95,
) -> PretestPower:
    """Describe the trend that the test that no lead is significant at 1 - level finds so often.

    covariance: (k, k) of the estimates. relative_years: (k,) theirs, the reference left out; leads
    are those below 0. Critical values are those of the normal distribution, as in the paper.

    Raises NotEstimable without a lead that has a standard error, and where the covariance of the
    leads is singular, as when they outnumber the clusters.
    """
    years = np.asarray(relative_years)
    leads = years < 0
    V = np.asarray(covariance, dtype=float)
    pre = V[np.ix_(leads, leads)]
    if not leads.any() or not (np.diag(pre) > 0).all():
        raise NotEstimable(
            "no power of a test of the leads: there is no lead with a standard error"
        )
    std_error = np.sqrt(np.diag(pre))
    if np.linalg.matrix_rank(pre / np.outer(std_error, std_error), hermitian=True) < len(pre):
        raise NotEstimable(
            f"no power of a test of the leads: the covariance of {len(pre)} leads is singular"
        )
    slope = slope_of_power(V, relative_years, power, reference, level)
    bias = slope * (years - reference)
    bounds = special.ndtri((1 + level) / 2) * std_error
    mean = truncated_mean(bias[leads], pre, -bounds, bounds)
    shift = np.linalg.solve(pre, mean - bias[leads])
    bias_if_passed = bias + V[:, leads] @ shift
    return PretestPower(power, slope, tuple(relative_years), bias, bias_if_passed)


def power_against(
    covariance: Floats,
    relative_years: tuple[int, ...],
    slope: float,
    reference: int = -1,
    level: float = 0.95,
) -> float:
    """The probability that some lead is significant at 1 - level when trends differ by `slope`."""
    years = np.asarray(relative_years)
    leads = years < 0
    V = np.asarray(covariance, dtype=float)[np.ix_(leads, leads)]
    mean = slope * (years[leads] - reference)
    bounds = special.ndtri((1 + level) / 2) * np.sqrt(np.diag(V))
    return 1 - box_probability(V, -bounds - mean, bounds - mean)


def slope_of_power(
    covariance: Floats,
    relative_years: tuple[int, ...],
    power: float,
    reference: int = -1,
    level: float = 0.95,
) -> float:
    """The positive slope that some lead betrays with probability `power`.

    Raises ValueError when parallel trends are rejected as often.
    """

    def excess(slope: float) -> float:
        return power_against(covariance, relative_years, slope, reference, level) - power

    if excess(0) >= 0:
        raise ValueError(
            f"power is {power}: parallel trends are rejected with probability "
            f"{excess(0) + power:.3f}, expected more than that"
        )
    years = np.asarray(relative_years)
    leads = years < 0
    std_error = np.sqrt(np.diag(covariance)[leads])
    largest = float(np.min(std_error / np.abs(years[leads] - reference)))
    while excess(largest) < 0:
        largest *= 2
    return float(optimize.brentq(excess, 0, largest, xtol=1e-6 * largest, rtol=1e-6))


def truncated_mean(mean: Floats, covariance: Floats, lower: Floats, upper: Floats) -> Floats:
    """(k,) the mean of N(mean, covariance) given that it lies in the box from lower to upper.

    Tallis (1961): mean + covariance @ (F(lower) - F(upper)) / P, F_j(x) being the density of the
    j-th at x times the probability of the others' box given that.
    """
    k = len(mean)
    total = box_probability(covariance, lower - mean, upper - mean)
    change = np.zeros(k)
    for j in range(k):
        others = np.arange(k) != j
        scale = np.sqrt(covariance[j, j])
        loading = covariance[others, j] / covariance[j, j]
        rest = covariance[np.ix_(others, others)] - np.outer(loading, covariance[j, others])
        for end, sign in ((lower[j], 1), (upper[j], -1)):
            density = stats.norm.pdf(end, mean[j], scale)
            inside = 1.0
            if k > 1:
                centre = mean[others] + loading * (end - mean[j])
                inside = box_probability(rest, lower[others] - centre, upper[others] - centre)
            change[j] += sign * density * inside / total
    result: Floats = mean + covariance @ change
    return result
