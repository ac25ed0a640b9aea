"""Randomisation inference against one fit per assignment, listed by itertools and by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assignments_for_tests import assigned, listed, provinces
from nqp.econometrics import randomisation
from nqp.econometrics.assignments import NEVER, observed_assignment
from nqp.econometrics.cluster_design import cluster_design
from nqp.econometrics.panels import Floats, NotEstimable
from nqp.econometrics.randomisation import Tally, randomisation_inference
from nqp.econometrics.regression import fit
from nqp.econometrics.structured import structured_treatment
from panels_for_tests import CITY, NO_EFFECTS, close, make_panel

BY_PROVINCE = replace(CITY, cluster="province_code")


@pytest.mark.parametrize("strata", [None, "zone"])
@pytest.mark.parametrize(
    ("staggered", "missing", "changes"),
    [
        (False, 0.0, {}),
        (False, 0.15, {"weights": "w"}),
        (True, 0.0, {"controls": ()}),
        (True, 0.15, {}),
        (False, 0.0, NO_EFFECTS),
        (False, 0.15, {"time_effects": False}),
        (True, 0.15, {"unit_effects": False, "weights": "w"}),
    ],
    ids=["plain", "weighted", "staggered", "unbalanced", "pooled", "unit only", "time only"],
)
def test_enumeration_matches_one_fit_per_assignment(
    staggered: bool, missing: float, changes: dict[str, object], strata: str | None
) -> None:
    panel = provinces(1, staggered, missing)
    spec = replace(BY_PROVINCE, **changes)  # type: ignore[arg-type]
    result = randomisation_inference(panel, spec, "province_code", strata=strata)
    fits = [
        fit(panel.assign(bdpz=assigned(panel, first)), spec).coefficients.iloc[0]
        for first in listed(panel, strata)
    ]
    b = np.array([row["estimate"] for row in fits])
    t = np.array([row["t_statistic"] for row in fits])
    assert result.ri_b.enumerated and result.ri_b.n_assignments == len(fits)
    close(np.sort(result.null_estimate), np.sort(b), rel=1e-10, absolute=1e-12)
    close(np.sort(result.null_t), np.sort(t), rel=1e-10, absolute=1e-12)
    actual = fit(panel, spec).coefficients.iloc[0]
    close([result.estimate, result.std_error], actual[["estimate", "std_error"]].astype(float))
    for test, null, value in ((result.ri_b, b, "estimate"), (result.ri_t, t, "t_statistic")):
        close(test.p_value, np.mean(np.abs(null) >= abs(actual[value]) * (1 - 1e-9)))
        close(test.smallest_p, 1 / len(fits))


# The two-year example of test_cluster_inference: changes 3, 5, 0, 2, 1. With s the sum of the two
# treated changes b = s/2 - (11 - s)/3 = (5 s - 22)/6; the pairs have s = 8, 3, 5, 4, 5, 7, 6, 2, 1,
# 3. The actual pair, 3 and 5, gives 3; the lowest, 0 and 1, gives -17/6: p = 1/10.
def test_hand_worked() -> None:
    changes = {"a": (1, 3), "b": (1, 5), "c": (0, 0), "d": (0, 2), "e": (0, 1)}
    rows = [(u, t, d * t, 7 + c * t) for u, (d, c) in changes.items() for t in (0, 1)]
    panel = pd.DataFrame(rows, columns=["region_code", "year", "bdpz", "nqp"])
    result = randomisation_inference(panel, replace(CITY, controls=()), "region_code")
    pairs = np.array([8, 3, 5, 4, 5, 7, 6, 2, 1, 3])
    close(np.sort(result.null_estimate), np.sort((5 * pairs - 22) / 6), absolute=1e-12)
    close([result.estimate, result.ri_b.p_value, result.ri_b.smallest_p], [3, 0.1, 0.1])


def test_drawn_p_counts_the_actual_assignment() -> None:
    panel = make_panel(60, 6)
    panel["nqp"] += 50 * panel["bdpz"]
    result = randomisation_inference(panel, CITY, "region_code", draws=99)
    assert not result.ri_t.enumerated
    design = cluster_design(panel, CITY, "region_code")
    close(
        randomisation_inference(panel, CITY, "region_code", draws=99, design=design).null_t,
        result.null_t,
    )
    assert (result.ri_b.p_value, result.ri_t.p_value) == (0.01, 0.01)
    assert result.ri_b.smallest_p == 0.01
    fewer = randomisation_inference(panel, CITY, "region_code", draws=40)
    close(fewer.null_t, result.null_t[:40])


def test_every_group_is_as_likely() -> None:
    panel = provinces(2, staggered=True)
    sample = panel.sort_values(["region_code", "year"])
    law = observed_assignment(panel, sample, "bdpz", "province_code")
    drawn = np.concatenate(list(law.draw(6000, 1)))
    every = np.concatenate(list(law.all()))
    assert len(np.unique(every, axis=0)) == len(every) == law.number == 7 * 6 * 5 // 2
    for label in (NEVER, 0, 1):
        expected = np.mean(every == label)
        error = np.sqrt(expected * (1 - expected) / 6000)
        assert (np.abs(np.mean(drawn == label, axis=0) - expected) < 4.5 * error).all()


@pytest.mark.parametrize(("n", "m"), [(9, 4), (9, 6), (7, 1), (7, 6), (30, 3)])
def test_assignments_of_two_kinds_are_all_listed(n: int, m: int) -> None:
    panel = pd.DataFrame(
        {
            "region_code": np.repeat([f"{i:02d}" for i in range(n)], 2),
            "year": [0, 1] * n,
            "bdpz": np.repeat(np.arange(n) < m, 2) * ([0.0, 1.0] * n),
        }
    )
    law = observed_assignment(panel, panel, "bdpz", "region_code")
    every = np.concatenate(list(law.all()))
    assert len(np.unique(every, axis=0)) == law.number
    assert ((every == 0).sum(axis=1) == m).all()


def test_what_cannot_be_drawn_is_refused() -> None:
    panel = provinces()
    for changed, match in [
        (panel.assign(bdpz=panel["gdp"]), "is not 0 until"),
        (panel.assign(bdpz=(panel["year"] >= 2016).astype(float)), "no other assignment"),
    ]:
        with pytest.raises(NotEstimable, match=match):
            randomisation_inference(
                changed, replace(BY_PROVINCE, time_effects=False), "province_code"
            )
    with pytest.raises(NotEstimable, match="no other assignment of 3 treated province_code exists"):
        strata = panel.assign(own=panel["province_code"].isin(["p1", "p3", "p5"]).astype(str))
        randomisation_inference(strata, BY_PROVINCE, "province_code", strata="own")
    moved = panel.copy()
    moved.loc[0, "province_code"] = "p6"
    with pytest.raises(NotEstimable, match="r00 lies in more than one province_code"):
        randomisation_inference(moved, BY_PROVINCE, "province_code")
    with pytest.raises(ValueError, match="no column nowhere"):
        randomisation_inference(panel, BY_PROVINCE, "province_code", strata="nowhere")
    with pytest.raises(NotEstimable, match="too many"):
        randomisation_inference(make_panel(60, 5), CITY, "region_code", enumerate_all=True)


def test_first_years_may_be_given_where_rows_lack() -> None:
    panel = provinces()
    lacking = panel[~((panel["region_code"] == "r01") & (panel["year"] == 2016))]
    first = {"r01": 2016, "r02": 2016, "r03": 2016, "r06": 2016, "r07": 2016, "r08": 2016}
    first |= {"r09": 2016, "r13": 2016}
    read = randomisation_inference(lacking, BY_PROVINCE, "province_code")
    told = randomisation_inference(lacking, BY_PROVINCE, "province_code", first_treated=first)
    assert list(read.assignment.starts) == [2016] and read.assignment.delay[1] == 1
    assert told.assignment.delay[1] == 0


def test_a_draw_that_effects_absorb_is_not_counted() -> None:
    # p6 begins with the sample: drawn alone at that start, a province is absorbed.
    panel = provinces()
    panel["bdpz"] = (panel["province_code"] == "p2") & (panel["year"] >= 2016)
    panel["bdpz"] = panel["bdpz"].astype(float)
    panel = panel[~((panel["province_code"] == "p4") & (panel["year"] < 2016))]
    result = randomisation_inference(panel, BY_PROVINCE, "province_code")
    assert result.ri_b.n_assignments == 7
    assert (result.ri_b.draws, result.ri_b.n_not_estimable) == (6, 1)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31), scale=st.floats(1e-3, 1e3), shift=st.floats(-50, 50))
def test_units_order_and_names_do_not_matter(seed: int, scale: float, shift: float) -> None:
    panel = provinces(seed)
    other = panel.assign(nqp=panel["nqp"] * scale + shift).sample(frac=1, random_state=seed)
    other["province_code"] = other["province_code"].map(lambda name: f"z{9 - int(name[1])}")
    one, two = (randomisation_inference(p, BY_PROVINCE, "province_code") for p in (panel, other))
    close([one.ri_b.p_value, one.ri_t.p_value], [two.ri_b.p_value, two.ri_t.p_value])
    close(np.sort(two.null_estimate), scale * np.sort(one.null_estimate), rel=1e-6, absolute=1e-9)


def test_clusters_may_be_finer_than_the_groups_drawn() -> None:
    panel = provinces(staggered=True, missing=0.1)
    spec = replace(CITY, weights="w")
    design = cluster_design(panel, spec, "region_code")
    law = observed_assignment(panel, design.sample, "bdpz", "province_code")
    every = np.concatenate(list(law.all()))[:40]
    estimates, std_errors = structured_treatment(design, law).estimate(every)
    starts = np.where(every == NEVER, np.inf, law.starts[every])
    for start, estimate, std_error in zip(starts, estimates, std_errors, strict=True):
        treated = assigned(panel, dict(zip(law.labels, start, strict=True)))
        row = fit(panel.assign(bdpz=treated), spec).coefficients.iloc[0]
        close([estimate, std_error], row[["estimate", "std_error"]].astype(float), rel=1e-9)


@pytest.mark.parametrize("strata", [None, "zone"])
def test_every_assignment_is_counted_on_request_also_beyond_the_limit(
    strata: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a limit below their number the p-values are the same, and few draws are kept."""
    panel = provinces(3, staggered=True)
    arguments: dict[str, Any] = {"group": "province_code", "strata": strata}
    whole = randomisation_inference(panel, BY_PROVINCE, **arguments)
    monkeypatch.setattr(randomisation, "ENUMERATED", 5)
    monkeypatch.setattr("nqp.econometrics.assignments.CHUNK_CELLS", 30)
    every = randomisation_inference(panel, BY_PROVINCE, **arguments, enumerate_all=True)
    some = randomisation_inference(panel, BY_PROVINCE, **arguments, draws=50)
    assert every.ri_t.draws == whole.ri_t.draws == whole.ri_t.n_assignments > 5
    for name in ("ri_b", "ri_t"):
        assert getattr(every, name) == getattr(whole, name)
    close(every.null_t, whole.null_t[:5])
    assert some.ri_t.draws == 50 and not some.ri_t.enumerated


