"""Every regression of the studies: its rows, winsorised where asked, and the fit on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from nqp.analyses.cautions import cautions, fitted_rows, treated
from nqp.analyses.samples import WEIGHT, Samples
from nqp.analyses.specifications import (
    Row,
    decimal,
    estimated,
    names,
    policies_of,
    regression_spec,
    text,
)
from nqp.econometrics.group_trends import with_group_trends, with_period_interactions
from nqp.econometrics.panels import singletons
from nqp.econometrics.regression import RegressionFit, RegressionSpec, fit, stars
from nqp.econometrics.winsorise import winsorise

# The rows of a fit have a term, but for one which has the figures of the fit as a whole.
FIT_COLUMNS = (
    "n_obs", "n_units", "n_clusters", "n_treated_units", "n_treated_clusters", "n_singletons", "df",
    "r2", "r2_adj", "r2_within", "dropped", "winsorised", "stars_withheld", "cautions",
)  # fmt: skip
TERM_COLUMNS = (
    "term", "estimate", "std_error", "t_statistic", "p_value", "conf_low", "conf_high", "stars",
)  # fmt: skip
COLUMNS = (*TERM_COLUMNS, *FIT_COLUMNS)
COUNTS = (
    "n_obs", "n_units", "n_clusters", "n_treated_units", "n_treated_clusters", "n_singletons", "df",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a specification is estimated on: rows and the estimator's specification.

    winsorised: the continuous variables whose tails were pulled in.
    """

    rows: pd.DataFrame
    spec: RegressionSpec
    winsorised: tuple[str, ...] = ()


def prepare(samples: Samples, row: Row, sample_id: str | None = None) -> Prepared:
    """The rows of a row of ``regression_specs``, winsorised where it says so.

    sample_id: the analysis whose rows are taken, where it is not the specification itself.
    Winsorising comes last, on the rows of the regression: outcome and continuous regressors; a
    variable of zeros and ones alone is none of them.

    Raises NotEstimable when the sample cannot be drawn.
    """
    spec = regression_spec(row)
    by_year, trends = names(row.get("controls_by_year")), text(row.get("group_trends"))
    variables = (spec.outcome, *spec.regressors, *by_year)
    groups = tuple(filter(None, (spec.group_periods, trends)))
    coding = text(row.get("coding_rule")) or None
    rows = samples.rows(sample_id or row["spec_id"], variables, groups, coding)
    rows, continuous = winsorised(rows, row, spec, variables)
    if (rows[WEIGHT] != 1).any():
        spec = replace(spec, weights=WEIGHT)
    if trends:
        rows, spec = with_group_trends(rows, spec, trends)
    if by_year:
        rows, spec = with_period_interactions(rows, spec, by_year)
    return Prepared(rows, spec, continuous)


def winsorised(
    rows: pd.DataFrame, row: Row, spec: RegressionSpec, variables: Iterable[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows of a regression, without those that alone have an effect where the specification
    drops them, and the continuous variables among these whose tails are pulled in.

    row: of ``regression_specs``, which says how far, if at all.
    """
    if spec.singletons == "drop":
        # Stored samples have none left; of others they go before the tails are pulled in, too.
        alone = singletons(rows, spec.effects())
        rows = rows if alone.all() else rows[~alone].reset_index(drop=True)
    lower, upper = decimal(row.get("winsor_lower")), decimal(row.get("winsor_upper"))
    if lower is None and upper is None:
        return rows, ()
    continuous = [name for name in dict.fromkeys(variables) if not rows[name].isin((0, 1)).all()]
    pulled_in = winsorise(
        rows,
        continuous,
        0.0 if lower is None else lower,
        1.0 if upper is None else upper,
        by=text(row.get("winsor_by")) or None,
    )
    return pulled_in, tuple(continuous)


def regressions(samples: Samples, specs: pd.DataFrame, studies: pd.DataFrame) -> pd.DataFrame:
    """Fit every row of ``regression_specs``: `COLUMNS`, the fit's own row first, then its terms.

    studies: study, policy. Where too few are treated for a standard error to be trusted, no term
    has stars, and the cautions of the fit say so.
    """
    policies = policies_of(studies)

    def estimate(row: Row) -> pd.DataFrame:
        prepared = prepare(samples, row)
        result = fit(prepared.rows, prepared.spec)
        figures = _figures(result, prepared)
        are_few = False
        if (policy := policies[row["study"]]) in prepared.spec.treatment:
            rows = fitted_rows(prepared.rows, prepared.spec)
            found = treated(rows, policy)
            are_few = found.are_few
            figures |= {
                "n_treated_units": found.units,
                "n_treated_clusters": found.clusters,
                "cautions": " ".join(cautions(rows, prepared.spec, result, policy)) or None,
            }
        marks = result.coefficients["p_value"].map(lambda p: "" if are_few else stars(p))
        terms = result.coefficients.assign(stars=marks)
        figures["stars_withheld"] = are_few
        return pd.concat([pd.DataFrame([figures]), terms], ignore_index=True)

    table = estimated(specs, "spec_id", estimate, COLUMNS)
    return table.astype(dict.fromkeys(COUNTS, "Int64"))


def _figures(result: RegressionFit, prepared: Prepared) -> dict[str, Any]:
    return {
        "n_obs": result.n_obs,
        "n_units": result.n_units,
        "n_clusters": result.n_clusters,
        "n_singletons": result.n_singletons,
        "df": result.df_resid,
        "r2": result.r2,
        "r2_adj": result.r2_adj,
        "r2_within": result.r2_within,
        "dropped": " + ".join(result.dropped) or None,
        "winsorised": ", ".join(prepared.winsorised) or None,
    }
