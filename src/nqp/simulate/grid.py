"""A study's sample laid out as units by years, its random streams, and quantities drawn on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nqp.simulate.calibrate import autoregressive, match_moments, standardise, stream
from nqp.simulate.definitions import Definitions, Floats
from nqp.simulate.models import Driver


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
