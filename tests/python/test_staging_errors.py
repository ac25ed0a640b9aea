"""What stops a build in staging, with the whole message: the compiled SQL on tables in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from bad_cells import manifest_row
from mini_profile import DEFINITIONS
from nqp.ingest import CORRECTION_COLUMNS, MANIFEST_COLUMNS
from nqp.misread import misread_names
from warehouse import Build

pytestmark = pytest.mark.build

MODELS = [
    "manifest", "region_names", "blocks", "cells", "mapped_items", "unknown_regions", "corrections",
    "parsed_cells",
]  # fmt: skip
SEEDS = ["layouts", "series", "units", "regions", "region_aliases"]

Sheets = Mapping[tuple[str, str], Sequence[str]]


def stage(
    bad_cells_build: Build,
    sheets: Sheets,
    manifest: Sequence[Mapping[str, str]],
    corrections: Sequence[Sequence[str]] = (),
) -> list[tuple[str, int, int, float]]:
    """Sheet, row, column and value of each observation, from the SQL as the build compiled it.

    sheets: lines with cells parted by "|", by file and sheet. manifest: what differs from the
    usual row (a long panel in a.csv).
    """
    compiled = bad_cells_build.published.parent / ".dbt/target/compiled/nqp/models/staging"
    units = {"series_id": "gdp", "unit": "100m_yuan"}
    raw = {
        "manifest": pd.DataFrame(
            [dict.fromkeys(MANIFEST_COLUMNS, "") | manifest_row("s", "a.csv", {**units, **row})
             for row in manifest]
        ).assign(manifest_row=range(2, len(manifest) + 2)),
        "cells": pd.DataFrame(
            [
                (file, sheet, row_no, col_no, text)
                for (file, sheet), lines in sheets.items()
                for row_no, line in enumerate(lines, 1)
                for col_no, text in enumerate(line.split("|"), 1)
            ],
            columns=["file", "sheet", "row_no", "col_no", "text"],
        ),
        "corrections": pd.DataFrame(corrections, columns=CORRECTION_COLUMNS, dtype=str).assign(
            manifest_row=range(2, len(corrections) + 2)
        ),
        "misread_names": misread_names(["北京市"]),
    }  # fmt: skip
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as licensed")
        for schema in ("raw", "definitions", "staging"):
            connection.execute(f"create schema licensed.{schema}")
        for name, frame in raw.items():
            connection.register("frame", frame)
            connection.execute(f"create table licensed.raw.{name} as from frame")
        for name in SEEDS:
            connection.execute(
                f"create table licensed.definitions.{name} as from read_csv(?, types = ?)",
                [str(DEFINITIONS / f"{name}.csv"), text_columns(DEFINITIONS / f"{name}.csv")],
            )
        for name in MODELS:
            sql = (compiled / f"{name}.sql").read_text(encoding="utf-8")
            connection.execute(f"create table licensed.staging.{name} as {sql}")
        return connection.execute("""
            select sheet, row_no, col_no, value from licensed.staging.parsed_cells
            where reason is null order by all
        """).fetchall()


def text_columns(path: Path) -> dict[str, str]:
    """Codes and labels are texts, whatever they look like."""
    header = path.read_text(encoding="utf-8").split("\n", 1)[0].split(",")
    return {
        name: "varchar"
        for name in header
        if name not in ("factor", "year_row_offset", "valid_from", "valid_to")
    }


def message(
    bad_cells_build: Build,
    sheets: Sheets,
    manifest: Sequence[Mapping[str, str]],
    corrections: Sequence[Sequence[str]] = (),
) -> str:
    with pytest.raises(duckdb.Error) as raised:
        stage(bad_cells_build, sheets, manifest, corrections)
    return str(raised.value).removeprefix("Invalid Input Error: ")


PANEL = ["地区|年份|值|人口", "北京市|2020|10|2000", "天津市|2020|20|1500"]
A = {("a.csv", ""): PANEL}


def test_a_good_table_is_staged(bad_cells_build: Build) -> None:
    corrections = [("a.csv", "", "3", "3", "20", "21.5", "why")]
    population = {"item": "人口", "series_id": "population", "unit": "10k_persons"}
    assert stage(bad_cells_build, A, [{}, population], corrections) == [
        ("", 2, 3, 10.0), ("", 2, 4, 2000.0), ("", 3, 3, 21.5), ("", 3, 4, 1500.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sheets", "manifest", "told"),
    [
        pytest.param(
            {("a.csv", ""): ["表一", "", *PANEL]},
            [{}, {"item": "人口", "header": "省份"}],
            "manifest.csv, rows 2, 3: a.csv is given two layouts, headers, levels or key columns. "
            "Give it one, or let the sheet patterns part the sheets.",
            id="two readings of one sheet",
        ),
        pytest.param(
            {("a.csv", ""): ["表一", "", *PANEL]},
            [{"header": "省份"}],
            'manifest.csv, row 2: in a.csv none of the first 60 rows holds the heading "省份". '
            'Row 3 reads: "地区", "年份", "值", "人口". Correct column header of the manifest.',
            id="header not found",
        ),
        pytest.param(
            {("a.csv", ""): ["", "|"]},
            [{"header": "省份"}],
            'manifest.csv, row 2: in a.csv none of the first 60 rows holds the heading "省份". '
            "Correct column header of the manifest.",
            id="header not found in an empty table",
        ),
        pytest.param(
            {("a.csv", ""): ["|".join(f"q{n}\nx" for n in range(1, 15))]},
            [{"header": "省份"}],
            'manifest.csv, row 2: in a.csv none of the first 60 rows holds the heading "省份". '
            'Row 1 reads: "q1 x", "q2 x", "q3 x", "q4 x", "q5 x", "q6 x", "q7 x", "q8 x", "q9 x", '
            '"q10 x", "q11 x", "q12 x" and 2 more. Correct column header of the manifest.',
            id="header not found among many headings",
        ),
        pytest.param(
            {("b.xlsx", 'it\'s "1"'): PANEL},
            [{"file": "b.xlsx", "sheet": "*", "region_key": "省 份"}],
            'manifest.csv, row 2: in b.xlsx sheet "it\'s "1"" no column is headed "省 份". Row '
            '1 reads: "地区", "年份", "值", "人口". Correct region_key in the manifest (a '
            "heading, or #2 for the second column).",
            id="region key not found",
        ),
        pytest.param(
            A,
            [{"header": "9", "year_key": "year"}],
            'manifest.csv, row 2: in a.csv no column is headed "地区". Row 9 reads: nothing. '
            "Correct region_key in the manifest (a heading, or #2 for the second column).",
            id="header row beyond the table",
        ),
        pytest.param(
            A,
            [{"year_key": "year"}],
            'manifest.csv, row 2: in a.csv no column is headed "year". Row 1 reads: "地区", '
            '"年份", "值", "人口". Correct year_key in the manifest (a heading, or #2 for the '
            "second column).",
            id="year key not found",
        ),
        pytest.param(
            {("a.csv", ""): ["指标|年份|北京市", "值|2020|10"]},
            [{"layout": "regions_across", "item_key": "series"}],
            'manifest.csv, row 2: in a.csv no column is headed "series". Row 1 reads: "指标", '
            '"年份", "北京市". Correct item_key in the manifest (a heading, or #2 for the second '
            "column).",
            id="item key not found",
        ),
        pytest.param(
            A,
            [{"item": "值（万元）"}],
            'manifest.csv, row 2: a.csv has no "值(万元)". Row 1 reads: "地区", "年份", "值", '
            '"人口". Correct column item of the manifest, or let the sheet pattern leave this '
            "sheet out.",
            id="item not found",
        ),
        pytest.param(
            {("b.xlsx", "2019"): PANEL, ("b.xlsx", "2020"): [PANEL[0].replace("值", "产值")]},
            [{"file": "b.xlsx", "sheet": "20*"}, {"file": "b.xlsx", "sheet": "20*", "item": "x"}],
            'manifest.csv, row 2: b.xlsx sheet "2020" has no "值". Row 1 reads: "地区", '
            '"年份", "产值", "人口". Correct column item of the manifest, or let the sheet '
            "pattern leave this sheet out.\n"
            'manifest.csv, row 3: b.xlsx sheet "2019" has no "x". Row 1 reads: "地区", '
            '"年份", "值", "人口". Correct column item of the manifest, or let the sheet '
            "pattern leave this sheet out.\n"
            'manifest.csv, row 3: b.xlsx sheet "2020" has no "x". Row 1 reads: "地区", '
            '"年份", "产值", "人口". Correct column item of the manifest, or let the sheet '
            "pattern leave this sheet out.",
            id="items not found in one sheet of several, told all at once",
        ),
        pytest.param(
            {("a.csv", ""): ["指标|年份|北京市", "经费|2019|1", "|2020|2", "专利|2020|10"]},
            [{"layout": "regions_across", "item": "值"}],
            'manifest.csv, row 2: a.csv has no "值". Column 1 reads: "经费", "专利". Correct '
            "column item of the manifest, or let the sheet pattern leave this sheet out.",
            id="item not found down a column",
        ),
        pytest.param(
            {("b.xlsx", "S"): PANEL},
            [{"file": "b.xlsx", "sheet": "T*"}],
            'manifest.csv, row 2: no sheet of b.xlsx fits the pattern "T*".',
            id="sheet not found",
        ),
        pytest.param(
            {("a.csv", ""): ["地区|2020", "北京市|10"]},
            [{"layout": "years_across", "item": "值"}],
            "manifest.csv, row 2: layout years_across takes all figures of a sheet as one "
            'series and does not look for "值" in a.csv. Leave column item empty.',
            id="item where the layout has none",
        ),
        pytest.param(
            {("a.csv", ""): ["地区|年份||值", "北京市|2020|9|10"]},
            [{"item": ""}],
            "manifest.csv, row 2: layout long_panel finds a series by its name. Put one of "
            'these into column item: "地区", "年份", "值".',
            id="no item where the layout needs one",
        ),
        pytest.param(
            {("b.xlsx", "S"): PANEL},
            [{"file": "b.xlsx", "sheet": "S"}, {"file": "b.xlsx", "sheet": "*", "item": "值 "}],
            'manifest.csv, row 2: "值" of b.xlsx sheet "S" is mapped by another row too. Keep '
            "one, or let the sheet patterns part the sheets.\n"
            'manifest.csv, row 3: "值" of b.xlsx sheet "S" is mapped by another row too. Keep '
            "one, or let the sheet patterns part the sheets.",
            id="one column mapped twice by overlapping patterns",
        ),
        pytest.param(
            {("a.csv", ""): ["地区|年份|值", "北京市|2020|约10", "天津市|2020|"]},
            [{}],
            'manifest.csv, row 2: "值" in a.csv, from column 3 on, holds no figure at all; '
            'its first text is "约10". Map another column, or drop the row.',
            id="a column of texts",
        ),
        pytest.param(
            {("a.csv", ""): ["地区|年份|值", "北京市|2020|", "天津市|2020|—"]},
            [{}],
            'manifest.csv, row 2: "值" in a.csv, from column 3 on, holds no figure at all. '
            "Map another column, or drop the row.",
            id="a blank column",
        ),
        pytest.param(
            {("a.csv", ""): ["地区|2019|2020", "北京市|10|11"]},
            [{"layout": "years_across", "header": "2", "region_key": "#1"}],
            "manifest.csv, row 2: a.csv, from column 2 on, holds no figure at all. Map "
            "another column, or drop the row.",
            id="headings below the figures",
        ),
    ],
)
def test_what_is_not_found_stops_the_build(
    bad_cells_build: Build, sheets: Sheets, manifest: Sequence[Mapping[str, str]], told: str
) -> None:
    assert message(bad_cells_build, sheets, manifest) == told


@pytest.mark.parametrize(
    ("correction", "told"),
    [
        (
            ("a.csv", "", "2", "3", "11", "5", "why"),
            'corrections.csv, row 2: a.csv, row 2, column 3 holds "10", not "11". The file has '
            "changed: check the cell and renew or drop the correction.",
        ),
        (
            ("a.csv", "", "2", "9", "10", "5", "why"),
            "corrections.csv, row 2: there is no cell in row 2, column 9 of a.csv. Correct "
            "the place or drop the row.",
        ),
        (
            ("a.csv", "Sheet1", "2", "3", "10", "5", "why"),
            'corrections.csv, row 2: there is no cell in row 2, column 3 of a.csv sheet "Sheet1". '
            "Correct the place or drop the row.",
        ),
        (
            ("b.csv", "", "two", "3", "10", "5", "why"),
            "corrections.csv, row 2: there is no cell in row two, column 3 of b.csv. Correct the "
            "place or drop the row.",
        ),
        (
            ("a.csv", "", "2", "1", "北京市", "5", "why"),
            "corrections.csv, row 2: a.csv, row 2, column 1 is no figure of the manifest (key). "
            "Correct the place or map the column.",
        ),
        (
            ("a.csv", "", "2", "3", "10", "five", "why"),
            'corrections.csv, row 2, column new_value: "five" is not a number.',
        ),
    ],
)
def test_a_correction_that_does_not_fit_stops_the_build(
    bad_cells_build: Build, correction: Sequence[str], told: str
) -> None:
    assert message(bad_cells_build, A, [{}], [correction]) == told


def test_white_space_around_the_text_that_is_corrected_does_not_matter(
    bad_cells_build: Build,
) -> None:
    """The new NBS portal ends each cell with a TAB, which nobody sees or types."""
    sheets = {("a.csv", ""): ["地区|年份|值", "北京市|2020|12.5\t"]}
    corrections = [("a.csv", "", "2", "3", " 12.5", "1,234.5", "why")]
    assert stage(bad_cells_build, sheets, [{}], corrections) == [("", 2, 3, 1234.5)]


def test_a_nul_character_is_no_part_of_a_name_or_figure(bad_cells_build: Build) -> None:
    sheets = {
        ("a.csv", ""): [PANEL[0], "北京\0市|2020|10|1", "天津市|2020|2\x000|1", "河北|2020|30|1"]
    }
    assert stage(bad_cells_build, sheets, [{}]) == [("", 4, 3, 30.0)]


def test_two_patterns_may_share_a_sheet(bad_cells_build: Build) -> None:
    population = {"item": "人口", "series_id": "population", "unit": "10k_persons", "sheet": "T"}
    manifest = [{"file": "b.xlsx", **row} for row in ({"sheet": "*"}, population)]
    sheets = {("b.xlsx", "S"): PANEL[:2], ("b.xlsx", "T"): [PANEL[0], PANEL[2]]}
    assert stage(bad_cells_build, sheets, manifest) == [
        ("S", 2, 3, 10.0), ("T", 2, 3, 20.0), ("T", 2, 4, 1500.0),
    ]  # fmt: skip


def test_a_year_without_a_figure_is_no_error(bad_cells_build: Build) -> None:
    """A column may be blank in one sheet of several: a series that is not published yet."""
    blank = [PANEL[0], "北京市|2021||2000"]
    sheets = {("b.xlsx", "2020"): PANEL, ("b.xlsx", "2021"): blank}
    assert stage(bad_cells_build, sheets, [{"file": "b.xlsx", "sheet": "20*"}]) == [
        ("2020", 2, 3, 10.0), ("2020", 3, 3, 20.0),
    ]  # fmt: skip
