"""The arithmetic of calibration: moments, planted coefficients and the index, each met exactly.

All panels are balanced and flattened unit by unit: row = unit * n_years + year.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit

from nqp.simulate.definitions import Floats, Spec, entropy_weights

# A row vector, and the value its product with an outcome shall have.
Condition = tuple[Floats, float]


class CalibrationError(ValueError):
    """The draws of this seed cannot meet the targets; another seed, or milder targets, will."""


def stream(seed: int, *names: str) -> np.random.Generator:
    """A generator of its own for each purpose: what is drawn for one never moves another."""
    key = tuple(zlib.crc32(name.encode()) for name in names)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def standardise(x: Floats) -> Floats:
    """Mean 0, standard deviation 1 over all elements."""
    z: Floats = (x - x.mean()) / x.std(ddof=1)
    return z


def autoregressive(rng: np.random.Generator, n_units: int, n_years: int, rho: float) -> Floats:
    """(n_units, n_years) stationary AR(1) paths with variance 1 and autocorrelation rho."""
    paths = rng.standard_normal((n_units, n_years))
    for year in range(1, n_years):
        paths[:, year] = rho * paths[:, year - 1] + np.sqrt(1 - rho**2) * paths[:, year]
    return paths


def within(x: Floats, n_years: int) -> Floats:
    """Less unit and year means; x has shape (rows,) or (rows, k), rows a balanced panel."""
    cube = x.reshape(-1, n_years, *x.shape[1:])
    centred = (
        cube
        - cube.mean(axis=1, keepdims=True)
        - cube.mean(axis=0, keepdims=True)
        + cube.mean(axis=(0, 1), keepdims=True)
    )
    out: Floats = centred.reshape(x.shape)
    return out


def match_moments(z: Floats, shape: str, mean: float, sd: float) -> Floats:
    """A monotone image of z with exactly this mean and standard deviation.

    shape: "normal" (any value), "lognormal" (positive) or "logit" (between 0 and 1).
    """
    z = standardise(z)
    if shape == "normal":
        return mean + sd * z
    if shape == "lognormal":

        def spread(slope: float) -> float:
            x = np.exp(slope * z)
            return float(x.std(ddof=1) / x.mean() - sd / mean)

        x = np.exp(root(spread, 1e-3, 10) * z)
        out: Floats = x * (mean / x.mean())
        return out
    if shape == "logit":

        def image(slope: float) -> Floats:
            centre = root(lambda a: float(expit(a + slope * z).mean() - mean), -60, 60)
            share: Floats = expit(centre + slope * z)
            return share

        return image(root(lambda b: float(image(b).std(ddof=1) - sd), 1e-3, 10))
    raise ValueError(f"unknown shape {shape!r}: expected normal, lognormal or logit")


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """The zero of a function of one number that changes sign between low and high."""
    return float(brentq(function, low, high, xtol=1e-14, rtol=1e-14, maxiter=500))


def rescaled(
    make: Callable[[float, float], tuple[Floats, Floats]], mean: float, sd: float
) -> tuple[Floats, Floats]:
    """The signal and noise of ``make(a, b)`` whose sum has this mean and standard deviation.

    make takes the mean and the standard deviation of its own ingredients; both are corrected in
    proportion until the sum fits. Raises CalibrationError when that does not settle.
    """
    a, b = mean, sd
    for _ in range(500):
        signal, noise = make(a, b)
        total = signal + noise
        off_mean, off_sd = mean - float(total.mean()), sd / float(total.std(ddof=1))
        if abs(off_mean) < 1e-13 * abs(mean) and abs(off_sd - 1) < 1e-13:
            break
        a, b = a + off_mean, b * off_sd
    else:
        raise CalibrationError(f"no spread of the units gives mean {mean} and s.d. {sd}.")
    return signal, noise


def functional(panel: pd.DataFrame, spec: Spec, term: str) -> Floats:
    """The row vector that turns an outcome into the specification's coefficient of ``term``."""
    rows = spec.rows(panel)
    x = panel.loc[rows, list(spec.terms)].to_numpy(dtype=float)
    centred = within(x, panel.loc[rows, "year"].nunique()) if spec.effects else x - x.mean(axis=0)
    vector = np.zeros(len(panel))
    vector[rows] = np.linalg.solve(centred.T @ centred, centred.T)[spec.terms.index(term)]
    return vector


