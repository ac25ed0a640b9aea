"""Two panels that look like the papers' data, with planted effects of known size.

The outcome is a sum of unit effects, year effects, planted effects, controls, mediators and a
disturbance. Its noise-free part is nudged, as little as possible, until the specifications in
``Model.targets`` have those coefficients on it. Indicators are then built so that their
entropy-weighted index is the outcome, and series so that their ratios are the indicators.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqp.simulate.calibrate import (
    CalibrationError,
    Condition,
    autoregressive,
    dummies_least_squares,
    fit_index,
    functional,
    match_moments,
    nearest,
    nearest_levels,
    rescaled,
    root,
    standardise,
    stream,
    within,
)
from nqp.simulate.definitions import Definitions, Floats, Spec, formula_values, index, terms
from nqp.simulate.models import (
    ECONOMY,
    MODELS,
    SERIES_DECIMALS,
    UNIT_DECIMALS,
    Driver,
    Indicator,
    Mediator,
    Model,
)

GAP_SHARE = 0.007
KEYS = ["region_code", "year"]


@dataclass(frozen=True, eq=False)
class Simulation:
    """One study's data before they are written to files.

    series: series_id, region_code, year, value in the units of series.csv; missing cells absent.
    panel: one row per unit and year: region_code, year, groupings, bdpz, nqp and the variables as
        the warehouse derives them from the series; for every outcome a noise-free
        ``<outcome>_signal``.
    truth: spec_id, term, truth: every specification's coefficients on its noise-free outcome.
    """

    study: str
    level: str
    series: pd.DataFrame
    panel: pd.DataFrame
    truth: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Grid:
    """A study's sample, and its random streams. Arrays are (units, years) or (units, 1)."""

    study: str
    seed: int
    sample: pd.DataFrame
    years: Floats
    pilot: Floats

    @property
    def shape(self) -> tuple[int, int]:
        return self.years.shape[0], self.years.shape[1]

    @property
    def elapsed(self) -> Floats:
        """Time from -1/2 in the first year to 1/2 in the last."""
        centred: Floats = (self.years - self.years.mean()) / np.ptp(self.years)
        return centred

    @property
    def treated(self) -> Floats:
        ever: Floats = self.pilot.max(axis=1, keepdims=True)
        return ever

    def rng(self, *names: str) -> np.random.Generator:
        return stream(self.seed, self.study, *names)

    def unit_draw(self, name: str) -> Floats:
        return standardise(self.rng(name, "unit").standard_normal((self.shape[0], 1)))

    def year_draw(self, name: str, rho: float = 0.6) -> Floats:
        return autoregressive(self.rng(name, "year"), *self.shape, rho)

    def by_group(self, values: dict[str, float]) -> Floats:
        """(units, 1): the values of all groups a unit belongs to, added up."""
        groups = self.sample.iloc[:: self.shape[1]]
        total = np.zeros((len(groups), 1))
        for group, value in values.items():
            total[:, 0] += value * (groups == group).any(axis=1).to_numpy()
        return total


def simulate(study: str, definitions: Definitions, seed: int) -> Simulation:
    """Draw, calibrate and derive one study. The same seed gives the same cells everywhere.

    Raises CalibrationError when the seed's draws cannot meet the targets, and ValueError when the
    definitions need a series, variable or indicator for which there is no model.
    """
    if study not in MODELS:
        raise ValueError(f"no simulation model for study {study!r}; there is {', '.join(MODELS)}.")
    model = MODELS[study]
    grid = lay_out(study, definitions, seed)
    size = unit_sizes(model, grid)
    frame = grid.sample.assign(
        **{item.name: control(item, grid, size).ravel() for item in model.controls}
    )
    specs = definitions.specs(study)
    for item in model.mediators:
        frame = frame.assign(**mediator(item, model, grid, size, frame, specs))
    frame = frame.assign(**outcome(model, grid, size, frame, specs))

    wide = all_series(model, grid, size, frame, definitions)
    panel = derive(study, wide, frame, definitions)
    truth = pd.DataFrame(
        [
            (spec.spec_id, term, value)
            for spec in specs
            for term, value in zip(
                spec.terms,
                dummies_least_squares(panel, spec, panel[f"{spec.outcome}_signal"].to_numpy()),
                strict=True,
            )
        ],
        columns=["spec_id", "term", "truth"],
    )
    series = frame[KEYS].join(wide).melt(KEYS, var_name="series_id").dropna(ignore_index=True)
    series = series[["series_id", *KEYS, "value"]]
    return Simulation(study, definitions.study(study)["level"], series, panel, truth)


