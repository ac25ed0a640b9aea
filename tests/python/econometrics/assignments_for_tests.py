"""Provinces of unequal size, and every way in which their treatment might have been assigned."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product

import numpy as np
import pandas as pd

from nqp.econometrics.panels import Floats


def provinces(seed: int = 0, staggered: bool = False, missing: float = 0.0) -> pd.DataFrame:
    """Seven provinces of 1 to 4 cities; three are treated, one of them in a single city."""
    sizes, rng = (1, 3, 2, 4, 2, 3, 1), np.random.default_rng(seed)
    province = np.repeat(np.arange(7), sizes)
    start = np.full(len(province), 9999)
    start[province == 1] = 2016
    start[province == 3] = 2018 if staggered else 2016
    start[np.flatnonzero(province == 5)[1]] = 2016
    if staggered:
        start[np.flatnonzero(province == 1)[2]] = 2017
    n, years = len(province), np.arange(2014, 2020)
    panel = pd.DataFrame(
        {
            "region_code": np.repeat([f"r{i:02d}" for i in range(n)], len(years)),
            "province_code": np.repeat([f"p{j}" for j in province], len(years)),
            "zone": np.repeat(["east" if j < 4 else "west" for j in province], len(years)),
            "year": np.tile(years, n),
        }
    )
    panel["bdpz"] = (panel["year"] >= np.repeat(start, len(years))).astype(float)
    for name in ("nqp", "gdp", "fin"):
        panel[name] = rng.normal(size=len(panel)) + np.repeat(rng.normal(size=n), len(years))
    panel["w"] = rng.uniform(0.5, 3, len(panel))
    return panel[rng.random(len(panel)) >= missing].reset_index(drop=True)


def assigned(panel: pd.DataFrame, first: dict[str, float]) -> Floats:
    """The treatment if each province begins in that year, by the rule in words."""
    began = panel[panel["bdpz"] == 1].groupby("region_code")["year"].min().to_dict()
    holds = panel.groupby("province_code")["region_code"].unique().to_dict()
    treated = []
    columns = panel[["region_code", "province_code", "year"]]
    for unit, province, year in columns.itertuples(index=False, name=None):
        own = [began[other] for other in holds[province] if other in began]
        delay = began.get(unit, np.inf) - min(own) if own else 0
        treated.append(float(year >= first[province] + delay))
    return np.array(treated)


def listed(panel: pd.DataFrame, strata: str | None) -> Iterator[dict[str, float]]:
    begin = {
        str(province): rows.loc[rows["bdpz"] == 1, "year"].min()
        for province, rows in panel.groupby("province_code")
    }
    begin = {name: np.inf if np.isnan(year) else year for name, year in begin.items()}
    zones = panel[strata] if strata else panel["year"] * 0
    layer = dict(zip(panel["province_code"], zones, strict=True))
    layers = [[name for name in begin if layer[name] == z] for z in dict.fromkeys(layer.values())]
    ways = [sorted(set(permutations([begin[name] for name in names]))) for names in layers]
    for way in product(*ways):
        yield {
            name: year
            for names, years in zip(layers, way, strict=True)
            for name, year in zip(names, years, strict=True)
        }
