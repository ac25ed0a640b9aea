"""Event study: the effect of treatment by year before and after it, against one reference year.

The regression is `nqp.econometrics.regression.fit` with one dummy per relative year in the place of
the treatment; units never treated have none and carry the period effects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import RegressionFit, RegressionSpec, estimation_sample, fit

# References from here on are calendar years, below they are relative ones.
FIRST_CALENDAR_YEAR = 1000


@dataclass(frozen=True)
class JointTest:
    """Whether all `terms` are zero: F(df1, df2), Wald's b'V^-1 b/df1; of one term, its t-test."""

    terms: tuple[str, ...]
    status: Literal["F-test", "t-test"]
    f_statistic: float
    df1: int
    df2: int
    p_value: float


@dataclass(frozen=True, eq=False)
class EventStudy:
    """Coefficients by relative year, and what further tests need.

    coefficients: a row per relative year, ascending: term (`rel_m2`, `rel_0`, `rel_p3`),
        relative_year, calendar_year (text; None where the treated units began in different years),
        estimate, std_error, t_statistic, p_value, conf_low_90, conf_high_90, … per level,
        is_reference. The reference has estimate 0 and nothing else; `≤2013` and `≥2020` are ends
        of the window that other years joined.
    leads: joint test of the years before the first treated one, the reference left out; None where
        there are none.
    reference: the relative year. fit: the regression behind the table, with its covariance.
    rows, spec: what it was fitted to, the event dummies among the columns.
    joined: relative years at the ends of the window that further years joined.
    """

    coefficients: pd.DataFrame
    leads: JointTest | None
    reference: int
    fit: RegressionFit
    rows: pd.DataFrame
    spec: RegressionSpec
    joined: tuple[int, ...]


def event_study(
    panel: pd.DataFrame,
    spec: RegressionSpec,
    first_treated: Mapping[Any, int],
    reference: int,
    window: tuple[int, int] | None = None,
    second_reference: int | None = None,
    levels: Sequence[float] = (0.90, 0.95),
    unit: str = "region_code",
    time: str = "year",
) -> EventStudy:
    """Estimate one coefficient per relative year, year less the unit's first treated year.

    spec: as for `fit`; its treatment is replaced by the event dummies.
    first_treated: first treated year by unit; units not in it are never treated.
    reference: the relative year left out (-1), or a calendar year (2016) where all treated units
        began in the same one.
    window: first and last relative year; what lies beyond joins the year at that end.
    second_reference: a second relative year left out, which a study needs whose units are all
        treated in the end: unit and year effects then leave a straight line in the relative years
        undetermined (Borusyak, Jaravel and Spiess 2024, section 3.2).
    levels: coverage of the confidence intervals.

    Raises NotEstimable when no treated unit or no treated row of the reference is in the complete
    rows, or when `fit` does; ValueError for a reference that cannot be read, and as `fit` does.
    """
    # The dummies take the treatment's place, so its own column need not be complete.
    sample = estimation_sample(panel, replace(spec, treatment=(spec.outcome,)), unit, time)
    starts = sample[unit].map(dict(first_treated))
    cohorts = sorted({int(start) for start in starts.dropna()})
    if not cohorts:
        raise NotEstimable(f"no {unit} of the sample is among the {len(first_treated)} treated")
    elapsed = sample[time] - starts
    relative = elapsed if window is None else elapsed.clip(*window)
    present = sorted({int(year) for year in relative.dropna()})
    base = _relative(reference, cohorts, window)
    if base not in present:
        raise NotEstimable(
            f"the reference {reference} is absent: treated units have complete rows in relative "
            f"years {', '.join(map(str, present))}"
        )
    if second_reference is not None and second_reference not in present:
        raise NotEstimable(
            f"the second reference {second_reference} is absent: treated units have complete rows "
            f"in relative years {', '.join(map(str, present))}"
        )
    names = {year: _term(year) for year in present}
    shown = [year for year in present if year not in (base, second_reference)]
    if not shown:
        raise NotEstimable(f"treated units have no complete rows but in the reference {reference}")
    events = sample.assign(**{names[y]: (relative == y).astype(float) for y in shown})
    event_spec = replace(spec, treatment=tuple(names[y] for y in shown))
    try:
        result = fit(events, event_spec, unit, time)
    except NotEstimable as error:
        if "collinear" not in str(error):
            raise
        if starts.notna().all() and len(cohorts) == 1:
            raise NotEstimable(
                f"every {unit} is treated from {cohorts[0]} on, so that no effect of the policy "
                f"can be told from the effects of the years: the sample needs a {unit} that is "
                "treated in another year, or never"
            ) from error
        if second_reference is None and starts.notna().all():
            far = next(year for year in present if year != base)
            raise NotEstimable(
                "every unit is treated in the end, so that unit and year effects leave a straight "
                "line in the relative years undetermined: name a second reference year, such as "
                f"{far} (second_reference in event_study_specs.csv)"
            ) from error
        another = " or name a second_reference" * (second_reference is None)
        raise NotEstimable(
            f"{error}; join far relative years (window_first and window_last in "
            f"event_study_specs.csv){another}"
        ) from error

    table = pd.DataFrame({"term": names.values(), "relative_year": present})
    edges = {
        present[0]: "≤" * bool((elapsed < present[0]).any()),
        present[-1]: "≥" * bool((elapsed > present[-1]).any()),
    }
    if len(cohorts) == 1:
        table["calendar_year"] = [f"{edges.get(year, '')}{cohorts[0] + year}" for year in present]
    else:
        table["calendar_year"] = None
    columns = ["estimate", "std_error", "t_statistic", "p_value"]
    table = table.join(result.coefficients.set_index("term")[columns], on="term")
    for level in levels:
        margin = stats.t.ppf((1 + level) / 2, result.df_resid) * table["std_error"]
        table[f"conf_low_{100 * level:g}"] = table["estimate"] - margin
        table[f"conf_high_{100 * level:g}"] = table["estimate"] + margin
    table["is_reference"] = table["relative_year"].isin({base, second_reference})
    table.loc[table["is_reference"], "estimate"] = 0.0
    return EventStudy(
        table,
        leads=joint_test(result, [names[y] for y in shown if y < 0]),
        reference=base,
        fit=result,
        rows=events,
        spec=event_spec,
        joined=tuple(year for year, edge in edges.items() if edge),
    )


def joint_test(result: RegressionFit, terms: Sequence[str]) -> JointTest | None:
    """Wald's test that the coefficients of `terms` are all zero; None without terms.

    F and p are NaN where the covariance of the terms is singular, as when they outnumber the
    clusters.
    """
    if not terms:
        return None
    b = result.coefficients.set_index("term")["estimate"].loc[list(terms)].to_numpy()
    V = result.covariance.loc[list(terms), list(terms)].to_numpy()
    # Scaled to correlations, the rank does not depend on units of measurement.
    scale = np.sqrt(np.diag(V))
    correlation, z = V / np.outer(scale, scale), b / scale
    q = len(terms)
    regular = np.linalg.matrix_rank(correlation, hermitian=True) == q
    f = float(z @ np.linalg.solve(correlation, z)) / q if regular else float("nan")
    return JointTest(
        terms=tuple(terms),
        status="t-test" if q == 1 else "F-test",
        f_statistic=f,
        df1=q,
        df2=result.df_resid,
        p_value=float(stats.f.sf(f, q, result.df_resid)),
    )


def _term(year: int) -> str:
    return f"rel_{'m' if year < 0 else 'p' if year > 0 else ''}{abs(year)}"


def _relative(reference: int, cohorts: Sequence[int], window: tuple[int, int] | None) -> int:
    if reference >= FIRST_CALENDAR_YEAR:
        if len(cohorts) > 1:
            raise NotEstimable(
                f"reference {reference} is a calendar year, but treated units began in "
                f"{', '.join(map(str, cohorts))}: give a relative year such as -1"
            )
        reference -= cohorts[0]
    if window is not None and not window[0] <= reference <= window[1]:
        raise ValueError(f"reference {reference} lies outside the window {window}")
    return reference
