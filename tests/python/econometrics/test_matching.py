"""nqp.econometrics.matching against arithmetic by hand, statsmodels, R's Matching and real data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from nqp.econometrics import propensity
from nqp.econometrics.matching import Matched, MatchingSpec, match
from nqp.econometrics.matching_balance import balance
from nqp.econometrics.matching_scan import GRID, scan
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.propensity import propensity_score

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "tests/reference/matching"
REAL = ROOT / "../shared/real"

NEAREST = MatchingSpec(covariates=("x",))
KERNEL = replace(NEAREST, method="kernel", bandwidth=0.25)
NAMES = ("gdp", "fin", "str")


def close(actual: Any, expected: Any, rel: float = 1e-10, absolute: float = 1e-12) -> None:
    np.testing.assert_allclose(np.asarray(actual), np.asarray(expected), rtol=rel, atol=absolute)


def scored(treated: dict[str, float], control: dict[str, float], **columns: Any) -> pd.DataFrame:
    """Rows labelled by name with given scores."""
    score = treated | control
    frame = pd.DataFrame({"score": pd.Series(score, dtype=float)})
    return frame.assign(pilot=[int(name in treated) for name in score], x=0.0, **columns)


def matched(rows: pd.DataFrame, spec: MatchingSpec = NEAREST, **changes: Any) -> Matched:
    return match(rows, "pilot", replace(spec, **changes), score=rows["score"].to_numpy())


def n_kept(result: Matched) -> int:
    """The size of the matched sample."""
    return int((result.weight > 0).sum())


def weights(rows: pd.DataFrame, result: Matched) -> dict[Any, float]:
    return {
        label: w for label, w in zip(rows.index, result.weight, strict=True) if w or np.isnan(w)
    }


def balanced(
    rows: pd.DataFrame, result: Matched, covariates: Sequence[str], weighted: bool = True
) -> pd.DataFrame:
    """The balance of what a matching has found."""
    found = result.propensity_score, result.on_support, result.weight
    return balance(rows, "pilot", covariates, *found, weighted=weighted)


def shares(result: Matched, seeker: str = "treated") -> dict[tuple[Any, Any], float]:
    """Weight of each (treated, control) pair."""
    pairs = result.pairs[result.pairs["seeker"] == seeker]
    return {(p["treated"], p["control"]): p["weight"] for p in pairs.to_dict("records")}


def make_panel(n_units: int = 60, n_years: int = 6) -> pd.DataFrame:
    """A third of the units treated, more of them where gdp is high; covariates of unequal scale."""
    rng = np.random.default_rng([n_units, n_years])
    unit = np.repeat(np.arange(n_units), n_years)
    gdp = rng.normal(size=n_units)[unit] + 0.5 * rng.normal(size=len(unit))
    pilot = gdp[::n_years] + rng.normal(size=n_units) > 0.6
    return pd.DataFrame(
        {
            "region_code": [f"{110000 + u}" for u in unit],
            "year": np.tile(2014 + np.arange(n_years), n_units),
            "pilot": pilot[unit].astype(int),
            "gdp": 1e5 + 2e4 * gdp,
            "fin": 1 + 1e-3 * rng.normal(size=len(unit)),
            "str": np.exp(rng.normal(size=len(unit)) + 0.2 * gdp),
        }
    )


# The score


@pytest.mark.parametrize("model", ["logit", "probit"])
def test_score_of_a_dummy_is_the_share_treated(model: Any) -> None:
    # Saturated: 1 of 4 rows is treated where x is 0, 3 of 5 where x is 1.
    x = pd.DataFrame({"x": [0] * 4 + [1] * 5})
    score = propensity_score(x, np.array([1, 0, 0, 0, 1, 1, 1, 0, 0]), model)
    close(score, [0.25] * 4 + [0.6] * 5)


@pytest.mark.parametrize("model", ["logit", "probit"])
@pytest.mark.parametrize("strength", [1.0, 6.0])
def test_score_agrees_with_statsmodels(model: Any, strength: float) -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(400, 3)) * [1, 1e-3, 1e4] + [0, 50, 1e5]
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    treated = strength * (z @ [0.8, -0.5, 0.3]) - 1 + rng.logistic(size=400) > 0
    estimator = sm.Logit if model == "logit" else sm.Probit
    expected = estimator(treated.astype(float), sm.add_constant(z)).fit(disp=0, tol=1e-15)
    score = propensity_score(pd.DataFrame(x), treated, model)
    close(score, expected.predict(), absolute=1e-14)


@pytest.mark.parametrize("model", ["logit", "probit"])
def test_score_solves_the_likelihood_equations(model: Any) -> None:
    # The likelihood is concave, so that these have one solution: the index is a combination of the
    # constant and the covariates, and to these the generalised residuals are orthogonal,
    # (d - p) f/(p (1 - p)) with f the density at the index.
    rng = np.random.default_rng(6)
    x = rng.normal(size=(400, 3)) * [1, 1e-3, 1e4] + [0, 50, 1e5]
    z = np.column_stack([np.ones(400), (x - x.mean(axis=0)) / x.std(axis=0)])
    treated = z @ [-1, 0.8, -0.5, 0.3] + rng.logistic(size=400) > 0
    p = propensity_score(pd.DataFrame(x), treated, model)
    distribution = stats.logistic if model == "logit" else stats.norm
    index = distribution.ppf(p)
    residual = (treated - p) * distribution.pdf(index) / (p * (1 - p))
    close(z.T @ residual, 0, absolute=1e-10)
    close(z @ np.linalg.lstsq(z, index)[0], index, absolute=1e-10)


def test_score_with_outliers_solves_the_likelihood_equations() -> None:
    # Full Newton steps from zero overshoot on these covariates and never return.
    rng = np.random.default_rng(1168)
    x = rng.standard_t(0.4, size=(40, 2))
    treated = rng.random(40) < 0.2
    residual = treated - propensity_score(pd.DataFrame(x), treated, "logit")
    z = np.column_stack([np.ones(40), (x - x.mean(axis=0)) / x.std(axis=0)])
    close(z.T @ residual, 0, absolute=1e-9)


def test_score_that_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(propensity, "CONVERGED", 0.0)
    x = pd.DataFrame({"x": [0] * 4 + [1] * 5})
    with pytest.raises(NotEstimable, match="no score: the logit does not converge; look for outl"):
        propensity_score(x, np.array([1, 0, 0, 0, 1, 1, 1, 0, 0]), "logit")


def test_equal_rows_have_equal_scores() -> None:
    # A difference in the last bit would break a tie.
    panel = make_panel()
    x = pd.concat([panel[list(NAMES)]] * 3, ignore_index=True)
    score = propensity_score(x, np.tile(panel["pilot"], 3), "logit").reshape(3, -1)
    assert np.array_equal(score[0], score[1]) and np.array_equal(score[0], score[2])


@pytest.mark.filterwarnings("error")  # one reason, and no warnings beside it
@pytest.mark.parametrize("model", ["logit", "probit"])
@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (
            {"a": [1, 2, 3, 4, 5, 6, 7, 8]},
            "no score: leave it out of the covariates: a (treated from 5 on, others up to 4) alone "
            "separates the 4 treated from the 4 untreated rows",
        ),
        # All but one value; the lower ones are the treated here.
        (
            {"b": [2, 1, 2, 1, 2, 1, 2, 2], "a": [8, 7, 6, 4, 4, 3, 2, 1]},
            "leave it out of the covariates: a (treated up to 4, others from 4 on) alone separates",
        ),
        # One value of a dummy.
        ({"a": [0, 0, 0, 0, 0, 0, 1, 1]}, "a (treated from 0 on, others up to 0) alone separates"),
        (
            {"a": [1, 2, 3, 4, 5, 6, 7, 8], "b": [0, 0, 0, 0.5, 1, 1, 1, 2]},
            "leave them out of the covariates: a (treated from 5 on, others up to 4), b (treated "
            "from 1 on, others up to 0.5) each separate the 4 treated",
        ),
        # Neither does so alone: the treated have the larger sums.
        (
            {"a": [0, 2, 4, 6, 1, 3, 5, 7], "b": [6, 4, 2, 0, 7, 5, 3, 2]},
            "take a covariate out: together a, b separate the 4 treated from the 4 untreated rows",
        ),
        ({"a": [2, 1, 2, 1, 2, 1, 2, 2], "b": [5.1] * 8}, "b has the same value in all 8"),
        ({"a": [2, 1, 2, 1, 2, 1, 2, 2], "b": [5, 3, 5, 3, 5, 3, 5, 5]}, "b is a combination of a"),
    ],
)
def test_score_that_does_not_exist(model: Any, columns: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotEstimable, match=re.escape(reason)):
        propensity_score(pd.DataFrame(columns), np.array([0, 0, 0, 0, 1, 1, 1, 1]), model)


def test_score_needs_both_groups_and_enough_complete_rows() -> None:
    x = pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 4, 2]})
    with pytest.raises(NotEstimable, match="3 of 3 complete rows are treated"):
        propensity_score(x, np.ones(3), "logit")
    with pytest.raises(NotEstimable, match="3 complete rows for 2 covariates and a constant"):
        propensity_score(x, np.array([1, 0, 1]), "logit")
    with pytest.raises(ValueError, match="missing or infinite"):
        propensity_score(x.replace(4, np.nan), np.array([1, 0, 1]), "logit")


# Nearest neighbours


# Scores are binary fractions, so that equal distances are equal.
#   T is at 1/2; a and c at 3/8 and b at 5/8 are 1/8 away, d and e at 1/4 are 1/4 away.
#   U is at 1/4, where d and e are; a and c are 1/8 away. In sorted order: d, e, a, c, b.
TIED = scored({"T": 0.5, "U": 0.25}, {"a": 0.375, "b": 0.625, "c": 0.375, "d": 0.25, "e": 0.25})


@pytest.mark.parametrize(
    ("k", "ties", "of_t", "of_u"),
    [
        (1, False, "a", "d"),
        (2, False, "ac", "de"),
        (3, False, "acb", "dea"),
        (4, False, "acbe", "deac"),
        (5, False, "acbde", "deacb"),
        (9, False, "acbde", "deacb"),
        (1, True, "acb", "de"),
        (3, True, "acb", "deac"),
        (4, True, "acbde", "deac"),
    ],
)
def test_nearest_by_hand(k: int, ties: bool, of_t: str, of_u: str) -> None:
    result = matched(TIED, neighbours=k, ties=ties)
    expected = {("T", c): 1 / len(of_t) for c in of_t} | {("U", c): 1 / len(of_u) for c in of_u}
    assert shares(result) == pytest.approx(expected)
    total = {c: sum(w for pair, w in expected.items() if c in pair) for c in {*of_t, *of_u}}
    assert weights(TIED, result) == pytest.approx({"T": 1, "U": 1} | total)
    assert n_kept(result) == 2 + len(total)


def test_lower_score_goes_first_at_equal_distance() -> None:
    rows = scored({"T": 0.5}, {"above": 0.625, "same": 0.5, "below": 0.375})
    assert weights(rows, matched(rows, neighbours=2)) == {"T": 1, "same": 0.5, "below": 0.5}
    assert weights(rows.drop("same"), matched(rows.drop("same"))) == {"T": 1, "below": 1}


def test_pairs_hold_labels_and_distances() -> None:
    pairs = matched(TIED, neighbours=2).pairs.sort_values(["treated", "control"])
    assert list(pairs.columns) == ["treated", "control", "distance", "weight", "seeker"]
    assert pairs[["treated", "control"]].to_numpy().tolist() == [
        list(p) for p in ("Ta", "Tc", "Ud", "Ue")
    ]
    close(pairs["distance"], [0.125, 0.125, 0, 0])
    assert set(pairs["seeker"]) == {"treated"}


def test_both_directions_by_hand() -> None:
    # T finds a and U finds d. b finds T, d and e find U, and so do a and c, halfway between the
    # two. What a row was given counts, as in psmatch2's _weight after `ate`: b, c and e go.
    result = matched(TIED, direction="both")
    assert shares(result) == {("T", "a"): 1, ("U", "d"): 1}
    assert shares(result, "control") == {("T", "b"): 1} | {("U", c): 1 for c in "acde"}
    assert weights(TIED, result) == {"T": 1, "U": 4, "a": 1, "d": 1}
    assert result.on_support.all()


def test_caliper_by_hand() -> None:
    # 1/8 is not closer than 1/8: T finds nobody. U keeps d and e of its three.
    result = matched(TIED, neighbours=3, caliper=0.125)
    assert shares(result) == {("U", "d"): 0.5, ("U", "e"): 0.5}
    assert weights(TIED, result) == {"U": 1, "d": 0.5, "e": 0.5}
    assert result.on_support.tolist() == [False, True, True, True, True, True, True]
    assert n_kept(matched(TIED, neighbours=3, caliper=0.126)) == 7


def test_caliper_and_bandwidth_allow_for_rounding() -> None:
    # 0.35 - 0.3 is 0.04999999999999999 in binary.
    rows = scored({"T": 0.35}, {"a": 0.3, "b": 0.33})
    assert weights(rows, matched(rows, neighbours=2, caliper=0.05)) == {"T": 1, "b": 1}
    assert weights(rows, matched(rows, KERNEL, bandwidth=0.05)) == {"T": 1, "b": 1}


def test_common_support_by_hand() -> None:
    # Untreated from 1/4 to 3/4: the treated at 1/8 and 7/8 go, that at 3/4 stays. Both ways, the
    # treated reach from 1/8 to 7/8, whether or not they stay, so that no untreated row goes.
    rows = scored({"T": 0.125, "U": 0.75, "V": 0.875}, {"a": 0.25, "b": 0.75, "c": 0.5})
    assert n_kept(matched(rows)) == 5
    result = matched(rows, common_support=True)
    assert weights(rows, result) == {"U": 1, "b": 1}
    assert result.on_support.tolist() == [False, True, False, True, True, True]
    assert matched(rows, common_support=True, direction="both").on_support.sum() == 4
    # Without T, the treated start at 3/4: a and c go, but only both ways.
    later = rows.drop("T")
    assert matched(later, common_support=True).on_support.tolist() == [
        True,
        False,
        True,
        True,
        True,
    ]
    both = matched(later, common_support=True, direction="both")
    assert both.on_support.tolist() == [True, False, False, True, False]


# Three treated and four untreated rows, bandwidth 1/4.
#   A at 1/2: w at the bandwidth has none, x at distance 0 has 1, y at 1/8 has 1 - 1/4 = 3/4.
#   B at 3/8: w and x at 1/8 have 3/4 each, y at the bandwidth none.
#   C at 15/16 is 5/16 from y: nobody. z at 1/16 is 5/16 from B: given to nobody.
BY_KERNEL = scored(
    {"A": 0.5, "B": 0.375, "C": 0.9375}, {"w": 0.25, "x": 0.5, "y": 0.625, "z": 0.0625}
)


def test_kernel_by_hand() -> None:
    result = matched(BY_KERNEL, KERNEL)
    expected = {("A", "x"): 4 / 7, ("A", "y"): 3 / 7, ("B", "w"): 0.5, ("B", "x"): 0.5}
    assert shares(result) == pytest.approx(expected)
    given_to = {"A": 1, "B": 1, "w": 1 / 2, "x": 15 / 14, "y": 3 / 7}
    assert weights(BY_KERNEL, result) == pytest.approx(given_to)
    assert result.on_support.tolist() == [True, True, False, True, True, True, True]


def test_kernel_in_both_directions_by_hand() -> None:
    # w finds B only; x finds A with 1 and B with 3/4; y finds A only; z nobody.
    result = matched(BY_KERNEL, KERNEL, direction="both")
    expected = {("B", "w"): 1, ("A", "x"): 4 / 7, ("B", "x"): 3 / 7, ("A", "y"): 1}
    assert shares(result, "control") == pytest.approx(expected)
    given_to = {"A": 11 / 7, "B": 10 / 7, "w": 1 / 2, "x": 15 / 14, "y": 3 / 7}
    assert weights(BY_KERNEL, result) == pytest.approx(given_to)
    assert result.on_support.tolist() == [True, True, False, True, True, True, False]


def test_steps_account_for_every_row() -> None:
    rows = pd.concat([BY_KERNEL, scored({"D": 0.03125, "E": np.nan}, {"v": np.nan})])
    result = matched(rows, KERNEL, common_support=True)
    steps = result.steps.set_index("step")
    assert list(steps.index) == [
        "rows given",
        "covariate missing",
        "off the common support",  # C above y, D below z
        "no match within the bandwidth",
        "not used as a match",  # z
    ]
    assert steps["lost"].tolist() == [0, 2, 2, 0, 1]
    assert steps["lost_treated"].tolist() == [0, 1, 2, 0, 0]
    assert steps["left"].tolist() == [10, 8, 6, 6, 5]
    assert steps["left_treated"].tolist() == [5, 4, 2, 2, 2]
    alone = matched(rows, KERNEL).steps
    assert matched(rows).steps["step"].iloc[3] == "no match"
    assert matched(rows, caliper=0.5).steps["step"].iloc[3] == "no match within the caliper"
    assert alone["lost"].tolist() == [0, 2, 0, 1, 0]  # C; D is within reach of z


# Panels


def test_by_year_matches_within_the_year() -> None:
    # Pooled, T of 2014 is nearest to b of 2015; by year it must take a.
    rows = scored(
        {"T": 0.5, "U": 0.25},
        {"a": 0.75, "b": 0.5, "c": 0.375},
        year=[2014, 2015, 2014, 2015, 2015],
    )
    assert set(shares(matched(rows))) == {("T", "b"), ("U", "c")}
    assert set(shares(matched(rows, by_year=True))) == {("T", "a"), ("U", "c")}
    # The range of the untreated is that of the year too: T is below a, U below c.
    with pytest.raises(NotEstimable, match="no matches among 5 rows: 2 off the common support"):
        matched(rows, by_year=True, common_support=True)


@pytest.mark.parametrize("model", ["logit", "probit"])
def test_scores_are_fitted_by_year_on_complete_rows(model: Any) -> None:
    panel = make_panel()
    panel.loc[[3, 50], "fin"] = [np.nan, np.inf]
    spec = MatchingSpec(NAMES, model=model, by_year=True)
    score = match(panel, "pilot", spec).propensity_score
    assert np.flatnonzero(np.isnan(score)).tolist() == [3, 50]
    for _, rows in panel.drop(index=[3, 50]).groupby("year"):
        expected = propensity_score(rows[list(NAMES)], rows["pilot"].to_numpy(), model)
        close(score[rows.index], expected, rel=0, absolute=0)


def test_year_that_cannot_be_estimated_is_named() -> None:
    panel = make_panel()
    panel.loc[panel["year"] == 2015, "gdp"] = panel["pilot"] * 1.0
    with pytest.raises(
        NotEstimable, match="year 2015: no score: leave it out of the covariates: gdp "
    ):
        match(panel, "pilot", MatchingSpec(NAMES, by_year=True))
    panel.loc[panel["year"] == 2014, "pilot"] = 0
    with pytest.raises(NotEstimable, match="year 2014: no score: 0 of 60 complete rows are tre"):
        match(panel, "pilot", MatchingSpec(NAMES, by_year=True))


@pytest.mark.parametrize(
    "spec",
    [
        MatchingSpec(NAMES, neighbours=3, model="logit"),
        MatchingSpec(NAMES, method="kernel", by_year=True, direction="both", common_support=True),
    ],
)
def test_order_of_rows_does_not_matter(spec: MatchingSpec) -> None:
    panel = make_panel()
    shuffled = panel.sample(frac=1, random_state=7)
    first, second = match(panel, "pilot", spec), match(shuffled, "pilot", spec)
    close(pd.Series(second.weight, shuffled.index).sort_index(), first.weight, rel=1e-7)
    assert shares(second) == pytest.approx(shares(first), rel=1e-7)
    assert second.steps.equals(first.steps)


# R's Matching


@pytest.mark.parametrize("direction", ["treated", "both"])
@pytest.mark.parametrize(
    ("design", "column", "changes"),
    [
        ("k1", "score", {}),
        ("k4", "score", {"neighbours": 4}),
        ("ties_k1", "tied", {"ties": True}),
        ("ties_k3", "tied", {"ties": True, "neighbours": 3}),
        ("caliper_k1", "score", {"caliper": 0.004}),
    ],
)
def test_agrees_with_matching_in_r(design: str, column: str, changes: Any, direction: Any) -> None:
    data = pd.read_csv(REFERENCE / "scores.csv", index_col="row")
    treated = data["treated"].to_numpy() == 1
    spec = replace(NEAREST, direction=direction, **changes)
    result = match(data, "treated", spec, score=data[column].to_numpy())

    chosen = pd.read_csv(REFERENCE / "matches.csv").query("design == @design")
    by_treated = data["treated"].loc[chosen["seeker"]].to_numpy() == 1
    by_seeker = {
        "treated": chosen[by_treated].set_index(["seeker", "match"])["weight"].to_dict(),
        "control": chosen[~by_treated].set_index(["match", "seeker"])["weight"].to_dict(),
    }
    assert len(by_seeker["treated"]) > 20 and len(by_seeker["control"]) > 20
    assert shares(result) == pytest.approx(by_seeker["treated"], rel=1e-10)
    both = direction == "both"
    expected = by_seeker["control"] if both else {}
    assert shares(result, "control") == pytest.approx(expected, rel=1e-10)

    estimates = pd.read_csv(REFERENCE / "estimates.csv").query("design == @design")
    estimate = estimates.set_index("estimand")["estimate"]
    signed = np.where(treated, 1, -1) * data["outcome"].to_numpy()
    if both:  # a row counts for itself if it found a match, and with what it was given
        total = (signed * (result.on_support + result.weight)).sum()
        close(total / result.on_support.sum(), estimate["ATE"])
    else:
        total = (signed * result.weight).sum()
        close(total / (treated & result.on_support).sum(), estimate["ATT"])


# Properties, on scores that are multiples of 1/32: distances are exact and ties abound


@st.composite
def scored_rows(draw: st.DrawFn, distinct: bool = False) -> pd.DataFrame:
    score = draw(st.lists(st.integers(0, 32), min_size=2, max_size=25, unique=distinct))
    n_treated = draw(st.integers(1, len(score) - 1))
    pilot = draw(st.permutations([1] * n_treated + [0] * (len(score) - n_treated)))
    return pd.DataFrame({"score": np.array(score) / 32, "pilot": pilot, "x": 0.0})


def options(*methods: str) -> st.SearchStrategy[MatchingSpec]:
    kernel = st.builds(
        replace,
        st.just(KERNEL),
        bandwidth=st.sampled_from([1 / 32, 3 / 32, 1.0]),
        common_support=st.booleans(),
        direction=st.sampled_from(["treated", "both"]),
    )
    nearest = st.builds(
        replace,
        st.just(NEAREST),
        neighbours=st.integers(1, 6),
        ties=st.booleans(),
        caliper=st.sampled_from([None, 2 / 32, 5 / 32]),
        common_support=st.booleans(),
        direction=st.sampled_from(["treated", "both"]),
    )
    return st.one_of(*({"kernel": kernel, "nearest": nearest}[name] for name in methods))


def try_match(rows: pd.DataFrame, spec: MatchingSpec) -> Matched | None:
    try:
        return matched(rows, spec)
    except NotEstimable:
        return None


def by_brute_force(rows: pd.DataFrame, spec: MatchingSpec, seeker: int) -> dict[int, Any]:
    """The distances of each seeker's matches by label; ties may leave a choice of labels."""
    score, pilot = rows["score"], rows["pilot"]
    inside = pd.Series(True, rows.index)
    if spec.common_support:
        for group in (1, 0) if spec.direction == "both" else (1,):
            other = score[pilot != group]
            inside &= (pilot != group) | score.between(other.min(), other.max())
    found = {}
    for i in rows.index[(pilot == seeker) & inside]:
        distance = (score - score[i]).abs()[(pilot != seeker) & inside].sort_values()
        if spec.method == "kernel":
            near = distance[distance < spec.bandwidth]
        elif spec.ties and len(distance):
            near = distance[distance <= distance.iloc[: spec.neighbours].iloc[-1]]
        else:
            near = distance.iloc[: spec.neighbours]
        if spec.caliper is not None:
            near = near[near < spec.caliper]
        if len(near):
            found[i] = near
    return found


