"""Faults reported of other programs, on forty units in nine years: right figures by other means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from nqp.analyses.event_studies import event_studies
from nqp.analyses.matchings import matched_samples, matching_balance
from nqp.analyses.mediations import mediation
from nqp.analyses.placebos import placebo_draws
from nqp.analyses.regressions import regressions
from nqp.analyses.samples import KEYS
from samples_for_tests import SPEC, Request, complete, frame, requested, samples_of

STUDIES = frame({"study": "t", "policy": "Fin"}, {"study": "s", "policy": "D"})
UNIT, YEAR = np.repeat(np.arange(40), 9), np.tile(np.arange(2014, 2023), 40)
CODES = [f"{i:04d}" for i in range(40)]
TREATED = dict.fromkeys(CODES[:10], 2018)
BASE = SPEC | {"spec_id": "s.base", "treatment": "D", "controls": "x"}


def within(rows: pd.DataFrame, outcome: str, regressors: list[str]) -> dict[str, float]:
    """Coefficients by statsmodels, on dummies of units and years."""
    dummies = [
        pd.get_dummies(rows[key], prefix=key, dtype=float, drop_first=key == "year")
        for key in ("region_code", "year")
    ]
    design = pd.concat([rows[regressors], *dummies], axis=1)
    return {str(k): float(v) for k, v in sm.OLS(rows[outcome], design).fit().params.items()}


# --- mediation: steps on the rows that have both --------------------------------------------------


def panel_with_a_mediator() -> pd.DataFrame:
    """The mediator is missing for a third of the units, the outcome in the last year."""
    random = np.random.default_rng(5)
    panel = pd.DataFrame({"region_code": [CODES[u] for u in UNIT], "year": YEAR})
    panel["x"] = random.normal(size=360)
    panel["D"] = ((UNIT < 10) & (YEAR >= 2018)) * 1.0
    panel["m"] = 0.5 * panel["D"] + random.normal(size=360)
    level = random.normal(size=40)[UNIT]
    panel["y"] = level + 0.4 * panel["D"] + 0.8 * panel["m"] + random.normal(size=360)
    panel.loc[UNIT % 3 == 2, "m"] = np.nan
    panel.loc[YEAR == 2022, "y"] = np.nan
    return panel


def test_a_mediation_takes_its_steps_on_the_rows_that_have_both() -> None:
    panel = panel_with_a_mediator()
    steps = frame(
        BASE | {"spec_id": "c"},
        BASE | {"spec_id": "m", "outcome": "m"},
        BASE | {"spec_id": "y", "treatment": "D + m"},
    )
    row = {"mediation_id": "s.m", "study": "s", "mediator": "m", "total_spec": "c",
           "mediator_spec": "m", "outcome_spec": "y"}  # fmt: skip
    samples = samples_of(
        Request("s.m", complete("y", "m", "D", "x")),
        Request("c", complete("y", "D", "x")),
        Request("m", complete("m", "D", "x")),
        panel=panel, first=TREATED,
    )  # fmt: skip
    # By themselves the steps would rest on 320, 243 and 216 rows.
    assert [len(samples.rows(name, ("D",))) for name in ("c", "m", "s.m")] == [320, 243, 216]
    found = mediation(samples, frame(row), steps, STUDIES, 999, 1).to_dict("records")[0]
    both = panel.dropna()
    total, a = within(both, "y", ["D", "x"])["D"], within(both, "m", ["D", "x"])["D"]
    direct = within(both, "y", ["D", "m", "x"])
    names = ("total_effect", "direct_effect", "a", "b", "indirect_effect")
    assert [found[name] for name in names] == pytest.approx(
        [total, direct["D"], a, direct["m"], a * direct["m"]], rel=1e-9
    )
    printed = {"total_effect": 1.1962, "a": 0.4883, "indirect_effect": 0.4270}
    assert {name: round(found[name], 4) for name in printed} == printed
    assert round(found["indirect_effect"] / found["total_effect"], 4) == 0.3569
    assert found["identity_gap"] == pytest.approx(0, abs=1e-12)
    assert found["n_obs"] == 216


# --- matching: among rows with an outcome; who is treated after the last year ---------------------

MATCHING: dict[str, Any] = {
    "matching_id": "a", "study": "s", "covariates": "size + x", "method": "nearest",
    "neighbours": 1, "bandwidth": 0.06, "model": "logit", "by_year": False,
    "common_support": True, "ties": False, "direction": "treated", "caliper": np.nan,
    "keep": "rows",
}  # fmt: skip
PSM = BASE | {"spec_id": "s.psm", "matching": "a"}
MATCHED = Request("s.psm", complete("y", "D", "x", "size"), matching="a")


def panel_to_match() -> pd.DataFrame:
    random = np.random.default_rng(5)
    panel = pd.DataFrame({"region_code": [CODES[u] for u in UNIT], "year": YEAR})
    panel["size"] = random.normal(size=40)[UNIT] + 0.1 * random.normal(size=360)
    panel["x"] = random.normal(size=360)
    panel["D"] = ((UNIT < 10) & (YEAR >= 2018)) * 1.0
    panel["y"] = panel["size"] + 0.4 * panel["D"] + random.normal(size=360)
    return panel


def matched_and_fitted(
    panel: pd.DataFrame, first: Mapping[str, int] = TREATED
) -> tuple[pd.DataFrame, dict[str, float], pd.DataFrame]:
    """The rows that stay, the effect on them, and the balance of the covariates."""
    among = samples_of(MATCHED, panel=panel, first=first, members=False)
    made = matched_samples(among, requested(MATCHED), frame(MATCHING))
    kept = made[made["weight"] > 0]
    weights = {(str(code), int(year)): 1.0 for code, year in kept[KEYS].to_numpy()}
    samples = samples_of(Request("s.psm", weights=weights), panel=panel, first=first)
    table = regressions(samples, frame(PSM), STUDIES).set_index("term")
    fit = {name: float(table[name]["D"]) for name in ("estimate", "std_error")}
    balance = matching_balance(among, requested(MATCHED), frame(MATCHING), made)
    return kept, fit, balance.set_index("covariate")


def test_matching_takes_place_among_rows_with_an_outcome() -> None:
    """As psmatch2, outcome(): 149 rows. Matched with the others, 156 would stay and 138 be used."""
    panel = panel_to_match()
    panel.loc[(UNIT >= 10) & (UNIT % 3 == 0), "y"] = np.nan
    kept, fit, balance = matched_and_fitted(panel)
    assert len(kept) == 149
    assert (round(fit["estimate"], 4), round(fit["std_error"], 4)) == (0.4824, 0.3726)
    rows = panel.merge(kept[["region_code", "year"]], on=["region_code", "year"])
    assert rows["y"].notna().all()
    assert within(rows, "y", ["D", "x"])["D"] == pytest.approx(fit["estimate"], rel=1e-9)
    # The balance is that of the rows used.
    ever = rows["region_code"].isin(TREATED)
    for name in ("size", "x"):
        after = [balance[f"mean_{side}_after"][name] for side in ("treated", "control")]
        assert after == pytest.approx([rows.loc[ever, name].mean(), rows.loc[~ever, name].mean()])


def test_units_treated_after_the_last_year_are_untreated_in_the_study() -> None:
    """A second batch, approved in 2024: as att_gt and csdid count them, never treated by 2022."""
    panel = panel_to_match()
    late = TREATED | dict.fromkeys(CODES[10:13], 2024)
    kept, fit, balance = matched_and_fitted(panel, late)
    assert len(kept) == 156 and kept["treated"].sum() == 90
    without = matched_and_fitted(panel)
    pd.testing.assert_frame_equal(kept, without[0])
    pd.testing.assert_frame_equal(balance, without[2])
    assert fit["estimate"] == without[1]["estimate"]

    samples = samples_of(Request("s.base", complete("y", "D", "x")), panel=panel, first=late)
    specs = frame(BASE)
    event = {"event_study_id": "s.e", "study": "s", "base_spec": "s.base", "reference": -1}
    events = event_studies(samples, frame(event), specs)
    events = events[events["part"] == "coefficient"].set_index("relative_year")
    assert events.index.tolist() == list(range(-4, 5))
    for year in (-4, -3, -2):
        panel[f"lead{-year}"] = ((UNIT < 10) & (2018 + year == YEAR)) * 1.0
    for year in range(5):
        panel[f"lag{year}"] = ((UNIT < 10) & (2018 + year == YEAR)) * 1.0
    dummies = [str(name) for name in panel if str(name).startswith(("lead", "lag"))]
    expected = within(panel, "y", [*dummies, "x"])
    assert events["estimate"].drop(-1).tolist() == pytest.approx([expected[d] for d in dummies])
    placebo = {"placebo_id": "s.p", "study": "s", "base_spec": "s.base", "kind": "space",
               "n_treated": 10, "draws": 20, "pseudo_year": np.nan}  # fmt: skip
    draws = placebo_draws(samples, frame(placebo), specs, seed=1)
    assert set(draws["status"]) == {"estimated"} and len(draws) == 20
    flags = regressions(samples, specs, STUDIES).iloc[0]
    assert flags["n_treated_units"] == 10
    assert pd.isna(flags["cautions"])
