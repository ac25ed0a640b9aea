"""How sure an indirect effect is: Sobel, a wild cluster bootstrap, and an unobserved confounder.

Two regressions on the same rows, with the same controls and effects: the mediator on the treatment
(coefficient a), the outcome on treatment and mediator (coefficients c' and b). The indirect effect
is a b, and the total effect c = c' + a b, the coefficient of the outcome on the treatment alone.

Sobel (1982): z = a b / sqrt(a^2 s_b^2 + b^2 s_a^2), standard errors CR1, against the normal
    distribution. a b is far from normal when either is small, and clusters are few here.
Joint significance: a b = 0 when a = 0 or b = 0, so p is the larger of the two p-values, each by the
    restricted wild cluster bootstrap (MacKinnon, Lockwood, Hoffman, West and Sheets 2002, with the
    p-values of `wild_bootstrap`). It never claims too much, and says too little where both are 0.
Bootstrap interval: residuals of both equations are multiplied by the same number in each cluster,
    the mediator's equation first, so that its drawn values enter the outcome's; the interval are
    percentiles of a b, its p twice the smaller share on either side of zero, the estimate added.
Sensitivity: with correlation rho between the errors of the two equations, which an unobserved
    confounder of mediator and outcome makes, the indirect effect is
    a s_1/s_2 * (r - rho * sqrt((1 - r^2)/(1 - rho^2))), s_1 and s_2 the spread of the residuals of
    outcome and mediator without the mediator, r their correlation (Imai, Keele and Yamamoto 2010,
    "Identification, inference and sensitivity analysis"). It is zero at rho = r; such
    a confounder explains shares of both residual variances whose product is r^2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from nqp.econometrics.cluster_design import ClusterDesign, cluster_design
from nqp.econometrics.panels import Floats, NotEstimable
from nqp.econometrics.regression import RegressionSpec, estimation_sample
from nqp.econometrics.streams import words
from nqp.econometrics.threads import one_blas_thread
from nqp.econometrics.wild_bootstrap import VALUES, Multipliers, wild_bootstrap

RHOS = tuple(np.round(np.arange(-0.9, 0.91, 0.1), 1))
CHUNK_CELLS = 2**20


@dataclass(frozen=True, eq=False)
class MediationInference:
    """One mediator; effects in the outcome's units, per unit of the treatment.

    a, b, direct, total, indirect: as above. a_std_error, b_std_error: CR1.
    sobel_std_error, sobel_z, sobel_p: of the indirect effect.
    a_p, b_p, direct_p, total_p: of the restricted wild cluster bootstrap. joint_p: the larger of
        a_p and b_p.
    boot_low, boot_high, boot_p: of the indirect effect, by the percentiles of `draws`.
    share: indirect over total; None with `share_reason` where total_p is 1 - level or more.
    rho_at_zero: the correlation of errors at which the indirect effect vanishes.
    sensitivity: rho, indirect.
    """

    a: float
    a_std_error: float
    a_p: float
    b: float
    b_std_error: float
    b_p: float
    direct: float
    direct_p: float
    total: float
    total_p: float
    indirect: float
    sobel_std_error: float
    sobel_z: float
    sobel_p: float
    joint_p: float
    boot_low: float
    boot_high: float
    boot_p: float
    share: float | None
    share_reason: str | None
    rho_at_zero: float
    sensitivity: pd.DataFrame
    n_obs: int
    n_clusters: int
    draws: int


@one_blas_thread
def mediation_inference(
    panel: pd.DataFrame,
    spec: RegressionSpec,
    mediator: str,
    cluster: str,
    multipliers: Multipliers = "rademacher",
    draws: int = 9999,
    seed: int = 0,
    level: float = 0.95,
    unit: str = "region_code",
    time: str = "year",
) -> MediationInference:
    """Test whether a treatment acts on the outcome through a mediator.

    spec: of the outcome on its one treatment; effects, controls and weights serve all equations.
    cluster: of all standard errors and draws. All equations use the rows that have the mediator.

    Raises NotEstimable and ValueError as `nqp.econometrics.cluster_design.cluster_design` and
    `wild_bootstrap` do, ValueError for several treatments.
    """
    if len(spec.treatment) != 1:
        raise ValueError(f"expected one treatment, not {', '.join(spec.treatment)}")
    treatment = spec.treatment[0]
    with_mediator = replace(spec, treatment=(treatment, mediator))
    keys = estimation_sample(panel, with_mediator, unit, time)[[unit, time]]
    rows = panel.merge(keys, on=[unit, time])
    total = cluster_design(rows, spec, cluster, unit, time)
    first = cluster_design(rows, replace(spec, outcome=mediator), cluster, unit, time)
    second = cluster_design(rows, with_mediator, cluster, unit, time)

    def test(design: ClusterDesign, term: str) -> tuple[float, float, float]:
        result = wild_bootstrap(design, term, multipliers, draws, seed, interval=False)
        return result.estimate, result.std_error, result.p_value

    a, a_std_error, a_p = test(first, treatment)
    b, b_std_error, b_p = test(second, mediator)
    c, _, c_p = test(total, treatment)
    direct, _, direct_p = test(second, treatment)
    sobel_std_error, sobel_z, sobel_p = sobel(a, a_std_error, b, b_std_error)
    drawn = np.concatenate(
        [
            _indirect(first, second, W, a, b)
            for W in _draws(first.n_clusters, multipliers, draws, seed)
        ]
    )
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    tail = min(np.sum(drawn <= 0), np.sum(drawn >= 0))
    known = c_p < 1 - level
    curve, at_zero = _sensitivity(total, first, a)
    return MediationInference(
        a=a,
        a_std_error=a_std_error,
        a_p=a_p,
        b=b,
        b_std_error=b_std_error,
        b_p=b_p,
        direct=direct,
        direct_p=direct_p,
        total=c,
        total_p=c_p,
        indirect=a * b,
        sobel_std_error=sobel_std_error,
        sobel_z=sobel_z,
        sobel_p=sobel_p,
        joint_p=max(a_p, b_p),
        boot_low=float(low),
        boot_high=float(high),
        boot_p=float(min(1.0, 2 * (1 + tail) / (1 + draws))),
        share=a * b / c if known else None,
        share_reason=None
        if known
        else f"the total effect is not distinguishable from zero (p = {c_p:.3f})",
        rho_at_zero=at_zero,
        sensitivity=curve,
        n_obs=len(first.sample),
        n_clusters=first.n_clusters,
        draws=draws,
    )


def sobel(a: float, a_std_error: float, b: float, b_std_error: float) -> tuple[float, float, float]:
    """Standard error, z and p of the product a b, by Sobel (1982)."""
    std_error = float(np.hypot(a * b_std_error, b * a_std_error))
    z = a * b / std_error
    return std_error, z, float(2 * stats.norm.sf(abs(z)))


def _draws(g: int, multipliers: Multipliers, draws: int, seed: int) -> list[Floats]:
    values = VALUES[multipliers]
    width = max(1, CHUNK_CELLS // g)
    picked = [words(seed, i, min(width, draws - i), g) for i in range(0, draws, width)]
    return [values[(part % np.uint64(len(values))).astype(np.intp)].T for part in picked]


def _indirect(first: ClusterDesign, second: ClusterDesign, W: Floats, a: float, b: float) -> Floats:
    """(B,) a b of draws whose multipliers are the columns of W (clusters, B).

    With Q the span of the first equation, the drawn mediator net of it is that of w e_M, and the
    outcome's error adds <net w e_M, net w e_Y> / |net w e_M|^2 to b.
    """
    weights = first.weights
    mediator, outcome = weights * first.residuals, weights * second.residuals
    # Units' means move with the draw where clusters cut through units, and only there.
    Q = first.basis
    if not first.nests_units:
        dummies = np.zeros((len(weights), len(first.unit_totals)))
        dummies[np.arange(len(weights)), first.units] = first.unit_loading
        Q = np.hstack([Q, dummies])
    sums = first.by_cluster(
        np.column_stack([mediator * second.residuals, mediator * first.residuals])
    )
    of_mediator = first.by_cluster(mediator[:, None] * Q)
    spanned = of_mediator.T @ W
    cross = np.einsum("qk,qk->k", spanned, first.by_cluster(outcome[:, None] * Q).T @ W)
    own = np.einsum("qk,qk->k", spanned, spanned)
    squares = sums.T @ W**2
    b_drawn = b + (squares[0] - cross) / (squares[1] - own)
    back = first.back[0]
    a_drawn = a + back @ spanned[: len(back)]
    drawn: Floats = a_drawn * b_drawn
    return drawn


def _sensitivity(
    total: ClusterDesign, first: ClusterDesign, a: float
) -> tuple[pd.DataFrame, float]:
    w = first.weights
    spread_1, spread_2 = (float(np.sqrt(w @ design.residuals**2)) for design in (total, first))
    if min(spread_1, spread_2) == 0:
        raise NotEstimable("no sensitivity: an equation of the mediation fits exactly")
    r = float((w * total.residuals) @ first.residuals / (spread_1 * spread_2))
    rho = np.array(RHOS, dtype=float)
    moved = a * spread_1 / spread_2 * (r - rho * np.sqrt((1 - r**2) / (1 - rho**2)))
    return pd.DataFrame({"rho": rho, "indirect": moved}), r