@settings(max_examples=150, deadline=None)
@given(scored_rows(), options("kernel", "nearest"))
def test_pairs_agree_with_brute_force(rows: pd.DataFrame, spec: MatchingSpec) -> None:
    result = try_match(rows, spec)
    sides = (1, 0) if spec.direction == "both" else (1,)
    expected = {side: by_brute_force(rows, spec, side) for side in sides}
    if result is None:
        assert not any(expected.values())
        return
    for side in sides:
        name, other = ("treated", "control") if side else ("control", "treated")
        pairs = result.pairs[result.pairs["seeker"] == name]
        found = dict(list(pairs.groupby(name)))
        assert set(found) == set(expected[side])
        for i, near in expected[side].items():
            assert sorted(found[i]["distance"]) == sorted(near)
            if spec.method == "kernel" or spec.ties:
                assert set(found[i][other]) == set(near.index)
            share = 1 - (near / spec.bandwidth) ** 2 if spec.method == "kernel" else near * 0 + 1
            close(sorted(found[i]["weight"]), sorted(share / share.sum()))


@settings(max_examples=100, deadline=None)
@given(scored_rows(), options("kernel", "nearest"))
def test_weights_add_up(rows: pd.DataFrame, spec: MatchingSpec) -> None:
    result = try_match(rows, spec)
    if result is None:
        return
    treated = rows["pilot"].to_numpy() == 1
    for side in ("treated", "control"):
        pairs = result.pairs[result.pairs["seeker"] == side]
        close(pairs.groupby(side)["weight"].sum(), 1.0)
    assert not result.weight[~result.on_support].any()
    close(result.weight[~treated].sum(), (result.on_support & treated).sum())
    if spec.direction == "treated":
        close(result.weight[treated], result.on_support[treated])
    else:
        close(result.weight[treated].sum(), (result.on_support & ~treated).sum())
    assert result.steps["left"].iloc[-1] == n_kept(result)


