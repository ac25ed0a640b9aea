"""A curve is the same regressions that a list of specifications would ask for one by one."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nqp.analyses import curves
from nqp.analyses.curves import specification_curve
from nqp.analyses.regressions import regressions
from samples_for_tests import SPEC, Request, frame, samples_of

STUDIES = frame({"study": "s", "policy": "bdpz"})
CODES = [f"{11 + u // 4}{u:04d}" for u in range(24)]
FIRST = dict.fromkeys(CODES[::3], 2017)
ZONE = {code: "north" if u % 2 else "south" for u, code in enumerate(CODES)}
GROUPS = {
    "zone": ZONE,
    "province_code": {code: f"{code[:2]}0000" for code in CODES},
}
BASE = SPEC | {"spec_id": "s.base", "controls": "x + w"}
CURVE = {
    "curve_id": "s.curve", "study": "s", "base_spec": "s.base", "outcomes": None, "windows": None,
    "leave_out": None, "clusters": None,
}  # fmt: skip


def panel_of_24() -> pd.DataFrame:
    random = np.random.default_rng(3)
    unit, year = np.repeat(np.arange(24), 7), np.tile(np.arange(2013, 2020), 24)
    panel = pd.DataFrame({"region_code": np.array(CODES)[unit], "year": year})
    panel["bdpz"] = ((unit % 3 == 0) & (year >= 2017)) * 1.0
    panel["other"] = ((unit % 5 == 0) & (year >= 2015)) * 1.0
    panel["third"] = ((unit % 7 == 0) & (year >= 2016)) * 1.0
    for name in ("x", "w", "z"):
        panel[name] = random.normal(size=len(panel)) + 0.3 * panel["bdpz"]
    panel["base"] = random.normal(size=24)[unit]
    panel["y"] = panel["bdpz"] + panel["x"] + 0.2 * unit * (year - 2013) + random.normal(size=168)
    return panel


def curve_of(base: dict[str, Any] = BASE, **asked: Any) -> pd.DataFrame:
    samples = samples_of(Request("s.base"), panel=panel_of_24(), first=FIRST, groupings=GROUPS)
    return specification_curve(samples, frame(CURVE | asked), frame(base), STUDIES)


def one_by_one(**changed: Any) -> pd.Series[Any]:
    """The effect in a specification that differs from the base one."""
    rows = panel_of_24()
    first = changed.pop("rows", lambda panel: panel)
    samples = samples_of(Request("s.base"), panel=first(rows), first=FIRST, groupings=GROUPS)
    table = regressions(samples, frame(BASE | changed), STUDIES)
    assert table["status"].eq("estimated").all(), table["reason"].iloc[0]
    return table[table["term"] == "bdpz"].iloc[0]


def picked(
    curve: pd.DataFrame, method: str = "cr1 by region_code", **chosen: str
) -> pd.Series[Any]:
    """The one estimate that has these choices and else those of the base specification."""
    own = json.loads(curve.loc[curve["is_headline"], "choices"].iloc[0])
    [found] = [
        line
        for _, line in curve[curve["method"] == method].iterrows()
        if json.loads(line["choices"]) == own | chosen
    ]
    return found


CHOICES: dict[str, tuple[dict[str, Any], dict[str, str], dict[str, Any]]] = {
    "another outcome": ({"outcomes": "z"}, {"outcome": "z"}, {"outcome": "z"}),
    "a year left out": (
        {"leave_out_years": "2015 + 2018"}, {"year_left_out": "2018"},
        {"rows": lambda panel: panel[panel["year"] != 2018]},
    ),
    "a window": (
        {"windows": "2014-2018"}, {"window": "2014-2018"},
        {"rows": lambda panel: panel[panel["year"].between(2014, 2018)]},
    ),
    "a province apart": (
        {"leave_out": "province_code=130000 + zone=north"}, {"left_out": "province_code=130000"},
        {"rows": lambda panel: panel[panel["region_code"].str[:2] != "13"]},
    ),
    "another policy": (
        {"policies": "other + third"}, {"policies": "third"}, {"controls": "x + w + third"},
    ),
    "all other policies": (
        {"policies": "other + third"}, {"policies": "other + third"},
        {"controls": "x + w + other + third"},
    ),
    "a control by year": (
        {"controls_by_year": "base"}, {"controls_by_year": "base"}, {"controls_by_year": "base"},
    ),
    "years of zones": (
        {"group_year_effects": "zone"}, {"group_year_effects": "zone"},
        {"group_year_effects": "zone"},
    ),
    "trends of provinces": (
        {"group_trends": "province_code + region_code"}, {"group_trends": "province_code"},
        {"group_trends": "province_code"},
    ),
    "trends of units": (
        {"group_trends": "province_code + region_code"}, {"group_trends": "region_code"},
        {"group_trends": "region_code"},
    ),
    "from the following year": (
        {"coding_rules": "following_year"}, {"coding_rule": "following_year"},
        {"coding_rule": "following_year"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("named", CHOICES)
def test_a_choice_is_the_specification_that_has_it(named: str) -> None:
    asked, chosen, changed = CHOICES[named]
    curve = curve_of(**asked)
    found, expected = picked(curve, **chosen), one_by_one(**changed)
    assert found["estimate"] == pytest.approx(expected["estimate"], rel=1e-8)
    assert found["std_error"] == pytest.approx(expected["std_error"], rel=1e-8)
    headline = picked(curve)
    assert headline["estimate"] == pytest.approx(one_by_one()["estimate"], rel=1e-9)
    assert found["estimate"] != pytest.approx(headline["estimate"], rel=1e-6)


WINSORISED = {"winsor_lower": 0.1, "winsor_upper": 0.8}


@pytest.mark.parametrize("by", [None, "year"])
@pytest.mark.parametrize("named", CHOICES)
def test_a_curve_winsorises_each_choice_as_its_base_specification_is(
    named: str, by: str | None
) -> None:
    """On the rows of the choice: outcome, controls and controls by year, but no policy."""
    asked, chosen, changed = CHOICES[named]
    how = WINSORISED | {"winsor_by": by}
    curve = curve_of(BASE | how, **asked)
    for some in ("x + w", "w", ""):
        # Controls that a choice adds beside the policy are its own.
        own = changed.get("controls", "").removeprefix("x + w")
        controls = f"{some}{own}".removeprefix(" + ") or None
        expected = one_by_one(**(how | changed | {"controls": controls}))
        found = picked(curve, **(chosen | {"controls": some}))
        for name in ("estimate", "std_error", "p_value"):
            assert found[name] == pytest.approx(expected[name], rel=1e-8)
    plain = picked(curve_of(**asked), **chosen)
    assert found["estimate"] != pytest.approx(plain["estimate"], rel=1e-3)


def test_each_clustering_is_a_method() -> None:
    curve = curve_of(clusters="province_code + region_code & year")
    assert set(curve["method"]) == {
        "cr1 by region_code", "cr1 by province_code", "cr1 by region_code & year",
        "cr2 by assignment",
    }  # fmt: skip
    found = picked(curve, "cr1 by region_code & year")
    expected = one_by_one(second_cluster="year")
    assert found["std_error"] == pytest.approx(expected["std_error"], rel=1e-8)
    assert found["p_value"] == pytest.approx(expected["p_value"], rel=1e-8)


def test_all_combinations_are_made_and_the_base_specification_comes_first() -> None:
    """Four sets of controls, two windows, two rules, two clusterings and CR2."""
    curve = curve_of(windows="2014-2019", coding_rules="following_year", clusters="province_code")
    assert len(curve) == 4 * 2 * 2 * 3
    assert curve["is_headline"].tolist() == [True, *[False] * 47]
    assert not curve.duplicated(["choices", "method"]).any()
    controls = {json.loads(choices)["controls"] for choices in curve["choices"]}
    assert controls == {"x + w", "x", "w", ""}


def test_choices_that_leave_nothing_have_no_estimate() -> None:
    curve = curve_of(windows="2013-2016")
    before = curve[[json.loads(line)["window"] == "2013-2016" for line in curve["choices"]]]
    assert len(before) == 4 * 2
    assert before["estimate"].isna().all()
    assert curve["status"].eq("estimated").all()


def test_more_estimates_than_anybody_reads_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "MOST_ESTIMATES", 11)
    [line] = curve_of(clusters="province_code").to_dict("records")
    assert line["status"] == "not estimable"
    assert line["reason"].startswith("the choices make 12 estimates, and at most 11 are made")
