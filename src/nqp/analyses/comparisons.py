"""Whether the effect of the policy differs between two subgroups."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd
from scipy import stats

from nqp.analyses.regressions import Prepared, prepare
from nqp.analyses.samples import Samples
from nqp.analyses.specifications import Row, by_id, estimated, policies_of
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import fit

COLUMNS = (
    "estimate_a", "std_error_a", "estimate_b", "std_error_b", "difference",
    "difference_std_error", "z_statistic", "df", "p_value",
)  # fmt: skip


def heterogeneity(
    samples: Samples,
    specs: pd.DataFrame,
    regression_specs: pd.DataFrame,
    coefficients: pd.DataFrame,
    studies: pd.DataFrame,
) -> pd.DataFrame:
    """Difference of the policy's effect between the two columns of each ``heterogeneity_specs``.

    Clustered columns are one regression in which everything is interacted with the subgroup: the
    subgroups may share clusters, whose errors then go into both estimates; the difference is tested
    by t(G − 1), G being all clusters. Conventional columns share no unit and so are independent:
    z = (β_a − β_b) / √(s_a² + s_b²) (Clogg, Petkova and Haritou 1995, eq. 4).

    coefficients: as `regressions` gives them.
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
        both = [prepare(samples, base[spec_id]) for spec_id in columns]
        jointly: tuple[float, int] | None = None
        if all(prepared.spec.cluster for prepared in both):
            jointly = _interacted(both, policy)
        return pd.DataFrame([put_together(a, b, jointly)])

    table = estimated(specs, "comparison_id", compare, COLUMNS)
    return table.astype({"df": "Int64"})


def put_together(
    a: tuple[float, float], b: tuple[float, float], jointly: tuple[float, int] | None = None
) -> dict[str, Any]:
    """The difference of two effects and its test: `COLUMNS`.

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


def _interacted(both: list[Prepared], policy: str) -> tuple[float, int]:
    """Standard error of the difference, and degrees of freedom, from one interacted regression."""
    first, second = (prepared.spec for prepared in both)
    if (first.cluster, first.unit_effects, first.time_effects) != (
        second.cluster, second.unit_effects, second.time_effects,
    ):  # fmt: skip
        raise NotEstimable(
            "the two columns differ in their clusters or effects: give both the same"
        )
    for spec in (first, second):
        if spec.group_periods or spec.nuisance or spec.second_cluster:
            raise NotEstimable(
                "the columns have effects of groups and years, trends, controls by year or two "
                "kinds of clusters, which no interacted regression takes up"
            )
    parts, controls = [], ["in_second"]
    for place, prepared in enumerate(both):
        rows, spec = prepared.rows, prepared.spec
        part = pd.DataFrame(
            {
                "region_code": rows["region_code"],
                # Each subgroup has periods of its own.
                "year": str(place) + rows["year"].astype(str),
                "outcome": rows[spec.outcome],
                "policy": rows[policy],
                "difference": rows[policy] * place,
                "in_second": float(place),
                "cluster": rows[spec.cluster],
                "weight": rows[spec.weights] if spec.weights else 1.0,
            }
        )
        others = [name for name in spec.regressors if name != policy]
        for name in others:
            part[f"{place} {name}"] = rows[name]
        controls += [f"{place} {name}" for name in others]
        parts.append(part)
    stacked = pd.concat(parts, ignore_index=True)
    own = [name for name in controls if name != "in_second"]
    stacked[own] = stacked[own].fillna(0.0)
    spec = replace(
        first, outcome="outcome", treatment=("policy", "difference"), controls=tuple(controls),
        cluster="cluster", weights="weight" if first.weights or second.weights else None,
    )  # fmt: skip
    result = fit(stacked, spec)
    terms = result.coefficients.set_index("term")
    return float(terms["std_error"]["difference"]), result.df_resid
