"""From specification rows to estimates: draw the sample, fit, and lay the result out as rows.

Every specification comes back, estimated or not; what cannot be estimated says why. The functions
here only choose rows and columns: numbers come from the estimators they call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import pandas as pd

from nqp.econometrics import matching
from nqp.econometrics.event_study import event_study
from nqp.econometrics.matching import MatchingSpec, balance, match, scan
from nqp.econometrics.placebo import PlaceboSummary, placebo_in_space, placebo_in_time, summary
from nqp.econometrics.regression import NotEstimable, RegressionFit, RegressionSpec, fit, stars
from nqp.econometrics.winsorise import winsorise

KEYS = ["region_code", "year"]
WEIGHT = "matching_weight"

REGRESSION_COLUMNS = (
    "spec_id", "term", "estimate", "std_error", "t_statistic", "p_value", "conf_low", "conf_high",
    "stars", "n_obs", "n_units", "n_clusters", "r2", "r2_adj", "dropped", "status", "reason",
)  # fmt: skip
FLOW_COLUMNS = ("spec_id", "step_no", "step", "rows", "units", "rows_lost", "units_lost", "detail")
EVENT_COLUMNS = (
    "event_study_id", "term", "relative_year", "calendar", "is_reference", "estimate", "std_error",
    "t_statistic", "p_value", "conf_low_90", "conf_high_90", "conf_low_95", "conf_high_95",
    "leads_test", "leads_f", "leads_p", "n_obs", "status", "reason",
)  # fmt: skip
PLACEBO_COLUMNS = (
    "placebo_id", "draw", "pseudo_year", "estimate", "std_error", "t_statistic", "p_value",
    "status", "reason",
)  # fmt: skip
SUMMARY_COLUMNS = (
    "placebo_id", "estimate", "t_statistic", *(field.name for field in fields(PlaceboSummary)),
    "status", "reason",
)  # fmt: skip
MATCHED_COLUMNS = (
    "matching_id", "study", "region_code", "year", "treated", "score", "on_support", "weight",
    "status", "reason",
)  # fmt: skip
BALANCE_COLUMNS = ("matching_id", *matching.BALANCE_COLUMNS, "status", "reason")
# The reason of a setting that matches nothing, beside that of a specification.
SCAN_COLUMNS = ("matching_id", *matching.SCAN_COLUMNS[:-1], "not_matched", "status", "reason")

Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Context:
    """What every estimate draws on.

    panels: by study, one row per region and year, a column per variable, and those of the units.
    members: region codes by (study, grouping, group_id).
    lacking: by study, the variables without a single value, with the reason.
    """

    panels: Mapping[str, pd.DataFrame]
    members: Mapping[tuple[str, str, str], set[str]]
    lacking: Mapping[str, Mapping[str, str]]

    def require(self, study: str, names: tuple[str, ...]) -> None:
        """Raise NotEstimable naming each variable the profile has no data for."""
        lacking = self.lacking.get(study, {})
        if reasons := [f"{name}: {lacking[name]}" for name in names if name in lacking]:
            raise NotEstimable("; ".join(reasons))


def context(
    panel: pd.DataFrame, units: pd.DataFrame, groupings: pd.DataFrame, coverage: pd.DataFrame
) -> Context:
    """Pivot the long panel by study and index what describes its units.

    panel: study, region_code, year, variable_id, value. units: study, region_code, province_code,
    first_treated_year. groupings: study, grouping, group_id, region_code. coverage: study,
    variable_id, available, reason.
    """
    wide = panel.pivot(index=["study", *KEYS], columns="variable_id", values="value").reset_index()
    joined = wide.merge(units, on=["study", "region_code"], how="left", validate="many_to_one")
    absent = coverage[coverage["available"] == 0]
    return Context(
        panels={str(study): rows for study, rows in joined.groupby("study", sort=False)},
        members={
            (str(study), str(grouping), str(group)): set(rows["region_code"])
            for (study, grouping, group), rows in groupings.groupby(
                ["study", "grouping", "group_id"]
            )
        },
        lacking={
            str(study): dict(zip(rows["variable_id"], rows["reason"], strict=True))
            for study, rows in absent.groupby("study")
        },
    )


def regression_spec(row: Row) -> RegressionSpec:
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


@dataclass(frozen=True, eq=False)
class Sample:
    """The rows a specification is estimated on, and how they came about.

    flow: step, rows, units, detail; the first step is the study's whole panel.
    """

    rows: pd.DataFrame
    spec: RegressionSpec
    flow: tuple[tuple[str, int, int, str], ...]


def draw_sample(ctx: Context, row: Row, matched: pd.DataFrame) -> Sample:
    """Take a specification's group, window, matched rows and complete cases, then winsorise.

    matched: matching_id, region_code, year, weight, keep; the rows each matching kept.
    Winsorising comes last, on the estimation sample: outcome and continuous regressors, no dummies.

    Raises NotEstimable when the profile lacks a variable or the matching could not be made.
    """
    spec = regression_spec(row)
    names = (spec.outcome, *spec.regressors)
    ctx.require(row["study"], names)
    rows = ctx.panels[row["study"]]
    flow = [_step("study", rows, "")]

    if grouping := _text(row["grouping"]):
        group = _text(row["group_id"])
        rows = rows[rows["region_code"].isin(ctx.members.get((row["study"], grouping, group), ()))]
        flow.append(_step("group", rows, f"{grouping} = {group}"))
    first, last = _number(row["first_year"]), _number(row["last_year"])
    if first is not None or last is not None:
        rows = rows[rows["year"].between(first or -9999, last or 9999)]
        flow.append(_step("window", rows, f"{first or ''}–{last or ''}"))
    if matching_id := _text(row.get("matching")):
        kept = matched[matched["matching_id"] == matching_id]
        if (kept["status"] != "estimated").any() or kept.empty:
            raise NotEstimable(f"matching {matching_id}: {_first(kept['reason'])}")
        rows = rows.merge(
            kept.loc[kept["weight"] > 0, [*KEYS, "weight"]].rename(columns={"weight": WEIGHT}),
            on=KEYS,
        )
        flow.append(_step("matched", rows, matching_id))
        if (kept["keep"] == "weights").all():
            spec = replace(spec, weights=WEIGHT)
    rows = rows.dropna(subset=list(names))
    flow.append(_step("complete", rows, "a value in " + ", ".join(names)))
    tails = _float(row.get("winsor_lower")), _float(row.get("winsor_upper"))
    if tails != (None, None):
        lower = 0.0 if tails[0] is None else tails[0]
        upper = 1.0 if tails[1] is None else tails[1]
        continuous = [name for name in dict.fromkeys(names) if not rows[name].isin((0, 1)).all()]
        rows = winsorise(rows, continuous, lower, upper, by=_text(row.get("winsor_by")) or None)
        flow.append(
            _step("winsorised", rows, f"{lower:.0%} and {upper:.0%}: " + ", ".join(continuous))
        )
    return Sample(rows, spec, tuple(flow))


def regressions(ctx: Context, specs: pd.DataFrame, matched: pd.DataFrame) -> pd.DataFrame:
    """Fit every specification: ``REGRESSION_COLUMNS``, a row per term, one without if none fit."""

    def estimate(row: Row) -> pd.DataFrame:
        sample = draw_sample(ctx, row, matched)
        result = fit(sample.rows, sample.spec)
        return result.coefficients.assign(
            stars=result.coefficients["p_value"].map(stars), **_fit_figures(result)
        )

    table = _each(specs, "spec_id", estimate, REGRESSION_COLUMNS)
    return table.astype({"n_obs": "Int64", "n_units": "Int64", "n_clusters": "Int64"})


def sample_flow(ctx: Context, specs: pd.DataFrame, matched: pd.DataFrame) -> pd.DataFrame:
    """Rows and units left after each step of each specification's sample: ``FLOW_COLUMNS``."""

    def steps(row: Row) -> pd.DataFrame:
        table = pd.DataFrame(
            draw_sample(ctx, row, matched).flow, columns=["step", "rows", "units", "detail"]
        )
        return table.assign(
            step_no=range(1, len(table) + 1),
            rows_lost=-table["rows"].diff().fillna(0).astype(int),
            units_lost=-table["units"].diff().fillna(0).astype(int),
        )

    table = _each(specs, "spec_id", steps, (*FLOW_COLUMNS, "status", "reason"))
    return table[table["status"] == "estimated"][list(FLOW_COLUMNS)].astype(
        {name: "int64" for name in ("step_no", "rows", "units", "rows_lost", "units_lost")}
    )


