"""What a reader of a regression should know before believing it, each as one sentence.

What follows from the definitions and from the figures alone (an outcome regressed on its own
components, interpolated figures) is found in SQL (models/intermediate/definition_cautions.sql).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nqp.analyses.samples import ASSIGNED
from nqp.econometrics.outcomes import absorb, regress_outcomes
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import RegressionFit, RegressionSpec, estimation_sample
from nqp.econometrics.two_way_decomposition import two_way_weights

# With fewer treated clusters than this, a cluster-robust test rejects far too often (MacKinnon and
# Webb 2018, "The wild bootstrap for few (treated) clusters").
FEW_TREATED = 3

# A coefficient below half a unit of the fourth decimal prints as 0.0000.
PRINTS_AS_ZERO = 0.00005

# A control that moves with the policy at this level was changed by it.
MOVED = 0.05


@dataclass(frozen=True)
class Treated:
    """Who is treated in the rows of a fit.

    clusters: treated units of the level at which the policy was assigned. largest_share: of the
    treated rows, those of the unit that has most of them.
    """

    units: int
    clusters: int
    all_clusters: int
    largest_share: float

    @property
    def are_few(self) -> bool:
        """Whether no standard error by cluster can be trusted, so that stars would mislead."""
        return self.clusters < FEW_TREATED or self.largest_share > 0.5


def treated(rows: pd.DataFrame, policy: str) -> Treated:
    """Count the treated units and clusters of assignment among the rows of a fit.

    rows: region_code, assignment_cluster and the policy, which is 1 where it is in force.
    """
    in_force = rows[rows[policy] == 1]
    by_unit = in_force["region_code"].value_counts()
    return Treated(
        units=len(by_unit),
        clusters=in_force[ASSIGNED].nunique(),
        all_clusters=rows[ASSIGNED].nunique(),
        largest_share=float(by_unit.max() / len(in_force)) if len(in_force) else 0.0,
    )


def fitted_rows(rows: pd.DataFrame, spec: RegressionSpec) -> pd.DataFrame:
    """The rows that a fit on `rows` uses, with all their columns."""
    keys = ["region_code", "year"]
    return estimation_sample(rows, spec)[keys].merge(rows, on=keys)


def cautions(
    rows: pd.DataFrame, spec: RegressionSpec, result: RegressionFit, policy: str
) -> list[str]:
    """What to know of a regression with the policy among its treatments.

    rows: those of the fit, with region_code, year, assignment_cluster, first_treated_year.
    """
    found = treated(rows, policy)
    return [
        *_few(found),
        *_timing(rows, spec, policy),
        *_printed_as_zero(result, spec),
        *_without_support(rows, spec),
        *_moved_controls(rows, spec, policy),
    ]


def of_a_staggered_event_study(first_years: Iterable[int]) -> str | None:
    """What to know of tests that rest on a two-way event study; None where one year begins it.

    first_years: the first treated year of each treated unit.
    """
    cohorts = len(set(first_years))
    if cohorts < 2:
        return None
    return (
        f"The policy begins in {cohorts} different years: this rests on the coefficients of a "
        "two-way event study, each of which may hold effects of other years and batches (Sun and "
        "Abraham 2021), not on group-time averages."
    )


def _few(found: Treated) -> Iterator[str]:
    if found.clusters < FEW_TREATED:
        yield (
            f"Only {found.clusters} of {found.all_clusters} clusters of the level at which the "
            f"policy was assigned {'is' if found.clusters == 1 else 'are'} treated: the standard "
            "error is too small by an unknown factor, so no stars are printed."
        )
    if found.largest_share > 0.5:
        yield (
            f"One unit makes {found.largest_share:.0%} of the treated rows: the effect is that of "
            "this unit, so no stars are printed."
        )


def _timing(rows: pd.DataFrame, spec: RegressionSpec, policy: str) -> Iterator[str]:
    starts = rows.drop_duplicates("region_code").set_index("region_code")["first_treated_year"]
    cohorts = sorted(starts.dropna().unique())
    first = rows.groupby("region_code")["year"].min()
    before = int((starts <= first.reindex(starts.index)).sum())
    if before:
        yield (
            f"{before} {'unit is' if before == 1 else 'units are'} treated in every row: no year "
            "shows them untreated. Leave them out by a grouping, or begin with an earlier year."
        )
    if len(cohorts) > 1 and spec.unit_effects and spec.time_effects:
        negative = two_way_weights(rows, spec).share_negative
        yield (
            f"The policy begins in {len(cohorts)} different years: a two-way coefficient also "
            f"compares units treated later with units treated before ({negative:.0%} of the "
            "treated rows have a negative weight in it), which biases it where effects change "
            "over time. results.treatment_effects has group-time averages."
        )
    if len(cohorts) and starts.notna().all():
        yield (
            "Every unit is treated in the end: none shows what would have happened without the "
            "policy."
        )


def _printed_as_zero(result: RegressionFit, spec: RegressionSpec) -> Iterator[str]:
    estimates = result.coefficients.set_index("term")["estimate"]
    for name in spec.treatment:
        size = abs(float(estimates[name]))
        if 0 < size < PRINTS_AS_ZERO:
            power = int(np.ceil(-np.log10(size)))
            yield (
                f"The coefficient of {name} prints as 0.0000: multiply {spec.outcome} by "
                f"10^{power} (scale in variables.csv) to show it."
            )


def _without_support(rows: pd.DataFrame, spec: RegressionSpec) -> Iterator[str]:
    ever = rows["first_treated_year"].notna()
    before = rows[~ever | (rows["year"] < rows["first_treated_year"])]
    is_treated = before["first_treated_year"].notna()
    if not is_treated.any() or is_treated.all():
        return
    apart = []
    for name in spec.controls:
        ours, others = before.loc[is_treated, name], before.loc[~is_treated, name]
        if ours.min() > others.max() or ours.max() < others.min():
            apart.append(name)
    if apart:
        yield (
            f"Before the policy, treated and untreated units have no value of {', '.join(apart)} "
            "in common: the comparison rests on the straight line between them."
        )


def _moved_controls(rows: pd.DataFrame, spec: RegressionSpec, policy: str) -> Iterator[str]:
    varying = [
        name
        for name in spec.controls
        if rows.groupby("region_code")[name].nunique().gt(1).any() and name != policy
    ]
    if not varying or spec.weights or not spec.unit_effects or not spec.time_effects:
        return
    alone = RegressionSpec(
        outcome=varying[0], treatment=(policy,), controls=(), unit_effects=True,
        time_effects=True, vcov=spec.vcov, cluster=spec.cluster, constant="mean",
        singletons=spec.singletons,
    )  # fmt: skip
    try:
        absorbed = absorb(rows, alone)
    except NotEstimable:
        return
    sample = absorbed.sample[["region_code", "year"]].merge(rows, on=["region_code", "year"])
    p = regress_outcomes(absorbed, sample[varying], sample[policy]).p_value
    if moved := [name for name, value in zip(varying, p, strict=True) if value < MOVED]:
        those = f"{', '.join(moved)} {'moves' if len(moved) == 1 else 'move'}"
        yield (
            f"{those} with the policy (p below {MOVED}), being measured after treatment too: what "
            "is held constant takes a part of the effect away, or adds one."
        )
