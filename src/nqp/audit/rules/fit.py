"""R², adjusted R², rows and parameters, and the number of units that they imply."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from nqp.audit.findings import Finding, Implied, Severity, show, show_zh
from nqp.audit.intervals import Interval
from nqp.audit.nesting import alone, other_data
from nqp.audit.printed import Column
from nqp.audit.rules.registry import rule
from nqp.audit.tables import Shape, Tables, effects_of
from nqp.audit.texts import same_name

FIT = ("r2_adj", "r2", "n_obs")


@rule("fit.range", "R² lies from 0 to 1, adjusted R² below it.", "R²在0与1之间，调整R²不大于R²。")
def possible(tables: Tables) -> Iterator[Finding]:
    """Values that no least-squares fit has."""
    for column in tables.columns:
        r2, adjusted = column.r2, column.r2_adj
        if r2 is not None and r2.interval.within(Interval(0.0, 1.0)) is None:
            # A share in percent is another way to print it.
            if 1 < r2.value <= 100 and "%" not in r2.text and tables_in_percent(tables):
                continue
            yield Finding(
                "fit.range", Severity.CONTRADICTION, (column.cell("r2"),),
                f"{column.name}: R² is printed as {r2.text}, and none lies outside 0 to 1.",
                f"{column.name_zh}：R²印为{r2.text}，而R²只能在0与1之间。",
                {"r2": r2.interval},
            )  # fmt: skip
        if r2 is None or adjusted is None or not tables.least_squares(column):
            continue
        if adjusted.interval.low > r2.interval.high:
            yield Finding(
                "fit.range", Severity.CONTRADICTION, (column.cell("r2_adj"), column.cell("r2")),
                f"{column.name}: adjusted R² ({adjusted.text}) is above R² ({r2.text}).",
                f"{column.name_zh}：调整R²（{adjusted.text}）大于R²（{r2.text}）。",
                {"r2": r2.interval, "r2_adj": adjusted.interval},
            )  # fmt: skip


def tables_in_percent(tables: Tables) -> bool:
    """Whether the paper prints R² in percent."""
    found = [c.r2.value for c in tables.columns if c.r2 is not None]
    return sum(value > 1 for value in found) > len(found) / 2


@rule(
    "fit.adjusted",
    "Adjusted R² follows from R², rows and parameters.",
    "调整R²由R²、观测值数和参数个数决定。",
)
def adjusted(tables: Tables) -> Iterator[Finding]:
    """Adjusted R² that no usual number of parameters gives.

    Programs differ in which effects they count. The paper is read in the way that fits most of its
    columns; where several ways fit as many, a column fails only if it fails in each.
    """
    implied: dict[tuple[str, str, str], Interval] = {}
    failed: list[tuple[Column, Interval, list[float], bool]] = []
    for column in tables.columns:
        k = tables.implied_parameters(column)
        if k is None or not tables.least_squares(column) or _above(column):
            continue
        slopes = len(column.slopes)
        if not k.has_whole() or k.high < max(slopes, 1):
            failed.append((column, k, [float(slopes + 1)], True))
            continue
        implied[column.key] = k
    readings = [_read(tables, implied, counted) for counted in COUNTED]
    least = min(len(wrong) for wrong, _ in readings)
    best = [wrong for wrong, _ in readings if len(wrong) == least]
    checked = [c for c in tables.columns if c.key in readings[0][1]]
    failed += [
        (column, implied[column.key], *best[0][column.key])
        for column in checked
        if all(column.key in wrong for wrong in best)
    ]
    unsure = [f for f in failed if not f[3]]
    # What is only assumed of the columns must hold for nearly all of them to speak against one.
    trusted = len(unsure) <= 1 or len(unsure) <= 0.2 * len(checked)
    for column, k, options, sure in failed:
        if not sure and not (trusted and len(checked) >= 4):
            continue
        shown = sorted({round(o) for o in options})
        listed = show(Interval(shown[0], shown[-1]))
        listed_zh = show_zh(Interval(shown[0], shown[-1]))
        assert column.r2 is not None and column.r2_adj is not None and column.n_obs is not None
        yield Finding(
            "fit.adjusted", Severity.CONTRADICTION if sure else Severity.UNLIKELY,
            tuple(column.cell(what) for what in FIT),
            f"{column.name}: R² of {column.r2.text}, adjusted R² of {column.r2_adj.text} and "
            f"{column.n_obs.text} rows imply {show(k, 4)} parameters; the column has {listed}.",
            f"{column.name_zh}：由R² {column.r2.text}、调整R² {column.r2_adj.text}和"
            f"{column.n_obs.text}个观测值可推知{show_zh(k, 4)}个参数，而该列有{listed_zh}个。",
            {"parameters": k},
        )  # fmt: skip


def _above(column: Column) -> bool:
    return (
        column.r2 is not None
        and column.r2_adj is not None
        and column.r2_adj.interval.low > column.r2.interval.high
    )


# Which effects a program counts among the parameters.
COUNTED = ((True, True), (False, False), (True, False), (False, True))
_Key = tuple[str, str, str]


def _read(
    tables: Tables, implied: Mapping[_Key, Interval], counted: tuple[bool, bool]
) -> tuple[dict[_Key, tuple[list[float], bool]], set[_Key]]:
    """Columns whose parameters are not among those possible in one reading, and those checked."""
    wrong, checked = {}, set()
    for column in tables.columns:
        if column.key not in implied:
            continue
        options, sure = parameters(tables, column, *counted)
        if options:
            checked.add(column.key)
            if not any(value in implied[column.key] for value in options):
                wrong[column.key] = (options, sure)
    return wrong, checked


def parameters(
    tables: Tables, column: Column, unit: bool = True, time: bool = True
) -> tuple[list[float], bool]:
    """Numbers of parameters that a column may have, and whether they are sure.

    unit, time: whether unit and time effects count. Nothing where it is not known how many.
    """
    hidden, sure = tables.hidden(column)
    # Effects stand for the constant; without them a column may have none.
    constants = (1,) if column.constant or column.unit_effects or column.time_effects else (1, 0)
    plain = [float(len(column.slopes) + m + constant) for m in hidden for constant in constants]
    if not column.unit_effects and not column.time_effects:
        # Without a word on effects there may be some.
        said = column.unit_effects is False or column.time_effects is False
        return plain, sure and said
    periods, units, shape = tables.periods, tables.units(column), tables.shape(column)
    if column.time_effects and shape is not None:
        periods = shape.periods
    if column.unit_effects and units is None:
        if tables.most_units is None or periods is None or column.n_obs is None:
            return [], False
        least = max(2, math.ceil(column.n_obs.value / periods))
        if least > tables.most_units:
            # More rows than the panel has: another rule says so.
            return [], False
        units = Interval(least, tables.most_units)
    if column.time_effects and periods is None:
        return [], False
    found = {
        value
        + (effects_of(column, n, 1) if unit else 0)
        + (effects_of(column, 1, periods or 1) if time else 0)
        for n in ([1] if units is None else units.whole())
        for value in plain
    }
    return sorted(found), False


@rule("fit.nested", "R² does not fall when a regressor is added.", "加入解释变量后R²不会下降。")
def nested(tables: Tables) -> Iterator[Finding]:
    """Nested columns whose R² run the wrong way."""
    for large in tables.columns:
        small = _more_with_less(tables, large)
        if small is None or small.r2 is None or large.r2 is None:
            continue
        same = small.table_number == large.table_number
        sure = same and tables.hidden(small)[1] and tables.hidden(large)[1]
        yield Finding(
            "fit.nested", Severity.CONTRADICTION if sure else Severity.UNLIKELY,
            (large.cell("r2"), small.cell("r2"), large.cell("n_obs"), small.cell("n_obs")),
            f"{large.name} has all regressors of {small.name} and more, on as many rows, yet its "
            f"R² is lower: {large.r2.text} against {small.r2.text}.",
            f"{large.name_zh}包含{small.name_zh}的全部解释变量并有增加，观测值数相同，R²却更低："
            f"{large.r2.text}对{small.r2.text}。",
            {"r2": large.r2.interval, "r2 with fewer": small.r2.interval},
        )  # fmt: skip


def _more_with_less(tables: Tables, large: Column) -> Column | None:
    """A column with some of the regressors of `large` and a higher R²."""
    terms, _ = tables.full_terms(large)
    if large.r2 is None or len(terms) != 1 or not tables.least_squares(large):
        return None
    first: set[frozenset[str]] = set()
    for small in tables.columns:
        fewer, _ = tables.full_terms(small)
        if (
            small.r2 is not None
            and len(fewer) == 1
            and fewer[0] < terms[0]
            and same_name(small.outcome) == same_name(large.outcome)
            and small.panel == large.panel
            and tables.same_sample(small, large)
            and tables.least_squares(small)
            and (small.table_number == large.table_number or not other_data(tables, small, large))
        ):
            # Of another table only the first of its regressors: later ones may be other data.
            elsewhere = small.table_number != large.table_number and fewer[0] in first
            first.add(fewer[0])
            if not elsewhere and small.r2.interval.low > large.r2.interval.high:
                return small
    return None


@rule(
    "fit.simple",
    "With one regressor R² is the square of coefficient times s.d. over s.d.",
    "只有一个解释变量时，R²等于（系数×标准差之比）的平方。",
)
def simple(tables: Tables) -> Iterator[Finding]:
    """R² of columns with one regressor against the descriptive statistics."""
    for column in tables.columns:
        if column.unit_effects or column.time_effects or not alone(tables, column):
            continue
        [only] = column.slopes
        y, x = tables.paper.described(column.outcome), tables.paper.described(only.term)
        if y is None or x is None or column.r2 is None or only.estimate is None:
            continue
        if y.std_dev is None or x.std_dev is None or y.std_dev.interval.low <= 0:
            continue
        rows = {n.value for n in (y.n_obs, x.n_obs, column.n_obs) if n is not None}
        if len(rows) != 1 or column.n_obs is None:
            continue
        implied = (only.estimate.interval * x.std_dev.interval / y.std_dev.interval).square()
        if implied.meets(column.r2.interval):
            continue
        hidden, sure = tables.hidden(column)
        yield Finding(
            "fit.simple", Severity.CONTRADICTION if sure and hidden == [0] else Severity.UNLIKELY,
            (column.cell("r2"), column.cell("estimate", only.term), y.cell("std_dev"),
             x.cell("std_dev")),
            f"{column.name}: the coefficient of {only.term} and the standard deviations imply an "
            f"R² of {show(implied)}; printed is {column.r2.text}.",
            f"{column.name_zh}：由{only.term}的系数和标准差可推知R²为{show_zh(implied)}，所印为"
            f"{column.r2.text}。",
            {"r2 implied": implied, "r2": column.r2.interval},
        )  # fmt: skip


@rule(
    "fit.units",
    "The number of units that adjusted R² implies fits the rows.",
    "调整R²所隐含的个体数与观测值数相符。",
)
def units(tables: Tables) -> Iterator[Finding | Implied]:
    """How many units a column has; columns that have lost rows but no units."""
    periods, most = tables.periods, tables.most_units
    yield from _shapes(tables)
    for column in tables.columns:
        n, found = column.n_obs, tables.units(column)
        if n is None or not column.unit_effects:
            continue
        cells = tuple(column.cell(what) for what in ("n_obs", "r2_adj", "r2"))
        if periods and most and n.interval.low > most * periods:
            yield Finding(
                "fit.units", Severity.UNLIKELY, (column.cell("n_obs"),),
                f"{column.name}: {n.text} rows are more than the {most:,} units by {periods} "
                f"periods of the panel, {most * periods:,}.",
                f"{column.name_zh}：观测值{n.text}多于面板的{most:,}个个体×{periods}期"
                f"（{most * periods:,}）。",
                {"rows": n.interval},
            )  # fmt: skip
            continue
        if found is None or periods is None or tables.shape(column) is not None:
            continue
        if found.low * periods > n.value and most is not None:
            matched = tables.is_matched(column)
            yield Finding(
                "fit.units", Severity.UNCLEAR, cells,
                f"{column.name}: {n.text} rows keep {show(found)} of {most:,} units, fewer than "
                f"{periods} rows a unit" + (
                    ": the matching was on rows, not on units." if matched
                    else "; which rows are gone is not said."
                ),
                f"{column.name_zh}：{n.text}个观测值保留了{most:,}个个体中的{show_zh(found)}个，"
                f"每个个体不足{periods}期" + (
                    "：匹配按行而非按个体进行。" if matched else "；未说明缺少哪些行。"
                ),
                {"units": found},
            )  # fmt: skip


def _shapes(tables: Tables) -> Iterator[Implied]:
    """The balanced panels that columns have, one sentence for all columns of one."""
    alike: dict[Shape, list[Column]] = {}
    for column in tables.columns:
        if column.unit_effects and (shape := tables.shape(column)) is not None:
            alike.setdefault(shape, []).append(column)
    for shape, columns in alike.items():
        first, others = columns[0], len(columns) - 1
        rows = f"{shape.units * shape.periods:,}"
        more = f" and {others} more" if others else ""
        more_zh = f"等{others + 1}列" if others else ""
        yield Implied(
            "fit.units", tuple(c.cell("n_obs") for c in columns),
            f"{first.name}{more}: {rows} rows are {shape.units:,} units in "
            f"{shape.periods} periods.",
            f"{first.name_zh}{more_zh}：{rows}个观测值为{shape.units:,}个个体×{shape.periods}期。",
            {"units": Interval.exact(shape.units), "periods": Interval.exact(shape.periods)},
        )  # fmt: skip
