"""What stops a build in staging, with the whole message: the compiled SQL on tables in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pandas as pd
import pytest

from bad_cells import manifest_row
from bad_mappings import CASES, Case, Sheets
from nqp.definitions import Selection, load
from nqp.ingest import ACCEPTED_COLUMNS, CORRECTION_COLUMNS, MANIFEST_COLUMNS
from nqp.ingest.misread import misread_names
from warehouse import ROOT, Build

pytestmark = pytest.mark.build

PANEL = ["地区|年份|值|人口", "北京市|2020|10|2000", "天津市|2020|20|1500"]
A = {("a.csv", ""): PANEL}

MODELS = [
    "manifest", "region_spellings", "region_names", "shared_names", "blocks", "sheet_items",
    "sheet_cells", "headings", "sheet_rows", "side_columns", "context_texts", "context_units",
    "context_verdicts", "side_rows", "doubts", "cells", "mapped_items", "unknown_regions",
    "corrections", "region_texts", "parsed_cells",
]  # fmt: skip
LISTS = [
    "layouts", "series", "units", "unit_spellings", "harmless_words", "telling_words", "regions",
    "region_aliases", "studies", "groupings",
]  # fmt: skip
TABLES = load(Selection(ROOT, "licensed")).tables
TYPES = {
    "factor": "double", "year_row_offset": "integer", "valid_from": "date", "valid_to": "date",
}  # fmt: skip


def stage(
    bad_cells_build: Build,
    sheets: Sheets,
    manifest: Sequence[Mapping[str, str]],
    corrections: Sequence[Sequence[str]] = (),
    columns: str = "sheet, row_no, col_no, value",
) -> list[tuple[object, ...]]:
    """These columns of each observation, from the SQL as the build compiled it.

    sheets: lines with cells parted by "|", by file and sheet. manifest: what differs from the
    usual row (a long panel in a.csv).
    """
    compiled = bad_cells_build.published.parent / ".dbt/target/compiled/nqp/models/staging"
    units = {"series_id": "gdp", "unit": "100m_yuan", "priority": "1"}
    raw = {
        "manifest": pd.DataFrame(
            [dict.fromkeys(MANIFEST_COLUMNS, "") | manifest_row("s", "a.csv", {**units, **row})
             for row in manifest]
        ).assign(
            manifest_row=range(2, len(manifest) + 2), owners="*",
            listed=[f"manifest.csv, row {row_no}" for row_no in range(2, len(manifest) + 2)],
        ),
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
            listed=[f"corrections.csv, row {row_no}" for row_no in range(2, len(corrections) + 2)]
        ),
        "accepted_texts": pd.DataFrame(columns=[*ACCEPTED_COLUMNS, "listed"], dtype=str),
        "misread_names": misread_names(["北京市"]),
    }  # fmt: skip
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as licensed")
        for schema in ("raw", "definitions", "staging"):
            connection.execute(f"create schema licensed.{schema}")
        for name, frame in raw.items():
            connection.register("frame", frame)
            connection.execute(f"create table licensed.raw.{name} as from frame")
        for name in LISTS:
            connection.register("frame", TABLES[name].drop(columns=["file", "line"]))
            typed = ", ".join(
                f"cast(nullif({column}, '') as {TYPES.get(column, 'varchar')}) as {column}"
                for column in TABLES[name].columns.drop(["file", "line"])
            )
            connection.execute(
                f"create table licensed.definitions.{name} as select {typed} from frame"
            )
        for name in MODELS:
            sql = (compiled / f"{name}.sql").read_text(encoding="utf-8")
            connection.execute(f"create table licensed.staging.{name} as {sql}")
        return connection.execute(
            f"select {columns} from licensed.staging.parsed_cells where reason is null order by all"
        ).fetchall()


def test_a_good_table_is_staged(bad_cells_build: Build) -> None:
    corrections = [("a.csv", "", "3", "3", "20", "21.5", "why")]
    population = {"item": "人口", "series_id": "population", "unit": "10k_persons"}
    assert stage(bad_cells_build, A, [{}, population], corrections) == [
        ("", 2, 3, 10.0), ("", 2, 4, 2000.0), ("", 3, 3, 21.5), ("", 3, 4, 1500.0),
    ]  # fmt: skip


def test_figures_of_one_year_are_of_the_year_that_the_manifest_says(bad_cells_build: Build) -> None:
    """A file a year, or a sheet a year; a year that stands in the sheet is a figure like others."""
    row = {"layout": "one_year", "year_key": "", "item": "GDP"}
    sheets = {
        ("a.csv", ""): ["地区|GDP|2001", "北京市|10|1", "天津市|20|1"],
        ("b.csv", ""): ["地区|GDP", "天津市|21"],
        ("c.xlsx", "old"): ["地区|GDP", "上海市|30"],
        ("c.xlsx", "new"): ["地区|GDP", "上海市|31"],
    }
    manifest = [
        row | {"year": "2019"},
        row | {"file": "b.csv", "year": "2020"},
        row | {"file": "c.xlsx", "sheet": "old", "year": "1999"},
        row | {"file": "c.xlsx", "sheet": "new", "year": "2021"},
    ]
    columns = "region_code, year, value"
    assert stage(bad_cells_build, sheets, manifest, columns=columns) == [
        ("110000", 2019, 10.0), ("120000", 2019, 20.0), ("120000", 2020, 21.0),
        ("310000", 1999, 30.0), ("310000", 2021, 31.0),
    ]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.fault for case in CASES])
def test_what_does_not_fit_stops_the_build(bad_cells_build: Build, case: Case) -> None:
    with pytest.raises(duckdb.Error) as raised:
        stage(bad_cells_build, case.sheets, case.manifest, case.corrections)
    assert str(raised.value) == f"Invalid Input Error: {case.message}"


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
