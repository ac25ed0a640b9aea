"""The columns of panel rows that matching reads, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqp.econometrics.panels import NotEstimable, numbers

Flags = NDArray[np.bool_]

Positions = NDArray[np.intp]


def column_of(rows: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in rows.columns:
        raise ValueError(
            f"the rows have no column {name}; their columns are {', '.join(map(str, rows.columns))}"
        )
    return rows[name]


def covariate_values(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The columns as floats; infinite values count as missing."""
    return pd.DataFrame({name: numbers(column_of(rows, name)) for name in names})


def treated_flags(rows: pd.DataFrame, treated: str) -> Flags:
    values = covariate_values(rows, [treated])[treated].to_numpy()
    wrong = ~np.isin(values, (0, 1))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ValueError(
            f"row {rows.index[at]}: {treated} is {rows[treated].iloc[at]}: expected 1 for a "
            "treated row and 0 for any other"
        )
    return np.asarray(values == 1)


def groups_of(rows: pd.DataFrame, by_year: bool, year: str) -> dict[str, Positions]:
    """Positions of the rows to be matched among themselves, by the words that introduce them."""
    if rows.empty:
        raise NotEstimable("no rows to match: the sample is empty")
    if not by_year:
        return {"": np.arange(len(rows))}
    years = column_of(rows, year)
    if years.isna().any():
        at = int(np.argmax(years.isna()))
        raise ValueError(f"row {rows.index[at]}: {year} is missing, and the matching is by year")
    codes, labels = pd.factorize(years, sort=True)
    return {f"{year} {label}: ": np.flatnonzero(codes == i) for i, label in enumerate(labels)}
