"""Whether several coefficients are all zero, with few clusters: the approximate Hotelling test.

With the CR2 covariance V of q coefficients b, Q = b'V^-1 b is Hotelling's T2 with eta degrees of
freedom but for the approximation, and F = (eta - q + 1)/(eta q) * Q has the distribution
F(q, eta - q + 1). eta matches the total variance of the entries of Omega^(-1/2) V Omega^(-1/2),
Omega = E(V), under the working model of independent errors with one variance: with
p_sg as for Satterthwaite's degrees of freedom of the s-th row of Omega^(-1/2),
eta = q(q + 1) / sum_st sum_gh [(p_sg'p_sh)(p_tg'p_th) + (p_sg'p_th)(p_tg'p_sh)]
(Pustejovsky and Tipton 2018, the test they call AHT and `clubSandwich` HTZ). For one
coefficient it is the t-test with Satterthwaite's degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from nqp.econometrics.cluster_design import ClusterDesign
from nqp.econometrics.cluster_inference import InfluenceProducts, adjusted_influence
from nqp.econometrics.panels import Floats, NotEstimable
from nqp.econometrics.threads import one_blas_thread


@dataclass(frozen=True)
class ClusterJointTest:
    """Whether all `terms` are zero: F(df1, df2), df2 not whole."""

    terms: tuple[str, ...]
    f_statistic: float
    df1: int
    df2: float
    p_value: float
    n_clusters: int


@one_blas_thread
def htz_test(
    design: ClusterDesign, terms: Sequence[str], influence: Floats | None = None
) -> ClusterJointTest:
    """Test that the coefficients of `terms` are all zero.

    design: of `nqp.econometrics.cluster_design.cluster_design`, or `ClusterInference.design`.
    influence: `nqp.econometrics.cluster_inference.adjusted_influence` of it, where that is known.

    Raises NotEstimable when the clusters are too few for as many terms, ValueError for no term and
    for one the regression does not have.
    """
    absent = [term for term in terms if term not in design.terms]
    if absent or not terms:
        raise ValueError(
            f"expected terms of the regression ({', '.join(design.terms)}), not "
            f"{', '.join(absent) or 'none'}"
        )
    q = len(terms)
    chosen = [design.terms.index(term) for term in terms]
    influence = (adjusted_influence(design) if influence is None else influence)[:, chosen]
    scores = design.by_cluster(influence * design.residuals[:, None])
    V, b = scores.T @ scores, design.estimate[chosen]
    products = InfluenceProducts(design, influence)
    omega = np.array([[np.trace(products(s, t)) for t in range(q)] for s in range(q)])

    too_few = NotEstimable(
        f"{design.n_clusters} clusters are too few to test {q} coefficients together: "
        f"{', '.join(terms)}"
    )
    # In units of their expected variances, neither the rank nor the test depends on those of data.
    scale = np.sqrt(np.diag(omega))
    if not (scale > 0).all():
        raise too_few
    correlation = omega / np.outer(scale, scale)
    if any(
        np.linalg.matrix_rank(matrix, hermitian=True) < q
        for matrix in (correlation, V / np.outer(scale, scale))
    ):
        raise too_few
    values, vectors = np.linalg.eigh(correlation)
    rotation = (vectors / np.sqrt(values)) @ vectors.T / scale

    rotated = InfluenceProducts(design, influence @ rotation.T)
    own = [rotated(s, s) for s in range(q)]
    total = 0.0
    for s in range(q):
        for t in range(s, q):
            mixed = rotated(s, t)
            total += (1 + (s < t)) * np.sum(own[s] * own[t] + mixed * mixed.T)
    eta = q * (q + 1) / total
    if eta <= q - 1:
        raise too_few
    wald = float(b @ np.linalg.solve(V, b))
    f = (eta - q + 1) / (eta * q) * wald
    df2 = eta - q + 1
    return ClusterJointTest(
        tuple(terms), f, q, df2, float(stats.f.sf(f, q, df2)), design.n_clusters
    )
