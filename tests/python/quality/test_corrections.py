"""Recorded corrections: applied beside the figure delivered (checked: test_staging_errors.py)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from mini_profile import CITY_COLUMNS, MiniProfile, write_corrections, write_profile
from warehouse import NO_TESTS, Failed, build

pytestmark = pytest.mark.build

# Row 5 of city.csv is the fourth of Beijing's years from 2014; column 3 holds GDP.
ROW, COLUMN, YEAR = 5, CITY_COLUMNS.index("gdp") + 1, 2017


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> MiniProfile:
    """City GDP in yuan, so that a correction must be converted like the figure it replaces."""
    return write_profile(tmp_path_factory.mktemp("corrected_data"), foreign_units=True)


def cell_text(folder: Path, row_no: int, col_no: int) -> str:
    lines = (folder / "city.csv").read_text(encoding="utf-8").splitlines()
    return lines[row_no - 1].split(",")[col_no - 1]


@pytest.fixture(scope="module")
def corrected(
    profile: MiniProfile, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The panel with one correction, in the profile that also has a study without corrections."""
    old = cell_text(profile.folder, ROW, COLUMN)
    # 500 in the canonical 100 million yuan
    row = ("city.csv", "", str(ROW), str(COLUMN), old, "50,000,000,000", "a slipped digit")
    write_corrections(profile.folder, [row])
    finished = build(
        "public", tmp_path_factory.mktemp("corrected"),
        data_dir=profile.folder, manifest_dir=profile.folder, args=["-s", "+panel_long", *NO_TESTS],
    )  # fmt: skip
    assert finished.process.returncode == 0, finished.output
    with duckdb.connect(str(finished.internal), read_only=True) as connection:
        yield connection


def test_a_correction_stands_beside_the_figure_delivered(
    corrected: duckdb.DuckDBPyConnection, profile: MiniProfile
) -> None:
    delivered = profile.city.loc[("110000", YEAR), "gdp"]
    found = corrected.execute("""
        select region_code, year, series_id, value, value_delivered, row_no, col_no
        from staging.observations where corrected
    """).fetchall()
    assert found == [
        ("110000", YEAR, "gdp", 500.0, pytest.approx(delivered, rel=1e-12), ROW, COLUMN)
    ]
    others = corrected.execute("""
        select count(*), count(*) filter (value is distinct from value_delivered)
        from staging.observations where not corrected
    """).fetchone()
    assert others == (len(profile.city) * 2 - 1 + profile.province.size, 0)


@pytest.mark.parametrize(
    ("study", "uses_corrections"),
    [("city_public", True), ("city_public_raw", False)],
)
def test_a_study_says_whether_it_uses_corrections(
    corrected: duckdb.DuckDBPyConnection,
    profile: MiniProfile,
    study: str,
    uses_corrections: bool,
) -> None:
    panel = dict(
        corrected.execute(
            """
            select year, value from marts.panel_long
            where study = ? and region_code = '110000' and variable_id = 'LnGDP'
            """,
            [study],
        ).fetchall()
    )
    figures = profile.city.loc["110000"]
    gdp = figures["gdp"].mask(figures.index == YEAR, 500.0) if uses_corrections else figures["gdp"]
    expected = {
        year: math.log(10_000 * gdp[year] / figures.loc[year, "population"])
        for year in figures.index
    }  # fmt: skip
    assert panel == pytest.approx(expected, rel=1e-12)


def test_a_cell_that_has_changed_stops_the_build(failed: Failed) -> None:
    assert failed.build.process.returncode != 0
    file, _, row_no, col_no, old, *_ = failed.correction
    holds = f'column {col_no} holds "'
    [text] = [line for line in failed.build.output.splitlines() if holds in line]
    assert f"corrections.csv, row 2: {file}, row {row_no}, {holds}" in text
    assert f'not "{old}"' in text and "renew or drop the correction" in text
