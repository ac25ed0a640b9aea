"""Placebo tests: a regression repeated where nothing happened, and its effect among those draws."""

from __future__ import annotations

from dataclasses import asdict, fields

import pandas as pd

from nqp.analyses.regressions import prepare
from nqp.analyses.samples import ASSIGNED, Samples
from nqp.analyses.specifications import Row, by_id, estimated, text, whole
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.placebo import (
    PlaceboSummary,
    placebo_in_space,
    placebo_in_time,
    placebo_within_strata,
    summary,
)

DRAW_COLUMNS = (
    "draw", "pseudo_year", "estimate", "std_error", "t_statistic", "p_value", "n_assignments",
)  # fmt: skip
OF_ALL = tuple(field.name for field in fields(PlaceboSummary))
# Of assignments too many to have a row each, what describes them stands in the first row.
DESCRIBED = tuple(name for name in OF_ALL if name not in DRAW_COLUMNS)
SUMMARY_COLUMNS = ("estimate", "t_statistic", *OF_ALL)


def placebo_draws(
    samples: Samples, specs: pd.DataFrame, regression_specs: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Run each row of ``placebo_specs`` on its base specification: `DRAW_COLUMNS`, all draws, and
    `DESCRIBED` where every assignment is made and they are too many to have a row each.

    Draw k of a placebo depends on the seed and k alone. A row with ``enumerate`` has every
    assignment made, whatever its draws.
    """
    base = by_id(regression_specs, "spec_id")

    def draws(row: Row) -> pd.DataFrame:
        prepared = prepare(samples, base[row["base_spec"]])
        rows, spec = prepared.rows, prepared.spec
        if row["kind"] == "time":
            table = placebo_in_time(rows, spec, [int(row["pseudo_year"])])
            if table["reason"].notna().any():
                raise NotEstimable(str(table["reason"].dropna().iloc[0]))
            return table.assign(draw=range(len(table)))
        column = ASSIGNED if row.get("draw_unit") == "assignment" else "region_code"
        starts = rows.dropna(subset=["first_treated_year"]).groupby(column)["first_treated_year"]
        first_years = sorted(int(year) for year in starts.min())
        n_treated, groups = int(row["n_treated"]), rows[column].nunique()
        what = "clusters" if column == ASSIGNED else "units"
        if not first_years:
            raise NotEstimable("no unit of the sample is ever treated")
        staggered = len(set(first_years)) > 1
        every = text(row.get("enumerate")).lower() == "true"
        n_draws = whole(row["draws"]) or 1
        if staggered and n_treated != len(first_years):
            raise NotEstimable(
                f"the {len(first_years)} treated {what} begin in different years, and each of the "
                f"{what} drawn is given one of them: draw {len(first_years)}, not {n_treated}"
            )
        if grouping := text(row.get("strata")):
            strata = f"stratum by {grouping}"
            rows = samples.with_groups(rows, row["study"], grouping, strata)
            if n_treated != len(first_years):
                raise NotEstimable(
                    f"{len(first_years)} {what} of the sample are treated, and strata keep their "
                    f"numbers: draw {len(first_years)}, not {n_treated}"
                )
            return placebo_within_strata(
                rows, spec, starts.min().astype(int).to_dict(), strata, n_draws, seed,
                drawn=column, enumerate_all=every,
            )  # fmt: skip
        if n_treated >= groups:
            raise NotEstimable(
                f"{n_treated} {what} to be drawn, but the sample has {groups}: some must be left "
                "untreated"
            )
        start = first_years if staggered else first_years[0]
        return placebo_in_space(
            rows, spec, n_treated, start, n_draws, seed, drawn=column, enumerate_all=every
        )

    table = estimated(specs, "placebo_id", draws, (*DRAW_COLUMNS, *DESCRIBED))
    # A placebo that cannot be made has one row, which says why.
    typed = table.astype(
        {"draw": "Int64", "n_assignments": "Int64", **dict.fromkeys(DESCRIBED, "Float64")}
    )
    return typed.assign(draw=typed["draw"].fillna(0))


def placebo_summaries(
    specs: pd.DataFrame,
    regression_specs: pd.DataFrame,
    coefficients: pd.DataFrame,
    draws: pd.DataFrame,
) -> pd.DataFrame:
    """The actual effect against each placebo in space: where it lies among the draws.

    coefficients, draws: as `regressions` and `placebo_draws` give them.
    """
    base, actual = by_id(regression_specs, "spec_id"), coefficients.set_index(["spec_id", "term"])

    def summarise(row: Row) -> pd.DataFrame:
        own = draws[draws["placebo_id"] == row["placebo_id"]]
        if (own["status"] != "estimated").any():
            raise NotEstimable(str(own["reason"].dropna().iloc[0]))
        key = (row["base_spec"], base[row["base_spec"]]["treatment"])
        if key not in actual.index:
            raise NotEstimable(f"not estimated: {row['base_spec']}")
        effect = actual.loc[key]
        if own["n_draws"].notna().any():
            null: pd.DataFrame = own.loc[own["n_draws"].notna(), list(OF_ALL)]
        else:
            of_draws = summary(own, float(effect["estimate"]), float(effect["t_statistic"]))
            null = pd.DataFrame([asdict(of_draws)])
        return null.assign(estimate=effect["estimate"], t_statistic=effect["t_statistic"])

    in_space = specs[specs["kind"] == "space"]
    return estimated(in_space, "placebo_id", summarise, SUMMARY_COLUMNS)
