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

from nqp.simulate.calibrate import (
    CalibrationError,
    Condition,
    dummies_least_squares,
    functional,
    match_moments,
    nearest,
    nearest_levels,
    rescaled,
    root,
    standardise,
    within,
)
from nqp.simulate.definitions import Definitions, Floats, Spec, formula_values, index
from nqp.simulate.grid import Grid, latent, lay_out
from nqp.simulate.models import ECONOMY, MODELS, Driver, Mediator, Model
from nqp.simulate.raw_series import all_series

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


def unit_sizes(model: Model, grid: Grid) -> Floats:
    """(units, 1): how large a unit is, standardised; everything else loads on it."""
    codes = grid.sample["region_code"].to_numpy()[:: grid.shape[1]]
    economy = standardise(np.log([[ECONOMY.get(code[:2], 1.0)] for code in codes]))
    return standardise(
        model.economy * economy + grid.by_group(model.stature) + model.luck * grid.unit_draw("size")
    )


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