@settings(max_examples=100, deadline=None)
@given(scored_rows(distinct=True), options("kernel", "nearest"), st.randoms(use_true_random=False))
def test_permuted_rows_keep_their_weights(
    rows: pd.DataFrame, spec: MatchingSpec, random: Any
) -> None:
    order = random.sample(range(len(rows)), len(rows))
    first, second = try_match(rows, spec), try_match(rows.iloc[order], spec)
    if first is None or second is None:
        assert first is second
        return
    close(second.weight, first.weight[order])
    assert shares(second) == pytest.approx(shares(first))


@settings(max_examples=100, deadline=None)
@given(scored_rows(), options("kernel", "nearest"))
def test_control_out_of_reach_changes_nothing(rows: pd.DataFrame, spec: MatchingSpec) -> None:
    # Farther from every treated row than all other untreated rows, and than bandwidth or caliper.
    spec = replace(spec, direction="treated", common_support=False, neighbours=1)
    far = pd.DataFrame({"score": [3.0], "pilot": [0], "x": [0.0]}, index=[99])
    first, second = try_match(rows, spec), try_match(pd.concat([rows, far]), spec)
    if first is None or second is None:
        assert first is second
        return
    close(second.weight, [*first.weight, 0])
    assert shares(second) == shares(first)


# Balance


