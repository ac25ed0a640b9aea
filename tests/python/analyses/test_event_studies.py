"""nqp.analyses.event_studies on a panel small enough to work by hand."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
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


@pytest.mark.parametrize("blank", [None, np.nan, ""])
def test_far_years_may_be_joined_and_a_second_year_left_out(blank: object) -> None:
    """2014 joins 2015, and 2018 joins 2017: effects of 2016 and of what follows."""
    samples = samples_of(asked_by(BASE, NORTH))
    joined = EVENTS | {"window_first": -1.0, "window_last": 1, "second_reference": blank}
    table = event_studies(samples, frame(joined), frame(BASE)).set_index("relative_year")
    assert table["calendar_year"].tolist() == ["≤2015", "2016", "≥2017"]
    y = small_panel().pivot(index="region_code", columns="year", values="y")
    gap = y.loc[[A, B]].mean() - y.loc[C]
    before, later = gap[[2014, 2015]].mean(), gap[[2017, 2018]].mean()
    assert table["estimate"].tolist() == pytest.approx([0, gap[2016] - before, later - before])
    # Two references are one: their mean is what the others are set against.
    both = EVENTS | {"window_first": blank, "window_last": blank, "second_reference": "-2"}
    table = event_studies(samples, frame(both), frame(BASE)).set_index("relative_year")
    assert table.index[table["is_reference"]].tolist() == [-2, -1]
    assert table["estimate"].tolist() == pytest.approx(
        [0, 0, *(gap[year] - before for year in (2016, 2017, 2018))]
    )
    assert table["leads_test"].isna().all()


def test_units_that_are_all_treated_in_the_end_are_told_what_to_name() -> None:
    first = {A: 2016, B: 2017, C: 2018}
    samples = samples_of(asked_by(BASE, NORTH), panel=small_panel(first), first=first)
    table = event_studies(samples, frame(EVENTS), frame(BASE))
    assert table["reason"].tolist() == [
        "every unit is treated in the end, so that unit and year effects leave a straight line in "
        "the relative years undetermined: name a second reference year, such as -4 "
        "(second_reference in event_study_specs.csv)"
    ]


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
