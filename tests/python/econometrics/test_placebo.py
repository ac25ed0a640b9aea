"""nqp.econometrics.placebo against one regression per draw, and by hand."""

from __future__ import annotations

from dataclasses import asdict, replace
from itertools import combinations, permutations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assignments_for_tests import provinces
from nqp.econometrics.assignments import NEVER, Assignment, _dealt
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.placebo import (
    placebo_in_space,
    placebo_in_time,
    placebo_within_strata,
    summary,
)
from nqp.econometrics.regression import RegressionSpec, fit
from nqp.econometrics.streams import words
from panels_for_tests import CITY, PROVINCE, close, hand_panel, make_panel

COLUMNS = ["estimate", "std_error", "t_statistic", "p_value"]


def pretend(panel: pd.DataFrame, treated: Any, year: int) -> pd.DataFrame:
    group = panel["region_code"].isin(treated)
    return panel.assign(bdpz=(group & (panel["year"] >= year)).astype(float))


def law(n_units: int, first_years: tuple[int, ...]) -> Assignment:
    """Units that begin in these years, and others that never do."""
    units, starts = np.arange(n_units), np.unique(first_years)
    actual = np.full(n_units, NEVER, dtype=np.int16)
    actual[: len(first_years)] = np.searchsorted(starts, first_years)
    return Assignment(
        units, tuple(map(str, units)), units, starts.astype(float), actual, np.zeros(n_units),
        np.zeros(n_units, dtype=np.intp),
    )  # fmt: skip


def lottery(n_units: int, n_treated: int, draws: int, seed: int) -> Any:
    """(draws, n_units) which units are drawn."""
    return np.concatenate(list(law(n_units, (1,) * n_treated).draw(draws, seed))) != NEVER


def test_a_draw_depends_on_seed_and_number_alone() -> None:
    drawn = lottery(30, 7, draws=50, seed=3)
    assert drawn.shape == (50, 30)
    assert (drawn.sum(axis=1) == 7).all()
    np.testing.assert_array_equal(lottery(30, 7, draws=12, seed=3), drawn[:12])
    # Those with the lowest of the keys of draw 11, two to a word of its own.
    keys = words(3, 11, 1, 15).view(np.uint32)[0, :30]
    assert set(np.flatnonzero(drawn[11])) == set(np.argsort(keys)[:7])
    assert len(np.unique(drawn, axis=0)) == 50
    assert (lottery(30, 7, draws=50, seed=4) != drawn).any(axis=1).all()


def test_of_equal_keys_the_first_is_the_lowest() -> None:
    keys = np.array([[5, 3, 5, 1], [2, 2, 2, 2], [4, 3, 2, 1]], dtype=np.uint32)
    two = np.array([NEVER, NEVER, 0, 0], dtype=np.int16)
    np.testing.assert_array_equal(
        _dealt(keys, two) == 0,
        [[False, True, False, True], [True, True, False, False], [False, False, True, True]],
    )
    one = np.array([NEVER, NEVER, NEVER, 0], dtype=np.int16)
    np.testing.assert_array_equal(_dealt(keys, one).argmax(axis=1), [3, 0, 3])
    three = np.array([NEVER, NEVER, 0, 1], dtype=np.int16)
    np.testing.assert_array_equal(_dealt(keys, three)[1], [1, 0, NEVER, NEVER])


def test_all_units_are_drawn_equally_often() -> None:
    # Each of 10 units in 3 of 10 draws: sd of the share over 4,000 draws is 0.0072.
    share = lottery(10, 3, draws=4000, seed=1).mean(axis=0)
    assert np.abs(share - 0.3).max() < 4 * 0.0072