# A takes x, B takes x: weights 1, 1, 2, and y goes. Of v: treated 1 and 5, untreated 2 and 6.
#   before: means 3 and 4, variances 8 and 8; difference -1, standardised -100/sqrt(8);
#           pooled variance 8, s.e. sqrt(8 (1/2 + 1/2)): t = -1/sqrt(8) on 2 degrees of freedom.
#   after:  x alone with weight 2, mean 2, variance 0: difference 1 over the same sqrt(8);
#           pooled variance (1 * 8 + 1 * 0)/2 = 4, s.e. sqrt(4 (1/2 + 1/2)): t = 1/2.
# p on 2 degrees of freedom is 1 - |t|/sqrt(2 + t^2).
def test_balance_by_hand() -> None:
    rows = scored({"A": 0.5, "B": 0.625}, {"x": 0.5, "y": 0.125}, v=[1, 5, 2, 6])
    result = matched(rows)
    assert weights(rows, result) == {"A": 1, "B": 1, "x": 2}
    (line,) = balanced(rows, result, ["v"]).to_dict("records")
    expected = {
        "covariate": "v",
        "mean_treated_before": 3,
        "mean_control_before": 4,
        "std_diff_before": -100 / np.sqrt(8),
        "variance_ratio_before": 1,
        "t_statistic_before": -1 / np.sqrt(8),
        "p_value_before": 1 - np.sqrt(1 / 17),
        "mean_treated_after": 3,
        "mean_control_after": 2,
        "std_diff_after": 100 / np.sqrt(8),
        "variance_ratio_after": np.inf,
        "t_statistic_after": 0.5,
        "p_value_after": 2 / 3,
    }
    assert line == pytest.approx(expected)


