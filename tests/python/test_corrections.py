"""Recorded corrections: checked against the cell, applied beside the figure delivered."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from mini_profile import CITY_COLUMNS, MiniProfile, write_corrections, write_profile
from warehouse import NO_TESTS, Failed, Warehouse, build

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
    [("city", True), ("city_public", True), ("city_public_raw", False)],
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


# --- the check itself, as the build compiled it, on one cell -----------------------------------


def check(
    mini: Warehouse,
    correction: tuple[str, str, str, str, str, str],
    text: str = "12.5",
    cell_class: str = "value",
) -> list[tuple[float]]:
    """Run the compiled model on a city.csv whose only cell, in row 2 and column 3, is ``text``.

    correction: file, sheet, row_no, col_no, old_text, new_value. Returns the new numbers.
    """
    compiled = mini.build.published.parent / ".dbt/target/compiled/nqp/models/staging"
    with duckdb.connect(":memory:") as connection:
        connection.execute("""
            attach ':memory:' as licensed;
            create schema licensed.raw;
            create schema licensed.staging;
            create table licensed.staging.cells (
              file text, sheet text, row_no integer, col_no integer, text text, clean text,
              class text
            );
            create table licensed.raw.corrections (
              file text, sheet text, row_no text, col_no text, old_text text, new_value text,
              reason text, manifest_row integer
            );
        """)
        connection.execute(
            "insert into licensed.staging.cells values ('city.csv', '', 2, 3, ?, ?, ?)",
            [text, text.strip(), cell_class],
        )
        connection.execute(
            "insert into licensed.raw.corrections values (?, ?, ?, ?, ?, ?, 'why', 2)",
            list(correction),
        )
        sql = (compiled / "corrections.sql").read_text(encoding="utf-8")
        return connection.execute(f"select new_number from ({sql})").fetchall()


def test_a_fitting_correction_passes_the_check(mini: Warehouse) -> None:
    assert check(mini, ("city.csv", "", "2", "3", "12.5", "1,234.5")) == [(1234.5,)]


@pytest.mark.parametrize(
    ("correction", "told"),
    [
        (
            ("city.csv", "", "2", "3", "12.50", "5"),
            ["city.csv", "row 2, column 3", 'holds "12.5", not "12.50"', "renew or drop"],
        ),
        (
            ("city.csv", "", "2", "9", "12.5", "5"),
            ["no cell in row 2, column 9 of city.csv", "Correct the place or drop the row"],
        ),
        (
            ("city.csv", "Sheet1", "2", "3", "12.5", "5"),
            ['no cell in row 2, column 3 of city.csv sheet "Sheet1"', "Correct the place"],
        ),
        (("town.csv", "", "2", "3", "12.5", "5"), ["no cell in row 2, column 3 of town.csv"]),
        (("city.csv", "", "two", "3", "12.5", "5"), ["no cell in row two, column 3 of city.csv"]),
        (("city.csv", "", "2", "3", "12.5", "five"), ['column new_value: "five" is not a number']),
    ],
)
def test_a_correction_that_does_not_fit_names_its_place(
    mini: Warehouse, correction: tuple[str, str, str, str, str, str], told: list[str]
) -> None:
    with pytest.raises(duckdb.Error) as raised:
        check(mini, correction)
    assert "corrections.csv, row 2" in str(raised.value)
    for words in told:
        assert words in str(raised.value)


def test_white_space_around_the_old_text_does_not_matter(mini: Warehouse) -> None:
    """The new NBS portal ends each cell with a TAB, which nobody sees or types."""
    assert check(mini, ("city.csv", "", "2", "3", "12.5", "5"), text="12.5\t") == [(5.0,)]


def test_a_cell_that_is_no_figure_cannot_be_corrected(mini: Warehouse) -> None:
    """It would pass and change nothing: a heading, a key, or a column nobody mapped."""
    with pytest.raises(duckdb.Error, match=r"row 2, column 3 is no figure of the manifest \(key\)"):
        check(mini, ("city.csv", "", "2", "3", "12.5", "5"), cell_class="key")
