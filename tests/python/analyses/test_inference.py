"""nqp.analyses.inference: which methods test a policy, by which clusters and assignments."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nqp.analyses.inference import OTHER, inference
from nqp.analyses.samples import Samples
from nqp.econometrics.cluster_inference import cluster_inference
from nqp.econometrics.regression import RegressionSpec, fit
from samples_for_tests import SPEC, STUDIES, asked_by, frame, samples_of

# Nine regions of two units; the first two treated as a whole, and one unit of the third by itself.
UNITS = [f"{10 + region}0{unit}00" for region in range(9) for unit in range(2)]
ALONE = UNITS[5]
TREATED = dict.fromkeys([*UNITS[:4], ALONE], 2016)
REGIONS = {unit: f"{unit[:2]}0000" for unit in UNITS}
WITH_IT_APART = REGIONS | {ALONE: ALONE}
OWN = SPEC | {"controls": None}
BY_ASSIGNMENT = ["cr1", "cr2", "cr3", "wcr_rademacher", "wcr_webb", "ri_b", "ri_t"]


def panel() -> pd.DataFrame:
    random = np.random.default_rng(8)
    rows = [
        (unit, year, float(year >= TREATED.get(unit, 9999)), random.normal())
        for unit in UNITS
        for year in range(2014, 2018)
    ]
    return pd.DataFrame(rows, columns=["region_code", "year", "bdpz", "y"])


def samples(**more: Any) -> Samples:
    return samples_of(asked_by(OWN), panel=panel(), first=TREATED, **more)


def results(given: Samples, **spec: Any) -> pd.DataFrame:
    table = inference(given, frame(OWN | spec), STUDIES, draws=99, seed=5)
    assert set(table["status"]) == {"estimated"}
    return table[table["left_out"].isna()]


@pytest.mark.parametrize("apart", [True, False])
def test_a_unit_assigned_alone_is_shown_both_ways(apart: bool) -> None:
    """As the study groups it under `assignment`, and the other way beside it."""
    declared, other = (WITH_IT_APART, REGIONS) if apart else (REGIONS, WITH_IT_APART)
    table = results(samples(clusters=declared, others=other))
    assert table["method"].tolist() == ["conventional", "cr1", *BY_ASSIGNMENT, *BY_ASSIGNMENT]
    clusters = ["", "unit", *["assignment"] * 7, *[OTHER] * 7]
    assert table["cluster"].fillna("").tolist() == clusters
    spec = RegressionSpec("y", ("bdpz",), (), True, True, "clustered", "own", "mean")
    for kind, grouping in (("assignment", declared), (OTHER, other)):
        rows = panel()
        rows["own"] = rows["region_code"].map(grouping)
        found = table[table["cluster"] == kind].set_index("method")
        n = 10 if ALONE in grouping.values() else 9
        assert set(found["n_clusters"]) == {n} and set(found["n_treated_clusters"]) == {3}
        by_itself = cluster_inference(rows, spec, "own").table.set_index("method")
        for method in ("cr1", "cr2", "cr3"):
            for name in ("std_error", "df", "p_value"):
                assert found[name][method] == pytest.approx(by_itself[name][method], rel=1e-12)
    # Three of nine regions, or three of ten with the unit by itself: all are made.
    draws = table[table["method"] == "ri_t"].set_index("cluster")["draws"]
    assert draws["assignment"] == (120 if apart else 84)
    assert draws[OTHER] == (84 if apart else 120)


def test_one_way_of_grouping_is_shown_once() -> None:
    """Also where labels differ: what counts is which rows are together."""
    renamed = {unit: f"x{region}" for unit, region in REGIONS.items()}
    table = results(samples(clusters=REGIONS, others=renamed))
    assert table["method"].tolist() == ["conventional", "cr1", *BY_ASSIGNMENT]


def test_strata_and_every_assignment_follow_the_specification() -> None:
    """One of four regions in the north and two of five in the south: by a loop over all."""
    south = {"110000", "120000", "140000", "150000", "160000"}
    groups = {unit: "south" if region in south else "north" for unit, region in REGIONS.items()}
    table = results(samples(clusters=REGIONS, groups=groups), strata="g", enumerate=True)
    found = table.set_index("method").loc["ri_b"]
    rows, spec = (
        panel(),
        RegressionSpec("y", ("bdpz",), (), True, True, "conventional", None, "mean"),
    )
    names = sorted(set(REGIONS.values()))
    null = []
    for drawn in combinations(names, 3):
        if len(south & set(drawn)) != 2:
            continue
        treated = {
            unit for unit in UNITS
            # The third region keeps its pattern, one unit of two.
            if REGIONS[unit] in drawn and unit != UNITS[4]
        }  # fmt: skip
        zone = rows["region_code"].isin(treated) & (rows["year"] >= 2016)
        null.append(fit(rows.assign(bdpz=zone.astype(float)), spec).coefficients["estimate"][0])
    actual = fit(rows, spec).coefficients["estimate"][0]
    assert found["draws"] == len(null) == 4 * 10
    assert found["p_value"] == np.mean(np.abs(null) >= abs(actual) * (1 - 1e-9))
