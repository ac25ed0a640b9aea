"""Columns that differ by one regressor, and what their R² say of its t under plain errors.

With conventional standard errors t² = (N − k)(R²₁ − R²₀)/(1 − R²₁) for the one regressor that
column 1 has and column 0 has not: a coefficient printed as 0.0000 so has its t all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nqp.audit.intervals import Interval
from nqp.audit.printed import Coefficient, Column
from nqp.audit.tables import Shape, Tables, effects_of
from nqp.audit.texts import same_name

# An implied t says something of the errors where it is known this well.
SHARP = 0.25
CONVENTIONAL, OTHER, OPEN = "conventional", "not conventional", "open"


@dataclass(frozen=True)
class ImpliedT:
    """|t| of a coefficient as R² implies it under conventional errors, beside the printed one."""

    column: Column
    coefficient: Coefficient
    implied: Interval
    printed: Interval | None
    beside: Column | None

    @property
    def is_sharp(self) -> bool:
        """Whether the interval is narrow enough to tell two kinds of errors apart."""
        return self.implied.low > 0 and self.implied.width / self.implied.middle < SHARP

    @property
    def agrees(self) -> bool:
        """Whether the printed t may be the implied one."""
        return self.printed is not None and self.implied.meets(self.printed)


def printed_t(coefficient: Coefficient) -> Interval | None:
    """|t| of what is printed as s.e. or t; None for p-values and where it is not readable."""
    estimate, inside = coefficient.estimate, coefficient.parenthesis
    if estimate is None or inside is None:
        return None
    if coefficient.kind == "se" and inside.value >= 0:
        error = Interval(max(0.0, inside.interval.low), inside.interval.high)
        return (estimate.interval.size / error).size if error.high > 0 else None
    return inside.interval.size if coefficient.kind == "t" else None


def nested_pairs(tables: Tables) -> list[tuple[Column, Column, Coefficient]]:
    """(small, large, the regressor that large has more), the same rows and outcome otherwise."""
    found = []
    for large in tables.columns:
        if large.r2 is None or not tables.least_squares(large):
            continue
        for extra in large.slopes:
            if small := without(tables, large, extra):
                found.append((small, large, extra))
    return found


def without(tables: Tables, large: Column, extra: Coefficient) -> Column | None:
    """The column that `large` is without one of its regressors: of its table, else the first.

    Columns of robustness checks and of parts of the sample are other data, whatever their N.
    """
    term = same_name(extra.term)
    fits = [
        small
        for small in tables.columns
        if small is not large
        and small.r2 is not None
        and tables.least_squares(small)
        and same_name(small.outcome) == same_name(large.outcome)
        and small.panel == large.panel
        and tables.same_sample(small, large)
        and small.of(term) is None
        and tables.differ_by(small, large, term)
        and (small.table_number == large.table_number or not other_data(tables, small, large))
    ]
    same = [c for c in fits if c.table_number == large.table_number]
    return next(iter(same or fits), None)


def implied_ts(tables: Tables) -> list[ImpliedT]:
    """Every |t| that R² implies under conventional errors."""
    return tables.once("implied t", None, lambda: _implied_ts(tables))


def _implied_ts(tables: Tables) -> list[ImpliedT]:
    found = []
    for small, large, extra in nested_pairs(tables):
        assert small.r2 is not None and large.r2 is not None
        gain = large.r2.interval - small.r2.interval
        if gain.high <= 0:
            continue
        gain = Interval(max(0.0, gain.low), gain.high)
        left = 1 - large.r2.interval
        if left.low <= 0:
            continue
        t = (tables.residual_df(large) * gain / left).root()
        found.append(ImpliedT(large, extra, t, printed_t(extra), small))
    for column in tables.columns:
        if (t_simple := _simple(tables, column)) is not None:
            [only] = column.slopes
            found.append(ImpliedT(column, only, t_simple, printed_t(only), None))
        elif (t_dummy := _dated_dummy(tables, column)) is not None:
            [only] = column.slopes
            found.append(ImpliedT(column, only, t_dummy, printed_t(only), None))
    return found


def alone(tables: Tables, column: Column) -> bool:
    """Whether the column surely has one regressor."""
    alone = len(column.slopes) == 1 and tables.prints_all(column)
    return alone and tables.least_squares(column)


def _simple(tables: Tables, column: Column) -> Interval | None:
    if column.unit_effects or column.time_effects or not alone(tables, column):
        return None
    if column.r2 is None or column.n_obs is None or column.r2.interval.high >= 1:
        return None
    r2 = Interval(max(0.0, column.r2.interval.low), column.r2.interval.high)
    # R²/(1 − R²) rises with R²: its ends are those of R².
    odds = Interval.around([r2.low / (1 - r2.low), r2.high / (1 - r2.high)])
    return ((column.n_obs.interval - 2) * odds).root()


def _dated_dummy(tables: Tables, column: Column) -> Interval | None:
    """A dummy that switches on for some units at one date, with unit and time effects."""
    shape, r2 = tables.shape(column), column.r2
    if not (column.unit_effects and column.time_effects and shape and r2):
        return None
    if not alone(tables, column) or column.n_obs is None:
        return None
    [only] = column.slopes
    outcome = tables.paper.described(column.outcome)
    dummy = tables.paper.described(only.term)
    if outcome is None or dummy is None or outcome.std_dev is None or dummy.mean is None:
        return None
    rows = column.n_obs.value
    if dummy.n_obs is None or dummy.n_obs.value != rows or only.estimate is None:
        return None
    total = outcome.std_dev.interval.square() * (rows - 1)
    df = rows - 1 - 1 - effects_of(column, shape.units, shape.periods)
    found: list[Interval] = []
    for a, b in dated(shape, dummy.mean.interval * rows):
        spread = rows * a / shape.units * (1 - a / shape.units)
        spread *= b / shape.periods * (1 - b / shape.periods)
        error = ((1 - r2.interval) * total / (df * spread)).root()
        found.append(only.estimate.interval.size / error)
    shown = printed_t(only)
    agreeing = [t for t in found if shown and t.meets(shown)]
    return next(iter(agreeing or found), None)


def dated(shape: Shape, treated_rows: Interval) -> list[tuple[int, int]]:
    """(units, periods) that make so many treated rows when all start at one date."""
    return [
        (rows // periods, periods)
        for rows in treated_rows.whole()
        for periods in range(1, shape.periods)
        if rows % periods == 0 and 0 < rows // periods < shape.units
    ]


def other_data(tables: Tables, small: Column, large: Column) -> bool:
    """Whether one of two columns is of a check, a part or a match: other data, though of one N."""
    return any(
        tables.is_robustness(c) or tables.is_split(c) or tables.is_matched(c)
        for c in (small, large)
    )


def evidence(tables: Tables) -> list[ImpliedT]:
    """Coefficients whose t under conventional errors is known sharply, and printed too."""
    return [
        found
        for found in implied_ts(tables)
        if found.is_sharp and found.printed is not None and found.printed.high < float("inf")
    ]


def convention(tables: Tables) -> str:
    """Whether the paper's errors are conventional: as declared, or as R² and N show."""
    said = {c.declared.errors for c in tables.columns}
    if said == {"conventional"}:
        return CONVENTIONAL
    known = evidence(tables)
    agreeing = sum(found.agrees for found in known)
    if agreeing >= 2 and agreeing >= 4 * (len(known) - agreeing):
        return CONVENTIONAL
    return OTHER if known and agreeing <= len(known) / 2 else OPEN


def recovered(tables: Tables) -> Mapping[tuple[object, str], Interval]:
    """|t| by column and term, where errors are conventional and R² implies it."""
    if convention(tables) != CONVENTIONAL:
        return {}
    return {
        (found.column.key, found.coefficient.term): found.implied
        for found in implied_ts(tables)
        if found.is_sharp
    }
