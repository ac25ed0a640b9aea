"""One effect by every set of controls and every clustering, on one sample with one set of effects.

The effects are partialled out of outcome, treatment and controls once. A regression with some of
the controls is then one of a few columns (Frisch, Waugh and Lovell), so that hundreds take the time
of a few. Sample, parameter count, small-sample factors and t distribution are those of
`nqp.econometrics.regression.fit`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from nqp.econometrics.cluster_inference import cr2_of_nested
from nqp.econometrics.covariance import COVARIANCES, Counts, count
from nqp.econometrics.panels import (
    COLLINEAR,
    Codes,
    Floats,
    codes,
    is_nested,
    orthonormal_basis,
    rows_of_levels,
    within_transform,
)
from nqp.econometrics.regression import EXACT, RegressionSpec
from nqp.econometrics.regression_design import sample_and_effects

COLUMNS = [
    "controls", "method", "clusters", "estimate", "std_error", "p_value", "conf_low", "conf_high",
    "n_obs",
]  # fmt: skip


def by_controls_and_clusters(
    panel: pd.DataFrame,
    spec: RegressionSpec,
    control_sets: Sequence[tuple[str, ...]],
    clusterings: Sequence[tuple[str, ...]],
    cr2_by: str | None = None,
    unit: str = "region_code",
    time: str = "year",
) -> pd.DataFrame:
    """The effect of the one treatment with each set of controls and each clustering: `COLUMNS`.

    spec: its controls, of which the sets are taken, choose the complete rows; its clusters play no
    part. clusterings: one or two columns of labels each, () for the conventional covariance, whose
    method is "conventional", the others' "cr1". cr2_by: a column of clusters that hold whole units,
    by which each is tested by "cr2", too. What is not identified is NaN, as is a standard error
    where a row has no label, and by CR2 where clusters cut through units.

    Raises ValueError for several treatments or weights, what `estimation_sample` raises, and
    NotEstimable for a single cluster or no residual degrees of freedom.
    """
    if len(spec.treatment) != 1 or spec.weights is not None:
        raise ValueError("expected one treatment and no weights")
    plain = replace(spec, vcov="conventional", cluster=None, second_cluster=None)
    sample, effects, _ = sample_and_effects(panel, plain, unit, time)
    n = len(sample)
    ones = np.ones(n)
    basis, kept = orthonormal_basis(
        within_transform(effects.columns, effects.units, ones),
        COLLINEAR * np.linalg.norm(effects.columns, axis=0),
    )
    names = list(dict.fromkeys((spec.outcome, *spec.regressors)))
    raw = sample[names].to_numpy(dtype=float)
    left = within_transform(raw, effects.units, ones)
    left -= basis @ (basis.T @ left)
    column = dict(zip(names, left.T, strict=True))
    length = dict(zip(names, np.linalg.norm(raw, axis=0), strict=True))

    few_by = [(cr2_by,)] * (cr2_by is not None)
    labelled = sample[[unit, time]].merge(
        panel[list(dict.fromkeys([unit, time, *itertools.chain(*clusterings, *few_by)]))],
        on=[unit, time],
    )
    few = _FewClusters.of(labelled, cr2_by, effects.units) if cr2_by else None
    labels = {own: _codes(labelled, own) for own in clusterings}
    sizes = effects.sizes(kept)
    # Which effects lie within which clusters is asked once: it takes longer than a regression.
    plain_counts = {
        own: count(n, 2, sizes, codes_of or (), own) for own, codes_of in labels.items()
    }
    outcome, treatment = spec.outcome, spec.treatment[0]
    rows = []
    for controls in control_sets:
        chosen = np.array([column[name] for name in controls]).reshape(len(controls), n).T
        q, used = orthonormal_basis(chosen, [COLLINEAR * length[name] for name in controls])
        y = column[outcome] - q @ (q.T @ column[outcome])
        d = column[treatment] - q @ (q.T @ column[treatment])
        size = float(d @ d)
        identified = size > (COLLINEAR * length[treatment]) ** 2
        estimate = float(d @ y) / size if identified else np.nan
        for own in clusterings:
            tested = (np.nan,) * 4
            if identified and labels[own] is not None:
                counts = plain_counts[own].with_more(len(used))
                variance = _variance(d / size, y - d * estimate, labels[own] or (), counts)
                if variance > (EXACT * length[outcome]) ** 2 / n / size:
                    error = float(np.sqrt(variance))
                    p_value = 2 * float(stats.t.sf(abs(estimate) / error, counts.df_resid))
                    margin = error * float(stats.t.ppf(0.975, counts.df_resid))
                    tested = error, p_value, estimate - margin, estimate + margin
            method = "cr1" if own else "conventional"
            rows.append((controls, method, own, estimate, *tested, n))
        if cr2_by:
            tested = (np.nan,) * 4
            if identified and few is not None:
                bases = np.column_stack([few.mean, basis, q, d / np.sqrt(size)])
                tested = few.test(bases, estimate, y - d * estimate, float(np.sqrt(size)))
            rows.append((controls, "cr2", (cr2_by,), estimate, *tested, n))
    return pd.DataFrame(rows, columns=COLUMNS)


@dataclass(frozen=True, eq=False)
class _FewClusters:
    """Clusters that hold whole units, for tests by CR2.

    rows: the rows of each. mean: (N, 1) the direction of the one mean of all rows, (N, 0) where
    units have means of their own.
    """

    rows: list[Codes]
    mean: Floats

    @staticmethod
    def of(labelled: pd.DataFrame, column: str, units: Codes) -> _FewClusters | None:
        found = _codes(labelled, (column,))
        pooled = int(units.max()) == 0
        if found is None or int(found[0].max()) == 0:
            return None
        if not pooled and not is_nested(units, found[0]):
            return None
        n = len(units)
        mean = np.full((n, 1), n**-0.5) if pooled else np.empty((n, 0))
        return _FewClusters(rows_of_levels(found[0]), mean)

    def test(
        self, bases: Floats, estimate: float, residuals: Floats, length: float
    ) -> tuple[float, float, float, float]:
        """Standard error, p-value and interval of the last column, whose length was divided out."""
        grams = np.array([bases[rows].T @ bases[rows] for rows in self.rows])
        products = np.array([bases[rows].T @ residuals[rows] for rows in self.rows])
        back = np.zeros((1, bases.shape[1]))
        back[0, -1] = 1 / length
        scores, [df] = cr2_of_nested(grams, products[:, :, None], back)
        error = float(np.linalg.norm(scores))
        if not error > EXACT * abs(estimate):
            return (np.nan,) * 4
        p_value = 2 * float(stats.t.sf(abs(estimate) / error, df))
        margin = error * float(stats.t.ppf(0.975, df))
        return error, p_value, estimate - margin, estimate + margin


def _variance(
    influence: Floats, residuals: Floats, clusters: Sequence[Codes], counts: Counts
) -> float:
    """Of one coefficient, as `nqp.econometrics.covariance` has it."""
    kind = "clustered" if clusters else "conventional"
    [[variance]] = COVARIANCES[kind](influence[:, None], residuals, clusters, counts)
    return float(variance)


def _codes(rows: pd.DataFrame, columns: tuple[str, ...]) -> list[Codes] | None:
    """The codes of each column, None where a row has no label."""
    if rows[list(columns)].isna().to_numpy().any():
        return None
    return [codes(rows[name]) for name in columns]