def nearest(draft: Floats, conditions: list[Condition], scale: Floats) -> Floats:
    """The array nearest to the draft on which ``vector @ array == value`` for every condition.

    draft, scale: (n,). Distance is least squares after division by ``scale``, so that a large
    unit yields more than a small one.
    """
    vectors = np.vstack([vector for vector, _ in conditions])
    weighted = vectors * scale**2
    gap = np.array([value for _, value in conditions]) - vectors @ draft
    change: Floats = np.linalg.solve(vectors @ weighted.T, gap) @ weighted
    return draft + change


def nearest_levels(draft: Floats, conditions: list[Condition], scale: Floats) -> Floats:
    """As ``nearest``, by shifting whole units only: coefficients with unit effects stay put.

    draft: (units, years); vectors of the conditions: (units * years,); scale: (units,).
    """
    by_unit = [
        (vector.reshape(draft.shape).sum(axis=1), value - float(vector @ draft.ravel()))
        for vector, value in conditions
    ]
    return draft + nearest(np.zeros(len(draft)), by_unit, scale)[:, None]


def normalised(x: Floats) -> Floats:
    """Columns brought to minimum 0 and maximum 1."""
    low, high = x.min(axis=0), x.max(axis=0)
    out: Floats = (x - low) / (high - low)
    return out


def fit_index(target: Floats, draft: Floats, adjustable: NDArray[np.bool_]) -> Floats:
    """Normalised indicators whose entropy-weighted index is the target.

    target: (rows,) in (0, 1). draft: (rows, indicators), higher is better. adjustable:
    (indicators,), the others are taken as they are. Every row shifts the logits of its
    adjustable cells by one number of its own, until normalisation, weights and index agree.

    Raises CalibrationError when that does not settle, as when fixed cells alone exceed a target.
    """
    fixed = normalised(draft)
    # Away from 0 and 1, so that no cell is beyond the reach of a shift.
    logits = logit(1e-4 + 0.9 * fixed)
    shift = np.zeros((len(draft), 1))
    for _ in range(5000):
        fitted = np.where(adjustable, normalised(expit(logits + shift)), fixed)
        weights = entropy_weights(fitted)
        gap = target - fitted @ weights
        if np.abs(gap).max() < 1e-12:
            return fitted
        slope = np.where(adjustable, fitted * (1 - 0.9 * fitted), 0.0) @ weights
        shift += np.clip(gap / np.maximum(slope, 1e-9), -0.5, 0.5)[:, None]
    worst = int(np.abs(gap).argmax())
    raise CalibrationError(
        f"the index does not settle: row {worst} stays {gap[worst]:.1e} off its target "
        f"{target[worst]:.4f}."
    )


def dummies_least_squares(panel: pd.DataFrame, spec: Spec, outcome: Floats) -> Iterator[float]:
    """Coefficients of the specification's terms by least squares on a dummy for every effect.

    Deliberately naive: it shares nothing with the estimator it is there to check.
    """
    rows = spec.rows(panel)
    sample = panel[rows]
    columns = [sample[list(spec.terms)].to_numpy(dtype=float), np.ones((len(sample), 1))]
    if spec.effects:
        columns += [
            pd.get_dummies(sample[name], drop_first=True).to_numpy(dtype=float)
            for name in ("region_code", "year")
        ]
    design = np.hstack(columns)
    # Columns of like length keep small regressors (Er) and large ones (trade) equally precise.
    length = np.linalg.norm(design, axis=0)
    solution = np.linalg.lstsq(design / length, outcome[rows], rcond=None)[0] / length
    yield from map(float, solution[: len(spec.terms)])
