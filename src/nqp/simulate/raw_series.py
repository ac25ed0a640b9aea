"""From the outcome and the variables back to the statistics they are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqp.simulate.calibrate import fit_index
from nqp.simulate.definitions import Definitions, Floats, formula_values, terms
from nqp.simulate.grid import Grid, base
from nqp.simulate.models import SERIES_DECIMALS, UNIT_DECIMALS, Indicator, Model

GAP_SHARE = 0.007


def all_series(
    model: Model, grid: Grid, size: Floats, frame: pd.DataFrame, definitions: Definitions
) -> pd.DataFrame:
    """Every series the study needs, one column each, aligned with ``frame``; gaps are NaN."""
    values = {item.name: base(item, grid, size).ravel() for item in model.bases}
    table = definitions["series"]
    digits = Digits(dict(zip(table["series_id"], table["unit"], strict=True)))
    known, parts = BASES[model.study](values, frame, digits)

    rows = definitions.of("indicators", model.study)
    given = [
        set(terms(row["numerator"]) + terms(row["denominator"])) <= set(known)
        for row in rows.to_dict("records")
    ]
    fixed = formula_values(rows[given], "indicator_id", pd.DataFrame(known))
    indicators = indicator_values(model, grid, frame, rows, fixed, known)

    targets = pd.concat([indicators, frame], axis=1)
    variables = definitions.of("variables", model.study)
    formulas = [
        Formula(row[id_column], row["numerator"], row["denominator"], row["scale"],
                row["transform"])
        for id_column, table in (("variable_id", variables), ("indicator_id", rows))
        for _, row in table.iterrows()
    ]  # fmt: skip
    complete(known, formulas, targets, parts, digits)
    needed = definitions.needed_series(model.study)
    missing = [name for name in needed if name not in known]
    if missing:
        raise ValueError(
            f"nothing simulates the series {', '.join(missing)} of study {model.study}: add an "
            "Indicator, a Driver or a Mediator for the formula that needs it."
        )
    # The primary sector comes along wherever the other two do, so that sectors add up to GDP.
    wide = pd.DataFrame({name: known[name] for name in dict.fromkeys([*needed, "primary_va"])})
    extremes = indicators.eq(indicators.min()) | indicators.eq(indicators.max())
    for name in model.gaps:
        using = [
            row["indicator_id"]
            for row in rows.to_dict("records")
            if name in terms(row["numerator"])
        ]
        hidden = gap_cells(grid, name, extremes[using].any(axis=1).to_numpy())
        wide.loc[hidden, name] = np.nan
    return wide


def indicator_values(
    model: Model,
    grid: Grid,
    frame: pd.DataFrame,
    rows: pd.DataFrame,
    fixed: pd.DataFrame,
    known: dict[str, Floats],
) -> pd.DataFrame:
    """Raw indicators, one column each, whose index is the outcome in every row.

    fixed: indicators that follow from the known series and are taken as they are.
    """
    logs = {
        "level": np.log(frame["nqp"].to_numpy()),
        "population": np.log(known["population"]),
        "income": np.log(known["gdp"] / known["population"]),
    }
    items = {item.indicator_id: item for item in model.indicators}
    signs = dict(zip(rows["indicator_id"], rows["sign"].astype(float), strict=True))
    unknown = [name for name in signs if name not in items and name not in fixed]
    if unknown:
        raise ValueError(f"no Indicator models {', '.join(unknown)} of study {model.study}.")

    drafts = fixed.assign(
        **{name: draft_indicator(item, grid, logs) for name, item in items.items()}
    )[list(signs)]
    oriented = drafts * pd.Series(signs)
    adjustable = np.array([name not in fixed for name in signs])
    fitted = fit_index(frame["nqp"].to_numpy(), oriented.to_numpy(dtype=float), adjustable)
    raw = fixed.copy()
    for j, (name, sign) in enumerate(signs.items()):
        if name in items:
            share = fitted[:, j] if sign > 0 else 1 - fitted[:, j]
            raw[name] = items[name].low + share * (items[name].high - items[name].low)
    return raw[list(signs)]


def draft_indicator(item: Indicator, grid: Grid, logs: dict[str, Floats]) -> Floats:
    """An indicator's pattern over units and years; its range comes later."""
    pull = {"level": item.level, "population": item.population, "income": item.income}
    pattern = (
        sum((pull[name] * (value - value.mean()) for name, value in logs.items()), np.zeros(1))
        + (
            item.trend * grid.elapsed
            + item.unit * grid.unit_draw(item.indicator_id)
            + item.own * grid.year_draw(item.indicator_id)
        ).ravel()
    )
    draft: Floats = np.exp(pattern) if item.shape == "lognormal" else pattern
    return draft


