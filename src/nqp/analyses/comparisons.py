"""Whether the effect of the policy differs between two subgroups."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pandas as pd
from scipy import stats

from nqp.analyses.inference import CLUSTERS, Drawing, drawing_of
from nqp.analyses.regressions import prepare
from nqp.analyses.samples import Samples
from nqp.analyses.specifications import Row, by_id, estimated, policies_of
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.subgroup_difference import (
    DIFFERENCE,
    Subgroup,
    difference_by_cr2,
    interacted,
    randomised_difference,
)

COLUMNS = (
    "estimate_a", "std_error_a", "estimate_b", "std_error_b", "difference",
    "difference_std_error", "z_statistic", "df", "p_value", "n_clusters", "assignment_std_error",
    "assignment_df", "assignment_p_value", "assignment_reason", "permutation_p_value",
    "permutation_draws", "permutation_smallest_p", "permutation_reason",
)  # fmt: skip
COUNTS = ("df", "n_clusters", "permutation_draws")


def heterogeneity(
    samples: Samples,
    specs: pd.DataFrame,
    regression_specs: pd.DataFrame,
    coefficients: pd.DataFrame,
    studies: pd.DataFrame,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Difference of the policy's effect between the two columns of each ``heterogeneity_specs``.

    Clustered columns are one regression in which everything is interacted with the subgroup: the
    subgroups may share clusters, whose errors then go into both estimates; the difference is tested
    by t(G − 1), G being all clusters. Conventional columns share no unit and so are independent:
    z = (β_a − β_b) / √(s_a² + s_b²) (Clogg, Petkova and Haritou 1995, eq. 4).

    Beside this test by the columns' own standard errors stand two at the level at which the policy
    was assigned: the interacted regression by CR2, and the assignment drawn again for both. What
    one of them cannot do has its reason beside it.

    coefficients: as `regressions` gives them. draws: of the assignment, where not all can be made.
    """
    base, policies = by_id(regression_specs, "spec_id"), policies_of(studies)
    terms = coefficients.dropna(subset=["term"]).set_index(["spec_id", "term"])
    fitted = set(terms.index.get_level_values("spec_id"))

    def compare(row: Row) -> pd.DataFrame:
        columns = row["spec_a"], row["spec_b"]
        if missing := [spec_id for spec_id in columns if spec_id not in fitted]:
            raise NotEstimable(f"not estimated: {', '.join(missing)}")
        policy = policies[row["study"]]
        a, b = (_effect(terms, spec_id, policy) for spec_id in columns)
        pair, drawings = [], []
        for spec_id in columns:
            prepared = prepare(samples, base[spec_id])
            drawings.append(drawing_of(samples, prepared.rows, base[spec_id], draws, seed))
            pair.append(Subgroup(drawings[-1].rows, prepared.spec))
        found = put_together(a, b, _jointly(pair, policy))
        return pd.DataFrame([found | _by_assignment(pair, drawings, policy)])

    table = estimated(specs, "comparison_id", compare, COLUMNS)
    return table.astype(dict.fromkeys(COUNTS, "Int64"))


def _jointly(pair: list[Subgroup], policy: str) -> tuple[float, int] | None:
    """Standard error of the difference and its degrees of freedom, where columns are clustered."""
    clusters = {subgroup.spec.cluster for subgroup in pair}
    if None in clusters:
        return None
    if len(clusters) > 1:
        raise NotEstimable("the two columns differ in their clusters: give both the same")
    result = interacted(pair, policy, str(pair[0].spec.cluster)).fit()
    std_error = result.coefficients.set_index("term")["std_error"][DIFFERENCE]
    return float(std_error), result.df_resid


def _by_assignment(pair: list[Subgroup], drawings: list[Drawing], policy: str) -> dict[str, Any]:
    """Both tests of the difference at the level of assignment."""
    cluster = CLUSTERS["assignment"]
    labels = pd.concat([subgroup.rows[cluster] for subgroup in pair])

    def by_cr2() -> dict[str, Any]:
        found = difference_by_cr2(pair, policy, cluster)
        return {
            "assignment_std_error": found["std_error"], "assignment_df": found["df"],
            "assignment_p_value": found["p_value"],
        }  # fmt: skip

    def permuted() -> dict[str, Any]:
        first, second = drawings
        if first.strata != second.strata:
            raise NotEstimable("the two columns differ in their strata: give both the same")
        test = randomised_difference(
            pair, policy, cluster, first.strata, first.draws, first.seed,
            first.enumerate_all or second.enumerate_all,
        )  # fmt: skip
        return {
            "permutation_p_value": test.p_value, "permutation_draws": test.draws,
            "permutation_smallest_p": test.smallest_p,
        }  # fmt: skip

    return {
        "n_clusters": labels.nunique(),
        **_or_reason("assignment_reason", by_cr2),
        **_or_reason("permutation_reason", permuted),
    }


def _or_reason(column: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return make()
    except NotEstimable as error:
        return {column: str(error)}


def put_together(
    a: tuple[float, float], b: tuple[float, float], jointly: tuple[float, int] | None = None
) -> dict[str, Any]:
    """The difference of two effects and its test: `COLUMNS` up to the p-value.

    a, b: estimate and standard error of each. jointly: standard error and degrees of freedom of the
    difference where the two were estimated together; None where they are independent.
    """
    (estimate_a, std_error_a), (estimate_b, std_error_b) = a, b
    std_error, df = jointly or (math.hypot(std_error_a, std_error_b), None)
    difference = estimate_a - estimate_b
    z = difference / std_error
    p_value = 2 * stats.norm.sf(abs(z)) if df is None else 2 * stats.t.sf(abs(z), df)
    return {
        "estimate_a": estimate_a, "std_error_a": std_error_a,
        "estimate_b": estimate_b, "std_error_b": std_error_b,
        "difference": difference, "difference_std_error": std_error,
        "z_statistic": z, "df": df, "p_value": p_value,
    }  # fmt: skip


def _effect(terms: pd.DataFrame, spec_id: str, policy: str) -> tuple[float, float]:
    return terms["estimate"][spec_id, policy], terms["std_error"][spec_id, policy]
