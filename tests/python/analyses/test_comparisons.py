"""nqp.analyses.comparisons by hand, and on the numbers the two papers print."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from scipy import stats

from definitions_for_tests import definitions
from nqp.analyses.comparisons import COLUMNS, heterogeneity
from samples_for_tests import frame

PAIR: dict[str, Any] = {"comparison_id": "s.h.x", "study": "s", "spec_a": "a", "spec_b": "b"}
# Each study is compared by its own policy.
STUDIES = frame({"study": "t", "policy": "Fin"}, {"study": "s", "policy": "zone"})


def coefficients(*rows: tuple[str, str | None, float, float]) -> pd.DataFrame:
    """The fits as a whole, which have no term, and these terms of them."""
    whole = [(spec, None, float("nan"), float("nan")) for spec in dict.fromkeys(r[0] for r in rows)]
    named = [row for row in rows if row[1] is not None]
    return pd.DataFrame([*whole, *named], columns=["spec_id", "term", "estimate", "std_error"])


FITS = coefficients(("a", "zone", 5, 3), ("b", "zone", -1, 4), ("b", "Fin", 7, 1))


def test_heterogeneity_by_hand() -> None:
    reverse = PAIR | {"comparison_id": "s.h.y", "spec_a": "b", "spec_b": "a"}
    table = heterogeneity(frame(reverse, PAIR), FITS, STUDIES)
    assert list(table) == ["comparison_id", *COLUMNS, "status", "reason"]
    row, turned = table.to_dict("records")
    assert pd.isna(row.pop("reason"))
    assert row == {
        "comparison_id": "s.h.x",
        "estimate_a": 5, "std_error_a": 3, "estimate_b": -1, "std_error_b": 4,
        "difference": 6, "difference_std_error": 5, "z_statistic": 1.2,
        "p_value": pytest.approx(0.2301393, abs=5e-8), "status": "estimated",
    }  # fmt: skip
    assert (turned["difference"], turned["z_statistic"]) == (-6, -1.2)
    assert turned["p_value"] == row["p_value"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"spec_b": "d"}, "not estimated: d"),
        ({"spec_a": "d"}, "not estimated: d"),
        ({"spec_a": "d", "spec_b": "elsewhere"}, "not estimated: d, elsewhere"),
    ],
)
def test_one_comparison_without_its_column_leaves_the_others(
    change: dict[str, Any], reason: str
) -> None:
    # What is not estimable comes as one row without a term.
    fits = pd.concat([FITS, coefficients(("d", None, 0, 0))])
    other = PAIR | {"comparison_id": "s.h.w"} | change
    table = heterogeneity(frame(other, PAIR), fits, STUDIES)
    assert table["status"].tolist() == ["not estimable", "estimated"]
    assert table["reason"][0] == reason
    assert table.loc[0, list(COLUMNS)].isna().all()
    assert table["z_statistic"].isna().tolist() == [True, False]


def test_no_specification_gives_an_empty_table() -> None:
    table = heterogeneity(pd.DataFrame(columns=list(PAIR)), FITS, STUDIES)
    assert table.empty
    assert list(table) == ["comparison_id", *COLUMNS, "status", "reason"]


# --- the published numbers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comparison_id", "p"),
    [
        ("city.h.tier", 0.001),
        ("city.h.resource", 0.151),
        ("province.h.west_central", 0.203),
        ("province.h.east_west", 0.003),
    ],
)
def test_differences_of_subgroups_in_the_published_tables(comparison_id: str, p: float) -> None:
    published = definitions("published_coefficients")
    printed = published.astype({"estimate": float, "std_error": float})
    specs = definitions("heterogeneity_specs")
    specs = specs[specs["study"].isin(published["study"])]
    table = heterogeneity(specs, printed, definitions("studies"))
    row = table.set_index("comparison_id").loc[comparison_id]
    assert row["status"] == "estimated"
    assert round(row["p_value"], 3) == p
    # The square of z is the chi-squared statistic of one restriction.
    assert row["p_value"] == pytest.approx(stats.chi2.sf(row["z_statistic"] ** 2, 1), rel=1e-9)
