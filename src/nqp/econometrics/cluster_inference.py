"""Cluster-robust standard errors for few or unequal clusters, and estimates without each cluster.

For a regression with hat matrix H, bread M = (X'WX)^-1 and residuals e, clusters g = 1 … G:

CR1 (Stata, `fit`): V = c M [sum X_g' W_g e_g e_g' W_g X_g] M, c = (N - 1)/(N - K) * G/(G - 1),
    tested by t(G - 1).
CR2 (Bell and McCaffrey 2002; Pustejovsky and Tipton 2018): e_g is replaced by
    A_g e_g with A_g = B_g^(-1/2), B_g = [(I - H)(I - H)']_gg, so that V is unbiased if the errors
    are independent with one variance, the working covariance. X holds a dummy of every effect.
    Absorbing the effects first gives the same where all weights are equal, and another A_g where
    they are not (the authors' corrigendum), hence the full X. Tests use a t distribution
    whose degrees of freedom are Satterthwaite's, coefficient by coefficient:
    (sum_g p_g'p_g)^2 / sum_gh (p_g'p_h)^2 with p_g = (I - H)_g' A_g W_g X_g M c.
CR3 (the jackknife): V = (G - 1)/G * sum (b_(g) - b)(b_(g) - b)', b_(g) without cluster g, about the
    estimate of all clusters (MacKinnon, Nielsen and Webb 2023, CV3), tested by t(G - 1).

B_g is singular where a cluster decides some coefficient alone: always, and without harm, for the
dummies of its units, whose residuals add up to zero; with harm for a treatment that no other
cluster identifies, whose residuals are zero in the one direction that counts. B_g^(-1/2) is then
the square root of the Moore-Penrose inverse, and a caution names the cluster.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse, stats

from nqp.econometrics.cluster_design import ClusterDesign, cluster_design
from nqp.econometrics.panels import Floats, NotEstimable, sums, within_transform
from nqp.econometrics.regression import CANCELLED, EXACT, RegressionSpec, fit
from nqp.econometrics.threads import one_blas_thread

METHODS = ("cr1", "cr2", "cr3")

# Eigenvalues of B_g below are zero: those of a cluster that others inform lie far above.
SINGULAR = 1e-12
# Without a cluster, a direction is gone when less than this share of its sum of squares is left; a
# coefficient is gone when more than this share of it lies in such directions.
GONE = 1e-9


@dataclass(frozen=True, eq=False)
class ClusterInference:
    """Inference on each regressor by each method.

    table: a row per term and method ("cr1", "cr2", "cr3"): term, method, estimate, std_error, df,
        statistic, p_value, conf_low, conf_high, n_clusters, status ("estimated" or "not
        estimable"), reason, cautions.
    leave_one_out: a row per term and cluster: term, left_out, estimate, std_error (CR1 of the
        rest), reason; NaN with a reason where the rest does not identify the term.
    covariances: by method, of the estimates, labelled by term; "cr3" only where every leave-one-out
        estimate exists.
    design: what they were made from, for tests of several coefficients.
    """

    table: pd.DataFrame
    leave_one_out: pd.DataFrame
    covariances: dict[str, pd.DataFrame]
    design: ClusterDesign


@one_blas_thread
def cluster_inference(
    panel: pd.DataFrame,
    spec: RegressionSpec,
    cluster: str,
    level: float = 0.95,
    unit: str = "region_code",
    time: str = "year",
) -> ClusterInference:
    """CR1, CR2 and CR3 standard errors of one specification, clustered by `cluster`.

    panel, spec, unit, time: as for `nqp.econometrics.regression.fit`, whose estimates these are;
        the specification's own covariance and cluster are set aside. level: of the intervals.

    Raises what `nqp.econometrics.cluster_design.cluster_design` raises, and NotEstimable where the
    residuals leave no standard error.
    """
    design = cluster_design(panel, spec, cluster, unit, time)
    left_out = leave_one_out(design, unit, time)
    cr1 = cr1_covariance(design)
    check_scale(design)
    cr2, df = cr2_covariance(design)
    estimates = left_out.pivot(index="left_out", columns="term", values="estimate")
    deviations = estimates[list(design.terms)].to_numpy() - design.estimate
    cr3 = (1 - 1 / design.n_clusters) * deviations.T @ deviations

    few = np.full(len(design.terms), design.n_clusters - 1.0)
    gone = left_out[left_out["estimate"].isna()].groupby("term")["left_out"].agg(list)
    rows = []
    for method, covariance, dof in (("cr1", cr1, few), ("cr2", cr2, df), ("cr3", cr3, few)):
        std_error = np.sqrt(np.diag(covariance))
        for k, term in enumerate(design.terms):
            known = bool(std_error[k] > 0)
            rows.append(
                {"term": term, "method": method, "n_clusters": design.n_clusters}
                | _tests(design.estimate[k], std_error[k], dof[k], level)
                | _remarks(method, term, cluster, gone.get(term, []), known)
            )
    terms = list(design.terms)
    return ClusterInference(
        table=pd.DataFrame(rows),
        leave_one_out=left_out,
        covariances={
            method: pd.DataFrame(covariance, index=terms, columns=terms)
            for method, covariance in (("cr1", cr1), ("cr2", cr2), ("cr3", cr3))
            if np.isfinite(covariance).all()
        },
        design=design,
    )


def cr1_covariance(design: ClusterDesign) -> Floats:
    """(k, k) the covariance that `fit` gives with these clusters."""
    weighted = (design.weights * design.residuals)[:, None] * design.basis
    scores = design.by_cluster(weighted) @ design.back.T
    covariance: Floats = design.counts.factor * scores.T @ scores
    return covariance


def cr2_covariance(design: ClusterDesign) -> tuple[Floats, Floats]:
    """(k, k) the Bell-McCaffrey covariance, and (k,) Satterthwaite's degrees of freedom."""
    scores, df = _cr2(design, design.residuals[:, None], design.back)
    return scores[:, :, 0].T @ scores[:, :, 0], df


def cr2_test(design: ClusterDesign, term: str, level: float = 0.95) -> dict[str, float]:
    """One term by CR2: estimate, std_error, df, statistic, p_value, conf_low, conf_high.

    Raises NotEstimable where the residuals leave no standard error.
    """
    check_scale(design)
    outcome = design.sample[[design.spec.outcome]].to_numpy(dtype=float)
    estimates, std_errors, df = cr2_of_outcomes(design, term, outcome)
    if not std_errors[0] > 0:
        raise NotEstimable(f"the residuals leave no standard error for {term}")
    return _tests(float(estimates[0]), float(std_errors[0]), df, level)


def cr2_of_outcomes(
    design: ClusterDesign, term: str, outcomes: Floats
) -> tuple[Floats, Floats, float]:
    """One term in regressions of B outcomes, (N, B), on the regressors of the design.

    (B,) coefficients, (B,) their CR2 standard errors, and the degrees of freedom, which are the
    same for all: they depend on the regressors alone. The design's own outcome plays no part.
    """
    k = design.terms.index(term)
    within = within_transform(outcomes, design.units, design.weights)
    coefficients = design.basis.T @ (design.weights[:, None] * within)
    residuals = within - design.basis @ coefficients
    scores, df = _cr2(design, residuals, design.back[[k]])
    return design.back[k] @ coefficients, np.linalg.norm(scores[:, 0], axis=0), float(df[0])


def _cr2(design: ClusterDesign, residuals: Floats, back: Floats) -> tuple[Floats, Floats]:
    """(G, m, B) adjusted scores of m contrasts and B regressions, and (m,) degrees of freedom.

    residuals: (N, B). back: (m, q), carries the coefficients of the basis to the contrasts.
    """
    if np.ptp(design.weights) == 0 and (whole := design.whole_basis) is not None:
        basis, back = whole, np.pad(back, ((0, 0), (whole.shape[1] - back.shape[1], 0)))
        grams = np.array([basis[rows].T @ basis[rows] for rows in design.rows])
        products = np.array([basis[rows].T @ residuals[rows] for rows in design.rows])
        return cr2_of_nested(grams, products, back)
    influence = adjusted_influence(design, back)
    pairs = InfluenceProducts(design, influence)
    df = [_satterthwaite(pairs(k, k)) for k in range(len(back))]
    scores = [design.by_cluster(column[:, None] * residuals) for column in influence.T]
    return np.stack(scores, axis=1), np.array(df)


def cr2_of_nested(grams: Floats, products: Floats, back: Floats) -> tuple[Floats, Floats]:
    """CR2 where weights are equal and each unit, if units have effects, lies within one cluster.

    Within a cluster the dummies of its units are then orthogonal to the orthonormal basis B of all
    other columns, and A_g acts on what B spans: A_g B_g = B_g (I - B_g'B_g)^(-1/2). All that is
    needed is q by q for each cluster.

    grams: (G, q, q) B_g'B_g. products: (G, q, B) B_g' of the residuals of B regressions. back:
    (m, q). Returns (G, m, B) adjusted scores, and (m,) Satterthwaite's degrees of freedom.
    """
    values, vectors = np.linalg.eigh(grams)
    left = 1 - values
    inverse = np.where(left > SINGULAR, 1 / np.sqrt(np.where(left > SINGULAR, left, 1.0)), 0.0)
    # (G, q, m): v_g = B_g c_g are the rows of the adjusted influence, with a_g = B_g'v_g.
    c = vectors @ (inverse[:, :, None] * (vectors.transpose(0, 2, 1) @ back.T))
    a = grams @ c
    df = []
    for k in range(len(back)):
        pairs = np.diag(np.einsum("gq,gq->g", c[:, :, k], a[:, :, k])) - a[:, :, k] @ a[:, :, k].T
        df.append(_satterthwaite(pairs))
    return c.transpose(0, 2, 1) @ products, np.array(df)


def _satterthwaite(products: Floats) -> float:
    """Degrees of freedom from the products p_g'p_h of all pairs of clusters."""
    return float(np.trace(products) ** 2 / np.sum(products**2))


def adjusted_influence(design: ClusterDesign, back: Floats | None = None) -> Floats:
    """(N, m) A_g W_g X_g M of each contrast: what the adjusted residuals are multiplied by.

    back: (m, q), carries the coefficients of the basis to the contrasts; by default to the terms.
    """
    back = design.back if back is None else back
    weights, basis = design.weights, design.basis
    equal = np.ptp(weights) == 0
    squares = weights**2
    # Q'W^2 Q for Q = [U, B], the dummies' own block being diagonal.
    unit_squares = np.bincount(design.units, squares) / design.unit_totals
    cross = sums(design.units, squares * design.unit_loading) @ basis
    own = basis.T @ (squares[:, None] * basis)

    adjusted = np.empty((len(weights), len(back)))
    for rows, present, part in design.blocks():
        w = weights[rows][:, None]
        if equal:
            span = part
        else:
            middle = np.block(
                [[np.diag(unit_squares[present]), cross[present]], [cross[present].T, own]]
            )
            span = np.hstack([part, w * part])
        # B_g is the identity but for the span of these columns.
        frame = np.linalg.qr(span)[0] if span.shape[1] < len(rows) else np.eye(len(rows))
        inner = frame.T @ part
        if equal:
            small = np.eye(frame.shape[1]) - inner @ inner.T
        else:
            skew = inner @ (part * w).T @ frame
            small = np.eye(frame.shape[1]) - skew - skew.T + inner @ middle @ inner.T
        values, vectors = np.linalg.eigh(small)
        safe = np.where(values > SINGULAR * max(1.0, values[-1]), values, np.inf)
        target = w * (basis[rows] @ back.T)
        coordinates = vectors.T @ (frame.T @ target)
        change = vectors @ ((1 / np.sqrt(safe) - 1)[:, None] * coordinates)
        adjusted[rows] = target + frame @ change
    return adjusted


class InfluenceProducts:
    """p_g'p_h for all pairs of clusters: `products(j, k)` is (G, G) of columns j and k.

    influence: (N, m), columns A_g W_g X_g M c of any m contrasts c. p_g = (I - H)_g' times the rows
    of cluster g. With a_g = Q_g' v_g and d_g = Q_g' W_g v_g, Q = [U, B],
    p_g'p_h = 1(g = h) v_g'v_g - d_g'a_h - a_g'd_h + a_g' Q'W^2 Q a_h.
    """

    def __init__(self, design: ClusterDesign, influence: Floats) -> None:
        weights, basis = design.weights, design.basis
        rows, shape = np.arange(len(weights)), (design.n_clusters, len(design.unit_totals))
        squares = weights**2
        dummies = sparse.csr_array((design.unit_loading, (rows, design.units)))
        self._influence, self._design = influence, design
        self._unit_squares = sparse.diags_array(
            np.bincount(design.units, squares) / design.unit_totals
        )
        cross = dummies.T @ (squares[:, None] * basis)
        self._squares = basis.T @ (squares[:, None] * basis)

        def by_unit(v: Floats) -> sparse.csr_array:
            entries = (v * design.unit_loading, (design.clusters, design.units))
            return sparse.coo_array(entries, shape=shape).tocsr()

        # Each of a and d in two parts: of the units' dummies, sparse, and of the basis.
        self._a_unit = [by_unit(v) for v in influence.T]
        self._d_unit = [by_unit(weights * v) for v in influence.T]
        self._a = [design.by_cluster(v[:, None] * basis) for v in influence.T]
        self._d = [design.by_cluster((weights * v)[:, None] * basis) for v in influence.T]
        self._crossed = [a @ cross for a in self._a_unit]

    def __call__(self, j: int, k: int) -> Floats:
        own = self._design.by_cluster(self._influence[:, j] * self._influence[:, k])
        units = (
            self._a_unit[j] @ self._unit_squares @ self._a_unit[k].T
            - self._d_unit[j] @ self._a_unit[k].T
            - self._a_unit[j] @ self._d_unit[k].T
        )
        left = self._crossed[j] + self._a[j] @ self._squares - self._d[j]
        product: Floats = left @ self._a[k].T + self._a[j] @ (self._crossed[k] - self._d[k]).T
        product += units.toarray()
        np.fill_diagonal(product, product.diagonal() + own)
        return product


def leave_one_out(
    design: ClusterDesign, unit: str = "region_code", time: str = "year"
) -> pd.DataFrame:
    """The estimates without each cluster in turn, as in `ClusterInference.leave_one_out`."""
    weights, g, basis = design.weights, design.n_clusters, design.whole_basis
    if basis is None:
        return _refitted(design, unit, time)
    n_more = basis.shape[1] - design.basis.shape[1]
    back, n_uncounted = np.pad(design.back, ((0, 0), (n_more, 0))), 1 - n_more
    coefficients = basis.T @ (weights * design.outcome)
    q = basis.shape[1]
    totals = np.array(
        [basis[rows].T @ (weights[rows][:, None] * basis[rows]) for rows in design.rows]
    )
    scores = design.by_cluster((weights * design.outcome)[:, None] * basis)
    sizes = np.bincount(design.clusters)
    values, vectors = np.linalg.eigh(np.eye(q) - totals)
    estimates, std_errors = np.full((2, g, len(back)), np.nan)
    for left in range(g):
        there = values[left] > GONE
        directions = vectors[left]
        inverse = (directions[:, there] / values[left][there]) @ directions[:, there].T
        b = inverse @ (coefficients - scores[left])
        lost = np.linalg.norm(back @ directions[:, ~there], axis=1)
        known = lost <= GONE * np.linalg.norm(back, axis=1)
        estimates[left, known] = (back @ b)[known]
        n, k = len(weights) - sizes[left], n_uncounted + there.sum()
        if g > 2 and n > k:
            rest = np.delete(scores - totals @ b, left, axis=0) @ (back @ inverse).T
            variance = (n - 1) / (n - k) * (g - 1) / (g - 2) * np.sum(rest**2, axis=0)
            std_errors[left, known] = np.sqrt(variance[known])
    left_out = np.repeat(design.labels, len(back))
    reasons = [
        f"not identified without {label}" if np.isnan(estimate) else None
        for label, estimate in zip(left_out, estimates.ravel(), strict=True)
    ]
    return pd.DataFrame(
        {
            "term": design.terms * g,
            "left_out": left_out,
            "estimate": estimates.ravel(),
            "std_error": std_errors.ravel(),
            "reason": pd.Series(reasons, dtype=object),
        }
    )


def _refitted(design: ClusterDesign, unit: str, time: str) -> pd.DataFrame:
    """Where clusters cut through units, the means change with the cluster left out."""
    frames = []
    for left, label in enumerate(design.labels):
        frame = pd.DataFrame({"term": list(design.terms), "left_out": label})
        rest = design.sample[design.clusters != left]
        try:
            spec = design.spec
            if len(design.labels) == 2:
                spec = replace(spec, vcov="conventional", cluster=None)
            found = fit(rest, spec, unit, time).coefficients.set_index("term")
            frame = frame.join(found[["estimate", "std_error"]], on="term")
            if len(design.labels) == 2:
                frame["std_error"] = np.nan
            frame["reason"] = None
            missing = frame["estimate"].isna()
            frame.loc[missing, "reason"] = f"not identified without {label}"
        except NotEstimable as error:
            frame = frame.assign(estimate=np.nan, std_error=np.nan, reason=str(error))
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def check_scale(design: ClusterDesign) -> None:
    """Raise NotEstimable for standard errors that are rounding."""
    size = np.sqrt(np.average(design.sample[design.spec.outcome] ** 2, weights=design.weights))
    scores = design.by_cluster((design.weights * design.residuals)[:, None] * design.basis)
    spread = np.sqrt(design.counts.factor * np.sum(scores**2, axis=0))
    rounding = np.abs(design.back) @ (spread * CANCELLED + size * EXACT)
    variance = cr1_covariance(design).diagonal()
    none = [term for k, term in enumerate(design.spec.treatment) if variance[k] <= rounding[k] ** 2]
    if none:
        raise NotEstimable(
            f"no standard error for {', '.join(none)}: the regression fits {design.spec.outcome} "
            f"exactly, or residuals cancel within every {design.spec.cluster}"
        )


def _tests(estimate: float, std_error: float, df: float, level: float) -> dict[str, float]:
    statistic = estimate / std_error if std_error > 0 else np.nan
    margin = stats.t.ppf((1 + level) / 2, df) * std_error
    return {
        "estimate": estimate,
        "std_error": std_error,
        "df": df,
        "statistic": statistic,
        "p_value": 2 * stats.t.sf(abs(statistic), df),
        "conf_low": estimate - margin,
        "conf_high": estimate + margin,
    }


def _remarks(
    method: str, term: str, cluster: str, alone: list[str], known: bool
) -> dict[str, str | None]:
    """Status, reason and cautions of one row; `alone` are the clusters the term stands on."""
    names = ", ".join(alone)
    if method == "cr3" and alone:
        reason = f"without {cluster} {names} the rest does not identify {term}"
        return {"status": "not estimable", "reason": reason, "cautions": None}
    if not known:
        reason = f"the residuals leave no standard error for {term}"
        return {"status": "not estimable", "reason": reason, "cautions": None}
    caution = (
        f"{term} rests on {cluster} {names} alone: its score is zero by construction, so "
        "the standard error is too small"
    )
    if method == "cr2" and alone:
        caution += "; the adjustment uses a generalised inverse"
    return {"status": "estimated", "reason": None, "cautions": caution if alone else None}
