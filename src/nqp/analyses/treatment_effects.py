"""Effects by other estimators beside the two-way coefficient, on the same rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import pandas as pd

from nqp.analyses.cautions import fitted_rows
from nqp.analyses.regressions import prepare
from nqp.analyses.samples import Samples
from nqp.analyses.specifications import (
    Row,
    estimated,
    first_treated,
    two_way_of_policy,
)
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.synthetic_did import synthetic_did
from nqp.econometrics.treatment_effects import COLUMNS as EFFECT_COLUMNS
from nqp.econometrics.treatment_effects import (
    TreatmentEffects,
    group_time_effects,
    imputation_effects,
)

COLUMNS = (*EFFECT_COLUMNS, "cautions")
Estimator: TypeAlias = Callable[..., TreatmentEffects]


def treatment_effects(samples: Samples, specs: pd.DataFrame, studies: pd.DataFrame) -> pd.DataFrame:
    """Synthetic differences in differences of every two-way coefficient of a policy, and where the
    policy begins in different years group-time averages and imputation estimates: `COLUMNS`.

    What a method cannot do is one row of it with the reason.
    """
    chosen = two_way_of_policy(specs, studies)

    def effects(row: Row) -> pd.DataFrame:
        prepared = prepare(samples, row)
        spec, starts = prepared.spec, first_treated(prepared.rows)
        if not starts:
            return pd.DataFrame()
        if spec.weights:
            raise NotEstimable("the rows are weighted: match with keep = rows")
        if spec.group_periods or spec.nuisance:
            raise NotEstimable(
                "these estimators take controls alone, no effects of groups and years, trends or "
                "controls by year"
            )
        rows = fitted_rows(prepared.rows, spec)
        cluster = None if spec.cluster in (None, "region_code") else spec.cluster
        tables = []
        staggered: tuple[tuple[str, str | None, Estimator], ...] = (
            ("callaway_santanna", "never treated",
             partial(group_time_effects, control_group="never_treated", cluster=cluster)),
            ("callaway_santanna", "not yet treated",
             partial(group_time_effects, control_group="not_yet_treated", cluster=cluster)),
            ("imputation", None, partial(imputation_effects, cluster=cluster)),
        )  # fmt: skip
        synthetic: tuple[tuple[str, str | None, Estimator], ...] = (
            ("synthetic_did", "never treated", synthetic_did),
        )
        for method, label, estimate in (
            *(staggered if len(set(starts.values())) > 1 else ()), *synthetic
        ):  # fmt: skip
            try:
                found = estimate(rows, spec.outcome, starts, controls=spec.controls)
                cautions = ". ".join(found.cautions)
                tables.append(found.table.assign(cautions=f"{cautions}." if cautions else None))
            except NotEstimable as error:
                cannot = {
                    "method": method,
                    "control_group": label, "aggregation": "simple", "why_not": str(error),
                }  # fmt: skip
                tables.append(pd.DataFrame([cannot]))
        return pd.concat(tables, ignore_index=True)

    table = estimated(specs[chosen], "spec_id", effects, COLUMNS)
    return table.astype(dict.fromkeys(("cohort", "relative_year", "n_obs", "n_units"), "Int64"))
