"""Confidence intervals for an effect when trends need not be parallel (Rambachan and Roth 2023).

The coefficients of an event study are effects plus delta, the difference in trends, with delta = 0
in the reference year, the one before treatment. What is allowed of delta after treatment is bounded
by what was seen before, and the interval holds whatever of that is true:

relative magnitudes (M): from one year to the next delta changes by no more than M times its largest
    change between two years before treatment. The interval is the union over which change that
    was, of the values that the conditional least-favourable hybrid test does not reject (C-LF;
    Andrews, Roth and Pakes 2023), with kappa = alpha/10, as in their programs.
smoothness (M): the slope of delta changes by no more than M from one year to the next; at 0 trends
    differ by a straight line. The interval is the shortest of fixed length around an affine
    estimator (FLCI; Armstrong and Kolesar 2018).

The breakdown value is the smallest M whose interval holds zero. Estimates are taken as normal with
the given covariance.

The hybrid test solves a linear programme at every value. Written in changes u_t of the effect, with
effect = sum w_t u_t, its dual has few vertices, which are known: the upper and the lower bound of
the effect, and one per year after treatment, where the bounds on a change cross. The test is then a
maximum over those, its truncation points ratios, and no programme is solved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special
from scipy.stats import qmc

from nqp.econometrics.fixed_length_intervals import fixed_length_interval
from nqp.econometrics.panels import Floats, NotEstimable
from nqp.econometrics.threads import one_blas_thread

Target = Literal["first", "average"]
# Draws of the least-favourable critical value: Sobol points, always the same.
SEED, LOG2_DRAWS = 2023, 13
# Values tried between the ends of the search, and again between two of them, time after time.
GRID, FINER, ROUNDS = 400, 64, 5
# Steps that halve what is known of a breakdown value.
BISECTIONS = 20
LARGEST = 2.0**20


@dataclass(frozen=True, eq=False)
class HonestDid:
    """Intervals for the effect of the first period, or the average of all, after treatment.

    estimate, conf_low, conf_high: with parallel trends.
    table: a row per restriction ("relative magnitudes", "smoothness") and m: restriction, method
        ("C-LF", "FLCI"), m, conf_low, conf_high.
    breakdown_relative_magnitudes, breakdown_smoothness: the smallest M whose interval holds 0,
        infinite where none does; 0 where parallel trends (for smoothness, trends that differ by a
        straight line) suffice for that.
    """

    target: Target
    estimate: float
    conf_low: float
    conf_high: float
    table: pd.DataFrame
    breakdown_relative_magnitudes: float
    breakdown_smoothness: float


@one_blas_thread
def honest_did(
    estimates: Floats,
    covariance: Floats,
    relative_years: Sequence[int],
    target: Target = "first",
    relative_magnitudes: Sequence[float] = (0, 0.5, 1, 1.5, 2),
    smoothness: Sequence[float] | None = None,
    level: float = 0.95,
) -> HonestDid:
    """Intervals under both restrictions, and their breakdown values.

    estimates, covariance: (k,), (k, k) of an event study whose reference is -1. relative_years:
        (k,) theirs, every year from the first to the last but -1.
    smoothness: values of M in units of the outcome; None takes 0 and a quarter, half and the whole
        of the standard error.

    Raises NotEstimable when the reference is not -1, a year is missing, or none lies before it or
    after it; ValueError for another target.
    """
    b, V, n_pre = _ordered(estimates, covariance, relative_years)
    n_post = len(b) - n_pre
    if target not in ("first", "average"):
        raise ValueError(f"target is {target!r}: expected 'first' or 'average'")
    weights = np.eye(n_post)[0] if target == "first" else np.full(n_post, 1 / n_post)
    estimate = float(weights @ b[n_pre:])
    std_error = float(np.sqrt(weights @ V[n_pre:, n_pre:] @ weights))
    margin = special.ndtri((1 + level) / 2) * std_error
    if smoothness is None:
        smoothness = [share * std_error for share in (0, 0.25, 0.5, 1)]

    trends = RelativeMagnitudes(b, V, n_pre, weights, level)
    rows = [("relative magnitudes", "C-LF", m, *trends.interval(m)) for m in relative_magnitudes]
    flci = [fixed_length_interval(b, V, n_pre, weights, m, level) for m in smoothness]
    rows += [
        ("smoothness", "FLCI", m, *found.interval)
        for m, found in zip(smoothness, flci, strict=True)
    ]

    def smooth(m: float) -> bool:
        low, high = fixed_length_interval(b, V, n_pre, weights, m, level).interval
        return low <= 0 <= high

    return HonestDid(
        target=target,
        estimate=estimate,
        conf_low=estimate - margin,
        conf_high=estimate + margin,
        table=pd.DataFrame(rows, columns=["restriction", "method", "m", "conf_low", "conf_high"]),
        breakdown_relative_magnitudes=_breakdown(lambda m: trends.holds(m, 0.0), 1.0),
        breakdown_smoothness=_breakdown(smooth, std_error),
    )


class RelativeMagnitudes:
    """Tests of values of the effect under relative magnitudes.

    b, V: (k,), (k, k), n_pre years before the reference first. weights: (k - n_pre,) of the years
    after it in the effect. hybrid: whether a least-favourable test comes first (C-LF), or the
    conditional test stands alone.
    """

    def __init__(
        self,
        b: Floats,
        V: Floats,
        n_pre: int,
        weights: Floats,
        level: float = 0.95,
        hybrid: bool = True,
    ) -> None:
        self._b, self._V, self._hybrid = b, V, hybrid
        k = len(b)
        # Changes from year to year, the reference year being zero.
        changes = np.diff(np.insert(np.eye(k), n_pre, 0.0, axis=0), axis=0)
        self._before, self._after = changes[:n_pre], changes[n_pre:]
        self._steps = np.cumsum(weights[::-1])[::-1]  # effect = steps @ changes of the effect
        self._alpha = 1 - level
        self._kappa = self._alpha / 10 if hybrid else 0.0
        points = qmc.Sobol(k, rng=SEED).random_base2(LOG2_DRAWS)
        root = np.linalg.cholesky(V + 1e-14 * np.trace(V) / k * np.eye(k))
        self._draws = special.ndtri(np.clip(points, 1e-12, 1 - 1e-12)) @ root.T
        self._std_error = float(np.sqrt(weights @ V[n_pre:, n_pre:] @ weights))
        self._estimate = float(weights @ b[n_pre:])
        self._reach = float(np.sum(np.abs(self._steps)))
        noise = np.sqrt(np.max(np.diag(self._before @ V @ self._before.T)))
        self._spread = float(np.max(np.abs(self._before @ b)) + 6 * noise)

    def holds(self, m: float, value: float) -> bool:
        """Whether the interval of m holds a value."""
        return any(bool(test(np.array([value]))[0]) for test in self._tests(m))

    def interval(self, m: float) -> tuple[float, float]:
        """The lowest and the highest value that is not rejected."""
        far = 10 * self._std_error + m * self._reach * self._spread
        grid = self._estimate + far * np.linspace(-1, 1, GRID + 1)
        ends = []
        for test in self._tests(m):
            held = np.flatnonzero(test(grid))
            if not len(held):
                continue
            for point, step in ((held[0], -1), (held[-1], 1)):
                if not 0 <= point + step <= GRID:
                    ends.append(float(np.copysign(np.inf, step)))
                    continue
                inside, outside = grid[point], grid[point + step]
                for _ in range(ROUNDS):
                    finer = np.linspace(inside, outside, FINER + 1)
                    # The first value beyond the end, its last one being known to be beyond.
                    beyond = int(np.argmin(np.append(test(finer[1:-1]), False))) + 1
                    inside, outside = finer[beyond - 1], finer[beyond]
                ends.append(float(inside))
        if not ends:
            return float("nan"), float("nan")
        return min(ends), max(ends)

    def _tests(self, m: float) -> Iterator[Callable[[Floats], NDArray[np.bool_]]]:
        for change in self._before:
            for sign in (1.0, -1.0):
                yield self._polyhedron(m, sign * change)

    def vertices(self, m: float, largest: Floats) -> tuple[Floats, Floats]:
        """The dual's vertices when `largest` (k,) gives the largest change before treatment.

        Moments: a change after treatment, less that of the effect, is at most m times the largest,
        in both directions. (vertices, k) combine them, each by its standard error, into what has no
        change of an effect left; (vertices,) times the value tested is added.
        """
        up, down = self._after - m * largest, -self._after - m * largest
        sd_up, sd_down = (np.sqrt(np.einsum("ij,jk,ik->i", A, self._V, A)) for A in (up, down))
        plus, minus = np.maximum(self._steps, 0), np.maximum(-self._steps, 0)
        combined, slope = [], []
        for of_up, of_down, sign in ((plus, minus, -1.0), (minus, plus, 1.0)):
            size = of_up @ sd_up + of_down @ sd_down
            combined.append((of_up @ up + of_down @ down) / size)
            slope.append(sign / size)
        if len(up) > 1:
            combined.extend((up + down) / (sd_up + sd_down)[:, None])
            slope.extend([0.0] * len(up))
        return np.array(combined), np.array(slope)

    def _polyhedron(self, m: float, largest: Floats) -> Callable[[Floats], NDArray[np.bool_]]:
        """The test of values when `largest` gives the largest change before treatment."""
        C, s = self.vertices(m, largest)
        covariance = C @ self._V @ C.T
        crossing = C @ self._b
        critical = np.inf
        if self._hybrid:
            critical = float(np.quantile(np.max(self._draws @ C.T, axis=1), 1 - self._kappa))
        size = (self._alpha - self._kappa) / (1 - self._kappa)

        def not_rejected(values: Floats) -> NDArray[np.bool_]:
            moments = crossing + values[:, None] * s
            best = np.argmax(moments, axis=1)
            eta = moments[np.arange(len(values)), best]
            variance = covariance[best, best]
            ratio = covariance[best] / np.where(variance > 0, variance, 1)[:, None]
            rest = moments - ratio * eta[:, None]
            gap = 1 - ratio
            gap[np.arange(len(values)), best] = 0
            with np.errstate(divide="ignore", invalid="ignore"):
                limit = rest / gap
            low = np.max(np.where(gap > 1e-9, limit, -np.inf), axis=1)
            high = np.minimum(np.min(np.where(gap < -1e-9, limit, np.inf), axis=1), critical)
            sd = np.sqrt(np.maximum(variance, 1e-300))
            quantile = _truncated_quantile(1 - size, low / sd, high / sd) * sd
            accepted = eta <= np.maximum(0, quantile)
            accepted = np.where(variance > 0, accepted, eta <= 0)
            held: NDArray[np.bool_] = accepted & (eta <= critical)
            return held

        return not_rejected


def _truncated_quantile(p: float, low: Floats, high: Floats) -> Floats:
    """Quantiles of the standard normal distribution between low and high, far tails included."""
    high = np.maximum(high, low)
    flip = low > 0  # the upper tail, where probabilities keep their digits
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    share = np.where(flip, 1 - p, p)
    log_a, log_b = special.log_ndtr(a), special.log_ndtr(b)
    with np.errstate(divide="ignore", invalid="ignore"):
        mixed = log_b + np.log(share + (1 - share) * np.exp(log_a - log_b))
    found = special.ndtri_exp(mixed)
    result: Floats = np.clip(np.where(flip, -found, found), low, high)
    return result


def _breakdown(holds: Callable[[float], bool], unit: float) -> float:
    """The smallest M whose interval holds zero."""
    if holds(0.0):
        return 0.0
    high = 0.25 * unit
    while not holds(high):
        high *= 2
        if high > LARGEST * unit:
            return float("inf")
    low = high / 2 if high > 0.25 * unit else 0.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _ordered(
    estimates: Floats, covariance: Floats, relative_years: Sequence[int]
) -> tuple[Floats, Floats, int]:
    years = np.asarray(relative_years)
    order = np.argsort(years)
    years = years[order]
    expected = [year for year in range(int(years.min()), int(years.max()) + 1) if year != -1]
    if list(years) != expected or years[0] >= -1 or years[-1] < 0:
        raise NotEstimable(
            "departures from parallel trends need every year before and after the reference -1, at "
            f"least one of each; there are {', '.join(map(str, years))}"
        )
    b = np.asarray(estimates, dtype=float)[order]
    V = np.asarray(covariance, dtype=float)[np.ix_(order, order)]
    if not (np.isfinite(b).all() and (np.diag(V) > 0).all()):
        raise NotEstimable("departures from parallel trends need a standard error of every year")
    scale = np.sqrt(np.diag(V))
    if np.linalg.matrix_rank(V / np.outer(scale, scale), hermitian=True) < len(V):
        raise NotEstimable(
            f"the covariance of {len(V)} years is singular: too few clusters for as many years"
        )
    return b, V, int(np.sum(years < -1))