@pytest.mark.parametrize("missing", [0.0, 0.1], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize(
    "spec",
    [CITY, replace(CITY, cluster="province_code"), PROVINCE],
    ids=["city", "province clusters", "conventional"],
)
def test_in_space_matches_one_fit_per_draw(spec: RegressionSpec, missing: float) -> None:
    panel = make_panel(missing=missing)
    units = np.unique(panel["region_code"])
    result = placebo_in_space(panel, spec, n_treated=20, first_year=2016, draws=10, seed=8)
    assert list(result) == ["draw", *COLUMNS, "n_assignments"]
    assert result["n_assignments"].isna().all()
    assert result["draw"].tolist() == list(range(10))
    for draw, treated in enumerate(lottery(len(units), 20, 10, seed=8)):
        expected = fit(pretend(panel, units[treated], 2016), spec).coefficients.iloc[0]
        close(result.loc[draw, COLUMNS].astype(float), expected[COLUMNS].astype(float), rel=1e-10)


def test_in_space_by_hand() -> None:
    # One of three units from the second year: 2, 1/2, -5/2 for A, B, C (worked in test_outcomes).
    spec = replace(CITY, controls=())
    effects = np.array([2, 0.5, -2.5])
    for seed in range(6):
        drawn = placebo_in_space(hand_panel(), spec, 1, 2, draws=2, seed=seed)
        treated = lottery(3, 1, 2, seed=seed).argmax(axis=1)
        close(drawn["estimate"], effects[treated])
        assert drawn["n_assignments"].isna().all()
    # All three are no more than three draws: each is made once.
    for draws in (3, 20):
        result = placebo_in_space(hand_panel(), spec, 1, 2, draws=draws, seed=0)
        close(result["estimate"], effects)
        assert result["draw"].tolist() == [0, 1, 2]
        assert result["n_assignments"].tolist() == [3, 3, 3]


def test_all_assignments_are_made_once_and_the_actual_one_counts_once() -> None:
    """Three of eight units: 8·7·6 / 3·2·1 = 56 ways, each fitted by itself."""
    panel = make_panel(8, 6)
    spec = replace(CITY, controls=("gdp",))
    units = np.unique(panel["region_code"])
    result = placebo_in_space(panel, spec, 3, 2016, draws=56, seed=1)
    expected = [
        fit(pretend(panel, list(chosen), 2016), spec).coefficients.iloc[0]
        for chosen in combinations(units, 3)
    ]
    assert len(result) == len(expected) == 56
    close(np.sort(result["estimate"]), np.sort([row["estimate"] for row in expected]))
    close(np.sort(result["p_value"]), np.sort([row["p_value"] for row in expected]))
    actual = fit(panel, spec).coefficients.iloc[0]
    null = np.array([row["estimate"] for row in expected])
    as_far = int((np.abs(null) >= abs(actual["estimate"]) * (1 - 1e-9)).sum())
    found = summary(result, float(actual["estimate"]), float(actual["t_statistic"]))
    assert (found.n_draws, found.n_assignments) == (56, 56)
    assert found.p_two_sided == pytest.approx(as_far / 56)
    # One draw less, and they are drawn at random: then the actual one is added.
    drawn = placebo_in_space(panel, spec, 3, 2016, draws=55, seed=1)
    assert drawn["n_assignments"].isna().all()
    found = summary(drawn, float(actual["estimate"]), float(actual["t_statistic"]))
    far = int((drawn["estimate"].abs() >= abs(actual["estimate"]) * (1 - 1e-9)).sum())
    assert found.p_two_sided == pytest.approx((1 + far) / 56)
    assert found.n_assignments is None


@pytest.mark.parametrize(
    ("units", "years", "ways"),
    [(6, (2015, 2015, 2018), 60), (5, (2015, 2016, 2018), 60), (4, (2016,), 4), (6, (1,) * 3, 20)],
)
def test_staggered_assignments_are_counted_and_made(
    units: int, years: tuple[int, ...], ways: int
) -> None:
    """Units times years: 6!/(2! 1! 3!) = 60 ways to give 2015 to two of six and 2018 to one."""
    assert law(units, years).number == ways
    if 1 in years:
        return
    panel = make_panel(units, 6)
    spec = replace(CITY, controls=())
    result = placebo_in_space(panel, spec, len(years), years, draws=ways, seed=0)
    codes = np.unique(panel["region_code"])
    by_hand = set()
    for chosen in permutations(codes, len(years)):
        start = panel["region_code"].map(dict(zip(chosen, years, strict=True)))
        pseudo = panel.assign(bdpz=(panel["year"] >= start).astype(float))
        by_hand.add(round(float(fit(pseudo, spec).coefficients["estimate"][0]), 9))
    assert len(by_hand) == ways
    assert set(result["estimate"].round(9)) == by_hand and len(result) == ways
    assert set(result["n_assignments"]) == {ways}


@pytest.mark.parametrize(
    "spec",
    [replace(CITY, cluster="province_code"), CITY, PROVINCE, replace(PROVINCE, unit_effects=False)],
    ids=["by province", "by city", "conventional", "without unit effects"],
)
def test_whole_clusters_are_drawn(spec: RegressionSpec) -> None:
    """All five cities of a drawn province are treated: two of twelve provinces, 66 ways."""
    panel = make_panel(60, 6)
    provinces = np.unique(panel["province_code"])
    result = placebo_in_space(panel, spec, 2, 2016, draws=100, seed=4, drawn="province_code")
    expected = []
    for chosen in combinations(provinces, 2):
        group = panel["province_code"].isin(chosen) & (panel["year"] >= 2016)
        pseudo = panel.assign(bdpz=group.astype(float))
        expected.append(fit(pseudo, spec).coefficients.loc[0, COLUMNS].astype(float))
    assert len(result) == 66 and set(result["n_assignments"]) == {66}
    fits = pd.DataFrame(expected)
    by_estimate = result.sort_values("estimate")[COLUMNS]
    close(by_estimate, fits.sort_values("estimate"), rel=1e-9)
    few = placebo_in_space(panel, spec, 2, 2016, draws=10, seed=4, drawn="province_code")
    assert len(few) == 10 and few["n_assignments"].isna().all()
    assert all(np.isclose(fits["estimate"], one, rtol=1e-9).any() for one in few["estimate"])


def test_clusters_that_do_not_hold_units_are_refused() -> None:
    panel = make_panel()
    with pytest.raises(NotEstimable, match=r"a cluster cuts through units.*clustered by year"):
        placebo_in_space(panel, replace(CITY, cluster="year"), 20, 2016, 5, 1)
    both = replace(CITY, second_cluster="year")
    with pytest.raises(NotEstimable, match="by region_code and by year: draws cluster one way"):
        placebo_in_space(panel, both, 20, 2016, 5, 1)


def test_an_exact_fit_has_no_standard_error() -> None:
    panel = make_panel(12, 6)
    drawn = lottery(12, 3, 9, seed=5)
    units = np.unique(panel["region_code"])
    panel["nqp"] = 4 + 2 * pretend(panel, units[drawn[2]], 2016)["bdpz"]
    for spec in (replace(CITY, controls=()), replace(PROVINCE, controls=())):
        result = placebo_in_space(panel, spec, 3, 2016, 9, 5)
        assert result["estimate"][2] == pytest.approx(2)
        exact = result["std_error"].isna()
        np.testing.assert_array_equal(exact, (drawn == drawn[2]).all(axis=1))
        np.testing.assert_array_equal(exact, result["p_value"].isna())


def test_strata_keep_how_many_are_drawn_in_each_and_from_when() -> None:
    """Of seven provinces, two of the four in the east begin in 2016, one of three in the west in
    2018: 6 times 3 ways, and each draw of few is one of them."""
    panel = provinces(9)
    spec = replace(CITY, controls=(), cluster="province_code")
    zone = panel.drop_duplicates("province_code").set_index("province_code")["zone"]
    east, west = (sorted(zone[zone == name].index) for name in ("east", "west"))
    first = {"p1": 2016, "p3": 2016, "p5": 2018}
    expected = []
    for drawn in product(combinations(east, 2), west):
        start = panel["province_code"].map(dict.fromkeys(drawn[0], 2016) | {drawn[1]: 2018})
        pseudo = panel.assign(bdpz=(panel["year"] >= start).astype(float))
        expected.append(float(fit(pseudo, spec).coefficients["estimate"][0]))
    every, few = (
        placebo_within_strata(panel, spec, first, "zone", draws, seed=4, drawn="province_code")
        for draws in (18, 10)
    )
    assert set(every["n_assignments"]) == {18} and few["n_assignments"].isna().all()
    close(np.sort(every["estimate"]), np.sort(expected))
    assert len(few) == 10
    assert all(np.isclose(expected, one, rtol=1e-9).any() for one in few["estimate"])
    again = placebo_within_strata(panel, spec, first, "zone", 5, seed=4, drawn="province_code")
    close(again["estimate"], few["estimate"][:5])


@pytest.mark.parametrize(
    ("strata", "first", "message"),
    [
        ("region_code", {"p1": 2016}, "p1 has units in more than one region_code, or in none"),
        ("zone", dict.fromkeys(["p0", "p1", "p2", "p3"], 2016), "all or none are treated in every"),
    ],
)
def test_strata_hold_what_is_drawn_and_leave_something_to_draw(
    strata: str, first: dict[str, int], message: str
) -> None:
    with pytest.raises(NotEstimable, match=message):
        placebo_within_strata(
            provinces(), replace(CITY, cluster="province_code"), first, strata, 9, 1,
            drawn="province_code",
        )  # fmt: skip


def test_draws_do_not_depend_on_their_number_or_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = make_panel(missing=0.1)
    long = placebo_in_space(panel, CITY, 20, 2016, draws=25, seed=5)
    monkeypatch.setattr("nqp.econometrics.assignments.DRAWN_CELLS", 4 * 60)
    monkeypatch.setattr("nqp.econometrics.structured.CHUNK_CELLS", 3 * 60)
    short = placebo_in_space(panel, CITY, 20, 2016, draws=10, seed=5)
    pd.testing.assert_frame_equal(short, long[:10], rtol=1e-12)


def test_staggered_first_years_go_to_drawn_units_in_random_order() -> None:
    panel = make_panel(missing=0.1)
    units = np.unique(panel["region_code"])
    years = (2015, 2018)
    result = placebo_in_space(panel, CITY, 2, years, draws=12, seed=2)
    pairs, orders = np.concatenate(list(law(len(units), years).draw(12, 2))), set()
    for draw, treated in enumerate(pairs != NEVER):
        for order in permutations(years):
            start = panel["region_code"].map(dict(zip(units[treated], order, strict=True)))
            pseudo = panel.assign(bdpz=(panel["year"] >= start).astype(float))
            estimate = fit(pseudo, CITY).coefficients["estimate"][0]
            if np.isclose(estimate, result["estimate"][draw], rtol=1e-10):
                orders.add(order)
                break
        else:
            pytest.fail(f"draw {draw} is none of the orders")
    assert orders == set(permutations(years))


def test_draws_that_identify_nothing_are_missing() -> None:
    panel = make_panel(20, 8)
    late = panel["region_code"].rank(method="dense") > 10
    panel = panel[~late | (panel["year"] >= 2016)]  # half the units are seen from 2016 only
    spec = replace(CITY, controls=())
    result = placebo_in_space(panel, spec, 1, 2016, draws=15, seed=1)
    nothing = lottery(20, 1, 15, seed=1).argmax(axis=1) >= 10
    assert 0 < nothing.sum() < 15
    np.testing.assert_array_equal(result["estimate"].isna(), nothing)
    described = summary(result, 0.5, 1.0)
    assert described.n_not_estimable == nothing.sum() == 15 - described.n_draws
    # Of all twenty, those of the other ten are estimated.
    described = summary(placebo_in_space(panel, spec, 1, 2016, draws=20, seed=1), 0.5, 1.0)
    assert (described.n_draws, described.n_not_estimable, described.n_assignments) == (10, 10, 20)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_treated": 0}, "n_treated is 0 of 60 units"),
        ({"n_treated": 60}, "n_treated is 60 of 60 units"),
        ({"draws": 0}, "draws is 0: expected at least one"),
        ({"first_year": (2015, 2016)}, "2 first years for 20 drawn units"),
    ],
)
def test_impossible_draws_are_refused(options: dict[str, Any], message: str) -> None:
    arguments = {"n_treated": 20, "first_year": 2016, "draws": 3, "seed": 0} | options
    with pytest.raises(ValueError, match=message):
        placebo_in_space(make_panel(), CITY, **arguments)


