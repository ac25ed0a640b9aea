"""nqp.analyses.matchings on a panel small enough to count by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from nqp.analyses.matchings import (
    BALANCE_COLUMNS,
    COLUMNS,
    SCAN_COLUMNS,
    matched_samples,
    matching_balance,
    matching_scan,
    matching_spec,
)
from nqp.econometrics.matching import MatchingSpec
from samples_for_tests import (
    NORTH,
    UNITS,
    WITHOUT_X,
    YEARS,
    A,
    B,
    Request,
    complete,
    frame,
    requested,
    samples_of,
    small_panel,
)

MATCHING: dict[str, Any] = {
    "matching_id": "s.nearest", "study": "s", "covariates": "x", "method": "nearest",
    "neighbours": 1, "bandwidth": 0.06, "model": "logit", "by_year": False,
    "common_support": False, "ties": False, "direction": "treated", "caliper": np.nan,
    "keep": "rows",
}  # fmt: skip
REQUEST = Request("s.t4.c1", complete("y", "bdpz", "x"), matching="s.nearest")
HOLE = Request("s.t4.c9", reason="hole: no data for c", matching="s.hole")
HOLED = MATCHING | {"matching_id": "s.hole", "covariates": "x + hole"}


def matched(*requests: Request, specs: pd.DataFrame | None = None, **more: Any) -> pd.DataFrame:
    samples = samples_of(*requests, members=False, **more)
    return matched_samples(
        samples, requested(*requests), frame(MATCHING, HOLED) if specs is None else specs
    )


def balanced(*requests: Request, specs: pd.DataFrame) -> pd.DataFrame:
    table = matched(*requests, specs=specs)
    samples = samples_of(*requests, members=False)
    return matching_balance(samples, requested(*requests), specs, table)


def scanned(*requests: Request, specs: pd.DataFrame, **more: Any) -> pd.DataFrame:
    samples = samples_of(*requests, members=False, **more)
    return matching_scan(samples, requested(*requests), specs)


# --- matched rows ---------------------------------------------------------------------------------


def test_a_sample_that_is_matched_has_all_its_rows_or_a_reason() -> None:
    table = matched(HOLE, REQUEST)
    assert list(table) == ["sample_id", *COLUMNS, "status", "reason"]
    found = table[table["sample_id"] == "s.t4.c1"]
    keys = set(zip(found["region_code"], found["year"], strict=True))
    assert keys == {(unit, year) for unit in UNITS for year in YEARS} - WITHOUT_X
    assert len(found) == 19
    assert set(found["matching_id"]) == {"s.nearest"} and set(found["keep"]) == {"rows"}
    # All years of the units that are treated are treated; each has one partner.
    assert set(found.loc[found["treated"] == 1, "region_code"]) == {A, B}
    assert found["propensity_score"].notna().all()
    assert found.loc[found["treated"] == 1, "weight"].tolist() == [1] * 10
    assert found.loc[found["treated"] == 0, "weight"].sum() == 10
    [row] = table[table["sample_id"] == "s.t4.c9"].to_dict("records")
    assert (row["matching_id"], row["status"], row["reason"]) == (
        "s.hole", "not estimable", "hole: no data for c",
    )  # fmt: skip
    assert pd.isna([row[name] for name in COLUMNS if name != "matching_id"]).all()


def test_a_row_without_a_covariate_has_no_score_and_no_weight() -> None:
    found = matched(Request("s.nearest", complete("y"), matching="s.nearest"))
    assert len(found) == 25 and not found.duplicated(["region_code", "year"]).any()
    blank = found[found["propensity_score"].isna()]
    assert set(zip(blank["region_code"], blank["year"], strict=True)) == WITHOUT_X
    assert (blank["weight"] == 0).all() and not blank["on_support"].any()


def test_each_sample_of_a_matching_is_matched_by_itself() -> None:
    """In the north C alone is left to be a partner of A and B."""
    north = Request("s.t4.c2", f"{REQUEST.where} and {NORTH}", matching="s.nearest")
    plain = Request("s.t3.c1", REQUEST.where)
    shared = Request("s.t4.c3", REQUEST.where, sample_id="s.t4.c1", matching="s.nearest")
    table = matched(REQUEST, north, plain, shared)
    assert table.groupby("sample_id").size().to_dict() == {"s.t4.c1": 19, "s.t4.c2": 14}
    alone = matched(REQUEST)
    pd.testing.assert_frame_equal(table[table["sample_id"] == "s.t4.c1"], alone)
    untreated = table[(table["sample_id"] == "s.t4.c2") & (table["treated"] == 0)]
    assert len(untreated) == 4 and untreated["weight"].sum() == 10


def test_units_treated_after_the_window_are_partners_in_it() -> None:
    until = Request("s.t4.c1", f"{REQUEST.where} and year <= 2016", matching="s.nearest")
    found = matched(until, first={A: 2016, B: 2017})
    assert set(found.loc[found["treated"] == 1, "region_code"]) == {A}
    assert B in set(found.loc[found["treated"] == 0, "region_code"])
    before = Request("s.t4.c1", f"{REQUEST.where} and year <= 2015", matching="s.nearest")
    assert matched(before)["reason"].tolist() == ["no score: 0 of 8 complete rows are treated"]


def test_no_unit_is_ever_treated() -> None:
    nobody: dict[str, Any] = {"panel": small_panel(first={}), "first": {}}
    table = matched(REQUEST, **nobody)
    assert table["reason"].tolist() == ["no score: 0 of 19 complete rows are treated"]
    scan = scanned(REQUEST, specs=frame(MATCHING), **nobody).set_index("by_year")["not_matched"]
    assert scan[False].unique().tolist() == ["no score: 0 of 19 complete rows are treated"]
    assert scan[True].unique().tolist() == ["year 2014: no score: 0 of 4 complete rows are treated"]
    samples = samples_of(REQUEST, members=False)
    balance = matching_balance(samples, requested(REQUEST), frame(MATCHING), table)
    assert balance.empty


def test_columns_without_a_value_are_text() -> None:
    for table in (matched(HOLE), matched(Request("s.t3.c1"))):
        assert {str(kind) for kind in duckdb.from_df(table).types} == {"VARCHAR"}
        assert list(table) == ["sample_id", *COLUMNS, "status", "reason"]


def test_a_row_is_read_as_the_specification_of_a_matching() -> None:
    kernel = MATCHING | {
        "covariates": "x + z", "method": "kernel", "by_year": True, "common_support": True,
        "ties": True, "direction": "both", "keep": "weights", "model": "probit",
    }  # fmt: skip
    assert matching_spec(kernel) == MatchingSpec(
        covariates=("x", "z"), method="kernel", neighbours=1, bandwidth=0.06, model="probit",
        by_year=True, common_support=True, ties=True, direction="both", caliper=None,
        keep="weights",
    )  # fmt: skip
    assert matching_spec(MATCHING | {"caliper": "0.05", "neighbours": 4.0}) == MatchingSpec(
        covariates=("x",), neighbours=4, caliper=0.05, bandwidth=0.06, model="logit",
        common_support=False, ties=False, direction="treated",
    )  # fmt: skip


# --- balance --------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep", ["rows", "weights"])
def test_balance_is_that_of_the_rows_as_the_regression_uses_them(keep: str) -> None:
    """After matching an untreated row counts once, or as often as it is a partner."""
    specs = frame(MATCHING | {"keep": keep})
    [line] = balanced(REQUEST, specs=specs).to_dict("records")
    panel = small_panel().dropna(subset=["x"])
    rows = panel.merge(matched(REQUEST, specs=specs), on=["region_code", "year"])
    treated, others = (rows[rows["treated"] == side] for side in (1, 0))
    weight = others["weight"] if keep == "weights" else (others["weight"] > 0) * 1.0
    assert others["weight"].max() > 1 and (others["weight"] == 0).any()
    assert line["mean_treated_before"] == pytest.approx(treated["x"].mean())
    assert line["mean_control_before"] == pytest.approx(others["x"].mean())
    assert line["mean_treated_after"] == pytest.approx(treated["x"].mean())
    assert line["mean_control_after"] == pytest.approx(np.average(others["x"], weights=weight))
    assert (line["sample_id"], line["matching_id"], line["covariate"]) == (
        "s.t4.c1", "s.nearest", "x",
    )  # fmt: skip


def test_balance_is_that_of_each_sample_that_was_matched() -> None:
    north = Request("s.t4.c2", f"{REQUEST.where} and {NORTH}", matching="s.nearest")
    plain = Request("s.t3.c1", REQUEST.where)
    table = balanced(REQUEST, north, plain, HOLE, specs=frame(MATCHING, HOLED))
    assert table["sample_id"].tolist() == ["s.t4.c1", "s.t4.c2"]
    assert table["mean_control_before"].nunique() == 2
    assert list(table) == ["sample_id", *BALANCE_COLUMNS, "status", "reason"]
    assert list(balanced(HOLE, specs=frame(HOLED))) == list(table)


# --- the scan -------------------------------------------------------------------------------------


def test_the_scan_is_made_once_for_each_list_of_covariates() -> None:
    kernel = MATCHING | {"matching_id": "s.kernel", "method": "kernel"}
    by_kernel = Request("s.t4.c2", REQUEST.where, matching="s.kernel")
    later = Request("s.t4.c3", f"{REQUEST.where} and {NORTH}", matching="s.nearest")
    scan = scanned(later, REQUEST, by_kernel, HOLE, specs=frame(MATCHING, kernel, HOLED))
    assert list(scan) == ["matching_id", *SCAN_COLUMNS, "status", "reason"]
    assert set(scan["matching_id"]) == {"s.nearest", "s.hole"}
    tried = scan[scan["matching_id"] == "s.nearest"]
    one = tried[
        (tried["method"] == "nearest") & (tried["neighbours"] == 1) & (tried["model"] == "logit")
        & ~tried["by_year"].astype(bool) & ~tried["common_support"].astype(bool)
        & (tried["ties"] == False) & (tried["direction"] == "treated")  # noqa: E712 - some are blank
    ]  # fmt: skip
    # Among the rows of the first sample that asks for it.
    assert one["row_count"].tolist() == [(matched(REQUEST)["weight"] > 0).sum()]


@pytest.mark.parametrize("estimate", [matched, scanned])
@pytest.mark.parametrize("requests", [[], [HOLE]])
def test_a_table_has_all_its_columns_where_nothing_can_be_matched(
    estimate: Callable[..., pd.DataFrame], requests: list[Request]
) -> None:
    whole = estimate(REQUEST, specs=frame(MATCHING))
    bare = estimate(*requests, specs=frame(HOLED)[: len(requests)])
    assert set(whole["status"]) == {"estimated"}
    assert list(bare) == list(whole)
    assert bare["status"].tolist() == ["not estimable"] * len(requests)
