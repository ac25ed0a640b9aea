"""What the two-way coefficient of a policy that begins in different years adds up."""

from __future__ import annotations

import pandas as pd

from nqp.analyses.cautions import fitted_rows
from nqp.analyses.regressions import Prepared, prepare
from nqp.analyses.samples import Samples
from nqp.analyses.specifications import (
    Row,
    estimated,
    first_treated,
    two_way_of_policy,
)
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.two_way_decomposition import goodman_bacon, two_way_weights

COLUMNS = (
    "comparison", "cohort", "control_cohort", "weight", "estimate", "share_negative",
    "sum_negative",
)  # fmt: skip
# The row of a specification that has the sum of all its comparisons.
ALL = "all comparisons"


def two_way_decompositions(
    samples: Samples, specs: pd.DataFrame, studies: pd.DataFrame
) -> pd.DataFrame:
    """The comparisons behind every two-way coefficient of a policy that begins in different years:
    `COLUMNS`, nothing for the other specifications.

    The row `ALL` has their sum, and of the treated rows the share whose effect has a negative
    weight, and the sum of the negative weights. Where the comparisons do not add up to the
    coefficient, that row says why, and has the shares alone.
    """
    chosen = two_way_of_policy(specs, studies)

    def decompose(row: Row) -> pd.DataFrame:
        prepared = prepare(samples, row)
        starts = first_treated(prepared.rows)
        if len(set(starts.values())) < 2:
            return pd.DataFrame()
        rows = fitted_rows(prepared.rows, prepared.spec)
        cells = two_way_weights(rows, prepared.spec)
        everything = {
            "comparison": ALL, "share_negative": cells.share_negative,
            "sum_negative": cells.sum_negative,
        }  # fmt: skip
        try:
            _comparable(prepared)
            found = goodman_bacon(rows, prepared.spec.outcome, starts)
        except NotEstimable as error:
            return pd.DataFrame([everything | {"why_not": str(error)}])
        comparisons = found.comparisons.rename(
            columns={"kind": "comparison", "treated": "cohort", "control": "control_cohort"}
        )
        total = everything | {"weight": 1.0, "estimate": found.estimate}
        return pd.concat([pd.DataFrame([total]), comparisons], ignore_index=True)

    table = estimated(specs[chosen], "spec_id", decompose, COLUMNS)
    if "why_not" in table:
        cannot = table["why_not"].notna()
        table["status"] = table["status"].mask(cannot, "not estimable")
        table["reason"] = table["reason"].mask(cannot, table["why_not"])
        table = table.drop(columns="why_not")
    return table.astype(dict.fromkeys(("cohort", "control_cohort"), "Int64"))


def _comparable(prepared: Prepared) -> None:
    """Raises NotEstimable where comparisons of groups do not add up to the coefficient."""
    spec = prepared.spec
    beside = {
        "controls": bool(spec.controls),
        "weights": spec.weights is not None,
        "effects of groups and years": spec.group_periods is not None,
        "trends or controls by year": bool(spec.nuisance),
    }
    if named := [name for name, there in beside.items() if there]:
        raise NotEstimable(
            f"comparisons of groups add up to a coefficient without {', '.join(named)}"
        )