def matched_samples(ctx: Context, specs: pd.DataFrame) -> pd.DataFrame:
    """Match each ``matching_specs`` row: ``MATCHED_COLUMNS`` and ``keep``, a row per panel row.

    Treated rows are all rows of the units that are ever treated, as both papers match.
    """

    def matches(row: Row) -> pd.DataFrame:
        rows, spec = _matching(ctx, row)
        found = match(rows, "ever_treated", spec)
        return rows[KEYS].assign(
            study=row["study"], treated=rows["ever_treated"], score=found.score,
            on_support=found.on_support, weight=found.weight, keep=spec.keep,
        )  # fmt: skip

    return _each(specs, "matching_id", matches, (*MATCHED_COLUMNS, "keep"))


def matching_balance(ctx: Context, specs: pd.DataFrame) -> pd.DataFrame:
    """Balance of each matching's covariates before and after, as the regression uses the rows."""

    def compare(row: Row) -> pd.DataFrame:
        rows, spec = _matching(ctx, row)
        found = match(rows, "ever_treated", spec)
        weighted = spec.keep == "weights"
        return balance(rows, found, spec.covariates, "ever_treated", weighted=weighted)

    return _each(specs, "matching_id", compare, BALANCE_COLUMNS)


def matching_scan(ctx: Context, specs: pd.DataFrame) -> pd.DataFrame:
    """Rows that each matching setting keeps, for the covariates of each ``matching_specs`` row."""

    def settings(row: Row) -> pd.DataFrame:
        rows, spec = _matching(ctx, row)
        found = scan(rows, "ever_treated", spec.covariates)
        return found.rename(columns={"reason": "not_matched"})

    distinct = specs.drop_duplicates(["study", "covariates"])
    return _each(distinct, "matching_id", settings, SCAN_COLUMNS)


