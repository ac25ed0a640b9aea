"""Reading files as cells, and what a person is told about files that cannot be read."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nqp import ingest
from nqp.ingest import Cell, IngestError
from nqp.ingest.sources import ManifestHome, read_manifests

TABLE = [["地区", "2021年", "2022年"], ["北京市", "40269.6", "41610.9"], ["天津市", "", "16311.3"]]
LAYOUTS = pd.DataFrame(
    {
        "layout": ["long_panel", "years_across"],
        "region_axis": ["row", "row"],
        "year_axis": ["row", "column"],
        "item_axis": ["column", "file"],
    }
)
SERIES = pd.DataFrame(
    {
        "series_id": ["gdp", "population", "deposits"],
        "unit": ["100m_yuan", "10k_persons", "yuan"],
    }
)
UNITS = pd.DataFrame(
    {
        "unit": ["100m_yuan", "10k_yuan", "yuan", "10k_persons"],
        "dimension": ["money_cny", "money_cny", "money_cny", "persons"],
    }
)


def as_cells(table: list[list[str]], sheet: str = "") -> list[Cell]:
    """The cells a table of texts should come back as."""
    return [
        Cell(sheet, row_no, col_no, text)
        for row_no, row in enumerate(table, 1)
        for col_no, text in enumerate(row, 1)
    ]


def as_csv(table: list[list[str]], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows(table)  # type: ignore[arg-type]
    return text.getvalue()


def read(folder: Path, name: str, content: bytes, encoding: str = "") -> list[Cell]:
    (folder / name).write_bytes(content)
    return list(ingest.read_cells(folder / name, encoding))


def row(**values: str) -> dict[str, str]:
    """A valid manifest row, with the given columns in place of its own."""
    usual = {
        "source_id": "s", "file": "a.csv", "layout": "long_panel", "level": "city", "header": "1",
        "region_key": "city", "year_key": "year", "item": "GDP", "series_id": "gdp",
        "unit": "100m_yuan", "priority": "1",
    }  # fmt: skip
    return dict.fromkeys(ingest.MANIFEST_COLUMNS, "") | usual | values


def write_manifest(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "manifest.csv"
    header = list(ingest.MANIFEST_COLUMNS)
    path.write_text(as_csv([header, *([r[c] for c in header] for r in rows)]), encoding="utf-8")
    return path


def manifest_of(folder: Path, *rows: dict[str, str]) -> pd.DataFrame:
    return ingest.read_manifest(write_manifest(folder, *rows))


def test_each_problem_of_a_studys_manifest_names_its_folder(tmp_path: Path) -> None:
    """One alone, and several at once, whichever list the name of another list stands in."""
    place = ManifestHome("mine", tmp_path, "/my/study/", ((tmp_path, "mine/data/"),), "own")
    for rows in (
        [row(optional="maybe")],
        [row(optional="maybe"), row(item="manifest.csv, row 3", year="2010", series_id="gdq")],
    ):
        write_manifest(tmp_path, *rows)
        with pytest.raises(IngestError) as raised:
            read_manifests([place], LAYOUTS, SERIES, UNITS, ["city"])
        told = [line.removeprefix("- ") for line in str(raised.value).splitlines()]
        problems = [line for line in told if " problems:" not in line]
        assert len(problems) == (1 if len(rows) == 1 else 3)
        assert all(line.startswith("/my/study/manifest.csv, row") for line in problems)


def checked(folder: Path, *rows: dict[str, str]) -> pd.DataFrame:
    manifest = manifest_of(folder, *rows)
    return ingest.check_manifest(manifest, LAYOUTS, SERIES, UNITS, ["city", "province"])


def message(call: Callable[[], object]) -> str:
    with pytest.raises(IngestError) as raised:
        call()
    return str(raised.value)


# --- CSV -------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("stated", [True, False], ids=["encoding stated", "encoding found"])
def test_csv_encodings(tmp_path: Path, written: str, stated: bool) -> None:
    content = as_csv(TABLE).encode(written)
    assert read(tmp_path, "a.csv", content, written if stated else "") == as_cells(TABLE)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_csv_line_endings(tmp_path: Path, ending: str) -> None:
    content = as_csv(TABLE).replace("\r\n", ending).encode()
    assert read(tmp_path, "a.csv", content) == as_cells(TABLE)


def test_tab_and_comma_of_the_new_portal_leave_the_tab_in_the_cell(tmp_path: Path) -> None:
    table = [["数据库：分省年度数据"], ["时间：最近15年"]]
    table += [[f"{cell}\t" for cell in line] for line in TABLE]
    content = "\r\n".join(",".join(line) for line in table).encode("utf-8-sig")
    assert read(tmp_path, "a.csv", content) == as_cells(table)
    # Real exports end each row with a comma, and may be long.
    table = [[*(f"{cell}\t" for cell in line), ""] for line in TABLE * 3000]
    content = "\r\n".join(",".join(line) for line in table).encode()
    assert read(tmp_path, "a.csv", content) == as_cells(table)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_found(tmp_path: Path, delimiter: str) -> None:
    table = [["city", "note, in prose"], *TABLE]
    assert read(tmp_path, "a.csv", as_csv(table, delimiter).encode()) == as_cells(table)


def test_marks_inside_quotation_marks_do_not_separate(tmp_path: Path) -> None:
    table = [
        ["地区;\t;;;;\t\t\t", "a;b;c;d;e;f"],
        ['said "no"', "1,234.5"],
        ["two\nlines", "x\r\ny"],
    ]
    content = as_csv(table, quoting=csv.QUOTE_ALL).encode()
    assert read(tmp_path, "a.csv", content) == as_cells(table)


def test_rows_are_counted_as_a_spreadsheet_counts_them(tmp_path: Path) -> None:
    content = b'"a\nb",c\r\n\r\nd\r\n'
    assert read(tmp_path, "a.csv", content) == [
        Cell("", 1, 1, "a\nb"), Cell("", 1, 2, "c"), Cell("", 3, 1, "d"),
    ]  # fmt: skip


# What no text holds: NUL, and the mark of a character that was lost.
NO_TEXT = "\0\ufffd"

tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters=NO_TEXT)),
            min_size=width,
            max_size=width,
        ),
        min_size=1,
        max_size=6,
    )
)


def ordinary(table: list[list[str]]) -> bool:
    """Whether a table has no cell that is refused, or taken for a file of another kind."""
    first = table[0][0].lstrip("\ufeff \r\n\t").lower()
    cells = [cell for line in table for cell in line]
    return not (
        first.startswith(("<", "%pdf", "rar!", "7z", "mime-", "{\\rtf", "sep=", "pk"))
        or any("锟斤拷" in cell for cell in cells)
        # Like a cell whose quotation mark was forgotten.
        or any(cell.count(",") > 1 and len(cell.splitlines()) > 1 for cell in cells)
    )


@settings(deadline=None)
@given(tables, st.sampled_from(["utf-8-sig", "gb18030"]))
def test_any_table_comes_back_in_the_stated_encoding(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], encoding: str
) -> None:
    assume(ordinary(table))
    content = as_csv(table, quoting=csv.QUOTE_ALL).encode(encoding)
    assert read(tmp_path_factory.getbasetemp(), "p.csv", content, encoding) == as_cells(table)


# Without quotation marks nothing tells a semicolon in a comma-separated text from a separator.
plain_tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(
            st.text(
                st.characters(exclude_categories=["Cs"], exclude_characters=NO_TEXT + ";\t|\ufeff")
            ),
            min_size=width,
            max_size=width,
        ),
        min_size=1,
        max_size=6,
    )
)


@settings(deadline=None)
@given(plain_tables, st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
def test_any_table_comes_back_when_the_encoding_is_left_to_be_found(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], encoding: str
) -> None:
    assume(ordinary(table))
    content = as_csv(table).encode(encoding)
    if encoding == "gb18030":
        # Short GB18030 texts can be UTF-8 by chance (一 is D2 BB, which is also һ); tables hardly.
        assume(not readable(content, "utf-8-sig") or content.isascii())
    assert read(tmp_path_factory.getbasetemp(), "p.csv", content) == as_cells(table)


def readable(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


# --- workbooks -------------------------------------------------------------------------------


def workbook(folder: Path, fill: Callable[[openpyxl.Workbook], None]) -> list[Cell]:
    book = openpyxl.Workbook()
    fill(book)
    book.save(folder / "a.xlsx")
    return list(ingest.read_cells(folder / "a.xlsx"))


def test_workbook_positions_are_those_a_spreadsheet_shows(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        sheet.title = "面板数据"
        sheet["C4"] = "GDP"
        sheet["E6"] = 7

    cells = workbook(tmp_path, fill)
    assert [cell for cell in cells if cell.text] == [
        Cell("面板数据", 4, 3, "GDP"), Cell("面板数据", 6, 5, "7"),
    ]  # fmt: skip
    # Blank cells are cells: the whole rectangle from A1 comes back.
    assert [cell[1:3] for cell in cells] == list(itertools.product(range(1, 7), range(1, 6)))


def test_a_merged_label_stands_in_its_first_cell(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        sheet["A2"] = "研发经费"
        sheet.merge_cells("A2:A4")
        for row_no in (2, 3, 4):
            sheet.cell(row_no, 2, row_no)

    cells = {cell[1:3]: cell.text for cell in workbook(tmp_path, fill)}
    assert [cells[row_no, 1] for row_no in (2, 3, 4)] == ["研发经费", "", ""]
    assert [cells[row_no, 2] for row_no in (2, 3, 4)] == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2014.0, "2014"),
        (2014, "2014"),
        (0.1, "0.1"),
        (-1.5, "-1.5"),
        (1 / 3, "0.3333333333333333"),
        (True, "TRUE"),
        (False, "FALSE"),
        (dt.date(2020, 1, 2), "2020-01-02"),
        (dt.datetime(2020, 1, 2, 3, 4), "2020-01-02 03:04:00"),
        (None, ""),
        ("  padded ", "  padded "),
    ],
)
def test_workbook_values_as_text(tmp_path: Path, value: Any, text: str) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.worksheets[0].append(["label", value, "end"])

    assert [cell.text for cell in workbook(tmp_path, fill)] == ["label", text, "end"]


def test_all_sheets_are_read_in_order_with_their_names(tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.worksheets[0].title = "2022 "
        book.worksheets[0]["A1"] = "first"
        book.create_sheet("empty")
        book.create_sheet("Sheet10")["A1"] = "last"

    assert workbook(tmp_path, fill) == [Cell("2022 ", 1, 1, "first"), Cell("Sheet10", 1, 1, "last")]


# --- Stata -----------------------------------------------------------------------------------


def test_stata_cells(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "城市": ["鄂尔多斯市", ""],
            "single": np.array([0.1, np.nan], dtype=np.float32),
            "wide": [0.1, 1e10 / 3],
            "code": [1506.0, np.nan],
            "year": np.array([2014, 2015], dtype=np.int16),
        }
    )
    frame.to_stata(tmp_path / "a.dta", version=118, write_index=False)
    # A single-precision 0.1 is 0.1, not the 0.10000000149011612 of its widening to double.
    assert list(ingest.read_cells(tmp_path / "a.dta")) == as_cells(
        [
            ["城市", "single", "wide", "code", "year"],
            ["鄂尔多斯市", "0.1", "0.1", "1506", "2014"],
            ["", "", "3333333333.3333335", "", "2015"],
        ]
    )


# --- text of a value -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        (np.float32("nan"), ""),
        (pd.NaT, ""),
        (pd.NA, ""),
        ("", ""),
        ("2014.0", "2014.0"),
        (2014.0, "2014"),
        (np.float32(2014), "2014"),
        (np.int16(2014), "2014"),
        (-0.0, "0"),
        (np.float32(0.1), "0.1"),
        (np.float64(0.1), "0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (999_999_999_999_999.0, "999999999999999"),
        (1e300, "1e+300"),
        (float("inf"), "inf"),
        (True, "TRUE"),
        (dt.date(2014, 12, 31), "2014-12-31"),
        (dt.time(3, 4), "03:04:00"),
    ],
)
def test_as_text(value: object, text: str) -> None:
    assert ingest.as_text(value) == text


@settings(deadline=None)
@given(st.floats(allow_nan=False))
def test_the_text_of_a_number_reads_back_to_it(value: float) -> None:
    assert float(ingest.as_text(value)) == value


# --- streaming -------------------------------------------------------------------------------


def test_cells_arrive_in_batches(tmp_path: Path) -> None:
    table = [[f"{row_no}:{col_no}" for col_no in range(100)] for row_no in range(3000)]
    (tmp_path / "a.csv").write_text(as_csv(table), encoding="utf-8")
    (tmp_path / "b.csv").write_text(as_csv(TABLE), encoding="utf-8")
    manifest = manifest_of(tmp_path, row(), row(file="b.csv"))
    batches = list(ingest.cell_reader(manifest, tmp_path))
    # Whole rows, as many as make up the size of a batch.
    assert [batch.num_rows for batch in batches] == [65_600] * 4 + [300_000 - 4 * 65_600, 9]
    found = [
        (cell["file"], Cell(cell["sheet"], cell["row_no"], cell["col_no"], cell["text"]))
        for batch in batches
        for cell in batch.to_pylist()
    ]
    expected = [
        (name, cell)
        for name in ("a.csv", "b.csv")
        for cell in ingest.read_cells(tmp_path / name)
    ]  # fmt: skip
    assert found == expected


def test_what_is_wrong_with_a_file_is_told_before_the_first_batch(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n" * 40_000 + 'z,"' + "." * 140_000, encoding="utf-8")
    manifest = manifest_of(tmp_path, row())
    text = message(lambda: ingest.cell_reader(manifest, tmp_path))
    assert "a.csv, row 40001" in text and "quotation mark" in text


# --- manifest and corrections ----------------------------------------------------------------


def test_manifest_as_text_with_its_rows(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, row(item=" GDP ", header="01"), row(item="NA", note="x, y"))
    # Spreadsheets leave blank lines, a byte-order mark and rows without their last columns.
    lines = path.read_text(encoding="utf-8").splitlines()
    short = ",".join(row(item="short").values()).rstrip(",")
    content = "\ufeff" + "\n".join([lines[0], lines[1], ",,,", lines[2], short])
    path.write_text(content, encoding="utf-8")
    manifest = ingest.read_manifest(path)
    assert manifest.columns.tolist() == [*ingest.MANIFEST_COLUMNS, "manifest_row"]
    assert manifest["manifest_row"].tolist() == [2, 4, 5]
    assert manifest["item"].tolist() == ["GDP", "NA", "short"]
    assert manifest["header"].tolist() == ["01", "1", "1"]
    assert manifest["note"].tolist() == ["", "x, y", ""]


def test_a_manifest_may_have_more_columns_in_any_order(tmp_path: Path) -> None:
    values = row() | {"ours": "mine"}
    header = sorted(values)
    path = tmp_path / "manifest.csv"
    path.write_text(as_csv([header, [values[name] for name in header]]), encoding="utf-8")
    assert ingest.read_manifest(path).iloc[0].to_dict() == row() | {"manifest_row": 2}


@pytest.mark.parametrize(
    "column", ["source_id", "file", "layout", "level", "header", "series_id", "unit"]
)
def test_a_blank_in_a_required_column_of_the_manifest(tmp_path: Path, column: str) -> None:
    text = message(lambda: checked(tmp_path, row(), row(file="b.csv") | {column: "  "}))
    assert text == f"manifest.csv, row 3, column {column}: a value is required."


def test_a_good_manifest_passes_the_check_unchanged(tmp_path: Path) -> None:
    rows = [
        row(), row(source_id="t", file="b.csv", unit="10k_yuan", priority="2"),
        row(item="c", series_id="deposits"),
        row(file="c.csv", layout="years_across", year_key="", item="", series_id="population",
            unit="10k_persons", region_key="#1"),
    ]  # fmt: skip
    pd.testing.assert_frame_equal(checked(tmp_path, *rows), manifest_of(tmp_path, *rows))


def test_no_corrections_file_means_none(tmp_path: Path) -> None:
    corrections = ingest.read_corrections(tmp_path / "corrections.csv")
    assert corrections.empty
    assert corrections.columns.tolist() == [*ingest.CORRECTION_COLUMNS, "manifest_row"]


@pytest.mark.parametrize("column", ["file", "row_no", "col_no", "new_value", "reason"])
def test_a_blank_in_a_required_column_of_the_corrections(tmp_path: Path, column: str) -> None:
    good = dict(
        zip(ingest.CORRECTION_COLUMNS, ["a.csv", "", "2", "3", "", "4", "why"], strict=True)
    )
    path = tmp_path / "corrections.csv"
    table = [list(good), list(good.values()), list((good | {column: ""}).values())]
    path.write_text(as_csv(table[:2]), encoding="utf-8")
    assert ingest.read_corrections(path).iloc[0].to_dict() == good | {"manifest_row": 2}
    path.write_text(as_csv(table), encoding="utf-8")
    text = message(lambda: ingest.read_corrections(path))
    assert f"corrections.csv, row 3, column {column}: a value is required" in text


# --- files -----------------------------------------------------------------------------------


def test_inventory(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.csv").write_bytes(b"abc")
    manifest = manifest_of(
        tmp_path, row(file="sub/a.csv", encoding="utf-8"), row(file="sub/a.csv", encoding="utf-8",
        item="b"),
    )  # fmt: skip
    assert ingest.inventory(manifest, tmp_path).to_dict("records") == [
        {
            "file": "sub/a.csv",
            "bytes": 3,
            "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "encoding": "utf-8",
            "sha256_recorded": "",
            "status": "not recorded",
        }
    ]


def test_an_optional_file_may_be_absent_but_not_all_of_them(tmp_path: Path) -> None:
    rows = row(file="a.csv", optional="true"), row(file="b.csv", optional="true")
    manifest = manifest_of(tmp_path, *rows)
    told = message(lambda: ingest.inventory(manifest, tmp_path))
    assert f"none is in {tmp_path}: 'a.csv', 'b.csv'. Put one there" in told
    (tmp_path / "b.csv").write_text("x", encoding="utf-8")
    assert ingest.inventory(manifest, tmp_path)["file"].tolist() == ["b.csv"]


def test_a_link_inside_the_data_directory_is_fine(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x", encoding="utf-8")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    assert len(ingest.inventory(manifest_of(tmp_path, row(file="b.csv")), tmp_path)) == 1


def test_sheets_are_taken_by_name_or_pattern(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "x"
    book.create_sheet("Sheet2")["A1"] = "x"
    book.save(tmp_path / "a.xlsx")
    good = [row(file="a.xlsx", sheet=sheet) for sheet in ("Sheet", "Sheet[2-9]")]
    assert ingest.cell_reader(manifest_of(tmp_path, *good), tmp_path).read_all().num_rows == 2
    ingest.cell_reader(manifest_of(tmp_path, row(file="a.xlsx", sheet="*")), tmp_path).read_all()
