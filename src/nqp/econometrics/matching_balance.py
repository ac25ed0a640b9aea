"""How alike the covariates of treated and untreated rows are, before and after matching."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from nqp.econometrics.matching_rows import Flags, covariate_values, treated_flags
from nqp.econometrics.panels import Floats

_BALANCE = (
    "mean_treated", "mean_control", "std_diff", "variance_ratio", "t_statistic", "p_value",
)  # fmt: skip

# Columns of what `balance` returns.
BALANCE_COLUMNS = (
    "covariate", *(f"{statistic}_{side}" for side in ("before", "after") for statistic in _BALANCE),
)  # fmt: skip


def balance(
    rows: pd.DataFrame,
    treated: str,
    covariates: Sequence[str],
    score: Floats,
    on_support: Flags,
    weight: Floats,
    weighted: bool = True,
) -> pd.DataFrame:
    """Compare treated and untreated rows before and after matching, as psmatch2's `pstest`.

    rows, treated: as given to `match`. covariates: any numeric columns. score, on_support, weight:
    (rows,) as `Matched` has them. Before: all rows with a score. After: treated rows on the support
    against untreated rows with their weights; or, not `weighted`, the matched sample as a
    regression on its rows sees it.

    One row per covariate; `_before` and `_after` of:
    mean_treated, mean_control;
    std_diff: difference of means in percent of the square root of the mean of the two variances,
        those before matching in both cases (Rosenbaum and Rubin 1985);
    variance_ratio: treated over control, by sums of squares over (sum of weights - 1);
    t_statistic, p_value: of the difference, one variance for both groups, weights as frequencies.

    Raises ValueError when a column is absent or not numeric or the rows are not those matched.
    """
    if len(rows) != len(weight):
        raise ValueError(f"{len(rows)} rows, but {len(weight)} were matched: give the same")
    flags, values = treated_flags(rows, treated), covariate_values(rows, covariates)
    before = np.isfinite(score).astype(float)
    after = np.where(flags, on_support, weight) if weighted else (weight > 0).astype(float)
    lines = []
    for name, x in values.items():
        raw, now = (_compare(x.to_numpy(), weight, flags) for weight in (before, after))
        with np.errstate(divide="ignore"):
            scale = 100 / np.sqrt((raw["variance_treated"] + raw["variance_control"]) / 2)
        for side in (raw, now):
            side["std_diff"] = scale * (side["mean_treated"] - side["mean_control"])
        lines.append(
            {"covariate": name}
            | {f"{statistic}_before": raw[statistic] for statistic in _BALANCE}
            | {f"{statistic}_after": now[statistic] for statistic in _BALANCE}
        )
    return pd.DataFrame(lines, columns=list(BALANCE_COLUMNS))


def _compare(x: Floats, weight: Floats, flags: Flags) -> dict[str, float]:
    """Weighted moments of the two groups and the t test of equal means."""
    with np.errstate(invalid="ignore", divide="ignore"):  # missing or infinite, not an error
        moments = []
        for group in (flags, ~flags):
            use = group & (weight > 0) & np.isfinite(x)
            w, values = weight[use], x[use]
            mean = (w @ values) / w.sum()
            moments.append((w.sum(), mean, (w @ (values - mean) ** 2) / (w.sum() - 1)))
        (n1, mean1, variance1), (n0, mean0, variance0) = moments
        pooled = ((n1 - 1) * variance1 + (n0 - 1) * variance0) / (n1 + n0 - 2)
        t_statistic = (mean1 - mean0) / np.sqrt(pooled * (1 / n1 + 1 / n0))
        return {
            "mean_treated": mean1,
            "mean_control": mean0,
            "variance_treated": variance1,
            "variance_control": variance0,
            "variance_ratio": variance1 / variance0,
            "t_statistic": t_statistic,
            "p_value": 2 * stats.t.sf(abs(t_statistic), n1 + n0 - 2),
        }
