"""Effects under staggered adoption, by estimators that never compare with treated units.

A two-way coefficient mixes comparisons of units treated early and late, some of them with the wrong
sign (`two_way_decomposition`). These estimators build averages of effects by cohort and time:

Callaway and Sant'Anna (2021): ATT(g, t), the change of cohort g since its last period before
    treatment less that of units never treated, or not yet treated, averaged over cells (simple),
    over the mean effect of each cohort by its size (group), and over the mean effect of each number
    of periods since treatment (dynamic). With controls their values of that last period enter an
    outcome regression. Leads are changes since the same period, long differences, so that they may
    stand beside those of a two-way regression (Roth 2024).
Imputation (Borusyak, Jaravel and Spiess 2024): a regression on untreated rows alone predicts what
    the treated ones would have been; effects are the differences, averaged in the same ways.

The estimates are the library diff-diff's, on the rows and with the reasons of this package. Sums
over cohorts and periods that it does not give are made from its influence functions. It is imported
where it is used.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from nqp.econometrics.panels import Codes, Floats, NotEstimable, codes, complete_cases
from nqp.econometrics.threads import one_blas_thread

ControlGroup = Literal["never_treated", "not_yet_treated"]
COLUMNS = ["method", "control_group", "aggregation", "cohort", "relative_year", "estimate"]
COLUMNS += ["std_error", "conf_low", "conf_high", "p_value", "n_obs", "n_units"]


@dataclass(frozen=True, eq=False)
class TreatmentEffects:
    """Averages of effects.

    table: method, control_group, aggregation ("simple", "group", "dynamic"), cohort, relative_year,
        estimate, std_error, conf_low, conf_high, p_value, n_obs, n_units; cohort and relative_year
        are missing in the average over all of them.
    cautions: what was left out of the sample, and why; empty when nothing was.
    """

    table: pd.DataFrame
    cautions: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class StaggeredSample:
    """A balanced panel with the first treated period of each unit, 0 without one.

    frame: unit, period (consecutive), start, outcome and controls under their own names.
    """

    frame: pd.DataFrame
    unit: str
    time: str
    cautions: tuple[str, ...]

    @property
    def without_never_treated(self) -> str | None:
        """Why no unit can serve as a control that is never treated; None where one can."""
        if (self.frame["start"] == 0).any():
            return None
        left_out = f" ({', '.join(self.cautions)})" if self.cautions else ""
        return f"no {self.unit} of those compared is never treated{left_out}"


def staggered_sample(
    panel: pd.DataFrame,
    outcome: str,
    first_treated: Mapping[Any, int],
    controls: Sequence[str] = (),
    cluster: str | None = None,
    unit: str = "region_code",
    time: str = "year",
) -> StaggeredSample:
    """The rows that estimators by cohort can use: units seen in every period, and once untreated.

    first_treated: first treated period by unit; units not in it, or treated after the last period,
    are never treated.

    Raises NotEstimable when no treated unit, or nothing to compare it with, is left.
    """
    sample = complete_cases(panel, unit, time, [outcome, *controls], [cluster] if cluster else [])
    periods = np.sort(sample[time].unique())
    cautions = []
    counts = sample.groupby(unit)[time].transform("size")
    gaps = sample.loc[counts < len(periods), unit].nunique()
    if gaps:
        cautions.append(f"{gaps} {unit} without all {len(periods)} {time} left out")
    sample = sample[counts == len(periods)]
    start = sample[unit].map(dict(first_treated)).astype(float)
    start = start.where(start <= periods[-1], 0.0).fillna(0.0)
    always = (start > 0) & (start <= periods[0])
    if always.any():
        count = sample.loc[always, unit].nunique()
        cautions.append(f"{count} {unit} treated from the first {time} on left out")
    frame = sample[~always].assign(start=start[~always].astype(int))
    if not (frame["start"] > 0).any():
        raise NotEstimable(
            f"no treated {unit} has all {len(periods)} {time}, one of them untreated"
        )
    return StaggeredSample(frame.reset_index(drop=True), unit, time, tuple(cautions))


@one_blas_thread
def group_time_effects(
    panel: pd.DataFrame,
    outcome: str,
    first_treated: Mapping[Any, int],
    control_group: ControlGroup = "never_treated",
    controls: Sequence[str] = (),
    cluster: str | None = None,
    level: float = 0.95,
    unit: str = "region_code",
    time: str = "year",
) -> TreatmentEffects:
    """Callaway and Sant'Anna's averages of effects: simple, group and dynamic.

    panel: one row per unit and period. first_treated: as for `staggered_sample`. controls: columns
    of an outcome regression. cluster: column of the standard errors; None takes units. p-values and
    intervals are those of the normal distribution, of t(clusters - 1) with `cluster`.

    Raises NotEstimable when no cohort can be compared, and as `staggered_sample` does.
    """
    from diff_diff import CallawaySantAnna

    sample = staggered_sample(panel, outcome, first_treated, controls, cluster, unit, time)
    if control_group == "never_treated" and sample.without_never_treated:
        raise NotEstimable(f"{sample.without_never_treated}: compare with those not yet treated")
    model = CallawaySantAnna(
        control_group=control_group,
        estimation_method="reg",
        base_period="universal",
        alpha=1 - level,
    )
    result = _fitted(model, sample, outcome, controls)
    # The library is given units by number, and orders them as they come.
    names = np.sort(sample.frame[unit].unique())
    units = names[np.asarray(result._aggregation_kit.bookkeeping["all_units"], dtype=int)]
    starts = sample.frame.groupby(unit)["start"].first().reindex(units).to_numpy()
    clusters = np.arange(len(units))
    if cluster is not None:
        held = sample.frame.groupby(unit)[cluster].nunique()
        if (held > 1).any():
            raise NotEstimable(f"{cluster} cuts through {unit} {held.index[held > 1][0]}")
        clusters = codes(sample.frame.groupby(unit)[cluster].first().reindex(units))
    cells = _Cells(result, units, starts, clusters, cluster is not None)
    if not len(cells.effects):
        raise NotEstimable("no cohort has a period to compare before and after its treatment")
    table = _labelled(cells.averages(level), "callaway_santanna", control_group, sample)
    sizes = pd.Series(starts[starts > 0]).value_counts().sort_index()
    alone = ", ".join(str(cohort) for cohort, size in sizes.items() if size == 1)
    caution = f"cohort {alone} is one {unit}, whose own chance no standard error shows"
    return TreatmentEffects(table, sample.cautions + (caution,) * bool(alone))


@one_blas_thread
def imputation_effects(
    panel: pd.DataFrame,
    outcome: str,
    first_treated: Mapping[Any, int],
    controls: Sequence[str] = (),
    cluster: str | None = None,
    level: float = 0.95,
    unit: str = "region_code",
    time: str = "year",
) -> TreatmentEffects:
    """Borusyak, Jaravel and Spiess's averages of effects: of all treated rows, by cohort, by year.

    Arguments and errors as for `group_time_effects`. The simple average weighs treated rows alike.
    """
    from diff_diff import ImputationDiD

    sample = staggered_sample(panel, outcome, first_treated, controls, cluster, unit, time)
    model = ImputationDiD(cluster=cluster or unit, alpha=1 - level)
    result = _fitted(model, sample, outcome, controls)
    rows: list[dict[str, Any]] = [
        {
            "aggregation": "simple",
            "estimate": result.overall_att,
            "std_error": result.overall_se,
            "conf_low": result.overall_conf_int[0],
            "conf_high": result.overall_conf_int[1],
            "p_value": result.overall_p_value,
        }
    ]
    renamed = {"att": "estimate", "se": "std_error", "conf_int_lower": "conf_low"}
    renamed |= {"conf_int_upper": "conf_high"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        groups = result.aggregate("group").to_dataframe().rename(columns=renamed)
        years = result.aggregate("event_study").to_dataframe().rename(columns=renamed)
    groups = groups.assign(aggregation="group", cohort=groups["label"])
    years = years[~years["is_reference"] & (years["event_time"] >= 0)]
    years = years.assign(aggregation="dynamic", relative_year=years["event_time"])
    table = pd.concat([pd.DataFrame(rows), groups, years], ignore_index=True)
    table = _labelled(table, "imputation", None, sample)
    return TreatmentEffects(table, sample.cautions)


class _Cells:
    """ATT(g, t) with their influence on units, and averages of them.

    An average with weights w that sizes of cohorts make has the influence of the cells, w'psi, and
    that of the sizes (Callaway and Sant'Anna 2021).
    """

    def __init__(
        self, result: Any, units: Any, starts: Codes, clusters: Codes, by_cluster: bool
    ) -> None:
        kit = result._aggregation_kit
        found = [
            (int(g), int(t), float(cell["effect"]))
            for (g, t), cell in sorted(result.group_time_effects.items())
            if np.isfinite(cell["effect"]) and (g, t) in kit.influence
        ]
        self.cohorts = np.array([g for g, _, _ in found], dtype=int)
        self.years = np.array([t for _, t, _ in found], dtype=int)
        self.effects = np.array([effect for _, _, effect in found])
        self._influence = np.zeros((len(found), len(units)))
        pairs = sorted(key for key in result.group_time_effects if key in kit.influence)
        position = {(int(g), int(t)): (g, t) for g, t in pairs}
        for row, (g, t, _) in enumerate(found):
            own = kit.influence[position[g, t]]
            self._influence[row, own["treated_idx"]] += own["treated_inf"]
            self._influence[row, own["control_idx"]] += own["control_inf"]
        self._starts, self._clusters, self._by_cluster = starts, clusters, by_cluster

    def averages(self, level: float) -> pd.DataFrame:
        relative = self.years - self.cohorts
        after = relative >= 0
        sizes = {g: float(np.mean(self._starts == g)) for g in np.unique(self.cohorts)}
        rows = [self._row("simple", [after], None, None, level)]
        groups = [after & (self.cohorts == g) for g in sizes]
        rows.append(self._row("group", groups, None, None, level, list(sizes)))
        rows += [
            self._row("group", [cells], g, None, level)
            for g, cells in zip(sizes, groups, strict=True)
        ]
        known = sorted(set(relative) - {-1})
        later = [relative == e for e in known if e >= 0]
        rows.append(self._row("dynamic", later, None, None, level))
        rows += [self._row("dynamic", [relative == e], None, e, level) for e in known]
        return pd.DataFrame(rows)

    def _row(
        self,
        aggregation: str,
        parts: list[Any],
        cohort: int | None,
        relative_year: int | None,
        level: float,
        by_size: list[int] | None = None,
    ) -> dict[str, Any]:
        """The average over `parts` of averages over cells, cells by the size of their cohort.

        by_size: cohorts of the parts, which weigh the parts; None weighs parts alike.
        """
        values, influences = zip(*(self._average(part) for part in parts), strict=True)
        effects, psi = np.array(values), np.array(influences)
        if by_size is None:
            estimate, total = float(effects.mean()), psi.mean(axis=0)
        else:
            share = np.array([np.mean(self._starts == g) for g in by_size])
            estimate = float(share @ effects / share.sum())
            total = (share / share.sum()) @ psi
            total = total + self._of_sizes(effects, np.array(by_size), share)
        sums = np.bincount(self._clusters, total) if self._by_cluster else total
        g = len(sums)
        std_error = float(np.sqrt(np.sum(sums**2) * (g / (g - 1) if self._by_cluster else 1)))
        df = g - 1 if self._by_cluster else np.inf
        margin = stats.t.ppf((1 + level) / 2, df) * std_error
        return {
            "aggregation": aggregation,
            "cohort": cohort,
            "relative_year": relative_year,
            "estimate": estimate,
            "std_error": std_error,
            "conf_low": estimate - margin,
            "conf_high": estimate + margin,
            "p_value": 2 * stats.t.sf(abs(estimate) / std_error, df) if std_error else np.nan,
        }

    def _average(self, cells: Any) -> tuple[float, Floats]:
        cohorts, effects = self.cohorts[cells], self.effects[cells]
        share = np.array([np.mean(self._starts == g) for g in cohorts])
        weights = share / share.sum()
        psi = weights @ self._influence[cells]
        if len(np.unique(cohorts)) > 1:
            psi = psi + self._of_sizes(effects, cohorts, share)
        return float(weights @ effects), psi

    def _of_sizes(self, effects: Floats, cohorts: Codes, share: Floats) -> Floats:
        """(units,) the influence of the cohorts' estimated sizes on a weighted average."""
        member = (self._starts[:, None] == cohorts[None, :]) - share
        change = member / share.sum() - np.outer(member.sum(axis=1), share) / share.sum() ** 2
        moved: Floats = change @ effects / len(self._starts)
        return moved


def _fitted(model: Any, sample: StaggeredSample, outcome: str, controls: Sequence[str]) -> Any:
    frame = sample.frame.assign(**{sample.unit: codes(sample.frame[sample.unit])})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return model.fit(
                frame, outcome, sample.unit, sample.time, "start", list(controls) or None
            )
        except ValueError as error:
            raise NotEstimable(str(error)) from error


def _labelled(
    rows: pd.DataFrame, method: str, control_group: str | None, sample: StaggeredSample
) -> pd.DataFrame:
    names = {"never_treated": "never treated", "not_yet_treated": "not yet treated", None: None}
    table = rows.assign(
        method=method,
        control_group=names[control_group],
        n_obs=len(sample.frame),
        n_units=sample.frame[sample.unit].nunique(),
    )
    return table.reindex(columns=COLUMNS).astype({"cohort": "Int64", "relative_year": "Int64"})