def test_in_time_by_hand() -> None:
    # A is treated in year 3. Before it the rows are those of the hand-worked regression, where
    # treatment in year 2 has coefficient 2, clustered s.e. sqrt(5)/2; year 3 itself would add 90.
    third = pd.DataFrame({"region_code": list("ABC"), "year": 3, "bdpz": [1, 0, 0]})
    panel = pd.concat([hand_panel().assign(bdpz=0), third.assign(nqp=[99, 9, 9])])
    result = placebo_in_time(panel, replace(CITY, controls=()), [2, 1, 3]).set_index("pseudo_year")
    close(result.loc[2, COLUMNS[:2]].astype(float), [2, np.sqrt(5) / 2])
    assert result["n_obs"][2] == 6
    assert pd.isna(result["reason"][2])
    for year in (1, 3):
        assert result.loc[year, [*COLUMNS, "n_obs"]].isna().all()
        assert "does not vary within any region_code" in result["reason"][year]
    weighted = replace(CITY, controls=(), weights="w")
    result = placebo_in_time(panel.assign(w=[1, 1, 3, 3, 1, 1, 9, 9, 9]), weighted, [2])
    close(result.loc[0, COLUMNS[:2]].astype(float), [1.5, np.sqrt(45) / 8])


@pytest.mark.parametrize("spec", [CITY, PROVINCE], ids=["city", "province"])
def test_in_time_keeps_the_group_and_the_years_before_anyone_was_treated(
    spec: RegressionSpec,
) -> None:
    # Adoption in 2018, and in 2020 for half of the treated units: 2014 to 2017 are untreated.
    panel = make_panel(missing=0.1)
    treated = np.unique(panel.loc[panel["bdpz"] == 1, "region_code"])
    start = panel["region_code"].map({code: 2018 + 2 * (i % 2) for i, code in enumerate(treated)})
    panel["bdpz"] = (panel["year"] >= start).astype(float)
    result = placebo_in_time(panel, spec, [2015, 2016, 2017])
    before = panel[panel["year"] < 2018]
    for (_, row), year in zip(result.iterrows(), (2015, 2016, 2017), strict=True):
        expected = fit(pretend(before, treated, year), spec)
        assert (row["pseudo_year"], row["n_obs"]) == (year, expected.n_obs)
        close(row[COLUMNS].astype(float), expected.coefficients.loc[0, COLUMNS].astype(float))


