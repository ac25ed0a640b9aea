"""What a paper's columns tell of their regressions: regressors, parameters, units, periods.

A table says little of this outright. What follows from it is worked out once here, for all rules;
what does not follow stays open, as several candidates or as an interval.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

from nqp.audit import kinds
from nqp.audit.intervals import INFINITY, Interval
from nqp.audit.printed import Column, Paper
from nqp.audit.texts import same_name

T = TypeVar("T")
# As many regressors a table may have left out without saying so.
MOST_HIDDEN = 60


@dataclass(frozen=True)
class Shape:
    """A balanced panel: so many units in so many periods."""

    units: int
    periods: int


class Tables:
    """A paper's tables with what follows from them."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.columns = paper.columns
        self._known: dict[tuple[str, object], object] = {}

    def once(self, name: str, key: object, work: Callable[[], T]) -> T:
        """What `work` returns, worked out once for a name and key: many rules ask for it."""
        if (name, key) not in self._known:
            self._known[name, key] = work()
        return cast(T, self._known[name, key])

    @cached_property
    def bare_constants(self) -> bool:
        """Whether the paper never marks its constants, as some do, whatever their t."""
        constants = [c.constant for c in self.columns if c.constant is not None]
        return len(constants) >= 2 and not any(c.stars for c in constants)

    def uses_marks(self, table: str) -> bool:
        """Whether a table marks anything, or explains marks itself.

        A table without either has none, though a note of an earlier one is said to go on.
        """
        return any(
            column.declared.own_legend or any(c.stars for c in column.coefficients)
            for column in self.of_table(table)
        )

    def of_table(self, table: str) -> list[Column]:
        """The columns of one table."""
        return [c for c in self.columns if c.table_number == table]

    @cached_property
    def by_table(self) -> dict[str, list[Column]]:
        """The columns of each table."""
        return {t: self.of_table(t) for t in dict.fromkeys(c.table_number for c in self.columns)}

    least_squares = staticmethod(kinds.least_squares)
    is_split = staticmethod(kinds.is_split)
    is_matched = staticmethod(kinds.is_matched)
    is_robustness = staticmethod(kinds.is_robustness)

    # --- regressors ------------------------------------------------------------------------------

    @cached_property
    def outcomes(self) -> frozenset[str]:
        """Everything that some column explains."""
        return frozenset(same_name(c.outcome) for c in self.columns)

    @cached_property
    def control_terms(self) -> frozenset[str]:
        """The controls, as the column that prints the most regressors and hides none has them.

        What some column explains is a mediator there, and what columns that hide their controls
        print all the same is what the paper is about.
        """
        listing = [c for c in self.columns if c.controls is not True and len(c.slopes) >= 2]
        longest = max(listing, key=lambda c: len(c.slopes), default=None)
        if longest is None:
            return frozenset()
        short = [c for c in self.columns if c.controls is True] or [
            c for c in self.columns if len(c.slopes) == 1
        ]
        shown = {same_name(s.term) for c in short for s in c.slopes}
        return _terms(longest) - self.outcomes - shown

    @cached_property
    def says_controls(self) -> bool:
        """Whether any column says whether it has controls that are not printed."""
        return any(c.controls is not None for c in self.columns)

    def full_terms(self, column: Column) -> tuple[list[frozenset[str]], bool]:
        """The regressors that a column may have, printed or not; and whether that is sure.

        Where a column says that it has controls, they are taken to be those that another column of
        the paper prints; where no column says anything, it may have them or not.
        """
        return self.once("full terms", column.key, lambda: self._full_terms(column))

    def _full_terms(self, column: Column) -> tuple[list[frozenset[str]], bool]:
        printed, controls = _terms(column), self.control_terms
        if column.other_effects:
            return [printed | {"other effects"}], False
        if column.declared.n_controls:
            more = {f"control {i}" for i in range(column.declared.n_controls)}
            return [printed | (controls if len(controls - printed) == len(more) else more)], True
        if column.controls is True:
            return [printed | (controls or {"controls"})], False
        if column.controls is False or column.declared.n_controls == 0:
            return [printed], True
        in_table = any(c.controls is not None for c in self.of_table(column.table_number))
        if self.says_controls or in_table:
            return [printed], in_table or len(printed) >= 2
        if controls and not printed & controls:
            return [printed, printed | controls], False
        return [printed], False

    def hidden(self, column: Column) -> tuple[list[int], bool]:
        """Numbers of regressors that a column may have beside those printed; whether it is sure."""
        full, sure = self.full_terms(column)
        if full[0] - _terms(column) in ({"controls"}, {"other effects"}):
            return list(range(1, MOST_HIDDEN)), False
        return [len(terms) - len(column.slopes) for terms in full], sure

    def prints_all(self, column: Column) -> bool:
        """Whether a column hides no regressor: by its own word, its fit, or its table's.

        A table that prints the controls of some columns leaves those of others blank for want of
        them.
        """
        hidden, sure = self.hidden(column)
        if column.controls is True or 0 not in hidden:
            return False
        if sure and hidden == [0]:
            return True
        k = self.implied_parameters(column)
        effects = column.unit_effects or column.time_effects
        if not effects and k is not None and k.high < len(column.slopes) + 2:
            return True
        listed = self.control_terms
        beside = self.of_table(column.table_number)
        return len(listed) >= 2 and any(
            len(_terms(c) & listed) >= 2 for c in beside if c is not column or len(listed) > 2
        )

    def regressors(self, column: Column) -> list[int]:
        """Numbers of slopes that a column may have, printed or not."""
        return [len(column.slopes) + more for more in self.hidden(column)[0]]

    def differ_by(self, small: Column, large: Column, extra: str = "") -> bool:
        """Whether `large` may have the regressors of `small` and `extra`, and no others."""
        more = {extra} if extra else set()
        return any(
            a | more == b and not a & more
            for a in self.full_terms(small)[0]
            for b in self.full_terms(large)[0]
        )

    def same_sample(self, one: Column, other: Column) -> bool:
        """Whether two columns have the same rows, as far as their number tells, and effects."""
        return (
            one.n_obs is not None
            and other.n_obs is not None
            and one.n_obs.value == other.n_obs.value
            and one.unit_effects == other.unit_effects
            and one.time_effects == other.time_effects
        )

    # --- parameters ------------------------------------------------------------------------------

    @staticmethod
    def implied_parameters(column: Column) -> Interval | None:
        """All k for which 1 − (1 − R²)(N − 1)/(N − k) may be the adjusted R² printed."""
        n, r2, adjusted = column.n_obs, column.r2, column.r2_adj
        if n is None or r2 is None or adjusted is None:
            return None
        left, right = 1 - r2.interval, 1 - adjusted.interval
        if left.low <= 0 or right.low <= 0 or n.interval.low <= 2:
            return None
        return n.interval - (n.interval - 1) * left / right

    def absorbed(self, column: Column) -> Interval | None:
        """How many parameters the effects take by the adjusted R²; None where that is open."""
        return self.once("absorbed", column.key, lambda: self._absorbed(column))

    def _absorbed(self, column: Column) -> Interval | None:
        k = self.implied_parameters(column)
        if k is None or not self.least_squares(column):
            return None
        slopes = self.regressors(column)
        return k - Interval(min(slopes) + 1.0, max(slopes) + 1.0)

    @cached_property
    def shapes(self) -> dict[tuple[str, str, str], list[Shape]]:
        """Balanced panels that fit a column's N and its adjusted R², by column."""
        return {c.key: list(self._shapes(c)) for c in self.columns}

    def _shapes(self, column: Column) -> Iterator[Shape]:
        n, absorbed = column.n_obs, self.absorbed(column)
        if n is None or not _counted(n.interval) or not column.unit_effects:
            return
        rows, said = int(n.value), column.declared
        for periods in _divisors(rows):
            shape = Shape(rows // periods, periods)
            if shape.units < 2 or periods < 2:
                continue
            if said.n_units not in (None, shape.units) or said.n_periods not in (None, periods):
                continue
            if absorbed is not None:
                if effects_of(column, shape.units, periods) in absorbed:
                    yield shape
            elif said.n_units or said.n_periods:
                yield shape

    @cached_property
    def periods(self) -> int | None:
        """How many periods the paper's panel has: declared, or what most columns agree on."""
        said = Counter(c.declared.n_periods for c in self.columns if c.declared.n_periods)
        if said:
            return said.most_common(1)[0][0]
        voting = [found for c in self.columns if self.absorbed(c) and (found := self.shapes[c.key])]
        # Units and periods take as many parameters the other way round: panels are wide.
        votes = Counter(
            p for found in voting for p in {s.periods for s in found if s.units >= s.periods}
        )
        if not votes:
            return None
        (best, times), *others = votes.most_common(2)
        # A number of rows has divisors by chance too: one column alone must leave no other choice.
        asked = [c for c in self.columns if c.unit_effects and self.absorbed(c) is not None]
        enough = times >= 2 or len(asked) == 1
        clear = not others or times > others[0][1]
        return best if enough and clear and times >= len(asked) / 2 else None

    @cached_property
    def most_units(self) -> int | None:
        """How many units the whole panel has, where the tables fix it."""
        said = [c.declared.n_units for c in self.columns if c.declared.n_units]
        if said:
            return max(said)
        found = [
            s.units for shapes in self.shapes.values() for s in shapes if s.periods == self.periods
        ]
        return max(found, default=None)

    def shape(self, column: Column) -> Shape | None:
        """The balanced panel of a column: with the paper's periods, or the only one that fits."""
        fits = self.shapes[column.key]
        usual = [s for s in fits if s.periods == self.periods]
        if self.is_matched(column):
            # Matching on rows leaves a whole number of periods by chance alone.
            return None
        if usual:
            return usual[0]
        shorter = [
            s
            for s in fits
            if s.units >= s.periods and (self.periods is None or s.periods < self.periods)
        ]
        return shorter[0] if len(shorter) == 1 else None

    def units(self, column: Column) -> Interval | None:
        """The number of units of a column with unit effects, whole numbers from low to high."""
        return self.once("units", column.key, lambda: self._units(column))

    def _units(self, column: Column) -> Interval | None:
        if column.declared.n_units:
            return Interval.exact(column.declared.n_units)
        n, absorbed = column.n_obs, self.absorbed(column)
        if shape := self.shape(column):
            return Interval.exact(shape.units)
        if n is None or not column.unit_effects or absorbed is None or math.isinf(absorbed.width):
            return None
        if column.time_effects and self.periods is None:
            return None
        periods = self.periods or 1
        most = min(self.most_units or math.inf, n.value / 2)
        least = n.value / periods if self.periods else 2
        around = absorbed + 1 - (periods - 1 if column.time_effects else 0)
        found = [u for u in around.whole() if least <= u <= most]
        return Interval(found[0], found[-1]) if found else None

    # --- tests -----------------------------------------------------------------------------------

    def clusters(self, column: Column) -> Interval | None:
        """How many clusters a column has; None where it is not known."""
        if column.declared.n_clusters:
            return Interval.exact(column.declared.n_clusters)
        by_unit = same_name(column.declared.cluster) in {"unit", "units", "individual", "panel"}
        if not by_unit:
            return None
        if column.unit_effects:
            return self.units(column)
        n = column.n_obs
        if n is None or self.periods is None or n.value % self.periods:
            return None
        return Interval.exact(n.value / self.periods)

    def residual_df(self, column: Column) -> Interval:
        """N − K, as far as it is known; up to no bound where N is not."""
        n = column.n_obs
        if n is None:
            return Interval(29, INFINITY)
        rows = n.interval
        least = len(column.slopes) + 1
        if (k := self.implied_parameters(column)) is not None and self.least_squares(column):
            found = rows - k
        else:
            most = rows.high / 2 if column.unit_effects is not False else least + MOST_HIDDEN
            found = Interval(rows.low - min(most, rows.low - 1), rows.high - least)
        low = max(1.0, min(found.low, rows.high - least))
        return Interval(low, max(low, found.high))

    def degrees_of_freedom(self, column: Column) -> tuple[Interval, Interval]:
        """Degrees of freedom of the tests: as known, and if clusters are few but not named."""
        return self.once("df", column.key, lambda: self._degrees_of_freedom(column))

    def _degrees_of_freedom(self, column: Column) -> tuple[Interval, Interval]:
        said = column.declared
        if said.df is not None:
            one = Interval.exact(said.df)
            return one, one
        residual = self.residual_df(column)
        if said.errors == "clustered":
            clusters = self.clusters(column)
            if clusters is not None:
                found = Interval(max(1.0, clusters.low - 1), max(1.0, clusters.high - 1))
                return found, found
            few = Interval(min(19.0, residual.low), INFINITY)
            return few, few
        if said.errors == "conventional":
            return residual, residual
        usual = Interval(residual.low, INFINITY)
        if said.errors:
            return usual, usual
        return usual, Interval(min(19.0, residual.low), INFINITY)


def effects_of(column: Column, units: float, periods: float) -> float:
    """Parameters that unit and time effects take beside the constant."""
    return (units - 1 if column.unit_effects else 0) + (periods - 1 if column.time_effects else 0)


def _terms(column: Column) -> frozenset[str]:
    return frozenset(same_name(s.term) for s in column.slopes)


def _divisors(n: int) -> list[int]:
    small = [d for d in range(1, math.isqrt(n) + 1) if n % d == 0]
    return sorted({*small, *(n // d for d in small)})


def _counted(n: Interval) -> bool:
    return n.low == n.high and n.low == round(n.low) and n.low < 1e7
