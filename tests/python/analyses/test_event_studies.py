"""nqp.analyses.event_studies on a panel small enough to work by hand."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from nqp.analyses.event_studies import COLUMNS
from nqp.analyses.event_studies import event_studies as estimate
from nqp.econometrics.cluster_design import cluster_design
from nqp.econometrics.cluster_inference import cluster_inference
from nqp.econometrics.event_study import event_study
from nqp.econometrics.honest_did import honest_did
from nqp.econometrics.joint_tests import htz_test
from nqp.econometrics.pretest_power import pretest_power
from nqp.econometrics.regression import RegressionSpec, fit
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


def event_studies(*given: Any) -> pd.DataFrame:
    """The coefficients alone; what cannot be estimated has no part and stands with them."""
    table = estimate(*given)
    kept = table["part"].isna() | (table["part"] == "coefficient")
    return table[kept].reset_index(drop=True)


def test_event_studies_rest_on_the_sample_of_their_base() -> None:
    lacking = EVENTS | {"event_study_id": "s.gap", "base_spec": "s.gap"}
    specs = frame(BASE, SPEC | {"spec_id": "s.gap", "controls": "gap"})
    samples = samples_of(asked_by(BASE, NORTH), Request("s.gap", reason=GAP))
    table = event_studies(samples, frame(lacking, EVENTS), specs)
    assert list(table) == ["event_study_id", *COLUMNS, "status", "reason"]
    # Bands hold all four years at once, so that they are wider than the interval of each.
    own = table[table["band_low"].notna()]
    assert own["relative_year"].tolist() == [-2, 0, 1, 2]
    assert (own["band_low"] < own["conf_low_95"]).all()
    assert (own["band_high"] > own["conf_high_95"]).all()
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


# --- tests of the leads and intervals without parallel trends ---------------------------------


def provinces(n_units: int = 24, first: int = 2016) -> tuple[pd.DataFrame, dict[str, int]]:
    """24 cities, four to a province, in eight years; the cities of three provinces are treated."""
    noise = np.random.default_rng(3).normal(size=(n_units, 8))
    starts = {f"{11 + i // 4}{i:02}00": first for i in range(n_units) if i // 4 < 3}
    rows = [
        (unit, year, float(year >= starts.get(unit, 9999)), noise[i, j] + i + 0.5 * j)
        for i, unit in enumerate(f"{11 + i // 4}{i:02}00" for i in range(n_units))
        for j, year in enumerate(range(2012, 2020))
    ]
    return pd.DataFrame(rows, columns=["region_code", "year", "bdpz", "y"]), starts


def made(spec: dict[str, Any] = BASE, **events: Any) -> pd.DataFrame:
    panel, starts = provinces()
    clusters = {unit: unit[:2] for unit in panel["region_code"]}
    samples = samples_of(asked_by(spec, "true"), panel=panel, first=starts, clusters=clusters)
    return estimate(samples, frame(EVENTS | events), frame(spec))


def by_hand() -> tuple[Any, Any, list[str]]:
    """The event study, and its regression with the provinces as clusters."""
    panel, starts = provinces()
    panel["province"] = panel["region_code"].str[:2]
    spec = RegressionSpec("y", ("bdpz",), (), True, True, "clustered", "region_code", "mean")
    found = event_study(panel, spec, starts, -1)
    events = found.rows.merge(panel[["region_code", "year", "province"]])
    return found, events, [*found.spec.treatment]


def test_leads_are_tested_together_by_unit_and_by_cluster_of_assignment() -> None:
    table = made()
    rows = table[table["test"] == "joint_leads"].fillna({"cluster": ""})
    rows = rows.set_index(["method", "cluster"])
    found, events, _ = by_hand()
    assert found.leads is not None
    leads = list(found.leads.terms)
    assert rows["n_terms"].unique().tolist() == [3] and leads == ["rel_m4", "rel_m3", "rel_m2"]
    b = found.coefficients.set_index("term")["estimate"][leads].to_numpy()
    for kind, cluster in ((("cr1", "unit"), "region_code"), (("cr1", "assignment"), "province")):
        refitted = fit(
            events,
            RegressionSpec("y", found.spec.treatment, (), True, True, "clustered", cluster, "mean"),
        )
        V = refitted.covariance.loc[leads, leads].to_numpy()
        assert rows.loc[kind, "statistic"] == pytest.approx(b @ np.linalg.solve(V, b) / 3)
        assert rows.loc[kind, "df"] == refitted.df_resid
    tested = htz_test(cluster_design(events, found.spec, "province"), leads)
    [htz] = table[table["method"] == "htz"].to_dict("records")
    assert [htz["statistic"], htz["df"], htz["p_value"]] == pytest.approx(
        [tested.f_statistic, tested.df2, tested.p_value]
    )
    assert htz["n_clusters"] == 6


def test_power_and_intervals_rest_on_cr2_errors_by_cluster_of_assignment() -> None:
    table = made()
    found, events, terms = by_hand()
    # Seven years and a reference, six clusters: their covariance cannot tell all years apart.
    power = table[table["test"] == "pretest_power"]
    assert power["power"].tolist() == [0.5, 0.8]
    V = cluster_inference(events, found.spec, "province").covariances["cr2"].loc[terms, terms]
    years = (-4, -3, -2, 0, 1, 2, 3)
    for _, row in power.iterrows():
        known = pretest_power(V.to_numpy(), years, row["power"])
        assert row["slope"] == pytest.approx(known.slope)
        assert row["bias"] == pytest.approx(known.slope * np.mean([1, 2, 3, 4]))
        assert row["bias_if_passed"] == pytest.approx(known.bias_if_passed[3:].mean())
    [only] = table[table["part"] == "honest_did"].to_dict("records")
    assert (
        only["reason"]
        == "the covariance of 7 years is singular: too few clusters for as many years"
    )


def test_intervals_are_those_of_the_first_and_of_the_average_year() -> None:
    panel, starts = provinces()
    samples = samples_of(asked_by(BASE, "true"), panel=panel, first=starts)
    table = estimate(samples, frame(EVENTS), frame(BASE))
    rows = table[table["part"] == "honest_did"]
    assert len(rows) == 2 * (5 + 4)
    spec = RegressionSpec("y", ("bdpz",), (), True, True, "clustered", "region_code", "mean")
    found = event_study(panel, spec, starts, -1)
    V = cluster_inference(found.rows, found.spec, "region_code").covariances["cr2"]
    b = found.coefficients.query("not is_reference")
    for target in ("first", "average"):
        known = honest_did(
            b["estimate"].to_numpy(), V.loc[b["term"], b["term"]].to_numpy(),
            [*b["relative_year"]], target,
        )  # fmt: skip
        own = rows[rows["target"] == target]
        assert own["conf_low"].tolist() == pytest.approx(known.table["conf_low"].tolist())
        assert own["restriction"].tolist() == ["relative_magnitudes"] * 5 + ["smoothness"] * 4
        assert own["breakdown"].iloc[[0, -1]].tolist() == pytest.approx(
            [known.breakdown_relative_magnitudes, known.breakdown_smoothness]
        )
        # Zero lies in an interval exactly where more is allowed than the breakdown value.
        holds = (own["conf_low"] <= 0) & (own["conf_high"] >= 0)
        assert holds.tolist() == (own["m"] >= own["breakdown"]).tolist()


def test_the_effect_beside_trends_of_clusters_is_that_of_dummies_times_years() -> None:
    panel, _ = provinces()
    [row] = made().query("test == 'group_trends'").to_dict("records")
    province = panel["region_code"].str[:2]
    trends = {f"t{code}": (province == code) * (panel["year"] - 2015.5) for code in set(province)}
    spec = RegressionSpec(
        "y", ("bdpz",), tuple(sorted(trends))[1:], True, True, "clustered", "province", "mean"
    )
    known = fit(panel.assign(province=province, **trends), spec).coefficients.iloc[0]
    assert row["estimate"] == pytest.approx(known["estimate"])
    assert row["std_error"] == pytest.approx(known["std_error"])
    assert row["p_value"] == pytest.approx(known["p_value"])


def test_tests_of_a_policy_of_several_years_say_that_they_rest_on_two_way_coefficients() -> None:
    """The units of one treated province follow two years after the other's."""
    panel, starts = provinces()
    assert made()["cautions"].isna().all()
    last = [unit for unit in starts if unit[:2] == max(unit[:2] for unit in starts)]
    staggered = starts | {unit: 2018 for unit in last}
    begins = panel["region_code"].map(staggered)
    panel["bdpz"] = (panel["year"] >= begins).astype(int)
    samples = samples_of(asked_by(BASE, "true"), panel=panel, first=staggered)
    table = estimate(samples, frame(EVENTS), frame(BASE))
    resting = table["test"].isin(["joint_leads", "pretest_power"]) | (table["part"] == "honest_did")
    estimated = table["status"] == "estimated"
    assert (resting & estimated & (table["part"] == "honest_did")).any()
    said = table["cautions"].str.startswith("The policy begins in 2 different years: this rests")
    assert (said.fillna(False) == (resting & estimated)).all()