def test_in_time_needs_a_policy_and_years_before_it() -> None:
    panel = make_panel()
    with pytest.raises(NotEstimable, match="no row has bdpz = 1"):
        placebo_in_time(panel.assign(bdpz=0), CITY, [2015])
    with pytest.raises(NotEstimable, match="no year precedes the first treated one, 2016"):
        placebo_in_time(panel[panel["year"] >= 2016], CITY, [2015])
    with pytest.raises(ValueError, match="bdpz must be 0 or 1"):
        placebo_in_time(panel.assign(bdpz=0.5), CITY, [2015])
    with pytest.raises(ValueError, match="expected one treatment, not bdpz, gdp"):
        placebo_in_time(panel, replace(CITY, treatment=("bdpz", "gdp"), controls=()), [2015])


def draws_of(estimates: list[float], t: list[float], p: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"estimate": estimates, "std_error": 1.0, "t_statistic": t, "p_value": p})


def test_summary_by_hand() -> None:
    # Coefficients -2, -1, 0, 1 and one draw without: mean -1/2, sd sqrt(5/3).
    #   actual 1: all 4 as low, 1 as high, 3 as far from zero: 5/5, 2/5, 4/5.
    # t -3, -1, 1/2, 4 against 2: 3 as low, 1 as high, 2 as far: 4/5, 2/5, 3/5.
    nan = float("nan")
    draws = draws_of([-2, -1, nan, 0, 1], [-3, -1, nan, 0.5, 4], [0.01, 0.4, nan, 0.6, 0.1])
    result = asdict(summary(draws, 1, 2))
    expected: dict[str, float | None] = {"n_draws": 4, "n_not_estimable": 1, "n_assignments": None}
    expected |= {"null_mean": -0.5, "null_std_dev": np.sqrt(5 / 3)}
    expected |= {"p_left": 1, "p_right": 0.4, "p_two_sided": 0.8}
    expected |= {"p_left_t": 0.8, "p_right_t": 0.4, "p_two_sided_t": 0.6}
    expected |= {"share_p_below_10": 0.25}
    expected |= {"null_q025": -1.925, "null_q975": 0.925}
    assert result == pytest.approx(expected)


