"""What can be concluded from the effect of a policy, by each method, at the level of assignment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from nqp.analyses.cautions import fitted_rows
from nqp.analyses.regressions import prepare
from nqp.analyses.samples import Samples
from nqp.analyses.specifications import Row, estimated, names, policies_of, rows_of
from nqp.econometrics.cluster_inference import ClusterInference, cluster_inference
from nqp.econometrics.detectable_effect import minimum_detectable_effect
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.randomisation import randomisation_inference
from nqp.econometrics.regression import RegressionFit, RegressionSpec, fit
from nqp.econometrics.wild_bootstrap import wild_bootstrap

# Column of the clusters, by what a result calls them.
CLUSTERS = {"unit": "region_code", "assignment": "assignment_cluster"}
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
    bootstraps and randomisation at the level of assignment. What one method cannot do is a row with
    its reason. Rows with ``left_out`` are the estimates without that cluster of assignment.
    draws: of the bootstraps and the randomisation, where not all can be made.
    """
    policies = policies_of(studies)
    chosen = [policies[row["study"]] in names(row["treatment"]) for row in rows_of(specs)]

    def tests(row: Row) -> pd.DataFrame:
        policy, prepared = policies[row["study"]], prepare(samples, row)
        others = tuple(name for name in prepared.spec.treatment if name != policy)
        spec = replace(prepared.spec, treatment=(policy, *others))
        # What cannot be fitted is not tested, for the same reason.
        result = fit(prepared.rows, spec)
        rows = fitted_rows(prepared.rows, spec)
        return pd.DataFrame(list(_tests(rows, spec, result, policy, draws, seed)))

    table = estimated(specs[chosen], "spec_id", tests, COLUMNS)
    has_reasons = "why_not" in table
    if has_reasons:
        cannot = table["why_not"].notna()
        table["status"] = table["status"].mask(cannot, "not estimable")
        table["reason"] = table["reason"].mask(cannot, table["why_not"])
        table = table.drop(columns="why_not")
    return table.astype(dict.fromkeys(COUNTS, "Int64"))


def _tests(
    rows: pd.DataFrame,
    spec: RegressionSpec,
    result: RegressionFit,
    policy: str,
    draws: int,
    seed: int,
) -> Iterator[dict[str, Any]]:
    in_force = rows[rows[policy] == 1]

    def one(method: str, cluster: str | None, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        column = CLUSTERS.get(cluster or "")
        row: dict[str, Any] = {"term": policy, "method": method, "cluster": cluster}
        if column:
            row["n_clusters"] = rows[column].nunique()
            row["n_treated_clusters"] = in_force[column].nunique()
        try:
            row |= make()
        except NotEstimable as error:
            return row | {"why_not": str(error)}
        if np.isfinite(row.get("std_error", np.nan)) and np.isfinite(row.get("df", np.nan)):
            row["mde"] = minimum_detectable_effect(row["std_error"], row["df"])
        return row

    def fitted(cluster: str | None) -> dict[str, Any]:
        labels = None if cluster is None else rows[cluster]
        tested = result.tested("conventional" if labels is None else "clustered", labels)
        [term] = tested.coefficients[tested.coefficients["term"] == policy].to_dict("records")
        same = {name: term[name] for name in TESTS if name in term}
        return same | {"df": tested.df_resid, "statistic": term["t_statistic"]}

    made: ClusterInference | NotEstimable
    try:
        made = cluster_inference(rows, spec, CLUSTERS["assignment"])
    except NotEstimable as error:
        made = error

    def by_assignment() -> ClusterInference:
        if isinstance(made, NotEstimable):
            raise made
        return made

    def clustered(method: str) -> dict[str, Any]:
        table = by_assignment().table
        [term] = table[(table["term"] == policy) & (table["method"] == method)].to_dict("records")
        if term["status"] != "estimated":
            raise NotEstimable(term["reason"])
        return {name: term[name] for name in TESTS}

    def bootstrapped(multipliers: Any) -> dict[str, Any]:
        tested = wild_bootstrap(by_assignment().design, policy, multipliers, draws, seed)
        return {
            "estimate": tested.estimate, "std_error": tested.std_error,
            "statistic": tested.t_statistic, "p_value": tested.p_value,
            "conf_low": _finite(tested.conf_low), "conf_high": _finite(tested.conf_high),
            "draws": tested.draws, "smallest_p": tested.smallest_p,
        }  # fmt: skip

    yield one("conventional", None, lambda: fitted(None))
    yield one("cr1", "unit", lambda: fitted(CLUSTERS["unit"]))
    for method in ("cr1", "cr2", "cr3"):
        yield one(method, "assignment", partial(clustered, method))
    for multipliers in ("rademacher", "webb"):
        yield one(f"wcr_{multipliers}", "assignment", partial(bootstrapped, multipliers))
    randomised: dict[str, Any] = {}

    def randomisation(method: str) -> dict[str, Any]:
        if not randomised:
            randomised["both"] = randomisation_inference(
                rows, spec, CLUSTERS["assignment"], draws=draws, seed=seed
            )
        both = randomised["both"]
        test = getattr(both, method)
        return {
            "estimate": both.estimate, "std_error": both.std_error, "statistic": test.statistic,
            "p_value": test.p_value, "draws": test.draws, "smallest_p": test.smallest_p,
        }  # fmt: skip

    for method in ("ri_b", "ri_t"):
        yield one(method, "assignment", partial(randomisation, method))
    if isinstance(made, ClusterInference):
        own = made.leave_one_out[made.leave_one_out["term"] == policy]
        for row in own.to_dict("records"):
            yield {
                "term": policy, "method": "cr1", "cluster": "assignment",
                "left_out": row["left_out"], "estimate": row["estimate"],
                "std_error": row["std_error"], "why_not": row["reason"] or None,
            }  # fmt: skip


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
