"""Winsorising: values beyond two percentiles are set to those percentiles, and none is dropped."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from nqp.econometrics.panels import Floats


def winsorise(
    frame: pd.DataFrame,
    columns: Sequence[str],
    lower: float = 0.01,
    upper: float = 0.99,
    by: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Pull the named columns in to their percentiles `lower` and `upper`, two shares of one.

    columns: continuous variables; a dummy is left alone by not being named.
    by: columns whose groups have percentiles of their own, such as the year.

    The percentile is that of Stata's `_pctile`, which `winsor2` uses (Stata Base Reference Manual,
    "pctile", formulas without weights): of n sorted values, the mean of numbers np and np + 1
    where np is whole, else number np rounded up. 0 and 1 leave that side alone. Missing and
    infinite values do not count and stay as they are. Returns a copy; the columns become floats.

    Raises ValueError for a column that is absent, not numeric or also in `by`, and for shares that
    are not 0 <= lower < upper <= 1.
    """
    if not 0 <= lower < upper <= 1:
        raise ValueError(f"lower is {lower} and upper {upper}: expected 0 <= lower < upper <= 1")
    groups = [by] if isinstance(by, str) else list(by or [])
    if absent := [name for name in [*columns, *groups] if name not in frame.columns]:
        raise ValueError(f"no column {', '.join(absent)}; there are {', '.join(frame.columns)}")
    for name in columns:
        if name in groups:
            raise ValueError(f"column {name} is to be winsorised and to form the groups")
        if not is_numeric_dtype(frame[name]) or is_bool_dtype(frame[name]):
            raise ValueError(f"column {name} must hold numbers to be winsorised")

    def pull_in(values: pd.Series[float]) -> pd.Series[float]:
        finite = np.isfinite(values)
        if not finite.any():
            return values
        ordered: Floats = np.sort(np.asarray(values[finite], dtype=np.float64))
        limits = _percentile(ordered, lower), _percentile(ordered, upper)
        return values.where(~finite, values.clip(*limits))

    result = frame.copy()
    for name in columns:
        values = pd.Series(
            frame[name].to_numpy(dtype=float, na_value=np.nan), index=frame.index, name=name
        )
        result[name] = (
            values.groupby([frame[g] for g in groups], dropna=False).transform(pull_in)
            if groups
            else pull_in(values)
        )
    return result


def _percentile(ordered: Floats, share: float) -> float:
    n = len(ordered)
    # 700 * 0.07 is 49.00000000000001: rounded, so that a whole number is seen as one.
    position = round(n * share, 9)
    above = int(np.ceil(position))
    number = [above, above + 1] if position == above else [above]
    return float(np.mean([ordered[min(max(k, 1), n) - 1] for k in number]))
