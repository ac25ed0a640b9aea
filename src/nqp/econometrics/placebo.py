"""Placebo tests: the same regression where nothing happened.

In space, units are drawn at random and treated as if they were the treated ones; in time, the
treated units are treated as if the policy had come in an earlier year. A draw depends on the seed
and its own number alone, so more draws, or draws shared out among processes, repeat the first ones.
"""

from __future__ import annotations

from collections.abc import Sequence, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqp.econometrics.batch import absorb, chunks, regress_treatments
from nqp.econometrics.panels import Codes, Floats, NotEstimable, codes
from nqp.econometrics.regression import RegressionSpec, estimation_sample, fit

# The median of the null, and the bounds of its central 90, 95 and 99 %.
QUANTILES = {"null_q005": 0.005, "null_q025": 0.025, "null_q05": 0.05, "null_q50": 0.5}
QUANTILES |= {"null_q95": 0.95, "null_q975": 0.975, "null_q995": 0.995}

# A draw that repeats the actual assignment differs from the actual estimate by rounding alone.
TIE = 1e-9


@dataclass(frozen=True)
class PlaceboSummary:
    """The null distribution, and where the actual estimate lies in it.

    n_draws: draws that could be estimated, of which n_not_estimable others could not.
    null_mean, null_std_dev, null_q005 … null_q995: of the coefficients; the standard deviation
        divides by n_draws - 1.
    p_left, p_right, p_two_sided: share of draws as low, as high, as far from zero as the actual
        coefficient, counting the actual one among them: (1 + count)/(draws + 1) (Phipson and
        Smyth 2010, "Permutation p-values should never be zero"). p_*_t: the same by t statistic,
        which remains comparable where draws differ in precision or in the number treated.
    share_p_below_10: share of draws whose own p-value is below 0.10.
    """

    n_draws: int
    n_not_estimable: int
    null_mean: float
    null_std_dev: float
    null_q005: float
    null_q025: float
    null_q05: float
    null_q50: float
    null_q95: float
    null_q975: float
    null_q995: float
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
) -> pd.DataFrame:
    """Re-estimate with n_treated units drawn at random in the place of the treated ones.

    panel, spec: as for `nqp.econometrics.regression.fit`; units are drawn from its complete rows,
        and the treatment is replaced by (unit drawn) x (year >= first_year).
    first_year: one year, or with staggered adoption the first years of the treated units, one for
        each of n_treated: every draw gives them out in random order.

    Returns one row per draw: draw, estimate, std_error, t_statistic, p_value, NaN where the draw
    identifies nothing. Raises what `nqp.econometrics.batch.absorb` and `assignments` raise.
    """
    absorbed = absorb(panel, spec, unit, time)
    sample = absorbed.sample
    first_years = np.atleast_1d(np.asarray(first_year, dtype=float))
    if len(first_years) not in (1, n_treated):
        raise ValueError(
            f"{len(first_years)} first years for {n_treated} drawn units: "
            "expected one year, or one for each drawn unit"
        )
    units, years = codes(sample[unit]), sample[time].to_numpy(dtype=float)
    drawn = _drawn(int(units.max()) + 1, n_treated, draws, seed)

    tables = []
    for part in chunks(len(sample), draws):
        chosen = drawn[part]
        start = np.full((int(units.max()) + 1, len(chosen)), np.inf)
        start[chosen, np.arange(len(chosen))[:, None]] = first_years
        D = years[:, None] >= start[units]
        tables.append(pd.DataFrame(vars(regress_treatments(absorbed, sample[spec.outcome], D))))
    table = pd.concat(tables, ignore_index=True)
    table.insert(0, "draw", np.arange(draws))
    return table


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
    return PlaceboSummary(
        n_draws=len(known),
        n_not_estimable=len(draws) - len(known),
        null_mean=float(null.mean()),
        null_std_dev=float(null.std()),
        **{name: float(null.quantile(share)) for name, share in QUANTILES.items()},
        **_p_values(null.to_numpy(), estimate, ""),
        **_p_values(known["t_statistic"].to_numpy(), t_statistic, "_t"),
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


def _p_values(null: Floats, actual: float, suffix: str) -> dict[str, float]:
    slack = TIE * abs(actual)
    as_extreme = {
        "p_left": null <= actual + slack,
        "p_right": null >= actual - slack,
        "p_two_sided": np.abs(null) >= abs(actual) - slack,
    }
    return {
        name + suffix: float((1 + extreme.sum()) / (1 + len(null)))
        for name, extreme in as_extreme.items()
    }
