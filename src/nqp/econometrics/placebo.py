"""Placebo tests: the same regression where nothing happened.

In space, units are drawn at random and treated as if they were the treated ones; in time, the
treated units are treated as if the policy had come in an earlier year. A draw depends on the seed
and its own number alone, so more draws, or draws shared out among processes, repeat the first ones.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence, Sized
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqp.econometrics.assignments import NEVER, Assignment, Labels
from nqp.econometrics.batch import Absorbed, absorb, chunks, regress_treatments
from nqp.econometrics.panels import Codes, Floats, NotEstimable, codes
from nqp.econometrics.regression import RegressionSpec, estimation_sample, fit

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


def assignments(units: Sized, n_treated: int, draws: int, seed: int) -> NDArray[np.bool_]:
    """Which units each draw treats: (draws, len(units)), n_treated of them True in every row.

    Row k treats the first units of a permutation seeded with number k and `seed`, by numpy's
    `SeedSequence(seed, spawn_key=(k,))`, whatever `draws`.

    Raises ValueError unless 0 < n_treated < len(units) and draws > 0.
    """
    drawn = _drawn(len(units), n_treated, draws, seed)
    treated = np.zeros((draws, len(units)), dtype=bool)
    np.put_along_axis(treated, drawn, True, axis=1)
    return treated


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
    `nqp.econometrics.batch.absorb` and `assignments` raise, and NotEstimable where more than `MOST`
    assignments are asked for.
    """
    drawing = _Drawing.of(panel, spec, unit, time, drawn)
    first_years = np.sort(np.atleast_1d(np.asarray(first_year, dtype=float)))
    if len(first_years) not in (1, n_treated):
        raise ValueError(
            f"{len(first_years)} first years for {n_treated} drawn units: "
            "expected one year, or one for each drawn unit"
        )
    n_groups, in_order = len(drawing.names), np.broadcast_to(first_years, n_treated)
    total = n_assignments(n_groups, in_order)
    possible = 0 < n_treated < n_groups
    if possible and enumerate_all and total > KEPT:
        starts, places = np.unique(in_order, return_inverse=True)
        labels = np.full(n_groups, NEVER, dtype=np.int16)
        labels[:n_treated] = places
        return drawing.all_of(drawing.assignment(starts, labels))
    every = possible and (enumerate_all or total <= draws)
    if every:
        chosen = np.array(list(_every_assignment(n_groups, in_order)), dtype=np.intp)
    else:
        chosen = _drawn(n_groups, n_treated, draws, seed)

    start = np.full((n_groups, len(chosen)), np.inf)
    # The years of a draw of units are given out in the order of the treated ones.
    start[chosen, np.arange(len(chosen))[:, None]] = in_order
    return drawing.estimated(start).assign(n_assignments=total if every else None)


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
    `placebo_in_space`, but for the stream of random numbers.

    Raises NotEstimable where a stratum cuts through what is drawn, or leaves one assignment.
    """
    drawing = _Drawing.of(panel, spec, unit, time, drawn)
    held_by = panel[[drawn or unit, strata]].drop_duplicates()
    torn = held_by.loc[held_by[drawn or unit].duplicated(), drawn or unit]
    if not torn.empty or held_by[strata].isna().any():
        one = [*torn, *held_by.loc[held_by[strata].isna(), drawn or unit]][0]
        raise NotEstimable(f"{one} has units in more than one {strata}, or in none")
    own = np.array([first_years.get(name, np.inf) for name in drawing.names])
    starts = np.unique(own[np.isfinite(own)])
    labels = np.where(np.isfinite(own), np.searchsorted(starts, own), NEVER).astype(np.int16)
    layers = codes(held_by.set_index(drawn or unit)[strata].reindex(drawing.names))
    assignment = drawing.assignment(starts, labels, layers)
    total = assignment.number
    if total == 1:
        raise NotEstimable(f"all or none are treated in every {strata}: nothing is left to draw")
    if enumerate_all and total > KEPT:
        return drawing.all_of(assignment)
    every = enumerate_all or total <= draws
    made = np.concatenate(list(assignment.all() if every else assignment.draw(draws, seed)))
    table = drawing.estimated(_starts(assignment, made))
    return table.assign(n_assignments=total if every else None)


def _starts(assignment: Assignment, labels: Labels) -> Floats:
    """(groups, draws) the first treated period that each draw gives each group."""
    dealt: Floats = np.where(labels == NEVER, np.inf, assignment.starts[labels])
    return dealt.T


@dataclass(frozen=True, eq=False)
class _Drawing:
    """A regression whose treatment is drawn again; names: of what is drawn, level: its codes."""

    absorbed: Absorbed
    outcome: pd.Series[Any]
    treatment: pd.Series[Any]
    years: Floats
    level: Codes
    names: NDArray[Any]

    @staticmethod
    def of(
        panel: pd.DataFrame, spec: RegressionSpec, unit: str, time: str, drawn: str | None
    ) -> _Drawing:
        absorbed = absorb(panel, spec, unit, time)
        sample = absorbed.sample
        groups = sample[unit]
        if drawn not in (None, unit):
            groups = groups.map(panel.drop_duplicates(unit).set_index(unit)[drawn])
        years = sample[time].to_numpy(dtype=float)
        return _Drawing(
            absorbed, sample[spec.outcome], sample[spec.treatment[0]], years, codes(groups),
            np.unique(groups),
        )  # fmt: skip

    def assignment(self, starts: Floats, labels: Labels, strata: Codes | None = None) -> Assignment:
        """The assignment of these positions in `starts`, one of each group."""
        n = len(self.names)
        return Assignment(
            groups=self.level, labels=tuple(map(str, self.names)), units=self.level, starts=starts,
            actual=labels, delay=np.zeros(n),
            strata=np.zeros(n, dtype=np.intp) if strata is None else strata,
        )  # fmt: skip

    def estimated(self, start: Floats) -> pd.DataFrame:
        """A row per draw, whose groups (groups, draws) begin in these years."""
        tables = []
        for part in chunks(len(self.years), start.shape[1]):
            D = self.years[:, None] >= start[:, part][self.level]
            found = regress_treatments(self.absorbed, self.outcome, D)
            tables.append(pd.DataFrame(vars(found)))
        table = pd.concat(tables, ignore_index=True)
        table.insert(0, "draw", np.arange(len(table)))
        return table

    def all_of(self, assignment: Assignment) -> pd.DataFrame:
        """Some of all assignments, with the description of all in the first row."""
        total = assignment.number
        if total > MOST:
            raise NotEstimable(
                f"{total:,} assignments are too many to make each: at most {MOST:,} are. Draw some "
                "of them"
            )
        step, n_made = math.ceil(total / KEPT), 0
        made: list[pd.DataFrame] = []
        kept: list[pd.DataFrame] = []
        for labels in assignment.all():
            found = self.estimated(_starts(assignment, labels))
            found["draw"] += n_made
            n_made += len(found)
            made.append(found[["estimate", "t_statistic", "p_value"]])
            kept.append(found[found["draw"] % step == 0])
        actual = regress_treatments(self.absorbed, self.outcome, self.treatment)
        every = pd.concat(made, ignore_index=True).assign(n_assignments=total)
        described = summary(every, float(actual.estimate[0]), float(actual.t_statistic[0]))
        table = pd.concat(kept, ignore_index=True)
        first = pd.DataFrame([asdict(described)], index=table.index[:1])
        return table.join(first.drop(columns="n_assignments")).assign(n_assignments=total)


def n_assignments(n_groups: int, first_years: Floats) -> int:
    """In how many ways the years can be given to as many of the groups, order within one year
    making no difference."""
    ways = math.perm(n_groups, len(first_years))
    for cohort in np.unique(first_years, return_counts=True)[1]:
        ways //= math.factorial(int(cohort))
    return ways


def _every_assignment(n_groups: int, first_years: Floats) -> Iterator[tuple[int, ...]]:
    """The groups that have each of the years, in ascending order of the years, in every way."""
    cohorts = np.unique(first_years, return_counts=True)[1]

    def extend(taken: tuple[int, ...], left: Sequence[int]) -> Iterator[tuple[int, ...]]:
        if not left:
            yield taken
            return
        free = [group for group in range(n_groups) if group not in taken]
        for more in itertools.combinations(free, left[0]):
            yield from extend(taken + more, left[1:])

    return extend((), [int(size) for size in cohorts])


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


def _drawn(n_units: int, n_treated: int, draws: int, seed: int) -> Codes:
    """(draws, n_treated) positions of the drawn units, in random order."""
    if not 0 < n_treated < n_units:
        raise ValueError(
            f"n_treated is {n_treated} of {n_units} units: expected at least one treated "
            "and one left untreated"
        )
    if draws < 1:
        raise ValueError(f"draws is {draws}: expected at least one")
    sources = (np.random.SeedSequence(seed, spawn_key=(k,)) for k in range(draws))
    rows = [np.random.default_rng(s).permutation(n_units)[:n_treated] for s in sources]
    return np.array(rows, dtype=np.intp)


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
