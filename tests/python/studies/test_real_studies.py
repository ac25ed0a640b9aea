"""The studies on real data: their known figures, and the same computed from the raw files alone."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np
import pandas as pd
import pyfixest
import pytest

from nqp import ingest
from nqp.econometrics.regression import RegressionSpec, fit
from nqp.presentation.report_queries import QUERIES
from nqp.presentation.tree import render
from nqp.quality.trace import trace
from warehouse import REAL, ROOT, Warehouse, build, open_warehouse, opened

pytestmark = [
    pytest.mark.build,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyfixest"),
]

CITY_CONTROLS = ["LnGDP", "Fin", "Str", "Gov"]
STATE_CONTROLS = ["Unemployment", "Poverty", "LnIncome", "LnPolice"]

# Study → its policy.
POLICIES = {
    "city_database": "bdpz", "city_nqpf": "bdpz", "low_carbon": "low_carbon",
    "castle_doctrine": "castle_law", "beside": "bdpz",
}  # fmt: skip


def effect(warehouse: Warehouse, spec_id: str) -> pd.Series:
    """The policy's row in the results of a specification, with its fit."""
    found = warehouse.frame(
        """
        select c.*, f.n_obs, f.n_units, f.n_clusters, f.r2, f.r2_adj
        from results.regression_coefficients as c
        inner join results.regression_fits as f on c.spec_id = f.spec_id
        where c.spec_id = ? and c.term = ?
        """,
        [spec_id, POLICIES[spec_id.split(".")[0]]],
    )
    assert len(found) == 1
    return found.iloc[0]


# --- known figures, as printed -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec_id", "n_obs", "n_clusters", "estimate", "std_error"),
    [
        ("city_database.t3.c1", 2556, 284, 3.3179, 0.9896),
        ("city_database.t3.c2", 2556, 284, 3.6589, 0.8702),
        ("city_database.t3.c3", 2556, 30, 3.6589, 2.2053),
        ("city_nqpf.t3.c1", 2256, 282, 0.0471, 0.0316),
        ("city_nqpf.t3.c2", 2256, 282, 0.0483, 0.0325),
        ("city_nqpf.t6.c1", 152, 19, 0.3155, 0.1521),
        ("city_nqpf.t6.c2", 2104, 263, 0.0054, 0.0205),
        ("low_carbon.t1.c1", 5015, 295, 0.0403, 0.0264),
    ],
)
def test_estimates_on_public_files_are_the_known_ones(
    public: Warehouse, spec_id: str, n_obs: int, n_clusters: int, estimate: float, std_error: float
) -> None:
    found = effect(public, spec_id)
    assert (found["n_obs"], found["n_clusters"]) == (n_obs, n_clusters)
    assert (round(found["estimate"], 4), round(found["std_error"], 4)) == (estimate, std_error)


def test_the_paper_s_column_is_nearly_reproduced(public: Warehouse) -> None:
    found = effect(public, "city_database.t3.c2")
    assert (round(found["r2"], 4), round(found["r2_adj"], 4)) == (0.9910, 0.9898)
    [(constant,)] = public.rows("""
        select estimate from results.regression_coefficients
        where spec_id = 'city_database.t3.c2' and term = '_cons'
    """)
    assert round(constant, 2) == 114.79
    beside = public.rows("""
        select published_spec, statistic, printed, round(ours, 4)
        from results.published_comparison
        where spec_id = 'city_database.t3.c2'
          and (term = 'bdpz' and statistic <> 'stars' or statistic in ('r2', 'n_obs'))
        order by statistic
    """)
    assert beside == [
        ("city.t5.c1", "coefficient", "3.7940", 3.6589),
        ("city.t5.c1", "n_obs", "2556", 2556),
        ("city.t5.c1", "r2", "0.9911", 0.9910),
        ("city.t5.c1", "std_error", "0.9081", 0.8702),
    ]


def test_p_values_are_the_known_ones(public: Warehouse) -> None:
    assert round(effect(public, "city_database.t3.c3")["p_value"], 3) == 0.108
    assert round(effect(public, "city_nqpf.t3.c2")["p_value"], 2) == 0.14


