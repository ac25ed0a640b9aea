"""Event studies: the effect of each year before and after treatment, on a regression's rows.

With them go what a reader of their figure asks next: whether the years before treatment are zero
together, which trend that test would have missed, what remains of the effect when the clusters of
assignment have trends of their own, and what may be said when trends are not parallel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from nqp.analyses.cautions import fitted_rows, of_a_staggered_event_study
from nqp.analyses.regressions import Prepared, prepare
from nqp.analyses.samples import ASSIGNED, KEYS, Samples
from nqp.analyses.specifications import Row, by_id, estimated, first_treated, whole
from nqp.econometrics.cluster_design import ClusterDesign, cluster_design
from nqp.econometrics.cluster_inference import adjusted_influence
from nqp.econometrics.event_study import EventStudy, event_study, joint_test
from nqp.econometrics.group_trends import with_group_trends
from nqp.econometrics.honest_did import Target, honest_did
from nqp.econometrics.joint_tests import htz_test
from nqp.econometrics.outcomes import absorb, regress_outcomes
from nqp.econometrics.panels import Floats, NotEstimable
from nqp.econometrics.pretest_power import pretest_power
from nqp.econometrics.simultaneous_bands import sup_t_bands
from nqp.econometrics.threads import one_blas_thread

# A row is a coefficient, a test or an interval, as `part` says; one that has no part is all three.
COEFFICIENTS = (
    "term", "relative_year", "calendar_year", "is_reference", "estimate", "std_error",
    "t_statistic", "p_value", "conf_low_90", "conf_high_90", "conf_low_95", "conf_high_95",
    "band_low", "band_high", "leads_test", "leads_f", "leads_p", "n_obs",
)  # fmt: skip
TESTS = (
    "test", "method", "cluster", "n_clusters", "n_terms", "statistic", "df", "power", "slope",
    "bias", "bias_if_passed",
)  # fmt: skip
HONEST = ("restriction", "target", "m", "conf_low", "conf_high", "breakdown")
COLUMNS = ("part", *COEFFICIENTS, *TESTS, *HONEST, "cautions")

# The level at which the policy was assigned, as `Samples` names it.
POWERS = (0.5, 0.8)
TARGETS: tuple[Target, ...] = ("first", "average")


@one_blas_thread
def event_studies(
    samples: Samples, specs: pd.DataFrame, regression_specs: pd.DataFrame
) -> pd.DataFrame:
    """Estimate each row of ``event_study_specs`` on its base specification: `COLUMNS`.

    Coefficients have the covariance of the base specification, and so has the band that holds all
    of them; tests and intervals say theirs. What cannot be made is a row with its reason.
    """
    base = by_id(regression_specs, "spec_id")
    with_trends: dict[str, dict[str, Any]] = {}  # by base specification, which several may share

    def estimate(row: Row) -> pd.DataFrame:
        name = row["base_spec"]
        prepared = prepare(samples, base[name])
        study = _Study(prepared, row)
        if name not in with_trends:
            asked = {"test": "group_trends", "method": "cr1", "cluster": "assignment"}
            with_trends[name] = asked | _or_why_not(partial(_group_trends, prepared))
        return pd.concat(
            [
                study.coefficients().assign(part="coefficient"),
                pd.DataFrame([*study.tests(), with_trends[name]]).assign(part="test"),
                study.honest().assign(part="honest_did"),
            ],
            ignore_index=True,
        )

    return estimated(specs, "event_study_id", estimate, COLUMNS)


class _Study:
    """One event study, fitted, and what is asked of it."""

    def __init__(self, prepared: Prepared, row: Row) -> None:
        first, last = whole(row.get("window_first")), whole(row.get("window_last"))
        self._rows = prepared.rows
        starts = first_treated(prepared.rows)
        self._caution = {"cautions": of_a_staggered_event_study(starts.values())}
        self._found = event_study(
            prepared.rows,
            prepared.spec,
            starts,
            int(row["reference"]),
            window=None if first is None or last is None else (first, last),
            second_reference=whole(row.get("second_reference")),
        )

    def coefficients(self) -> pd.DataFrame:
        """A row per relative year, with the band of all and the joint test of the leads."""
        found, leads = self._found, self._found.leads
        table = found.coefficients
        shown = ~table["is_reference"]
        bands = sup_t_bands(
            table.loc[shown, "estimate"].to_numpy(float),
            _of(found, table.loc[shown, "term"].tolist()),
            found.fit.df_resid,
        )
        table.loc[shown, "band_low"] = bands.conf_low
        table.loc[shown, "band_high"] = bands.conf_high
        return table.assign(
            n_obs=found.fit.n_obs,
            leads_test=leads.status if leads else None,
            leads_f=leads.f_statistic if leads else None,
            leads_p=leads.p_value if leads else None,
        )

    def tests(self) -> Iterator[dict[str, Any]]:
        """Of the leads together, and of their power."""
        for method, cluster in (
            ("conventional", None), ("cr1", "unit"), ("cr1", "assignment"), ("htz", "assignment"),
        ):  # fmt: skip
            asked = {"test": "joint_leads", "method": method, "cluster": cluster}
            yield asked | _or_why_not(partial(self._joint_leads, method, cluster), self._caution)
        for power in POWERS:
            asked = {"test": "pretest_power", "method": "cr2", "cluster": "assignment"}
            made = _or_why_not(partial(self._power, power), self._caution)
            yield asked | {"power": power} | made

    def honest(self) -> pd.DataFrame:
        """The effect of the first year, and of the average one, when trends are not parallel."""
        tables = []
        try:
            years, b, V = self._whole_years
            for target in TARGETS:
                found = honest_did(b, V, years, target)
                breakdown = {
                    "relative magnitudes": found.breakdown_relative_magnitudes,
                    "smoothness": found.breakdown_smoothness,
                }
                table = found.table
                tables.append(
                    table.assign(
                        restriction=table["restriction"].str.replace(" ", "_"),
                        target=target,
                        breakdown=table["restriction"].map(breakdown),
                        estimate=found.estimate,
                        cluster="assignment",
                        **self._caution,
                    )
                )
        except NotEstimable as error:
            return pd.DataFrame([{"cluster": "assignment", "why_not": str(error)}])
        return pd.concat(tables, ignore_index=True)

    @cached_property
    def _design(self) -> ClusterDesign:
        """The regression with the clusters of assignment."""
        events = self._found.rows.merge(self._rows[[*KEYS, ASSIGNED]], on=KEYS)
        return cluster_design(events, self._found.spec, ASSIGNED)

    @cached_property
    def _influence(self) -> Floats:
        return adjusted_influence(self._design)

    @cached_property
    def _whole_years(self) -> tuple[tuple[int, ...], Floats, Floats]:
        """Years, estimates and their CR2 covariance, but for years that others joined."""
        table, design = self._found.coefficients, self._design
        left_out = table["is_reference"] | table["relative_year"].isin(self._found.joined)
        kept = table[~left_out]
        chosen = [design.terms.index(term) for term in kept["term"]]
        scores = design.by_cluster(self._influence[:, chosen] * design.residuals[:, None])
        years = tuple(int(year) for year in kept["relative_year"])
        return years, kept["estimate"].to_numpy(float), scores.T @ scores

    def _joint_leads(self, method: str, cluster: str | None) -> dict[str, Any]:
        leads = self._found.leads
        if leads is None:
            raise NotEstimable("no year before treatment is left beside the reference")
        if method == "htz":
            tested = htz_test(self._design, leads.terms, self._influence)
            return {
                "n_clusters": tested.n_clusters, "n_terms": tested.df1, "df": tested.df2,
                "statistic": tested.f_statistic, "p_value": tested.p_value,
            }  # fmt: skip
        rows = self._found.rows
        labels = None
        if cluster == "unit":
            labels = rows["region_code"]
        elif cluster == "assignment":
            labels = rows.merge(self._rows[[*KEYS, ASSIGNED]], on=KEYS)[ASSIGNED]
        result = self._found.fit.tested("clustered" if cluster else "conventional", labels)
        joint = joint_test(result, leads.terms)
        if joint is None or np.isnan(joint.f_statistic):
            raise NotEstimable(
                f"{result.n_clusters} clusters are too few to test {len(leads.terms)} "
                "coefficients together"
            )
        return {
            "n_clusters": result.n_clusters, "n_terms": joint.df1, "df": joint.df2,
            "statistic": joint.f_statistic, "p_value": joint.p_value,
        }  # fmt: skip

    def _power(self, power: float) -> dict[str, Any]:
        """bias: what a trend that is found so often adds to the average effect after treatment."""
        years, b, V = self._whole_years
        after = np.array(years) >= 0
        found = pretest_power(V, years, power, self._found.reference)
        return {
            "n_clusters": self._design.n_clusters,
            "n_terms": int((~after).sum()),
            "estimate": b[after].mean() if after.any() else None,
            "slope": found.slope,
            "bias": found.bias[after].mean() if after.any() else None,
            "bias_if_passed": found.bias_if_passed[after].mean() if after.any() else None,
        }


def _group_trends(prepared: Prepared) -> dict[str, Any]:
    """The effect of a specification with a linear trend for each cluster of assignment."""
    if prepared.spec.weights:
        raise NotEstimable("the rows are weighted: match with keep = rows")
    rows = fitted_rows(prepared.rows, prepared.spec)
    trended, spec = with_group_trends(rows, prepared.spec, ASSIGNED)
    absorbed = absorb(trended, replace(spec, vcov="clustered", cluster=ASSIGNED))
    sample, [policy] = absorbed.sample, spec.treatment
    found = regress_outcomes(absorbed, sample[spec.outcome], sample[policy])
    if np.isnan(found.estimate[0]):
        raise NotEstimable(f"a linear trend for each {ASSIGNED} leaves nothing of {policy}")
    return {
        "n_clusters": sample[ASSIGNED].nunique(), "n_terms": 1, "df": absorbed.df_resid,
        "estimate": found.estimate[0], "std_error": found.std_error[0],
        "statistic": found.t_statistic[0], "p_value": found.p_value[0],
    }  # fmt: skip


def _of(found: EventStudy, terms: list[str]) -> Floats:
    covariance: Floats = found.fit.covariance.loc[terms, terms].to_numpy(float)
    return covariance


def _or_why_not(
    make: Callable[[], dict[str, Any]], with_it: dict[str, Any] | None = None
) -> dict[str, Any]:
    try:
        return make() | (with_it or {})
    except NotEstimable as error:
        return {"why_not": str(error)}
