"""Seeded stand-in statistics: the papers' moments and effects, in the sources' own shapes.

The data are made, not measured. Means and standard deviations are those the papers print, effects
are planted, and what every specification finds without disturbance is known: ``truth.csv``.

The constants in ``models.py`` were settled with seed 20160225. On its files every pilot and
mediator coefficient lies within two standard errors of its truth. Another seed is as good a draw,
but the province study has 28 units and some two dozen targets: about a third of seeds raise
CalibrationError, and of the others many have a coefficient further off than that.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nqp.simulate import files, sources
from nqp.simulate.calibrate import CalibrationError
from nqp.simulate.definitions import Definitions, load
from nqp.simulate.generate import Simulation, simulate
from nqp.simulate.models import MODELS

SEED = 20160225

__all__ = [
    "SEED",
    "CalibrationError",
    "Definitions",
    "load",
    "panel",
    "series",
    "simulate",
    "write",
]


def write(project: Path, out_dir: Path, seed: int = SEED) -> None:
    """Write the raw files, ``manifest.csv`` and ``truth.csv`` into ``out_dir``.

    Raises CalibrationError when the seed's draws cannot meet the targets, ValueError when the
    definitions need a series that nothing simulates or no file holds.
    """
    definitions = load(project)
    made = [simulate(study, definitions, seed) for study in MODELS]
    rows = sources.manifest()
    _require_files(made, rows)
    out_dir.mkdir(parents=True, exist_ok=True)
    files.write_files(rows, made, definitions, out_dir, seed)
    files.write_manifest(rows, out_dir)
    truth = pd.concat([simulation.truth for simulation in made], ignore_index=True)
    truth.to_csv(out_dir / "truth.csv", index=False, float_format="%.10g", lineterminator="\n")


def panel(study: str, project: Path, seed: int = SEED) -> pd.DataFrame:
    """The study's panel as the warehouse derives it, with ``<outcome>_signal`` columns.

    One row per unit and year: region_code, year, groupings, bdpz, nqp, mediators and controls,
    and for nqp and each mediator the value without its disturbance.
    """
    return simulate(study, load(project), seed).panel


def series(study: str, project: Path, seed: int = SEED) -> pd.DataFrame:
    """series_id, region_code, year, value in the units of series.csv; missing cells are absent."""
    return simulate(study, load(project), seed).series


def _require_files(made: list[Simulation], rows: list[sources.Row]) -> None:
    placed = {(row.level, row.series_id) for row in rows if row.priority == 1}
    for simulation in made:
        for series_id in simulation.series["series_id"].unique():
            if (simulation.level, series_id) not in placed:
                raise ValueError(
                    f"no file holds the series {series_id} of study {simulation.study}: add its "
                    "row in nqp/simulate/sources.py."
                )