def decimals(series_id: str, unit: str) -> int:
    """How many decimals a series is printed with, in the unit of series.csv."""
    return SERIES_DECIMALS.get(series_id, UNIT_DECIMALS[unit])


@dataclass(frozen=True, eq=False)
class Digits:
    """Rounds series to the decimals their publications print."""

    units: dict[str, str]

    def __call__(self, series_id: str, values: Floats) -> Floats:
        return np.round(values, decimals(series_id, self.units[series_id]))


def city_bases(
    values: dict[str, Floats], frame: pd.DataFrame, digits: Digits
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Series that denominators need, and the shares that split sums: city study."""
    population = digits("population", values["population"])
    gdp = digits("gdp", np.exp(frame["LnGDP"].to_numpy()) * population / 1e4)
    primary = digits("primary_va", values["primary_share"] * gdp)
    secondary = digits("secondary_va", (gdp - primary) / (1 + frame["Str"].to_numpy()))
    known = {"population": population} | sectors(gdp, primary, secondary, digits)
    return known, {"science_expenditure": values["science_part"]}


def province_bases(
    values: dict[str, Floats], frame: pd.DataFrame, digits: Digits
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Series that denominators need, and the shares that split sums: province study."""
    population = digits("population", values["population"])
    gdp = digits("gdp", values["income"] * population)
    primary = digits("primary_va", values["primary_share"] * gdp)
    secondary = digits("secondary_va", values["secondary_part"] * (gdp - primary))
    known = {"population": population} | sectors(gdp, primary, secondary, digits)
    known["fiscal_expenditure"] = digits("fiscal_expenditure", values["fiscal_share"] * gdp)
    known["solid_waste_generated"] = digits("solid_waste_generated", values["solid_waste"])
    return known, {"deposits": values["deposit_part"]}


BASES = {"city": city_bases, "province": province_bases}


def sectors(gdp: Floats, primary: Floats, secondary: Floats, digits: Digits) -> dict[str, Floats]:
    """GDP and its three sectors, which add up to the last digit printed."""
    return {
        "gdp": gdp,
        "primary_va": primary,
        "secondary_va": secondary,
        "tertiary_va": digits("tertiary_va", gdp - primary - secondary),
    }


@dataclass(frozen=True)
class Formula:
    """A definition to be read backwards: the series that give ``target`` its value."""

    target: str
    numerator: str
    denominator: str
    scale: str
    transform: str


def complete(
    known: dict[str, Floats],
    formulas: list[Formula],
    targets: pd.DataFrame,
    parts: dict[str, Floats],
    digits: Digits,
) -> None:
    """Add to ``known`` every series that a formula gives once its denominator is known.

    The numerator is what makes the formula equal its target; where it is a sum, ``parts`` holds
    the share of the first summand.
    """
    left = list(formulas)
    while ready := [formula for formula in left if set(terms(formula.denominator)) <= set(known)]:
        for formula in ready:
            left.remove(formula)
            first, *others = terms(formula.numerator)
            if {first, *others} <= set(known):
                continue
            total = invert(targets[formula.target].to_numpy(), formula.transform)
            total = total / float(formula.scale)
            for name in terms(formula.denominator):
                total = total * known[name]
            share = parts[first] if others else np.ones(len(total))
            known[first] = np.maximum(digits(first, total * share), 0.0)
            for name in others:
                known[name] = np.maximum(digits(name, total - known[first]), 0.0)


def invert(values: Floats, transform: str) -> Floats:
    """Undo a transform of the definitions: level, ln or ln1p."""
    undone: Floats = {"level": np.positive, "ln": np.exp, "ln1p": np.expm1}[transform](values)
    return undone


def gap_cells(grid: Grid, name: str, keep: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Rows to leave blank: interior years only, never an indicator's smallest or largest."""
    n_units, n_years = grid.shape
    interior = np.tile((np.arange(n_years) > 0) & (np.arange(n_years) < n_years - 1), n_units)
    candidates = np.flatnonzero(interior & ~keep)
    count = max(2, round(GAP_SHARE * n_units * n_years))
    order = grid.rng(name, "gaps").permutation(len(candidates))
    return np.sort(candidates[order[:count]])
