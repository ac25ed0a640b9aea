"""Which rows an analysis reads: as stored, or as the condition of its sample picks them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from nqp.analyses.samples import KEYS, WEIGHT
from nqp.econometrics.panels import NotEstimable
from samples_for_tests import (
    NORTH,
    SOUTH,
    UNITS,
    WITHOUT_X,
    YEARS,
    A,
    B,
    C,
    D,
    E,
    Request,
    complete,
    samples_of,
    small_panel,
)

EVERY_ROW = {(unit, year) for unit in UNITS for year in YEARS}
COLUMNS = [
    *KEYS, "y", "x", WEIGHT, "province_code", "parent_code", "assignment_cluster",
    "other_assignment_cluster", "first_treated_year",
]  # fmt: skip


def keys(rows: pd.DataFrame) -> list[tuple[str, int]]:
    return list(rows[KEYS].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("true", EVERY_ROW),
        (complete("y", "x"), EVERY_ROW - WITHOUT_X),
        (NORTH, {(unit, year) for unit in (A, B, C) for year in YEARS}),
        (f"{SOUTH} and year <= 2015", {(unit, year) for unit in (D, E) for year in (2014, 2015)}),
        (f"{complete('x')} and year >= 2018", {(unit, 2018) for unit in (A, B, C, D)}),
        ("year > 2030", set()),
    ],
)
def test_stored_and_picked_rows_are_the_same(where: str, expected: set[tuple[str, int]]) -> None:
    samples = samples_of(
        Request("picked", where), Request("stored", "false", dict.fromkeys(expected, 1.0))
    )
    picked, stored = (samples.rows(name, ("y", "x")) for name in ("picked", "stored"))
    assert keys(picked) == sorted(expected)
    pd.testing.assert_frame_equal(picked, stored)
    assert list(picked) == list(stored) == COLUMNS
    assert (picked[WEIGHT] == 1).all()


def test_rows_have_the_values_of_the_panel_and_of_the_units() -> None:
    found = samples_of(Request("s.c1")).rows("s.c1", ("x", "y", "x"))
    assert list(found) == [*KEYS, "x", "y", *COLUMNS[4:]]
    panel = small_panel()
    for name in ("x", "y"):
        np.testing.assert_array_equal(found[name], panel[name])
    assert found["province_code"].tolist() == [unit for unit in UNITS for _ in YEARS]
    assert found["parent_code"].tolist() == found["region_code"].tolist()
    assert found["assignment_cluster"].tolist() == found["region_code"].tolist()
    started = found.dropna(subset=["first_treated_year"])
    assert set(zip(started["region_code"], started["first_treated_year"], strict=True)) == {
        (A, 2016), (B, 2016),
    }  # fmt: skip


def test_an_infinite_value_is_none() -> None:
    panel = small_panel()
    panel.loc[[0, 1], "y"] = [math.inf, -math.inf]
    found = samples_of(Request("s.c1", complete("y")), panel=panel).rows("s.c1", ("y",))
    assert keys(found) == sorted(EVERY_ROW - {(A, 2014), (A, 2015)})


def test_weights_come_with_the_rows_that_a_sample_uses_and_no_others() -> None:
    weights = {(A, 2015): 2.5, (D, 2014): 0.5, (C, 2018): 1.0}
    samples = samples_of(
        Request("s.c1", weights=weights),
        Request("s.c2", weights={(E, 2014): 7.0}),
        Request("s.c3", sample_id="s.c1"),
        Request("s.c4", f"{SOUTH} and year = 2014"),
    )
    for spec_id in ("s.c1", "s.c3"):
        found = samples.rows(spec_id, ("y",))
        assert dict(zip(keys(found), found[WEIGHT], strict=True)) == weights
    assert keys(samples.rows("s.c2", ("y",))) == [(E, 2014)]
    # One that is not stored is picked, whatever others have.
    assert keys(samples.rows("s.c4", ("y",))) == [(D, 2014), (E, 2014)]


def test_the_condition_picks_while_the_rows_used_are_not_known() -> None:
    request = Request("s.c1", f"{NORTH} and year = 2014", weights={(A, 2014): 2.0})
    found = samples_of(request, members=False).rows("s.c1", ("y",))
    assert keys(found) == [(A, 2014), (B, 2014), (C, 2014)]
    assert (found[WEIGHT] == 1).all()


def test_a_sample_that_cannot_be_drawn_says_why() -> None:
    reason = "gap: the profile has no data for a, b; hole: the profile has no data for c"
    samples = samples_of(Request("s.c1", "gap is not null", reason=reason), Request("s.c2"))
    with pytest.raises(NotEstimable) as caught:
        samples.rows("s.c1", ("y", "gap"))
    assert str(caught.value) == reason
    assert len(samples.rows("s.c2", ("y",))) == 25


@pytest.mark.parametrize(
    ("last", "started"), [(2015, set()), (2016, {A}), (2017, {A, B}), (2018, {A, B, C})]
)
def test_units_treated_after_the_last_year_of_the_rows_are_untreated(
    last: int, started: set[str]
) -> None:
    first = {A: 2016, B: 2017, C: 2018, D: 2030}
    rows = {(unit, year): 1.0 for unit in UNITS for year in YEARS if year <= last}
    samples = samples_of(
        Request("picked", f"year <= {last}"), Request("stored", weights=rows), first=first
    )
    for spec_id in ("picked", "stored"):
        found = samples.rows(spec_id, ("y",)).dropna(subset=["first_treated_year"])
        assert dict(zip(found["region_code"], found["first_treated_year"], strict=True)) == {
            unit: first[unit] for unit in started
        }


def test_each_study_has_its_own_panel_and_its_own_units() -> None:
    samples = samples_of(Request("t.c1", study="t"), Request("s.c1"))
    found = samples.rows("t.c1", ("only",))
    assert keys(found) == [(A, 2014)]
    assert (found["only"][0], found["first_treated_year"][0]) == (1, 2000)
    assert len(samples.rows("s.c1", ("y",))) == 25


def test_a_sample_that_begins_before_its_study_is_picked_out_of_the_longer_panel() -> None:
    where = "year >= 2013 and year <= 2014"
    longer = Request("s.c2", where, earlier=True)
    samples = samples_of(Request("s.c1", where), longer)
    assert keys(samples.rows("s.c1", ("y",))) == [(unit, 2014) for unit in UNITS]
    found = samples.rows("s.c2", ("y",))
    assert keys(found) == [(unit, year) for unit in UNITS for year in (2013, 2014)]
    # The longer panel of these tests has the figures of 2018 in 2013.
    panel = small_panel().set_index(["region_code", "year"])["y"]
    assert found["y"].tolist() == [panel[unit, year] for unit in UNITS for year in (2018, 2014)]


def test_ids_may_hold_what_sql_quotes() -> None:
    name = 's.o\'c1 "x" 数'
    samples = samples_of(Request(name, weights={(B, 2016): 1.0}), Request("s.c1"))
    assert keys(samples.rows(name, ("y",))) == [(B, 2016)]
