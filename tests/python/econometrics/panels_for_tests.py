"""Panels and specifications that several tests share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from nqp.econometrics.regression import RegressionSpec

CITY = RegressionSpec(
    outcome="nqp",
    treatment=("bdpz",),
    controls=("gdp", "fin"),
    unit_effects=True,
    time_effects=True,
    vcov="clustered",
    cluster="region_code",
    constant="mean",
)
PROVINCE = replace(CITY, vcov="conventional", cluster=None, constant="base")
NO_EFFECTS: dict[str, Any] = {"unit_effects": False, "time_effects": False}


def make_panel(n_units: int = 60, n_years: int = 9, missing: float = 0.0) -> pd.DataFrame:
    """Units in provinces of five, a third treated from the third year, errors that persist."""
    rng = np.random.default_rng([n_units, n_years])
    unit = np.repeat(np.arange(n_units), n_years)
    year = np.tile(np.arange(n_years), n_units)
    province = unit // 5
    level = rng.normal(size=n_units)[unit] + 0.3 * rng.normal(size=n_years)[year]
    shock = rng.normal(size=(n_units // 5 + 1, n_years))[province, year]
    bdpz = ((unit % 3 == 0) & (year >= 2)).astype(float)
    gdp = 10 + level + 0.2 * bdpz + rng.normal(size=len(unit))
    fin = np.exp(0.3 * level + 0.4 * rng.normal(size=len(unit)))
    noise = rng.normal(size=n_units)[unit] * (year - year.mean()) + rng.normal(size=len(unit))
    panel = pd.DataFrame(
        {
            "region_code": [f"{11 + p}{u:04d}" for p, u in zip(province, unit, strict=True)],
            "province_code": [f"{11 + p}0000" for p in province],
            "year": 2014 + year,
            "nqp": 0.5 * bdpz + 0.2 * gdp - 0.1 * fin + level + shock + noise,
            "bdpz": bdpz,
            "gdp": gdp,
            "fin": fin,
        }
    )
    kept = rng.random(len(panel)) >= missing
    if missing:
        kept[:n_years] = year[:n_years] == 4  # the first unit is seen once
    return panel[kept].reset_index(drop=True)


def close(actual: Any, expected: Any, rel: float = 1e-8, absolute: float = 0.0) -> None:
    np.testing.assert_allclose(np.asarray(actual), np.asarray(expected), rtol=rel, atol=absolute)


def hand_panel() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "region_code": list("AABBCC"),
            "year": [1, 2, 1, 2, 1, 2],
            "bdpz": [0, 1, 0, 0, 0, 0],
            "nqp": [1, 4, 2, 4, 3, 3],
        }
    )
