"""A small data profile of random figures: the whole province study and three cities' LnGDP.

The figures are drawn in the canonical units of the series, so that a test can compute from them
what the warehouse should find, whatever units the files are written in.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from definitions_for_tests import definitions
from nqp.ingest import CORRECTION_COLUMNS, MANIFEST_COLUMNS, WAIVER_COLUMNS

CITIES = {"110000": "北京市", "150600": "鄂尔多斯市", "340400": "淮南市"}
CITY_COLUMNS = ["city", "year", "gdp", "population"]
CONSTANT, WITH_ZEROS = "waste_treatment_rate", "ai_companies"
# What `plant_fault` breaks, and the waivers that accept it.
BROKEN = ("city_gdp_is_in_hundred_million_yuan", "no_figure_is_negative")
WAIVERS = [
    (rule, "region_code=340400 year=2013", "年鉴有误; the yearbook errs", "Li Wei", "2999-12-31")
    for rule in BROKEN
]


@dataclass(frozen=True)
class MiniProfile:
    """Where the files lie (manifest and data in one directory), and the figures in them.

    province, city: a row per region_code and year, a column per series, in canonical units.
    """

    folder: Path
    province: pd.DataFrame
    city: pd.DataFrame


def write_profile(
    folder: Path, *, foreign_units: bool = False, vintage: str = "first", seed: int = 7
) -> MiniProfile:
    """Write data files, a manifest and an empty corrections list into ``folder``.

    foreign_units: write every series in another unit of its dimension where there is one.
    vintage: free text that ends up in intermediate.source_choice, to tell two builds apart.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    province = _province_figures(rng)
    city = pd.DataFrame(
        rng.lognormal(6, 1, (len(CITIES) * 9, 2)),
        columns=CITY_COLUMNS[2:],
        index=_panel_index(list(CITIES), range(2014, 2023)),
    )
    names = definitions("regions").set_index(["level", "region_code"])["name_zh"]
    rows = []
    for level, figures in (("province", province), ("city", city)):
        units = {series: _unit(series, foreign_units) for series in map(str, figures.columns)}
        written = figures * [_factor(series, unit) for series, unit in units.items()]
        written.insert(0, level, [names[level, code] for code, _ in figures.index])
        written.insert(1, "year", figures.index.get_level_values("year"))
        written.to_csv(folder / f"{level}.csv", index=False, encoding="utf-8")
        rows += [
            {
                "source_id": f"{level}_figures", "file": f"{level}.csv", "layout": "long_panel",
                "level": level, "header": "1", "region_key": level, "year_key": "year",
                "item": series, "series_id": series, "unit": unit, "vintage": vintage,
                "priority": "1",
            }
            for series, unit in units.items()
        ]  # fmt: skip
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        manifest = csv.DictWriter(file, MANIFEST_COLUMNS, restval="")
        manifest.writeheader()
        manifest.writerows(rows)
    write_corrections(folder, [])
    return MiniProfile(folder, province, city)


def write_corrections(folder: Path, rows: Sequence[Sequence[str]]) -> None:
    """Write ``corrections.csv``: each row as ``CORRECTION_COLUMNS``."""
    with (folder / "corrections.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([CORRECTION_COLUMNS, *rows])


def plant_fault(folder: Path) -> None:
    """Add a negative GDP in a year before those of the studies: critical, without any effect."""
    with (folder / "city.csv").open("a", encoding="utf-8") as file:
        file.write(f"{CITIES['340400']},2013,-5,\n")


def write_waivers(folder: Path, rows: Sequence[Sequence[str]]) -> None:
    """Write ``waivers.csv``: each row as ``WAIVER_COLUMNS``."""
    with (folder / "waivers.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([WAIVER_COLUMNS, *rows])


def _province_figures(rng: np.random.Generator) -> pd.DataFrame:
    groupings = definitions("groupings")
    roster = groupings.loc[groupings["grouping"] == "province_28", "region_code"].tolist()
    index = _panel_index(roster, range(2012, 2023))
    series = _series_of("province")
    figures = pd.DataFrame(
        rng.lognormal(5, 1, (len(index), len(series))), columns=series, index=index
    )
    sectors = ["primary_va", "secondary_va", "tertiary_va"]
    figures["gdp"] = figures[sectors].sum(axis=1)
    figures[CONSTANT] = 100.0
    figures.loc[rng.random(len(index)) < 0.2, WITH_ZEROS] = 0.0
    return figures


def _series_of(study: str) -> list[str]:
    """Every series that the definitions of a study name."""
    expressions = [
        text
        for name in ("indicators", "variables")
        for frame in [definitions(name)]
        for _, row in frame[frame["study"] == study].iterrows()
        for text in (row["numerator"], row["denominator"])
    ]
    return sorted({term for text in expressions for term in re.findall(r"\w+", text)})


def _panel_index(codes: list[str], years: range) -> pd.MultiIndex:
    return pd.MultiIndex.from_product([codes, years], names=["region_code", "year"])


def _unit(series: str, foreign: bool) -> str:
    """The canonical unit of a series, or another unit of its dimension."""
    canonical = str(definitions("series").set_index("series_id").loc[series, "unit"])
    units = definitions("units").set_index("unit")
    same = units.index[units["dimension"] == units.loc[canonical, "dimension"]]
    others = [str(unit) for unit in same if unit != canonical]
    return others[0] if foreign and others else canonical


def _factor(series: str, unit: str) -> float:
    """What a figure in the canonical unit is multiplied by to be in ``unit``."""
    factors = definitions("units").set_index("unit")["factor"].astype(float)
    return float(factors[_unit(series, foreign=False)] / factors[unit])
