"""nqp.analyses.mediations by hand, and on the numbers the two papers print."""

from __future__ import annotations

import math
from typing import Any

import duckdb
import pandas as pd
import pytest

from definitions_for_tests import definitions
from nqp.analyses.mediations import COLUMNS, mediation, put_together
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
    "indirect_effect": 12, "share_mediated": 0.6, "sobel_std_error": 5, "sobel_z": 2.4,
    "sobel_p": 0.0163951, "n_obs": 8,
}  # fmt: skip


def test_mediation_by_hand() -> None:
    table = mediation(samples_of(OWN, panel=panel_of_eight()), frame(MEDIATION), STEPS, STUDIES)
    assert list(table) == ["mediation_id", *COLUMNS, "status", "reason"]
    [row] = table.to_dict("records")
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
    [row] = mediation(samples, frame(MEDIATION), STEPS, STUDIES).to_dict("records")
    assert {name: row[name] for name in BY_HAND} == pytest.approx(BY_HAND, abs=5e-8)
    assert row["identity_gap"] == pytest.approx(0, abs=1e-12)


def test_a_suppressed_effect_has_a_negative_share() -> None:
    """With a = -6 the total is 8 - 12 = -4, of which -12 is three times as much, ..."""
    samples = samples_of(OWN, panel=panel_of_eight(a=-6.0))
    [row] = mediation(samples, frame(MEDIATION), STEPS, STUDIES).to_dict("records")
    found = [row[name] for name in ("total_effect", "direct_effect", "indirect_effect")]
    assert found == pytest.approx([-4, 8, -12])
    assert row["share_mediated"] == pytest.approx(3)
    assert row["sobel_z"] == pytest.approx(-2.4)
    assert row["sobel_p"] == pytest.approx(0.0163951, abs=5e-8)
    # ... and with a = -2 it is 4, against which the channel works.
    samples = samples_of(OWN, panel=panel_of_eight(a=-2.0))
    [row] = mediation(samples, frame(MEDIATION), STEPS, STUDIES).to_dict("records")
    assert (row["total_effect"], row["share_mediated"]) == pytest.approx((4, -1))


def test_steps_with_other_controls_leave_a_gap() -> None:
    panel = panel_of_eight().assign(x=[0.0, 1, 3, 0, 2, 2, 5, 1])
    steps = STEPS.assign(controls=["", "", "x"])
    samples = samples_of(OWN, panel=panel)
    [row] = mediation(samples, frame(MEDIATION), steps, STUDIES).to_dict("records")
    assert abs(row["identity_gap"]) > 0.01
    assert row["identity_gap"] == pytest.approx(
        row["total_effect"] - row["direct_effect"] - row["indirect_effect"]
    )


def test_a_mediation_without_a_sample_leaves_the_others() -> None:
    reason = "N: the profile has no data for a, b"
    other = MEDIATION | {"mediation_id": "s.m.N", "mediator": "N"}
    samples = samples_of(OWN, Request("s.m.N", reason=reason), panel=panel_of_eight())
    table = mediation(samples, frame(other, MEDIATION), STEPS, STUDIES)
    assert table["mediation_id"].tolist() == ["s.m.M", "s.m.N"]
    assert table["status"].tolist() == ["estimated", "not estimable"]
    assert table["reason"][1] == reason
    assert table.loc[1, list(COLUMNS)].isna().all()


def test_an_empty_sample_is_not_estimable() -> None:
    empty = Request("s.m.M", "year > 2030")
    samples = samples_of(empty, panel=panel_of_eight())
    table = mediation(samples, frame(MEDIATION), STEPS, STUDIES)
    assert table["reason"].tolist() == ["no complete rows: the sample is empty"]
    assert {str(kind) for kind in duckdb.from_df(table).types} == {"VARCHAR"}


def test_no_specification_gives_an_empty_table() -> None:
    specs = pd.DataFrame(columns=list(MEDIATION))
    table = mediation(samples_of(OWN, panel=panel_of_eight()), specs, STEPS, STUDIES)
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
