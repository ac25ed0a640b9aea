"""Every set of controls and every clustering at once is each of them by itself."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nqp.econometrics.cluster_design import cluster_design
from nqp.econometrics.cluster_inference import cr2_test
from nqp.econometrics.group_trends import with_group_trends
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import RegressionSpec, fit
from nqp.econometrics.specification_curves import by_controls_and_clusters
from panels_for_tests import CITY, close, make_panel

SETS = [(), ("gdp",), ("fin",), ("gdp", "fin")]
CLUSTERINGS: list[tuple[str, ...]] = [
    (), ("region_code",), ("province_code",), ("region_code", "year"),
]  # fmt: skip


def formed(form: str) -> tuple[pd.DataFrame, RegressionSpec]:
    """A panel with gaps, and a specification of this form on it."""
    panel = make_panel(40, 7, missing=0.1)
    panel["zone"] = panel["province_code"].str[1].astype(int) % 3
    if form == "trends":
        return with_group_trends(panel, CITY, "zone")
    changes: dict[str, dict[str, Any]] = {
        "groups": {"group_periods": "zone"}, "pooled": {"unit_effects": False},
    }  # fmt: skip
    return panel, replace(CITY, **changes.get(form, {}))


@pytest.mark.parametrize("form", ["plain", "groups", "trends"])
def test_each_estimate_is_that_of_its_own_fit(form: str) -> None:
    panel, spec = formed(form)
    found = by_controls_and_clusters(panel, spec, SETS, CLUSTERINGS)
    asked = list(itertools.product(SETS, CLUSTERINGS))
    assert list(zip(found["controls"], found["clusters"], strict=True)) == asked
    for (controls, clusters), line in zip(asked, found.to_dict("records"), strict=True):
        cluster: dict[str, Any] = dict(zip(("cluster", "second_cluster"), clusters, strict=False))
        own = replace(spec, controls=controls, vcov="clustered" if clusters else "conventional",
                      **({"cluster": None} | cluster))  # fmt: skip
        table = fit(panel, own).coefficients.set_index("term").loc["bdpz"]
        for name in ("estimate", "std_error", "p_value"):
            close(line[name], table[name], rel=1e-8)
        assert line["n_obs"] == len(panel)


@pytest.mark.parametrize("form", ["plain", "groups", "trends", "pooled"])
def test_each_cr2_test_is_that_of_its_own_design(form: str) -> None:
    panel, spec = formed(form)
    found = by_controls_and_clusters(panel, spec, SETS, CLUSTERINGS, cr2_by="province_code")
    by_cr2 = found[found["method"] == "cr2"]
    assert by_cr2["controls"].tolist() == SETS
    for line in by_cr2.to_dict("records"):
        own = replace(spec, controls=line["controls"])
        tested = cr2_test(cluster_design(panel, own, "province_code"), "bdpz")
        for name in ("estimate", "std_error", "p_value", "conf_low", "conf_high"):
            close(line[name], tested[name], rel=1e-8)


def test_cr2_needs_clusters_that_hold_units() -> None:
    panel = make_panel(30, 5)
    panel["nation"] = "CN"
    for cluster in ("year", "nation"):
        found = by_controls_and_clusters(panel, CITY, [()], [()], cr2_by=cluster)
        [_, line] = found.to_dict("records")
        assert np.isfinite(line["estimate"]) and np.isnan(line["std_error"])


def test_a_control_that_takes_the_treatment_leaves_no_estimate() -> None:
    panel = make_panel(30, 5).assign(twin=lambda p: 2 * p["bdpz"])
    spec = replace(CITY, controls=("twin",))
    with_twin, alone = by_controls_and_clusters(
        panel, spec, [("twin",), ()], [("region_code",)]
    ).to_dict("records")
    assert np.isnan(with_twin["estimate"])
    assert np.isnan(with_twin["p_value"])
    close(alone["estimate"], fit(panel, replace(CITY, controls=())).coefficients["estimate"][0])


def test_clusters_that_some_rows_lack_give_no_standard_error() -> None:
    panel = make_panel(30, 5)
    panel["parent_code"] = panel["province_code"].where(panel["province_code"] != "110000")
    [line] = by_controls_and_clusters(panel, CITY, [()], [("parent_code",)]).to_dict("records")
    assert np.isfinite(line["estimate"])
    assert np.isnan(line["std_error"])


def test_a_single_cluster_is_told() -> None:
    panel = make_panel(30, 5).assign(nation="CN")
    with pytest.raises(NotEstimable, match="only one cluster: nation"):
        by_controls_and_clusters(panel, CITY, [()], [("nation",)])