def test_balance_leaves_out_missing_values_and_rows_without_a_score() -> None:
    rows = scored(
        {"A": 0.5, "B": 0.625, "C": np.nan, "D": 0.625},
        {"x": 0.5, "y": 0.125, "z": np.nan},
        v=[1, 5, 100, None, 2, 6, 100],
    )
    table = balanced(rows, matched(rows), ["v"])
    close(table[["mean_treated_before", "mean_control_before"]], [[3, 4]])
    close(table[["mean_treated_after", "mean_control_after"]], [[3, 2]])


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize(
    "spec",
    [
        MatchingSpec(NAMES, neighbours=2, by_year=True, caliper=0.01),
        MatchingSpec(NAMES, method="kernel", direction="both", common_support=True),
    ],
)
def test_balance_agrees_with_statsmodels(spec: MatchingSpec, weighted: bool) -> None:
    panel = make_panel()
    result = match(panel, "pilot", spec)
    table = balanced(panel, result, NAMES, weighted).set_index("covariate")
    pilot = panel["pilot"].to_numpy() == 1
    # Treated rows on the support count once, whatever they were given by untreated seekers.
    after = (
        np.where(pilot, result.on_support, result.weight) if weighted else 1.0 * (result.weight > 0)
    )
    for name in NAMES:
        for when, weight in (("before", np.ones(len(panel))), ("after", after)):
            groups = [
                DescrStatsW(panel.loc[side, name], weight[side], ddof=1) for side in (pilot, ~pilot)
            ]
            t_statistic, p_value, _ = CompareMeans(*groups).ttest_ind(usevar="pooled")
            close(table.loc[name, f"t_statistic_{when}"], t_statistic, rel=1e-9)
            close(table.loc[name, f"p_value_{when}"], p_value, rel=1e-9)
            ratio = groups[0].var / groups[1].var
            close(table.loc[name, f"variance_ratio_{when}"], ratio, rel=1e-9)


