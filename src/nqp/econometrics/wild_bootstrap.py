"""The wild cluster bootstrap of one coefficient, under the null hypothesis (WCR-C).

The regression is estimated with the coefficient held at its null value; a draw multiplies the
residuals of each cluster by one random number, adds them to the fitted values and tests the same
value again, by CR1 (Cameron, Gelbach and Miller 2008; "restricted, classic" in MacKinnon, Nielsen
and Webb 2023). The multipliers are Rademacher's, -1 or 1, or Webb's six, +-sqrt(1/2), +-1 and
+-sqrt(3/2), for clusters so few that 2^G is small (Webb 2023).

No regression is run. In the basis of `ClusterDesign` a draw needs each cluster's scores alone
(Roodman, MacKinnon, Nielsen and Webb 2019), and these are linear in the null value: t
of every draw at any null value, hence the confidence interval, comes from five numbers a draw.

The p-value is the share of draws whose |t| is no smaller than the actual one. Where all 2^G or 6^G
combinations are few, or no more than the draws asked for, each is taken once, the actual one among
them; otherwise the actual one is added, p = (1 + count)/(1 + draws). The interval holds the null
values around the estimate with p of at least 1 - level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nqp.econometrics.cluster_design import ClusterDesign
from nqp.econometrics.panels import Floats, NotEstimable
from nqp.econometrics.streams import words
from nqp.econometrics.threads import one_blas_thread

Multipliers = Literal["rademacher", "webb"]
VALUES: dict[str, Floats] = {
    "rademacher": np.array([1.0, -1.0]),
    "webb": np.array([1.0, -1.0, *np.sqrt([0.5, 1.5]), *-np.sqrt([0.5, 1.5])]),
}
# Draws that repeat the actual sample, up to a factor, differ from it by rounding alone.
TIE = 1e-9
CHUNK_CELLS = 2**20
# So many combinations are taken each, whatever the draws: signs of 12 clusters.
ENUMERATED = 2**12
# Steps, in standard errors, of the search for the ends of the interval, and where it ends.
STEP, FAR = 0.25, 1e4


@dataclass(frozen=True)
class WildBootstrap:
    """The bootstrap test of one coefficient.

    null: the value tested. t_statistic: by CR1, of the distance from it.
    p_value: two-sided. conf_low, conf_high: infinite where no value on that side is rejected.
    draws: combinations of multipliers used; all there are if `enumerated`.
    smallest_p: the p-value of an infinite t.
    """

    term: str
    multipliers: Multipliers
    estimate: float
    std_error: float
    null: float
    t_statistic: float
    p_value: float
    conf_low: float
    conf_high: float
    n_clusters: int
    draws: int
    enumerated: bool
    smallest_p: float


@one_blas_thread
def wild_bootstrap(
    design: ClusterDesign,
    term: str,
    multipliers: Multipliers = "rademacher",
    draws: int = 9999,
    seed: int = 0,
    null: float = 0.0,
    level: float = 0.95,
    interval: bool = True,
) -> WildBootstrap:
    """Test one coefficient of a regression by the restricted wild cluster bootstrap.

    design: of `nqp.econometrics.cluster_design.cluster_design`, or `ClusterInference.design`.
    seed: draw k depends on it and k alone. interval: without it both ends are NaN, in a tenth of
    the time.

    Raises NotEstimable when the residuals leave no standard error, ValueError for a term that the
    regression does not have, other multipliers and no draws.
    """
    if multipliers not in VALUES:
        raise ValueError(f"multipliers is {multipliers!r}: expected one of {', '.join(VALUES)}")
    if draws < 1:
        raise ValueError(f"draws is {draws}: expected at least one")
    scores = _Scores(design, term)
    g, values = design.n_clusters, VALUES[multipliers]
    enumerated = len(values) ** g <= max(draws, ENUMERATED)
    total = len(values) ** g if enumerated else draws
    parts = [scores.parts(W) for W in _multipliers(values, g, total, seed, enumerated)]
    numerators, squares = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))

    def p_value(value: float) -> float:
        t = _t(numerators, squares, scores.distance(value))
        actual = abs(scores.distance(value)) / scores.spread
        count = int(np.sum(t >= actual * (1 - TIE)))
        return count / total if enumerated else (1 + count) / (1 + total)

    low = high = np.nan
    if interval:
        low, high = (
            _end(p_value, scores.estimate, side * scores.std_error, 1 - level) for side in (-1, 1)
        )
    same = len(values) if enumerated else 1  # multipliers alike in all clusters leave |t| as it is
    return WildBootstrap(
        term=term,
        multipliers=multipliers,
        estimate=scores.estimate,
        std_error=scores.std_error,
        null=null,
        t_statistic=(scores.estimate - null) / scores.std_error,
        p_value=p_value(null),
        conf_low=low,
        conf_high=high,
        n_clusters=g,
        draws=total,
        enumerated=enumerated,
        smallest_p=same / total if enumerated else 1 / (1 + total),
    )


@one_blas_thread
def bootstrap_t(design: ClusterDesign, term: str, W: Floats, null: float = 0.0) -> Floats:
    """(B,) |t| of the draws whose multipliers are the columns of W (clusters, B)."""
    scores = _Scores(design, term)
    numerators, squares = scores.parts(W)
    return _t(numerators, squares, scores.distance(null))


class _Scores:
    """What each cluster contributes to t, as functions of the multipliers and of the null value.

    With d the direction of the term in the basis, of length 1, and x = B d its regressor net of
    all others, the residuals at the null value are e + x delta, delta = (b - null) |x|. A draw
    turns the scores of cluster h into w_h x_h'W(e + x delta)_h - (Q_h'W x_h)'Q'W(w(e + x delta)).
    """

    def __init__(self, design: ClusterDesign, term: str) -> None:
        if term not in design.terms:
            raise ValueError(
                f"{term} is no term of the regression, which has {', '.join(design.terms)}"
            )
        back = design.back[design.terms.index(term)]
        self._scale = 1 / float(np.linalg.norm(back))
        direction = back * self._scale
        weights, basis = design.weights, design.basis
        regressor = basis @ direction
        e, x = weights * design.residuals, weights * regressor
        self.estimate = float(direction @ design.coefficients) / self._scale
        self._factor = design.counts.factor
        self._own = design.by_cluster(np.column_stack([e * regressor, x * regressor]))
        # Units cut by clusters have means that a draw moves; those within clusters have none.
        columns = [basis] if design.nests_units else [basis, _dummies(design)]
        Q = np.hstack(columns)
        self._leverage = design.by_cluster(x[:, None] * Q)
        self._residual = design.by_cluster(e[:, None] * Q)
        self.spread = float(np.sqrt(self._factor * np.sum(self._own[:, 0] ** 2)))
        size = np.sqrt(np.mean(weights * design.outcome**2))
        if self.spread <= 1e-12 * size:
            raise NotEstimable(
                f"no standard error for {term}: its scores are zero in every cluster"
            )
        self.std_error = self.spread / self._scale

    def distance(self, null: float) -> float:
        return (self.estimate - null) * self._scale

    def parts(self, W: Floats) -> tuple[Floats, Floats]:
        """(2, B) numerators and (3, B) squared denominators of t, as polynomials in delta."""
        a = self._own[:, :1] * W - self._leverage @ (self._residual.T @ W)
        b = self._own[:, 1:] * W - self._leverage @ (self._leverage.T @ W)
        squares = (np.einsum("gk,gk->k", *pair) for pair in ((a, a), (a, b), (b, b)))
        return self._own.T @ W, self._factor * np.stack(list(squares))


def _t(numerators: Floats, squares: Floats, delta: float) -> Floats:
    variance = squares[0] + 2 * delta * squares[1] + delta**2 * squares[2]
    with np.errstate(divide="ignore", invalid="ignore"):
        t: Floats = np.abs(numerators[0] + delta * numerators[1]) / np.sqrt(np.maximum(variance, 0))
    return t


def _multipliers(
    values: Floats, g: int, total: int, seed: int, enumerated: bool
) -> Iterator[Floats]:
    width = max(1, CHUNK_CELLS // g)
    for first in range(0, total, width):
        size = min(width, total - first)
        if enumerated:
            digits = np.arange(first, first + size)[:, None] // len(values) ** np.arange(g)
        else:
            digits = (words(seed, first, size, g) % np.uint64(len(values))).astype(np.intp)
        yield values[digits % len(values)].T


def _end(p_value: Callable[[float], float], estimate: float, step: float, alpha: float) -> float:
    """Where p first falls below alpha, going from the estimate in the direction of `step`."""
    distance = STEP
    while p_value(estimate + distance * step) >= alpha:
        distance = distance + STEP if distance < 20 else 2 * distance
        if distance > FAR:
            return float(np.copysign(np.inf, step))
    inside = distance - STEP if distance <= 20 else distance / 2
    for _ in range(50):
        middle = (inside + distance) / 2
        if p_value(estimate + middle * step) >= alpha:
            inside = middle
        else:
            distance = middle
    return estimate + inside * step


def _dummies(design: ClusterDesign) -> Floats:
    dummies = np.zeros((len(design.units), len(design.unit_totals)))
    dummies[np.arange(len(design.units)), design.units] = design.unit_loading
    return dummies
