"""Fixed-effects regressions on panels, with the constants and standard errors the papers print.

One path serves every form. The regressors and the period dummies lose their unit means (their
grand means where there are no unit effects) and become an orthonormal basis; linearmodels
regresses the outcome on it; one matrix carries coefficients and covariance back to the
regressors' own units. The basis finds collinear columns, and makes the result indifferent to
units of measurement. Unit demeaning with period dummies is exact on unbalanced panels.

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
    COLLINEAR,
    Codes,
    Floats,
    NotEstimable,
    codes,
    complete_cases,
    indicators,
    orthonormal_basis,
    singletons,
    within_transform,
)

__all__ = ["NotEstimable", "RegressionFit", "RegressionSpec", "estimation_sample", "fit", "stars"]

# Standard errors below these shares, of the parts they are summed from and of the outcome, are
# rounding and not information: the parts cancel, or the fit is exact.
CANCELLED, EXACT = 1e-7, 1e-12


@dataclass(frozen=True)
class RegressionSpec:
    """One column of a regression table.

    outcome, treatment, controls: column names; treatment holds the key regressors, without
        which there is nothing to report. Regressors are ordered treatment, then controls.
    unit_effects, time_effects: whether each unit and each period has its own intercept.
    vcov: "clustered" by the column `cluster`, or "conventional" (i.i.d. errors, no `cluster`).
    second_cluster: another column, where errors may also depend on each other within its groups.
    constant: "mean" is the mean outcome less the mean regressors times their coefficients, as
        `reghdfe` prints; "base" is the intercept of the lowest unit code in the first period,
        as a regression on dummies prints.
    weights: column of analytic weights, at least 0; None weighs all rows equally.
    singletons: whether rows that alone have an effect are dropped or kept.
    group_periods: column of groups of units, each of which has its own intercept in each period;
        None where all units share them.
    nuisance: columns partialled out like effects, and not reported (trends of groups, say).

    Raises ValueError when the fields contradict each other.
    """

    outcome: str
    treatment: tuple[str, ...]
    controls: tuple[str, ...]
    unit_effects: bool
    time_effects: bool
    vcov: Literal["clustered", "conventional"]
    cluster: str | None
    constant: Literal["mean", "base"]
    weights: str | None = None
    singletons: Literal["drop", "keep"] = "keep"
    group_periods: str | None = None
    nuisance: tuple[str, ...] = ()
    second_cluster: str | None = None

    def __post_init__(self) -> None:
        if not self.treatment:
            raise ValueError("treatment is empty: name at least one key regressor")
        if self.vcov not in ("clustered", "conventional"):
            raise ValueError(f"vcov is {self.vcov!r}: expected 'clustered' or 'conventional'")
        if (self.vcov == "clustered") != (self.cluster is not None):
            raise ValueError(
                f"vcov is {self.vcov!r} and cluster is {self.cluster!r}: "
                "name a cluster column for clustered standard errors, and only for them"
            )
        if self.second_cluster and self.second_cluster == self.cluster:
            raise ValueError(
                f"second_cluster is {self.second_cluster!r} and cluster is {self.cluster!r}: "
                "name two columns"
            )
        if self.second_cluster and not self.cluster:
            raise ValueError(f"second_cluster is {self.second_cluster!r} without a cluster")
        if self.group_periods and not self.time_effects:
            raise ValueError(
                f"group_periods is {self.group_periods!r} without time_effects: intercepts of "
                "groups and periods take the place of those of periods"
            )
        if self.constant not in ("mean", "base"):
            raise ValueError(f"constant is {self.constant!r}: expected 'mean' or 'base'")

    @property
    def regressors(self) -> tuple[str, ...]:
        return self.treatment + self.controls

    @property
    def clusters(self) -> tuple[str, ...]:
        """The columns of the clusters: none, one or two."""
        return tuple(name for name in (self.cluster, self.second_cluster) if name)

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns of labels beside unit and period that a row needs."""
        return tuple(dict.fromkeys((*self.clusters, *filter(None, [self.group_periods]))))

    def effects(self, unit: str = "region_code", time: str = "year") -> tuple[tuple[str, ...], ...]:
        """The columns of each effect, whose combinations have an intercept."""
        periods = (self.group_periods, time) if self.group_periods else (time,)
        return ((unit,),) * self.unit_effects + (periods,) * self.time_effects


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
    solution: _Solution = field(repr=False)

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
    sample, n_singletons = _sample(panel, spec, unit, time)
    outcome = sample[spec.outcome].to_numpy()
    n = len(sample)
    weights = sample[spec.weights].to_numpy() if spec.weights else np.ones(n)
    weights = weights / weights.mean()

    effects = effects_of(sample, spec, unit, time)
    units = effects.units
    labels = [sample[name] for name in spec.clusters]
    for column in labels:
        if column.nunique() == 1:
            raise NotEstimable(
                f"only one cluster: {column.name} is {column.iloc[0]} in all {n} rows"
            )

    design = _design(sample, spec, effects, weights, unit, time)
    sizes = effects.sizes(design.kept)
    count(n, len(design.terms), sizes)

    # linearmodels absorbs the unit effects where the constant is the mean. The constant of the
    # base unit needs that unit's own intercept, hence unit dummies.
    absorb = spec.constant == "mean"
    intercepts = np.ones((n, 1)) if absorb else np.hstack([np.ones((n, 1)), indicators(units)])
    index = pd.MultiIndex.from_arrays([codes(sample[unit]), codes(sample[time])])
    result = PanelOLS(
        pd.DataFrame(outcome, index=index),
        pd.DataFrame(np.hstack([design.basis, intercepts]), index=index),
        entity_effects=absorb and spec.unit_effects,
        weights=pd.Series(weights, index=index) if spec.weights else None,
        check_rank=False,  # full by construction; the check overlooks the weights
    ).fit(cov_type="unadjusted", debiased=False, auto_df=False, count_effects=False)

    size = design.back.shape[1]
    params = result.params.to_numpy()[:size]
    root = np.sqrt(weights)
    within = root * within_transform(outcome[:, None], units, weights)[:, 0]
    residuals = within - root * (design.basis @ params[:-1])
    # The intercept is the mean of the rows that it describes: each has its weight's share in it.
    share = root * (absorb | (units == 0))
    influence = np.column_stack([root[:, None] * design.basis, share / (share @ root)])
    solution = _Solution(
        spec, design, sizes, params, influence, residuals,
        float(np.sqrt(np.mean(weights * outcome**2))), level,
    )  # fmt: skip
    table, covariance, counts = solution.tested(spec.vcov, labels)
    r2 = float(result.rsquared_inclusive)
    left = within - root * (design.basis[:, : design.n_effects] @ params[: design.n_effects])
    variation = float(left @ left)
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