# Scan


def test_scan_counts_what_match_keeps() -> None:
    panel = make_panel()
    panel.loc[7, "fin"] = np.nan
    grid = {**GRID, "neighbours": (1, 4), "caliper": (None, 0.02), "bandwidth": (0.02, 0.06)}
    table = scan(panel, "pilot", NAMES, grid)
    # nearest: k, model, by_year, support, ties, direction, caliper; kernel: without k, ties and
    # caliper, with the bandwidth.
    assert (table["method"] == "nearest").sum() == 2**7
    assert (table["method"] == "kernel").sum() == 2**5
    assert not table.duplicated(list(grid)).any()
    fields = list(grid)
    for row in table.to_dict("records"):
        changes = {name: row[name] for name in fields if not pd.isna(row[name])}
        result = match(panel, "pilot", MatchingSpec(NAMES, **changes))
        kept = panel[result.weight > 0]
        assert (row["row_count"], row["treated_rows"]) == (len(kept), kept["pilot"].sum())
        assert (row["control_rows"], row["unit_count"]) == (
            len(kept) - kept["pilot"].sum(),
            kept["region_code"].nunique(),
        )
        assert row["on_support_rows"] == result.on_support.sum()
        while True:
            few = [
                kept.groupby(key)["year"].transform("size") < 2 for key in ("region_code", "year")
            ]
            if not (few[0] | few[1]).any():
                break
            kept = kept[~(few[0] | few[1])]
        assert row["rows_without_singletons"] == len(kept)
    assert table["row_count"].nunique() > 40
    assert (table["rows_without_singletons"] < table["row_count"]).any()


