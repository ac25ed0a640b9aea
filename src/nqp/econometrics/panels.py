"""What the estimators share: complete rows of a panel, codes of its effects, the columns they span.

A panel is a frame with one row per unit and period.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype
from scipy import sparse

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

# A column is collinear when what the columns before it leave unexplained is smaller than this
# share of its length: well above rounding (1e-15), well below any variation in real data.
COLLINEAR = 1e-9


class NotEstimable(ValueError):  # noqa: N818 - a finding about the data, not a fault
    """The specification cannot be estimated on these rows; the message says why in plain words."""


def complete_cases(
    panel: pd.DataFrame, unit: str, time: str, numeric: Sequence[str], labels: Sequence[str] = ()
) -> pd.DataFrame:
    """The rows of `coded_cases`; raises as it does."""
    return coded_cases(panel, unit, time, numeric, labels)[0]


def coded_cases(
    panel: pd.DataFrame,
    unit: str,
    time: str,
    numeric: Sequence[str],
    labels: Sequence[str] = (),
    weights: str | None = None,
) -> tuple[pd.DataFrame, Codes, Codes]:
    """The rows with a value in every column named, ordered by unit and period, as floats, and the
    codes of their units and of their periods.

    unit, time, labels: columns of labels. numeric, weights: columns of numbers, where an infinite
    value counts as missing; so does a weight of 0. Other columns are left out.

    Raises NotEstimable when no row is complete, and ValueError when the panel lacks a column, holds
    text where numbers belong, has a negative weight or repeats a unit and period.
    """
    labels = [unit, time, *labels]
    numeric = list(dict.fromkeys([*numeric, *([weights] if weights else [])]))
    absent = [name for name in labels + numeric if name not in panel.columns]
    if absent:
        raise ValueError(
            f"the panel has no column {', '.join(absent)}; its columns are "
            f"{', '.join(map(str, panel.columns))}"
        )
    if panel.empty:
        raise NotEstimable("no complete rows: the sample is empty")
    given = {name: panel[name] for name in labels}
    columns: dict[str, Any] = {name: column.array for name, column in given.items()}
    columns |= {name: numbers(panel[name]) for name in numeric}
    if weights:
        own = columns[weights]
        negative = np.flatnonzero(own < 0)
        if negative.size:
            first = panel.iloc[negative[0]]
            raise ValueError(
                f"{len(negative)} rows have a negative {weights}, the first being "
                f"{first[unit]} in {first[time]} with "
                f"{own[negative[0]]:g}: expected weights of 0 or more"
            )
        columns[weights] = np.where(own == 0, np.nan, own)
    known = {name: ~np.asarray(pd.isna(column)) for name, column in columns.items()}
    rows = np.flatnonzero(np.logical_and.reduce(list(known.values())))
    if not rows.size:
        empty = [name for name in known if not known[name].any()]
        above_zero = " above 0" * (empty == [weights])
        raise NotEstimable(
            f"no complete rows: {', '.join(empty)} has no values{above_zero}"
            if empty
            else f"no complete rows: none of {len(panel)} has all of {', '.join(known)}"
        )
    of_unit, of_time = (codes(given[name].iloc[rows]) for name in (unit, time))
    order = np.lexsort((of_time, of_unit))
    of_unit, of_time, rows = of_unit[order], of_time[order], rows[order]
    sample = pd.DataFrame({name: column[rows] for name, column in columns.items()}, copy=False)
    again = np.flatnonzero((np.diff(of_unit) == 0) & (np.diff(of_time) == 0)) + 1
    if again.size:
        first = sample.iloc[again[0]]
        raise ValueError(
            f"{len(again)} rows repeat a {unit} and {time}, the first being "
            f"{first[unit]} in {first[time]}: expected one row for each"
        )
    return sample, of_unit, of_time


def numbers(column: pd.Series[Any]) -> Floats:
    """(rows,) the column as floats, infinite values as missing.

    Raises ValueError when it holds text that is no number.
    """
    try:
        # What is numeric already is passed by: the call costs more than the column.
        numeric = column if is_numeric_dtype(column.dtype) else pd.to_numeric(column)
        values: Floats = numeric.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {column.name} must hold numbers: {error}") from error
    return np.where(np.isfinite(values), values, np.nan)


def matrix(sample: pd.DataFrame, names: Sequence[str]) -> Floats:
    """(rows, len(names)) the columns as floats."""
    found = np.empty((len(sample), len(names)))
    for j, name in enumerate(names):
        found[:, j] = sample[name].to_numpy(dtype=float)
    return found


def codes(labels: pd.Series[Any]) -> Codes:
    """(rows,) 0, 1, ... for the labels in ascending order."""
    found: Codes = pd.factorize(labels, sort=True)[0]
    return found


def combined(first: Codes, *others: Codes) -> Codes:
    """(rows,) 0, 1, ... for the combinations of levels that occur, in ascending order."""
    for other in others:
        both = first * (int(other.max()) + 1) + other
        first = np.unique(both, return_inverse=True)[1].astype(np.intp)
    return first


def sums(levels: Codes, weights: Floats | float = 1.0) -> sparse.csr_array:
    """(levels, rows) sparse matrix that adds up rows by level."""
    rows = np.arange(len(levels))
    values = np.broadcast_to(weights, len(levels)).astype(float)
    return sparse.csr_array((values, (levels, rows)), shape=(int(levels.max()) + 1, len(levels)))


def rows_of_levels(levels: Codes) -> list[Codes]:
    """The rows of each level."""
    order: Codes = np.argsort(levels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(levels))[:-1])


def indicators(levels: Codes) -> Floats:
    """(rows, levels - 1) dummies, the lowest level being the base."""
    return np.asarray(levels[:, None] == np.arange(1, levels.max() + 1), dtype=float)


def is_nested(effects: Codes, clusters: Codes) -> bool:
    """Whether each level of the effect lies within one cluster."""
    held_by = np.empty(effects.max() + 1, dtype=clusters.dtype)
    held_by[effects] = clusters
    return bool(np.array_equal(held_by[effects], clusters))


def singletons(rows: pd.DataFrame, effects: Sequence[Sequence[str]]) -> NDArray[np.bool_]:
    """(rows,) which rows alone have one of the effects, those included that are alone once others
    are gone (Correia 2015, "Singletons, Cluster-Robust Standard Errors and Fixed Effects").

    effects: the columns whose combinations have an intercept, of each effect.
    """
    levels = [combined(*(codes(rows[name]) for name in effect)) for effect in effects]
    return alone(levels, len(rows))


def alone(levels: Sequence[Codes], n_rows: int) -> NDArray[np.bool_]:
    """(n_rows,) as `singletons`, from the codes of each effect."""
    found = np.zeros(n_rows, dtype=bool)
    more = True
    while more:
        more = False
        for level in levels:
            new = ~found & (np.bincount(level, ~found)[level] == 1)
            found |= new
            more |= bool(new.any())
    return found


def within_transform(columns: Floats, units: Codes, weights: Floats) -> Floats:
    """(rows, k) columns less their weighted unit means."""
    means_of = sums(units, weights / np.bincount(units, weights)[units])
    within: Floats = columns - (means_of @ columns)[units]
    # What rounding left of the means, where they are large beside what varies.
    within -= (means_of @ within)[units]
    return within


def orthonormal_basis(columns: Floats, tolerance: Iterable[float]) -> tuple[Floats, Codes]:
    """Orthonormal basis of the columns' span, and which columns entered it.

    Gram-Schmidt in the given order, each column projected twice to stay orthogonal to rounding.
    A column whose remainder is no longer than its tolerance depends on those before and is
    skipped. Returns (rows, kept) and (kept,).
    """
    found, kept = np.empty(columns.shape, order="F"), list[int]()
    for j, (column, smallest) in enumerate(zip(columns.T, tolerance, strict=True)):
        basis = found[:, : len(kept)]
        for _ in range(2):
            column = column - basis @ (basis.T @ column)
        length = np.linalg.norm(column)
        if length > smallest:
            found[:, len(kept)] = column / length
            kept.append(j)
    return np.ascontiguousarray(found[:, : len(kept)]), np.array(kept, dtype=np.intp)
