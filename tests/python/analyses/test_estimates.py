"""nqp.analyses on a panel small enough to count by hand: samples, reasons, rows, types."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from nqp.analyses.estimates import Context, context, draw_sample

from nqp.analyses import estimates
from nqp.econometrics.regression import NotEstimable

A, B, C, D, E = UNITS = ("110000", "120000", "130000", "140000", "150000")
YEARS = range(2014, 2019)
TREATED = {A: 2016, B: 2016}
ZONES = {"north": (A, B, C), "south": (D, E), "nowhere": ()}

# Blank cells of x: the unit E throughout, and C in 2016.
WITHOUT_X = {(E, year) for year in YEARS} | {(C, 2016)}

SPEC: dict[str, Any] = {
    "spec_id": "s.t3.c1", "study": "s", "outcome": "y", "treatment": "bdpz", "controls": "x",
    "unit_effects": True, "time_effects": True, "vcov": "clustered", "cluster": "region_code",
    "constant": "mean", "grouping": None, "group_id": None, "first_year": None, "last_year": None,
    "matching": None, "winsor_lower": None, "winsor_upper": None, "winsor_by": None,
}  # fmt: skip
MATCHING: dict[str, Any] = {
    "matching_id": "s.nearest", "study": "s", "covariates": "x", "method": "nearest",
    "neighbours": 1, "bandwidth": 0.06, "model": "logit", "by_year": False,
    "common_support": False, "ties": False, "direction": "treated", "caliper": np.nan,
    "keep": "rows",
}  # fmt: skip
PLACEBO: dict[str, Any] = {
    "placebo_id": "s.pb", "study": "s", "base_spec": "s.t3.c1", "kind": "space", "n_treated": 2,
    "draws": 12, "pseudo_year": np.nan, "treatment": "bdpz",
}  # fmt: skip
EVENTS: dict[str, Any] = {
    "event_study_id": "s.es", "study": "s", "base_spec": "s.t3.c1", "reference": -1,
}  # fmt: skip
NOTHING_MATCHED = pd.DataFrame(
    columns=["matching_id", "region_code", "year", "weight", "keep", "status", "reason"]
)
SEED = 7


def long_panel() -> pd.DataFrame:
    """Study s as above; study t has one unit and a variable of its own."""
    noise = np.random.default_rng(1).normal(size=(len(UNITS), len(YEARS), 2))
    rows: list[tuple[str, str, int, str, float]] = []
    for i, unit in enumerate(UNITS):
        for j, year in enumerate(YEARS):
            treated = float(year >= TREATED.get(unit, 9999))
            rows.append(("s", unit, year, "bdpz", treated))
            rows.append(("s", unit, year, "y", i + j + 2 * treated + float(noise[i, j, 0])))
            if (unit, year) not in WITHOUT_X:
                rows.append(("s", unit, year, "x", float(noise[i, j, 1])))
    rows.append(("t", A, 2014, "only", 1.0))
    return pd.DataFrame(rows, columns=["study", "region_code", "year", "variable_id", "value"])


def make_context(panel: pd.DataFrame | None = None, first: dict[str, int] | None = None) -> Context:
    started = TREATED if first is None else first
    units = pd.DataFrame(
        [(study, unit, unit, started.get(unit)) for study in "st" for unit in UNITS],
        columns=["study", "region_code", "province_code", "first_treated_year"],
    )
    groupings = pd.DataFrame(
        [("s", "zone", zone, unit) for zone, members in ZONES.items() for unit in members],
        columns=["study", "grouping", "group_id", "region_code"],
    )
    coverage = pd.DataFrame(
        [
            ("s", "y", 25, None),
            ("s", "x", 19, "partly missing"),
            ("s", "gap", 0, "the profile has no data for a, b"),
            ("s", "hole", 0, "the profile has no data for c"),
            ("t", "y", 0, "another study lacks y"),
        ],
        columns=["study", "variable_id", "available", "reason"],
    )
    return context(long_panel() if panel is None else panel, units, groupings, coverage)


@pytest.fixture(scope="module")
def ctx() -> Context:
    return make_context()


def matched_rows(weights: dict[tuple[str, int], float], keep: str = "rows") -> pd.DataFrame:
    rows = [
        ("s.nearest", unit, year, weight, keep, "estimated", None)
        for (unit, year), weight in weights.items()
    ]
    return pd.DataFrame(rows, columns=list(NOTHING_MATCHED))


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


# --- the context ---------------------------------------------------------------------------------


def test_each_study_has_its_rows_and_its_units(ctx: Context) -> None:
    assert {study: len(rows) for study, rows in ctx.panels.items()} == {"s": 25, "t": 1}
    panel = ctx.panels["s"].set_index(["region_code", "year"])
    assert panel["x"].isna().sum() == len(WITHOUT_X)
    assert panel.loc[(A, 2015), "bdpz"] == 0
    assert panel.loc[(A, 2016), "bdpz"] == 1
    assert panel["first_treated_year"].groupby("region_code").max().dropna().to_dict() == TREATED
    assert ctx.members == {("s", "zone", "north"): {A, B, C}, ("s", "zone", "south"): {D, E}}


def test_require_names_each_variable_that_the_study_lacks(ctx: Context) -> None:
    ctx.require("s", ("y", "x"))
    with pytest.raises(NotEstimable) as caught:
        ctx.require("s", ("y", "gap", "x", "hole"))
    assert str(caught.value) == (
        "gap: the profile has no data for a, b; hole: the profile has no data for c"
    )


# --- drawing the sample --------------------------------------------------------------------------


def test_the_whole_panel_less_incomplete_rows(ctx: Context) -> None:
    sample = draw_sample(ctx, SPEC, NOTHING_MATCHED)
    assert sample.flow == (
        ("study", 25, 5, ""),
        ("complete", 19, 4, "a value in y, bdpz, x"),
    )
    assert len(sample.rows) == 19
    assert sample.spec == estimates.regression_spec(SPEC)


def test_steps_come_in_their_order_and_are_counted(ctx: Context) -> None:
    # North is A, B and C, without 2014 12 rows. Of these 4 of A and 3 of C (not 2018) are
    # matched; B has weight 0; D is matched but not in the north. C in 2016 has no x.
    weights = {(A, year): 1.0 for year in YEARS} | {(C, year): 2.0 for year in range(2014, 2018)}
    weights |= {(B, year): 0.0 for year in YEARS} | {(D, year): 1.0 for year in YEARS}
    row = SPEC | {
        "grouping": "zone", "group_id": "north", "first_year": 2015.0, "matching": "s.nearest",
        "winsor_lower": 0.25, "winsor_upper": 0.75,
    }  # fmt: skip
    sample = draw_sample(ctx, row, matched_rows(weights))
    assert sample.flow == (
        ("study", 25, 5, ""),
        ("group", 15, 3, "zone = north"),
        ("window", 12, 3, "2015–"),
        ("matched", 7, 2, "s.nearest"),
        ("complete", 6, 2, "a value in y, bdpz, x"),
        ("winsorised", 6, 2, "25% and 75%: y, x"),
    )
    assert set(zip(sample.rows["region_code"], sample.rows["year"], strict=True)) == {
        (A, 2015), (A, 2016), (A, 2017), (A, 2018), (C, 2015), (C, 2017),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "rows", "text"),
    [(None, 2015, 10, "–2015"), (2017, np.nan, 10, "2017–"), (2015, 2017, 15, "2015–2017")],
)
def test_windows_are_open_where_a_year_is_blank(
    ctx: Context, first: Any, last: Any, rows: int, text: str
) -> None:
    row = SPEC | {"first_year": first, "last_year": last}
    assert draw_sample(ctx, row, NOTHING_MATCHED).flow[1] == ("window", rows, 5, text)


def test_winsorising_comes_last_and_leaves_dummies_alone() -> None:
    # What is left are A in five years and D in five: percentiles of ten values at 0.1 and 0.9 are
    # means of the first and second, the ninth and tenth. Rows that a later step would take away
    # carry values that would shift them: E has no x, B is not matched.
    values = dict(zip([(u, t) for u in (A, D) for t in YEARS], [5, 1, 9, 3, 7, 4, 8, 2, 10, 6],
                      strict=True))  # fmt: skip
    panel = long_panel()
    is_y = panel["variable_id"] == "y"
    keys = zip(panel.loc[is_y, "region_code"], panel.loc[is_y, "year"], strict=True)
    panel.loc[is_y, "value"] = [float(values.get(key, 1e6)) for key in keys]
    weights = {(unit, year): 1.0 for unit in (A, D, E) for year in YEARS}
    row = SPEC | {"matching": "s.nearest", "winsor_lower": 0.1, "winsor_upper": 0.9}
    sample = draw_sample(make_context(panel), row, matched_rows(weights))
    assert sample.flow[-1] == ("winsorised", 10, 2, "10% and 90%: y, x")
    found = sample.rows.set_index(["region_code", "year"])["y"].to_dict()
    assert found == {key: min(max(value, 1.5), 9.5) for key, value in values.items()}
    assert sorted(sample.rows["bdpz"].unique()) == [0, 1]


def test_one_tail_can_be_winsorised_alone() -> None:
    row = SPEC | {"winsor_lower": 0.25}
    both = SPEC | {"winsor_lower": 0.25, "winsor_upper": 0.75}
    plain, lower, trimmed = (
        draw_sample(make_context(long_panel()), spec, matched_rows({})).rows["y"]
        for spec in (SPEC, row, both)
    )
    assert lower.min() == trimmed.min() > plain.min()
    assert lower.max() == plain.max() > trimmed.max()


def test_a_specification_at_fault_is_named(ctx: Context) -> None:
    specs = frame(SPEC | {"spec_id": "s.t9.c9", "winsor_lower": 0.9, "winsor_upper": 0.1})
    with pytest.raises(ValueError, match=r"^s\.t9\.c9: lower is 0.9"):
        estimates.regressions(ctx, specs, NOTHING_MATCHED)


def test_weights_reach_the_regression_only_where_the_matching_keeps_them(ctx: Context) -> None:
    weights = {(unit, year): 1.0 + i for i, unit in enumerate((A, C, D)) for year in YEARS}
    row = SPEC | {"matching": "s.nearest"}
    plain = draw_sample(ctx, row, matched_rows(weights))
    assert plain.spec.weights is None
    weighted = draw_sample(ctx, row, matched_rows(weights, keep="weights"))
    assert weighted.spec.weights is not None
    held = weighted.rows.groupby("region_code")[weighted.spec.weights].unique()
    assert {unit: list(values) for unit, values in held.items()} == {A: [1], C: [2], D: [3]}
    assert len(plain.rows) == len(weighted.rows) == 14
    tables = [
        estimates.regressions(ctx, frame(row), matched_rows(weights, keep=keep))
        for keep in ("rows", "weights")
    ]
    assert [t["status"].unique().tolist() for t in tables] == [["estimated"]] * 2
    assert tables[0]["estimate"][0] != pytest.approx(tables[1]["estimate"][0], rel=1e-3)


# --- what cannot be estimated --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"outcome": "gap", "controls": "x + hole"},
            "gap: the profile has no data for a, b; hole: the profile has no data for c",
        ),
        ({"controls": "x + hole"}, "hole: the profile has no data for c"),
        ({"matching": "s.none"}, "matching s.none: no such matching"),
        ({"matching": "s.kernel"}, "matching s.kernel: no matches among 25 rows"),
        ({"grouping": "zone", "group_id": "nowhere"}, "no complete rows: the sample is empty"),
        ({"first_year": 2030}, "no complete rows: the sample is empty"),
        (
            {"grouping": "zone", "group_id": "south"},
            "only one cluster: region_code is 140000 in all 5 rows",
        ),
        (
            {"grouping": "zone", "group_id": "south", "controls": None},
            "bdpz does not vary within any region_code, so the unit effects absorb it",
        ),
    ],
)
def test_a_specification_says_why_it_is_not_estimable(
    ctx: Context, change: dict[str, Any], reason: str
) -> None:
    failed = NOTHING_MATCHED.copy()
    failed.loc[0] = ["s.kernel", None, None, None, None, "not estimable",
                     "no matches among 25 rows"]  # fmt: skip
    bad = SPEC | {"spec_id": "s.t3.c2", "winsor_lower": 0.01, "winsor_upper": 0.99} | change
    table = estimates.regressions(ctx, frame(SPEC, bad), failed)
    assert list(table) == list(estimates.REGRESSION_COLUMNS)
    good = table[table["spec_id"] == "s.t3.c1"]
    assert good["term"].tolist() == ["bdpz", "x", "_cons"]
    assert (good["status"] == "estimated").all() and good["reason"].isna().all()
    assert good["n_obs"].unique().tolist() == [19]
    [row] = table[table["spec_id"] == "s.t3.c2"].to_dict("records")
    assert (row["status"], row["reason"]) == ("not estimable", reason)
    assert pd.isna([row[name] for name in ("term", "estimate", "n_obs", "r2")]).all()


def test_sample_flow_counts_losses_and_leaves_out_what_has_no_sample(ctx: Context) -> None:
    grouped = SPEC | {"spec_id": "s.t6.c1", "grouping": "zone", "group_id": "north"}
    lacking = SPEC | {"spec_id": "s.t3.c9", "controls": "gap"}
    flow = estimates.sample_flow(ctx, frame(SPEC, lacking, grouped), NOTHING_MATCHED)
    assert list(flow) == list(estimates.FLOW_COLUMNS)
    assert list(flow.drop(columns="detail").itertuples(index=False, name=None)) == [
        ("s.t3.c1", 1, "study", 25, 5, 0, 0),
        ("s.t3.c1", 2, "complete", 19, 4, 6, 1),
        ("s.t6.c1", 1, "study", 25, 5, 0, 0),
        ("s.t6.c1", 2, "group", 15, 3, 10, 2),
        ("s.t6.c1", 3, "complete", 14, 3, 1, 0),
    ]
    assert estimates.sample_flow(ctx, frame(lacking), NOTHING_MATCHED).empty


@pytest.mark.parametrize("kind", ["regressions", "sample_flow", "event_studies", "placebo_draws"])
def test_columns_without_a_value_keep_the_type_of_text(ctx: Context, kind: str) -> None:
    """DuckDB takes a column without a value for an integer: text columns would then not join."""
    lacking = frame(SPEC | {"controls": "gap"})
    table = {
        "regressions": lambda: estimates.regressions(ctx, lacking, NOTHING_MATCHED),
        "sample_flow": lambda: estimates.sample_flow(ctx, lacking, NOTHING_MATCHED),
        "event_studies": lambda: estimates.event_studies(
            ctx, frame(EVENTS), lacking, NOTHING_MATCHED
        ),
        "placebo_draws": lambda: estimates.placebo_draws(
            ctx, frame(PLACEBO), lacking, NOTHING_MATCHED, SEED
        ),
    }[kind]()
    described = duckdb.from_df(table)
    types = dict(zip(described.columns, map(str, described.types), strict=True))
    counts = {"n_obs", "n_units", "n_clusters"} if kind == "regressions" else set()
    counts |= {"step_no", "rows", "units", "rows_lost", "units_lost"} & set(types)
    assert types == {name: "BIGINT" if name in counts else "VARCHAR" for name in types}
    if kind != "sample_flow":
        assert table["reason"].tolist() == ["gap: the profile has no data for a, b"]


# --- matching ------------------------------------------------------------------------------------


def test_matchings_come_with_all_rows_of_the_panel_or_with_a_reason(ctx: Context) -> None:
    specs = frame(
        MATCHING,
        MATCHING | {"matching_id": "s.hole", "covariates": "x + hole"},
    )
    table = estimates.matched_samples(ctx, specs)
    found = table[table["matching_id"] == "s.nearest"]
    assert list(table) == [*estimates.MATCHED_COLUMNS, "keep"]
    assert len(found) == 25 and not found.duplicated(["region_code", "year"]).any()
    # All years of the units ever treated are treated; rows without x have no score, no weight.
    assert set(found.loc[found["treated"] == 1, "region_code"]) == {A, B}
    blank = found[found["score"].isna()]
    assert set(zip(blank["region_code"], blank["year"], strict=True)) == WITHOUT_X
    assert (blank["weight"] == 0).all()
    assert found.loc[found["treated"] == 1, "weight"].tolist() == [1] * 10
    assert found.loc[found["treated"] == 0, "weight"].sum() == 10
    [row] = table[table["matching_id"] == "s.hole"].to_dict("records")
    assert (row["status"], row["reason"]) == (
        "not estimable", "hole: the profile has no data for c",
    )  # fmt: skip


def test_no_unit_is_ever_treated() -> None:
    panel = long_panel()
    panel.loc[panel["variable_id"] == "bdpz", "value"] = 0.0
    ctx = make_context(panel, first={})
    specs = frame(SPEC)
    reasons = {
        "matching": estimates.matched_samples(ctx, frame(MATCHING)),
        "balance": estimates.matching_balance(ctx, frame(MATCHING)),
        "regression": estimates.regressions(ctx, specs, NOTHING_MATCHED),
        "event study": estimates.event_studies(ctx, frame(EVENTS), specs, NOTHING_MATCHED),
        "space": estimates.placebo_draws(ctx, frame(PLACEBO), specs, NOTHING_MATCHED, SEED),
        "time": estimates.placebo_draws(
            ctx, frame(PLACEBO | {"kind": "time", "pseudo_year": 2015}), specs, NOTHING_MATCHED,
            SEED,
        ),
    }  # fmt: skip
    assert {name: table["reason"].tolist() for name, table in reasons.items()} == {
        "matching": ["no score: 0 of 19 complete rows are treated"],
        "balance": ["no score: 0 of 19 complete rows are treated"],
        "regression": ["bdpz does not vary within any region_code, so the unit effects absorb it"],
        "event study": ["no region_code of the sample is among the 0 treated"],
        "space": ["no unit of the sample is ever treated"],
        "time": ["no row has bdpz = 1, so there is no first treated year"],
    }
    scan = estimates.matching_scan(ctx, frame(MATCHING)).set_index("by_year")["not_matched"]
    assert scan[False].unique().tolist() == ["no score: 0 of 19 complete rows are treated"]
    assert scan[True].unique().tolist() == ["year 2014: no score: 0 of 4 complete rows are treated"]


@pytest.mark.parametrize("estimate", [estimates.matching_balance, estimates.matching_scan])
@pytest.mark.parametrize("specs", [[], [MATCHING | {"covariates": "hole"}]])
def test_a_table_has_all_its_columns_where_nothing_can_be_matched(
    ctx: Context,
    estimate: Callable[[Context, pd.DataFrame], pd.DataFrame],
    specs: list[dict[str, Any]],
) -> None:
    whole, bare = estimate(ctx, frame(MATCHING)), estimate(ctx, frame(MATCHING, *specs)[1:])
    assert set(whole["status"]) == {"estimated"}
    assert list(bare) == list(whole)
    assert bare["status"].tolist() == ["not estimable"] * len(specs)


def test_the_scan_is_made_once_for_each_list_of_covariates(ctx: Context) -> None:
    specs = frame(
        MATCHING,
        MATCHING | {"matching_id": "s.kernel", "method": "kernel"},
        MATCHING | {"matching_id": "s.hole", "covariates": "hole"},
    )
    scan = estimates.matching_scan(ctx, specs)
    assert set(scan["matching_id"]) == {"s.nearest", "s.hole"}
    tried = scan[scan["matching_id"] == "s.nearest"]
    one = tried[
        (tried["method"] == "nearest") & (tried["neighbours"] == 1) & (tried["model"] == "logit")
        & ~tried["by_year"] & ~tried["common_support"] & ~tried["ties"]
        & (tried["direction"] == "treated")
    ]  # fmt: skip
    matched = estimates.matched_samples(ctx, frame(MATCHING))
    assert one["rows"].tolist() == [(matched["weight"] > 0).sum()]


# --- placebos and event studies ------------------------------------------------------------------


def test_a_draw_depends_on_the_seed_and_its_number_alone(ctx: Context) -> None:
    def draws(seed: int, **change: Any) -> pd.DataFrame:
        other = PLACEBO | {"placebo_id": "s.other", "n_treated": 1}
        table = estimates.placebo_draws(
            ctx, frame(other, PLACEBO | change), frame(SPEC), NOTHING_MATCHED, seed
        )
        assert list(table) == list(estimates.PLACEBO_COLUMNS)
        return table[table["placebo_id"] == "s.pb"].reset_index(drop=True)

    few, many = draws(SEED), draws(SEED, draws=40)
    assert few["draw"].tolist() == list(range(12))
    assert many["draw"].tolist() == list(range(40))
    assert few["estimate"].nunique() > 3
    pd.testing.assert_frame_equal(few, many[:12], rtol=1e-12)
    assert not np.allclose(few["estimate"], draws(SEED + 1)["estimate"])


@pytest.mark.parametrize(("n_treated", "status"), [(3, "estimated"), (4, "not estimable")])
def test_a_placebo_draws_fewer_units_than_the_sample_has(
    ctx: Context, n_treated: int, status: str
) -> None:
    """E has no x, so that four of the five units are left."""
    table = estimates.placebo_draws(
        ctx, frame(PLACEBO | {"n_treated": n_treated}), frame(SPEC), NOTHING_MATCHED, SEED
    )
    assert set(table["status"]) == {status}
    if status == "not estimable":
        assert "4 units to be drawn, but the sample has 4" in table["reason"].iloc[0]


def test_a_placebo_in_time_is_one_draw_before_treatment(ctx: Context) -> None:
    spec = SPEC | {"controls": None}
    rows = frame(
        PLACEBO | {"kind": "time", "pseudo_year": 2015.0},
        PLACEBO | {"placebo_id": "s.pb.2014", "kind": "time", "pseudo_year": 2014.0},
    )
    table = estimates.placebo_draws(ctx, rows, frame(spec), NOTHING_MATCHED, SEED)
    first, second = table.to_dict("records")
    assert (first["draw"], first["pseudo_year"], first["status"]) == (0, 2015, "estimated")
    y = ctx.panels["s"].pivot(index="region_code", columns="year", values="y")
    rise = y[2015] - y[2014]
    assert first["estimate"] == pytest.approx(rise[[A, B]].mean() - rise[[C, D, E]].mean())
    # Already treated in the first year: nothing to compare with.
    assert second["status"] == "not estimable"
    assert "does not vary within any region_code" in second["reason"]


STAGGERED = {A: 2016, B: 2017}


def test_draws_under_staggered_adoption_treat_as_many_units_as_are_treated() -> None:
    ctx = make_context(first=STAGGERED)
    placebo = frame(PLACEBO | {"n_treated": 3})
    table = estimates.placebo_draws(ctx, placebo, frame(SPEC), NOTHING_MATCHED, SEED)
    assert table["status"].tolist() == ["not estimable"]
    assert table["reason"][0] == (
        "the 2 treated units begin in different years, and each unit drawn is given one of them: "
        "draw 2, not 3"
    )


def test_draws_under_staggered_adoption_give_out_the_true_years() -> None:
    """Each draw is one of the twelve ways to give two years to two of the four units with x."""
    ctx = make_context(first=STAGGERED)
    placebo = frame(PLACEBO | {"draws": 60})
    table = estimates.placebo_draws(ctx, placebo, frame(SPEC), NOTHING_MATCHED, SEED)
    rows = ctx.panels["s"].dropna(subset=["x", "y"])
    dummies = pd.get_dummies(rows[["region_code", "year"]].astype(str), dtype=float).to_numpy()
    possible = []
    for first, second in itertools.permutations([A, B, C, D], 2):
        start = rows["region_code"].map({first: 2016, second: 2017})
        design = np.column_stack([rows["year"] >= start, rows["x"], dummies])
        possible.append(np.linalg.lstsq(design, rows["y"], rcond=None)[0][0])
    gaps = np.abs(table["estimate"].to_numpy()[:, None] - possible)
    nearest = np.array(possible)[gaps.argmin(axis=1)]
    np.testing.assert_allclose(table["estimate"], nearest, rtol=1e-9)
    assert len(set(nearest)) == 12


def test_draws_take_no_weights(ctx: Context) -> None:
    weights = {(unit, year): 1.0 + i for i, unit in enumerate(UNITS) for year in YEARS}
    spec = frame(SPEC | {"matching": "s.nearest"})
    for keep, status in (("rows", "estimated"), ("weights", "not estimable")):
        matched = matched_rows(weights, keep)
        table = estimates.placebo_draws(ctx, frame(PLACEBO), spec, matched, SEED)
        assert set(table["status"]) == {status}
    assert table["reason"].tolist() == ["draws take no weights: match with keep = rows"]


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
        }
    )
    actual = pd.DataFrame(
        {"spec_id": ["b"] * 2, "term": ["zone", "x"], "estimate": [2.0, 9.0],
         "t_statistic": [2.5, 9.0]}
    )  # fmt: skip
    row = {"placebo_id": "p", "kind": "space", "base_spec": "b", "treatment": "zone"}
    specs = frame(row, row | {"placebo_id": "q", "kind": "time"})
    table = estimates.placebo_summaries(specs, actual, draws)
    assert list(table) == list(estimates.SUMMARY_COLUMNS)
    [found] = table.to_dict("records")
    # By coefficient: all four as low as 2, one as high, two as far (2 and -3), and one is added.
    shares = {name: found[name] for name in ("p_left", "p_right", "p_two_sided")}
    assert shares == {"p_left": 5 / 5, "p_right": 2 / 5, "p_two_sided": 3 / 5}
    # By t 2.5: none as high, one as far.
    shares = {name: found[name] for name in ("p_left_t", "p_right_t", "p_two_sided_t")}
    assert shares == {"p_left_t": 5 / 5, "p_right_t": 1 / 5, "p_two_sided_t": 2 / 5}
    assert (found["n_draws"], found["mean"], found["share_p_below_10"]) == (4, -0.5, 0.5)
    assert (found["estimate"], found["t_statistic"]) == (2.0, 2.5)


def test_placebo_summaries_say_what_is_missing() -> None:
    draws = pd.DataFrame(
        [("p", np.nan, "not estimable", "gap: no data"), ("q", 1.0, "estimated", None)],
        columns=["placebo_id", "estimate", "status", "reason"],
    ).assign(t_statistic=1.0, p_value=0.5)
    actual = pd.DataFrame(
        [("b", None, np.nan, np.nan)], columns=["spec_id", "term", "estimate", "t_statistic"]
    )
    row = {"placebo_id": "p", "kind": "space", "base_spec": "b", "treatment": "zone"}
    table = estimates.placebo_summaries(frame(row, row | {"placebo_id": "q"}), actual, draws)
    assert table["status"].tolist() == ["not estimable"] * 2
    assert table["reason"].tolist() == ["gap: no data", "not estimated: b"]


def test_event_studies_rest_on_the_sample_of_their_base(ctx: Context) -> None:
    base = SPEC | {"grouping": "zone", "group_id": "north", "controls": None}
    lacking = EVENTS | {"event_study_id": "s.gap", "base_spec": "s.gap"}
    specs = frame(base, SPEC | {"spec_id": "s.gap", "controls": "gap"})
    table = estimates.event_studies(ctx, frame(EVENTS, lacking), specs, NOTHING_MATCHED)
    assert list(table) == list(estimates.EVENT_COLUMNS)
    found = table[table["event_study_id"] == "s.es"].set_index("relative_year")
    assert found.index.tolist() == [-2, -1, 0, 1, 2]
    assert found["n_obs"].unique().tolist() == [15]
    assert found["leads_test"].unique().tolist() == ["t-test"]
    assert found["is_reference"].tolist() == [False, True, False, False, False]
    # With A and B against C alone, each effect is a difference of differences.
    y = ctx.panels["s"].pivot(index="region_code", columns="year", values="y")
    gap = y.loc[[A, B]].mean() - y.loc[C]
    assert found["estimate"].to_numpy() == pytest.approx((gap - gap[2015]).to_numpy())
    [row] = table[table["event_study_id"] == "s.gap"].to_dict("records")
    assert (row["status"], row["reason"]) == (
        "not estimable", "gap: the profile has no data for a, b",
    )  # fmt: skip
