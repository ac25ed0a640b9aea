"""nqp.analyses.mediations by hand, and on the numbers the two papers print."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from definitions_for_tests import definitions
from nqp.analyses.mediations import COLUMNS, COUNTS, mediation, put_together
from nqp.analyses.samples import Samples
from nqp.econometrics.cluster_design import cluster_design
from nqp.econometrics.regression import RegressionSpec, fit
from nqp.econometrics.wild_bootstrap import wild_bootstrap
from samples_for_tests import SPEC, Request, complete, frame, samples_of

MEDIATION: dict[str, Any] = {
    "mediation_id": "s.m.M", "study": "s", "mediator": "M",
    "total_spec": "c", "mediator_spec": "m", "outcome_spec": "y",
}  # fmt: skip
STUDIES = frame({"study": "t", "policy": "park"}, {"study": "s", "policy": "zone"})
STEP = SPEC | {
    "treatment": "zone", "controls": None, "unit_effects": False, "time_effects": False,
    "vcov": "conventional", "cluster": None,
}  # fmt: skip
STEPS = frame(
    STEP | {"spec_id": "c", "outcome": "y"},
    STEP | {"spec_id": "m", "outcome": "M"},
    STEP | {"spec_id": "y", "outcome": "y", "treatment": "zone + M"},
)
OWN = Request("s.m.M", complete("y", "zone", "M"))


def panel_of_eight(a: float = 6.0) -> pd.DataFrame:
    """Two units outside the zone and two in it, for two years: M = a zone + u, y = 8 zone + 2M + e.

    u is ±√6 and e is ±√7.5, each four times, orthogonal to each other and to the zone.
    """
    rows = []
    for unit, zone, sign in (("110000", 0, 1), ("120000", 0, -1), ("130000", 1, 1),
                             ("140000", 1, -1)):  # fmt: skip
        for year, other in ((2014, 1), (2015, -1)):
            m = a * zone + sign * math.sqrt(6)
            rows.append((unit, year, zone, m, 8 * zone + 2 * m + other * math.sqrt(7.5)))
    return pd.DataFrame(rows, columns=["region_code", "year", "zone", "M", "y"])


# c = 20, c' = 8, a = 6, b = 2. Errors of M are √6 large in eight rows less two parameters, so that
# s_a² = (48 / 6)(1/4 + 1/4) = 4; those of y are √7.5 in eight less three, so that
# s_b² = (60 / 5) / 48 = 1/4. Sobel's s.e. is the hypotenuse of a s_b = 3 and b s_a = 4.
BY_HAND = {
    "total_effect": 20, "direct_effect": 8, "a": 6, "a_std_error": 2, "b": 2, "b_std_error": 0.5,
    "indirect_effect": 12, "sobel_std_error": 5, "sobel_z": 2.4,
    "sobel_p": 0.0163951, "n_obs": 8,
}  # fmt: skip


def mediated(samples: Samples, *specs: dict[str, Any], steps: pd.DataFrame = STEPS) -> pd.DataFrame:
    """All rows of the mediations, with few draws."""
    rows = frame(*(specs or (MEDIATION,)))
    return mediation(samples, rows, steps, STUDIES, draws=999, seed=7)


def wholes(table: pd.DataFrame) -> pd.DataFrame:
    """The row that each mediation has of the whole."""
    return table[table["step"].isna() & table["rho"].isna()].reset_index(drop=True)


def test_mediation_by_hand() -> None:
    table = mediated(samples_of(OWN, panel=panel_of_eight()))
    assert list(table) == ["mediation_id", *COLUMNS, "status", "reason"]
    [row] = wholes(table).to_dict("records")
    assert {name: row[name] for name in BY_HAND} == pytest.approx(BY_HAND, abs=5e-8)
    assert row["identity_gap"] == pytest.approx(0, abs=1e-12)
    assert (row["mediation_id"], row["status"]) == ("s.m.M", "estimated")
    assert pd.isna(row["reason"])


def test_the_three_steps_rest_on_the_rows_that_have_what_all_of_them_need() -> None:
    """Two more units without M, which would shift c: the steps by themselves would take them."""
    more = pd.DataFrame(
        [(unit, year, 1.0, None, 1e3) for unit in ("150000", "160000") for year in (2014, 2015)],
        columns=["region_code", "year", "zone", "M", "y"],
    ).astype({"M": float})
    panel = pd.concat([panel_of_eight(), more], ignore_index=True)
    by_itself = Request("c", complete("y", "zone"))
    samples = samples_of(OWN, by_itself, panel=panel)
    assert len(samples.rows("c", ("y",))) == 12
    [row] = wholes(mediated(samples)).to_dict("records")
    assert {name: row[name] for name in BY_HAND} == pytest.approx(BY_HAND, abs=5e-8)
    assert row["identity_gap"] == pytest.approx(0, abs=1e-12)


def test_a_suppressed_effect_has_a_negative_share() -> None:
    """With a = -6 the total is 8 - 12 = -4, of which -12 is three times as much, ..."""
    found = put_together(total=-4, direct=8, a=(-6, 2), b=(2, 0.5))
    assert (found["indirect_effect"], found["share_mediated"]) == (-12, 3)
    assert found["sobel_z"] == pytest.approx(-2.4)
    assert found["sobel_p"] == pytest.approx(0.0163951, abs=5e-8)
    # ... and with a = -2 it is 4, against which the channel works.
    assert put_together(total=4, direct=8, a=(-2, 2), b=(2, 0.5))["share_mediated"] == -1


# --- at the level of assignment -------------------------------------------------------------------


def panel_of_forty(effect: float) -> pd.DataFrame:
    """Twenty regions of two units; M rises by 1 in ten of them in the second year, y by more."""
    random = np.random.default_rng(3)
    unit, year = np.repeat(np.arange(40), 2), np.tile([2014, 2015], 40)
    zone = ((unit < 20) & (year == 2015)) * 1.0
    shock = np.repeat(random.normal(0, 0.2, 20), 4) * (year == 2015)
    m = zone + shock + random.normal(0, 0.3, 80)
    y = effect * m - 0.5 * zone + random.normal(0, 0.3, 80)
    return pd.DataFrame(
        {"region_code": [f"{10 + u // 2}{u % 2:04d}" for u in unit], "year": year, "zone": zone,
         "M": m, "y": y}
    )  # fmt: skip


WITH_EFFECTS = STEPS.assign(unit_effects=True, time_effects=True)


def by_region(panel: pd.DataFrame) -> Samples:
    regions = {unit: unit[:2] for unit in panel["region_code"]}
    return samples_of(OWN, panel=panel, clusters=regions)


def test_the_steps_are_tested_by_region_and_the_mediator_comes_first() -> None:
    """Each p-value is that of the bootstrap of that regression alone, by region."""
    panel = panel_of_forty(effect=0.3)
    table = mediated(by_region(panel), steps=WITH_EFFECTS)
    steps = table[table["step"].notna()]
    assert steps["assignment_p"].nunique() == 4
    assert steps["step"].tolist() == [1, 2, 3, 4]
    assert steps["spec_id"].tolist() == ["m", "c", "y", "y"]
    assert steps["outcome"].tolist() == ["M", "y", "y", "y"]
    assert steps["term"].tolist() == ["zone", "zone", "zone", "M"]
    rows = panel.assign(region=panel["region_code"].str[:2])
    plain = RegressionSpec("y", ("zone",), (), True, True, "conventional", None, "mean")
    specs = {
        "m": replace(plain, outcome="M"), "c": plain,
        "y": replace(plain, treatment=("zone", "M")),
    }  # fmt: skip
    for row in steps.to_dict("records"):
        own = specs[row["spec_id"]]
        term = fit(rows, own).coefficients.set_index("term").loc[row["term"]]
        for name in ("estimate", "std_error", "p_value"):
            assert row[name] == pytest.approx(term[name], rel=1e-9)
        by_hand = wild_bootstrap(
            cluster_design(rows, own, "region"), row["term"], draws=999, seed=7
        )
        assert row["assignment_p"] == by_hand.p_value
    [whole] = wholes(table).to_dict("records")
    assert whole["joint_p"] == max(whole["assignment_a_p"], whole["assignment_b_p"])
    assert whole["n_clusters"] == 20 and whole["draws"] == 999
    assert whole["boot_low"] < whole["indirect_effect"] < whole["boot_high"]


def test_the_share_of_a_plain_total_effect_is_told() -> None:
    table = mediated(by_region(panel_of_forty(effect=2.0)), steps=WITH_EFFECTS)
    [row] = wholes(table).to_dict("records")
    assert row["assignment_total_p"] < 0.05 and pd.isna(row["share_reason"])
    assert row["share_mediated"] == pytest.approx(row["indirect_effect"] / row["total_effect"])


def test_no_share_is_given_of_a_total_effect_that_could_be_zero() -> None:
    """M raises y by 0.5, which the policy takes away: the channel is plain, and of nothing."""
    table = mediated(by_region(panel_of_forty(effect=0.5)), steps=WITH_EFFECTS)
    [row] = wholes(table).to_dict("records")
    assert row["joint_p"] < 0.05 < row["assignment_total_p"] and pd.isna(row["share_mediated"])
    p = f"{row['assignment_total_p']:.3f}"
    assert row["share_reason"] == f"the total effect is not distinguishable from zero (p = {p})"


def test_a_confounder_without_effect_leaves_the_indirect_effect() -> None:
    table = mediated(by_region(panel_of_forty(effect=1.0)), steps=WITH_EFFECTS)
    [whole] = wholes(table).to_dict("records")
    curve = table[table["rho"].notna()].set_index("rho")["indirect_effect"]
    assert len(curve) == 19 and curve.is_monotonic_decreasing
    assert curve[0.0] == pytest.approx(whole["indirect_effect"], rel=1e-9)
    # It vanishes where the correlation is that of the residuals.
    r = whole["rho_at_zero"]
    assert (curve > 0).eq(curve.index < r).all() and 0.6 < r < 0.9


def test_one_region_alone_leaves_the_mediation_without_a_test() -> None:
    panel = panel_of_eight()
    one = dict.fromkeys(panel["region_code"], "10")
    table = mediated(samples_of(OWN, panel=panel, clusters=one))
    [row] = wholes(table).to_dict("records")
    assert row["status"] == "estimated" and row["sobel_z"] == pytest.approx(2.4)
    assert row["assignment_reason"].startswith("only one cluster: assignment_cluster is 10")
    assert row["share_reason"].startswith("not tested at the level of assignment: only one cluster")
    assert pd.isna(row["share_mediated"]) and pd.isna(row["joint_p"])
    assert table["step"].dropna().tolist() == [1, 2, 3, 4] and table["rho"].isna().all()
    assert table["assignment_p"].isna().all()


def test_steps_with_other_controls_leave_a_gap() -> None:
    panel = panel_of_eight().assign(x=[0.0, 1, 3, 0, 2, 2, 5, 1])
    steps = STEPS.assign(controls=["", "", "x"])
    samples = samples_of(OWN, panel=panel)
    [row] = wholes(mediated(samples, steps=steps)).to_dict("records")
    assert abs(row["identity_gap"]) > 0.01
    assert row["identity_gap"] == pytest.approx(
        row["total_effect"] - row["direct_effect"] - row["indirect_effect"]
    )


def test_a_mediation_without_a_sample_leaves_the_others() -> None:
    reason = "N: the profile has no data for a, b"
    other = MEDIATION | {"mediation_id": "s.m.N", "mediator": "N"}
    samples = samples_of(OWN, Request("s.m.N", reason=reason), panel=panel_of_eight())
    table = wholes(mediated(samples, other, MEDIATION))
    assert table["mediation_id"].tolist() == ["s.m.M", "s.m.N"]
    assert table["status"].tolist() == ["estimated", "not estimable"]
    assert table["reason"][1] == reason
    assert table.loc[1, list(COLUMNS)].isna().all()


def test_an_empty_sample_is_not_estimable() -> None:
    empty = Request("s.m.M", "year > 2030")
    samples = samples_of(empty, panel=panel_of_eight())
    table = mediated(samples)
    assert table["reason"].tolist() == ["no complete rows: the sample is empty"]
    blank = table.drop(columns=list(COUNTS))
    assert {str(kind) for kind in duckdb.from_df(blank).types} == {"VARCHAR"}


def test_no_specification_gives_an_empty_table() -> None:
    specs = pd.DataFrame(columns=list(MEDIATION))
    table = mediation(samples_of(OWN, panel=panel_of_eight()), specs, STEPS, STUDIES, 9, 1)
    assert table.empty
    assert list(table) == ["mediation_id", *COLUMNS, "status", "reason"]


# --- the published numbers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mediation_id", "indirect", "share", "z", "p"),
    [
        ("city.m.Index", 0.00228, "27%", 3.43, 0.001),
        ("city.m.LnGIP", 0.00025, "3%", 1.73, 0.084),
        ("province.m.ln_Labor", 0.00806, "34%", 3.42, 0.001),
        ("province.m.Er", 0.00128, "5%", 1.42, 0.157),
    ],
)
def test_mediation_in_the_published_tables(
    mediation_id: str, indirect: float, share: str, z: float, p: float
) -> None:
    # The fifth, Pati, has b printed as 0.0000.
    [spec] = [
        row
        for row in definitions("mediation_specs").to_dict("records")
        if row["mediation_id"] == mediation_id
    ]
    printed = {
        (row["spec_id"], row["term"]): (float(row["estimate"]), float(row["std_error"]))
        for row in definitions("published_coefficients").to_dict("records")
    }
    found = put_together(
        total=printed[spec["total_spec"], "bdpz"][0],
        direct=printed[spec["outcome_spec"], "bdpz"][0],
        a=printed[spec["mediator_spec"], "bdpz"],
        b=printed[spec["outcome_spec"], spec["mediator"]],
    )
    assert round(found["indirect_effect"], 5) == indirect
    assert f"{found['share_mediated']:.0%}" == share
    assert round(found["sobel_z"], 2) == z
    assert round(found["sobel_p"], 3) == p
    # Each of the three printed effects is up to half a unit of its fourth decimal off, b by as
    # much times a.
    assert abs(found["identity_gap"]) < 0.0001 + 0.00005 * abs(found["a"])
