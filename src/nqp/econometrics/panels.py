"""What the estimators share: complete rows of a panel, codes of its effects, the columns they span.

A panel is a frame with one row per unit and period.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

# A column is collinear when what the columns before it leave unexplained is smaller than this
# share of its length: well above rounding (1e-15), well below any variation in real data.
COLLINEAR = 1e-9


class NotEstimable(ValueError):  # noqa: N818 - a finding about the data, not a fault
    """The specification cannot be estimated on these rows; the message says why in plain words."""


def complete_cases(
    panel: pd.DataFrame,
    unit: str,
    time: str,
    numeric: Sequence[str],
    labels: Sequence[str] = (),
    weights: str | None = None,
) -> pd.DataFrame:
    """The rows with a value in every column named, ordered by unit and period, as floats.

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
    frame = panel[list(dict.fromkeys(labels + numeric))].assign(
        **{name: numbers(panel[name]) for name in numeric}
    )
    if weights:
        frame[weights] = frame[weights].replace(0, np.nan)
        negative = frame[frame[weights] < 0]
        if not negative.empty:
            raise ValueError(
                f"{len(negative)} rows have a negative {weights}, the first being "
                f"{negative[unit].iloc[0]} in {negative[time].iloc[0]} with "
                f"{negative[weights].iloc[0]:g}: expected weights of 0 or more"
            )
    sample = frame.dropna().sort_values([unit, time], ignore_index=True)
    if sample.empty:
        empty = [str(name) for name in frame if frame[name].isna().all()]
        above_zero = " above 0" * (empty == [weights])
        raise NotEstimable(
            f"no complete rows: {', '.join(empty)} has no values{above_zero}"
            if empty
            else f"no complete rows: none of {len(frame)} has all of {', '.join(map(str, frame))}"
        )
    repeated = sample[sample.duplicated([unit, time])]
    if not repeated.empty:
        raise ValueError(
            f"{len(repeated)} rows repeat a {unit} and {time}, the first being "
            f"{repeated[unit].iloc[0]} in {repeated[time].iloc[0]}: expected one row for each"
        )
    return sample


def numbers(column: pd.Series[Any]) -> Floats:
    """(rows,) the column as floats, infinite values as missing.

    Raises ValueError when it holds text that is no number.
    """
    try:
        values: Floats = pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {column.name} must hold numbers: {error}") from error
    return np.where(np.isfinite(values), values, np.nan)


def codes(labels: pd.Series[Any]) -> Codes:
    """(rows,) 0, 1, ... for the labels in ascending order."""
    found: Codes = pd.factorize(labels, sort=True)[0]
    return found


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
    left = np.ones(len(rows), dtype=bool)
    while True:
        remaining, alone = rows[left], np.zeros(int(left.sum()), dtype=bool)
        for effect in effects:
            alone |= ~remaining.duplicated(list(effect), keep=False).to_numpy()
        if not alone.any():
            return ~left
        left[np.flatnonzero(left)[alone]] = False


def within_transform(columns: Floats, units: Codes, weights: Floats) -> Floats:
    """(rows, k) columns less their weighted unit means."""
    totals = pd.DataFrame(columns * weights[:, None]).groupby(units).transform("sum").to_numpy()
    means: Floats = totals / np.bincount(units, weights)[units, None]
    return columns - means


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
