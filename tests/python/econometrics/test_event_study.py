"""nqp.econometrics.event_study against arithmetic by hand, pyfixest and statsmodels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyfixest
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from nqp.econometrics.event_study import EventStudy, JointTest, event_study, joint_test
from nqp.econometrics.panels import NotEstimable
from panels_for_tests import CITY, PROVINCE, close, hand_panel, make_panel

COLUMNS = ["estimate", "std_error", "t_statistic", "p_value"]
INTERVALS = ["conf_low_90", "conf_high_90", "conf_low_95", "conf_high_95"]


def starts(panel: pd.DataFrame, *years: int) -> dict[str, int]:
    """The treated units of `make_panel`, given the years in turn."""
    codes = np.unique(panel.loc[panel["bdpz"] == 1, "region_code"])
    return {str(code): years[i % len(years)] for i, code in enumerate(codes)}


def lags_of(study: EventStudy) -> JointTest:
    """The joint test of the first treated year and all later ones, the reference left out."""
    table = study.coefficients
    after = table.loc[(table["relative_year"] >= 0) & ~table["is_reference"], "term"]
    found = joint_test(study.fit, list(after))
    assert found is not None
    return found


def test_hand_worked() -> None:
    # A is treated in year 2 of three; outcomes A 1 4 9, B 2 4 5, C 3 3 4. Against year 1:
    #   year 2: 3 - (2 + 0)/2 = 2; year 3: 8 - (3 + 1)/2 = 6.
    #   B - C is -1, 1, 1, about its mean -4/3, 2/3, 2/3; residuals are halves of that, so
    #   RSS = 2 * (16 + 4 + 4)/36 = 4/3, s2 = (4/3)/(9 - 7) = 2/3.
    #   Each coefficient is A's change less the mean of two: variance s2 (2 + 2/2) = 2, covariance
    #   (year 1 is shared) s2 (1 + 1/2) = 1. F = (2, 6) [[2, 1], [1, 2]]^-1 (2, 6)'/2 = 28/3 on
    #   (2, 2) degrees of freedom, where p = 1/(1 + F) = 3/31.
    third = pd.DataFrame({"region_code": list("ABC"), "year": 3, "nqp": [9, 5, 4]})
    panel = pd.concat([hand_panel(), third])
    study = event_study(panel, replace(PROVINCE, controls=()), {"A": 2}, reference=-1)
    table = study.coefficients
    assert table["term"].tolist() == ["rel_m1", "rel_0", "rel_p1"]
    assert table["relative_year"].tolist() == [-1, 0, 1]
    assert table["calendar_year"].tolist() == ["1", "2", "3"]
    assert table["is_reference"].tolist() == [True, False, False]
    close(table["estimate"], [0, 2, 6])
    close(table["std_error"][1:], [np.sqrt(2)] * 2)
    # t(2) has its 95 % quantile at 0.9/sqrt(2 * 0.95 * 0.05): 2.9200.
    margin = np.sqrt(2) * 0.9 / np.sqrt(0.095)
    close(table.loc[1:, "conf_low_90"], [2 - margin, 6 - margin])
    close(table.loc[1:, "conf_high_90"], [2 + margin, 6 + margin])
    assert table.loc[0, [*COLUMNS[1:], *INTERVALS]].isna().all()
    assert study.leads is None
    after = lags_of(study)
    assert (after.terms, after.status) == (("rel_0", "rel_p1"), "F-test")
    assert (after.df1, after.df2) == (2, 2)
    close([after.f_statistic, after.p_value], [28 / 3, 3 / 31])


def test_weights_by_hand() -> None:
    # The weighted hand-worked regression (test_regression), its treatment as an event dummy.
    panel = hand_panel().assign(w=[1, 1, 3, 3, 1, 1])
    study = event_study(panel, replace(CITY, controls=(), weights="w"), {"A": 2}, reference=-1)
    close(study.coefficients.loc[1, COLUMNS[:2]].astype(float), [1.5, np.sqrt(45) / 8])


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # within pyfixest
@pytest.mark.parametrize("missing", [0.0, 0.1], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize("cluster", ["region_code", "province_code"])
@pytest.mark.parametrize(("reference", "year"), [(-1, 2015), (2016, 2016), (-2, 2014)])
def test_matches_pyfixest(reference: int, year: int, cluster: str, missing: float) -> None:
    panel = make_panel(missing=missing)
    first = starts(panel, 2016)
    panel["pilot"] = panel["region_code"].isin(first).astype(float)
    oracle = pyfixest.feols(
        f"nqp ~ i(year, pilot, ref={year}) + gdp + fin + C(year) | region_code",
        panel,
        vcov={"CRV1": cluster},
        fixef_rm="none",
    )
    study = event_study(panel, replace(CITY, cluster=cluster), first, reference)
    table = study.coefficients
    assert table["calendar_year"].tolist() == [str(y) for y in range(2014, 2023)]
    assert table.loc[table["is_reference"], "relative_year"].tolist() == [year - 2016]
    assert study.reference == year - 2016
    ours = table[~table["is_reference"]]
    tidy = oracle.tidy()
    theirs = tidy[tidy.index.str.contains("pilot")]
    assert len(theirs) == len(ours) == 8
    close(ours[COLUMNS], theirs[["Estimate", "Std. Error", "t value", "Pr(>|t|)"]])
    for level in (0.90, 0.95):
        interval = oracle.confint(alpha=1 - level).loc[theirs.index]
        names = [f"conf_low_{level * 100:g}", f"conf_high_{level * 100:g}"]
        close(ours[names], interval)


@pytest.mark.parametrize("reference", [-1, 2012, 2016])
def test_joint_tests_match_statsmodels(reference: int) -> None:
    # The province study: 2012 to 2022, conventional errors; treated from 2016 on.
    panel = make_panel(28, 11, 0.1).assign(year=lambda p: p["year"] - 2)
    first = starts(panel, 2016)
    study = event_study(panel, PROVINCE, first, reference)
    relative = panel["year"] - panel["region_code"].map(first)
    terms = study.coefficients.loc[~study.coefficients["is_reference"], "term"].tolist()
    assert len(terms) == 10
    years = [y for y in range(-4, 7) if y != study.reference]
    panel = panel.assign(**{t: (relative == y) * 1.0 for t, y in zip(terms, years, strict=True)})
    formula = " + ".join(["nqp ~ gdp + fin + C(year) + C(region_code)", *terms])
    oracle = smf.ols(formula, panel).fit()
    close(study.fit.coefficients["estimate"][:10], oracle.params[terms])
    leads = [t for t in terms if "_m" in t]
    lags = [t for t in terms if "_m" not in t]
    for ours, names in ((study.leads, leads), (lags_of(study), lags)):
        theirs = oracle.f_test([f"{name} = 0" for name in names])
        assert ours is not None
        assert (ours.terms, ours.df1, ours.df2) == (tuple(names), len(names), theirs.df_denom)
        close([ours.f_statistic, ours.p_value], [theirs.fvalue, theirs.pvalue])


def test_joint_test_with_clusters_is_walds_on_clusters_less_one() -> None:
    panel = make_panel(missing=0.1)
    study = event_study(panel, CITY, starts(panel, 2016), 2016)
    b = study.fit.coefficients["estimate"][:2].to_numpy()
    V = study.fit.covariance.iloc[:2, :2].to_numpy()
    f = b @ np.linalg.inv(V) @ b / 2
    assert study.leads is not None
    assert (study.leads.terms, study.leads.status) == (("rel_m2", "rel_m1"), "F-test")
    assert (study.leads.df1, study.leads.df2) == (2, 59)
    close([study.leads.f_statistic, study.leads.p_value], [f, stats.f.sf(f, 2, 59)])


def test_a_single_lead_is_its_t_test() -> None:
    # The city study on base -1 has 2014 alone before it.
    panel = make_panel()
    study = event_study(panel, CITY, starts(panel, 2016), -1)
    row = study.coefficients.iloc[0]
    assert study.leads is not None
    assert (study.leads.terms, study.leads.status) == (("rel_m2",), "t-test")
    close([study.leads.f_statistic, study.leads.p_value], [row["t_statistic"] ** 2, row["p_value"]])


def test_joint_test_of_more_terms_than_clusters_allow_is_missing() -> None:
    panel = make_panel(20, 9)  # four provinces: a clustered covariance of rank 3
    study = event_study(panel, replace(CITY, cluster="province_code"), starts(panel, 2016), -1)
    assert study.leads is not None and np.isfinite(study.leads.p_value)
    after = lags_of(study)
    assert after.df1 == 7 and np.isnan([after.f_statistic, after.p_value]).all()
    assert joint_test(study.fit, []) is None


def test_joint_test_is_indifferent_to_units_of_measurement() -> None:
    panel = make_panel()
    before = lags_of(event_study(panel, CITY, starts(panel, 2016), 2016))
    scaled = panel.assign(nqp=panel["nqp"] * 1e-9)
    after = lags_of(event_study(scaled, CITY, starts(panel, 2016), 2016))
    close(after.f_statistic, before.f_statistic)


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # within pyfixest
@pytest.mark.parametrize("years", [(2018,), (2017, 2019)], ids=["one year", "staggered"])
@pytest.mark.parametrize("window", [None, (-2, 3)], ids=["all years", "window"])
def test_windows_and_staggered_adoption_match_dummies(
    window: tuple[int, int] | None, years: tuple[int, ...]
) -> None:
    panel = make_panel(missing=0.1)
    first = starts(panel, *years)
    study = event_study(panel, CITY, first, -1, window)
    relative = panel["year"] - panel["region_code"].map(first)
    if window:
        relative = relative.mask(relative < -2, -2).mask(relative > 3, 3)
    values = sorted(relative.dropna().unique())
    others = [v for v in values if v != -1]
    dummies = {f"d{i}": (relative == v) * 1.0 for i, v in enumerate(others)}
    oracle = pyfixest.feols(
        f"nqp ~ {' + '.join(dummies)} + gdp + fin + C(year) | region_code",
        panel.assign(**dummies),
        vcov={"CRV1": "region_code"},
        fixef_rm="none",
    ).tidy()
    table = study.coefficients
    assert table["relative_year"].tolist() == values
    close(
        table.loc[~table["is_reference"], COLUMNS],
        oracle.loc[list(dummies), ["Estimate", "Std. Error", "t value", "Pr(>|t|)"]],
    )
    if len(years) > 1:
        assert table["calendar_year"].isna().all()
    elif window:
        assert table["calendar_year"].tolist() == ["≤2016", "2017", "2018", "2019", "2020", "≥2021"]
    else:
        assert table["calendar_year"].tolist() == [str(y) for y in range(2014, 2023)]


def test_reference_may_be_a_joined_end_of_the_window() -> None:
    panel = make_panel()
    study = event_study(panel, CITY, starts(panel, 2018), -2, (-2, 10))
    assert study.coefficients["calendar_year"].tolist() == ["≤2016", *map(str, range(2017, 2023))]
    assert study.coefficients["is_reference"].tolist() == [True] + [False] * 6


def test_years_without_complete_treated_rows_have_no_dummy() -> None:
    panel = make_panel()
    first = starts(panel, 2016)
    gone = panel["region_code"].isin(first) & (panel["year"] == 2022)
    study = event_study(panel.assign(gdp=panel["gdp"].mask(gone)), CITY, first, -1)
    assert study.coefficients["relative_year"].tolist() == list(range(-2, 6))
    assert study.fit.n_obs == len(panel) - gone.sum()


def test_the_treatment_column_is_not_needed() -> None:
    panel = make_panel()
    first = starts(panel, 2016)
    with_it = event_study(panel, CITY, first, -1)
    without = event_study(panel.drop(columns="bdpz"), CITY, first, -1)
    pd.testing.assert_frame_equal(without.coefficients, with_it.coefficients)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"reference": -3}, NotEstimable, "reference -3 is absent: .* relative years -2, -1, 0, 1"),
        ({"reference": 2013}, NotEstimable, "reference 2013 is absent"),
        (
            {"first_treated": {"999999": 2016}},
            NotEstimable,
            "no region_code .* among the 1 treated",
        ),
        ({"first_treated": {}}, NotEstimable, "no region_code .* among the 0 treated"),
        ({"reference": -3, "window": (-2, 2)}, ValueError, "-3 lies outside the window"),
        ({"reference": 0, "window": (0, 0)}, NotEstimable, "no complete rows but in the reference"),
    ],
)
def test_not_estimable_says_why(options: dict[str, Any], error: Any, message: str) -> None:
    panel = make_panel()
    arguments: dict[str, Any] = {"first_treated": starts(panel, 2016), "reference": -1} | options
    with pytest.raises(error, match=message):
        event_study(panel, CITY, **arguments)


def test_calendar_reference_needs_one_first_year() -> None:
    panel = make_panel()
    with pytest.raises(ValueError, match=r"2016 is a calendar year, but .* began in 2016, 2018"):
        event_study(panel, CITY, starts(panel, 2016, 2018), 2016)


def three_cohorts() -> tuple[pd.DataFrame, dict[str, int]]:
    """Thirty units, all treated in the end: from 2016, 2017 and 2020."""
    random = np.random.default_rng(3)
    unit, year = np.repeat(np.arange(30), 9), np.tile(np.arange(2014, 2023), 30)
    first = np.where(unit < 10, 2016, np.where(unit < 20, 2017, 2020))
    y = random.normal(size=30)[unit] + random.normal(size=270)
    panel = pd.DataFrame({"region_code": unit.astype(str), "year": year, "nqp": y, "first": first})
    return panel, dict(zip(panel["region_code"], first.tolist(), strict=True))


ALONE = replace(CITY, controls=())


@pytest.mark.parametrize(("reference", "other"), [(-1, -6), (-6, -5)])
def test_without_untreated_units_one_reference_is_not_enough(reference: int, other: int) -> None:
    panel, first = three_cohorts()
    with pytest.raises(NotEstimable) as caught:
        event_study(panel, ALONE, first, reference)
    assert str(caught.value) == (
        "every unit is treated in the end, so that unit and year effects leave a straight line in "
        f"the relative years undetermined: name a second reference year, such as {other} "
        "(second_reference in event_study_specs.csv)"
    )
    # The advice can be followed.
    event_study(panel, ALONE, first, reference, second_reference=other)


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # within pyfixest
def test_with_a_second_reference_it_is_what_pyfixest_estimates() -> None:
    panel, first = three_cohorts()
    study = event_study(panel, ALONE, first, -1, second_reference=-6)
    table = study.coefficients.set_index("relative_year")
    assert table.index[table["is_reference"]].tolist() == [-6, -1]
    assert table.loc[[-6, -1], "estimate"].tolist() == [0, 0]
    assert table.loc[[-6, -1], COLUMNS[1:]].isna().all(axis=None)
    elapsed = panel["year"] - panel["first"]
    names = {k: f"r{i}" for i, k in enumerate(sorted(set(elapsed) - {-1, -6}))}
    rows = panel.assign(**{name: (elapsed == k) * 1.0 for k, name in names.items()})
    formula = f"nqp ~ {' + '.join(names.values())} + C(year) | region_code"
    oracle = pyfixest.feols(formula, rows, vcov={"CRV1": "region_code"}).tidy()
    theirs = oracle.loc[list(names.values()), ["Estimate", "Std. Error", "t value", "Pr(>|t|)"]]
    close(table.loc[list(names), COLUMNS], theirs)
    assert study.leads is not None and len(study.leads.terms) == 4
    assert len(lags_of(study).terms) == 7


def test_units_that_are_all_treated_at_once_have_no_event_study() -> None:
    """No reference would help: the years of the policy are those of the calendar."""
    panel = make_panel()
    treated = panel[panel["region_code"].isin(starts(panel, 2016))]
    for second in (None, -2):
        with pytest.raises(NotEstimable, match="every region_code is treated from 2016 on") as told:
            event_study(treated, CITY, starts(panel, 2016), -1, second_reference=second)
        assert "treated in another year, or never" in str(told.value)


def test_a_second_reference_that_no_treated_row_has_is_told() -> None:
    panel, first = three_cohorts()
    with pytest.raises(NotEstimable, match=r"the second reference -7 is absent: .* -6, -5, -4"):
        event_study(panel, ALONE, first, -1, second_reference=-7)


def test_collinear_relative_years_say_what_to_join() -> None:
    """No other unit has the relative years of the one treated late: they are its unit effect."""
    panel = make_panel()
    first = starts(panel, 2016)
    late = first | {next(iter(first)): 2030}
    with pytest.raises(NotEstimable) as caught:
        event_study(panel, ALONE, late, -1)
    assert "join far relative years (window_first and window_last" in str(caught.value)
    assert str(caught.value).endswith("or name a second_reference")
    event_study(panel, ALONE, late, -1, window=(-2, 6))
