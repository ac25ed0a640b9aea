"""What can be concluded from the effect of a policy, by each method, at the level of assignment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from nqp.analyses.cautions import fitted_rows
from nqp.analyses.regressions import prepare
from nqp.analyses.samples import ASSIGNED, Samples
from nqp.analyses.specifications import Row, estimated, names, policies_of, rows_of, text
from nqp.econometrics.cluster_inference import ClusterInference, cluster_inference
from nqp.econometrics.detectable_effect import minimum_detectable_effect
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.randomisation import RandomisationInference, randomisation_inference
from nqp.econometrics.regression import RegressionSpec, Solution, least_squares
from nqp.econometrics.wild_bootstrap import wild_bootstrap

# Column of the clusters, by what a result calls them. A unit to which a policy was assigned by
# itself is a cluster of its own or goes with its region: the study says which, and the other way is
# shown, too.
OTHER = "assignment, other grouping"
CLUSTERS = {
    "unit": "region_code", "assignment": ASSIGNED, OTHER: "other_assignment_cluster",
}  # fmt: skip
COLUMNS = (
    "term", "method", "cluster", "n_clusters", "n_treated_clusters", "estimate", "std_error", "df",
    "statistic", "p_value", "conf_low", "conf_high", "draws", "smallest_p", "mde", "left_out",
    "is_headline",
)  # fmt: skip
COUNTS = ("n_clusters", "n_treated_clusters", "draws")
TESTS = ("estimate", "std_error", "df", "statistic", "p_value", "conf_low", "conf_high")


def inference(
    samples: Samples, specs: pd.DataFrame, studies: pd.DataFrame, draws: int, seed: int
) -> pd.DataFrame:
    """Test the policy in every row of ``regression_specs`` that has it: `COLUMNS`.

    A row per method: conventional; cr1 by unit and by cluster of assignment; cr2, cr3, the wild
    bootstraps and randomisation at the level of assignment. Where a unit was assigned by itself,
    those by assignment are there a second time, with the unit grouped the other way. What one
    method cannot do is a row with its reason. Rows with ``left_out`` are the estimates without that
    cluster of assignment.

    draws: of the bootstraps and the randomisation, where not all can be made. A row with ``strata``
    has its assignment drawn within the groups of that grouping; one with ``enumerate`` has every
    assignment made, however many there are.
    """
    policies = policies_of(studies)
    chosen = [policies[row["study"]] in names(row["treatment"]) for row in rows_of(specs)]

    def tests(row: Row) -> pd.DataFrame:
        policy, prepared = policies[row["study"]], prepare(samples, row)
        others = tuple(name for name in prepared.spec.treatment if name != policy)
        spec = replace(prepared.spec, treatment=(policy, *others))
        solution = least_squares(prepared.rows, spec)
        # Where the column itself has no standard error nothing is tested, for the same reason.
        solution.tested(spec.vcov, solution.labels)
        rows = fitted_rows(prepared.rows, spec)
        drawing = drawing_of(samples, rows, row, draws, seed)
        return pd.DataFrame(list(_tests(drawing, spec, solution, policy)))

    table = estimated(specs[chosen], "spec_id", tests, COLUMNS)
    return table.astype(dict.fromkeys(COUNTS, "Int64"))


@dataclass(frozen=True, eq=False)
class Drawing:
    """Rows of a fit, and how the assignment of its policy is drawn again.

    strata: the column of groups within which it is drawn. enumerate_all: whether every assignment
    is made, however many.
    """

    rows: pd.DataFrame
    strata: str | None
    enumerate_all: bool
    draws: int
    seed: int


def drawing_of(samples: Samples, rows: pd.DataFrame, spec: Row, draws: int, seed: int) -> Drawing:
    """How a row of ``regression_specs`` has its policy drawn again on the rows of a fit."""
    strata = None
    if grouping := text(spec.get("strata")):
        strata = f"stratum by {grouping}"
        rows = samples.with_groups(rows, spec["study"], grouping, strata)
    every = text(spec.get("enumerate")).lower() == "true"
    return Drawing(rows, strata, every, draws, seed)


def _tests(
    drawing: Drawing, spec: RegressionSpec, solution: Solution, policy: str
) -> Iterator[dict[str, Any]]:
    rows = drawing.rows

    def fitted(cluster: str | None) -> dict[str, Any]:
        labels = [rows[CLUSTERS[cluster]]] if cluster else []
        table, _, counts = solution.tested("clustered" if cluster else "conventional", labels)
        [term] = table[table["term"] == policy].to_dict("records")
        same = {name: term[name] for name in TESTS if name in term}
        return same | {"df": counts.df_resid, "statistic": term["t_statistic"]}

    yield _test(policy, "conventional", None, {}, partial(fitted, None))
    counts = _counts(rows, policy, "unit")
    yield _test(policy, "cr1", "unit", counts, partial(fitted, "unit"))
    yield from _by_assignment(drawing, spec, policy, "assignment")
    if not _same_groups(rows[CLUSTERS["assignment"]], rows[CLUSTERS[OTHER]]):
        yield from _by_assignment(drawing, spec, policy, OTHER)


def _by_assignment(
    drawing: Drawing, spec: RegressionSpec, policy: str, cluster: str
) -> Iterator[dict[str, Any]]:
    """All tests by one grouping of the units; with the declared one the estimates without each."""
    rows, column = drawing.rows, CLUSTERS[cluster]
    made: ClusterInference | NotEstimable
    try:
        made = cluster_inference(rows, spec, column)
    except NotEstimable as error:
        made = error

    def by_cluster() -> ClusterInference:
        if isinstance(made, NotEstimable):
            raise made
        return made

    def clustered(method: str) -> dict[str, Any]:
        table = by_cluster().table
        [term] = table[(table["term"] == policy) & (table["method"] == method)].to_dict("records")
        if term["status"] != "estimated":
            raise NotEstimable(term["reason"])
        return {name: term[name] for name in TESTS}

    def bootstrapped(multipliers: Any) -> dict[str, Any]:
        tested = wild_bootstrap(
            by_cluster().design, policy, multipliers, drawing.draws, drawing.seed
        )
        return {
            "estimate": tested.estimate, "std_error": tested.std_error,
            "statistic": tested.t_statistic, "p_value": tested.p_value,
            "conf_low": _finite(tested.conf_low), "conf_high": _finite(tested.conf_high),
            "draws": tested.draws, "smallest_p": tested.smallest_p,
        }  # fmt: skip

    @cache
    def randomised() -> RandomisationInference:
        return randomisation_inference(
            rows, spec, column, strata=drawing.strata, draws=drawing.draws, seed=drawing.seed,
            enumerate_all=drawing.enumerate_all,
            design=made.design if isinstance(made, ClusterInference) else None,
        )  # fmt: skip

    def randomisation(method: str) -> dict[str, Any]:
        test = getattr(randomised(), method)
        return {
            "estimate": randomised().estimate, "std_error": randomised().std_error,
            "statistic": test.statistic, "p_value": test.p_value, "draws": test.draws,
            "smallest_p": test.smallest_p,
        }  # fmt: skip

    counts = _counts(rows, policy, cluster)
    for method in ("cr1", "cr2", "cr3"):
        yield _test(policy, method, cluster, counts, partial(clustered, method))
    for multipliers in ("rademacher", "webb"):
        test = partial(bootstrapped, multipliers)
        yield _test(policy, f"wcr_{multipliers}", cluster, counts, test)
    for method in ("ri_b", "ri_t"):
        yield _test(policy, method, cluster, counts, partial(randomisation, method))
    if cluster == "assignment" and isinstance(made, ClusterInference):
        own = made.leave_one_out[made.leave_one_out["term"] == policy]
        for row in own.to_dict("records"):
            yield {
                "term": policy, "method": "cr1", "cluster": cluster,
                "left_out": row["left_out"], "estimate": row["estimate"],
                "std_error": row["std_error"], "why_not": row["reason"] or None,
            }  # fmt: skip


def _counts(rows: pd.DataFrame, policy: str, cluster: str) -> dict[str, int]:
    """How many clusters there are, and how many of them the policy reaches."""
    labels = rows[CLUSTERS[cluster]]
    treated = labels[rows[policy] == 1]
    return {"n_clusters": labels.nunique(), "n_treated_clusters": treated.nunique()}


def _test(
    policy: str,
    method: str,
    cluster: str | None,
    counts: Mapping[str, int],
    make: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """The row of one method, with the reason where it cannot test."""
    row: dict[str, Any] = {"term": policy, "method": method, "cluster": cluster, **counts}
    try:
        row |= make()
    except NotEstimable as error:
        return row | {"why_not": str(error)}
    if np.isfinite(row.get("std_error", np.nan)) and np.isfinite(row.get("df", np.nan)):
        row["mde"] = minimum_detectable_effect(row["std_error"], row["df"])
    return row


def _same_groups(one: pd.Series[Any], other: pd.Series[Any]) -> bool:
    """Whether two columns of labels hold together the same rows."""
    pairs = len(pd.DataFrame({"one": one, "other": other}).drop_duplicates())
    return pairs == one.nunique() == other.nunique()


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
