"""Staggered adoption against csdid, published figures, fits on untreated rows, and by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nqp.econometrics.event_study import event_study
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import fit
from nqp.econometrics.treatment_effects import (
    ControlGroup,
    TreatmentEffects,
    group_time_effects,
    imputation_effects,
)
from nqp.econometrics.two_way_decomposition import goodman_bacon, two_way_weights
from panels_for_tests import CITY, PROVINCE, close

ROOT = Path(__file__).parents[3]
ORACLE = pd.read_csv(ROOT / "tests/reference/staggered/csdid.csv")
CASTLE = ROOT / "studies/castle_doctrine"
ALONE = replace(CITY, controls=())
CONTROLS: list[ControlGroup] = ["never_treated", "not_yet_treated"]


def castle() -> tuple[pd.DataFrame, dict[str, int]]:
    panel = pd.read_csv(CASTLE / "data/castle_doctrine.csv").rename(columns={"code": "region_code"})
    laws = pd.read_csv(CASTLE / "policies.csv").set_index("region_code")["date"]
    first = {str(code): int(date[:4]) for code, date in laws.items()}
    start = panel["region_code"].map(first)
    treated = (panel["year"] >= start).astype(float)
    return panel.assign(nqp=np.log(panel["homicide"]), bdpz=treated), first


def made_up(growth: float = 0.0, seed: int = 0) -> tuple[pd.DataFrame, dict[str, int]]:
    """Cohorts 2015, 2018 and never; effects 1 + growth * years since; no other trend."""
    rng = np.random.default_rng(seed)
    first = {f"r{i:02d}": 2015 if i % 3 == 0 else 2018 for i in range(30) if i % 3 < 2}
    panel = pd.DataFrame(
        [(f"r{i:02d}", f"p{i // 4}", y) for i in range(30) for y in range(2012, 2022)],
        columns=["region_code", "province_code", "year"],
    )
    since = panel["year"] - panel["region_code"].map(first)
    panel["bdpz"] = (since >= 0).astype(float)
    panel["effect"] = np.where(since >= 0, 1 + growth * since, 0.0)
    level = np.repeat(rng.normal(size=30), 10)
    panel["nqp"] = level + 0.3 * (panel["year"] - 2012) + panel["effect"]
    return panel, first


def rows(result: TreatmentEffects, aggregation: str) -> pd.DataFrame:
    return result.table[result.table["aggregation"] == aggregation]


@pytest.mark.parametrize("control", CONTROLS)
def test_group_time_averages_match_csdid(control: ControlGroup) -> None:
    panel, first = castle()
    result = group_time_effects(panel, "nqp", first, control)
    keys = ["aggregation", "cohort", "relative_year"]
    expected = ORACLE[ORACLE["control_group"] == control.replace("_", "")]
    both = [frame.fillna({"cohort": 0, "relative_year": -99}) for frame in (result.table, expected)]
    ours, theirs = (frame.astype({"cohort": int, "relative_year": int}) for frame in both)
    merged = ours.merge(theirs, on=keys, suffixes=("", "_csdid"))
    assert len(merged) == len(result.table) == len(expected) - 1  # theirs has the reference
    for column in ("estimate", "std_error"):
        close(merged[column].astype(float), merged[column + "_csdid"], rel=1e-9)


# Published for this package from csdid: simple .0194028 and .0174120, group .0115278, dynamic
# .0590542, two-way .0693984 (.0558597).
def test_castle_doctrine_figures() -> None:
    panel, first = castle()
    never, later = (group_time_effects(panel, "nqp", first, control) for control in CONTROLS)
    tops = [rows(never, "simple"), rows(later, "simple"), rows(never, "group")]
    tops.append(rows(never, "dynamic"))
    figures = [float(top["estimate"].iloc[0]) for top in tops]
    close(np.round(figures, 7), [0.0194028, 0.0174120, 0.0115278, 0.0590542])
    two_way = fit(panel, ALONE).coefficients.iloc[0]
    close(two_way[["estimate", "std_error"]].astype(float), [0.0693984, 0.0558597], absolute=1e-7)
    close(goodman_bacon(panel, "nqp", first).estimate, two_way["estimate"], rel=1e-10)
    assert any("cohort 2006, 2010 is one region_code" in text for text in never.cautions)


def test_cohorts_of_a_period_that_is_left_out_join_the_next_one() -> None:
    panel, first = castle()
    rest = panel[panel["year"] != 2008]
    result = goodman_bacon(rest, "nqp", first)
    close(result.estimate, fit(rest, ALONE).coefficients.iloc[0]["estimate"], rel=1e-10)
    assert 2008 not in set(result.comparisons["treated"])


# Without noise every estimator but the two-way regression finds the mean effect: cohort 2015 has
# seven treated years, effects 1, 1.5, …, 4, mean 2.5; cohort 2018 four, mean 1.75. Simple, by rows:
# (7 * 2.5 + 4 * 1.75)/11 = 24.5/11. Group: (2.5 + 1.75)/2. Dynamic, years 0 to 6: mean 2.5.
@pytest.mark.parametrize("control", CONTROLS)
def test_growing_effects_by_hand(control: ControlGroup) -> None:
    panel, first = made_up(0.5)
    result = group_time_effects(panel, "nqp", first, control)
    tops = [rows(result, name)["estimate"].iloc[0] for name in ("simple", "group", "dynamic")]
    close(np.array(tops, dtype=float), [24.5 / 11, 2.125, 2.5])
    imputed = imputation_effects(panel, "nqp", first)
    close(rows(imputed, "simple")["estimate"].astype(float), [24.5 / 11])
    by_year = rows(imputed, "dynamic").sort_values("relative_year")["estimate"]
    close(by_year.astype(float), 1 + 0.5 * np.arange(7))
    leads = rows(result, "dynamic").query("relative_year < 0")["estimate"].astype(float)
    close(leads, np.zeros(len(leads)), absolute=1e-12)


def test_imputation_is_the_regression_on_untreated_rows() -> None:
    panel, first = castle()
    result = imputation_effects(panel, "nqp", first)
    untreated = panel[panel["bdpz"] == 0]
    dummies = pd.get_dummies(panel[["region_code", "year"]].astype(str)).to_numpy(dtype=float)
    b = np.linalg.lstsq(dummies[panel["bdpz"] == 0], untreated["nqp"])[0]
    gap = (panel["nqp"] - dummies @ b)[panel["bdpz"] == 1]
    close(rows(result, "simple")["estimate"].astype(float), [gap.mean()])
    year = (panel["year"] - panel["region_code"].map(first))[panel["bdpz"] == 1]
    by_year = rows(result, "dynamic").set_index("relative_year")["estimate"].astype(float)
    close(by_year, gap.groupby(year).mean().reindex(by_year.index))


@pytest.mark.parametrize("by", [None, "w"])
def test_weights_of_rows_make_the_coefficient(by: str | None) -> None:
    panel, _ = made_up(0.5)
    panel["w"] = np.random.default_rng(1).uniform(0.5, 2, len(panel))
    spec = replace(ALONE, weights=by)
    weights = two_way_weights(panel, spec)
    b = fit(panel, spec).coefficients.loc[0, "estimate"]
    effects = panel.set_index(["region_code", "year"])["effect"]
    keyed = weights.weights.set_index(["region_code", "year"])["weight"]
    close(keyed.sum(), 1)
    close((keyed * effects.reindex(keyed.index)).sum(), b)
    close(weights.share_negative, np.mean(keyed < 0))
    close(weights.sum_negative, keyed[keyed < 0].sum())


# Two units of each cohort and periods 1 to 4: a begins in 2, b in 4, none untreated. D_a = 3/4,
# D_b = 1/4, n_a n_b = 1/4. Earlier against later 1/4 * 1/2 * 1/4, later against earlier
# 1/4 * 1/4 * 1/2: halves. Outcomes: a 0, 1, 2, 3 (effect 1 a year more), b 0, 0, 0, 0 but 1 in 4.
# Earlier: a in 2-3 less 1, 3/2 - 0, less b's 0: 3/2. Later: b 4 less 2-3: 1; a 3 - 3/2: -1/2.
# Coefficient 1/2 although effects are 1, 2, 3 and 1.
def test_comparisons_by_hand() -> None:
    outcomes = {"a": [0, 1, 2, 3], "b": [0, 0, 0, 1]}
    panel = pd.DataFrame(
        [
            (f"{g}{i}", t + 1, y)
            for g, ys in outcomes.items()
            for i in (1, 2)
            for t, y in enumerate(ys)
        ],
        columns=["region_code", "year", "nqp"],
    )
    first = {"a1": 2, "a2": 2, "b1": 4, "b2": 4}
    result = goodman_bacon(panel, "nqp", first)
    table = result.comparisons.set_index("kind")
    close(table["weight"], [0.5, 0.5])
    close(table.loc["earlier against later treated", "estimate"], 1.5)
    close(table.loc["later against earlier treated", "estimate"], -0.5)
    close(result.estimate, 0.5)
    panel["bdpz"] = (panel["year"] >= panel["region_code"].map(first)).astype(float)
    conventional = replace(PROVINCE, controls=())
    close(fit(panel, conventional).coefficients.loc[0, "estimate"], 0.5)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), never=st.booleans(), always=st.booleans())
def test_comparisons_add_up_to_the_coefficient(seed: int, never: bool, always: bool) -> None:
    rng = np.random.default_rng(seed)
    panel, first = made_up(0.3, seed)
    if not never:
        panel = panel[panel["region_code"].isin(first)]
    if always:
        first["r00"] = 2000
    panel = panel.assign(nqp=panel["nqp"] + rng.normal(size=len(panel)))
    panel["bdpz"] = (panel["year"] >= panel["region_code"].map(first)).astype(float)
    result = goodman_bacon(panel, "nqp", first)
    close(result.estimate, fit(panel, ALONE).coefficients.loc[0, "estimate"], rel=1e-8)
    close(result.comparisons["weight"].sum(), 1)
    assert (result.comparisons["weight"] > 0).all()
    close(result.by_kind["weight"] @ result.by_kind["estimate"], result.estimate)


def test_event_study_of_staggered_adoption_is_the_regression_on_dummies() -> None:
    panel, first = castle()
    result = event_study(panel, ALONE, first, reference=-1)
    since = panel["year"] - panel["region_code"].map(first)
    present = [int(year) for year in sorted(since.dropna().unique()) if year != -1]
    dummies = np.column_stack(
        [(since == year).astype(float) for year in present]
        + list(pd.get_dummies(panel[["region_code", "year"]].astype(str)).to_numpy(dtype=float).T)
    )
    b = np.linalg.lstsq(dummies, panel["nqp"])[0][: len(present)]
    table = result.coefficients[~result.coefficients["is_reference"]]
    close(table["estimate"], b)
    assert table["relative_year"].tolist() == present


def test_what_is_left_out_is_said() -> None:
    panel, first = made_up()
    lacking = panel.drop(index=[4])
    result = group_time_effects(lacking, "nqp", first)
    assert result.cautions == ("1 region_code without all 10 year left out",)
    assert result.table["n_units"].eq(29).all()
    early = group_time_effects(panel, "nqp", first | {"r02": 2012})
    assert early.cautions == ("1 region_code treated from the first year on left out",)
    with pytest.raises(NotEstimable, match="never treated: compare with those not yet"):
        group_time_effects(panel[panel["region_code"].isin(first)], "nqp", first)
    with pytest.raises(NotEstimable, match="no treated region_code"):
        group_time_effects(panel, "nqp", {"r00": 2030})
    with pytest.raises(NotEstimable, match="balanced panel: region_code r00"):
        goodman_bacon(lacking, "nqp", first)
    with pytest.raises(NotEstimable, match="nothing is compared"):
        goodman_bacon(panel, "nqp", {f"r{i:02d}": 2015 for i in range(30)})


def test_names_order_and_units_of_measurement_do_not_matter() -> None:
    panel, first = castle()
    before = group_time_effects(panel, "nqp", first, "not_yet_treated").table
    other = panel.assign(nqp=panel["nqp"] * 10 + 3).sample(frac=1, random_state=1)
    after = group_time_effects(other, "nqp", first, "not_yet_treated").table
    close(after["estimate"].astype(float), 10 * before["estimate"].astype(float), rel=1e-7)
    close(after["std_error"].astype(float), 10 * before["std_error"].astype(float), rel=1e-7)


def test_clusters_of_single_units_change_the_factor_alone() -> None:
    panel, first = castle()
    units = group_time_effects(panel, "nqp", first).table
    same = panel.assign(own=panel["region_code"])
    clusters = group_time_effects(same, "nqp", first, cluster="own").table
    factor = np.sqrt(50 / 49)
    close(clusters["std_error"].astype(float), factor * units["std_error"].astype(float))
    assert (clusters["p_value"].astype(float) >= units["p_value"].astype(float)).all()