def stars(p: float) -> str:
    """The papers' marks: *** below 0.01, ** below 0.05, * below 0.10, nothing above."""
    return "*" * sum(p < threshold for threshold in (0.01, 0.05, 0.10))


def estimation_sample(
    panel: pd.DataFrame, spec: RegressionSpec, unit: str = "region_code", time: str = "year"
) -> pd.DataFrame:
    """The rows `fit` runs on, with the columns of the specification, ordered by unit and period.

    Weights are as given, not scaled. Raises what `nqp.econometrics.panels.complete_cases` raises,
    and NotEstimable when the outcome does not vary.
    """
    return _sample(panel, spec, unit, time)[0]


def _sample(
    panel: pd.DataFrame, spec: RegressionSpec, unit: str, time: str
) -> tuple[pd.DataFrame, int]:
    """The rows to fit, and how many rows alone have an effect."""
    numeric = [spec.outcome, *spec.regressors, *spec.nuisance]
    complete = complete_cases(panel, unit, time, numeric, spec.labels, spec.weights)
    alone = singletons(complete, spec.effects(unit, time))
    sample = complete
    if spec.singletons == "drop" and alone.any():
        sample = complete[~alone].reset_index(drop=True)
        if sample.empty:
            raise NotEstimable(
                f"no rows are left: each of {len(complete)} alone has the effect of its "
                + " or ".join(" and ".join(names) for names in spec.effects(unit, time))
            )
    if np.ptp(sample[spec.outcome]) == 0:
        raise NotEstimable(f"{spec.outcome} has the same value in all {len(sample)} complete rows")
    return sample, int(alone.sum())


@dataclass(frozen=True, eq=False)
class Effects:
    """What is partialled out beside the regressors.

    units, periods: (rows,) codes; an effect that is off has a single level, so that it costs no
    parameter and no branch. columns: (rows, k), dummies of the periods, the first being the base,
    then the nuisance columns.
    """

    units: Codes
    periods: Codes
    columns: Floats

    def sizes(self, kept: Codes) -> list[tuple[Codes, int]]:
        """Codes and parameters of each effect, for `nqp.econometrics.covariance.count`.

        kept: positions of the columns that entered the basis. Nuisance columns lie in no cluster.
        """
        n_dummies = int(self.periods.max())
        n_periods = int(np.sum(kept < n_dummies))
        n_nuisance = int(np.sum(kept < self.columns.shape[1])) - n_periods
        everywhere = np.zeros(len(self.units), dtype=np.intp)
        return [
            (self.units, int(self.units.max())), (self.periods, n_periods),
            (everywhere, n_nuisance),
        ]  # fmt: skip


