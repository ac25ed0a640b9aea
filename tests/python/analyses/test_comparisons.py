"""nqp.analyses.comparisons by hand, and on the numbers the two papers print."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from scipy import stats

from definitions_for_tests import definitions
from nqp.analyses.comparisons import (
    HETEROGENEITY_COLUMNS,
    MEDIATION_COLUMNS,
    heterogeneity,
    mediation,
)


def coefficients(*rows: tuple[str, str | None, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["spec_id", "term", "estimate", "std_error"])


def listed(name: str) -> pd.DataFrame:
    """A list of definitions, with numbers where all its cells are numbers."""
    frame = definitions(name)
    for column in ("estimate", "std_error"):
        if column in frame:
            frame[column] = pd.to_numeric(frame[column])
    return frame


# One sample: c = 20, c' = 8, a = 6 (s.e. 2), b = 2 (0.5), so c = c' + ab. Sobel's s.e. is the
# hypotenuse of a s_b = 3 and b s_a = 4.
THREE_STEPS = coefficients(
    ("c", "zone", 20, 2),
    ("c", "_cons", 99, 9),
    ("m", "zone", 6, 2),
    ("y", "zone", 8, 2),
    ("y", "M", 2, 0.5),
)
MEDIATION: dict[str, Any] = {
    "mediation_id": "s.m.M", "study": "s", "mediator": "M", "treatment": "zone",
    "total_spec": "c", "mediator_spec": "m", "outcome_spec": "y",
}  # fmt: skip
PAIR: dict[str, Any] = {
    "comparison_id": "s.h.x", "study": "s", "spec_a": "a", "spec_b": "b", "treatment": "zone",
}  # fmt: skip


def test_mediation_by_hand() -> None:
    table = mediation(pd.DataFrame([MEDIATION]), THREE_STEPS)
    assert list(table) == list(MEDIATION_COLUMNS)
    [row] = table.to_dict("records")
    assert row == {
        "mediation_id": "s.m.M", "study": "s", "mediator": "M",
        "total": 20, "direct": 8, "a": 6, "a_std_error": 2, "b": 2, "b_std_error": 0.5,
        "indirect": 12, "share": 0.6, "sobel_std_error": 5, "sobel_z": 2.4,
        "sobel_p": pytest.approx(0.0163951, abs=5e-8), "identity_gap": 0,
        "status": "estimated", "reason": None,
    }  # fmt: skip


def test_a_suppressed_effect_has_a_negative_share_and_a_gap_where_samples_differ() -> None:
    steps = coefficients(("c", "zone", 20, 2), ("m", "zone", -6, 2), ("y", "zone", 33, 2),
                         ("y", "M", 2, 0.5))  # fmt: skip
    [row] = mediation(pd.DataFrame([MEDIATION]), steps).to_dict("records")
    assert (row["indirect"], row["share"], row["sobel_z"]) == (-12, -0.6, -2.4)
    assert row["identity_gap"] == 20 - 33 + 12
    assert row["sobel_p"] == pytest.approx(0.0163951, abs=5e-8)


def test_heterogeneity_by_hand() -> None:
    fits = coefficients(("a", "zone", 5, 3), ("b", "zone", -1, 4), ("b", "Fin", 7, 1))
    table = heterogeneity(pd.DataFrame([PAIR, PAIR | {"spec_a": "b", "spec_b": "a"}]), fits)
    assert list(table) == list(HETEROGENEITY_COLUMNS)
    row, reverse = table.to_dict("records")
    assert row == {
        "comparison_id": "s.h.x", "study": "s", "spec_a": "a", "spec_b": "b",
        "estimate_a": 5, "std_error_a": 3, "estimate_b": -1, "std_error_b": 4,
        "difference": 6, "difference_std_error": 5, "z_statistic": 1.2,
        "p_value": pytest.approx(0.2301393, abs=5e-8), "status": "estimated", "reason": None,
    }  # fmt: skip
    assert (reverse["difference"], reverse["z_statistic"]) == (-6, -1.2)
    assert reverse["p_value"] == row["p_value"]


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        (["m"], "not estimated: m"),
        (["c", "y"], "not estimated: c, y"),
        (["c", "m", "y"], "not estimated: c, m, y"),
    ],
)
def test_mediation_says_which_column_is_not_estimated(lost: list[str], reason: str) -> None:
    # What is not estimable comes as one row without a term.
    steps = THREE_STEPS[~THREE_STEPS["spec_id"].isin(lost)]
    blanks = coefficients(*((spec, None, float("nan"), float("nan")) for spec in lost))
    other = MEDIATION | {"mediation_id": "s.m.N", "total_spec": "elsewhere"}
    table = mediation(pd.DataFrame([MEDIATION, other]), pd.concat([steps, blanks]))
    assert list(table) == list(MEDIATION_COLUMNS)
    assert table["status"].tolist() == ["not estimable"] * 2
    assert table["reason"][0] == reason
    assert "elsewhere" in table["reason"][1]
    assert table[["total", "a", "sobel_z", "sobel_p", "identity_gap"]].isna().all(axis=None)


def test_one_comparison_without_its_column_leaves_the_others() -> None:
    fits = coefficients(("a", "zone", 5, 3), ("b", "zone", -1, 4), ("d", None, 0, 0))
    table = heterogeneity(pd.DataFrame([PAIR | {"spec_b": "d"}, PAIR]), fits)
    assert table["status"].tolist() == ["not estimable", "estimated"]
    assert table["reason"][0] == "not estimated: d"
    assert table["z_statistic"].isna().tolist() == [True, False]


def test_no_specification_gives_an_empty_table() -> None:
    specs = pd.DataFrame(columns=list(PAIR))
    table = heterogeneity(specs, THREE_STEPS)
    assert table.empty
    assert list(table) == list(HETEROGENEITY_COLUMNS)


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
    specs = listed("mediation_specs").assign(treatment="bdpz")
    specs = specs[specs["mediation_id"] == mediation_id]
    [row] = mediation(specs, listed("published_coefficients")).to_dict("records")
    assert round(row["indirect"], 5) == indirect
    assert f"{row['share']:.0%}" == share
    assert round(row["sobel_z"], 2) == z
    assert round(row["sobel_p"], 3) == p
    # Each of the three printed effects is up to half a unit of its fourth decimal off, b by as
    # much times a.
    assert abs(row["identity_gap"]) < 0.0001 + 0.00005 * abs(row["a"])


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
    specs = listed("heterogeneity_specs").assign(treatment="bdpz")
    published = listed("published_coefficients")
    specs = specs[specs["study"].isin(published["study"])]
    table = heterogeneity(specs, published).set_index("comparison_id")
    row = table.loc[comparison_id]
    assert row["status"] == "estimated"
    assert round(row["p_value"], 3) == p
    # The square of z is the chi-squared statistic of one restriction.
    assert row["p_value"] == pytest.approx(stats.chi2.sf(row["z_statistic"] ** 2, 1), rel=1e-9)
