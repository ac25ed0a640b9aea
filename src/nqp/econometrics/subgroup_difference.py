"""Whether an effect differs between two subgroups that share no unit.

Both regressions are one in which everything is interacted with the subgroup: periods, regressors
and the treatment. The coefficient of the treatment in the second subgroup less that in the first is
then a coefficient of its own, tested by any covariance, whatever clusters the subgroups share.

The randomisation test draws the assignment again for both subgroups at once, at its own level: a
region drawn as treated is so in both. What the common effect has given, that of the interacted
regression with one coefficient for both, is first subtracted from the outcome, so that an effect
alike in both is not taken for a difference; the actual difference is unchanged by that. Each draw
estimates both subgroups anew. The statistic compared is (b_1 - b_2)/sqrt(s_1^2 + s_2^2), standard
errors CR1 at the level of assignment: draws differ in precision, because regions differ in size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nqp.econometrics.assignments import Assignment, Labels, observed_assignment
from nqp.econometrics.cluster_design import cluster_design
from nqp.econometrics.cluster_inference import check_scale, cr2_test
from nqp.econometrics.panels import Codes, Floats, NotEstimable
from nqp.econometrics.randomisation import RandomisationTest, redrawn
from nqp.econometrics.regression import RegressionFit, RegressionSpec, fit
from nqp.econometrics.structured import structured_treatment
from nqp.econometrics.threads import one_blas_thread

# Terms of the interacted regression.
POLICY, DIFFERENCE = "policy", "difference"


@dataclass(frozen=True, eq=False)
class Subgroup:
    """The rows of one subgroup and its regression; columns region_code, year and what it names."""

    rows: pd.DataFrame
    spec: RegressionSpec


@dataclass(frozen=True, eq=False)
class Interacted:
    """Both subgroups in one regression; its term `DIFFERENCE` is what the second has more.

    rows: of both, with `cluster`, the labels that the regression clusters by.
    """

    rows: pd.DataFrame
    spec: RegressionSpec

    def fit(self) -> RegressionFit:
        return fit(self.rows, self.spec)

    def common(self) -> float:
        """The effect, if it is the same in both."""
        alike = replace(self.spec, treatment=(POLICY,))
        return float(fit(self.rows, alike).coefficients["estimate"].iloc[0])


def interacted(pair: Sequence[Subgroup], policy: str, cluster: str) -> Interacted:
    """The regressions of two subgroups as one, clustered by a column of both.

    Raises NotEstimable where they differ in their effects.
    """
    first, second = (subgroup.spec for subgroup in pair)
    if (first.unit_effects, first.time_effects) != (second.unit_effects, second.time_effects):
        raise NotEstimable("the two columns differ in their effects: give both the same")
    if any(spec.group_periods or spec.nuisance for spec in (first, second)):
        raise NotEstimable(
            "the columns have effects of groups and years, trends or controls by year, which no "
            "interacted regression takes up"
        )
    parts, own = [], []
    for place, subgroup in enumerate(pair):
        rows, spec = subgroup.rows, subgroup.spec
        part = pd.DataFrame(
            {
                "region_code": rows["region_code"],
                # Each subgroup has periods of its own.
                "year": str(place) + rows["year"].astype(str),
                "outcome": rows[spec.outcome],
                POLICY: rows[policy],
                DIFFERENCE: rows[policy] * place,
                "in_second": float(place),
                "cluster": rows[cluster],
                "weight": rows[spec.weights] if spec.weights else 1.0,
            }
        )
        others = [name for name in spec.regressors if name != policy]
        for name in others:
            part[f"{place} {name}"] = rows[name]
        own += [f"{place} {name}" for name in others]
        parts.append(part)
    stacked = pd.concat(parts, ignore_index=True)
    stacked[own] = stacked[own].fillna(0.0)
    spec = replace(
        first, outcome="outcome", treatment=(POLICY, DIFFERENCE), controls=("in_second", *own),
        vcov="clustered", cluster="cluster", second_cluster=None,
        weights="weight" if first.weights or second.weights else None,
    )  # fmt: skip
    return Interacted(stacked, spec)


@one_blas_thread
def difference_by_cr2(pair: Sequence[Subgroup], policy: str, cluster: str) -> dict[str, float]:
    """The effect in the first subgroup less that in the second, tested by CR2.

    Returns estimate, std_error, df, statistic, p_value, conf_low, conf_high. Raises NotEstimable as
    `interacted` and `nqp.econometrics.cluster_design.cluster_design` do, and where the residuals
    leave no standard error.
    """
    both = interacted(pair, policy, cluster)
    found = cr2_test(cluster_design(both.rows, both.spec, "cluster"), DIFFERENCE)
    # The regression has the second less the first.
    turned = {name: -found[name] for name in ("estimate", "statistic")}
    ends = {"conf_low": -found["conf_high"], "conf_high": -found["conf_low"]}
    return found | turned | ends


@one_blas_thread
def randomised_difference(
    pair: Sequence[Subgroup],
    policy: str,
    cluster: str,
    strata: str | None = None,
    draws: int = 9999,
    seed: int = 0,
    enumerate_all: bool = False,
) -> RandomisationTest:
    """Test the difference by drawing the assignment again for both subgroups at once.

    cluster, strata, draws, seed, enumerate_all: as for
    `nqp.econometrics.randomisation.randomisation_inference`. A draw that treats all or none of a
    subgroup estimates nothing there, and is not counted.

    Raises NotEstimable as that does.
    """
    common = interacted(pair, policy, cluster).common()
    designs = []
    for subgroup in pair:
        rows, spec = subgroup.rows, subgroup.spec
        net = rows.assign(**{spec.outcome: rows[spec.outcome] - common * rows[policy]})
        designs.append(cluster_design(net, spec, cluster))
        check_scale(designs[-1])
    sample = pd.concat([design.sample for design in designs], ignore_index=True)
    panel = pd.concat([subgroup.rows for subgroup in pair], ignore_index=True)
    assignment = observed_assignment(panel, sample, policy, cluster, strata=strata)
    ends = np.cumsum([len(design.sample) for design in designs])
    treatments = []
    for design, last in zip(designs, ends, strict=True):
        own, present = _part(assignment, slice(last - len(design.sample), last))
        treatments.append((structured_treatment(design, own, policy), present))

    def statistic(drawn: Labels) -> tuple[Floats]:
        (b_1, s_1), (b_2, s_2) = (
            treatment.estimate(drawn[:, present]) for treatment, present in treatments
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return ((b_1 - b_2) / np.hypot(s_1, s_2),)

    [tally] = redrawn(assignment, statistic, draws, seed, enumerate_all)
    return tally.test("ri_t")


def _part(assignment: Assignment, rows: slice) -> tuple[Assignment, Codes]:
    """The assignment of some rows, and which of the groups they have."""
    groups, units = assignment.groups[rows], assignment.units[rows]
    present, own_groups = np.unique(groups, return_inverse=True)
    kept, own_units = np.unique(units, return_inverse=True)
    own = Assignment(
        groups=own_groups,
        labels=tuple(assignment.labels[group] for group in present),
        units=own_units,
        starts=assignment.starts,
        actual=assignment.actual[present],
        delay=assignment.delay[kept],
        strata=assignment.strata[present],
    )
    return own, present
