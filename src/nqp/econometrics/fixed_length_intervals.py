"""The shortest confidence interval of fixed length when trends are smooth (FLCI).

An affine estimator of the effect, weights @ lags + v @ leads, is biased by whatever trend its
weights do not cancel. Of a straight line none remains if v @ years + weights @ years = 0; of a
trend whose slope changes by no more than M a year the bias is at most M * sum |g_k|, g_k being what
a change of slope in year k adds. With standard error s, b +- s * c(bias/s) covers, c(t) the
quantile of |N(t, 1)|; v makes s * c(bias/s) shortest, a convex problem (Armstrong and Kolesar 2018;
Rambachan and Roth 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from nqp.econometrics.panels import Floats


@dataclass(frozen=True, eq=False)
class FixedLengthInterval:
    """estimate: of the effect. half_length: of the interval around it. lead_weights: v.

    bias: the largest in absolute value. std_error: of the estimate.
    """

    estimate: float
    half_length: float
    lead_weights: Floats
    bias: float
    std_error: float

    @property
    def interval(self) -> tuple[float, float]:
        return self.estimate - self.half_length, self.estimate + self.half_length


def fixed_length_interval(
    b: Floats, V: Floats, n_pre: int, weights: Floats, m: float, level: float = 0.95
) -> FixedLengthInterval:
    """The interval for slopes that change by no more than m.

    b, V: (k,), (k, k) of the years, ascending, the reference before treatment left out, n_pre of
    them before it. weights: (k - n_pre,) of the later years in the effect.

    Raises ValueError for a negative m.
    """
    if m < 0:
        raise ValueError(f"m is {m}: expected 0 or more")
    n_post = len(weights)
    before, after = np.arange(-n_pre, 0.0), np.arange(1.0, n_post + 1)
    # What a change of slope in each year adds to the bias: fixed after, g = loads @ v before.
    fixed = np.abs(np.maximum(after - np.arange(n_post)[:, None], 0) @ weights).sum()
    loads = np.maximum(np.arange(-n_pre + 1, 0.0)[:, None] - before, 0)
    # g and the condition on straight lines determine v = start + turn @ g.
    inverse = np.linalg.inv(np.vstack([loads, before]))
    start, turn = -inverse[:, -1] * (weights @ after), inverse[:, :-1]

    whole = np.concatenate([start, weights])
    moving = np.vstack([turn, np.zeros((n_post, n_pre - 1))])
    root = np.linalg.cholesky(V + 1e-15 * np.trace(V) * np.eye(len(V)))
    offset, spread = root.T @ whole, root.T @ moving  # std_error = |offset + spread @ g|
    g = np.linalg.lstsq(spread, -offset)[0]
    if m > 0 and n_pre > 1:
        g = _shortest(offset, spread, m, float(fixed), g, level)
    std_error = float(np.linalg.norm(offset + spread @ g))
    bias = m * float(fixed + np.abs(g).sum())
    v = start + turn @ g
    return FixedLengthInterval(
        estimate=float(v @ b[:n_pre] + weights @ b[n_pre:]),
        half_length=std_error * folded_quantile(bias / std_error, level),
        lead_weights=v,
        bias=bias,
        std_error=std_error,
    )


def _shortest(
    offset: Floats, spread: Floats, m: float, fixed: float, least: Floats, level: float
) -> Floats:
    """(n_pre - 1,) the g of the shortest interval, from that of the smallest standard error."""
    scale = np.linalg.norm(offset) / np.linalg.norm(spread, axis=0)
    k = len(scale)

    def length(x: Floats) -> tuple[float, Floats]:
        g = scale * (x[:k] - x[k:])
        path = offset + spread @ g
        s = float(np.linalg.norm(path))
        t = m * (fixed + scale @ (x[:k] + x[k:])) / s
        c = folded_quantile(t, level)
        near, far = np.exp(-0.5 * (c - t) ** 2), np.exp(-0.5 * (c + t) ** 2)
        rise = (near - far) / (near + far)
        by_spread = (c - t * rise) * (spread.T @ path) / s * scale
        by_bias = rise * m * scale
        return s * c, np.concatenate([by_spread + by_bias, -by_spread + by_bias])

    starts = [np.concatenate([np.maximum(least, 0), np.maximum(-least, 0)]) / np.tile(scale, 2)]
    starts.append(np.zeros(2 * k))  # the smallest bias
    unit = length(starts[1])[0]
    found = [
        optimize.minimize(
            lambda x: tuple(value / unit for value in length(x)),
            x,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0, None)] * (2 * k),
            options={"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-10},
        )
        for x in starts
    ]
    x = min(found, key=lambda result: result.fun).x
    g: Floats = scale * (x[:k] - x[k:])
    return g


def folded_quantile(t: float, level: float = 0.95) -> float:
    """The quantile of |N(t, 1)|, t at least 0."""
    c = t + special.ndtri(level)  # if there were no other tail
    # From the left of where a concave function is `level`, Newton's steps never pass it.
    while True:
        density = np.exp(-0.5 * (c - t) ** 2) + np.exp(-0.5 * (c + t) ** 2)
        short = level - (special.ndtr(c - t) - special.ndtr(-c - t))
        step = short * np.sqrt(2 * np.pi) / density
        c += step
        if step <= 1e-13 * c:
            return float(c)
