"""Placebo tests: the same regression where nothing happened.

In space, units are drawn at random and treated as if they were the treated ones; in time, the
treated units are treated as if the policy had come in an earlier year. A draw depends on the seed
and its own number alone (`nqp.econometrics.streams`), so more draws repeat the first ones. It is an
`Assignment` drawn again, as in `nqp.econometrics.randomisation`, and estimated by the same sums
(`nqp.econometrics.structured`), with the standard errors of the specification.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from nqp.econometrics.assignments import NEVER, Assignment
from nqp.econometrics.cluster_design import ClusterDesign, cluster_design
from nqp.econometrics.panels import Codes, Floats, NotEstimable, codes
from nqp.econometrics.regression import RegressionSpec, estimation_sample, fit
from nqp.econometrics.structured import structured_treatment
from nqp.econometrics.threads import one_blas_thread

# The median of the null, and the bounds of its central 90, 95 and 99 %.
QUANTILES = {"null_q025": 0.025, "null_q975": 0.975}

# A draw that repeats the actual assignment differs from the actual estimate by rounding alone.
TIE = 1e-9
# Of more assignments so many, evenly spaced, are returned, and of still more none is made: two
# numbers of each are held until they are described.
KEPT, MOST = 100_000, 10_000_000


@dataclass(frozen=True)
class PlaceboSummary:
    """The null distribution, and where the actual estimate lies in it.

    n_draws: draws that could be estimated, of which n_not_estimable others could not.
    n_assignments: how many assignments there are, where each was made once; else None.
    null_mean, null_std_dev, null_q025, null_q975: of the coefficients; the standard deviation
        divides by n_draws - 1.
    p_left, p_right, p_two_sided: share of draws as low, as high, as far from zero as the actual
        coefficient, counting the actual one among them: (1 + count)/(draws + 1) (Phipson and
        Smyth 2010, "Permutation p-values should never be zero"), or count/draws where the draws are
        all assignments, the actual one among them. p_*_t: the same by t statistic,
        which remains comparable where draws differ in precision or in the number treated.
    share_p_below_10: share of draws whose own p-value is below 0.10.
    """

    n_draws: int
    n_not_estimable: int
    n_assignments: int | None
    null_mean: float
    null_std_dev: float
    null_q025: float
    null_q975: float
    p_left: float
    p_right: float
    p_two_sided: float
    p_left_t: float
    p_right_t: float
    p_two_sided_t: float
    share_p_below_10: float


@one_blas_thread
def placebo_in_space(
    panel: pd.DataFrame,
    spec: RegressionSpec,
    n_treated: int,
    first_year: int | Sequence[int],
    draws: int,
    seed: int,
    unit: str = "region_code",
    time: str = "year",
    drawn: str | None = None,
    enumerate_all: bool = False,
) -> pd.DataFrame:
    """Re-estimate with n_treated units drawn at random in the place of the treated ones.

    panel, spec: as for `nqp.econometrics.regression.fit`; units are drawn from its complete rows,
        and the treatment is replaced by (unit drawn) x (year >= first_year).
    first_year: one year, or with staggered adoption the first years of the treated units, one for
        each of n_treated: every draw gives them out in random order.
    drawn: the column of what is drawn, where that is not the unit: with the region at whose level
        the policy was assigned, all units of a drawn region are treated, and n_treated are regions.

    enumerate_all: make every assignment, also where they are more than the draws.

    Where all assignments are no more than the draws, each is made once, and n_assignments is their
    number; else it is missing.

    Returns one row per draw: draw, estimate, std_error, t_statistic, p_value, NaN where the draw
    identifies nothing, and n_assignments. Of more than `KEPT` assignments it returns every so many,
    and in the first row also the fields of `PlaceboSummary`, which describe them all. Raises what
    `nqp.econometrics.cluster_design.cluster_design` raises, NotEstimable for clusters of two kinds
    or that cut through units, and where more than `MOST` assignments are asked for, ValueError
    unless 0 < n_treated < units.
    """
    drawing = _Drawing.of(panel, spec, unit, time, drawn)
    n_groups = len(drawing.labels)
    if not 0 < n_treated < n_groups:
        raise ValueError(
            f"n_treated is {n_treated} of {n_groups} units: expected at least one treated "
            "and one left untreated"
        )
    first_years = np.atleast_1d(np.asarray(first_year, dtype=float))
    if len(first_years) not in (1, n_treated):
        raise ValueError(
            f"{len(first_years)} first years for {n_treated} drawn units: "
            "expected one year, or one for each drawn unit"
        )
    own = np.full(n_groups, np.inf)
    own[:n_treated] = first_years
    return drawing.estimated(own, None, draws, seed, enumerate_all)


@one_blas_thread
def placebo_within_strata(
    panel: pd.DataFrame,
    spec: RegressionSpec,
    first_years: Mapping[Any, int],
    strata: str,
    draws: int,
    seed: int,
    unit: str = "region_code",
    time: str = "year",
    drawn: str | None = None,
    enumerate_all: bool = False,
) -> pd.DataFrame:
    """Re-estimate with as many drawn in each stratum as are treated there, from the same years.

    first_years: first treated period of each treated unit, or of each of what `drawn` names.
    strata: column of labels, the same in all rows of what is drawn. Otherwise as
    `placebo_in_space`.

    Raises NotEstimable where a stratum cuts through what is drawn, or leaves one assignment.
    """
    drawing = _Drawing.of(panel, spec, unit, time, drawn)
    held_by = panel[[drawn or unit, strata]].drop_duplicates()
    torn = held_by.loc[held_by[drawn or unit].duplicated(), drawn or unit]
    if not torn.empty or held_by[strata].isna().any():
        one = [*torn, *held_by.loc[held_by[strata].isna(), drawn or unit]][0]
        raise NotEstimable(f"{one} has units in more than one {strata}, or in none")
    layer_of = held_by.set_index(drawn or unit)[strata]
    names = dict(zip(map(str, layer_of.index), layer_of.index, strict=True))
    drawn_from = [names[label] for label in drawing.labels]
    own = np.array([first_years.get(name, np.inf) for name in drawn_from])
    layers = codes(layer_of.reindex(drawn_from))
    if drawing.assignment(own, layers).number == 1:
        raise NotEstimable(f"all or none are treated in every {strata}: nothing is left to draw")
    return drawing.estimated(own, layers, draws, seed, enumerate_all)


@dataclass(frozen=True, eq=False)
class _Drawing:
    """A regression whose treatment is drawn again; N rows.

    units: (N,) codes. level: (N,) codes of what is drawn, labels: their names.
    """

    design: ClusterDesign
    spec: RegressionSpec
    unit: str
    time: str
    units: Codes
    level: Codes
    labels: tuple[str, ...]

    @staticmethod
    def of(
        panel: pd.DataFrame, spec: RegressionSpec, unit: str, time: str, drawn: str | None
    ) -> _Drawing:
        if spec.second_cluster is not None:
            raise NotEstimable(
                f"errors clustered by {spec.cluster} and by {spec.second_cluster}: draws cluster "
                "one way"
            )
        design = cluster_design(panel, spec, spec.cluster or unit, unit, time)
        by_unit = design.spec.cluster == unit
        units = design.clusters if by_unit else codes(design.sample[unit])
        level, labels = units, design.labels
        if drawn not in (None, unit):
            holders = panel.drop_duplicates(unit).set_index(unit)[drawn]
            level, names = pd.factorize(design.sample[unit].map(holders), sort=True)
            labels = tuple(map(str, names.tolist()))
        elif not by_unit:
            labels = tuple(map(str, np.unique(design.sample[unit])))
        return _Drawing(design, spec, unit, time, units, level, labels)

    def assignment(self, first_years: Floats, strata: Codes | None) -> Assignment:
        """The assignment that gives each of what is drawn its first year, infinite for none."""
        starts = np.unique(first_years[np.isfinite(first_years)])
        places = np.searchsorted(starts, first_years)
        return Assignment(
            groups=self.level,
            labels=self.labels,
            units=self.units,
            starts=starts,
            actual=np.where(np.isfinite(first_years), places, NEVER).astype(np.int16),
            delay=np.zeros(int(self.units.max()) + 1),
            strata=np.zeros(len(self.labels), dtype=np.intp) if strata is None else strata,
        )

    def estimated(
        self, first_years: Floats, strata: Codes | None, draws: int, seed: int, enumerate_all: bool
    ) -> pd.DataFrame:
        """The table of the draws, or of every assignment."""
        if draws < 1:
            raise ValueError(f"draws is {draws}: expected at least one")
        assignment = self.assignment(first_years, strata)
        treatment = structured_treatment(
            self.design, assignment, time=self.time, vcov=self.spec.vcov
        )
        total = assignment.number
        every = enumerate_all or total <= draws
        if every and total > MOST:
            raise NotEstimable(
                f"{total:,} assignments are too many to make each: at most {MOST:,} are. Draw some "
                "of them"
            )
        made = assignment.all() if every else assignment.draw(draws, seed)
        found = [treatment.estimate(labels) for labels in made]
        estimates, std_errors = (np.concatenate(part) for part in zip(*found, strict=True))
        t = estimates / std_errors
        table = pd.DataFrame(
            {
                "draw": np.arange(len(t)),
                "estimate": estimates,
                "std_error": std_errors,
                "t_statistic": t,
                "p_value": 2 * special.stdtr(treatment.counts.df_resid, -np.abs(t)),
                "n_assignments": np.full(len(t), total if every else None),
            },
            copy=False,
        )
        return self._some_of(table) if every and total > max(KEPT, draws) else table

    def _some_of(self, table: pd.DataFrame) -> pd.DataFrame:
        """Every so many rows, the first with the description of all."""
        actual = fit(self.design.sample, self.spec, self.unit, self.time).coefficients.iloc[0]
        described = summary(table, float(actual["estimate"]), float(actual["t_statistic"]))
        kept = table[:: math.ceil(len(table) / KEPT)].reset_index(drop=True)
        first = pd.DataFrame([asdict(described)], index=kept.index[:1])
        return kept.join(first.drop(columns="n_assignments"))


def placebo_in_time(
    panel: pd.DataFrame,
    spec: RegressionSpec,
    pseudo_years: Sequence[int],
    unit: str = "region_code",
    time: str = "year",
) -> pd.DataFrame:
    """Re-estimate before anyone was treated, as if treatment had begun in each pseudo year.

    The treated units are those whose treatment, 0 or 1, is ever 1 in the panel; the rows are those
    of the periods before the first of them was treated, also where adoption is staggered.

    Returns one row per pseudo year: pseudo_year, estimate, std_error, t_statistic, p_value, n_obs,
    reason; reason says why a year cannot be estimated and is otherwise missing. Raises NotEstimable
    when no unit is treated or no period precedes treatment, ValueError for several treatments or
    values other than 0 and 1.
    """
    if len(spec.treatment) != 1:
        raise ValueError(f"expected one treatment, not {', '.join(spec.treatment)}")
    name = spec.treatment[0]
    sample = estimation_sample(panel, spec, unit, time)
    if not sample[name].isin([0, 1]).all():
        raise ValueError(f"{name} must be 0 or 1 to tell who is treated and when")
    treated = panel[panel[name] == 1]
    if treated.empty:
        raise NotEstimable(f"no row has {name} = 1, so there is no first treated {time}")
    before = sample[sample[time] < treated[time].min()]
    if before.empty:
        raise NotEstimable(f"no {time} precedes the first treated one, {treated[time].min()}")
    group = before[unit].isin(treated[unit])

    rows: list[dict[str, Any]] = []
    for year in pseudo_years:
        pseudo = before.assign(**{name: (group & (before[time] >= year)).astype(float)})
        row: dict[str, Any] = {"pseudo_year": year}
        try:
            result = fit(pseudo, spec, unit, time)
            row.update(result.coefficients.iloc[0], n_obs=result.n_obs)
        except NotEstimable as error:
            row["reason"] = str(error)
        rows.append(row)
    columns = ["pseudo_year", "estimate", "std_error", "t_statistic", "p_value", "n_obs", "reason"]
    return pd.DataFrame(rows, columns=columns).astype({"n_obs": "Int64"})


def summary(draws: pd.DataFrame, estimate: float, t_statistic: float) -> PlaceboSummary:
    """Describe the draws of `placebo_in_space` and place the actual estimate among them.

    estimate, t_statistic: of the regression with the true treatment.

    Raises NotEstimable when no draw could be estimated, ValueError when the actual values are
    not finite.
    """
    if not np.isfinite([estimate, t_statistic]).all():
        raise ValueError(
            f"the actual estimate is {estimate} with t {t_statistic}: expected numbers"
        )
    known = draws.dropna(subset=["estimate", "t_statistic", "p_value"])
    if known.empty:
        raise NotEstimable(f"none of the {len(draws)} placebo draws could be estimated")
    null = known["estimate"]
    all_made = draws.get("n_assignments", pd.Series(dtype=float)).dropna()
    enumerated = None if all_made.empty else int(all_made.iloc[0])
    gaps = np.abs(null.to_numpy() - estimate)
    is_one_of_all = enumerated is not None and bool(gaps.min() <= TIE * abs(estimate))
    return PlaceboSummary(
        n_draws=len(known),
        n_not_estimable=len(draws) - len(known),
        n_assignments=enumerated,
        null_mean=float(null.mean()),
        null_std_dev=float(null.std()),
        **{name: float(null.quantile(share)) for name, share in QUANTILES.items()},
        **_p_values(null.to_numpy(), estimate, "", is_one_of_all),
        **_p_values(known["t_statistic"].to_numpy(), t_statistic, "_t", is_one_of_all),
        share_p_below_10=float((known["p_value"] < 0.10).mean()),
    )


def _p_values(null: Floats, actual: float, suffix: str, is_one_of_all: bool) -> dict[str, float]:
    slack = TIE * abs(actual)
    as_extreme = {
        "p_left": null <= actual + slack,
        "p_right": null >= actual - slack,
        "p_two_sided": np.abs(null) >= abs(actual) - slack,
    }
    # Among all assignments the actual one is counted already.
    added = 0 if is_one_of_all else 1
    return {
        name + suffix: float((added + extreme.sum()) / (added + len(null)))
        for name, extreme in as_extreme.items()
    }
