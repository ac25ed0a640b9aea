"""Fixed-effects regressions on panels, with the constants and standard errors the papers print.

One path serves every form. The regressors and the period dummies lose their unit means (their
grand means where there are no unit effects) and become an orthonormal basis
(`nqp.econometrics.regression_design`); linearmodels regresses the outcome on it; one matrix
carries coefficients and covariance back to the regressors' own units. The basis finds collinear
columns, and makes the result indifferent to units of measurement. Unit demeaning with period
dummies is exact on unbalanced panels.

Covariances, their small-sample factors and degrees of freedom are those of
`nqp.econometrics.covariance`.

Weights are analytic, Stata's `[aw=]`: scaled to add up to N, they weigh the sum of squares that is
minimised, and with it every mean, R2 and the clusters' scores; N remains the number of rows (Stata
User's Guide, "Weighted estimation").

A unit or period seen once (a singleton) adds nothing to the coefficients where it has an effect of
its own, but counts in N, in the number of units and clusters, in R2 and in the means of the
constant. `singletons` says whether such rows are dropped, as `reghdfe` does, until none is left, or
kept; clustered standard errors are slightly larger without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS
from scipy import stats

from nqp.econometrics.covariance import COVARIANCES, Counts, count
from nqp.econometrics.panels import (
    Codes,
    Floats,
    NotEstimable,
    codes,
    indicators,
    within_transform,
)
from nqp.econometrics.regression_design import (
    Design,
    Effects,
    design_of,
    estimation_sample,
    sample_and_effects,
)
from nqp.econometrics.regression_spec import RegressionSpec

__all__ = ["NotEstimable", "RegressionFit", "RegressionSpec", "estimation_sample", "fit", "stars"]

# Standard errors below these shares, of the parts they are summed from and of the outcome, are
# rounding and not information: the parts cancel, or the fit is exact.
CANCELLED, EXACT = 1e-7, 1e-12


@dataclass(frozen=True, eq=False)
class RegressionFit:
    """What a regression table prints, and the covariance for further tests.

    coefficients: one row per kept regressor in the specification's order, then `_cons`; columns
        term, estimate, std_error, t_statistic, p_value, conf_low, conf_high.
    covariance: of the estimates, labelled by term on both axes.
    n_clusters: None when the covariance is conventional.
    n_singletons: rows that alone had an effect: dropped, or kept, as the specification says.
    r2, r2_adj: fixed effects count as explained, and as parameters.
    r2_within: share explained by the regressors of what the effects leave of the outcome; missing
        where the effects leave nothing.
    df_resid: degrees of freedom of the t distribution used.
    dropped: controls left out as collinear with what stands before them.
    """

    coefficients: pd.DataFrame
    covariance: pd.DataFrame
    n_obs: int
    n_units: int
    n_clusters: int | None
    n_singletons: int
    r2: float
    r2_adj: float
    r2_within: float
    df_resid: int
    dropped: tuple[str, ...]
    vcov: Literal["clustered", "conventional"]
    solution: Solution = field(repr=False)

    def tested(
        self,
        vcov: Literal["clustered", "conventional"],
        labels: pd.Series[Any] | None = None,
        second: pd.Series[Any] | None = None,
    ) -> RegressionFit:
        """The same estimates with another covariance.

        labels, second: (rows,), the clusters of each row of `estimation_sample`, in its order; None
        for the conventional covariance, and for clusters of one kind.

        Raises NotEstimable as `fit` does, and ValueError where there are more or fewer labels.
        """
        columns = [column for column in (labels, second) if column is not None]
        for column in columns:
            if len(column) != self.n_obs:
                raise ValueError(
                    f"{len(column)} labels for {self.n_obs} rows: expected one for each"
                )
        table, covariance, counts = self.solution.tested(vcov, columns)
        return replace(
            self, coefficients=table, covariance=covariance, n_clusters=counts.n_clusters,
            df_resid=counts.df_resid, vcov=vcov,
        )  # fmt: skip


def fit(
    panel: pd.DataFrame,
    spec: RegressionSpec,
    unit: str = "region_code",
    time: str = "year",
    level: float = 0.95,
) -> RegressionFit:
    """Estimate one specification by least squares on the panel's complete rows.

    panel: one row per unit and period, in any order. Rows with a missing or infinite value in a
        column of the specification are left out, as Stata does; so are rows with weight 0.
    unit, time: the columns of the effects. level: coverage of the confidence intervals.

    Raises NotEstimable when the data do not identify a treatment coefficient or its standard
    error, and ValueError when the panel lacks a column, holds text where numbers belong, has a
    negative weight or repeats a unit and period.
    """
    sample, effects, n_singletons = sample_and_effects(panel, spec, unit, time)
    solution = _projected(sample, effects, spec, unit, time, level)
    design, labels, n = solution.design, solution.labels, len(sample)
    units = solution.units

    # linearmodels absorbs the unit effects where the constant is the mean. The constant of the
    # base unit needs that unit's own intercept, hence unit dummies.
    absorb = spec.constant == "mean"
    intercepts = np.ones((n, 1)) if absorb else np.hstack([np.ones((n, 1)), indicators(units)])
    index = pd.MultiIndex.from_arrays([codes(sample[unit]), codes(sample[time])])
    result = PanelOLS(
        pd.DataFrame(sample[spec.outcome].to_numpy(), index=index),
        pd.DataFrame(np.hstack([design.basis, intercepts]), index=index),
        entity_effects=absorb and spec.unit_effects,
        weights=pd.Series(solution.weights, index=index) if spec.weights else None,
        check_rank=False,  # full by construction; the check overlooks the weights
    ).fit(cov_type="unadjusted", debiased=False, auto_df=False, count_effects=False)

    solution = replace(solution, params=result.params.to_numpy()[: design.back.shape[1]])
    residuals = solution.residuals
    table, covariance, counts = solution.tested(spec.vcov, labels)
    r2 = float(result.rsquared_inclusive)
    variation = float(np.sum(solution.without_effects() ** 2))
    return RegressionFit(
        coefficients=table,
        covariance=covariance,
        n_obs=n,
        n_units=int(sample[unit].nunique()),
        n_clusters=counts.n_clusters,
        n_singletons=n_singletons,
        r2=r2,
        r2_adj=1 - (1 - r2) * (n - 1) / (n - counts.n_parameters),
        r2_within=1 - float(residuals @ residuals) / variation if variation > 0 else float("nan"),
        df_resid=counts.df_resid,
        dropped=design.dropped,
        vcov=spec.vcov,
        solution=solution,
    )


def least_squares(
    panel: pd.DataFrame,
    spec: RegressionSpec,
    unit: str = "region_code",
    time: str = "year",
    level: float = 0.95,
) -> Solution:
    """The estimates of `fit`, to be tested by several covariances, without its measures of fit.

    They are projections on the orthonormal basis, which linearmodels finds by least squares, and
    cost a fraction of it. Arguments and errors are those of `fit`; the specification's own
    covariance is set aside.
    """
    sample, effects, _ = sample_and_effects(panel, spec, unit, time)
    return _projected(sample, effects, spec, unit, time, level)


def _projected(
    sample: pd.DataFrame, effects: Effects, spec: RegressionSpec, unit: str, time: str, level: float
) -> Solution:
    outcome = sample[spec.outcome].to_numpy()
    n = len(sample)
    weights = sample[spec.weights].to_numpy() if spec.weights else np.ones(n)
    weights = weights / weights.mean()
    labels = [sample[name] for name in spec.clusters]
    for column in labels:
        if column.nunique() == 1:
            raise NotEstimable(
                f"only one cluster: {column.name} is {column.iloc[0]} in all {n} rows"
            )
    design = design_of(sample, spec, effects, weights, unit, time)
    sizes = effects.sizes(design.kept)
    count(n, len(design.terms), sizes)

    root = np.sqrt(weights)
    within = root * within_transform(outcome[:, None], effects.units, weights)[:, 0]
    # The intercept is the mean of the rows that it describes: each has its weight's share in it.
    share = root * ((spec.constant == "mean") | (effects.units == 0))
    influence = np.column_stack([root[:, None] * design.basis, share / (share @ root)])
    return Solution(
        spec, design, sizes, effects.units, weights, labels, within,
        influence.T @ (root * outcome), influence,
        float(np.sqrt(np.mean(weights * outcome**2))), level,
    )  # fmt: skip


def stars(p: float) -> str:
    """The papers' marks: *** below 0.01, ** below 0.05, * below 0.10, nothing above."""
    return "*" * sum(p < threshold for threshold in (0.01, 0.05, 0.10))


