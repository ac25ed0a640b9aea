"""Synthetic differences in differences (Arkhangelsky, Athey, Hirshberg, Imbens and Wager 2021).

Untreated units are weighted so that before the treatment they move with the treated ones, and the
periods before so that they resemble those after; the effect is the weighted difference in
differences. Units treated from different periods on are estimated cohort by cohort against units
never treated, and averaged by their treated rows (appendix of the same paper).

The estimates are the library diff-diff's. Standard errors are its jackknife, which leaves out unit
after unit with the weights kept, draws nothing and errs on the large side. The average over several
cohorts has none: they share their controls.

With few periods before, hundreds of untreated units can be weighted to follow any path, so that
following it says nothing: `FEWEST_PERIODS_BEFORE` are asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nqp.econometrics.panels import NotEstimable, codes
from nqp.econometrics.threads import one_blas_thread
from nqp.econometrics.treatment_effects import COLUMNS, TreatmentEffects, staggered_sample

FEWEST_PERIODS_BEFORE = 4


@one_blas_thread
def synthetic_did(
    panel: pd.DataFrame,
    outcome: str,
    first_treated: Mapping[Any, int],
    controls: Sequence[str] = (),
    level: float = 0.95,
    unit: str = "region_code",
    time: str = "year",
) -> TreatmentEffects:
    """The effect of each cohort, and their average: simple, and group where there are several.

    panel, first_treated: as for `nqp.econometrics.treatment_effects.group_time_effects`. controls:
    columns whose part in the outcome, by a regression with unit and period effects, is taken away
    first.

    Raises NotEstimable where no unit is never treated or every cohort has too few periods before
    its treatment, and as `staggered_sample` does.
    """
    sample = staggered_sample(panel, outcome, first_treated, controls, None, unit, time)
    frame = sample.frame
    if sample.without_never_treated:
        raise NotEstimable(f"{sample.without_never_treated}, of which to make a control")
    periods = np.sort(frame[time].unique())
    cohorts = {
        int(start): int((periods < start).sum())
        for start in sorted(frame["start"].unique())
        if start
    }
    early = {start: n for start, n in cohorts.items() if n < FEWEST_PERIODS_BEFORE}
    if len(early) == len(cohorts):
        starts = ", ".join(f"{n} before {start}" for start, n in early.items())
        raise NotEstimable(
            f"too few periods before the treatment: {starts}, and weights that follow the treated "
            f"units need {FEWEST_PERIODS_BEFORE} at least"
        )
    cautions = list(sample.cautions)
    if early:
        cautions.append(
            f"cohort {', '.join(map(str, early))} left out, with fewer than "
            f"{FEWEST_PERIODS_BEFORE} periods before"
        )
    rows, weights = [], []
    for start in cohorts:
        if start in early:
            continue
        own = frame[frame["start"].isin((0, start))]
        found = _estimate(own, outcome, controls, start, level, unit, time)
        rows.append(found | {"aggregation": "group", "cohort": start})
        weights.append(int(((own["start"] == start) & (own[time] >= start)).sum()))
    if len(rows) == 1:
        rows = [rows[0] | {"aggregation": "simple", "cohort": None}, *(rows if early else [])]
    else:
        average = float(np.average([row["estimate"] for row in rows], weights=weights))
        rows.insert(0, {"aggregation": "simple", "estimate": average})
        cautions.append("the average has no standard error, as cohorts share their controls")
    if any(np.isnan(row.get("std_error", 0.0)) for row in rows):
        cautions.append(f"a cohort of one {unit}, or with one control, has no standard error")
    used = frame[~frame["start"].isin(list(early))]
    table = pd.DataFrame(rows).assign(
        method="synthetic_did", control_group="never treated", n_obs=len(used),
        n_units=used[unit].nunique(),
    )  # fmt: skip
    table = table.reindex(columns=COLUMNS).astype({"cohort": "Int64", "relative_year": "Int64"})
    return TreatmentEffects(table, tuple(cautions))


def _estimate(
    frame: pd.DataFrame,
    outcome: str,
    controls: Sequence[str],
    start: int,
    level: float,
    unit: str,
    time: str,
) -> dict[str, Any]:
    from diff_diff import SyntheticDiD

    model = SyntheticDiD(variance_method="jackknife", alpha=1 - level, n_bootstrap=2, seed=0)
    own = frame.assign(treated_unit=(frame["start"] > 0).astype(int), **{unit: codes(frame[unit])})
    after = [period for period in np.sort(frame[time].unique()) if period >= start]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = model.fit(
                own, outcome, "treated_unit", unit, time, post_periods=after,
                covariates=list(controls) or None,
            )  # fmt: skip
        except ValueError as error:
            raise NotEstimable(str(error)) from error
    low, high = found.conf_int
    return {
        "estimate": float(found.att), "std_error": float(found.se), "conf_low": float(low),
        "conf_high": float(high), "p_value": float(found.p_value),
    }  # fmt: skip
