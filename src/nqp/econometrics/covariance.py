"""Covariance of least-squares coefficients: who counts as a parameter, and one function per kind.

With N rows, G clusters and K parameters, the clustered covariance is multiplied by
(N - 1)/(N - K) * G/(G - 1) and its tests use t(G - 1); the conventional one is RSS/(N - K) times
the bread and uses t(N - K). K counts the constant, the regressors and the levels less one of each
effect, except effects nested in the cluster (Cameron and Miller 2015, "A Practitioner's Guide to
Cluster-Robust Inference", section III; reghdfe and fixest agree).

By two columns of clusters the covariance is that of the first, plus that of the second, less that
of their intersections (Cameron, Gelbach and Miller 2011). All three have the factor of the smaller
number of clusters G, an effect nested in either is not counted, and tests use t(G - 1), as reghdfe
and fixest do. The difference may be negative: a coefficient then has no standard error.

A kind of covariance is one entry of `COVARIANCES`. It takes the influence of each row on the
coefficients, (rows, k), with coefficients = influence' y, the residuals, (rows,), and the codes of
each column of clusters, (rows,), and gives the covariance, (k, k). A batch of regressions with one
regressor each needs no matrix: the variance is `Counts.factor` times the sum of squared scores, of
clusters or of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nqp.econometrics.panels import Codes, Floats, NotEstimable, combined, is_nested, sums


@dataclass(frozen=True)
class Counts:
    """What small-sample factors and degrees of freedom are made of.

    n_parameters: constant, regressors and all effects. n_nested: those of them that are effects
    nested in the clusters. n_clusters: of the column that has fewer; None where the covariance is
    conventional.
    """

    n_obs: int
    n_parameters: int
    n_nested: int
    n_clusters: int | None

    @property
    def factor(self) -> float:
        """What the sum of squared scores, or of squared residuals, is multiplied by."""
        residual = self.n_obs - self.n_parameters
        if self.n_clusters is None:
            return 1 / residual
        g = self.n_clusters
        return (self.n_obs - 1) / (residual + self.n_nested) * g / (g - 1)

    def with_more(self, terms: int) -> Counts:
        """The counts of the same regression with more regressors.

        Raises NotEstimable where they leave no residual degrees of freedom.
        """
        found = replace(self, n_parameters=self.n_parameters + terms)
        found.check()
        return found

    def check(self) -> None:
        """Raises NotEstimable where no residual degrees of freedom are left."""
        if self.n_obs <= self.n_parameters:
            raise NotEstimable(
                f"no residual degrees of freedom: {self.n_obs} complete rows for "
                f"{self.n_parameters} parameters"
            )

    @property
    def df_resid(self) -> int:
        """Degrees of freedom of the t distribution."""
        if self.n_clusters is None:
            return self.n_obs - self.n_parameters
        return self.n_clusters - 1


def count(
    n_obs: int,
    n_terms: int,
    effects: Sequence[tuple[Codes, int]],
    clusters: Sequence[Codes] = (),
    first_labels: Sequence[str] = (),
) -> Counts:
    """Count the parameters of a regression.

    n_terms: constant and regressors. effects: (codes, parameters) of each, an effect that is off
    having a single level and none. clusters: (rows,) codes of each column; none where errors are
    conventional. first_labels: name and first label of each column, for the message.

    Raises NotEstimable where no residual degrees of freedom are left, or all rows are one cluster.
    """
    n_parameters = n_terms + sum(size for _, size in effects)
    sizes = [int(labels.max()) + 1 for labels in clusters]
    if 1 in sizes:
        raise NotEstimable(f"only one cluster: {first_labels[sizes.index(1)]} in all {n_obs} rows")
    Counts(n_obs, n_parameters, 0, None).check()
    nested = sum(
        size for levels, size in effects if any(is_nested(levels, labels) for labels in clusters)
    )
    return Counts(n_obs, n_parameters, nested, min(sizes, default=None))


def conventional(
    influence: Floats, residuals: Floats, clusters: Sequence[Codes], counts: Counts
) -> Floats:
    """(k, k), for errors that are independent and of one variance."""
    return counts.factor * float(residuals @ residuals) * (influence.T @ influence)


def cluster_robust(
    influence: Floats, residuals: Floats, clusters: Sequence[Codes], counts: Counts
) -> Floats:
    """(k, k), for errors that may depend on each other within a cluster (Liang and Zeger 1986)."""
    rows = influence * residuals[:, None]
    meat = np.zeros((rows.shape[1], rows.shape[1]))
    for labels, sign in signed_clusters(clusters):
        scores = sums(labels) @ rows
        meat += sign * (scores.T @ scores)
    return counts.factor * meat


def signed_clusters(clusters: Sequence[Codes]) -> list[tuple[Codes, int]]:
    """The clusterings whose squared scores are added up, each with its sign."""
    found = [(labels, 1) for labels in clusters]
    if len(clusters) == 2:
        found.append((combined(*clusters), -1))
    return found


COVARIANCES: Mapping[str, Callable[[Floats, Floats, Sequence[Codes], Counts], Floats]] = {
    "conventional": conventional,
    "clustered": cluster_robust,
}
