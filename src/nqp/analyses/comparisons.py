"""Whether the effect differs between two subgroups."""

from __future__ import annotations

import math

import pandas as pd
from scipy import stats

from nqp.analyses.specifications import Row, estimated
from nqp.econometrics.panels import NotEstimable

COLUMNS = (
    "estimate_a", "std_error_a", "estimate_b", "std_error_b", "difference",
    "difference_std_error", "z_statistic", "p_value",
)  # fmt: skip


def heterogeneity(
    specs: pd.DataFrame, coefficients: pd.DataFrame, studies: pd.DataFrame
) -> pd.DataFrame:
    """Difference of the policy's effect between the two columns of each ``heterogeneity_specs``.

    z = (β_a − β_b) / √(s_a² + s_b²): the subsamples share no unit, so the estimates are taken as
    independent (Clogg, Petkova and Haritou 1995, eq. 4).
    """
    policies = dict(zip(studies["study"], studies["policy"], strict=True))
    terms = coefficients.dropna(subset=["term"]).set_index(["spec_id", "term"])
    fitted = set(terms.index.get_level_values("spec_id"))

    def compare(row: Row) -> pd.DataFrame:
        if missing := [row[spec] for spec in ("spec_a", "spec_b") if row[spec] not in fitted]:
            raise NotEstimable(f"not estimated: {', '.join(missing)}")
        a, b = (terms.loc[(row[spec], policies[row["study"]])] for spec in ("spec_a", "spec_b"))
        difference = a["estimate"] - b["estimate"]
        std_error = math.hypot(a["std_error"], b["std_error"])
        z = difference / std_error
        found = {
            "estimate_a": a["estimate"], "std_error_a": a["std_error"],
            "estimate_b": b["estimate"], "std_error_b": b["std_error"],
            "difference": difference, "difference_std_error": std_error,
            "z_statistic": z, "p_value": 2 * stats.norm.sf(abs(z)),
        }  # fmt: skip
        return pd.DataFrame([found])

    return estimated(specs, "comparison_id", compare, COLUMNS)
