"""Cluster-robust inference against clubSandwich, one fit per cluster, and arithmetic by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyfixest
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nqp.econometrics.cluster_design import ClusterDesign, cluster_design
from nqp.econometrics.cluster_inference import (
    ClusterInference,
    adjusted_influence,
    cluster_inference,
    cr2_covariance,
)
from nqp.econometrics.event_study import event_study
from nqp.econometrics.joint_tests import htz_test
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import RegressionSpec, fit
from panels_for_tests import CITY, NO_EFFECTS, close, make_panel

REFERENCE = Path(__file__).parents[2] / "reference" / "cluster"
PANEL = pd.read_csv(REFERENCE / "panel.csv")
SINGLE = pd.read_csv(REFERENCE / "clubsandwich.csv")
JOINT = pd.read_csv(REFERENCE / "htz.csv")
TERMS = {case: tuple(dict.fromkeys(rows["term"])) for case, rows in SINGLE.groupby("case")}


def specification(case: str, cluster: str, weights: str) -> RegressionSpec:
    terms, effects = TERMS[case], case != "pooled"
    weight = None if weights == "none" else weights
    return RegressionSpec(
        "y", terms[:1], terms[1:], effects, effects, "clustered", cluster, "mean", weight
    )


def rows_of(rows: str) -> pd.DataFrame:
    return PANEL if rows == "all" else PANEL[PANEL["kept"] == 1]


def method(result: ClusterInference, name: str) -> pd.DataFrame:
    return result.table[result.table["method"] == name].set_index("term")


KEYS = sorted(
    set(SINGLE[["case", "rows", "weights", "cluster"]].itertuples(index=False, name=None))
)


@pytest.mark.parametrize("key", KEYS, ids="-".join)
def test_cr2_matches_clubsandwich(key: tuple[str, str, str, str]) -> None:
    case, rows, weights, cluster = key
    expected = SINGLE.set_index(["case", "rows", "weights", "cluster"]).loc[[key]]
    spec = specification(case, cluster, weights)
    result = cluster_inference(rows_of(rows), spec, cluster, unit="unit", time="year")
    actual = method(result, "cr2").loc[expected["term"]]
    for column in ("estimate", "std_error", "df"):
        close(actual[column], expected[column], rel=1e-10)


@pytest.mark.parametrize("row", list(JOINT.itertuples()), ids=lambda row: "-".join(row[1:6]))
def test_joint_test_matches_clubsandwich(row: pd.Series[str]) -> None:
    spec = specification(row.case, row.cluster, row.weights)
    design = cluster_design(rows_of(row.rows), spec, row.cluster, "unit", "year")
    result = htz_test(design, row.terms.split())
    close(
        [result.f_statistic, result.df1, result.df2, result.p_value],
        [row.f_statistic, row.df1, row.df2, row.p_value],
        rel=1e-10,
    )


@pytest.mark.parametrize("cluster", ["unit", "province", "year"])
@pytest.mark.parametrize("weights", ["none", "w"])
@pytest.mark.parametrize("rows", ["all", "kept"])
def test_cr1_and_cr3_match_one_fit_per_cluster(rows: str, weights: str, cluster: str) -> None:
    panel, spec = rows_of(rows), specification("d", cluster, weights)
    result = cluster_inference(panel, spec, cluster, unit="unit", time="year")
    whole = fit(panel, spec, "unit", "year").coefficients.set_index("term").iloc[:-1]
    cr1, cr3 = method(result, "cr1"), method(result, "cr3")
    for ours in ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"):
        close(cr1[ours], whole[ours.replace("statistic", "t_statistic")], rel=1e-10)

    labels = sorted(panel[cluster].unique())
    left_out = result.leave_one_out.set_index(["left_out", "term"])
    squares = np.zeros(len(whole))
    for label in labels:
        rest = fit(panel[panel[cluster] != label], spec, "unit", "year")
        expected = rest.coefficients.set_index("term").iloc[:-1]
        for column in ("estimate", "std_error"):
            close(left_out.loc[str(label)][column], expected[column], rel=1e-10)
        squares += (expected["estimate"] - whole["estimate"]).to_numpy() ** 2
    g = len(labels)
    close(cr3["std_error"], np.sqrt((g - 1) / g * squares), rel=1e-10)


# Two years, units treated in the second: the changes are 3 and 5 of the treated, 0, 2 and 1 of the
# others. b = 4 - 1 = 3. Each unit a cluster, CR2 is that of a difference of two means with a
# variance each, 2/2 + 1/3 = 4/3, and Satterthwaite's degrees of freedom under equal variances are
#   (1/2 + 1/3)^2 / (1/(2^2 * 1) + 1/(3^2 * 2)) = (25/36)/(11/36) = 25/11.
# Without each unit: 4, 2, 5/2, 7/2, 3; squares about 3: 1, 1, 1/4, 1/4, 0; times 4/5: CR3 is 2.
# CR1: residual changes -1, 1; -1, 1, 0. Score of a treated unit 1/2 * change, of another 1/3 of it:
#   2/4 + 2/9 = 13/18, K = 1 + 1 + 1, factor 9/7 * 5/4 = 45/28.
CHANGES = {"a": (1, 3), "b": (1, 5), "c": (0, 0), "d": (0, 2), "e": (0, 1)}


def two_years() -> pd.DataFrame:
    rows = [
        (unit, year, bdpz * year, 7 + change * year)
        for unit, (bdpz, change) in CHANGES.items()
        for year in (0, 1)
    ]
    return pd.DataFrame(rows, columns=["region_code", "year", "bdpz", "nqp"])


def test_hand_worked() -> None:
    spec = replace(CITY, controls=())
    result = cluster_inference(two_years(), spec, "region_code")
    table = result.table.set_index("method")
    close(table["estimate"], [3, 3, 3])
    close(table["std_error"] ** 2, [13 / 18 * 45 / 28, 4 / 3, 2])
    close(table["df"], [4, 25 / 11, 4])
    close(result.leave_one_out["estimate"], [4, 2, 2.5, 3.5, 3])
    one = htz_test(result.design, ["bdpz"])
    close([one.f_statistic, one.df2], [9 / (4 / 3), 25 / 11])
    close(one.p_value, table.loc["cr2", "p_value"])


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # within pyfixest
def test_jackknife_matches_pyfixest() -> None:
    panel = make_panel(30, 5)
    spec = replace(CITY, unit_effects=False, cluster="province_code")
    result = cluster_inference(panel, spec, "province_code")
    oracle = pyfixest.feols(
        "nqp ~ bdpz + gdp + fin + C(year)",
        panel,
        vcov={"CRV3": "province_code"},
        ssc=pyfixest.ssc(k_adj=False, G_adj=False),
    )
    g = panel["province_code"].nunique()
    expected = oracle.se().loc[list(spec.regressors)]
    actual = method(result, "cr3")["std_error"]
    # Without adjustments pyfixest sums the squares; the jackknife takes (G - 1)/G of them.
    close(actual / expected, np.sqrt((g - 1) / g), rel=1e-8)


def test_a_treatment_that_rests_on_one_cluster_says_so() -> None:
    spec = specification("alone", "province", "none")
    result = cluster_inference(PANEL, spec, "province", unit="unit", time="year")
    cr3 = method(result, "cr3")
    assert cr3.loc["alone", "status"] == "not estimable"
    assert "p07" in str(cr3.loc["alone", "reason"])
    assert cr3.loc["x1", "status"] == "estimated"
    assert "generalised inverse" in str(method(result, "cr2").loc["alone", "cautions"])
    assert "zero by construction" in str(method(result, "cr1").loc["alone", "cautions"])
    gone = result.leave_one_out.dropna(subset=["reason"])
    assert gone[["term", "left_out"]].to_numpy().tolist() == [["alone", "p07"]]
    assert "cr3" not in result.covariances


def test_rows_without_a_cluster_are_refused() -> None:
    panel = make_panel(20, 5)
    panel.loc[3, "province_code"] = None
    with pytest.raises(NotEstimable, match="1 rows of the sample have no province_code"):
        cluster_inference(panel, CITY, "province_code")


def test_one_cluster_and_absorbed_treatments_are_refused() -> None:
    panel = make_panel(20, 5).assign(country="CN", always=1.0)
    with pytest.raises(NotEstimable, match="only one cluster: country is CN"):
        cluster_inference(panel, CITY, "country")
    with pytest.raises(NotEstimable, match="does not vary within any region_code"):
        cluster_inference(panel, replace(CITY, treatment=("always",)), "province_code")


def test_an_exact_fit_has_no_standard_error() -> None:
    panel = make_panel(20, 5)
    panel["nqp"] = 2 * panel["bdpz"] + panel["year"]
    with pytest.raises(NotEstimable, match="fits nqp exactly"):
        cluster_inference(panel, CITY, "province_code")


def test_more_terms_than_clusters_are_not_tested() -> None:
    spec = specification("events", "province", "none")
    few = PANEL[PANEL["province"].isin(["p01", "p04", "p10", "p11"])]
    design = cluster_design(few, spec, "province", "unit", "year")
    with pytest.raises(NotEstimable, match="4 clusters are too few to test 5 coefficients"):
        htz_test(design, TERMS["events"][:5])
    with pytest.raises(ValueError, match="expected terms of the regression"):
        htz_test(design, ["d"])


def test_one_lead_of_an_event_study_is_tested_as_by_cr2() -> None:
    panel = make_panel(30, 6)
    first = {code: 2016 for code in panel["region_code"].unique()[::3]}
    found = event_study(panel, replace(CITY, controls=()), first, -1)
    assert found.leads is not None and found.leads.terms == ("rel_m2",)
    assert found.spec.treatment == ("rel_m2", "rel_0", "rel_p1", "rel_p2", "rel_p3")
    events = found.rows.merge(panel[["region_code", "year", "province_code"]])
    result = cluster_inference(events, found.spec, "province_code")
    tested = htz_test(result.design, found.leads.terms)
    close(tested.p_value, method(result, "cr2").loc["rel_m2", "p_value"])
    influence = adjusted_influence(result.design)
    assert htz_test(result.design, found.leads.terms, influence) == tested


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    scale=st.floats(1e-3, 1e3),
    shift=st.floats(-100, 100),
    effects=st.booleans(),
    weighted=st.booleans(),
)
def test_units_of_measurement_order_and_scale_of_weights_do_not_matter(
    seed: int, scale: float, shift: float, effects: bool, weighted: bool
) -> None:
    rng = np.random.default_rng(seed)
    panel = make_panel(20, 4).assign(w=rng.uniform(0.5, 2, 80))
    panel["nqp"] += rng.normal(size=80)
    spec = replace(CITY, weights="w" if weighted else None)
    if not effects:
        spec = replace(spec, **NO_EFFECTS)
    before = cluster_inference(panel, spec, "province_code").table
    other = panel.assign(nqp=panel["nqp"] * scale + shift, w=panel["w"] * 7)
    after = cluster_inference(other.sample(frac=1, random_state=seed), spec, "province_code").table
    close(after["std_error"], scale * before["std_error"], rel=1e-7)
    close(after["df"], before["df"], rel=1e-7)
    assert (before["df"] <= before["n_clusters"]).all()


@pytest.mark.parametrize("time_effects", [True, False])
def test_leaving_out_a_cluster_without_unit_effects_is_the_fit_of_the_rest(
    time_effects: bool,
) -> None:
    panel = make_panel(missing=0.1)
    spec = replace(CITY, unit_effects=False, time_effects=time_effects, cluster="province_code")
    left_out = cluster_inference(panel, spec, "province_code").leave_one_out
    for label in left_out["left_out"].unique():
        rest = fit(panel[panel["province_code"] != label], spec).coefficients.set_index("term")
        own = left_out[left_out["left_out"] == label].set_index("term")
        for column in ("estimate", "std_error"):
            close(own[column].astype(float), rest.loc[own.index, column], rel=1e-9)


@pytest.mark.parametrize("missing", [0.0, 0.15], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize(
    "changes",
    [{}, NO_EFFECTS, {"time_effects": False}, {"group_periods": "province_code"}],
    ids=["both effects", "pooled", "unit effects", "periods of provinces"],
)
@pytest.mark.parametrize("cluster", ["region_code", "province_code"])
def test_cr2_of_nested_units_is_that_of_the_full_design(
    cluster: str, changes: dict[str, Any], missing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two ways to the same numbers: q by q for each cluster, and row by row with all dummies."""
    spec = replace(CITY, **changes)
    nested = cluster_design(make_panel(missing=missing), spec, cluster)
    assert nested.whole_basis is not None
    short, short_df = cr2_covariance(nested)
    monkeypatch.setattr(ClusterDesign, "whole_basis", None)
    full, full_df = cr2_covariance(cluster_design(make_panel(missing=missing), spec, cluster))
    close(short, full, rel=1e-9, absolute=1e-15)
    close(short_df, full_df, rel=1e-9)
