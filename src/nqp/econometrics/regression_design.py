"""The rows and columns of a fixed-effects regression: its sample, its effects and its design.

`nqp.econometrics.regression` says how they are used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nqp.econometrics.panels import (
    COLLINEAR,
    Codes,
    Floats,
    NotEstimable,
    alone,
    coded_cases,
    codes,
    combined,
    indicators,
    matrix,
    orthonormal_basis,
    within_transform,
)
from nqp.econometrics.regression_spec import RegressionSpec


@dataclass(frozen=True, eq=False)
class Effects:
    """What is partialled out beside the regressors.

    units, periods: (rows,) codes; an effect that is off has a single level, so that it costs no
    parameter and no branch. columns: (rows, k), dummies of the periods, the first being the base,
    then the nuisance columns.
    """

    units: Codes
    periods: Codes
    columns: Floats

    def sizes(self, kept: Codes) -> list[tuple[Codes, int]]:
        """Codes and parameters of each effect, for `nqp.econometrics.covariance.count`.

        kept: positions of the columns that entered the basis. Nuisance columns lie in no cluster.
        """
        n_dummies = int(self.periods.max())
        n_periods = int(np.sum(kept < n_dummies))
        n_nuisance = int(np.sum(kept < self.columns.shape[1])) - n_periods
        everywhere = np.zeros(len(self.units), dtype=np.intp)
        return [
            (self.units, int(self.units.max())), (self.periods, n_periods),
            (everywhere, n_nuisance),
        ]  # fmt: skip


def estimation_sample(
    panel: pd.DataFrame, spec: RegressionSpec, unit: str = "region_code", time: str = "year"
) -> pd.DataFrame:
    """The rows `fit` runs on, with the columns of the specification, ordered by unit and period.

    Raises as `sample_and_effects`.
    """
    return sample_and_effects(panel, spec, unit, time)[0]


def sample_and_effects(
    panel: pd.DataFrame, spec: RegressionSpec, unit: str = "region_code", time: str = "year"
) -> tuple[pd.DataFrame, Effects, int]:
    """The rows of `estimation_sample`, their effects, and how many rows alone have an effect.

    Weights are as given, not scaled. Raises what `nqp.econometrics.panels.coded_cases` raises, and
    NotEstimable when the outcome does not vary or no row is left.
    """
    numeric = [spec.outcome, *spec.regressors, *spec.nuisance]
    sample, units, periods = coded_cases(panel, unit, time, numeric, spec.labels, spec.weights)
    if spec.group_periods:
        periods = combined(codes(sample[spec.group_periods]), periods)
    levels = [units] * spec.unit_effects + [periods] * spec.time_effects
    single = alone(levels, len(sample))
    n_singletons = int(single.sum())
    if spec.singletons == "drop" and n_singletons:
        if n_singletons == len(sample):
            raise NotEstimable(
                f"no rows are left: each of {len(sample)} alone has the effect of its "
                + " or ".join(" and ".join(names) for names in spec.effects(unit, time))
            )
        sample = sample[~single].reset_index(drop=True)
        units, periods = (np.unique(c[~single], return_inverse=True)[1] for c in (units, periods))
    if np.ptp(sample[spec.outcome].to_numpy()) == 0:
        raise NotEstimable(f"{spec.outcome} has the same value in all {len(sample)} complete rows")
    off = np.zeros(len(sample), dtype=np.intp)
    units = units if spec.unit_effects else off
    periods = periods if spec.time_effects else off
    columns = np.hstack([indicators(periods), matrix(sample, spec.nuisance)])
    return sample, Effects(units, periods, columns), n_singletons


@dataclass(frozen=True, eq=False)
class Design:
    """Effects and regressors without their unit means, as an orthonormal basis.

    basis: (rows, q), orthonormal once weighted by row. back: (terms, q + 1) carries the
    coefficients of the basis and of the intercept to those of the terms, the kept regressors and
    `_cons`. kept: (q,) positions of the columns in the basis; those of effects come first.
    n_effects: how many these are.
    """

    basis: Floats
    back: Floats
    terms: tuple[str, ...]
    dropped: tuple[str, ...]
    kept: Codes
    n_effects: int


def design_of(
    sample: pd.DataFrame,
    spec: RegressionSpec,
    effects: Effects,
    weights: Floats,
    unit: str,
    time: str,
) -> Design:
    """The design of a specification on the rows of `estimation_sample`.

    weights: (rows,), of mean 1.

    Raises NotEstimable where a treatment column is collinear with what stands before it.
    """
    # Effects stand before regressors, so that of two collinear columns the regressor goes.
    units, width = effects.units, effects.columns.shape[1]
    columns = np.hstack([effects.columns, matrix(sample, spec.regressors)])
    root = np.sqrt(weights)[:, None]
    within = root * within_transform(columns, units, weights)
    negligible = COLLINEAR * np.linalg.norm(root * columns, axis=0)
    basis, kept = orthonormal_basis(within, negligible)

    n_effects = int(np.sum(kept < width))
    terms = [spec.regressors[j - width] for j in kept[n_effects:]]
    dropped = [name for name in spec.regressors if name not in terms]
    for name in dropped:
        if name in spec.treatment:
            j = width + spec.regressors.index(name)
            flat = bool(np.linalg.norm(within[:, j]) <= negligible[j])
            raise NotEstimable(_why_dropped(spec, name, flat, unit, time))

    # within = basis R, so b = R^-1 q. The intercept is read at the mean of the rows it describes
    # (all, or those of the base unit) and carried to zero; the mean constant averages over the
    # periods, the base constant is that of the first.
    to_units = np.linalg.inv(np.triu(basis.T @ within[:, kept]))
    mean = spec.constant == "mean"
    share = weights * (mean | (units == 0))
    centre = (share @ columns)[kept] / share.sum()
    centre[:n_effects] *= not mean
    back = np.zeros((len(terms) + 1, len(kept) + 1))
    back[:-1, :-1] = to_units[n_effects:]
    back[-1] = np.append(-centre @ to_units, 1.0)
    return Design(basis / root, back, (*terms, "_cons"), tuple(dropped), kept, n_effects)


def _why_dropped(spec: RegressionSpec, term: str, flat: bool, unit: str, time: str) -> str:
    if flat and spec.unit_effects:
        return f"{term} does not vary within any {unit}, so the unit effects absorb it"
    if flat:
        return f"{term} has the same value in all complete rows"
    effects = [f"the {' × '.join(names)} effects" for names in spec.effects(unit, time)]
    effects += ["the trends and interactions"] * bool(spec.nuisance)
    before = spec.regressors[: spec.regressors.index(term)]
    return f"perfectly collinear: {term} is a combination of {', '.join((*effects, *before))}"
