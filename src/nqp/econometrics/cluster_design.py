"""A fixed-effects regression as the cluster-robust methods need it: its hat matrix, by cluster.

The regression of `nqp.econometrics.regression.fit`, on the same rows and with the same regressors,
written as the full regression on dummies. With weights W the columns are [U, B]: U holds a dummy of
each unit, B the period dummies and regressors without their unit means, both orthonormal in W, so
that the hat matrix is H = (U U' + B B') W and a coefficient is back B' W y. U is never formed: one
entry per row stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from nqp.econometrics.covariance import sums
from nqp.econometrics.panels import (
    COLLINEAR,
    Codes,
    Floats,
    NotEstimable,
    codes,
    is_nested,
    orthonormal_basis,
    within_transform,
)
from nqp.econometrics.regression import RegressionSpec, estimation_sample, fit
from nqp.econometrics.regression_design import effects_of


@dataclass(frozen=True, eq=False)
class ClusterDesign:
    """One specification and one cluster column; N rows, G clusters, q basis columns.

    sample: the complete rows, ordered by unit and period: the row order of every array here.
    spec: with `cluster` in the place of the specification's own.
    outcome: (N,) without its unit means. weights: (N,) of mean 1.
    units: (N,) codes of the unit effects, all zero where there are none.
    clusters: (N,) codes. labels: (G,) the clusters' names.
    basis: (N, q) the columns of the other effects and the regressors without unit means, B'WB = I.
    back: (k, q) carries the coefficients of the basis to those of `terms`.
    terms: regressors kept, treatment first. dropped: controls collinear with what precedes them.
    n_parameters: the constant, the regressors and the levels less one of each effect.
    n_nested: those of them that belong to an effect nested in the clusters.
    """

    sample: pd.DataFrame
    spec: RegressionSpec
    outcome: Floats
    weights: Floats
    units: Codes
    clusters: Codes
    labels: tuple[str, ...]
    basis: Floats
    back: Floats
    terms: tuple[str, ...]
    dropped: tuple[str, ...]
    n_parameters: int
    n_nested: int

    @property
    def n_clusters(self) -> int:
        return len(self.labels)

    @cached_property
    def rows(self) -> list[Codes]:
        """The rows of each cluster."""
        order = np.argsort(self.clusters, kind="stable")
        return np.split(order, np.cumsum(np.bincount(self.clusters))[:-1])

    @cached_property
    def coefficients(self) -> Floats:
        """(q,) of the basis; `back @` them are those of the terms."""
        b: Floats = self.basis.T @ (self.weights * self.outcome)
        return b

    @property
    def estimate(self) -> Floats:
        """(k,) the coefficients of `terms`."""
        b: Floats = self.back @ self.coefficients
        return b

    @cached_property
    def residuals(self) -> Floats:
        """(N,) of the regression."""
        e: Floats = self.outcome - self.basis @ self.coefficients
        return e

    @cached_property
    def nests_units(self) -> bool:
        """Whether the clusters hold whole units: leaving one out then leaves the others' means."""
        return is_nested(self.units, self.clusters)

    @cached_property
    def unit_totals(self) -> Floats:
        """(units,) the weights of each unit's rows."""
        totals: Floats = np.bincount(self.units, self.weights).astype(float)
        return totals

    @cached_property
    def unit_loading(self) -> Floats:
        """(N,) the one entry of each row of U."""
        loading: Floats = 1 / np.sqrt(self.unit_totals[self.units])
        return loading

    @property
    def small_sample_factor(self) -> float:
        """(N - 1)/(N - K) * G/(G - 1), as `fit` has it."""
        n, g = len(self.sample), self.n_clusters
        return (n - 1) / (n - self.n_parameters + self.n_nested) * g / (g - 1)

    def by_cluster(self, columns: Floats) -> Floats:
        """(G, ...) sums of the rows of each cluster."""
        added: Floats = self._sums @ columns
        return added

    @cached_property
    def _sums(self) -> sparse.csr_array:
        return sums(self.clusters)

    def blocks(self) -> Iterator[tuple[Codes, Codes, Floats]]:
        """Cluster by cluster: its rows, the codes of its units, its part of [U, B].

        The part is (rows of the cluster, its units + q).
        """
        for rows in self.rows:
            present, position = np.unique(self.units[rows], return_inverse=True)
            dummies = np.zeros((len(rows), len(present)))
            dummies[np.arange(len(rows)), position] = self.unit_loading[rows]
            yield rows, present, np.hstack([dummies, self.basis[rows]])


def cluster_design(
    panel: pd.DataFrame,
    spec: RegressionSpec,
    cluster: str,
    unit: str = "region_code",
    time: str = "year",
) -> ClusterDesign:
    """Prepare a specification for inference by `cluster`, whatever its own covariance.

    panel, spec, unit, time: as for `nqp.econometrics.regression.fit`, whose rows these are.
    cluster: column of labels.

    Raises NotEstimable as `fit` does, where a row used has no cluster and for a single cluster;
    ValueError as `fit` does.
    """
    spec = replace(spec, vcov="clustered", cluster=cluster, second_cluster=None)
    sample = estimation_sample(panel, spec, unit, time)
    if panel[cluster].isna().any():
        unclustered = replace(spec, vcov="conventional", cluster=None)
        lost = len(estimation_sample(panel, unclustered, unit, time)) - len(sample)
        if lost:
            raise NotEstimable(f"{lost} rows of the sample have no {cluster}")
    n = len(sample)
    clusters = codes(sample[cluster])
    labels = tuple(map(str, np.unique(sample[cluster])))
    if len(labels) == 1:
        raise NotEstimable(f"only one cluster: {cluster} is {labels[0]} in all {n} rows")
    weights = sample[spec.weights].to_numpy() if spec.weights else np.ones(n)
    weights = weights / weights.mean()
    effects = effects_of(sample, spec, unit, time)
    units, width = effects.units, effects.columns.shape[1]
    columns = np.hstack([effects.columns, sample[list(spec.regressors)].to_numpy(dtype=float)])
    root = np.sqrt(weights)[:, None]
    within = root * within_transform(columns, units, weights)
    basis, kept = orthonormal_basis(within, COLLINEAR * np.linalg.norm(root * columns, axis=0))
    n_effects = int(np.sum(kept < width))
    terms = tuple(spec.regressors[j - width] for j in kept[n_effects:])
    sizes = effects.sizes(kept)
    n_parameters = 1 + len(terms) + sum(size for _, size in sizes)
    if not set(spec.treatment) <= set(terms) or n <= n_parameters:
        fit(panel, spec, unit, time)  # which says why it cannot be estimated
    to_columns = np.linalg.inv(np.triu(basis.T @ within[:, kept]))
    outcome = sample[[spec.outcome]].to_numpy(dtype=float)
    return ClusterDesign(
        sample=sample,
        spec=spec,
        outcome=within_transform(outcome, units, weights)[:, 0],
        weights=weights,
        units=units,
        clusters=clusters,
        labels=labels,
        basis=basis / root,
        back=to_columns[n_effects:],
        terms=terms,
        dropped=tuple(name for name in spec.regressors if name not in terms),
        n_parameters=n_parameters,
        n_nested=sum(size for effect, size in sizes if is_nested(effect, clusters)),
    )
