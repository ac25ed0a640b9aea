"""The comparisons behind a coefficient add up to it, or say why they do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from nqp.analyses.regressions import regressions
from nqp.analyses.treatment_effects import treatment_effects
from nqp.analyses.two_way_decompositions import ALL, two_way_decompositions
from samples_for_tests import SPEC, Request, frame, samples_of

STUDIES = frame({"study": "s", "policy": "bdpz"})
CODES = [f"11{u:04d}" for u in range(30)]
FIRST = {CODES[u]: 2014 + 3 * (u % 3) for u in range(30) if u % 3} | {CODES[0]: 2015}
BASE = SPEC | {"spec_id": "s.base", "controls": None}


def panel_of_30() -> pd.DataFrame:
    random = np.random.default_rng(8)
    unit, year = np.repeat(np.arange(30), 12), np.tile(np.arange(2010, 2022), 30)
    start = np.array([FIRST.get(CODES[u], 9999) for u in unit])
    panel = pd.DataFrame({"region_code": np.array(CODES)[unit], "year": year})
    panel["bdpz"] = (year >= start) * 1.0
    panel["x"] = random.normal(size=len(panel))
    panel["y"] = panel["bdpz"] * (year - start) + random.normal(size=30)[unit]
    panel["y"] += random.normal(size=len(panel))
    return panel


def decomposed(panel: pd.DataFrame, first: dict[str, int] = FIRST, **changed: Any) -> pd.DataFrame:
    samples = samples_of(Request("s.base"), panel=panel, first=first)
    return two_way_decompositions(samples, frame(BASE | changed), STUDIES)


def test_the_comparisons_add_up_to_the_two_way_coefficient() -> None:
    panel = panel_of_30()
    table = decomposed(panel)
    total = table[table["comparison"] == ALL].iloc[0]
    parts = table[table["comparison"] != ALL]
    assert parts["weight"].sum() == pytest.approx(1)
    assert (parts["weight"] * parts["estimate"]).sum() == pytest.approx(total["estimate"])
    samples = samples_of(Request("s.base"), panel=panel, first=FIRST)
    fitted = regressions(samples, frame(BASE), STUDIES).set_index("term")["estimate"]["bdpz"]
    assert total["estimate"] == pytest.approx(fitted, rel=1e-10)
    # Three cohorts: each against never treated, and the pairs in both orders.
    assert len(parts) == 3 + 6
    assert parts["control_cohort"].isna().sum() == 3
    assert 0 < total["share_negative"] < 1
    assert total["sum_negative"] < 0


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"controls": "x"}, "comparisons of groups add up to a coefficient without controls"),
        ({}, "comparisons of groups need a balanced panel: region_code 110029 lacks a year"),
    ],
)
def test_what_does_not_add_up_says_why_and_keeps_the_shares(
    changed: dict[str, Any], reason: str
) -> None:
    panel = panel_of_30()
    [line] = decomposed(panel if changed else panel[:-1], **changed).to_dict("records")
    assert (line["comparison"], line["status"], line["reason"]) == (ALL, "not estimable", reason)
    assert pd.isna(line["estimate"])
    assert 0 < line["share_negative"] < 1


def test_a_policy_that_begins_once_mixes_nothing() -> None:
    panel = panel_of_30()
    first = dict.fromkeys(FIRST, 2016)
    panel["bdpz"] = (panel["region_code"].isin(list(first)) & (panel["year"] >= 2016)) * 1.0
    assert decomposed(panel, first).empty


def test_synthetic_did_stands_beside_the_other_estimators() -> None:
    """Of a policy that begins once it is the only one; with two years before it says why not."""
    panel = panel_of_30()
    samples = samples_of(Request("s.base"), panel=panel, first=FIRST)
    table = treatment_effects(samples, frame(BASE), STUDIES)
    assert set(table["method"]) == {"callaway_santanna", "imputation", "synthetic_did"}
    own = table[table["method"] == "synthetic_did"]
    assert own["status"].eq("estimated").all()
    assert own["cohort"].dropna().tolist() == [2015, 2017, 2020]
    simple = own[own["aggregation"] == "simple"].iloc[0]
    imputed = table[(table["method"] == "imputation") & (table["aggregation"] == "simple")].iloc[0]
    assert simple["estimate"] == pytest.approx(imputed["estimate"], abs=0.5)

    late = panel[panel["year"] >= 2013]
    first = dict.fromkeys([CODES[u] for u in range(1, 30, 3)], 2015)
    late = late.assign(bdpz=(late["region_code"].isin(list(first)) & (late["year"] >= 2015)) * 1.0)
    samples = samples_of(Request("s.base"), panel=late, first=first)
    [line] = treatment_effects(samples, frame(BASE), STUDIES).to_dict("records")
    assert (line["method"], line["status"]) == ("synthetic_did", "not estimable")
    assert line["reason"].startswith("too few periods before the treatment: 2 before 2015")
