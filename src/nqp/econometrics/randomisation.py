"""Randomisation inference: the estimate among those of the assignments that might have been drawn.

Under the sharp null hypothesis of no effect on anybody, outcomes do not depend on the assignment;
drawing it again as it was drawn, at its own level, gives the exact distribution of any statistic
(Fisher 1935; Young 2019). `ri_b` compares coefficients, `ri_t` t statistics clustered at the level
of assignment, which stays valid more nearly where draws differ in precision (MacKinnon and Webb
2020). Rows, outcomes, controls and weights stay as they are, a matched sample among them.

All assignments are taken once where they are few, or on request, and p is the share with a
statistic as far from zero as the actual one; otherwise they are drawn, and p = (1 + count)/(1 +
draws) (Phipson and Smyth 2010). p answers for the actual design alone: with 6 assignments it cannot
fall below 1/6. Statistics are counted as they come, so that memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from nqp.econometrics.assignments import (
    LONGEST,
    Assignment,
    Labels,
    observed_assignment,
)
from nqp.econometrics.cluster_design import ClusterDesign, cluster_design
from nqp.econometrics.panels import Floats, NotEstimable
from nqp.econometrics.regression import RegressionSpec
from nqp.econometrics.structured import structured_treatment
from nqp.econometrics.threads import one_blas_thread

# A draw that repeats the actual assignment differs from the actual estimate by rounding alone.
TIE = 1e-9
ENUMERATED = 100_000


@dataclass(frozen=True)
class RandomisationTest:
    """One statistic among its draws.

    method: "ri_b" compares coefficients, "ri_t" clustered t statistics. statistic: the actual one.
    p_value: two-sided. draws: that could be estimated; n_not_estimable others could not.
    enumerated: whether the draws are all `n_assignments` there are, the actual one among them.
    smallest_p: the p-value of the most extreme assignment.
    """

    method: Literal["ri_b", "ri_t"]
    statistic: float
    p_value: float
    draws: int
    n_not_estimable: int
    enumerated: bool
    n_assignments: int
    smallest_p: float


@dataclass(frozen=True, eq=False)
class RandomisationInference:
    """Both tests of one coefficient.

    estimate, std_error: actual ones, CR1 at the level of assignment.
    null_estimate, null_t: of the first `ENUMERATED` draws, NaN where they identify nothing.
    """

    estimate: float
    std_error: float
    ri_b: RandomisationTest
    ri_t: RandomisationTest
    assignment: Assignment
    null_estimate: Floats
    null_t: Floats


@one_blas_thread
def randomisation_inference(
    panel: pd.DataFrame,
    spec: RegressionSpec,
    group: str,
    first_treated: Mapping[Any, int] | None = None,
    strata: str | None = None,
    draws: int = 9999,
    seed: int = 0,
    enumerate_all: bool = False,
    unit: str = "region_code",
    time: str = "year",
    design: ClusterDesign | None = None,
) -> RandomisationInference:
    """Test the first treatment of a specification by drawing its assignment again.

    panel, spec, unit, time: as for `nqp.econometrics.regression.fit`, which gives the estimate.
    group: column of what the treatment was assigned to; the t statistics are clustered by it.
    strata: column of groups within which the numbers treated are kept.
    first_treated: first treated period by unit; read off the treatment's column if None.
    enumerate_all: take every assignment also where they are more than `ENUMERATED`.
    seed: draw k depends on it and k alone. design: that of `panel`, `spec` and `group`, where it
    is made already.

    Raises NotEstimable as `nqp.econometrics.cluster_design.cluster_design` and
    `nqp.econometrics.assignments.observed_assignment` do, and ValueError for no draws.
    """
    if draws < 1:
        raise ValueError(f"draws is {draws}: expected at least one")
    design = design or cluster_design(panel, spec, group, unit, time)
    assignment = observed_assignment(
        panel, design.sample, spec.treatment[0], group, first_treated, strata, unit, time
    )
    treatment = structured_treatment(design, assignment, time=time)
    actual_b, actual_t = treatment.regress(assignment.actual[None, :])
    if not np.isfinite([actual_b[0], actual_t[0]]).all():
        raise NotEstimable(f"no standard error for {spec.treatment[0]}: its scores are zero")
    b, t = redrawn(assignment, treatment.regress, draws, seed, enumerate_all)
    return RandomisationInference(
        estimate=float(actual_b[0]),
        std_error=float(actual_b[0] / actual_t[0]),
        ri_b=b.test("ri_b"),
        ri_t=t.test("ri_t"),
        assignment=assignment,
        null_estimate=np.concatenate(b.kept),
        null_t=np.concatenate(t.kept),
    )


def redrawn(
    assignment: Assignment,
    statistics: Callable[[Labels], tuple[Floats, ...]],
    draws: int,
    seed: int,
    enumerate_all: bool = False,
) -> tuple[Tally, ...]:
    """The statistics of the actual assignment among those of others.

    statistics: of assignments drawn, (draws, groups), one array for each of them. draws, seed,
    enumerate_all: as for `randomisation_inference`.

    Raises NotEstimable for more assignments than can be taken each.
    """
    enumerated = assignment.number <= max(ENUMERATED, LONGEST * enumerate_all)
    if enumerate_all and not enumerated:
        raise NotEstimable(
            f"{assignment.number:,} assignments are too many to take each: draw some of them"
        )
    actual = statistics(assignment.actual[None, :])
    tallies = tuple(Tally(float(own[0]), enumerated, assignment.number) for own in actual)
    for drawn in assignment.all() if enumerated else assignment.draw(draws, seed):
        for tally, null in zip(tallies, statistics(drawn), strict=True):
            tally.add(null)
    return tallies


@dataclass
class Tally:
    """What the p-value of a statistic needs of its draws, counted chunk by chunk.

    enumerated: whether they are all `n_assignments` there are, the actual one among them. known:
    draws with a statistic; n_not_estimable others had none. as_far: as far from zero as the actual
    one. farthest, n_farthest: the greatest distance, and how many draws have it.
    kept: the first `ENUMERATED` draws.
    """

    actual: float
    enumerated: bool
    n_assignments: int
    known: int = 0
    n_not_estimable: int = 0
    as_far: int = 0
    farthest: float = 0.0
    n_farthest: int = 0
    kept: list[Floats] = field(default_factory=list)

    def add(self, null: Floats) -> None:
        room = ENUMERATED - sum(map(len, self.kept))
        if room > 0:
            self.kept.append(null[:room])
        distances = np.abs(null[~np.isnan(null)])
        self.known += len(distances)
        self.n_not_estimable += len(null) - len(distances)
        self.as_far += int(np.sum(distances >= abs(self.actual) * (1 - TIE)))
        farthest = max(self.farthest, float(distances.max(initial=0)))
        if self.farthest < farthest * (1 - TIE):
            self.n_farthest = 0
        self.farthest = farthest
        self.n_farthest += int(np.sum(distances >= farthest * (1 - TIE)))

    def test(self, method: Literal["ri_b", "ri_t"]) -> RandomisationTest:
        return RandomisationTest(
            method=method,
            statistic=self.actual,
            p_value=self._share(self.as_far),
            draws=self.known,
            n_not_estimable=self.n_not_estimable,
            enumerated=self.enumerated,
            n_assignments=self.n_assignments,
            smallest_p=self._share(self.n_farthest if self.enumerated else 0),
        )

    def _share(self, count: int) -> float:
        return count / self.known if self.enumerated else (1 + count) / (1 + self.known)