def effects_of(
    sample: pd.DataFrame, spec: RegressionSpec, unit: str = "region_code", time: str = "year"
) -> Effects:
    """The effects of a specification on the rows of `estimation_sample`."""
    off = np.zeros(len(sample), dtype=np.intp)
    units = codes(sample[unit]) if spec.unit_effects else off
    periods = codes(sample[time]) if spec.time_effects else off
    if spec.group_periods:
        groups = codes(sample[spec.group_periods])
        periods = np.unique(groups * (periods.max() + 1) + periods, return_inverse=True)[1]
    nuisance = sample[list(spec.nuisance)].to_numpy(dtype=float)
    return Effects(units, periods, np.hstack([indicators(periods), nuisance]))


@dataclass(frozen=True, eq=False)
class _Design:
    """Effects and regressors without their unit means, as an orthonormal basis.

    basis: (rows, q), orthonormal once weighted by row. back: (terms, q + 1) carries the
    coefficients of the basis and of the intercept to those of the terms, the kept regressors and
    `_cons`. kept: (q,) positions of the columns in the basis; those of effects come first.
    n_effects: how many these are.
    """

    basis: Floats
    back: Floats
    terms: tuple[str, ...]
    dropped: tuple[str, ...]
    kept: Codes
    n_effects: int


@dataclass(frozen=True, eq=False)
class _Solution:
    """What any covariance of a fit is made from; N rows, q + 1 coefficients of basis and intercept.

    effects: (codes, parameters) of each effect. params: (q + 1,). influence: (N, q + 1)
    of each row on them. residuals: (N,), weighted. size: of the outcome, root mean square.
    """

    spec: RegressionSpec
    design: _Design
    effects: Sequence[tuple[Codes, int]]
    params: Floats
    influence: Floats
    residuals: Floats
    size: float
    level: float

    def tested(
        self, vcov: Literal["clustered", "conventional"], labels: Sequence[pd.Series[Any]]
    ) -> tuple[pd.DataFrame, pd.DataFrame, Counts]:
        """Coefficient table and covariance of the terms, and the counts behind them."""
        clusters = [codes(column) for column in labels]
        first = [f"{column.name} is {column.iloc[0]}" for column in labels]
        terms, back = list(self.design.terms), self.design.back
        counts = count(len(self.residuals), len(terms), self.effects, clusters, first)
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


def _design(
    sample: pd.DataFrame,
    spec: RegressionSpec,
    effects: Effects,
    weights: Floats,
    unit: str,
    time: str,
) -> _Design:
    # Effects stand before regressors, so that of two collinear columns the regressor goes.
    units, width = effects.units, effects.columns.shape[1]
    columns = np.hstack([effects.columns, sample[list(spec.regressors)].to_numpy()])
    root = np.sqrt(weights)[:, None]
    within = root * within_transform(columns, units, weights)
    negligible = COLLINEAR * np.linalg.norm(root * columns, axis=0)
    basis, kept = orthonormal_basis(within, negligible)

    n_effects = int(np.sum(kept < width))
    terms = [spec.regressors[j - width] for j in kept[n_effects:]]
    dropped = [name for name in spec.regressors if name not in terms]
    for name in dropped:
        if name in spec.treatment:
            j = width + spec.regressors.index(name)
            flat = bool(np.linalg.norm(within[:, j]) <= negligible[j])
            raise NotEstimable(_why_dropped(spec, name, flat, unit, time))

    # within = basis R, so b = R^-1 q. The intercept is read at the mean of the rows it describes
    # (all, or those of the base unit) and carried to zero; the mean constant averages over the
    # periods, the base constant is that of the first.
    to_units = np.linalg.inv(np.triu(basis.T @ within[:, kept]))
    mean = spec.constant == "mean"
    described = mean | (units == 0)
    centre = np.average(columns[described], axis=0, weights=weights[described])[kept]
    centre[:n_effects] *= not mean
    back = np.zeros((len(terms) + 1, len(kept) + 1))
    back[:-1, :-1] = to_units[n_effects:]
    back[-1] = np.append(-centre @ to_units, 1.0)
    return _Design(basis / root, back, (*terms, "_cons"), tuple(dropped), kept, n_effects)


def _why_dropped(spec: RegressionSpec, term: str, flat: bool, unit: str, time: str) -> str:
    if flat and spec.unit_effects:
        return f"{term} does not vary within any {unit}, so the unit effects absorb it"
    if flat:
        return f"{term} has the same value in all complete rows"
    effects = [f"the {' × '.join(names)} effects" for names in spec.effects(unit, time)]
    effects += ["the trends and interactions"] * bool(spec.nuisance)
    before = spec.regressors[: spec.regressors.index(term)]
    return f"perfectly collinear: {term} is a combination of {', '.join((*effects, *before))}"


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
