"""nqp.analyses.placebos on a panel small enough to count by hand: draws and their summary."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from nqp.analyses.placebos import (
    DESCRIBED,
    DRAW_COLUMNS,
    SUMMARY_COLUMNS,
    placebo_draws,
    placebo_summaries,
)
from nqp.analyses.regressions import regressions
from nqp.analyses.specifications import regression_spec
from nqp.econometrics.regression import fit
from samples_for_tests import (
    SPEC,
    STUDIES,
    A,
    B,
    C,
    D,
    E,
    Request,
    asked_by,
    frame,
    samples_of,
    small_panel,
)

SEED = 7
PLACEBO: dict[str, Any] = {
    "placebo_id": "s.pb", "study": "s", "base_spec": "s.t3.c1", "kind": "space", "n_treated": 2,
    "draws": 12, "pseudo_year": np.nan,
}  # fmt: skip
IN_TIME = PLACEBO | {"kind": "time", "n_treated": np.nan, "draws": np.nan, "pseudo_year": 2015.0}
STAGGERED = {A: 2016, B: 2017}
GAP = "gap: the profile has no data for a, b"


def drawn(*placebos: dict[str, Any], seed: int = SEED, **more: Any) -> pd.DataFrame:
    table = placebo_draws(samples_of(asked_by(SPEC), **more), frame(*placebos), frame(SPEC), seed)
    assert list(table) == ["placebo_id", *DRAW_COLUMNS, *DESCRIBED, "status", "reason"]
    return table


# --- draws ----------------------------------------------------------------------------------------


def test_a_draw_depends_on_the_seed_and_its_number_alone() -> None:
    def draws(seed: int, **change: Any) -> pd.DataFrame:
        other = PLACEBO | {"placebo_id": "s.other", "n_treated": 1}
        # Two years for two of the four units with x can be given in twelve ways.
        table = drawn(other, PLACEBO | change, seed=seed, first=STAGGERED)
        return table[table["placebo_id"] == "s.pb"].reset_index(drop=True)

    few, many = draws(SEED, draws=7), draws(SEED, draws=11)
    assert few["draw"].tolist() == list(range(7))
    assert many["draw"].tolist() == list(range(11))
    assert few["estimate"].nunique() > 3
    pd.testing.assert_frame_equal(few, many[:7], rtol=1e-12)
    assert not np.allclose(few["estimate"], draws(SEED + 1, draws=7)["estimate"])


def test_all_assignments_are_made_where_they_are_no_more_than_the_draws() -> None:
    """Two of the four units with x: six ways, of which A and B are one."""
    table = drawn(PLACEBO)
    assert table["draw"].tolist() == list(range(6))
    assert set(table["n_assignments"]) == {6}
    rows = small_panel().dropna(subset=["x", "y"])
    possible = [effect_of(rows, dict.fromkeys(two, 2016))
                for two in itertools.combinations([A, B, C, D], 2)]  # fmt: skip
    np.testing.assert_allclose(np.sort(table["estimate"]), np.sort(possible), rtol=1e-9)
    actual = regressions(samples_of(asked_by(SPEC)), frame(SPEC), STUDIES)
    [found] = placebo_summaries(frame(PLACEBO), frame(SPEC), actual, table).to_dict("records")
    as_far = np.sum(np.abs(possible) >= abs(possible[0]) - 1e-9)
    assert found["p_two_sided"] == pytest.approx(as_far / 6)
    assert (found["n_draws"], found["n_assignments"]) == (6, 6)
    assert drawn(PLACEBO | {"draws": 5})["n_assignments"].isna().all()


@pytest.mark.parametrize("kept", [100_000, 5])
@pytest.mark.parametrize("strata", [None, "g"])
def test_every_assignment_is_made_on_request(
    monkeypatch: pytest.MonkeyPatch, kept: int, strata: str | None
) -> None:
    """Staggered, so that of four units two have a year each: twelve ways, or within {A, C} and
    {B, D} four. Each p-value is the share in a loop of one regression for each way, the actual one
    among them, also where not every way has a row."""
    monkeypatch.setattr("nqp.econometrics.placebo.KEPT", kept if strata is None else kept // 2)
    groups = {A: "g", B: "h", C: "g", D: "h", E: "h"}
    asked = PLACEBO | {"draws": np.nan, "enumerate": "true", "strata": strata}
    panel = small_panel(first=STAGGERED)
    table = drawn(asked, panel=panel, first=STAGGERED, groups=groups)
    rows = panel.dropna(subset=["x", "y"])
    every = [
        pd.Series(dict(zip(two, years, strict=True)))
        for two in itertools.combinations([A, B, C, D], 2)
        for years in itertools.permutations(STAGGERED.values())
    ]
    if strata:
        # A's year goes to A or C, B's to B or D.
        every = [pd.Series({one: 2016, other: 2017}) for one in (A, C) for other in (B, D)]
    fits = []
    for years in every:
        in_force = rows["year"] >= rows["region_code"].map(years)
        made = fit(rows.assign(bdpz=in_force.astype(float)), regression_spec(SPEC))
        fits.append(made.coefficients.set_index("term").loc["bdpz"])
    by_hand = pd.DataFrame(fits)
    samples = samples_of(asked_by(SPEC), panel=panel, first=STAGGERED)
    actual = regressions(samples, frame(SPEC), STUDIES)
    [found] = placebo_summaries(frame(asked), frame(SPEC), actual, table).to_dict("records")
    assert found["n_draws"] == found["n_assignments"] == len(every) == (4 if strata else 12)
    own = actual[actual["term"] == "bdpz"].iloc[0]
    for name, suffix in (("estimate", ""), ("t_statistic", "_t")):
        null, ours, slack = by_hand[name], own[name], 1e-9
        assert found[f"p_two_sided{suffix}"] == np.mean(null.abs() >= abs(ours) - slack)
        assert found[f"p_left{suffix}"] == np.mean(null <= ours + slack)
        assert found[f"p_right{suffix}"] == np.mean(null >= ours - slack)
    assert found["null_mean"] == pytest.approx(by_hand["estimate"].mean())
    assert found["null_q975"] == pytest.approx(by_hand["estimate"].quantile(0.975))
    assert found["share_p_below_10"] == np.mean(by_hand["p_value"] < 0.1)
    few = kept == 5
    expected = {(False, False): 12, (True, False): 4, (False, True): 4, (True, True): 2}
    assert len(table) == expected[bool(strata), few]
    assert set(table["n_assignments"]) == {len(every)}
    assert set(np.round(table["estimate"], 9)) <= set(np.round(by_hand["estimate"], 9))


def test_more_assignments_than_can_be_made_each_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nqp.econometrics.placebo.KEPT", 2)
    monkeypatch.setattr("nqp.econometrics.placebo.MOST", 5)
    [row] = drawn(PLACEBO | {"enumerate": "true"}).to_dict("records")
    assert row["reason"] == (
        "6 assignments are too many to make each: at most 5 are. Draw some of them"
    )


def effect_of(rows: pd.DataFrame, first: dict[str, int]) -> float:
    """Of a policy that came to these units in these years, by least squares on dummies."""
    start = rows["region_code"].map(first)
    dummies = pd.get_dummies(rows[["region_code", "year"]].astype(str), dtype=float).to_numpy()
    design = np.column_stack([rows["year"] >= start, rows["x"], dummies])
    return float(np.linalg.lstsq(design, rows["y"], rcond=None)[0][0])


@pytest.mark.parametrize("cluster", [{A: "n", B: "n", C: "m", D: "m", E: "s"}])
def test_draws_at_the_level_of_assignment_treat_whole_clusters(cluster: dict[str, str]) -> None:
    """A and B got the policy together: the others are C with D, since E has no x. Of two clusters
    one is drawn, so that there are two assignments."""
    by_cluster = PLACEBO | {"draw_unit": "assignment", "n_treated": 1}
    table = drawn(by_cluster, clusters=cluster)
    rows = small_panel().dropna(subset=["x", "y"])
    expected = [effect_of(rows, dict.fromkeys(two, 2016)) for two in ((A, B), (C, D))]
    np.testing.assert_allclose(np.sort(table["estimate"]), np.sort(expected), rtol=1e-9)
    assert set(table["n_assignments"]) == {2}
    # By units: one of four.
    assert len(drawn(PLACEBO | {"draw_unit": "unit", "n_treated": 1}, clusters=cluster)) == 4
    [row] = drawn(by_cluster | {"n_treated": 2}, clusters=cluster).to_dict("records")
    assert row["reason"] == (
        "2 clusters to be drawn, but the sample has 2: some must be left untreated"
    )
    [row] = drawn(by_cluster, first={A: 2016, C: 2017}, clusters=cluster | {D: "d"}).to_dict(
        "records"
    )
    assert row["reason"] == (
        "the 2 treated clusters begin in different years, and each of the clusters drawn is given "
        "one of them: draw 2, not 1"
    )


def test_a_placebo_within_strata_draws_as_many_in_each_as_are_treated() -> None:
    """A is treated of A and C, B of B and D: two times two ways."""
    groups = {A: "g", B: "h", C: "g", D: "h", E: "h"}
    table = drawn(PLACEBO | {"strata": "g"}, groups=groups)
    rows = small_panel().dropna(subset=["x", "y"])
    pairs = ((A, B), (A, D), (C, B), (C, D))
    expected = [effect_of(rows, dict.fromkeys(two, 2016)) for two in pairs]
    np.testing.assert_allclose(np.sort(table["estimate"]), np.sort(expected), rtol=1e-9)
    assert set(table["n_assignments"]) == {4}
    [row] = drawn(PLACEBO | {"strata": "g", "n_treated": 1}, groups=groups).to_dict("records")
    assert row["reason"] == (
        "2 units of the sample are treated, and strata keep their numbers: draw 2, not 1"
    )


@pytest.mark.parametrize(("n_treated", "status"), [(3, "estimated"), (4, "not estimable")])
def test_a_placebo_draws_fewer_units_than_the_sample_has(n_treated: int, status: str) -> None:
    """E has no x, so that four of the five units are left."""
    table = drawn(PLACEBO | {"n_treated": n_treated})
    assert set(table["status"]) == {status}
    if status == "not estimable":
        assert "4 units to be drawn, but the sample has 4" in table["reason"].iloc[0]


def test_a_placebo_in_time_is_one_draw_before_treatment() -> None:
    spec = SPEC | {"controls": None}
    rows = frame(IN_TIME, IN_TIME | {"placebo_id": "s.pb.2014", "pseudo_year": 2014.0})
    table = placebo_draws(samples_of(asked_by(spec)), rows, frame(spec), SEED)
    first, second = table.to_dict("records")
    assert (first["draw"], first["pseudo_year"], first["status"]) == (0, 2015, "estimated")
    y = small_panel().pivot(index="region_code", columns="year", values="y")
    rise = y[2015] - y[2014]
    assert first["estimate"] == pytest.approx(rise[[A, B]].mean() - rise[[C, D, E]].mean())
    # Already treated in the first year: nothing to compare with.
    assert second["status"] == "not estimable"
    assert "does not vary within any region_code" in second["reason"]
    # The row of what cannot be drawn has a number, so that it is stored like others.
    assert (second["draw"], pd.isna(second["estimate"])) == (0, True)


def test_draws_under_staggered_adoption_treat_as_many_units_as_are_treated() -> None:
    table = drawn(PLACEBO | {"n_treated": 3}, first=STAGGERED)
    assert table["status"].tolist() == ["not estimable"]
    assert table["reason"][0] == (
        "the 2 treated units begin in different years, and each of the units drawn is given one of "
        "them: draw 2, not 3"
    )


def test_draws_under_staggered_adoption_give_out_the_true_years() -> None:
    """Each draw is one of the twelve ways to give two years to two of the four units with x."""
    rows = small_panel().dropna(subset=["x", "y"])
    possible = [
        effect_of(rows, {first: 2016, second: 2017})
        for first, second in itertools.permutations([A, B, C, D], 2)
    ]
    all_ways = drawn(PLACEBO | {"draws": 60}, first=STAGGERED)
    np.testing.assert_allclose(np.sort(all_ways["estimate"]), np.sort(possible), rtol=1e-9)
    assert set(all_ways["n_assignments"]) == {12}
    table = drawn(PLACEBO | {"draws": 11}, first=STAGGERED)
    gaps = np.abs(table["estimate"].to_numpy()[:, None] - possible)
    np.testing.assert_allclose(table["estimate"], np.array(possible)[gaps.argmin(axis=1)])
    assert len(table) == 11 and len(set(gaps.argmin(axis=1))) > 5


def test_a_unit_treated_after_the_window_is_not_one_of_the_treated() -> None:
    """B begins in 2018: until 2017 all begin at once, so that two may be drawn where one is."""
    samples = samples_of(asked_by(SPEC, "year <= 2017"), first={A: 2016, B: 2018})
    table = placebo_draws(samples, frame(PLACEBO), frame(SPEC), SEED)
    assert set(table["status"]) == {"estimated"}


def test_draws_are_weighted_as_their_base_is() -> None:
    """Two of the four units with x, rows weighted by matching: each of the six ways fitted."""
    rows = small_panel().dropna(subset=["x", "y"])
    rows["w"] = 1.0 + (rows["region_code"] == A) + 0.5 * (rows["year"] == 2015)
    keys = zip(rows["region_code"], rows["year"], strict=True)
    weights = dict(zip(keys, rows["w"], strict=True))
    samples = samples_of(Request(SPEC["spec_id"], weights=weights))
    table = placebo_draws(samples, frame(PLACEBO), frame(SPEC), SEED)
    possible = []
    for two in itertools.combinations([A, B, C, D], 2):
        treated = rows["region_code"].isin(two) & (rows["year"] >= 2016)
        weighted = replace(regression_spec(SPEC), weights="w")
        made = fit(rows.assign(bdpz=treated.astype(float)), weighted).coefficients.iloc[0]
        possible.append((made["estimate"], made["std_error"]))
    found = table[["estimate", "std_error"]].astype(float).sort_values("estimate")
    np.testing.assert_allclose(found, sorted(possible), rtol=1e-9)


def test_no_unit_is_ever_treated() -> None:
    table = drawn(
        PLACEBO, IN_TIME | {"placebo_id": "s.time"}, panel=small_panel(first={}), first={}
    )
    assert table["reason"].tolist() == [
        "no unit of the sample is ever treated",
        "no row has bdpz = 1, so there is no first treated year",
    ]


def test_columns_without_a_value_are_text() -> None:
    samples = samples_of(Request(SPEC["spec_id"], reason=GAP))
    table = placebo_draws(samples, frame(PLACEBO), frame(SPEC), SEED)
    found = duckdb.from_df(table)
    types = dict(zip(found.columns, map(str, found.types), strict=True))
    wanted = dict.fromkeys(DRAW_COLUMNS, "VARCHAR") | dict.fromkeys(DESCRIBED, "DOUBLE")
    assert wanted | {"draw": "BIGINT", "n_assignments": "BIGINT"} == {
        name: types[name] for name in wanted
    }
    assert table["reason"].tolist() == [GAP]


# --- summaries ------------------------------------------------------------------------------------

BASE = frame({"spec_id": "b", "treatment": "zone"})
IN_SPACE = {"placebo_id": "p", "kind": "space", "base_spec": "b"}


def test_placebo_summaries_place_the_estimate_among_its_own_draws() -> None:
    null = [-3.0, -1.0, 0.0, 2.0]
    draws = pd.DataFrame(
        {
            "placebo_id": ["p"] * 4 + ["q"],
            "estimate": [*null, 50.0],
            "t_statistic": [*null, 50.0],
            "p_value": [0.01, 0.5, 0.9, 0.05, 0.0],
            "status": "estimated",
            "reason": None,
            **dict.fromkeys(DESCRIBED),
        }
    )
    actual = pd.DataFrame(
        {"spec_id": ["b"] * 3, "term": [None, "zone", "x"], "estimate": [np.nan, 2.0, 9.0],
         "t_statistic": [np.nan, 2.5, 9.0]}
    )  # fmt: skip
    specs = frame(IN_SPACE, IN_SPACE | {"placebo_id": "q", "kind": "time"})
    table = placebo_summaries(specs, BASE, actual, draws)
    assert list(table) == ["placebo_id", *SUMMARY_COLUMNS, "status", "reason"]
    [found] = table.to_dict("records")
    # By coefficient: all four as low as 2, one as high, two as far (2 and -3), and one is added.
    shares = {name: found[name] for name in ("p_left", "p_right", "p_two_sided")}
    assert shares == {"p_left": 5 / 5, "p_right": 2 / 5, "p_two_sided": 3 / 5}
    # By t 2.5: none as high, one as far.
    shares = {name: found[name] for name in ("p_left_t", "p_right_t", "p_two_sided_t")}
    assert shares == {"p_left_t": 5 / 5, "p_right_t": 1 / 5, "p_two_sided_t": 2 / 5}
    assert (found["n_draws"], found["null_mean"], found["share_p_below_10"]) == (4, -0.5, 0.5)
    # Deviations -2.5, -0.5, 0.5 and 2.5: 13 / (4 - 1) is their variance.
    assert found["null_std_dev"] == pytest.approx(np.sqrt(13 / 3))
    assert (found["estimate"], found["t_statistic"]) == (2.0, 2.5)


def test_placebo_summaries_say_what_is_missing() -> None:
    draws = pd.DataFrame(
        [("p", np.nan, "not estimable", "gap: no data"), ("q", 1.0, "estimated", None)],
        columns=["placebo_id", "estimate", "status", "reason"],
    ).assign(t_statistic=1.0, p_value=0.5)
    actual = pd.DataFrame(
        [("b", None, np.nan, np.nan)], columns=["spec_id", "term", "estimate", "t_statistic"]
    )
    specs = frame(IN_SPACE, IN_SPACE | {"placebo_id": "q"})
    table = placebo_summaries(specs, BASE, actual, draws)
    assert table["status"].tolist() == ["not estimable"] * 2
    assert table["reason"].tolist() == ["gap: no data", "not estimated: b"]
