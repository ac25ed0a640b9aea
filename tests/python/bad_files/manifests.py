"""Manifests, corrections, and the files that they name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from bad_files.case import Case, Sheets, as_csv, checked, corrections, manifest, manifest_text
from bad_files.texts import QUOTES
from bad_files.workbooks import CELLS_XML
from nqp import ingest
from office_files import xlsx

PLACE = "The manifest names files that cannot be read in {folder}/data: "
PUT_THERE = (
    ". Put them there, point NQP_DATA_DIR (DATA_DIR of `make`) at the right directory, or drop "
    "their rows."
)
GOOD_CSV = "city,year,GDP\n北京市,2021,40269.6\n"
BAD_PRIORITIES = ["", "0", "1.5", "abc", "-1"]
SERIES = [
    ("gdp", "yuan"), ("population", "person"), ("loans", "yuan"), ("deposits", "yuan"),
    ("dfi_index", "index"),
]  # fmt: skip


def good(place: Path, *names: str) -> None:
    """Files that can be read, under any names."""
    for name in names:
        (place / name).write_text(GOOD_CSV, encoding="utf-8")


def good_and_link(place: Path) -> None:
    good(place, "a.csv")
    (place / "b.csv").symlink_to("a.csv")


def place(
    id: str,
    fault: str,
    outcome: str,
    expected: Sheets | str,
    *files: str,
    make: Callable[[Path], object],
) -> Case:
    """Files named by a manifest, in a data directory that does not hold the manifest.

    expected: what is wrong with the files, without the words around it.
    """

    def read(outer: Path) -> Sheets:
        rows = [
            {"file": name, "source_id": f"s{n}", "priority": f"{n}"}
            for n, name in enumerate(files, 1)
        ]
        (outer / "manifest.csv").write_text(manifest_text(*rows), encoding="utf-8")
        reader = ingest.cell_reader(checked(outer), outer / "data")
        return {batch["file"][0].as_py(): [] for batch in reader}

    def write(outer: Path) -> None:
        (outer / "data").mkdir()
        (outer / "secret.csv").write_text("secret")
        make(outer / "data")

    told = f"{PLACE}{expected}{PUT_THERE}" if isinstance(expected, str) else expected
    return Case(id, fault, outcome, write, read, told)  # fmt: skip


PLACE_CASES = [
    place("missing file", "Files that are not there.", "An error that names all of them.",
          "'a.csv' does not exist; 'sub/b.csv' does not exist",
          "a.csv", "sub/b.csv", make=lambda data: None),
    place("misspelt file", "A file named almost as it is, or in other capitals.",
          "An error that names the near one.",
          "'ciyt.csv' does not exist (did you mean 'city.csv'?); 'CITY.csv' does not exist (did "
          "you mean 'city.csv'?)",
          "ciyt.csv", "CITY.csv", make=lambda data: good(data, "city.csv")),
    place("backslashes", "A path as Windows writes it.", "An error that says to use /.",
          "'sub\\\\city.csv' does not exist; write / between folders, not \\", "sub\\city.csv",
          make=lambda data: None),
    place("folder", "A folder in place of a file.", "An error.", "'sub' is a folder",
          "sub", make=lambda data: (data / "sub").mkdir()),
    place("absolute path", "A path from the root of the machine.", "An error; nothing is read.",
          "'/etc/hostname' lies outside the data directory", "/etc/hostname",
          make=lambda data: None),
    place("path upwards", "A path that leads out of the data directory.",
          "An error; nothing is read.",
          "'../secret.csv' lies outside the data directory; 'sub/../../secret.csv' lies outside "
          "the data directory",
          "../secret.csv", "sub/../../secret.csv", make=lambda data: (data / "sub").mkdir()),
    place("link outwards", "A symbolic link to a file outside the data directory.",
          "An error; nothing is read.", "'a.csv' lies outside the data directory",
          "a.csv", make=lambda data: (data / "a.csv").symlink_to(data.parent / "secret.csv")),
    place("folder link outwards", "A symbolic link to a folder outside the data directory.",
          "An error; nothing is read.", "'sub/secret.csv' lies outside the data directory",
          "sub/secret.csv", make=lambda data: (data / "sub").symlink_to(data.parent)),
    place("link inside", "A symbolic link to a file of the data directory.", "Read.",
          {"b.csv": []}, "b.csv",
          make=good_and_link),
    place("one file under two names", "A file and a link to it, or two spellings of one path: its "
          "cells would count twice.",
          "An error that names both.",
          "'b.csv' is the same file as 'a.csv'; './a.csv' is the same file as 'a.csv'",
          "a.csv", "b.csv", "./a.csv",
          make=good_and_link),
    place("broken link", "A symbolic link to nothing.", "An error.", "'a.csv' is a link to nothing",
          "a.csv", make=lambda data: (data / "a.csv").symlink_to("gone.csv")),
    place("links in a circle", "A symbolic link to itself.", "An error.",
          "'a.csv' cannot be opened (…)", "a.csv",
          make=lambda data: (data / "a.csv").symlink_to("a.csv")),
    place("device", "A link to a device that never ends.", "An error; nothing is read.",
          "'a.csv' lies outside the data directory", "a.csv",
          make=lambda data: (data / "a.csv").symlink_to("/dev/zero")),
    place("pipe", "A named pipe, which nobody ever writes.", "An error; the build does not wait.",
          "'a.csv' is no file with content (a device or a pipe)", "a.csv",
          make=lambda data: os.mkfifo(data / "a.csv")),
    place("name too long", "A file name that no disk holds.", "An error.",
          "'…' cannot be opened (File name too long)", "x" * 300 + ".csv", make=lambda data: None),
    place("file name with marks", "File names with quotation marks, glob characters, SQL, HTML, a "
          "line break and a formula.",
          "Read; names are texts.",
          {"a'; drop table x; --.csv": [], '"*?[a].csv': [], "<script>.csv": [], "=1+1.csv": [],
           "two\nlines.csv": []},
          "a'; drop table x; --.csv", '"*?[a].csv', "<script>.csv", "=1+1.csv", "two\nlines.csv",
          make=lambda data: good(
              data, "a'; drop table x; --.csv", '"*?[a].csv', "<script>.csv", "=1+1.csv",
              "two\nlines.csv")),
    Case("missing data directory", "A data directory that does not exist.", "An error.",
         lambda outer: (outer / "manifest.csv").write_text(manifest_text({}), encoding="utf-8"),
         lambda outer: {"": ingest.inventory(checked(outer), outer / "data").to_numpy().tolist()},
         "{folder}/data is no folder: make it, or point NQP_DATA_DIR (DATA_DIR of `make`) at the "
         "one with the files."),
]  # fmt: skip

MANIFEST_CASES = [
    Case("missing manifest", "No manifest.", "An error that says where its columns are described.",
         lambda folder: None, lambda folder: {"": checked(folder).to_numpy().tolist()},
         "{folder}/manifest.csv does not exist. Every data profile needs a manifest.csv; "
         "data/README.md describes its columns."),
    manifest("empty manifest", "A manifest of zero bytes.", "An error that lists the columns.",
             "{folder}/manifest.csv is empty; expected a row with the headings ['source_id', …].",
             b""),
    manifest("manifest without headings", "A manifest that begins with its rows.",
             "An error that lists the columns.",
             "{folder}/manifest.csv: the first row has none of the headings; expected "
             "['source_id', …].",
             manifest_text({}).partition("\n")[2].encode()),
    Case("folder as manifest", "A folder named manifest.csv.", "An error that says so.",
         lambda folder: (folder / "manifest.csv").mkdir(),
         lambda folder: {"": checked(folder).to_numpy().tolist()},
         "{folder}/manifest.csv is a folder. Put a CSV file in its place."),
    Case("folder as corrections", "A folder named corrections.csv, a list that may be absent.",
         "An error that says so.",
         lambda folder: (folder / "corrections.csv").mkdir(),
         lambda folder: {
             "": ingest.read_corrections(folder / "corrections.csv").to_numpy().tolist()},
         "{folder}/corrections.csv is a folder. Put a CSV file in its place."),
    Case("waivers by a broken link", "A link named waivers.csv that leads to nothing.",
         "An error that says so.",
         lambda folder: (folder / "waivers.csv").symlink_to("gone.csv"),
         lambda folder: {"": ingest.read_waivers(folder / "waivers.csv").to_numpy().tolist()},
         "{folder}/waivers.csv is a link to nothing. Mend or remove the link."),
    Case("waivers until odd dates", "Waivers until 2999-W01-1 and 29991231, which few people read "
         "as dates.",
         "One error that names each.",
         lambda folder: (folder / "waivers.csv").write_text(as_csv([
             ingest.WAIVER_COLUMNS, ["a", "*", "why", "who", "2999-W01-1"],
             ["b", "*", "why", "who", "29991231"], ["c", "*", "why", "who", "2999-12-31"]])),
         lambda folder: {"": ingest.read_waivers(folder / "waivers.csv").to_numpy().tolist()},
         "2 problems:\n"
         "- waivers.csv, row 2, column until: expected a date such as 2026-12-31, found "
         "'2999-W01-1'.\n"
         "- waivers.csv, row 3, column until: expected a date such as 2026-12-31, found "
         "'29991231'."),
    manifest("manifest without rows", "A manifest with its headings only.", "An error.",
             "{folder}/manifest.csv has no rows: add one for each series to take from a file.", []),
    manifest("missing column", "A manifest without the column unit.", "An error that names it.",
             "{folder}/manifest.csv: column 'unit' is missing; expected […].",
             manifest_text({}).replace(",unit,", ",units,").encode()),
    manifest("column twice", "A manifest with two columns unit.", "An error that names it.",
             "{folder}/manifest.csv: column 'unit' stands twice. Keep one.",
             manifest_text({}).replace(",note", ",unit,note").encode()),
    manifest("manifest in GB18030", "A manifest as Chinese Excel saves CSV.",
             "An error that says how to save it.",
             "{folder}/manifest.csv is not UTF-8 (byte … in line 2 is not utf-8). Save it as CSV "
             "UTF-8.",
             manifest_text({"item": "地区生产总值"}).encode("gb18030")),
    manifest("workbook as manifest", "A workbook named manifest.csv.",
             "An error that says how to save it.",
             "{folder}/manifest.csv is a workbook, whatever its name. Save it as CSV UTF-8.",
             xlsx(CELLS_XML)),
    manifest("more values than columns", "Commas that are not between quotation marks.",
             "An error that names every such row.",
             "2 problems:\n- {folder}/manifest.csv, row 2: 23 values for 22 columns. Put text that "
             "holds a comma between quotation marks.\n- {folder}/manifest.csv, row 4: 24 values "
             "for 22 columns. Put text that holds a comma between quotation marks.",
             "\n".join(
                 line + extra for line, extra in zip(
                     manifest_text({}, {}, {}).splitlines(), ["", ",x", "", ",x,y"], strict=True)
             ).encode()),
    manifest("unclosed mark in the manifest", "A quotation mark that is never closed.",
             "An error that names the row.",
             f"manifest.csv, row 2: unexpected end of data. {QUOTES}",
             manifest_text({"note": "x"}).replace(",x", ',"x').encode()),
    manifest("unknown names", "A layout, level, series and unit misspelt.",
             "One error that names each, with what may be meant.",
             "4 problems:\n"
             "- manifest.csv, row 2, column layout: 'long_pannel' is not defined; did you mean "
             "'long_panel'? Definitions are in the catalogue and the folders of studies.\n"
             "- manifest.csv, row 3, column series_id: 'populaton' is not defined; did you mean "
             "'population'? Definitions are in the catalogue and the folders of studies.\n"
             "- manifest.csv, row 3, column unit: '10k_persn' is not defined; did you mean "
             "'10k_persons'? Definitions are in the catalogue and the folders of studies.\n"
             "- manifest.csv, row 4, column level: '?' is not defined; expected one of ['city', "
             "'province']. Definitions are in the catalogue and the folders of studies.",
             [{"layout": "long_pannel", "file": "b.csv"},
              {"item": "人口", "series_id": "populaton", "unit": "10k_persn"},
              {"level": "?", "file": "c.csv", "source_id": "t", "priority": "2"}]),
    manifest("unit of another kind", "Population in yuan.", "An error.",
             "manifest.csv, row 2, column unit: 'yuan' cannot be converted to '10k_persons', the "
             "unit of 'population'.", [{"series_id": "population", "unit": "yuan"}]),
    manifest("priorities", "Priorities that are no whole number from 1.",
             "One error that names each.",
             "5 problems:\n" + "\n".join(
                 f"- manifest.csv, row {n}, column priority: expected a whole number from 1 (1 = "
                 f"preferred), found {found!r}." for n, found in enumerate(BAD_PRIORITIES, 2)),
             [{"priority": found, "series_id": series, "unit": unit, "item": series}
              for found, (series, unit) in zip(BAD_PRIORITIES, SERIES, strict=True)]),
    manifest("header rows", "Header rows that cannot be.", "One error that names each.",
             "4 problems:\n" + "\n".join(
                 f"- manifest.csv, row {n}, column header: expected the number of the row with the "
                 f"headings (1 to 60) or a text that stands in it, found {found!r}."
                 for n, found in enumerate(["0", "-1", "1.5", "61"], 2)),
             [{"header": found, "file": f"{n}.csv"}
              for n, found in enumerate(["0", "-1", "1.5", "61"])]),
    manifest("blank values", "Blanks where the manifest needs a value.",
             "One error that names each.",
             "3 problems:\n"
             "- manifest.csv, row 2, column source_id: a value is required.\n"
             "- manifest.csv, row 3, column file: a value is required.\n"
             "- manifest.csv, row 2, column header: a value is required.",
             [{"source_id": "", "header": " "}, {"file": ""}]),
    manifest("keys of a long panel", "A long panel without its keys and item.",
             "One error that names each.",
             "3 problems:\n"
             "- manifest.csv, row 2, column region_key: layout 'long_panel' has the region in a "
             "column; give its heading or its place (#2).\n"
             "- manifest.csv, row 2, column year_key: layout 'long_panel' has the year in a "
             "column; give its heading or its place (#2).\n"
             "- manifest.csv, row 2, column item: give the heading or label that the series has in "
             "the sheet.",
             [{"region_key": "", "year_key": "", "item": ""}]),
    manifest("keys that the layout has not", "A year's column and an item where the years run "
             "across and the sheet holds one series.",
             "One error that names each.",
             "2 problems:\n"
             "- manifest.csv, row 2, column year_key: layout 'years_across' has no column for the "
             "year; leave 'year' out.\n"
             "- manifest.csv, row 2, column item: layout 'years_across' has one series in a sheet; "
             "leave 'GDP' out.",
             [{"layout": "years_across"}]),
    manifest("key by no place", "A key that begins with # and is no place.", "An error.",
             "manifest.csv, row 2, column region_key: a place is # and a column's number (#2), "
             "found '#0'.", [{"region_key": "#0"}]),
    manifest("column mapped twice", "Two rows for one column of one sheet.",
             "An error that names both rows.",
             "2 problems:\n"
             "- manifest.csv, rows 2, 3: the same item of the same sheet is mapped twice ('a.csv', "
             "item 'GDP(亿元)'). Keep one row.\n"
             "- manifest.csv, rows 2, 3, column priority: two sources of 'gdp', 's' and 't', have "
             "priority 1. Say which is preferred.",
             # One is written in full width, as staging reads it.
             [{"item": "GDP（亿元）"}, {"item": "GDP(亿元)", "source_id": "t"}]),
    manifest("two encodings for a file", "Two encodings for one file.",
             "An error that names both rows.",
             "manifest.csv, rows 2, 3, column encoding: two encodings are given for 'a.csv': "
             "'utf-8' and 'gb18030'. Keep one.",
             [{"encoding": "utf-8"}, {"item": "人口", "series_id": "population",
                                      "unit": "10k_persons", "encoding": "gb18030"}]),
    manifest("one source with two vintages", "One source that gives a series in two vintages and "
             "with two priorities.",
             "One error that names each.",
             "2 problems:\n"
             "- manifest.csv, rows 2, 3, column vintage: source 's' gives 'gdp' with two of them, "
             "'2020' and '2023'. Make them the same, or name two sources.\n"
             "- manifest.csv, rows 2, 3, column priority: source 's' gives 'gdp' with two of them, "
             "'1' and '2'. Make them the same, or name two sources.",
             [{"vintage": "2020"}, {"file": "b.csv", "vintage": "2023", "priority": "2"}]),
    manifest("everything at once", "A manifest of 30 rows, each with an error.",
             "One error with the first 20.",
             "30 problems:\n" + "\n".join(
                 f"- manifest.csv, row {n}, column header: expected the number of the row with the "
                 "headings (1 to 60) or a text that stands in it, found '0'."
                 for n in range(2, 22)) + "\n- and 10 more.",
             [{"header": "0", "file": f"{n}.csv"} for n in range(30)]),
    Case("manifest with semicolons", "A manifest as Excel saves it where the comma is decimal.",
         "Read.",
         lambda folder: (folder / "manifest.csv").write_text(
             manifest_text({"note": "x, y"}, delimiter=";"), encoding="utf-8-sig"),
         lambda folder: {"": checked(folder)[["file", "unit", "note"]].to_numpy().tolist()},
         {"": [["a.csv", "100m_yuan", "x, y"]]}),
    corrections("cell corrected twice", "Two corrections of one cell.",
                "An error that names both rows.",
                "corrections.csv, rows 2, 3: one cell is corrected twice ('a.csv', row 2, column "
                "3). Keep one row.",
                ["a.csv", "", "2", "3", "1", "5", "why"], ["a.csv", "", "2", "3", "1", "6", "why"]),
    corrections("correction of no place", "Rows and columns that are no numbers, and no reason.",
                "One error that names each.",
                "3 problems:\n"
                "- corrections.csv, row 2, column reason: a value is required.\n"
                "- corrections.csv, row 2, column row_no: expected a whole number from 1, found "
                "'two'.\n"
                "- corrections.csv, row 2, column col_no: expected a whole number from 1, found "
                "'C'.",
                ["a.csv", "", "two", "C", "1", "5", ""]),
]  # fmt: skip