@pytest.mark.parametrize(
    ("spec_id", "estimate", "std_error"),
    [
        ("castle_doctrine.t1.c1", 0.0693984, 0.0558596),
        ("castle_doctrine.t1.c2", 0.0763167, 0.0558826),
    ],
)
def test_the_shipped_study_has_the_known_figures(
    simulated: Warehouse, spec_id: str, estimate: float, std_error: float
) -> None:
    found = effect(simulated, spec_id)
    assert (found["n_obs"], found["n_units"], found["n_clusters"]) == (550, 50, 50)
    assert (round(found["estimate"], 7), round(found["std_error"], 7)) == (estimate, std_error)
    assert found["data_profile"] == "open"


# --- the same from the raw files, without the warehouse ----------------------------------------


@cache
def catalogue(name: str) -> pd.DataFrame:
    return pd.read_csv(ROOT / "catalogue" / f"{name}.csv", dtype=str, keep_default_na=False)


@cache
def group(grouping: str, group_id: str) -> frozenset[int]:
    rows = catalogue("groupings").query(
        "grouping == @grouping and group_id == @group_id and level == 'city'"
    )
    return frozenset(rows["region_code"].astype(int))


def with_policy(panel: pd.DataFrame) -> pd.DataFrame:
    """The pilots by the rule of ../shared/real/SOURCES.md, not read from the definitions."""
    provinces = {11, 12, 13, 15, 31, 41, 44, 50, 52}
    pilot = (panel["code"] // 10_000).isin(provinces) | (panel["code"] == 210100)
    return panel.assign(
        treated=(pilot & (panel["year"] >= 2016)).astype(float),
        start=np.where(pilot, 2016, np.inf),
        province=panel["code"] // 10_000,
    )


@cache
def controls() -> pd.DataFrame:
    file = pd.read_csv(REAL / "city/china_city_panel_real.csv", encoding="utf-8-sig")
    return pd.DataFrame(
        {
            "code": file["city_code"],
            "year": file["year"],
            "LnGDP": np.log(file["gdp_per_capita"]),
            "Fin": file["loan_balance_100m"] / file["gdp_100m"],
            "Str": file["gdp_tertiary_100m"] / file["gdp_secondary_100m"],
            "Gov": file["fiscal_expenditure_100m"] / file["gdp_100m"],
        }
    )


@cache
def digital_finance(first: int) -> pd.DataFrame:
    file = pd.read_stata(REAL / "city/PKU_DFIIC_city.dta")
    file = file[file["year"].between(first, 2022) & file["index_aggregate"].notna()]
    index = pd.DataFrame(
        {
            "code": (file["pref_code_year18"] * 100).astype(int),
            "year": file["year"].astype(int),
            "outcome": file["index_aggregate"],
        }
    )
    return with_policy(index[index["code"].isin(group("city_284", "in"))])


@cache
def city_database() -> pd.DataFrame:
    return digital_finance(2014).merge(controls(), on=["code", "year"], validate="1:1")


@cache
def city_nqpf() -> pd.DataFrame:
    file = pd.read_excel(
        REAL / "city/NQPF_Data_China.xlsx", sheet_name="Second A.D.", engine="openpyxl"
    )
    file = file.rename(columns={"REGION CODE": "code", "YEAR": "year", "NQPF": "outcome"})
    file = file[file["code"].isin(group("city_284", "in")) & file["year"].between(2014, 2021)]
    return with_policy(file.merge(controls(), on=["code", "year"], validate="1:1"))


@cache
def low_carbon() -> pd.DataFrame:
    file = pd.read_excel(
        REAL / "city/地级市碳排放强度.xlsx", sheet_name="Sheet1", engine="openpyxl"
    )
    pilots = pd.read_excel(REAL / "city/试点城市名单.xlsx", engine="openpyxl")
    panel = pd.DataFrame(
        {
            "code": file["城市代码"],
            "year": file["年份"],
            "outcome": np.log(file["碳排放量_吨"].astype(float)),
            "start": file["城市"].map(pilots.set_index("city_name")["pilot_year"]).fillna(np.inf),
        }
    )
    panel = panel[panel["year"].between(2007, 2023)]
    return panel.assign(treated=(panel["year"] >= panel["start"]).astype(float))


@cache
def castle_doctrine() -> pd.DataFrame:
    file = pd.read_csv(ROOT / "studies/castle_doctrine/data/castle_doctrine.csv")
    with (ROOT / "studies/castle_doctrine/policies.csv").open(encoding="utf-8") as rows:
        starts = {row["region_code"]: int(row["date"][:4]) for row in csv.DictReader(rows)}
    assert len(starts) == 21
    panel = file.rename(
        columns={
            "unemployment": "Unemployment", "poverty": "Poverty", "ln_income": "LnIncome",
            "ln_police": "LnPolice",
        }
    )  # fmt: skip
    start = panel["code"].map(starts).fillna(np.inf)
    return panel.assign(
        outcome=np.log(panel["homicide"]),
        LnRobbery=np.log(panel["robbery"]),
        LnAssault=np.log(panel["assault"]),
        start=start,
        treated=(panel["year"] >= start).astype(float),
    )


PANELS: dict[str, Callable[[], pd.DataFrame]] = {
    "city_database": city_database,
    "city_nqpf": city_nqpf,
    "low_carbon": low_carbon,
    "castle_doctrine": castle_doctrine,
}


def agree(
    warehouse: Warehouse,
    spec_id: str,
    data: pd.DataFrame,
    regressors: Sequence[str],
    *,
    outcome: str = "outcome",
    cluster: str = "code",
) -> None:
    """All columns of a specification equal what pyfixest finds on the rows given."""
    formula = " + ".join([f"{outcome} ~ treated", *regressors, "C(year) | code"])
    fit = pyfixest.feols(formula, data=data, vcov={"CRV1": cluster})
    tidy = fit.tidy()
    found = warehouse.frame(
        "select * from results.regression_coefficients where spec_id = ?", [spec_id]
    ).set_index("term")
    overall = effect(warehouse, spec_id)
    assert overall["n_obs"] == len(data)
    # pyfixest's R2 counts the effects of units, as ours does.
    assert overall["r2"] == pytest.approx(fit._r2, rel=1e-8)
    for name in ["treated", *regressors]:
        ours = found.loc[POLICIES[spec_id.split(".")[0]] if name == "treated" else name]
        for column, other in [
            ("estimate", "Estimate"),
            ("std_error", "Std. Error"),
            ("t_statistic", "t value"),
            ("p_value", "Pr(>|t|)"),
            ("conf_low", "2.5%"),
            ("conf_high", "97.5%"),
        ]:
            assert ours[column] == pytest.approx(tidy.loc[name, other], rel=1e-8), (name, column)


@pytest.mark.parametrize(
    ("spec_id", "regressors", "cluster"),
    [
        ("city_database.t3.c1", [], "code"),
        ("city_database.t3.c2", CITY_CONTROLS, "code"),
        ("city_database.t3.c3", CITY_CONTROLS, "province"),
        ("city_nqpf.t3.c1", [], "code"),
        ("city_nqpf.t3.c2", CITY_CONTROLS, "code"),
        ("city_nqpf.t3.c3", CITY_CONTROLS, "province"),
        ("low_carbon.t1.c1", [], "code"),
    ],
)
def test_estimates_equal_an_independent_computation(
    public: Warehouse, spec_id: str, regressors: list[str], cluster: str
) -> None:
    data = PANELS[spec_id.split(".")[0]]()
    agree(public, spec_id, data, regressors, cluster=cluster)


@pytest.mark.parametrize(
    ("spec_id", "grouping", "group_id"),
    [
        (f"{study}.t6.c{column}", grouping, group_id)
        for study in ("city_database", "city_nqpf")
        for column, (grouping, group_id) in enumerate(
            [
                ("city_tier", "key"),
                ("city_tier", "ordinary"),
                ("resource_based", "non_resource"),
                ("resource_based", "resource"),
            ],
            1,
        )
    ],
)
def test_subgroups_equal_an_independent_computation(
    public: Warehouse, spec_id: str, grouping: str, group_id: str
) -> None:
    data = PANELS[spec_id.split(".")[0]]()
    data = data[data["code"].isin(group(grouping, group_id))]
    agree(public, spec_id, data, CITY_CONTROLS)


@pytest.mark.parametrize("spec_id", ["city_database.t4.c4", "city_nqpf.t4.c2"])
def test_windows_equal_an_independent_computation(public: Warehouse, spec_id: str) -> None:
    data = PANELS[spec_id.split(".")[0]]()
    agree(public, spec_id, data[data["year"] <= 2019], CITY_CONTROLS)


@pytest.mark.parametrize(
    ("spec_id", "outcome", "regressors"),
    [
        ("castle_doctrine.t1.c1", "outcome", []),
        ("castle_doctrine.t1.c2", "outcome", STATE_CONTROLS),
        ("castle_doctrine.t2.c1", "LnRobbery", []),
        ("castle_doctrine.t2.c2", "LnAssault", []),
    ],
)
def test_the_shipped_study_equals_an_independent_computation(
    simulated: Warehouse, spec_id: str, outcome: str, regressors: list[str]
) -> None:
    agree(simulated, spec_id, castle_doctrine(), regressors, outcome=outcome)


def event_study(data: pd.DataFrame, regressors: Sequence[str]) -> pd.DataFrame:
    """Effect by relative year against the one before treatment, with dummies made here."""
    elapsed = data["year"] - data["start"]
    names = {
        int(year): f"rel_{int(year) + 100}" for year in sorted(set(elapsed[np.isfinite(elapsed)]))
    }
    del names[-1]
    dummies = {name: (elapsed == year).astype(float) for year, name in names.items()}
    formula = " + ".join([f"outcome ~ {' + '.join(dummies)}", *regressors, "C(year) | code"])
    fit = pyfixest.feols(formula, data=data.assign(**dummies), vcov={"CRV1": "code"})
    tidy = fit.tidy().loc[list(names.values()), ["Estimate", "Std. Error"]]
    return pd.DataFrame(tidy.to_numpy(), index=list(names), columns=["estimate", "std_error"])


def same_event_study(
    warehouse: Warehouse,
    study: str,
    data: pd.DataFrame,
    regressors: Sequence[str],
    name: str = "m1",
) -> None:
    found = warehouse.frame(
        """
        select relative_year, estimate, std_error from results.event_study
        where event_study_id = ? and not is_reference
        """,
        [f"{study}.es.{name}"],
    ).set_index("relative_year")
    theirs = event_study(data, regressors)
    assert sorted(found.index) == list(theirs.index)
    pd.testing.assert_frame_equal(
        found.sort_index(), theirs, rtol=1e-8, check_names=False, check_index_type=False
    )


@pytest.mark.parametrize(
    ("study", "regressors"),
    [("city_database", CITY_CONTROLS), ("city_nqpf", CITY_CONTROLS), ("low_carbon", [])],
)
def test_event_studies_equal_an_independent_computation(
    public: Warehouse, study: str, regressors: list[str]
) -> None:
    same_event_study(public, study, PANELS[study](), regressors)


# The joint tests are those of an independent computation; .55, .54, 2.28 and -.75 are the leads.
@pytest.mark.parametrize(
    ("name", "first", "leads", "by_city", "by_province"),
    [
        ("from_2011", 2011, [0.55, 0.54, 2.28, -0.75], 0.0019, 0.022),
        ("no_controls", 2014, [-0.75], 0.34, 0.45),
    ],
)
def test_an_event_study_may_begin_before_its_study_and_stands_beside_its_own_years(
    public: Warehouse,
    name: str,
    first: int,
    leads: list[float],
    by_city: float,
    by_province: float,
) -> None:
    same_event_study(public, "city_database", digital_finance(first), [], name)
    found = public.rows(
        """
        select round(estimate, 2), n_obs from results.event_study
        where event_study_id = ? and relative_year < -1 order by relative_year
        """,
        [f"city_database.es.{name}"],
    )
    assert found == [(lead, 284 * (2023 - first)) for lead in leads]
    tests = public.rows(
        """
        select cluster, n_clusters, n_terms, p_value from results.event_study_tests
        where event_study_id = ? and test = 'joint_leads' and method = 'cr1' order by cluster desc
        """,
        [f"city_database.es.{name}"],
    )
    assert [row[:3] for row in tests] == [
        ("unit", 284, len(leads)), ("assignment", 30, len(leads)),
    ]  # fmt: skip
    for (*_, p), known in zip(tests, (by_city, by_province), strict=True):
        assert f"{p:.2g}" == f"{known:.2g}"


def test_earlier_years_change_nothing_of_the_study_s_own(public: Warehouse) -> None:
    for relation in ("marts.panel_city_database", "marts.panel_long"):
        where = "" if relation != "marts.panel_long" else "where study = 'city_database'"
        assert public.rows(f"select min(year), max(year) from {relation} {where}") == [(2014, 2022)]
    assert public.rows("""
        select count(*), min(year) from marts.extended_panel_city_database
    """) == [(284 * 12, 2011)]
    # Controls and weights stay those of the study's own years; what the longer panel has in them
    # is what the study's panel has.
    assert (
        public.rows("""
        from marts.panel_city_database except
        (from marts.extended_panel_city_database where year >= 2014)
    """)
        == []
    )
    steps = public.rows("""
        select step, row_count, detail from results.sample_flow
        where spec_id = 'city_database.t5.c1' order by step_no
    """)
    assert steps[0] == ("study", 284 * 12, "and the years before it from 2011")
    assert steps[-1][1] == 284 * 12
    [(own,)] = public.rows("""
        select n_obs from results.regression_fits where spec_id = 'city_database.t3.c1'
    """)
    assert own == 284 * 9


def test_the_shipped_event_study_equals_an_independent_computation(simulated: Warehouse) -> None:
    same_event_study(simulated, "castle_doctrine", castle_doctrine(), [])


# --- what the folders say ----------------------------------------------------------------------


@pytest.mark.parametrize("study", ["city_database", "city_nqpf", "low_carbon"])
def test_every_specification_is_estimated(public: Warehouse, study: str) -> None:
    for table in ("regression_fits", "event_study", "placebo_summary", "heterogeneity", "figures"):
        wrong = public.rows(
            f"select * from results.{table} where study = ? and status <> 'estimated'", [study]
        )
        assert not wrong, table
    [(specs,)] = public.rows(
        "select count(*) from results.regression_fits where study = ?", [study]
    )
    with (ROOT / "studies" / study / "regression_specs.csv").open(encoding="utf-8") as rows:
        assert specs == len(list(csv.DictReader(rows)))


def test_curves_call_other_policies_and_groupings_by_their_labels(public: Warehouse) -> None:
    labels = {
        (study, name): (english, chinese)
        for study, name, english, chinese in public.rows(QUERIES["group_labels"])
    }
    assert labels["city_database", "low_carbon"] == ("Low-carbon pilot cities", "低碳试点城市")
    assert labels["city_database", "nbs_region"][0] == "Central, East, North-East, West"
    assert ("low_carbon", "low_carbon") not in labels


def test_another_policy_is_traced_to_its_approval(public: Warehouse) -> None:
    def read(sql: str, parameters: Sequence[object]) -> pd.DataFrame:
        return public.published.execute(sql, parameters).df()

    def text(region: str, year: int) -> str:
        return render(trace(read, region, year, "low_carbon", study="city_database"), 1000)

    in_force = text("合肥市", 2019)
    assert "low_carbon  Low-carbon pilot cities 低碳试点城市\n" in in_force
    assert (
        "a policy that regressions of the study take as a control\n1: treated from 2017" in in_force
    )
    assert "approved 2017-01-01, variant main of policies.csv: " in in_force
    assert "0: treated from 2017" in text("合肥市", 2016)
    assert "0: never treated, since variant main of policies.csv does not list" in text(
        "济宁市", 2019
    )


def test_profiles_of_the_sources_stand_on_the_rows(public: Warehouse) -> None:
    found = dict(public.rows("select distinct study, data_profile from results.regression_fits"))
    assert {study: found[study] for study in POLICIES if study != "beside"} == {
        "city_database": "public",
        "city_nqpf": "public",
        "low_carbon": "public",
        "castle_doctrine": "open",
    }


def test_the_pilots_are_those_of_the_published_list() -> None:
    if not REAL.is_dir():
        pytest.skip("needs the public files")
    panel = low_carbon()
    starts = panel[np.isfinite(panel["start"])].groupby("code")["start"].first().astype(int)
    with (ROOT / "catalogue/policies.csv").open(encoding="utf-8") as rows:
        listed = {
            int(row["region_code"]): int(row["date"][:4])
            for row in csv.DictReader(rows)
            if row["policy"] == "low_carbon"
        }
    assert listed == starts.to_dict()
    with (ROOT / "studies/low_carbon/roster.csv").open(encoding="utf-8") as rows:
        roster = {int(row["region_code"]) for row in csv.DictReader(rows)}
    assert roster == set(panel["code"])


def test_the_shipped_figures_are_the_recorded_ones() -> None:
    manifest = ingest.read_manifest(ROOT / "studies/castle_doctrine/manifest.csv")
    files = ingest.inventory(manifest, ROOT / "studies/castle_doctrine/data")
    assert set(files["status"]) == {"as recorded"}


def test_low_carbon_pilots_beside_ours_have_the_reference_values() -> None:
    """Both policies without controls: ours 3.599, theirs 3.842."""
    if not REAL.is_dir():
        pytest.skip("needs the public files")
    with (ROOT / "catalogue/policies.csv").open(encoding="utf-8") as rows:
        starts = {
            int(row["region_code"]): int(row["date"][:4])
            for row in csv.DictReader(rows)
            if row["policy"] == "low_carbon" and row["level"] == "city"
        }
    panel = city_database()
    start = panel["code"].map(starts).fillna(np.inf)
    panel = panel.assign(low_carbon=(panel["year"] >= start).astype(float))
    spec = RegressionSpec(
        "outcome", ("treated", "low_carbon"), (), True, True, "clustered", "code", "mean"
    )
    found = fit(panel, spec, unit="code").coefficients.set_index("term")["estimate"]
    assert found[["treated", "low_carbon"]].round(3).tolist() == [3.599, 3.842]


# --- another policy as a control -----------------------------------------------------------------


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """`city_database` with low-carbon pilots, of the catalogue, as a control; built alone."""
    if not REAL.is_dir():
        pytest.skip("needs the public files beside the project")
    folder = tmp_path_factory.mktemp("studies") / "beside"
    folder.mkdir()
    (folder / "study.csv").write_text(
        "title_en,extends\nBeside low-carbon pilots,city_database\n", encoding="utf-8"
    )
    (folder / "regression_specs.csv").write_text(
        "spec_id,table_number,column_number,title_en,outcome,treatment,controls,vcov,cluster\n"
        "beside.t1.c1,1,1,Beside,Index,bdpz,LnGDP + Fin + Str + Gov + low_carbon,clustered,"
        "region_code\n",
        encoding="utf-8",
    )
    finished = build(
        "own", tmp_path_factory.mktemp("warehouse"), data_dir=REAL,
        variables={"NQP_STUDIES": str(folder)},
    )  # fmt: skip
    yield from opened(open_warehouse(finished))


def test_a_policy_among_the_controls_is_its_dummy(beside: Warehouse) -> None:
    """Of the pilots of 2010 to 2017 the last are treated within the years of the study."""
    pilots = low_carbon()[["code", "start"]].drop_duplicates("code")
    data = city_database().merge(pilots.rename(columns={"start": "from_year"}), "left", on="code")
    in_force = data["year"] >= data["from_year"].fillna(np.inf)
    data = data.assign(low_carbon=in_force.astype(float))
    assert data.groupby("code")["low_carbon"].nunique().eq(2).sum() == 27
    agree(beside, "beside.t1.c1", data, [*CITY_CONTROLS, "low_carbon"])
    found = effect(beside, "beside.t1.c1")
    assert (round(found["estimate"], 4), round(found["std_error"], 4)) == (3.9099, 0.9027)


def test_every_assignment_is_made_where_a_study_asks_for_it(public: Warehouse) -> None:
    """Provinces of four regions, of which 5 of 10, 1 of 6, 1 of 3 and 3 of 11 are treated; with
    Shenyang apart, the last but one is 1 of 4. Of 28 provinces 9 are treated."""
    found = public.frame(
        """
        select spec_id, cluster, n_clusters, draws, p_value, 1 / draws as least, smallest_p
        from results.inference
        where spec_id in ('city_database_alone.t3.c2', 'province_public.t5.c1') and method = 'ri_b'
        order by spec_id, cluster
        """
    )
    assert found["cluster"].tolist() == ["assignment", "assignment, other grouping", "assignment"]
    assert found["n_clusters"].tolist() == [31, 30, 28]
    regions = math.comb(10, 5) * math.comb(6, 1) * math.comb(11, 3)
    assert found["draws"].tolist() == [regions * 4, regions * 3, math.comb(28, 9)]
    assert found["p_value"].round(3).tolist() == [0.125, 0.154, 0.405]
    assert found["smallest_p"].tolist() == found["least"].tolist()
    # The estimates are those of the studies' own columns.
    for spec_id, other in (
        ("city_database_alone.t3.c2", "city_database.t3.c2"),
        ("province_public.t5.c1", "province_public.t3.c4"),
    ):
        one, same = (
            public.frame(
                "select estimate, std_error from results.inference "
                "where spec_id = ? and method = 'cr1' and cluster = 'unit'", [name]
            )
            for name in (spec_id, other)
        )  # fmt: skip
        pd.testing.assert_frame_equal(one, same, rtol=1e-12)
