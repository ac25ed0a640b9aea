"""nqp.analyses.cautions: a sound case has none, and each fault of a case has its own sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nqp.analyses.cautions import Treated, cautions, fitted_rows, treated
from nqp.analyses.regressions import regressions
from nqp.econometrics.regression import RegressionSpec, fit
from samples_for_tests import SPEC, STUDIES, asked_by, frame, samples_of

YEARS = range(2014, 2022)
CONTROL = RegressionSpec(
    outcome="y", treatment=("bdpz",), controls=("x",), unit_effects=True, time_effects=True,
    vcov="clustered", cluster="region_code", constant="mean",
)  # fmt: skip


def sound() -> pd.DataFrame:
    """Twelve units, of which five are treated from 2018 on; x has nothing to do with the policy."""
    random = np.random.default_rng(4)
    unit, year = np.repeat(np.arange(12), 8), np.tile(np.array(YEARS), 12)
    first = np.where(unit < 5, 2018.0, np.nan)
    bdpz = (year >= first) * 1.0
    return pd.DataFrame(
        {
            "region_code": [f"{11 + u}0000" for u in unit],
            "year": year,
            "assignment_cluster": [f"{11 + u}0000" for u in unit],
            "first_treated_year": first,
            "bdpz": bdpz,
            "x": random.normal(size=96),
            "y": unit + bdpz + random.normal(size=96),
        }
    )


def told(rows: pd.DataFrame, spec: RegressionSpec = CONTROL) -> list[str]:
    return cautions(fitted_rows(rows, spec), spec, fit(rows, spec), "bdpz")


def test_a_sound_case_has_none() -> None:
    assert told(sound()) == []


def unit(rows: pd.DataFrame) -> pd.Series[int]:
    return rows["region_code"].str[:2].astype(int) - 11


def in_two_clusters(rows: pd.DataFrame) -> pd.DataFrame:
    """Five treated units, to whose two regions the policy was assigned, and seven others."""
    region = unit(rows).map(lambda u: "north" if u < 3 else "south" if u < 5 else str(u))
    return rows.assign(assignment_cluster=region)


def mostly_of_one(rows: pd.DataFrame) -> pd.DataFrame:
    """Four years of one treated unit, and the last year of three others."""
    others = unit(rows).between(1, 3) & rows["year"].between(2018, 2020)
    return rows[~others & (unit(rows) != 4)]


def treated_from_the_start(rows: pd.DataFrame) -> pd.DataFrame:
    early = unit(rows) == 0
    return rows.assign(
        first_treated_year=rows["first_treated_year"].mask(early, 2014.0),
        bdpz=rows["bdpz"].mask(early, 1.0),
    )


def staggered(rows: pd.DataFrame) -> pd.DataFrame:
    first = rows["first_treated_year"].mask(unit(rows) < 2, 2017.0)
    return rows.assign(first_treated_year=first, bdpz=(rows["year"] >= first) * 1.0)


def all_treated(rows: pd.DataFrame) -> pd.DataFrame:
    first = rows["first_treated_year"].fillna(2020.0)
    return rows.assign(first_treated_year=first, bdpz=(rows["year"] >= first) * 1.0)


def without_support(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(x=rows["x"] + 100 * rows["first_treated_year"].notna())


def moved(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(x=rows["x"] + 3 * rows["bdpz"])


STAGGERED = (
    "The policy begins in {} different years: a two-way coefficient also compares units treated "
    "later with units treated before ({:.0%} of the treated rows have a negative weight in it), "
    "which biases it where effects change over time. results.treatment_effects has group-time "
    "averages."
)
FAULTS: list[tuple[Callable[[pd.DataFrame], pd.DataFrame], list[str]]] = [
    (
        in_two_clusters,
        ["Only 2 of 9 clusters of the level at which the policy was assigned are treated: the "
         "standard error is too small by an unknown factor, so no stars are printed."],
    ),
    (
        mostly_of_one,
        ["One unit makes 57% of the treated rows: the effect is that of this unit, so no stars are "
         "printed."],
    ),
    (
        treated_from_the_start,
        ["1 unit is treated in every row: no year shows them untreated. Leave them out by a "
         "grouping, or begin with an earlier year.", STAGGERED.format(2, 1 / 6)],
    ),
    (staggered, [STAGGERED.format(2, 0)]),
    (
        all_treated,
        [STAGGERED.format(2, 2 / 7),
         "Every unit is treated in the end: none shows what would have happened without the "
         "policy."],
    ),
    (
        without_support,
        ["Before the policy, treated and untreated units have no value of x in common: the "
         "comparison rests on the straight line between them."],
    ),
    (
        moved,
        ["x moves with the policy (p below 0.05), being measured after treatment too: what is held "
         "constant takes a part of the effect away, or adds one."],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), FAULTS, ids=lambda x: getattr(x, "__name__", ""))
def test_each_fault_has_its_sentence_and_no_other(
    change: Callable[[pd.DataFrame], pd.DataFrame], expected: list[str]
) -> None:
    assert told(change(sound())) == expected


@pytest.mark.parametrize("scale", [1e-5, 3e-6, 1e-9])
def test_a_coefficient_that_prints_as_zero_names_the_power_that_shows_it(scale: float) -> None:
    rows = sound()
    effect = float(fit(rows, CONTROL).coefficients["estimate"][0])
    rows["y"] *= scale / abs(effect)
    [text] = told(rows)
    assert text.startswith("The coefficient of bdpz prints as 0.0000: multiply y by 10^")
    assert text.endswith("(scale in variables.csv) to show it.")
    power = int(text.split("10^")[1].split()[0])
    assert 1 - 1e-9 <= scale * 10**power < 10
    assert told(rows.assign(y=rows["y"] * 10**power)) == []


def test_a_coefficient_of_half_a_unit_of_the_last_decimal_is_shown() -> None:
    rows = sound()
    effect = float(fit(rows, CONTROL).coefficients["estimate"][0])
    assert told(rows.assign(y=rows["y"] * 0.0000501 / abs(effect))) == []
    assert len(told(rows.assign(y=rows["y"] * 0.0000499 / abs(effect)))) == 1


def test_what_a_specification_does_not_do_is_not_told() -> None:
    """Without year effects nothing is compared two ways; without controls none has been moved."""
    alone = RegressionSpec("y", ("bdpz",), (), True, False, "clustered", "region_code", "mean")
    assert told(staggered(sound()), alone) == []
    assert told(moved(sound()), alone) == []


def test_ranges_that_touch_are_common_support() -> None:
    """Only before the policy: afterwards it may have moved the control."""
    rows = sound().assign(x=lambda r: r["year"] - 2014.0 + 100 * r["bdpz"])
    assert not [text for text in told(rows) if "in common" in text]
    # What comes afterwards gives them none.
    apart = sound().assign(
        x=lambda r: r["x"].abs() + 9 * (r["first_treated_year"].notna() & (r["bdpz"] == 0))
    )
    assert [text for text in told(apart) if "in common" in text]
    # One value in common is support, if barely.
    low = rows["first_treated_year"].notna()
    touching = sound().assign(x=lambda r: np.where(low, -r["x"].abs(), r["x"].abs()))
    touching.loc[[0, 95], "x"] = 0.0
    assert not [text for text in told(touching) if "in common" in text]
    assert [text for text in told(touching.drop(index=[0])) if "in common" in text]


def test_treated_rows_are_counted_by_unit_and_by_cluster() -> None:
    found = treated(in_two_clusters(sound()), "bdpz")
    assert found == Treated(units=5, clusters=2, all_clusters=9, largest_share=0.2)
    assert found.are_few
    assert not treated(sound(), "bdpz").are_few
    one = treated(mostly_of_one(sound()), "bdpz")
    # 4 rows of 7.
    assert one.units == 4 and one.are_few
    assert one.largest_share == pytest.approx(4 / 7)
    nobody = treated(sound().assign(bdpz=0.0), "bdpz")
    assert (nobody.units, nobody.clusters, nobody.largest_share) == (0, 0, 0)


def test_rows_of_a_fit_are_its_own() -> None:
    """A row without a control is in no count."""
    rows = sound()
    rows.loc[unit(rows) < 3, "x"] = np.nan
    assert treated(fitted_rows(rows, CONTROL), "bdpz").units == 2
    [text] = told(rows)
    assert text.startswith("Only 2 of 9 clusters")


# --- stars ----------------------------------------------------------------------------------------


def fitted(
    rows: pd.DataFrame, clusters: dict[str, str] | None = None, **change: Any
) -> pd.DataFrame:
    spec = SPEC | change
    first = rows.dropna(subset=["first_treated_year"]).drop_duplicates("region_code")
    samples = samples_of(
        asked_by(spec),
        panel=rows[["region_code", "year", "bdpz", "x", "y"]],
        first=dict(zip(first["region_code"], first["first_treated_year"].astype(int), strict=True)),
        clusters=clusters,
    )
    return regressions(samples, frame(spec), STUDIES)


def test_few_treated_clusters_have_no_stars() -> None:
    rows = sound().assign(y=lambda r: r["y"] + 9 * r["bdpz"] + 5 * r["x"])
    plain = fitted(rows)
    assert plain["stars"].tolist()[1:] == ["***", "***", "***"]
    assert plain["cautions"].isna().all()
    regions = in_two_clusters(rows).drop_duplicates("region_code")
    clusters = dict(zip(regions["region_code"], regions["assignment_cluster"], strict=True))
    few = fitted(rows, clusters)
    assert few["stars"].tolist()[1:] == ["", "", ""]
    assert few["cautions"][0].startswith("Only 2 of 9 clusters")
    assert few[["n_treated_units", "n_treated_clusters"]].iloc[0].tolist() == [5, 2]
    # All else is as it was, and each is estimated.
    same = ["estimate", "std_error", "p_value", "n_obs", "df", "status"]
    pd.testing.assert_frame_equal(few[same], plain[same])
    # Three are enough.
    three = clusters | {"110000": "alone"}
    assert fitted(rows, three)["stars"].tolist()[1:] == ["***", "***", "***"]


def test_one_unit_with_most_of_the_treated_rows_has_no_stars() -> None:
    rows = mostly_of_one(sound()).assign(y=lambda r: r["y"] + 9 * r["bdpz"])
    table = fitted(rows)
    assert table["stars"].tolist()[1:] == ["", "", ""]
    assert table["p_value"][1] < 0.01
    assert "One unit makes 57% of the treated rows" in table["cautions"][0]


def test_a_column_without_the_policy_keeps_its_stars() -> None:
    """How many are treated says nothing of other regressors."""
    rows = sound().assign(y=lambda r: r["y"] + 5 * r["x"])
    table = fitted(rows, dict.fromkeys(rows["region_code"], "one"), treatment="x", controls=None)
    assert table["stars"].tolist()[1:] == ["***", "***"]
    assert table.iloc[0][["n_treated_units", "n_treated_clusters", "cautions"]].isna().all()