def lay_out(study: str, definitions: Definitions, seed: int) -> Grid:
    sample = definitions.sample(study)
    years = sample["year"].nunique()
    return Grid(
        study,
        seed,
        sample,
        sample["year"].to_numpy(dtype=float).reshape(-1, years),
        sample["bdpz"].to_numpy(dtype=float).reshape(-1, years),
    )


def unit_sizes(model: Model, grid: Grid) -> Floats:
    """(units, 1): how large a unit is, standardised; everything else loads on it."""
    codes = grid.sample["region_code"].to_numpy()[:: grid.shape[1]]
    economy = standardise(np.log([[ECONOMY.get(code[:2], 1.0)] for code in codes]))
    return standardise(
        model.economy * economy + grid.by_group(model.stature) + model.luck * grid.unit_draw("size")
    )


def latent(item: Driver, grid: Grid, size: Floats) -> Floats:
    """(units, years): the sum of the forces that move a quantity."""
    rest = np.sqrt(max(0.05, 1 - item.size**2 - item.trend**2 / 12 - item.own**2))
    sum_of_forces: Floats = (
        item.size * size
        + item.trend * grid.elapsed
        + item.pilot * grid.treated
        + item.own * grid.year_draw(item.name)
        + rest * grid.unit_draw(item.name)
    )
    return sum_of_forces


def base(item: Driver, grid: Grid, size: Floats) -> Floats:
    """(units, years) values with the moments of the item."""
    return match_moments(latent(item, grid, size), item.shape, item.mean, item.sd)


def control(item: Driver, grid: Grid, size: Floats) -> Floats:
    """As ``base``, for what the policy does not move.

    Chance and curvature leave a difference in differences; a step at the policy removes it.
    """
    drawn = latent(item, grid, size)
    contrast = within(grid.pilot.ravel(), grid.shape[1])

    def image(step: float) -> Floats:
        return match_moments(drawn - step * grid.pilot, item.shape, item.mean, item.sd)

    return image(root(lambda step: float(contrast @ image(step).ravel()), -3, 3))


def effect_path(model: Model, grid: Grid) -> Floats:
    """(units, years): 0 before the policy, then growing along the model's path."""
    since = np.cumsum(grid.pilot, axis=1).astype(int) - 1
    steps = np.array([*model.path, 0.0])
    path: Floats = steps[np.clip(since, -1, len(model.path) - 1)]
    return path


def mediator(
    item: Mediator,
    model: Model,
    grid: Grid,
    size: Floats,
    frame: pd.DataFrame,
    specs: list[Spec],
) -> dict[str, Floats]:
    """The mediator and its noise-free ``_signal``; the pilot effect on the latter is exact."""
    spec = next(spec for spec in specs if spec.outcome == item.name)
    planted = [(functional(frame, spec, "bdpz"), item.effect)]
    pattern = item.size * size + item.trend * grid.elapsed + item.unit * grid.unit_draw(item.name)
    reach = 1 + grid.by_group({group: value - 1 for group, value in model.reach.items()})
    effect = item.effect * reach * effect_path(model, grid)
    shock = item.noise * grid.year_draw(f"{item.name} noise").ravel()

    def make(mean: float, sd: float) -> tuple[Floats, Floats]:
        draft = match_moments(pattern, item.shape, mean, sd)
        scale = draft if item.shape == "lognormal" else np.ones_like(draft)
        signal = nearest((draft + effect).ravel(), planted, scale.ravel())
        if item.shape == "lognormal":
            return signal, signal * np.expm1(shock - item.noise**2 / 2)
        return signal, shock

    signal, noise = rescaled(make, item.mean, item.sd)
    return {f"{item.name}_signal": signal, item.name: signal + noise}


