"""nqp.analyses.comparisons by hand, by another program, and on the numbers the two papers print."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pyfixest
import pytest
from scipy import stats

from definitions_for_tests import definitions
from nqp.analyses.comparisons import COLUMNS, heterogeneity, put_together
from nqp.analyses.regressions import regressions
from nqp.analyses.samples import Samples
from samples_for_tests import SPEC, A, B, C, D, Request, frame, samples_of

PAIR: dict[str, Any] = {"comparison_id": "s.h.x", "study": "s", "spec_a": "a", "spec_b": "b"}
# Each study is compared by its own policy.
STUDIES = frame({"study": "t", "policy": "Fin"}, {"study": "s", "policy": "zone"})
PLAIN = SPEC | {
    "treatment": "zone", "controls": None, "unit_effects": False, "time_effects": False,
    "vcov": "conventional", "cluster": None,
}  # fmt: skip
SPECS = frame(*(PLAIN | {"spec_id": name} for name in "abd"))


def samples_of_four(**more: Any) -> Samples:
    """Effects 5 and −1 with standard errors 3 and 4, each from two units in two years.

    The residuals of a group are ±r in four rows, so that s_b² = (4 r² / 2)(1/2 + 1/2) = 2 r².
    """
    rows = [
        (unit, 2014 + i, zone, effect * zone + sign * error / math.sqrt(2))
        for (unit, zone), (effect, error) in (
            ((A, 0), (5, 3)), ((B, 1), (5, 3)), ((C, 0), (-1, 4)), ((D, 1), (-1, 4)),
        )
        for i, sign in enumerate((-1, 1))
    ]  # fmt: skip
    panel = pd.DataFrame(rows, columns=["region_code", "year", "zone", "y"])
    first, second = (f"region_code in {units}" for units in ((A, B), (C, D)))
    requests = Request("a", first), Request("b", second), Request("d", reason="y: no data")
    return samples_of(*requests, panel=panel, **more)


def compared(*pairs: dict[str, Any]) -> pd.DataFrame:
    samples = samples_of_four()
    return heterogeneity(
        samples, frame(*pairs), SPECS, regressions(samples, SPECS, STUDIES), STUDIES, 99, 1
    )


def test_the_difference_of_independent_effects_by_hand() -> None:
    reverse = PAIR | {"comparison_id": "s.h.y", "spec_a": "b", "spec_b": "a"}
    table = compared(reverse, PAIR)
    assert list(table) == ["comparison_id", *COLUMNS, "status", "reason"]
    row, turned = table.to_dict("records")
    assert pd.isna(row.pop("reason")) and pd.isna(row.pop("df"))
    by_assignment = {name: row.pop(name) for name in COLUMNS[9:]}
    assert (row.pop("comparison_id"), row.pop("status")) == ("s.h.x", "estimated")
    assert row == pytest.approx(
        {
            "estimate_a": 5, "std_error_a": 3, "estimate_b": -1, "std_error_b": 4,
            "difference": 6, "difference_std_error": 5, "z_statistic": 1.2, "p_value": 0.2301393,
        },
        abs=5e-8,
    )  # fmt: skip
    assert (turned["difference"], turned["z_statistic"]) == pytest.approx((-6, -1.2))
    assert turned["p_value"] == pytest.approx(row["p_value"])
    # Each subgroup has one treated unit of two, in every year, and residuals that cancel in a unit.
    assert by_assignment["n_clusters"] == 4
    for name in ("assignment_reason", "permutation_reason"):
        assert "residuals cancel within every" in by_assignment[name]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"spec_b": "d"}, "not estimated: d"),
        ({"spec_a": "d"}, "not estimated: d"),
        ({"spec_a": "d", "spec_b": "elsewhere"}, "not estimated: d, elsewhere"),
    ],
)
def test_one_comparison_without_its_column_leaves_the_others(
    change: dict[str, Any], reason: str
) -> None:
    table = compared(PAIR | {"comparison_id": "s.h.w"} | change, PAIR)
    assert table["status"].tolist() == ["not estimable", "estimated"]
    assert table["reason"][0] == reason
    assert table.loc[0, list(COLUMNS)].isna().all()
    assert table["z_statistic"].isna().tolist() == [True, False]


def test_no_specification_gives_an_empty_table() -> None:
    samples = samples_of_four()
    none = pd.DataFrame(columns=list(PAIR))
    table = heterogeneity(
        samples, none, SPECS, regressions(samples, SPECS, STUDIES), STUDIES, 99, 1
    )
    assert table.empty
    assert list(table) == ["comparison_id", *COLUMNS, "status", "reason"]


# --- subgroups that share clusters ----------------------------------------------------------------


def provinces_in_both_groups() -> pd.DataFrame:
    """Thirty provinces of eight cities: four in each group, and shocks of the province in all."""
    random = np.random.default_rng(0)
    treated = random.permutation(30)[:10]
    rows = []
    for province in range(30):
        shock = np.cumsum(random.normal(0, 0.5, 9))
        for city in range(8):
            for year in range(9):
                zone = float(province in treated and year >= 4)
                y = shock[year] + random.normal(0, 0.5)
                rows.append((f"{province:02d}{city:02d}", 2014 + year, city // 4, zone, y))
    return pd.DataFrame(rows, columns=["region_code", "year", "grp", "zone", "y"])


IN_CLUSTERS = SPEC | {"treatment": "zone", "controls": None, "cluster": "province_code"}


def difference_of(
    panel: pd.DataFrame, first: dict[str, Any], second: dict[str, Any], **weights: Any
) -> dict[str, Any]:
    specs = frame(first | {"spec_id": "a"}, second | {"spec_id": "b"})
    requests = [Request(name, f"grp = {i}", **weights) for i, name in enumerate("ab")]
    samples = samples_of(*requests, panel=panel)
    fits = regressions(samples, specs, STUDIES)
    [row] = heterogeneity(samples, frame(PAIR), specs, fits, STUDIES, 99, 1).to_dict("records")
    return {str(name): value for name, value in row.items()}


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pyfixest")
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # within pyfixest
@pytest.mark.parametrize("controls", ["", "x"])
def test_subgroups_that_share_clusters_are_compared_in_one_regression(controls: str) -> None:
    """By pyfixest, everything interacted with the subgroup; as if independent, the standard error
    would be .460 and p .718."""
    panel = provinces_in_both_groups()
    x = np.random.default_rng(1).normal(size=len(panel)) + 0.3 * panel["zone"]
    panel = panel.assign(x=x, y=panel["y"] + x * (1 + panel["grp"]) * bool(controls))
    spec = IN_CLUSTERS | {"controls": controls}
    found = difference_of(panel, spec, spec)
    rows = panel.assign(
        province=panel["region_code"].str[:2],
        period=panel["grp"].astype(str) + panel["year"].astype(str),
        difference=panel["zone"] * (panel["grp"] == 0),
        x_0=panel["x"] * (panel["grp"] == 0), x_1=panel["x"] * (panel["grp"] == 1),
    )  # fmt: skip
    formula = f"y ~ zone + difference{' + x_0 + x_1' * bool(controls)} + C(period) | region_code"
    with pytest.warns(UserWarning, match="collinear"):
        other = pyfixest.feols(formula, rows, vcov={"CRV1": "province"}, fixef_rm="none")
    assert found["difference"] == pytest.approx(other.coef()["difference"], rel=1e-8)
    assert found["difference_std_error"] == pytest.approx(other.se()["difference"], rel=1e-8)
    t = other.coef()["difference"] / other.se()["difference"]
    assert found["p_value"] == pytest.approx(2 * stats.t.sf(abs(t), 29), rel=1e-8)
    assert found["df"] == 29
    if not controls:
        assert round(found["difference_std_error"], 5) == 0.08486
        assert round(found["p_value"], 4) == 0.0604
        independent = math.hypot(found["std_error_a"], found["std_error_b"])
        assert round(independent, 3) == 0.460


def test_subgroups_that_share_no_cluster_differ_as_independent_ones_do() -> None:
    """But for the small-sample factors: of two regressions, and of one with all clusters."""
    panel = provinces_in_both_groups()
    apart = panel.assign(grp=panel["region_code"].str[:2].astype(int) % 2)
    found = difference_of(apart, IN_CLUSTERS, IN_CLUSTERS)
    # Each group: 15 clusters, 1080 rows, a constant, the policy and eight years.
    own = 15 / 14 * 1079 / (1080 - 10)
    both = 30 / 29 * 2159 / (2160 - 19)
    independent = math.hypot(found["std_error_a"], found["std_error_b"])
    assert found["difference_std_error"] == pytest.approx(independent * math.sqrt(both / own))


def test_weights_of_one_column_leave_the_estimates_of_both() -> None:
    """The interacted regression has the two columns' own effects, so that its s.e. is theirs."""
    panel = provinces_in_both_groups()
    weights = {
        (unit, year): 1.0 + (i % 3)
        for i, (unit, year, grp) in enumerate(
            panel[["region_code", "year", "grp"]].itertuples(index=False)
        )
        if grp == 0
    }
    specs = frame(IN_CLUSTERS | {"spec_id": "a"}, IN_CLUSTERS | {"spec_id": "b"})
    samples = samples_of(
        Request("a", "grp = 0", weights=weights), Request("b", "grp = 1"), panel=panel
    )
    fits = regressions(samples, specs, STUDIES)
    [row] = heterogeneity(samples, frame(PAIR), specs, fits, STUDIES, 99, 1).to_dict("records")
    # Doubling all weights of one group changes none of its estimates, nor the difference's error.
    doubled = samples_of(
        Request("a", "grp = 0", weights={key: 2 * w for key, w in weights.items()}),
        Request("b", "grp = 1"),
        panel=panel,
    )
    [same] = heterogeneity(doubled, frame(PAIR), specs, fits, STUDIES, 99, 1).to_dict("records")
    assert same["difference_std_error"] == pytest.approx(row["difference_std_error"], rel=1e-9)
    assert row["difference_std_error"] != pytest.approx(
        difference_of(panel, IN_CLUSTERS, IN_CLUSTERS)["difference_std_error"], rel=1e-3
    )


