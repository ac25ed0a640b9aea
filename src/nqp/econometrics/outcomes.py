"""Many outcomes regressed on one treatment: the parts of an index, its variants, the controls.

What the regressions share, effects and controls, is partialled out once; by the theorem of Frisch,
Waugh and Lovell the treatment's coefficient is then a ratio of two sums and its clustered variance
needs one score per cluster, for all outcomes in a few matrix products. Unit means are subtracted,
then the projection on period dummies and controls without theirs, which is exact on unbalanced
panels. Sample, parameter count, small-sample factors and t distribution are those of
`nqp.econometrics.regression.fit`. Many treatments of one outcome are
`nqp.econometrics.structured`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
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
        caller. A control collinear with what stands before it is dropped, as `fit` does; one
        collinear with the treatment stays, and makes its estimates NaN.

    Raises NotEstimable for a single cluster, clusters of two kinds or no residual degrees of
    freedom, ValueError for several treatments or weights, and what `fit` raises for a panel that
    is not one.
    """
    if len(spec.treatment) != 1:
        raise ValueError(
            f"{len(spec.treatment)} treatments ({', '.join(spec.treatment)}): expected one"
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


def regress_outcomes(absorbed: Absorbed, Y: ArrayLike, treatment: ArrayLike) -> Estimates:
    """Regress each of B outcomes on one treatment.

    Y: (N, B), or (N,) for one. treatment: (N,), rows as in `absorbed.sample`. All NaN where effects
    and controls absorb the treatment; an outcome that it fits exactly has no standard error.

    Raises ValueError when an array does not have the sample's rows.
    """
    outcomes, given = _matrix(absorbed, Y, "Y"), _matrix(absorbed, treatment, "treatment")
    y, d = absorbed.residualise(outcomes), absorbed.residualise(given)
    length = np.sqrt(np.sum(d**2))
    if length <= COLLINEAR * np.sqrt(np.sum(given**2)):
        length = np.nan
    estimate = (d.T @ y)[0] / length**2
    # A cluster's score is the sum of d times the residual y - d b.
    errors = y - d * estimate
    if absorbed.clusters is not None:
        errors = sums(absorbed.clusters) @ (d * errors) / length
    norm = np.sqrt(absorbed.factor * np.sum(errors**2, axis=0))
    norm[norm <= EXACT * np.sqrt(np.mean(outcomes**2, axis=0))] = np.nan
    t = estimate / (norm / length)
    p = 2 * stats.t.sf(np.abs(t), absorbed.df_resid)
    return Estimates(estimate, norm / length, t, p)


def _matrix(absorbed: Absorbed, values: ArrayLike, name: str) -> Floats:
    matrix = np.asarray(values, dtype=float)
    if matrix.ndim not in (1, 2) or len(matrix) != len(absorbed.sample):
        raise ValueError(
            f"{name} has shape {matrix.shape}: expected {len(absorbed.sample)} rows, those of the "
            "absorbed sample, which leaves out incomplete rows and orders by unit and period"
        )
    return matrix.reshape(len(matrix), -1)