def test_scan_says_what_cannot_be_estimated() -> None:
    panel = make_panel()
    panel.loc[panel["year"] == 2015, "gdp"] = panel["pilot"] * 1.0
    table = scan(panel, "pilot", NAMES, {"by_year": (False, True), "caliper": (None, 1e-15)})
    assert table["row_count"].isna().tolist() == [False, False, True, True]
    assert table["row_count"].iloc[1] == 0 and table["reason"].iloc[1] == "no matches"
    assert pd.isna(table["reason"].iloc[0])
    assert table["reason"].iloc[2].startswith("year 2015: no score")


# Input


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"covariates": ()}, "covariates is empty"),
        ({"method": "radius"}, "method is 'radius': expected 'nearest' or 'kernel'"),
        ({"kernel": "gauss"}, "kernel is 'gauss': expected 'epanechnikov'"),
        ({"model": "ols"}, "model is 'ols'"),
        ({"direction": "control"}, "direction is 'control'"),
        ({"keep": "all"}, "keep is 'all'"),
        ({"neighbours": 0}, "neighbours is 0"),
        ({"bandwidth": 0.0}, "bandwidth is 0.0"),
        ({"caliper": -1.0}, "caliper is -1.0"),
        ({"method": "kernel", "caliper": 0.05}, "kernel matching has the bandwidth"),
    ],
)
def test_contradictory_specification(changes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(NEAREST, **changes)


def test_rows_that_do_not_belong() -> None:
    panel = make_panel()
    spec = MatchingSpec(NAMES, by_year=True)
    with pytest.raises(ValueError, match="no column treat; their columns are region_code, year"):
        match(panel, "treat", spec)
    with pytest.raises(ValueError, match="no column roads"):
        match(panel, "pilot", replace(spec, covariates=("roads",)))
    with pytest.raises(ValueError, match="row 4: pilot is 2: expected 1 for a treated row and 0"):
        match(panel.assign(pilot=panel["pilot"].where(panel.index != 4, 2)), "pilot", spec)
    with pytest.raises(ValueError, match="row 4: pilot is nan"):
        match(panel.assign(pilot=panel["pilot"].where(panel.index != 4)), "pilot", spec)
    with pytest.raises(ValueError, match="row 4: year is missing"):
        match(panel.assign(year=panel["year"].where(panel.index != 4)), "pilot", spec)
    with pytest.raises(ValueError, match="column fin must hold numbers"):
        match(panel.assign(fin="high"), "pilot", spec)
    with pytest.raises(ValueError, match="index labels of the rows repeat"):
        match(panel.set_index("year", drop=False), "pilot", spec)
    with pytest.raises(ValueError, match="3 scores for 360 rows"):
        match(panel, "pilot", spec, score=np.zeros(3))
    with pytest.raises(ValueError, match="359 rows, but 360 were matched"):
        balanced(panel.iloc[1:], match(panel, "pilot", spec), NAMES)
    with pytest.raises(ValueError, match="grid has keep: expected any of method"):
        scan(panel, "pilot", NAMES, {"keep": ("rows",)})
    with pytest.raises(NotEstimable, match="the sample is empty"):
        match(panel.iloc[:0], "pilot", spec)
    with pytest.raises(NotEstimable, match="0 of 0 complete rows"):
        match(panel.assign(fin=np.nan), "pilot", replace(spec, by_year=False))


# Real data


def real_cities() -> pd.DataFrame:
    """The city study's sample with three of its covariates, from the files as delivered."""

    def read(path: Path, sheet: Any, columns: dict[str, str]) -> pd.DataFrame:
        cells = pd.read_excel(path, sheet_name=sheet, dtype=object, engine="calamine")
        frame: pd.DataFrame = (
            cells[list(columns)].rename(columns=columns).apply(pd.to_numeric, errors="coerce")
        )
        frame = frame.dropna(subset=["year", "code"]).astype({"year": int, "code": int})
        return frame.drop_duplicates(["year", "code"])

    roster = pd.read_csv(REAL / "reference/city_roster_284.csv").rename(
        columns={"city_code": "code"}
    )
    sectors = {"年度标识": "year", "城市代码": "code", "gdp（亿元人民币）": "gdp"}
    sectors |= {"第二产业增加值": "secondary", "第三产业增加值": "tertiary"}
    people = {"年份": "year", "城市代码": "code", "插值_常住人口（万人）": "population"}
    finance = {"年份": "year", "城市代码": "code", "地区生产总值(万元)": "gdp_10k"}
    finance |= {"年末金融机构各项贷款余额(万元)": "loans"}
    panel = roster.merge(pd.DataFrame({"year": range(2014, 2023)}), how="cross")
    for path, sheet, columns in (
        ("2000-2023地级市产业结构 .xlsx", "面板数据2000-2023", sectors),
        ("298个地级市人口密度1998-2024年无缺失.xlsx", "面板数据", people),
        ("金融发展水平（2003-2023）236缺失.xlsx", 0, finance),
    ):
        source = read(REAL / "city" / path, sheet, columns)
        panel = panel.merge(source, on=["code", "year"], how="left", validate="one_to_one")
    fin = panel["loans"] / panel["gdp_10k"]
    return panel.assign(
        LnGDP=np.log(1e4 * panel["gdp"] / panel["population"]),
        # 37 cells lack a GDP; the line between the city's neighbouring years stands in.
        Fin=fin.groupby(panel["code"]).transform(lambda city: city.interpolate()),
        Str=panel["tertiary"] / panel["secondary"],
    )


@pytest.mark.skipif(not REAL.exists(), reason="needs the real statistics in ../shared/real")
def test_rows_kept_of_the_real_cities() -> None:
    # Every row of a pilot city is treated, 67 * 9 = 603; treated rows seek.
    cities = real_cities()
    assert (len(cities), cities["is_pilot"].sum()) == (2556, 603)
    grid = {"by_year": (False, True), "neighbours": (1, 3, 4), "model": ("logit",)}
    table = scan(cities, "is_pilot", ("LnGDP", "Fin", "Str"), grid, unit="code")
    assert table["row_count"].tolist() == [1089, 1687, 1870, 1098, 1725, 1918]
    assert set(table["treated_rows"]) == {603}
