"""Bands that hold all coefficients of an event study at once (sup-t).

A band of the estimates, each plus and minus c standard errors, holds all true coefficients with
probability `level` when c is that quantile of the largest |t| among them. The estimates being
jointly normal with correlations R, or t with common degrees of freedom, c solves
P(|Z_1| <= c, …, |Z_k| <= c) = level for Z of that distribution (Montiel Olea and Plagborg-Moller
2019, "Simultaneous confidence bands"). Of one coefficient it is the usual quantile; k independent
ones need that of level^(1/k).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from nqp.econometrics.panels import Floats, NotEstimable

# The integral is taken by randomised quasi-Monte Carlo, its points always the same.
SEED, POINTS = 2019, 30_000
SECANTS = 8


@dataclass(frozen=True, eq=False)
class SupTBands:
    """critical: c. conf_low, conf_high: (k,) the band. level: of all coefficients together."""

    critical: float
    conf_low: Floats
    conf_high: Floats
    level: float


def sup_t_bands(
    estimates: Floats, covariance: Floats, df: float = np.inf, level: float = 0.95
) -> SupTBands:
    """Simultaneous bands around estimates (k,) with covariance (k, k).

    df: degrees of freedom of their t statistics; infinite for the normal distribution.

    Raises NotEstimable when an estimate has no standard error.
    """
    b, V = np.asarray(estimates, dtype=float), np.asarray(covariance, dtype=float)
    std_error = np.sqrt(np.diag(V))
    if not (std_error > 0).all():
        raise NotEstimable("no bands: an estimate has no standard error")
    critical = sup_t_critical(V / np.outer(std_error, std_error), df, level)
    return SupTBands(critical, b - critical * std_error, b + critical * std_error, level)


def sup_t_critical(correlation: Floats, df: float = np.inf, level: float = 0.95) -> float:
    """The quantile of the largest |t| among estimates with these correlations (k, k)."""
    k = len(correlation)
    single = stats.t.ppf((1 + level) / 2, df)
    if k == 1:
        return float(single)
    # Bonferroni's is never smaller.
    bound = float(stats.t.ppf(1 - (1 - level) / (2 * k), df))

    def reached(c: float) -> float:
        """The critical value that a single estimate has at the probability of this one."""
        inside = box_probability(correlation, np.full(k, -c), np.full(k, c), df)
        return float(stats.t.ppf((1 + inside) / 2, df))

    # That is nearly a straight line in c, so that few secants find where it is `single`.
    last, at_last = bound, reached(bound)
    if at_last <= single:
        return bound
    c = bound - (at_last - single)
    for _ in range(SECANTS):
        at_c = reached(c)
        step = (single - at_c) * (c - last) / (at_c - at_last)
        last, at_last, c = c, at_c, c + step
        if abs(step) < 1e-4:
            break
    return float(np.clip(c, single, bound))


def box_probability(covariance: Floats, lower: Floats, upper: Floats, df: float = np.inf) -> float:
    """P(lower <= Z <= upper) for Z centred normal, or t with df, of this covariance or shape."""
    if len(covariance) == 1:
        scale = np.sqrt(covariance[0, 0])
        probability = stats.t.cdf(upper[0] / scale, df) - stats.t.cdf(lower[0] / scale, df)
        return float(probability)
    if np.isinf(df):
        value = stats.multivariate_normal.cdf(
            upper,
            cov=covariance,
            lower_limit=lower,
            allow_singular=True,
            rng=SEED,
            maxpts=POINTS,
            abseps=1e-4,
        )
    else:
        distribution = stats.multivariate_t(shape=covariance, df=df, allow_singular=True, seed=SEED)
        value = distribution.cdf(upper, lower_limit=lower, random_state=SEED, maxpts=POINTS)
    return float(value)