@dataclass(frozen=True, eq=False)
class Solution:
    """What any covariance of a fit is made from; N rows, q + 1 coefficients of basis and intercept.

    effects: (codes, parameters) of each effect. units: (N,) codes of the unit effects. weights:
    (N,), of mean 1. labels: the specification's own clusters. within: (N,) the outcome without its
    unit means, weighted. params: (q + 1,). influence: (N, q + 1) of each row on them. size: of the
    outcome, root mean square.
    """

    spec: RegressionSpec
    design: Design
    effects: Sequence[tuple[Codes, int]]
    units: Codes
    weights: Floats
    labels: Sequence[pd.Series[Any]]
    within: Floats
    params: Floats
    influence: Floats
    size: float
    level: float

    @property
    def residuals(self) -> Floats:
        """(N,), weighted."""
        e: Floats = self.within - self.influence[:, :-1] @ self.params[:-1]
        return e

    def without_effects(self) -> Floats:
        """(N,) what the effects alone leave of the outcome, weighted."""
        k = self.design.n_effects
        left: Floats = self.within - self.influence[:, :k] @ self.params[:k]
        return left

    def tested(
        self, vcov: Literal["clustered", "conventional"], labels: Sequence[pd.Series[Any]]
    ) -> tuple[pd.DataFrame, pd.DataFrame, Counts]:
        """Coefficient table and covariance of the terms, and the counts behind them."""
        clusters = [codes(column) for column in labels]
        first = [f"{column.name} is {column.iloc[0]}" for column in labels]
        terms, back = list(self.design.terms), self.design.back
        counts = count(len(self.within), len(terms), self.effects, clusters, first)
        cov = COVARIANCES[vcov](self.influence, self.residuals, clusters, counts)
        covariance = pd.DataFrame(back @ cov @ back.T, index=terms, columns=terms)
        part = np.sqrt(np.abs(np.diag(cov))) * CANCELLED + self.size * EXACT
        table = _coefficient_table(
            back @ self.params, covariance, np.abs(back) @ part, counts.df_resid, self.level
        )
        treatment = self.spec.treatment
        if table["std_error"].iloc[: len(treatment)].isna().any():
            if len(labels) > 1:
                raise NotEstimable(
                    f"no standard error for {', '.join(treatment)}: by {labels[0].name} and "
                    f"{labels[1].name} its variance is not positive"
                )
            cancel = f", or residuals cancel within every {labels[0].name}" if labels else ""
            raise NotEstimable(
                f"no standard error for {', '.join(treatment)}: the regression fits "
                f"{self.spec.outcome} exactly{cancel}"
            )
        return table, covariance, counts


def _coefficient_table(
    estimate: Floats, covariance: pd.DataFrame, rounding: Floats, df_resid: int, level: float
) -> pd.DataFrame:
    """Tests and intervals by t(df_resid); a variance that is mere rounding has none of them."""
    variance = np.diag(covariance)
    std_error = np.sqrt(np.where(variance > rounding**2, variance, np.nan))
    t_statistic = estimate / std_error
    margin = stats.t.ppf((1 + level) / 2, df_resid) * std_error
    return pd.DataFrame(
        {
            "term": covariance.index,
            "estimate": estimate,
            "std_error": std_error,
            "t_statistic": t_statistic,
            "p_value": 2 * stats.t.sf(np.abs(t_statistic), df_resid),
            "conf_low": estimate - margin,
            "conf_high": estimate + margin,
        }
    )
