"""nqp.analyses.regressions on a panel small enough to count by hand: rows, reasons, winsorising."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd
import pytest

from nqp.analyses.regressions import COLUMNS, FIT_COLUMNS, TERM_COLUMNS, prepare, regressions
from nqp.analyses.samples import WEIGHT
from nqp.analyses.specifications import regression_spec
from samples_for_tests import (
    NORTH,
    SOUTH,
    SPEC,
    STUDIES,
    YEARS,
    A,
    C,
    D,
    E,
    Request,
    asked_by,
    frame,
    samples_of,
    small_panel,
)


def test_a_fit_has_a_row_for_itself_and_one_for_each_term() -> None:
    table = regressions(samples_of(asked_by(SPEC)), frame(SPEC), STUDIES)
    assert list(table) == ["spec_id", *COLUMNS, "status", "reason"]
    assert table["term"].isna().tolist() == [True, False, False, False]
    assert table["term"][1:].tolist() == ["bdpz", "x", "_cons"]
    assert (table["status"] == "estimated").all() and table["reason"].isna().all()
    own, terms = table.iloc[0], table.iloc[1:]
    # 19 complete rows of four units, which are the clusters; no regressor is collinear.
    assert own[["n_obs", "n_units", "n_clusters", "df"]].tolist() == [19, 4, 4, 3]
    assert own[["n_treated_units", "n_treated_clusters", "n_singletons"]].tolist() == [2, 2, 0]
    assert 0 < own["r2_within"] < own["r2_adj"] < own["r2"] < 1
    assert pd.isna(own["dropped"]) and pd.isna(own["winsorised"])
    assert own[list(TERM_COLUMNS)].isna().all()
    assert terms[list(FIT_COLUMNS)].isna().all(axis=None)
    assert terms[["estimate", "std_error", "p_value"]].iloc[:2].notna().all(axis=None)


def test_what_is_dropped_and_pulled_in_is_told_once() -> None:
    panel = small_panel().assign(twice=lambda rows: 2 * rows["x"])
    spec = SPEC | {"controls": "x + twice", "winsor_upper": 0.9}
    table = regressions(samples_of(asked_by(spec), panel=panel), frame(spec), STUDIES)
    assert table["dropped"].dropna().tolist() == ["twice"]
    assert table["winsorised"].dropna().tolist() == ["y, x, twice"]


def test_a_prepared_regression_is_that_of_its_specification() -> None:
    prepared = prepare(samples_of(asked_by(SPEC)), SPEC)
    assert len(prepared.rows) == 19
    assert prepared.spec == regression_spec(SPEC)
    assert prepared.winsorised == ()


def test_the_rows_may_be_those_of_another_analysis() -> None:
    samples = samples_of(asked_by(SPEC), Request("s.m.x", f"{NORTH} and year <= 2015"))
    assert len(prepare(samples, SPEC, "s.m.x").rows) == 6
    assert len(prepare(samples, SPEC).rows) == 19


# A in five years and D in five: percentiles of ten values at 0.1 and 0.9 are means of the first
# and second, of the ninth and tenth. All other rows carry values that would shift them.
TEN = dict(
    zip(
        [(unit, year) for unit in (A, D) for year in YEARS],
        map(float, [5, 1, 9, 3, 7, 4, 8, 2, 10, 6]),
        strict=True,
    )
)


def panel_of_ten() -> pd.DataFrame:
    panel = small_panel()
    keys = zip(panel["region_code"], panel["year"], strict=True)
    return panel.assign(y=[TEN.get(key, 1e6) for key in keys])


def test_winsorising_takes_the_rows_of_the_sample_and_leaves_dummies_alone() -> None:
    row = SPEC | {"winsor_lower": 0.1, "winsor_upper": 0.9}
    request = Request(row["spec_id"], weights=dict.fromkeys(TEN, 1.0))
    prepared = prepare(samples_of(request, panel=panel_of_ten()), row)
    assert prepared.winsorised == ("y", "x")
    found = prepared.rows.set_index(["region_code", "year"])["y"].to_dict()
    assert found == {key: min(max(value, 1.5), 9.5) for key, value in TEN.items()}
    assert sorted(prepared.rows["bdpz"].unique()) == [0, 1]


def test_winsorising_may_be_apart_for_each_group() -> None:
    """Two rows a year: at 0.5 and 1 the lower of them becomes their mean."""
    row = SPEC | {"winsor_lower": 0.5, "winsor_by": "year"}
    request = Request(row["spec_id"], weights=dict.fromkeys(TEN, 1.0))
    prepared = prepare(samples_of(request, panel=panel_of_ten()), row)
    found = prepared.rows.set_index(["region_code", "year"])["y"].to_dict()
    means = {year: (TEN[A, year] + TEN[D, year]) / 2 for year in YEARS}
    assert found == {(unit, year): max(y, means[year]) for (unit, year), y in TEN.items()}


def test_one_tail_can_be_winsorised_alone() -> None:
    samples = samples_of(asked_by(SPEC))
    plain, lower, trimmed = (
        prepare(samples, SPEC | tails).rows["y"]
        for tails in ({}, {"winsor_lower": 0.25}, {"winsor_lower": 0.25, "winsor_upper": 0.75})
    )
    assert lower.min() == trimmed.min() > plain.min()
    assert lower.max() == plain.max() > trimmed.max()


def test_a_specification_at_fault_is_named() -> None:
    spec = SPEC | {"spec_id": "s.t9.c9", "winsor_lower": 0.9, "winsor_upper": 0.1}
    with pytest.raises(ValueError, match=r"^s\.t9\.c9: lower is 0.9"):
        regressions(samples_of(asked_by(spec)), frame(spec), STUDIES)


def test_weights_reach_the_regression_where_rows_do_not_all_weigh_one() -> None:
    # C in 2016 has no x, so that 14 of the 15 rows are in the sample.
    kept = [(unit, year) for unit in (A, C, D) for year in YEARS if (unit, year) != (C, 2016)]
    weighing = {A: 1.0, C: 2.0, D: 3.0}
    tables = {}
    for kind, weights in (
        ("rows", dict.fromkeys(kept, 1.0)),
        ("weights", {(unit, year): weighing[unit] for unit, year in kept}),
    ):
        samples = samples_of(Request(SPEC["spec_id"], weights=weights))
        prepared = prepare(samples, SPEC)
        assert len(prepared.rows) == 14
        assert prepared.spec.weights == (WEIGHT if kind == "weights" else None)
        held = prepared.rows.groupby("region_code")[WEIGHT].unique()
        expected = weighing if kind == "weights" else dict.fromkeys(weighing, 1)
        assert {unit: list(found) for unit, found in held.items()} == {
            unit: [weight] for unit, weight in expected.items()
        }
        tables[kind] = regressions(samples, frame(SPEC), STUDIES)
        assert set(tables[kind]["status"]) == {"estimated"}
    plain, weighted = (tables[kind]["estimate"][1] for kind in ("rows", "weights"))
    assert plain != pytest.approx(weighted, rel=1e-3)


BAD = SPEC | {"spec_id": "s.t3.c2", "winsor_lower": 0.01, "winsor_upper": 0.99}
WITHOUT_CONTROLS = BAD | {"controls": None}


@pytest.mark.parametrize(
    ("spec", "request_", "reason"),
    [
        (
            BAD | {"matching": "s.kernel"},
            asked_by(BAD, reason="matching s.kernel: no matches among 25 rows"),
            "matching s.kernel: no matches among 25 rows",
        ),
        (
            BAD | {"controls": "x + hole"},
            asked_by(BAD | {"controls": "x + hole"}, reason="hole: no data for c"),
            "hole: no data for c",
        ),
        (BAD, asked_by(BAD, "region_code = ''"), "no complete rows: the sample is empty"),
        (BAD, asked_by(BAD, "year >= 2030"), "no complete rows: the sample is empty"),
        (BAD, asked_by(BAD, SOUTH), "only one cluster: region_code is 140000 in all 5 rows"),
        (
            WITHOUT_CONTROLS,
            asked_by(WITHOUT_CONTROLS, SOUTH),
            "bdpz does not vary within any region_code, so the unit effects absorb it",
        ),
    ],
)
def test_a_specification_says_why_it_is_not_estimable(
    spec: dict[str, Any], request_: Request, reason: str
) -> None:
    table = regressions(samples_of(asked_by(SPEC), request_), frame(spec, SPEC), STUDIES)
    good = table[table["spec_id"] == "s.t3.c1"]
    assert good["term"].tolist()[1:] == ["bdpz", "x", "_cons"]
    assert (good["status"] == "estimated").all() and good["reason"].isna().all()
    assert good["n_obs"].iloc[0] == 19
    [row] = table[table["spec_id"] == "s.t3.c2"].to_dict("records")
    assert (row["status"], row["reason"]) == ("not estimable", reason)
    assert pd.isna([row[name] for name in COLUMNS]).all()


def test_a_policy_that_nobody_has_is_absorbed() -> None:
    panel = small_panel(first={})
    table = regressions(samples_of(asked_by(SPEC), panel=panel, first={}), frame(SPEC), STUDIES)
    assert table["reason"].tolist() == [
        "bdpz does not vary within any region_code, so the unit effects absorb it"
    ]


def test_counts_are_numbers_and_the_rest_text_where_nothing_is_estimable() -> None:
    request = Request(SPEC["spec_id"], reason="gap: the profile has no data for a, b")
    described = duckdb.from_df(regressions(samples_of(request), frame(SPEC), STUDIES))
    types = dict(zip(described.columns, map(str, described.types), strict=True))
    counts = {"n_obs", "n_units", "n_clusters", "n_treated_units", "n_treated_clusters",
              "n_singletons", "df"}  # fmt: skip
    assert types == {name: "BIGINT" if name in counts else "VARCHAR" for name in types}
    assert counts < set(types)


def test_the_unit_that_lacks_a_control_is_not_in_the_fit() -> None:
    assert E not in prepare(samples_of(asked_by(SPEC)), SPEC).rows["region_code"].unique()
