"""Intervals: what a printed number may have been before it was rounded, and arithmetic on that.

Every operation widens its result by one step of the floating-point grid at both ends, so that the
true value is never lost to the arithmetic. A rule may then say "impossible" where two intervals
do not meet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

INFINITY = math.inf


@dataclass(frozen=True)
class Interval:
    """All numbers from `low` to `high`, both ends included."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"an interval cannot run from {self.low} to {self.high}")

    @classmethod
    def exact(cls, value: float) -> Interval:
        """One number, known without error."""
        return cls(float(value), float(value))

    @classmethod
    def around(cls, values: Iterable[float]) -> Interval:
        """The smallest interval with all of the values, a step wider at both ends."""
        known = list(values)
        return cls(_down(min(known)), _up(max(known)))

    @property
    def middle(self) -> float:
        """The number in the middle: what is printed, for a printed number."""
        return (self.low + self.high) / 2

    @property
    def width(self) -> float:
        """How far the ends are apart."""
        return self.high - self.low

    @property
    def size(self) -> Interval:
        """The absolute value."""
        if self.low >= 0:
            return self
        if self.high <= 0:
            return -self
        return Interval(0.0, max(-self.low, self.high))

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __add__(self, other: Interval | float) -> Interval:
        there = as_interval(other)
        return Interval(_down(self.low + there.low), _up(self.high + there.high))

    __radd__ = __add__

    def __sub__(self, other: Interval | float) -> Interval:
        return self + -as_interval(other)

    def __rsub__(self, other: float) -> Interval:
        return as_interval(other) + -self

    def __mul__(self, other: Interval | float) -> Interval:
        there = as_interval(other)
        return Interval.around(
            _times(a, b) for a in (self.low, self.high) for b in (there.low, there.high)
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Interval | float) -> Interval:
        """The quotient; where the divisor may be zero the result has no bound on that side."""
        there = as_interval(other)
        if there.low < 0 < there.high or there.low == there.high == 0:
            return Interval(-INFINITY, INFINITY)
        low = math.copysign(INFINITY, 1) if there.low == 0 else 1 / there.low
        high = -INFINITY if there.high == 0 else 1 / there.high
        return self * Interval(min(low, high), max(low, high))

    def __rtruediv__(self, other: float) -> Interval:
        return as_interval(other) / self

    def square(self) -> Interval:
        """Each number times itself."""
        size = self.size
        return Interval(max(0.0, _down(size.low**2)), _up(size.high**2))

    def root(self) -> Interval:
        """The square root of what is not negative."""
        return Interval(
            max(0.0, _down(math.sqrt(max(self.low, 0.0)))), _up(math.sqrt(max(self.high, 0.0)))
        )

    def meets(self, other: Interval) -> bool:
        """Whether some number lies in both."""
        return self.low <= other.high and other.low <= self.high

    def within(self, other: Interval) -> Interval | None:
        """What both have in common, or None."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Interval(low, high) if low <= high else None

    def whole(self) -> range:
        """The whole numbers inside; for an interval with finite ends."""
        return range(math.ceil(self.low), math.floor(self.high) + 1)

    def has_whole(self) -> bool:
        """Whether a whole number lies inside."""
        return math.isinf(self.width) or math.ceil(self.low) <= math.floor(self.high)


def as_interval(value: Interval | float) -> Interval:
    """A number as the interval that holds it alone; an interval as it is."""
    return value if isinstance(value, Interval) else Interval.exact(value)


def hull(intervals: Iterable[Interval]) -> Interval:
    """The smallest interval that holds all of these."""
    known = list(intervals)
    return Interval(min(i.low for i in known), max(i.high for i in known))


def _times(a: float, b: float) -> float:
    # Nothing times no bound is nothing here: both ends are limits, and the limit is taken inside.
    return 0.0 if a == 0 or b == 0 else a * b


def _down(value: float) -> float:
    return value if math.isinf(value) else math.nextafter(value, -INFINITY)


def _up(value: float) -> float:
    return value if math.isinf(value) else math.nextafter(value, INFINITY)
