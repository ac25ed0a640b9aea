"""Tables as files: numbers and Chinese arrive, formulas do not run, nothing is half written."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from nqp.presentation.exports import neutralised, write_table

FRAME = pd.DataFrame(
    {
        "地区": ["鄂尔多斯市", None, "=1+1"],
        "figure": [-23158.65, float("nan"), 3.0],
        "count": [1, 2, 10_000_000_000],
        "flag": [True, False, True],
        "=cmd|' /C calc'!A1": ["@x", "-26.86", "a\x00b"],
    }
)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1+1", "-1+1", "@sum(a1)", "\t=1", "\r=1", "\n=1", "-", "\x0b=1", "\x00\x1b=1",
        "＝1+1", "＋1+1", "－1+1", "＠sum(a1)", "﹦1",
    ],
)  # fmt: skip
def test_a_text_that_a_spreadsheet_would_run_stands_behind_an_apostrophe(text: str) -> None:
    assert neutralised(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["-26.86", "+3", "-1,234.5", "-1e-5", "-3%", "－5", "＋１２．５", "a=1", " =1", ""]
)
def test_numbers_and_other_texts_stay_as_they_are(text: str) -> None:
    assert neutralised(text) == text


def test_csv_opens_in_excel_with_its_chinese(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_table(FRAME, path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["地区", "figure", "count", "flag", "'=cmd|' /C calc'!A1"]
    assert rows == [
        ["鄂尔多斯市", "-23158.65", "1", "True", "'@x"],
        ["", "", "2", "False", "-26.86"],
        ["'=1+1", "3.0", "10000000000", "True", "a\x00b"],
    ]


def test_xlsx_holds_numbers_as_numbers_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    write_table(FRAME, path)
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert rows == [
        ["鄂尔多斯市", -23158.65, 1, True, "'@x"],
        [None, None, 2, False, "-26.86"],
        ["'=1+1", 3, 10_000_000_000, True, "ab"],
    ]
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def test_xlsx_drops_what_xml_cannot_hold_before_it_looks_for_formulas(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    texts = ["\x0b=1+1", "\x0b＝1", "\x00-1+1", "\ufffe@x", "\uffff", "\x0b-5", "#N/A", "#REF!"]
    write_table(pd.DataFrame({"\x1f=1+1": texts, "\ufffe#N/A": -1}), path)
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    cells = [row[0] for row in sheet.iter_rows()]
    assert [cell.value for cell in cells] == [
        "'=1+1", "'=1+1", "'＝1", "'-1+1", "'@x", None, "-5", "#N/A", "#REF!",
    ]  # fmt: skip
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert (sheet["B1"].value, sheet["B1"].data_type) == ("#N/A", "s")
    assert (sheet["B2"].value, sheet["B2"].data_type) == (-1, "n")


def test_a_text_longer_than_a_cell_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    write_table(pd.DataFrame({"note": ["表" * 32_767]}), path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"table\.xlsx: column note, row 3: a text of 32,768 char"):
        write_table(pd.DataFrame({"note": ["a", "表" * 32_768]}), path)
    assert path.read_bytes() == before


def test_stata_and_parquet_hold_the_table_itself(tmp_path: Path) -> None:
    for ending in ("dta", "parquet"):
        write_table(FRAME, tmp_path / f"table.{ending}")
    stata = pd.read_stata(tmp_path / "table.dta")
    assert (tmp_path / "table.dta").read_bytes()[:60].count(b"<release>118</release>") == 1
    assert list(stata.columns[:4]) == ["地区", "figure", "count", "flag"]
    assert stata["地区"].tolist() == ["鄂尔多斯市", "", "=1+1"]
    assert stata["figure"].tolist()[::2] == [-23158.65, 3.0] and stata["figure"].isna()[1]
    assert stata["count"].tolist() == [1, 2, 10_000_000_000]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "table.parquet"), FRAME)


def test_long_texts_and_lists_and_times_with_a_zone_can_be_written(tmp_path: Path) -> None:
    moment = pd.Timestamp("2020-01-02 03:04", tz="UTC")
    frame = pd.DataFrame({"words": ["表" * 3000], "list": [[1, 2]], "moment": [moment]})
    for ending in ("csv", "xlsx", "dta", "parquet"):
        write_table(frame, tmp_path / f"table.{ending}")
    assert pd.read_stata(tmp_path / "table.dta")["words"][0] == "表" * 3000
    assert pd.read_csv(tmp_path / "table.csv")["moment"][0] == str(moment)


def test_what_cannot_be_written_leaves_the_old_file_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    path.write_text("old")
    with pytest.raises(Exception, match="mixed"):
        write_table(pd.DataFrame({"mixed": [1, "a"]}), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ValueError, match=r"ending in '\.pdf' cannot be written; expected one of"):
        write_table(FRAME, tmp_path / "table.pdf")
    with pytest.raises(ValueError, match="there is no directory"):
        write_table(FRAME, tmp_path / "none" / "table.csv")


def test_more_rows_than_a_sheet_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nqp.presentation.exports.EXCEL_ROWS", 2)
    with pytest.raises(ValueError, match=r"3 rows do not fit .* \.csv or \.parquet"):
        write_table(FRAME, tmp_path / "table.xlsx")
