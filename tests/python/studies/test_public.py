"""The public profile on the real files: known figures, and estimates computed a second way."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest
import pytest

from nqp import ingest
from nqp.addresses import column_number
from warehouse import REAL, Warehouse

pytestmark = pytest.mark.build

ORDOS, HUAINAN = "150600", "340400"
SECTORS = "city/2000-2023地级市产业结构 .xlsx"


def rounded(values: tuple[float, ...], digits: int = 4) -> tuple[float, ...]:
    return tuple(round(value, digits) for value in values)


# --- the sample and its descriptives, as ../shared/real/SOURCES.md gives them ------------------


def test_the_index_equals_the_published_descriptives(public: Warehouse) -> None:
    [(rows, cities, *moments)] = public.rows("""
        select count("Index"), count(distinct region_code),
          avg("Index"), stddev_samp("Index"), min("Index"), max("Index")
        from marts.panel_city_public
    """)
    assert (rows, cities) == (2556, 284)
    assert rounded(tuple(moments)) == (227.8159, 50.8560, 105.6100, 361.0663)


def test_the_pilot_share_and_the_industrial_structure(public: Warehouse) -> None:
    [moments] = public.rows("""
        select avg(bdpz), avg("Str"), stddev_samp("Str"), min("Str")
        from marts.panel_city_public
    """)
    assert rounded(moments) == (0.1835, 1.1989, 0.6356, 0.2616)


@pytest.mark.parametrize(
    ("grouping", "rows"),
    [
        ("city_tier", {"key": 171, "ordinary": 2385}),
        ("resource_based", {"non_resource": 1530, "resource": 1026}),
    ],
)
def test_subsamples_have_the_published_sizes(
    public: Warehouse, grouping: str, rows: dict[str, int]
) -> None:
    found = public.rows(
        """
        select m.group_id, count(p."Index")
        from marts.panel_city_public as p
        inner join intermediate.grouping_members as m
          on p.study = m.study and p.region_code = m.region_code
        where m.grouping = ?
        group by m.group_id
        """,
        [grouping],
    )
    assert dict(found) == rows


@pytest.mark.parametrize(
    ("spec_id", "n_obs", "estimate", "std_error", "r2"),
    [
        ("city_public.t3.c1", 2556, 3.3179, 0.9896, 0.9900),
        ("city_public.t3.c2", 2556, 3.1213, 0.9839, 0.9904),
        ("city_public.t3.c3", 2556, 3.7968, 0.8471, 0.9911),
        ("city_public_raw.t3.c1", 2556, 3.3179, 0.9896, 0.9900),
        ("city_public_raw.t3.c2", 2556, 3.1213, 0.9839, 0.9904),
        ("city_public_raw.t3.c3", 2556, 3.6554, 0.8796, 0.9910),
        ("city_public_raw.t3.c4", 2519, 3.4450, 0.8926, 0.9911),
    ],
)
def test_reference_regressions(
    public: Warehouse, spec_id: str, n_obs: int, estimate: float, std_error: float, r2: float
) -> None:
    [(found_n, *found)] = public.rows(
        """
        select f.n_obs, c.estimate, c.std_error, f.r2
        from results.regression_coefficients as c
        inner join results.regression_fits as f on c.spec_id = f.spec_id
        where c.spec_id = ? and c.term = 'bdpz'
        """,
        [spec_id],
    )
    assert found_n == n_obs
    assert rounded(tuple(found)) == (estimate, std_error, r2)


# --- the same estimates from the raw files, without the warehouse ------------------------------


def long_sheet(file: str, sheet: str, columns: dict[str, str]) -> pd.DataFrame:
    """Columns of a sheet by name, rows keyed by 6-digit code and year; the rest is dropped."""
    frame = pd.read_excel(REAL / file, sheet_name=sheet, dtype=object, engine="openpyxl")
    frame = frame[list(columns)].rename(columns=columns)
    frame = frame.apply(pd.to_numeric, errors="coerce").dropna(subset=["code", "year"])
    keys = ["code", "year"]
    keyed: pd.DataFrame = frame.astype(dict.fromkeys(keys, int)).drop_duplicates(keys)
    return keyed.set_index(keys)


def real_panel() -> pd.DataFrame:
    """Index, policy and controls of the 284 cities 2014-2022, as delivered, from the raw files.

    The roster and the pilots are rebuilt by the rules of ../shared/real/SOURCES.md, not read from
    the seeds; `gdp_corrected` has the two wrong cells replaced by the finance file's figures.
    """
    index = pd.read_stata(REAL / "city/PKU_DFIIC_city.dta")
    index = index[index["year"].between(2014, 2022) & index["index_aggregate"].notna()]
    names = index.groupby("pref_name_year18")["year"].nunique()
    left_out = {"拉萨市", "山南市", "哈密市", "毕节市", "铜仁市"}
    roster = {str(n) for n, years in names.items() if str(n).endswith("市") and years == 9}
    index = index[index["pref_name_year18"].isin(roster - left_out)]
    code = (index["pref_code_year18"] * 100).astype(int)
    panel = pd.DataFrame(
        {"Index": index["index_aggregate"].to_numpy()},
        index=pd.MultiIndex.from_arrays([code, index["year"].astype(int)], names=["code", "year"]),
    )
    sectors = long_sheet(
        SECTORS,
        "面板数据2000-2023",
        {
            "城市代码": "code",
            "年度标识": "year",
            "gdp（亿元人民币）": "gdp",
            "第二产业增加值": "secondary",
            "第三产业增加值": "tertiary",
        },
    )
    finance = long_sheet(
        "city/金融发展水平（2003-2023）236缺失.xlsx",
        "Sheet1",
        {
            "城市代码": "code",
            "年份": "year",
            "地区生产总值(万元)": "finance_gdp",
            "年末金融机构各项贷款余额(万元)": "loans",
        },
    )
    population = long_sheet(
        "city/298个地级市人口密度1998-2024年无缺失.xlsx",
        "面板数据",
        {"城市代码": "code", "年份": "year", "插值_常住人口（万人）": "population"},
    )
    # Gaps are filled over the whole span of the file, before the study's years are cut out.
    filled = pd.DataFrame(
        {
            f"{name}_filled": finance[name]
            .unstack("year")
            .interpolate(axis="columns", limit_area="inside")
            .stack()
            for name in ("finance_gdp", "loans")
        }
    )
    panel = (
        panel.join([sectors, finance, population, filled], how="left")
        .reset_index()
        .sort_values(["code", "year"])
    )
    provinces = {11, 12, 13, 15, 31, 41, 44, 50, 52}
    pilot = (panel["code"] // 10_000).isin(provinces) | (panel["code"] == 210100)
    wrong = panel["code"].isin([int(ORDOS), int(HUAINAN)]) & (panel["year"] == 2022)
    assert wrong.sum() == 2
    gdp_corrected = panel["gdp"].mask(wrong, panel["finance_gdp"] / 10_000)
    return panel.assign(
        bdpz=(pilot & (panel["year"] >= 2016)).astype(float),
        Str=panel["tertiary"] / panel["secondary"],
        LnGDP_raw=np.log(10_000 * panel["gdp"] / panel["population"]),
        LnGDP_corrected=np.log(10_000 * gdp_corrected / panel["population"]),
        Fin_raw=panel["loans"] / panel["finance_gdp"],
        Fin_filled=panel["loans_filled"] / panel["finance_gdp_filled"],
    )


@pytest.fixture(scope="module")
def raw_panel() -> pd.DataFrame:
    if not REAL.is_dir():
        pytest.skip("needs the public files")
    return real_panel()


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pyfixest")
@pytest.mark.parametrize(
    ("spec_id", "controls"),
    [
        ("city_public.t3.c1", []),
        ("city_public.t3.c2", ["Str"]),
        ("city_public.t3.c3", ["LnGDP_corrected", "Str"]),
        ("city_public.t3.c4", ["LnGDP_corrected", "Fin_filled", "Str"]),
        ("city_public_raw.t3.c2", ["Str"]),
        ("city_public_raw.t3.c3", ["LnGDP_raw", "Str"]),
        ("city_public_raw.t3.c4", ["LnGDP_raw", "Fin_raw", "Str"]),
    ],
)
def test_estimates_equal_an_independent_computation(
    public: Warehouse, raw_panel: pd.DataFrame, spec_id: str, controls: list[str]
) -> None:
    assert raw_panel["code"].nunique() == 284
    formula = " + ".join(["Index ~ bdpz", *controls, "C(year) | code"])
    data = raw_panel.dropna(subset=["Index", *controls])
    fit = pyfixest.feols(formula, data=data, vcov={"CRV1": "code"})
    tidy = fit.tidy()
    found = public.frame(
        """
        select c.*, f.n_obs, f.n_clusters, f.r2
        from results.regression_coefficients as c
        inner join results.regression_fits as f on c.spec_id = f.spec_id
        where c.spec_id = ?
        """,
        [spec_id],
    ).set_index("term")
    # pyfixest's R2 counts the city effects, as ours does.
    assert found["n_obs"].iloc[0] == len(data)
    assert found["n_clusters"].iloc[0] == 284
    assert found["r2"].iloc[0] == pytest.approx(fit._r2, rel=1e-8)
    for name in ["bdpz", *controls]:
        ours, theirs = found.loc[name.split("_")[0]], tidy.loc[name]
        for column, other in [
            ("estimate", "Estimate"),
            ("std_error", "Std. Error"),
            ("t_statistic", "t value"),
            ("p_value", "Pr(>|t|)"),
            ("conf_low", "2.5%"),
            ("conf_high", "97.5%"),
        ]:
            assert ours[column] == pytest.approx(theirs[other], rel=1e-8), (name, column)


# --- the province study, and studies the files cannot feed -------------------------------------


def test_the_province_study_on_public_files_is_complete(public: Warehouse) -> None:
    [(rows, provinces, nqp)] = public.rows("""
        select count(*), count(distinct region_code), count(nqp)
        from marts.panel_province_public
    """)
    assert (rows, provinces, nqp) == (308, 28, 308)
    [(indicators, total, lowest)] = public.rows("""
        select count(*), sum(weight), min(weight)
        from marts.entropy_weights where study = 'province_public'
    """)
    assert indicators == 13
    assert total == pytest.approx(1, abs=1e-12)
    assert lowest > 0
    [(status, n_obs, estimate)] = public.rows("""
        select f.status, f.n_obs, c.estimate
        from results.regression_fits as f
        inner join results.regression_coefficients as c on f.spec_id = c.spec_id
        where f.spec_id = 'province_public.t3.c4' and c.term = 'bdpz'
    """)
    assert (status, n_obs) == ("estimated", 308)
    assert math.isfinite(estimate)


def test_studies_without_their_series_say_which(mini: Warehouse) -> None:
    specs = mini.rows("""
        select s.study, f.status, f.reason, f.n_obs
        from definitions.regression_specs as s
        left join results.regression_fits as f on s.spec_id = f.spec_id
        where s.study = 'city'
    """)
    [(wanted,)] = mini.rows(
        "select count(*) from definitions.regression_specs where study = 'city'"
    )
    assert len(specs) == wanted > 10
    known = {series for (series,) in mini.rows("select series_id from definitions.series")}
    have = {
        series
        for (series,) in mini.rows(
            "select distinct series_ref from intermediate.series_values where study = 'city'"
        )
    }
    for _, status, reason, n_obs in specs:
        assert (status, n_obs) == ("not estimable", None)
        lists = re.findall(r"the profile has no data for ([\w@, ]+)", reason)
        named = {name.split("@")[0] for text in lists for name in text.split(", ")}
        assert named and named <= known, reason
        assert not named & have, reason
    assert any(
        "Com: the profile has no data for retail_sales; " in reason for *_, reason, _ in specs
    )


# --- quality ---------------------------------------------------------------------------------


def test_the_repeated_sheet_is_rejected_cell_by_cell(public: Warehouse) -> None:
    rejected = public.internal.execute("""
        select r.row_no, r.col_no, r.text, r.reason, r.detail, r.series_id, r.region_text
        from quality.rejected_cells as r
        where r.file like '%eps/原值.xlsx' and r.sheet = 'Sheet5'
    """).fetchall()
    assert len(rejected) == 155
    reasons = Counter(row[3] for row in rejected)
    assert reasons == {"duplicate": 153, "conflicting copies of one key": 2}
    texts = {
        (int(row_no), int(col_no)): text
        for row_no, col_no, text in public.internal.execute(
            "select row_no, col_no, text from raw.cells where file like '%eps/%'"
            " and sheet = 'Sheet4'"
        ).fetchall()
    }
    for row_no, col_no, text, reason, detail, *_ in rejected:
        if reason == "duplicate":
            copied = re.fullmatch(r"repeats .*/原值\.xlsx, Sheet4, ([A-Z]+)(\d+)", detail)
            assert copied, (row_no, col_no, detail)
            assert float(texts[int(copied[2]), column_number(copied[1])]) == float(text)
        else:
            assert detail.startswith("values from ")
    # The other sheet of the file holds the true 2015: nothing is missing.
    [(source, regions)] = public.rows("""
        select source_id, count(distinct region_code)
        from intermediate.series_values
        where series_ref = 'rd_personnel' and year = 2015 and imputation is null
        group by source_id
    """)
    assert (source, regions) == ("eps_matrix", 28)


@pytest.mark.parametrize("series", ["tech_market_turnover", "science_expenditure"])
def test_extrapolated_2023_cells_stand_in_the_disagreements(public: Warehouse, series: str) -> None:
    rows = public.rows(
        """
        select chosen_source, other_source, count(*), count(*) filter (flagged)
        from intermediate.disagreements
        where level = 'province' and series_id = ? and year = 2023
        group by all
        """,
        [series],
    )
    [(chosen, other, count, flagged)] = rows
    assert (chosen, other, count) == ("nbs_new_portal", "core_data", 31)
    assert flagged >= 27


def test_gdp_vintages_stand_in_the_disagreements(public: Warehouse) -> None:
    rows = public.rows("""
        select other_source, count(*), count(distinct year),
          round(avg(1 - chosen_value / other_value), 3), round(max(abs(relative_difference)), 3)
        from intermediate.disagreements
        where level = 'province' and series_id = 'gdp' and chosen_source = 'core_data'
          and other_source like 'nbs%'
        group by other_source
        order by other_source
    """)
    # Every overlapping cell of the two portals: 2011-2023 and 2007-2023.
    assert rows == [
        ("nbs_new_portal", 31 * 13, 13, 0.019, 0.089),
        ("nbs_old_portal", 31 * 17, 17, 0.018, 0.089),
    ]


def test_both_rules_point_at_the_two_wrong_cells_and_at_no_other(public: Warehouse) -> None:
    rules = "disagreement between sources and jump over the year"
    both = public.rows(
        """
        select region_code, year, value_delivered, corrected, rules, file, sheet, row_no, col_no
        from quality.review
        where level = 'city' and series_id = 'gdp' and rules = ? and year between 2014 and 2022
        order by region_code
        """,
        [rules],
    )
    sheet = "面板数据2000-2023"
    assert both == [
        (ORDOS, 2022, 23158.65, True, rules, SECTORS, sheet, 720, 6),
        (HUAINAN, 2022, 295.4, True, rules, SECTORS, sheet, 2395, 6),
    ]


def test_every_cell_is_accounted_for_and_none_is_lost_before(public: Warehouse) -> None:
    accounts = public.frame("select * from quality.cell_accounting").set_index("file")
    parts = ["staged", "rejected", "blank", "structural", "not_mapped"]
    assert (accounts[parts].sum(axis=1) == accounts["cells"]).all()
    files = public.internal.execute(
        "select distinct file, root, name, encoding from raw.manifest"
    ).fetchall()
    counts = {
        file: sum(1 for _ in ingest.read_cells(Path(root) / name, encoding))
        for file, root, name, encoding in files
    }
    assert accounts["cells"].to_dict() == counts
    observations = public.internal.execute(
        "select file, count(*) from staging.observations group by file"
    ).fetchall()
    assert accounts["staged"].to_dict() == dict(observations)


def test_staged_figures_are_the_texts_in_the_unit_of_the_series(public: Warehouse) -> None:
    # A hidden column is delivered where accepted_texts.csv of the study says that it is wanted.
    [(rows, wrong)] = public.internal.execute("""
        select count(*), count(*) filter (
          abs(
            o.value_delivered
            - cast(trim(regexp_extract(r.text, '^(\\[hidden: )?([^]]*)', 2), chr(9)) as double)
              * u.factor / c.factor
          ) > 1e-14 * abs(o.value_delivered)
        )
        from staging.observations as o
        inner join raw.cells as r using (file, sheet, row_no, col_no)
        inner join raw.manifest as m
          on o.file = m.file and o.series_id = m.series_id and o.source_id = m.source_id
          and (m.sheet = '' or o.sheet glob m.sheet)
        inner join definitions.units as u on m.unit = u.unit
        inner join definitions.series as s on m.series_id = s.series_id
        inner join definitions.units as c on s.unit = c.unit
        where o.repair is null or o.repair = 'full-width characters or spaces'
    """).fetchall()
    [(observations,)] = public.internal.execute(
        "select count(*) from staging.observations"
    ).fetchall()
    assert rows == observations
    assert wrong == 0


def test_public_names_no_file_of_this_machine(public: Warehouse) -> None:
    files = {Path(file) for (file,) in public.rows("select file from quality.cell_accounting")}
    assert not any(file.is_absolute() for file in files)