def test_columns_with_other_clusters_cannot_be_compared() -> None:
    panel = provinces_in_both_groups()
    row = difference_of(panel, IN_CLUSTERS, IN_CLUSTERS | {"cluster": "region_code"})
    assert (row["status"], row["reason"]) == (
        "not estimable",
        "the two columns differ in their clusters: give both the same",
    )


# --- the published numbers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comparison_id", "p"),
    [
        ("city.h.tier", 0.001),
        ("city.h.resource", 0.151),
        ("province.h.west_central", 0.203),
        ("province.h.east_west", 0.003),
    ],
)
def test_differences_of_subgroups_in_the_published_tables(comparison_id: str, p: float) -> None:
    """As the papers take them: the two columns as independent."""
    printed = {
        (row["spec_id"], row["term"]): (float(row["estimate"]), float(row["std_error"]))
        for row in definitions("published_coefficients").to_dict("records")
    }
    [spec] = [
        row
        for row in definitions("heterogeneity_specs").to_dict("records")
        if row["comparison_id"] == comparison_id
    ]
    found = put_together(printed[spec["spec_a"], "bdpz"], printed[spec["spec_b"], "bdpz"])
    assert set(found) == set(COLUMNS[:9])
    assert round(found["p_value"], 3) == p
    # The square of z is the chi-squared statistic of one restriction.
    assert found["p_value"] == pytest.approx(stats.chi2.sf(found["z_statistic"] ** 2, 1), rel=1e-9)
