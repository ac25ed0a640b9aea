"""Many regressions on one panel: placebo draws, randomisation inference, wild bootstrap, curves.

What the regressions share, effects and controls, is partialled out once; by the theorem of Frisch,
Waugh and Lovell the treatment's coefficient is then a ratio of two sums and its clustered variance
needs one score per cluster, for all draws in a few matrix products. Unit means are subtracted, then
the projection on period dummies and controls without theirs, which is exact on unbalanced panels.
Sample, parameter count, small-sample factors and t distribution are those of
`nqp.econometrics.regression.fit`.

The matrices are small and the products thin: a second BLAS thread waits more than it works, and
costs time when the cores are busy. Run with OPENBLAS_NUM_THREADS=1 where speed matters; threads
and chunks change no more than the last digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from nqp.econometrics.covariance import count
from nqp.econometrics.panels import (
    COLLINEAR,
    Codes,
    Floats,
    NotEstimable,
    codes,
    matrix,
    orthonormal_basis,
    sums,
    within_transform,
)
from nqp.econometrics.regression import EXACT, RegressionSpec
from nqp.econometrics.regression_design import sample_and_effects

# Cells of a chunk: 1 MB, of which a handful of copies stay in the processor's cache.
CHUNK_CELLS = 2**17


@dataclass(frozen=True, eq=False)
class Absorbed:
    """One sample with effects and controls partialled out; N rows, q basis columns.

    sample: the complete rows, ordered by unit and period: the row order of every array here.
    units: (N,) codes of the unit effects, all zero where there are none.
    basis: (N, q) orthonormal, period dummies and controls without their unit means.
    clusters: (N,) codes, None when the standard errors are conventional.
    factor: what the sum of squared scores is multiplied by, `Counts.factor`; the treatment counts.
    df_resid: degrees of freedom of the t distribution.
    """

    sample: pd.DataFrame
    units: Codes
    basis: Floats
    clusters: Codes | None
    factor: float
    df_resid: int

    def residualise(self, columns: Floats) -> Floats:
        """(N, B) columns less what the effects and controls explain of them."""
        within: Floats = columns - (self._unit_means @ columns)[self.units]
        within -= self.basis @ (self.basis.T @ within)
        return within

    @property
    def _unit_means(self) -> Any:
        return sums(self.units, 1 / np.bincount(self.units)[self.units])


@dataclass(frozen=True, eq=False)
class Estimates:
    """One entry per regression, NaN where it identifies nothing; every array is (B,)."""

    estimate: Floats
    std_error: Floats
    t_statistic: Floats
    p_value: Floats


def absorb(
    panel: pd.DataFrame, spec: RegressionSpec, unit: str = "region_code", time: str = "year"
) -> Absorbed:
    """Partial effects and controls out of the rows on which `fit(panel, spec)` would run.

    spec: its one treatment takes part in choosing the complete rows and is otherwise left to the
        draws. A control collinear with what stands before it is dropped, as `fit` does; one
        collinear with the treatment stays, and makes that draw NaN.

    Raises NotEstimable for a single cluster, clusters of two kinds or no residual degrees of
    freedom, ValueError for
    several treatments or weights, and what `fit` raises for a panel that is not one.
    """
    if len(spec.treatment) != 1:
        raise ValueError(
            f"{len(spec.treatment)} treatments ({', '.join(spec.treatment)}): "
            "expected one, which each draw replaces"
        )
    if spec.second_cluster is not None:
        raise NotEstimable(
            f"errors clustered by {spec.cluster} and by {spec.second_cluster}: batches of "
            "regressions cluster one way"
        )
    if spec.weights is not None:
        raise ValueError(
            f"weights is {spec.weights!r}: batches weigh all rows equally; set weights to None, or "
            "call nqp.econometrics.regression.fit once for each regression"
        )
    sample, effects, _ = sample_and_effects(panel, spec, unit, time)
    n = len(sample)
    columns = np.hstack([effects.columns, matrix(sample, spec.controls)])
    within = within_transform(columns, effects.units, np.ones(n))
    basis, kept = orthonormal_basis(within, COLLINEAR * np.linalg.norm(columns, axis=0))

    clusters = [codes(sample[name]) for name in spec.clusters]
    first = [f"{name} is {sample[name].iloc[0]}" for name in spec.clusters]
    # The constant, the treatment, the controls.
    n_terms = 2 + int(np.sum(kept >= effects.columns.shape[1]))
    counts = count(n, n_terms, effects.sizes(kept), clusters, first)
    return Absorbed(
        sample, effects.units, basis, clusters[0] if clusters else None, counts.factor,
        counts.df_resid,
    )  # fmt: skip


def regress_treatments(absorbed: Absorbed, outcome: ArrayLike, D: ArrayLike) -> Estimates:
    """Regress one outcome on each of B treatments separately.

    outcome: (N,). D: (N, B), rows as in `absorbed.sample`. A treatment that effects and controls
    absorb is NaN throughout; one that fits the outcome exactly has no standard error.

    Raises ValueError when an array does not have the sample's rows.
    """
    return _regress(absorbed, _matrix(absorbed, outcome, "outcome"), _matrix(absorbed, D, "D"))


def regress_outcomes(absorbed: Absorbed, Y: ArrayLike, treatment: ArrayLike) -> Estimates:
    """Regress each of B outcomes, the columns of Y (N, B), on one treatment (N,).

    NaN and ValueError as for `regress_treatments`.
    """
    return _regress(absorbed, _matrix(absorbed, Y, "Y"), _matrix(absorbed, treatment, "treatment"))


def chunks(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Slices of the columns of an (n_rows, n_columns) matrix, `CHUNK_CELLS` cells or so each."""
    width = max(1, CHUNK_CELLS // n_rows)
    return (slice(start, start + width) for start in range(0, n_columns, width))


def _regress(absorbed: Absorbed, Y: NDArray[Any], D: NDArray[Any]) -> Estimates:
    """Regressions by pairs of columns; a matrix of one column serves them all."""
    n = len(Y)
    groups = absorbed.clusters if absorbed.clusters is not None else np.zeros(n, dtype=np.intp)
    total = sums(groups)

    def within(X: NDArray[Any], columns: slice) -> tuple[Floats, Floats]:
        x = X[:, columns].astype(float)
        return absorbed.residualise(x), np.sqrt(np.einsum("ij,ij->j", x, x))

    shared_y = within(Y, slice(1)) if Y.shape[1] == 1 else None
    shared_d = within(D, slice(1)) if D.shape[1] == 1 else None
    parts = []
    for columns in chunks(n, max(Y.shape[1], D.shape[1])):
        y, y_length = shared_y or within(Y, columns)
        d, d_length = shared_d or within(D, columns)
        dy, dd = total @ (d * y), total @ (d * d)
        length = np.sqrt(dd.sum(axis=0))
        length[length <= COLLINEAR * d_length] = np.nan
        estimate = dy.sum(axis=0) / length**2
        # A cluster's score is the sum of d times the residual y - d b.
        errors = y - d * estimate if absorbed.clusters is None else (dy - dd * estimate) / length
        norm = np.sqrt(absorbed.factor * np.einsum("ij,ij->j", errors, errors))
        norm[norm <= EXACT * y_length / np.sqrt(n)] = np.nan
        parts.append((estimate, norm / length))
    estimates, std_errors = (np.concatenate(part) for part in zip(*parts, strict=True))
    t = estimates / std_errors
    return Estimates(estimates, std_errors, t, 2 * stats.t.sf(np.abs(t), absorbed.df_resid))


def _matrix(absorbed: Absorbed, values: ArrayLike, name: str) -> NDArray[Any]:
    matrix = np.asarray(values)
    if matrix.ndim not in (1, 2) or len(matrix) != len(absorbed.sample):
        raise ValueError(
            f"{name} has shape {matrix.shape}: expected {len(absorbed.sample)} rows, those of the "
            "absorbed sample, which leaves out incomplete rows and orders by unit and period"
        )
    return matrix.reshape(len(matrix), -1)
