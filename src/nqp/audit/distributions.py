"""p-values of intervals of t, exactly for any degrees of freedom."""

from __future__ import annotations

import math
from functools import lru_cache

from nqp.audit.intervals import INFINITY, Interval


@lru_cache(maxsize=100_000)
def p_value(t: float, df: float, sides: int = 2) -> float:
    """P(|T| ≥ |t|) for two sides, half of it for one; df may be infinite."""
    # Whoever imports the room for its names alone need not wait for scipy.
    from scipy.special import ndtr, stdtr

    size = abs(t)
    if math.isinf(size):
        return 0.0
    tail = float(ndtr(-size)) if math.isinf(df) else float(stdtr(df, -size))
    return min(1.0, tail * sides)


def p_interval(t: Interval, df: Interval, sides: int = 2) -> Interval:
    """All p-values that t (of any sign) and the degrees of freedom allow.

    p falls with |t|, and for a given t it falls with the degrees of freedom.
    """
    size = t.size
    low, high = p_value(size.high, df.high, sides), p_value(size.low, max(df.low, 1.0), sides)
    found = Interval.around([low, high])
    return Interval(max(0.0, found.low), min(1.0, found.high))


@lru_cache(maxsize=10_000)
def critical(level: float, df: float = INFINITY, sides: int = 2) -> float:
    """The |t| whose p-value is the level."""
    low, high = 0.0, 1e3
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if p_value(middle, df, sides) > level else (low, middle)
    return high