def test_without_another_lead_there_is_nothing_to_test() -> None:
    panel, starts = provinces()
    samples = samples_of(
        asked_by(BASE, "year >= 2015"), panel=panel, first=starts,
        clusters={unit: unit[:2] for unit in panel["region_code"]},
    )  # fmt: skip
    table = estimate(samples, frame(EVENTS), frame(BASE))
    left = table[(table["test"] == "joint_leads") | (table["test"] == "pretest_power")]
    assert (left["status"] == "not estimable").all()
    assert left["reason"].unique().tolist() == [
        "no year before treatment is left beside the reference",
        "no power of a test of the leads: there is no lead with a standard error",
    ]
    [row] = table[table["part"] == "honest_did"].to_dict("records")
    assert row["status"] == "not estimable" and "at least one of each" in row["reason"]


def test_years_that_others_joined_are_no_single_difference_in_trends() -> None:
    """2012 joins 2013 and 2019 joins 2018: both are left out of power and intervals."""
    panel, starts = provinces()
    samples = samples_of(asked_by(BASE, "true"), panel=panel, first=starts)
    joined = EVENTS | {"window_first": -3, "window_last": 2}
    table = estimate(samples, frame(joined), frame(BASE))
    power = table[table["test"] == "pretest_power"]
    assert power["n_terms"].tolist() == [1, 1]
    average = table[(table["target"] == "average") & (table["m"] == 0)].iloc[0]
    b = table.set_index("relative_year")["estimate"]
    assert average["estimate"] == pytest.approx(b[[0, 1]].mean())
