"""Event studies: the effect of each year before and after treatment, on a regression's rows."""

from __future__ import annotations

import pandas as pd

from nqp.analyses.regressions import prepare
from nqp.analyses.samples import Samples
from nqp.analyses.specifications import Row, by_id, estimated, first_treated, whole
from nqp.econometrics.event_study import event_study

COLUMNS = (
    "term", "relative_year", "calendar_year", "is_reference", "estimate", "std_error",
    "t_statistic", "p_value", "conf_low_90", "conf_high_90", "conf_low_95", "conf_high_95",
    "leads_test", "leads_f", "leads_p", "n_obs",
)  # fmt: skip


def event_studies(
    samples: Samples, specs: pd.DataFrame, regression_specs: pd.DataFrame
) -> pd.DataFrame:
    """Estimate each row of ``event_study_specs`` on its base specification: `COLUMNS`."""
    base = by_id(regression_specs, "spec_id")

    def estimate(row: Row) -> pd.DataFrame:
        prepared = prepare(samples, base[row["base_spec"]])
        first, last = whole(row.get("window_first")), whole(row.get("window_last"))
        result = event_study(
            prepared.rows,
            prepared.spec,
            first_treated(prepared.rows),
            int(row["reference"]),
            window=None if first is None or last is None else (first, last),
            second_reference=whole(row.get("second_reference")),
        )
        leads = result.leads
        return result.coefficients.assign(
            n_obs=result.fit.n_obs,
            leads_test=leads.status if leads else None,
            leads_f=leads.f_statistic if leads else None,
            leads_p=leads.p_value if leads else None,
        )

    return estimated(specs, "event_study_id", estimate, COLUMNS)