def test_strata_keep_the_number_treated_in_each() -> None:
    panel = provinces(4, staggered=True)
    sample = panel.sort_values(["region_code", "year"])
    law = observed_assignment(panel, sample, "bdpz", "province_code", strata="zone")
    actual = [sorted(law.actual[law.strata == s]) for s in (0, 1)]
    every, drawn = list(law.all()), list(law.draw(500, 3))
    for labels in (*np.concatenate(every), *np.concatenate(drawn)):
        assert [sorted(labels[law.strata == s]) for s in (0, 1)] == actual
    # East: two of four provinces, one of them each year; west: one of three.
    assert law.number == 4 * 3 * 3


@settings(max_examples=60, deadline=None)
@given(
    chunks=st.lists(
        st.lists(st.integers(-4, 4) | st.just(None), max_size=6).map(
            lambda values: np.array([np.nan if v is None else v for v in values], dtype=float)
        ),
        max_size=5,
    )
)
def test_a_tally_counts_as_a_list_of_all_draws_would(chunks: list[Floats]) -> None:
    tally = Tally(2.0, True, 100)
    for chunk in (*chunks, np.array([-2.0])):
        tally.add(chunk)
    known = np.abs(np.concatenate([*chunks, [2.0]]))
    lost, known = np.isnan(known).sum(), known[~np.isnan(known)]
    test = tally.test("ri_b")
    assert (test.draws, test.n_not_estimable) == (len(known), lost)
    assert test.p_value == np.mean(known >= 2)
    assert test.smallest_p == np.mean(known == known.max())