def event_studies(
    ctx: Context, specs: pd.DataFrame, regression_specs: pd.DataFrame, matched: pd.DataFrame
) -> pd.DataFrame:
    """Estimate each ``event_study_specs`` row on its base specification: ``EVENT_COLUMNS``."""
    base = _by_id(regression_specs)

    def estimate(row: Row) -> pd.DataFrame:
        sample = draw_sample(ctx, base[row["base_spec"]], matched)
        result = event_study(
            sample.rows, sample.spec, _first_treated(sample.rows), int(row["reference"])
        )
        leads = result.leads
        return result.coefficients.assign(
            n_obs=result.fit.n_obs,
            leads_test=leads.status if leads else None,
            leads_f=leads.f_statistic if leads else None,
            leads_p=leads.p_value if leads else None,
        )

    return _each(specs, "event_study_id", estimate, EVENT_COLUMNS)


def placebo_draws(
    ctx: Context,
    specs: pd.DataFrame,
    regression_specs: pd.DataFrame,
    matched: pd.DataFrame,
    seed: int,
) -> pd.DataFrame:
    """Run each ``placebo_specs`` row on its base specification: ``PLACEBO_COLUMNS``, all draws.

    Draw k of a placebo depends on the seed and k alone.
    """
    base = _by_id(regression_specs)

    def draws(row: Row) -> pd.DataFrame:
        sample = draw_sample(ctx, base[row["base_spec"]], matched)
        first_years = sorted(_first_treated(sample.rows).values())
        if row["kind"] == "time":
            table = placebo_in_time(sample.rows, sample.spec, [int(row["pseudo_year"])])
            if table["reason"].notna().any():
                raise NotEstimable(_first(table["reason"]))
            return table.assign(draw=range(len(table)))
        if not first_years:
            raise NotEstimable("no unit of the sample is ever treated")
        if sample.spec.weights:
            raise NotEstimable("draws take no weights: match with keep = rows")
        staggered = len(set(first_years)) > 1
        if staggered and row["n_treated"] != len(first_years):
            raise NotEstimable(
                f"the {len(first_years)} treated units begin in different years, and each unit "
                f"drawn is given one of them: draw {len(first_years)}, not {row['n_treated']:.0f}"
            )
        units = sample.rows["region_code"].nunique()
        if row["n_treated"] >= units:
            raise NotEstimable(
                f"{row['n_treated']:.0f} units to be drawn, but the sample has {units}: some must "
                "be left untreated"
            )
        return placebo_in_space(
            sample.rows,
            sample.spec,
            int(row["n_treated"]),
            first_years if staggered else first_years[0],
            int(row["draws"]),
            seed,
        )

    return _each(specs, "placebo_id", draws, PLACEBO_COLUMNS)