def test_among_all_assignments_the_actual_one_is_not_added() -> None:
    # Of -2, -1, 1, 3 with 1 the actual one: 3 of 4 as low, 2 as high, all 4 as far.
    draws = draws_of([-2, -1, 1, 3], [-2, -1, 1, 3], [0.5] * 4).assign(n_assignments=4)
    result = summary(draws, 1 + 1e-14, 1 - 1e-14)
    assert (result.p_left, result.p_right, result.p_two_sided) == (0.75, 0.5, 1)
    assert (result.p_left_t, result.p_right_t, result.p_two_sided_t) == (0.75, 0.5, 1)
    # An actual assignment that is none of them, such as of parts of clusters, is added: 2, 3 of 5.
    result = summary(draws, 1.5, 1.5)
    assert (result.p_left, result.p_right, result.p_two_sided) == (4 / 5, 2 / 5, 3 / 5)


def test_a_draw_of_the_actual_assignment_is_a_tie_despite_rounding() -> None:
    draws = draws_of([1 - 1e-14, -1 + 1e-14], [3.0, -3.0], [0.0, 0.0])
    result = summary(draws, 1, 3 + 1e-14)
    assert (result.p_left, result.p_right, result.p_two_sided) == (1, 2 / 3, 1)
    assert (result.p_left_t, result.p_right_t, result.p_two_sided_t) == (1, 2 / 3, 1)


def test_p_value_is_never_zero_and_exact_over_all_assignments() -> None:
    # All 20 ways to treat three of six units: under the null the p-values of the assignments,
    # each taken as the actual one among the other 19, are k/20 for ranks k = 1 … 20.
    effects = np.random.default_rng(0).normal(size=20)
    right = [
        summary(draws_of(list(np.delete(effects, i)), [0.0] * 19, [1.0] * 19), x, 0.0).p_right
        for i, x in enumerate(effects)
    ]
    close(np.sort(right), np.arange(1, 21) / 20)


def test_summary_needs_draws_and_an_actual_estimate() -> None:
    nan = float("nan")
    with pytest.raises(NotEstimable, match="none of the 2 placebo draws"):
        summary(draws_of([nan, nan], [nan, nan], [nan, nan]), 1, 2)
    with pytest.raises(ValueError, match="actual estimate is 1 with t nan"):
        summary(draws_of([0], [0], [1]), 1, nan)
