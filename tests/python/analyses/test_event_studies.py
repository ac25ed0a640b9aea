"""nqp.analyses.event_studies on a panel small enough to work by hand."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd
import pytest

from nqp.analyses.event_studies import COLUMNS, event_studies
from samples_for_tests import (
    NORTH,
    SPEC,
    YEARS,
    A,
    B,
    C,
    Request,
    asked_by,
    frame,
    samples_of,
    small_panel,
)

EVENTS: dict[str, Any] = {
    "event_study_id": "s.es", "study": "s", "base_spec": "s.t3.c1", "reference": -1,
}  # fmt: skip
BASE = SPEC | {"controls": None}
GAP = "gap: the profile has no data for a, b"


def test_event_studies_rest_on_the_sample_of_their_base() -> None:
    lacking = EVENTS | {"event_study_id": "s.gap", "base_spec": "s.gap"}
    specs = frame(BASE, SPEC | {"spec_id": "s.gap", "controls": "gap"})
    samples = samples_of(asked_by(BASE, NORTH), Request("s.gap", reason=GAP))
    table = event_studies(samples, frame(lacking, EVENTS), specs)
    assert list(table) == ["event_study_id", *COLUMNS, "status", "reason"]
    found = table[table["event_study_id"] == "s.es"].set_index("relative_year")
    assert found.index.tolist() == [-2, -1, 0, 1, 2]
    assert found["calendar_year"].tolist() == [str(year) for year in YEARS]
    assert found["n_obs"].unique().tolist() == [15]
    assert found["leads_test"].unique().tolist() == ["t-test"]
    assert found["is_reference"].tolist() == [False, True, False, False, False]
    assert (found["status"] == "estimated").all()
    # With A and B against C alone, each effect is a difference of differences.
    y = small_panel().pivot(index="region_code", columns="year", values="y")
    gap = y.loc[[A, B]].mean() - y.loc[C]
    assert found["estimate"].to_numpy() == pytest.approx((gap - gap[2015]).to_numpy())
    [row] = table[table["event_study_id"] == "s.gap"].to_dict("records")
    assert (row["status"], row["reason"]) == ("not estimable", GAP)
    assert pd.isna([row[name] for name in COLUMNS]).all()


def test_the_reference_may_be_another_year() -> None:
    events = EVENTS | {"reference": -2}
    table = event_studies(samples_of(asked_by(BASE, NORTH)), frame(events), frame(BASE))
    y = small_panel().pivot(index="region_code", columns="year", values="y")
    gap = y.loc[[A, B]].mean() - y.loc[C]
    assert table["estimate"].to_numpy() == pytest.approx((gap - gap[2014]).to_numpy())


def test_a_unit_treated_after_the_window_is_a_control_in_it() -> None:
    """B, from 2018 on, is untreated until 2017: A stands against B and C."""
    samples = samples_of(asked_by(BASE, f"{NORTH} and year <= 2017"), first={A: 2016, B: 2018})
    table = event_studies(samples, frame(EVENTS), frame(BASE)).set_index("relative_year")
    assert table.index.tolist() == [-2, -1, 0, 1]
    y = small_panel().pivot(index="region_code", columns="year", values="y")
    gap = (y.loc[A] - y.loc[[B, C]].mean()).loc[:2017]
    assert table["estimate"].to_numpy() == pytest.approx((gap - gap[2015]).to_numpy())


def test_no_unit_is_ever_treated() -> None:
    samples = samples_of(asked_by(SPEC), panel=small_panel(first={}), first={})
    table = event_studies(samples, frame(EVENTS), frame(SPEC))
    assert table["reason"].tolist() == ["no region_code of the sample is among the 0 treated"]


def test_columns_without_a_value_are_text() -> None:
    table = event_studies(
        samples_of(Request(SPEC["spec_id"], reason=GAP)), frame(EVENTS), frame(SPEC)
    )
    assert {str(kind) for kind in duckdb.from_df(table).types} == {"VARCHAR"}
    assert table["reason"].tolist() == [GAP]