def placebo_summaries(
    specs: pd.DataFrame, coefficients: pd.DataFrame, draws: pd.DataFrame
) -> pd.DataFrame:
    """The actual effect against each placebo in space: where it lies among the draws.

    specs: placebo_id, base_spec, treatment. coefficients, draws: as the functions above give them.
    """
    actual = coefficients.set_index(["spec_id", "term"])

    def summarise(row: Row) -> pd.DataFrame:
        own = draws[draws["placebo_id"] == row["placebo_id"]]
        if (own["status"] != "estimated").any():
            raise NotEstimable(_first(own["reason"]))
        if (key := (row["base_spec"], row["treatment"])) not in actual.index:
            raise NotEstimable(f"not estimated: {row['base_spec']}")
        effect = actual.loc[key]
        null = summary(own, float(effect["estimate"]), float(effect["t_statistic"]))
        return pd.DataFrame([asdict(null)]).assign(
            estimate=effect["estimate"], t_statistic=effect["t_statistic"]
        )

    in_space = specs[specs["kind"] == "space"]
    return _each(in_space, "placebo_id", summarise, SUMMARY_COLUMNS)


def _each(
    specs: pd.DataFrame,
    key: str,
    estimate: Callable[[Row], pd.DataFrame],
    columns: tuple[str, ...],
) -> pd.DataFrame:
    """One table from all specifications; what is not estimable is a row with its reason.

    Columns that only the estimates have follow the named ones.
    """
    tables = []
    for row in _rows(specs):
        try:
            table = estimate(row).assign(status="estimated", reason=None)
        except NotEstimable as error:
            table = pd.DataFrame({"status": ["not estimable"], "reason": [str(error)]})
        except ValueError as error:
            raise ValueError(f"{row[key]}: {error}") from error
        tables.append(table.assign(**{key: row[key]}))
    combined = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    combined = combined.reindex(columns=list(dict.fromkeys([*columns, *combined.columns])))
    # DuckDB would make a column without a value an integer.
    blank = [name for name in combined if combined[name].isna().all()]
    return combined.astype(dict.fromkeys(blank, "string"))


def _matching(ctx: Context, row: Row) -> tuple[pd.DataFrame, MatchingSpec]:
    covariates = _names(row["covariates"])
    ctx.require(row["study"], covariates)
    panel = ctx.panels[row["study"]]
    spec = MatchingSpec(
        covariates=covariates,
        method=row["method"],
        neighbours=int(row["neighbours"]),
        bandwidth=float(row["bandwidth"]),
        model=row["model"],
        by_year=bool(row["by_year"]),
        common_support=bool(row["common_support"]),
        ties=bool(row["ties"]),
        direction=row["direction"],
        caliper=_float(row["caliper"]),
        keep=row["keep"],
    )
    return panel.assign(ever_treated=panel["first_treated_year"].notna().astype(int)), spec


def _first_treated(rows: pd.DataFrame) -> dict[Any, int]:
    """First treated year by unit, of the units ever treated."""
    treated = rows.dropna(subset=["first_treated_year"]).drop_duplicates("region_code")
    return dict(zip(treated["region_code"], treated["first_treated_year"].astype(int), strict=True))


def _fit_figures(result: RegressionFit) -> dict[str, Any]:
    return {
        "n_obs": result.n_obs,
        "n_units": result.n_units,
        "n_clusters": result.n_clusters,
        "r2": result.r2,
        "r2_adj": result.r2_adj,
        "dropped": " + ".join(result.dropped) or None,
    }


def _step(name: str, rows: pd.DataFrame, detail: str) -> tuple[str, int, int, str]:
    return name, len(rows), rows["region_code"].nunique(), detail


def _rows(specs: pd.DataFrame) -> Iterator[dict[str, Any]]:
    return (dict(row) for _, row in specs.iterrows())


def _by_id(specs: pd.DataFrame) -> dict[str, Row]:
    return {row["spec_id"]: row for row in _rows(specs)}


def _names(text: object) -> tuple[str, ...]:
    return tuple(name.strip() for name in _text(text).split("+") if name.strip())


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def _float(value: object) -> float | None:
    return float(text) if (text := _text(value)) else None


def _number(value: object) -> int | None:
    return int(float(text)) if (text := _text(value)) else None


def _first(values: pd.Series[Any]) -> str:
    return str(values.dropna().iloc[0]) if values.notna().any() else "no such matching"
