"""What all analyses have in common: their tables of estimates, and how cells are read."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from nqp.analyses.specifications import (
    Row,
    by_id,
    decimal,
    estimated,
    first_treated,
    names,
    regression_spec,
    text,
    two_way_of_policy,
)
from nqp.econometrics.panels import NotEstimable
from samples_for_tests import SPEC, STUDIES, A, B, C, frame


def table_of(*ids: str) -> pd.DataFrame:
    """Two rows of what `a` and `b` have, a reason of what starts with `no`."""

    def estimate(row: Row) -> pd.DataFrame:
        if row["id"].startswith("no"):
            raise NotEstimable(f"{row['id']}: no data")
        return pd.DataFrame({"estimate": [1.5, 2.5], "note": row["id"]})

    return estimated(pd.DataFrame({"id": list(ids)}), "id", estimate, ("term", "estimate"))


def test_estimates_come_in_the_order_of_their_ids_with_their_status_last() -> None:
    table = table_of("b", "no_c", "a")
    assert list(table) == ["id", "term", "estimate", "note", "status", "reason"]
    assert table["id"].tolist() == ["a", "a", "b", "b", "no_c"]
    assert table["status"].tolist() == ["estimated"] * 4 + ["not estimable"]
    assert table["reason"].isna().tolist() == [True] * 4 + [False]
    assert table["reason"].iloc[-1] == "no_c: no data"
    assert table["estimate"].iloc[:4].tolist() == [1.5, 2.5] * 2
    assert table[["estimate", "note"]].iloc[-1].isna().all()


@pytest.mark.parametrize("ids", [[], ["no_a"], ["no_a", "no_b"]])
def test_columns_without_a_value_are_there_as_text(ids: list[str]) -> None:
    """DuckDB takes a column without a value for an integer: text columns would then not join."""
    table = table_of(*ids)
    assert list(table) == ["id", "term", "estimate", "status", "reason"]
    described = duckdb.from_df(table)
    assert {str(kind) for kind in described.types} == {"VARCHAR"}
    assert table["id"].tolist() == ids


def test_a_specification_that_contradicts_itself_is_named() -> None:
    def estimate(row: Row) -> pd.DataFrame:
        raise ValueError(f"lower is {row['lower']}")

    specs = frame({"id": "s.t9.c9", "lower": 0.9})
    with pytest.raises(ValueError, match=r"^s\.t9\.c9: lower is 0\.9$"):
        estimated(specs, "id", estimate, ())


@pytest.mark.parametrize("blank", [None, np.nan, pd.NA, ""])
def test_blank_cells(blank: Any) -> None:
    assert (text(blank), names(blank), decimal(blank)) == ("", (), None)


def test_cells_with_a_value() -> None:
    assert text("x") == "x"
    assert names(" a +b+ c ") == ("a", "b", "c")
    assert names("a") == ("a",)
    assert (decimal("0.01"), decimal(0.25), decimal(0)) == (0.01, 0.25, 0.0)


def test_a_row_is_read_as_the_specification_of_a_regression() -> None:
    spec = regression_spec(SPEC | {"controls": "x + z", "cluster": None, "vcov": "conventional"})
    assert (spec.outcome, spec.treatment, spec.controls) == ("y", ("bdpz",), ("x", "z"))
    assert (spec.cluster, spec.vcov, spec.constant) == (None, "conventional", "mean")
    assert spec.unit_effects and spec.time_effects and spec.weights is None
    assert regression_spec(SPEC).cluster == "region_code"
    assert not regression_spec(SPEC | {"unit_effects": False}).unit_effects


def test_specifications_are_found_by_their_ids() -> None:
    found = by_id(frame(SPEC, SPEC | {"spec_id": "s.t3.c2", "outcome": "z"}), "spec_id")
    assert {key: row["outcome"] for key, row in found.items()} == {"s.t3.c1": "y", "s.t3.c2": "z"}


def test_first_treated_years_are_those_of_the_units_that_have_one() -> None:
    rows = pd.DataFrame(
        {"region_code": [A, A, B, C, C], "first_treated_year": [2016.0, 2016.0, np.nan, 2017, 2017]}
    )
    found = first_treated(rows)
    assert found == {A: 2016, C: 2017}
    assert all(isinstance(year, int) for year in found.values())


@pytest.mark.parametrize(
    ("changed", "is_one"),
    [
        ({}, True),
        ({"unit_effects": False}, False),
        ({"time_effects": False}, False),
        ({"treatment": "bdpz + x"}, False),
        ({"treatment": "only"}, False),
        ({"study": "t", "treatment": "only"}, True),
    ],
)
def test_a_two_way_coefficient_of_a_policy_has_both_effects_and_no_other_treatment(
    changed: dict[str, Any], is_one: bool
) -> None:
    assert two_way_of_policy(frame(SPEC | changed), STUDIES) == [is_one]
