"""The study of the city workbook, on a simulated workbook of that shape."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest
import pytest

from nqp import ingest
from warehouse import ROOT, Build, Warehouse, build, open_warehouse
from workbook_for_tests import (
    DISPUTED,
    FILE,
    GIVEN,
    HEADINGS,
    Workbook,
    write_study,
    write_workbook,
)

pytestmark = [
    pytest.mark.build,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyfixest"),
]

STUDY = "simulated_workbook"
CONTROLS = ["LnGDP", "Fin", "Str", "Com", "Gov"]
# Indicator → numerator, denominator (of figures as the generator names them), factor into the
# units of the series, sign.
INDICATORS = {
    "sci_edu_share": (("science", "education"), "expenditure", 1, 1),
    "invention_grants": (("grants",), None, 1, 1),
    "faculty": (("teachers",), None, 1, 1),
    "students": (("students",), None, 1, 1),
    "so2_intensity": (("so2",), "gdp", 1e4, -1),
    "wastewater_rate": (("wastewater",), None, 1, 1),
    "broadband": (("internet",), None, 1e-4, 1),
    "telecom": (("telecom",), None, 1e-4, 1),
    "mobile": (("mobile",), None, 1, 1),
}


def built(folder: Path, workbook: Path) -> Build:
    study = write_study(folder / STUDY)
    return build(
        "own", folder / "warehouse", data_dir=workbook.parent,
        variables={"NQP_PROFILE": "own", "NQP_STUDIES": os.fspath(study)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    return write_workbook(tmp_path_factory.mktemp("workbook"), without=["telecom_revenue"])


@pytest.fixture(scope="module")
def warehouse(workbook: Workbook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    opened = open_warehouse(built(tmp_path_factory.mktemp("workbook_build"), workbook.file))
    yield opened
    opened.published.close()
    opened.internal.close()


@pytest.fixture(scope="module")
def without_retail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    written = write_workbook(tmp_path_factory.mktemp("without_retail"), without=["retail"])
    opened = open_warehouse(built(tmp_path_factory.mktemp("without_retail_build"), written.file))
    yield opened
    opened.published.close()
    opened.internal.close()


def expected_panel(workbook: Workbook) -> pd.DataFrame:
    """Index, policy and controls from the figures, gaps filled by a straight line."""
    figures = pd.DataFrame(
        {
            name: workbook.figures[name]
            .unstack("year")
            .interpolate(axis="columns", limit_area="inside")
            .stack()
            for name in workbook.figures
        }
    )
    figures = figures[figures.index.get_level_values("year").isin(range(2014, 2023))]
    panel = pd.DataFrame(index=figures.index)
    normed = pd.DataFrame(index=figures.index)
    for name, (above, below, factor, sign) in INDICATORS.items():
        ratio = figures[list(above)].sum(axis="columns", skipna=False) * factor
        if below:
            ratio /= figures[below]
        scaled = (ratio - ratio.min()) / (ratio.max() - ratio.min())
        normed[name] = scaled if sign > 0 else 1 - scaled
    shares = normed / normed.sum()
    logs = np.log(shares.where(shares > 0, 1.0))
    entropy = -(shares * logs).sum() / math.log(len(shares))
    weights = (1 - entropy) / (1 - entropy).sum()
    panel["nqp"] = normed @ weights
    panel["LnGDP"] = np.log(figures["per_head"])
    panel["Fin"] = figures["loans"] / figures["gdp"]
    panel["Str"] = figures["tertiary"] / figures["secondary"]
    panel["Com"] = figures["retail"] / figures["gdp"]
    panel["Gov"] = figures["expenditure"] / figures["gdp"]
    panel = panel.reset_index()
    codes = panel["region_code"].astype(int)
    pilot = (codes // 10_000).isin({11, 12, 13, 15, 31, 41, 44, 50, 52}) | (codes == 210100)
    return panel.assign(bdpz=(pilot & (panel["year"] >= 2016)).astype(float))


def test_the_main_table_equals_an_independent_computation(
    warehouse: Warehouse, workbook: Workbook
) -> None:
    panel = expected_panel(workbook)
    assert len(panel) == 2556
    formula = " + ".join(["nqp ~ bdpz", *CONTROLS, "C(year) | region_code"])
    tidy = pyfixest.feols(formula, data=panel, vcov={"CRV1": "region_code"}).tidy()
    found = warehouse.frame(
        "select * from results.regression_coefficients where spec_id = ?", [f"{STUDY}.t3.c4"]
    ).set_index("term")
    for name in ["bdpz", *CONTROLS]:
        for column, other in [
            ("estimate", "Estimate"), ("std_error", "Std. Error"), ("p_value", "Pr(>|t|)"),
        ]:  # fmt: skip
            assert found.loc[name, column] == pytest.approx(tidy.loc[name, other], rel=1e-8)
    [(n_obs, n_clusters)] = warehouse.rows(
        "select n_obs, n_clusters from results.regression_fits where spec_id = ?",
        [f"{STUDY}.t3.c4"],
    )
    assert (n_obs, n_clusters) == (2556, 284)


def test_every_column_of_the_paper_is_estimated(warehouse: Warehouse) -> None:
    statuses = warehouse.frame("select spec_id, status from results.regression_fits")
    assert len(statuses) == 12
    assert set(statuses["status"]) == {"estimated"}


def test_every_result_says_that_the_data_are_simulated(warehouse: Warehouse) -> None:
    for table in ("regression_coefficients", "regression_fits", "event_study", "placebo_summary"):
        found = warehouse.rows(f"select distinct data_profile from results.{table}")
        assert found == [("simulated",)], table


def test_faults_of_the_workbook_are_rejected_cell_by_cell(
    warehouse: Warehouse, workbook: Workbook
) -> None:
    reasons = warehouse.frame("""
        select reason, count(*) as cells from quality.rejected_cells
        where sheet = '原始数据' group by reason
    """).set_index("reason")["cells"]
    assert reasons["conflicting copies of one key"] == 2
    assert reasons["not a number"] == 1
    assert reasons.sum() == workbook.rejected
    [(value, imputation)] = warehouse.rows(
        """
        select value, imputation from intermediate.series_values
        where series_ref like 'loans%' and region_code = ? and year = ?
        """,
        list(DISPUTED),
    )
    assert imputation == "linear"
    code, year = DISPUTED
    before, after = workbook.figures["loans"].loc[[(code, year - 1), (code, year + 1)]] / 1e4
    assert value == pytest.approx((before + after) / 2, rel=1e-12)


def test_only_the_sheet_with_gaps_is_read_as_figures(warehouse: Warehouse) -> None:
    sheets = warehouse.internal.execute(
        "select distinct sheet from staging.observations"
    ).fetchall()
    assert sheets == [(GIVEN,)]


def test_a_heading_that_is_absent_leaves_only_its_series_out(
    warehouse: Warehouse, without_retail: Warehouse
) -> None:
    def series(of: Warehouse) -> set[str]:
        rows = of.internal.execute("select distinct series_id from staging.observations")
        return {name for (name,) in rows.fetchall()}

    manifest = ingest.read_manifest(ROOT / "studies/city_workbook/manifest.csv")
    everything = set(manifest["series_id"])
    assert series(warehouse) == everything - {"telecom_revenue"}
    assert series(without_retail) == everything - {"retail_sales"}
    statuses = dict(without_retail.rows("select spec_id, status from results.regression_fits"))
    assert statuses[f"{STUDY}.t3.c2"] == "estimated"
    assert statuses[f"{STUDY}.t3.c4"] == "not estimable"
    [(reason,)] = without_retail.rows(
        "select reason from results.regression_fits where spec_id = ?", [f"{STUDY}.t3.c4"]
    )
    assert "retail_sales" in reason
    # The columns without controls do not notice.
    [(there,)], [(absent,)] = (
        of.rows(
            "select estimate from results.regression_coefficients where spec_id = ? and term = ?",
            [f"{STUDY}.t3.c2", "bdpz"],
        )
        for of in (warehouse, without_retail)
    )
    assert absent == there


def test_the_build_says_which_headings_are_absent(without_retail: Warehouse) -> None:
    line = "Optional and not there: retail_sales of city_workbook."
    assert line in without_retail.build.output


# --- the shipped rows --------------------------------------------------------------------------


def test_the_shipped_manifest_is_of_licensed_data_and_all_optional() -> None:
    manifest = ingest.read_manifest(ROOT / "studies/city_workbook/manifest.csv")
    assert set(manifest["data_profile"]) == {"licensed"}
    assert set(manifest["optional"]) == {"true"}
    assert set(manifest["file"]) == {FILE}
    assert set(manifest["item"]) <= set(HEADINGS.values())


def test_nine_of_the_paper_s_twelve_indicators_are_the_paper_s() -> None:
    def indicators(study: str) -> pd.DataFrame:
        path = ROOT / "studies" / study / "indicators.csv"
        frame = pd.read_csv(path, dtype=str, keep_default_na=False).set_index("indicator_id")
        sides = ["numerator", "denominator"]
        return frame.assign(
            **{side: frame[side].str.replace("@city_workbook", "") for side in sides}
        )

    paper, workbook = indicators("city"), indicators("city_workbook")
    assert set(paper.index) - set(workbook.index) == {
        "robots", "energy_intensity", "digital_patent_apps",
    }  # fmt: skip
    pd.testing.assert_frame_equal(workbook, paper.loc[workbook.index])
