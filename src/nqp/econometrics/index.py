"""A composite index from its indicators by several conventions, to see what hangs on the choice.

Every convention takes the indicators, (rows, k) in their own units, with their signs, and gives one
score per row. Normalised values are (x − min)/(max − min), reversed where less is better; entropy
weights are those of the warehouse (models/intermediate/entropy.sql).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nqp.econometrics.panels import COLLINEAR, Codes, Floats, NotEstimable

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Indicators:
    """The indicators of one study.

    values: (rows, k) in their own units. signs: (k,), −1 where less is better. periods: (rows,)
    codes of the years. before: (rows,), whether the year precedes the first treatment.
    names: (k,).
    """

    values: Floats
    signs: Floats
    periods: Codes
    before: Flags
    names: tuple[str, ...]

    def without(self, name: str) -> Indicators:
        """The others."""
        kept = [j for j, other in enumerate(self.names) if other != name]
        return Indicators(
            self.values[:, kept], self.signs[kept], self.periods, self.before,
            tuple(self.names[j] for j in kept),
        )  # fmt: skip


def normalise(values: Floats, signs: Floats, reference: Floats | None = None) -> Floats:
    """(rows, k) by the minimum and maximum of the reference rows, 0 where these are equal.

    reference: (rows, k), by default the values; others may lie beyond 0 and 1.
    """
    known = values if reference is None else reference
    lowest, highest = known.min(axis=0), known.max(axis=0)
    spread = np.where(highest > lowest, highest - lowest, np.inf)
    return np.asarray(np.where(signs > 0, (values - lowest) / spread, (highest - values) / spread))


def entropy_weights(normalised: Floats, times: Floats | None = None) -> Floats:
    """(k,) from (rows, k) between 0 and 1: w = d/Σd, d = 1 + Σ p ln p / ln n, p = x'/Σx'.

    times: (rows,) how often each row counts; None for once. A constant column weighs 0. Shannon
    (1948); the factor is 1/ln of all rows.
    """
    repeated = np.ones(len(normalised)) if times is None else times
    totals = repeated @ normalised
    p = normalised / np.where(totals > 0, totals, 1.0)
    logs = np.log(np.where(p > 0, p, 1.0))
    entropy = np.where(totals > 0, -(repeated @ (p * logs)) / np.log(repeated.sum()), 1.0)
    divergence = 1 - entropy
    total = divergence.sum()
    return divergence / total if total > 0 else np.zeros_like(divergence)


def bootstrap_weights(values: Floats, signs: Floats, units: Codes, draws: int, seed: int) -> Floats:
    """(draws, k) entropy weights of samples of units, drawn with replacement with all their rows.

    values: (rows, k) in their own units; bounds are those of the sample drawn, too. units: (rows,)
    codes. Draw k depends on the seed and k alone.
    """
    n_units = int(units.max()) + 1
    found = np.empty((draws, values.shape[1]))
    for k in range(draws):
        generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k,)))
        times = np.bincount(generator.integers(n_units, size=n_units), minlength=n_units)[units]
        drawn = times > 0
        repeats = times[drawn].astype(float)
        found[k] = entropy_weights(normalise(values[drawn], signs), repeats)
    return found


def critic_weights(normalised: Floats) -> Floats:
    """(k,) weights by contrast and conflict: s_j Σ_l (1 − r_jl), scaled to one (Diakoulaki,
    Mavrotas and Papayannakis 1995, "Determining objective weights in multiple criteria problems:
    the CRITIC method").

    A constant column weighs 0. Raises NotEstimable where no two columns vary, each in its own way.
    """
    spread = normalised.std(axis=0, ddof=1)
    varies = spread > 0
    weights = np.zeros(normalised.shape[1])
    if varies.sum() > 1:
        correlation = np.corrcoef(normalised[:, varies], rowvar=False)
        weights[varies] = spread[varies] * (1 - correlation).sum(axis=1)
    if not weights.sum() > COLLINEAR * spread.sum():
        raise NotEstimable("no two indicators vary, each in its own way")
    return np.asarray(weights / weights.sum())


def first_component(normalised: Floats) -> Floats:
    """(rows,) score on the first principal component of the standardised columns, the loadings
    adding up to a number above 0."""
    spread = normalised.std(axis=0, ddof=1)
    if not (spread > 0).any():
        raise NotEstimable("no indicator varies")
    standard = (normalised - normalised.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    loadings = np.linalg.svd(standard, full_matrices=False)[2][0]
    return np.asarray(standard @ (loadings * np.sign(loadings.sum() or 1.0)))


def _entropy(given: Indicators) -> Floats:
    x = normalise(given.values, given.signs)
    return np.asarray(x @ entropy_weights(x))


def _before_treatment(given: Indicators) -> Floats:
    x, weights = _earlier(given)
    return np.asarray(x @ weights)


def _earlier_bounds(given: Indicators) -> Floats:
    x, _ = _earlier(given)
    return np.asarray(x @ entropy_weights(normalise(given.values, given.signs)))


def _earlier_weights(given: Indicators) -> Floats:
    _, weights = _earlier(given)
    return np.asarray(normalise(given.values, given.signs) @ weights)


def _earlier(given: Indicators) -> tuple[Floats, Floats]:
    """(rows, k) by the bounds, and (k,) the entropy weights, of the years before treatment."""
    if not given.before.any():
        raise NotEstimable("no year precedes the first treatment")
    reference = given.values[given.before]
    weights = entropy_weights(normalise(reference, given.signs))
    return normalise(given.values, given.signs, reference), weights


def _equal(given: Indicators) -> Floats:
    return np.asarray(normalise(given.values, given.signs).mean(axis=1))


def _critic(given: Indicators) -> Floats:
    x = normalise(given.values, given.signs)
    return np.asarray(x @ critic_weights(x))


def _principal(given: Indicators) -> Floats:
    return first_component(normalise(given.values, given.signs))


def _by_year(given: Indicators) -> Floats:
    x = np.empty_like(given.values)
    for period in np.unique(given.periods):
        own = given.periods == period
        x[own] = normalise(given.values[own], given.signs)
    return np.asarray(x @ entropy_weights(x))


# What each convention is called in results.index_sensitivity.
CONVENTIONS: Mapping[str, Callable[[Indicators], Floats]] = {
    "entropy, pooled": _entropy,
    "entropy, bounds and weights from the years before treatment": _before_treatment,
    "entropy, bounds from the years before treatment": _earlier_bounds,
    "entropy, weights from the years before treatment": _earlier_weights,
    "entropy, bounds by year": _by_year,
    "equal weights": _equal,
    "CRITIC": _critic,
    "first principal component": _principal,
}


def scores(given: Indicators) -> dict[str, Floats | str]:
    """The index by every convention, and without each indicator: (rows,), or why there is none."""
    found: dict[str, Floats | str] = {}
    for name, convention in CONVENTIONS.items():
        try:
            found[name] = convention(given)
        except NotEstimable as error:
            found[name] = str(error)
    if len(given.names) > 1:
        for name in given.names:
            found[f"entropy, without {name}"] = _entropy(given.without(name))
    return found
