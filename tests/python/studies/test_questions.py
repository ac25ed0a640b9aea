"""The questions in analyses/ run on the published tables, and answer what they ask."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from warehouse import ROOT, Warehouse

pytestmark = pytest.mark.build

ANALYSES = sorted((ROOT / "analyses").glob("*.sql"))
REF = re.compile(r"\{\{ ref\('(\w+)'\) \}\}")


def answer(warehouse: Warehouse, analysis: Path) -> pd.DataFrame:
    """Run an analysis with each ref pointing at the published table of that name."""
    schemas: dict[str, str] = dict(
        warehouse.published.execute(
            "select table_name, table_schema from information_schema.tables"
        ).fetchall()
    )
    sql = REF.sub(lambda ref: f"{schemas[ref[1]]}.{ref[1]}", analysis.read_text(encoding="utf-8"))
    return warehouse.frame(sql)


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda path: path.stem)
def test_every_analysis_runs(simulated: Warehouse, analysis: Path) -> None:
    assert len(answer(simulated, analysis).columns) > 3


def test_dimension_weights_add_up(simulated: Warehouse) -> None:
    weights = answer(simulated, ROOT / "analyses" / "what_carries_the_index.sql")
    last = weights.groupby("study")["cumulative_weight"].max()
    assert set(last.index) == {"city", "province"}
    assert last.to_numpy() == pytest.approx([1.0, 1.0], abs=1e-12)


def test_missing_series_are_those_the_studies_wait_for(mini: Warehouse) -> None:
    missing = answer(mini, ROOT / "analyses" / "what_is_missing.sql")
    retail = missing[(missing["study"] == "city") & (missing["variable_id"] == "Com")].iloc[0]
    assert retail["missing_series"] == "retail_sales"
    assert retail["specifications_waiting"] > 0


def test_sources_disagree_most_often_on_provincial_gdp(public: Warehouse) -> None:
    first = answer(public, ROOT / "analyses" / "where_sources_disagree.sql")
    gdp = first[(first["level"] == "province") & (first["series_id"] == "gdp")]
    assert {"nbs_new_portal", "nbs_old_portal"} <= set(gdp["other_source"])
    assert (gdp["flagged"] <= gdp["cells"]).all() and gdp["flagged"].sum() > 0
