"""Effects that follow from two or three fitted columns: mediation, and differences of subgroups."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
from scipy import stats

MEDIATION_COLUMNS = (
    "mediation_id", "study", "mediator", "total", "direct", "a", "a_std_error", "b", "b_std_error",
    "indirect", "share", "sobel_std_error", "sobel_z", "sobel_p", "identity_gap", "status",
    "reason",
)  # fmt: skip
HETEROGENEITY_COLUMNS = (
    "comparison_id", "study", "spec_a", "spec_b", "estimate_a", "std_error_a", "estimate_b",
    "std_error_b", "difference", "difference_std_error", "z_statistic", "p_value", "status",
    "reason",
)  # fmt: skip


def mediation(specs: pd.DataFrame, coefficients: pd.DataFrame) -> pd.DataFrame:
    """The three steps of each ``mediation_specs`` row, put together.

    a: treatment on mediator; b: mediator on outcome given treatment; indirect effect ab, its share
    of the total c, and Sobel's z = ab / √(a²s_b² + b²s_a²) (Sobel 1982, eq. 8, first order).
    Least squares on one sample satisfies c = c' + ab; ``identity_gap`` is c − c' − ab.
    """
    return _each(specs, coefficients, _mediate, MEDIATION_COLUMNS)


def heterogeneity(specs: pd.DataFrame, coefficients: pd.DataFrame) -> pd.DataFrame:
    """Difference of the treatment effect between the two columns of each ``heterogeneity_specs``.

    z = (β_a − β_b) / √(s_a² + s_b²): the subsamples share no unit, so the estimates are taken as
    independent (Clogg, Petkova and Haritou 1995, eq. 4).
    """
    return _each(specs, coefficients, _compare, HETEROGENEITY_COLUMNS)


def _mediate(row: Mapping[str, Any], terms: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    treatment = row["treatment"]
    total = terms[row["total_spec"], treatment]
    direct = terms[row["outcome_spec"], treatment]
    a = terms[row["mediator_spec"], treatment]
    b = terms[row["outcome_spec"], row["mediator"]]
    indirect = a.estimate * b.estimate
    std_error = math.hypot(a.estimate * b.std_error, b.estimate * a.std_error)
    z = indirect / std_error
    return {
        "total": total.estimate, "direct": direct.estimate,
        "a": a.estimate, "a_std_error": a.std_error, "b": b.estimate, "b_std_error": b.std_error,
        "indirect": indirect, "share": indirect / total.estimate,
        "sobel_std_error": std_error, "sobel_z": z, "sobel_p": 2 * stats.norm.sf(abs(z)),
        "identity_gap": total.estimate - direct.estimate - indirect,
    }  # fmt: skip


def _compare(row: Mapping[str, Any], terms: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    a, b = (terms[row[spec], row["treatment"]] for spec in ("spec_a", "spec_b"))
    difference, std_error = a.estimate - b.estimate, math.hypot(a.std_error, b.std_error)
    z = difference / std_error
    return {
        "estimate_a": a.estimate, "std_error_a": a.std_error,
        "estimate_b": b.estimate, "std_error_b": b.std_error,
        "difference": difference, "difference_std_error": std_error,
        "z_statistic": z, "p_value": 2 * stats.norm.sf(abs(z)),
    }  # fmt: skip


def _each(
    specs: pd.DataFrame,
    coefficients: pd.DataFrame,
    combine: Callable[[Mapping[str, Any], Mapping[tuple[str, str], Any]], dict[str, Any]],
    columns: Sequence[str],
) -> pd.DataFrame:
    terms: dict[tuple[str, str], Any] = {
        (str(row.spec_id), str(row.term)): row
        for row in coefficients.dropna(subset=["term"]).itertuples()
    }
    fitted = {spec for spec, _ in terms}
    rows = []
    for _, spec in specs.iterrows():
        row = dict(spec)
        needs = [row[name] for name in row if name.endswith("_spec") or name.startswith("spec_")]
        if missing := [need for need in needs if need not in fitted]:
            row |= {"status": "not estimable", "reason": f"not estimated: {', '.join(missing)}"}
        else:
            row |= combine(row, terms) | {"status": "estimated", "reason": None}
        rows.append(row)
    return pd.DataFrame(rows).reindex(columns=list(columns))