def outcome(
    model: Model, grid: Grid, size: Floats, frame: pd.DataFrame, specs: list[Spec]
) -> dict[str, Floats]:
    """The outcome and its noise-free ``nqp_signal``, on which every target holds."""
    by_id = {spec.spec_id: spec for spec in specs}
    conditions: dict[bool, list[Condition]] = {True: [], False: []}
    for (spec_id, term), value in model.targets.items():
        spec = by_id[spec_id]
        conditions[spec.effects].append((functional(frame, spec, term), value))
    conditions[True] += event_study(model, grid, frame, by_id[model.baseline])

    n_years = grid.shape[1]
    level = model.size * size + model.unit * grid.unit_draw("nqp")
    for item in model.controls:
        values = frame[item.name].to_numpy().reshape(grid.shape)
        values = standardise(values if item.shape == "normal" else np.log(values))
        level = level + item.outcome * values.mean(axis=1, keepdims=True)
    slopes = {item.name: item.slope for item in model.mediators} | {
        item.name: model.targets.get((model.baseline, item.name), 0.0) for item in model.controls
    }
    moved = np.zeros(grid.shape)
    for name, slope in slopes.items():
        # Less what the typical unit does: that belongs to the year effects.
        moves = frame[name].to_numpy().reshape(grid.shape)
        moves = moves - moves.mean(axis=1, keepdims=True)
        moved += slope * (moves - np.median(moves, axis=0))
    path = effect_path(model, grid)
    calendar = path.max(axis=0)
    varied = np.exp(0.25 * grid.unit_draw("effect"))
    planted = grid.by_group(model.effects) * varied * path + moved
    growth = (
        model.growth * np.ptp(grid.years) * grid.elapsed + grid.by_group(model.drift) * calendar
    )
    shock = grid.year_draw("nqp noise", model.rho)

    def make(mean: float, sd: float) -> tuple[Floats, Floats]:
        common = model.floor + match_moments(level, "lognormal", mean - model.floor, sd)
        unit = common * (1 + model.pilot * grid.treated)
        draft = unit + common * growth + planted
        scale = np.sqrt(unit) * np.ones(n_years)
        signal = nearest(draft.ravel(), conditions[True], scale.ravel())
        signal = nearest_levels(signal.reshape(grid.shape), conditions[False], unit[:, 0]).ravel()
        noise = model.noise * (unit / model.mean) ** model.power * shock
        return signal, noise.ravel()

    signal, noise = rescaled(make, model.mean, model.sd)
    if (signal + noise).min() < model.floor / 4:
        raise CalibrationError(f"the outcome falls to {(signal + noise).min():.4f}.")
    return {"nqp_signal": signal, "nqp": signal + noise}


def event_study(model: Model, grid: Grid, frame: pd.DataFrame, base: Spec) -> list[Condition]:
    """No leads before the policy, and effects along the path after, except in the last year.

    That last one is what the coefficient of the baseline leaves over.
    """
    calendar = effect_path(model, grid).max(axis=0)
    years = grid.years[0].astype(int)
    reference = years[calendar == 0][-1]
    names = {year: f"event_{year}" for year in years if year != reference}
    dummies = {name: (grid.treated * (grid.years == year)).ravel() for year, name in names.items()}
    spec = replace(base, treatment=tuple(names.values()))
    events = frame.assign(**dummies)
    baseline = model.targets[base.spec_id, "bdpz"]
    return [
        (functional(events, spec, names[year]), baseline * float(size))
        for year, size in zip(years[:-1], calendar[:-1], strict=True)
        if year != reference
    ]


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
        using = [row["indicator_id"] for row in rows.to_dict("records") if name in row["numerator"]]
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


def derive(
    study: str, wide: pd.DataFrame, frame: pd.DataFrame, definitions: Definitions
) -> pd.DataFrame:
    """The panel as the warehouse derives it: interpolation inside gaps, formulas, index."""
    by_unit = wide.groupby(frame["region_code"], sort=False)
    filled = by_unit.transform(lambda x: x.interpolate(limit_area="inside"))
    rows = definitions.of("indicators", study)
    indicators = formula_values(rows, "indicator_id", filled)
    variables = formula_values(definitions.of("variables", study), "variable_id", filled)
    derived = variables.assign(nqp=index(rows, indicators))
    return frame.drop(columns=derived.columns.intersection(frame.columns)).join(derived)
