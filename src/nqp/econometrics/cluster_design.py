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

from nqp.econometrics.covariance import Counts, count
from nqp.econometrics.panels import (
    Codes,
    Floats,
    NotEstimable,
    is_nested,
    rows_of_levels,
    sums,
    within_transform,
)
from nqp.econometrics.regression_design import design_of, estimation_sample, sample_and_effects
from nqp.econometrics.regression_spec import RegressionSpec


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
    counts: what small-sample factors are made of.
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
    counts: Counts

    @property
    def n_clusters(self) -> int:
        return len(self.labels)

    @cached_property
    def rows(self) -> list[Codes]:
        """The rows of each cluster."""
        return rows_of_levels(self.clusters)

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
    def whole_basis(self) -> Floats | None:
        """(N, q), or without unit effects (N, q + 1) with the one mean of all rows first, as a
        column like any other: what decides about clusters that hold whole units. None where
        clusters cut through units."""
        if len(self.unit_totals) == 1:
            mean = np.full(len(self.weights), self.unit_totals[0] ** -0.5)
            return np.column_stack([mean, self.basis])
        return self.basis if self.nests_units else None

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
    sample, effects, _ = sample_and_effects(panel, spec, unit, time)
    if panel[cluster].isna().any():
        unclustered = replace(spec, vcov="conventional", cluster=None)
        lost = len(estimation_sample(panel, unclustered, unit, time)) - len(sample)
        if lost:
            raise NotEstimable(f"{lost} rows of the sample have no {cluster}")
    n = len(sample)
    clusters, names = pd.factorize(sample[cluster], sort=True)
    labels = tuple(map(str, names.tolist()))
    weights = sample[spec.weights].to_numpy() if spec.weights else np.ones(n)
    weights = weights / weights.mean()
    design = design_of(sample, spec, effects, weights, unit, time)
    sizes, first = effects.sizes(design.kept), f"{cluster} is {labels[0]}"
    counts = count(n, len(design.terms), sizes, [clusters], [first])
    outcome = sample[spec.outcome].to_numpy(dtype=float)[:, None]
    return ClusterDesign(
        sample=sample,
        spec=spec,
        outcome=within_transform(outcome, effects.units, weights)[:, 0],
        weights=weights,
        units=effects.units,
        clusters=clusters,
        labels=labels,
        basis=design.basis,
        back=design.back[:-1, :-1],
        terms=design.terms[:-1],
        dropped=design.dropped,
        counts=counts,
    )
