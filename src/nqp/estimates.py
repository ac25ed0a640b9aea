"""From specification rows to estimates: choose the sample, fit, and lay the result out as rows.

Every specification comes back, estimated or not; what cannot be estimated says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nqp.regression import NotEstimable, RegressionFit, RegressionSpec, fit, stars

COLUMNS = (
    "spec_id", "term", "estimate", "std_error", "t_statistic", "p_value", "conf_low", "conf_high",
    "stars", "n_obs", "n_units", "n_clusters", "r2", "r2_adj", "dropped", "status", "reason",
)  # fmt: skip


def wide_panels(panel: pd.DataFrame, units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Pivot the long panel: one frame per study, a row per region and year.

    panel: study, region_code, year, variable_id, value. units: study, region_code and columns
    that describe a unit (province_code …); they are joined on.
    """
    wide = panel.pivot(
        index=["study", "region_code", "year"], columns="variable_id", values="value"
    ).reset_index()
    joined = wide.merge(units, on=["study", "region_code"], how="left", validate="many_to_one")
    return {str(study): rows for study, rows in joined.groupby("study", sort=False)}


def sample(
    panel: pd.DataFrame, spec: Mapping[str, Any], members: Mapping[tuple[str, str], set[str]]
) -> pd.DataFrame:
    """The rows a specification is about: its group of units, its window of years.

    members: region codes by (grouping, group_id).
    """
    keep = pd.Series(True, index=panel.index)
    if grouping := _text(spec["grouping"]):
        keep &= panel["region_code"].isin(members.get((grouping, _text(spec["group_id"])), set()))
    if not pd.isna(spec["first_year"]):
        keep &= panel["year"] >= spec["first_year"]
    if not pd.isna(spec["last_year"]):
        keep &= panel["year"] <= spec["last_year"]
    return panel[keep]


def regression_spec(row: Mapping[str, Any]) -> RegressionSpec:
    """The estimator's part of a row of ``regression_specs``; lists are written ``a + b``."""
    return RegressionSpec(
        outcome=row["outcome"],
        treatment=_names(row["treatment"]),
        controls=_names(row["controls"]),
        unit_effects=bool(row["unit_effects"]),
        time_effects=bool(row["time_effects"]),
        vcov=row["vcov"],
        cluster=_text(row["cluster"]) or None,
        constant=row["constant"],
    )


def regressions(
    panel: pd.DataFrame,
    units: pd.DataFrame,
    groupings: pd.DataFrame,
    coverage: pd.DataFrame,
    specs: pd.DataFrame,
) -> pd.DataFrame:
    """Fit every specification; rows as ``COLUMNS``, one per term, one without a term if none fit.

    coverage: study, variable_id, available, reason, from which a missing variable is explained.
    """
    panels = wide_panels(panel, units)
    members = {
        (str(grouping), str(group)): set(rows["region_code"])
        for (grouping, group), rows in groupings.groupby(["grouping", "group_id"])
    }
    absent = coverage[coverage["available"] == 0]
    lacking: dict[str, dict[str, str]] = {
        str(study): dict(zip(rows["variable_id"], rows["reason"], strict=True))
        for study, rows in absent.groupby("study")
    }
    tables = [
        _estimate(panels[row["study"]], members, lacking.get(row["study"], {}), row)
        for row in (dict(spec) for _, spec in specs.iterrows())
    ]
    return pd.concat(tables, ignore_index=True).astype(
        {"n_obs": "Int64", "n_units": "Int64", "n_clusters": "Int64"}
    )


def _estimate(
    panel: pd.DataFrame,
    members: Mapping[tuple[str, str], set[str]],
    lacking: Mapping[str, str],
    row: Mapping[str, Any],
) -> pd.DataFrame:
    spec = regression_spec(row)
    names = (spec.outcome, *spec.regressors)
    try:
        if reasons := [f"{name}: {lacking[name]}" for name in names if name in lacking]:
            raise NotEstimable("; ".join(reasons))
        result = fit(sample(panel, row, members), spec)
    except NotEstimable as error:
        return _rows(row["spec_id"], pd.DataFrame({"term": [None]}), "not estimable", str(error))
    return _rows(row["spec_id"], result.coefficients, "estimated", None, result)


def _rows(
    spec_id: str,
    coefficients: pd.DataFrame,
    status: str,
    reason: str | None,
    result: RegressionFit | None = None,
) -> pd.DataFrame:
    table = coefficients.assign(spec_id=spec_id, status=status, reason=reason)
    if result is not None:
        table = table.assign(
            stars=table["p_value"].map(stars),
            n_obs=result.n_obs,
            n_units=result.n_units,
            n_clusters=result.n_clusters,
            r2=result.r2,
            r2_adj=result.r2_adj,
            dropped=" + ".join(result.dropped) or None,
        )
    return table.reindex(columns=list(COLUMNS))


def _names(text: object) -> tuple[str, ...]:
    return tuple(name.strip() for name in _text(text).split("+") if name.strip())


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]
