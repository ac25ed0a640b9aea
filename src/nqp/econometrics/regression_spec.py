"""What a fixed-effects regression is asked to estimate: one column of a regression table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
