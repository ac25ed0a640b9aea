"""What Excel or a web page hides, strikes out or shows otherwise: never a plain figure."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from nqp.ingest.cells import read_rows
from office_files import OldSheet, packed, record, xls, xlsx

ROWS: list[list[str | int]] = [
    ["地区", "年份", "值"],
    ["北京市", 2020, 99999],
    ["天津市", 2020, 14084],
]


def texts(folder: Path, content: bytes, name: str = "a") -> list[list[str]]:
    path = folder / name
    path.write_bytes(content)
    return [row.texts for row in read_rows(path)]


def book(change: Callable[[Worksheet], None]) -> bytes:
    made = openpyxl.Workbook()
    [sheet] = made.worksheets
    for row in ROWS:
        sheet.append(row)
    change(sheet)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


@given(cells=st.sets(st.tuples(st.integers(2, 3), st.integers(2, 3)), min_size=1))
@settings(max_examples=30, deadline=None)
def test_a_struck_out_cell_of_a_workbook_is_no_figure(
    tmp_path_factory: pytest.TempPathFactory, cells: set[tuple[int, int]]
) -> None:
    def strike(sheet: Worksheet) -> None:
        for row, col in cells:
            sheet.cell(row, col).font = Font(strike=True)

    found = texts(tmp_path_factory.mktemp("struck"), book(strike))
    for row in (2, 3):
        for col in (2, 3):
            plain = str(ROWS[row - 1][col - 1])
            shown = f"[struck out: {plain}]" if (row, col) in cells else plain
            assert found[row - 1][col - 1] == shown


def test_a_raised_cell_of_a_workbook_is_no_figure(tmp_path: Path) -> None:
    def raise_it(sheet: Worksheet) -> None:
        sheet["C2"].font = Font(vertAlign="superscript")

    assert texts(tmp_path, book(raise_it))[1] == ["北京市", "2020", "⁹⁹⁹⁹⁹"]


@given(rows=st.sets(st.integers(1, 3)), columns=st.sets(st.sampled_from("ABC")))
@settings(max_examples=30, deadline=None)
def test_hidden_rows_and_columns_of_a_workbook_say_so(
    tmp_path_factory: pytest.TempPathFactory, rows: set[int], columns: set[str]
) -> None:
    def hide(sheet: Worksheet) -> None:
        for row in rows:
            sheet.row_dimensions[row].hidden = True
        for column in columns:
            sheet.column_dimensions[column].hidden = True

    found = texts(tmp_path_factory.mktemp("hidden"), book(hide))
    for row, line in enumerate(ROWS, 1):
        for column, value in zip("ABC", line, strict=True):
            hidden = isinstance(value, int) and (row in rows or column in columns)
            text = f"[hidden: {value}]" if hidden else str(value)
            assert found[row - 1]["ABC".index(column)] == text


def test_a_row_without_height_is_hidden(tmp_path: Path) -> None:
    rows = '<row r="1" ht="0" customHeight="1"><c r="A1"><v>5</v></c></row>'
    assert texts(tmp_path, xlsx(rows)) == [["[hidden: 5]"]]


def test_an_old_workbook_says_what_is_hidden_and_struck_out(tmp_path: Path) -> None:
    def font(grbit: int, raised: int) -> bytes:
        return record(0x31, struct.pack("<HHHHH", 200, grbit, 8, 400, raised) + bytes(4) + b"\0\0")

    fonts = b"".join([font(0, 0)] * 4 + [font(8, 0), font(0, 1)])
    # Font 4 does not exist: number 5 is the fifth, struck out, and 6 the sixth, raised.
    styles = b"".join(record(0xE0, struct.pack("<H", n) + bytes(18)) for n in (0, 0, 5, 6))
    hidden_row = record(0x208, struct.pack("<HHHHHHHH", 1, 0, 4, 255, 0, 0, 0x20, 0x0F))
    hidden_column = record(0x7D, struct.pack("<HHHHHH", 3, 3, 2000, 0, 1, 0))

    def number(row: int, col: int, style: int, value: float) -> bytes:
        return record(0x203, struct.pack("<HHHd", row, col, style, value))

    cells = number(0, 0, 0, 1) + number(0, 1, 2, 2) + number(0, 2, 3, 3) + number(0, 3, 0, 4)
    cells += number(1, 0, 0, 5)
    # Two numbers in one record: the second is struck out.
    cells += record(0xBD, struct.pack("<HHHiHiH", 2, 0, 0, 6 << 2 | 2, 2, 7 << 2 | 2, 1))
    sheet = OldSheet("S", {}, more=hidden_row + hidden_column + cells)
    assert texts(tmp_path, xls(sheet, more=fonts + styles)) == [
        ["1", "[struck out: 2]", "³", "[hidden: 4]"],
        ["[hidden: 5]", "", "", ""],
        ["6", "[struck out: 7]", "", ""],
    ]


def test_an_old_workbook_that_holds_an_archive_is_a_workbook(tmp_path: Path) -> None:
    """As WPS saves them; Python finds an archive anywhere in a file."""
    archive = packed({"a.xml": b"<a/>"})
    content = xls(OldSheet("S", {(1, 1): "地区"}), more=record(0x1234, archive)) + archive
    assert texts(tmp_path, content) == [["地区"]]


@pytest.mark.parametrize(
    "hiding",
    ['style="display:none"', "hidden", 'style="Visibility : Hidden"', 'class="h"', 'class="x h"'],
)
@pytest.mark.parametrize("tag", ["tr", "td", "table", "tbody", "col"])
def test_what_a_web_page_hides_says_so(tmp_path: Path, tag: str, hiding: str) -> None:
    at = {name: f" {hiding}" if name == tag else "" for name in ("tr", "td", "table", "tbody")}
    col = f"<col><col {hiding}>" if tag == "col" else ""
    page = (
        f"<html><style>.h {{display: none}} .x {{color: red}}</style><table{at['table']}>{col}"
        f"<tbody{at['tbody']}><tr{at['tr']}><td>a</td><td{at['td']}>14084</td></tr></tbody></table>"
        "<table><tr><td>b</td><td>7</td></tr></table></html>"
    )
    assert texts(tmp_path, page.encode()) == [["a", "[hidden: 14084]"], ["b", "7"]]


def test_a_row_after_a_hidden_one_is_seen(tmp_path: Path) -> None:
    page = "<table><tr hidden><td>1</td><tr><td>2</td></tr><tbody hidden><tr><td>3</tbody>"
    page += "<tr><td>4</td></tr></table>"
    assert texts(tmp_path, page.encode()) == [["[hidden: 1]"], ["2"], ["[hidden: 3]"], ["4"]]


@given(
    number=st.decimals(-10000, 10000, places=4, allow_nan=False, allow_infinity=False),
    places=st.integers(0, 3),
    is_other=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_the_number_behind_a_cell_of_a_web_page_is_read_where_it_is_the_one_shown(
    tmp_path_factory: pytest.TempPathFactory, number: object, places: int, is_other: bool
) -> None:
    value = float(str(number))
    shown = f"{value + 10 * is_other:,.{places}f}"
    page = f'<table><tr><td x:num="{value}">{shown}</td><td x:num>{shown}</td></tr></table>'
    [[found, plain]] = texts(tmp_path_factory.mktemp("x"), page.encode())
    assert plain == shown
    if is_other:
        assert found == f"{shown} [x:num: {value}]"
    else:
        assert float(found.replace(",", "")) == value


RULES = st.sampled_from(
    ["{}", "tr{}", "table {}", ".t {}", ".t > tbody > {}", "#i {}", "[class='t'] tr{}", "{}, p"]
)


@given(rule=RULES, is_inside=st.booleans(), is_struck=st.booleans())
@settings(max_examples=40, deadline=None)
def test_rules_of_a_page_hide_what_they_are_of(
    tmp_path_factory: pytest.TempPathFactory, rule: str, is_inside: bool, is_struck: bool
) -> None:
    """By tags, classes and ids, of the row or of what is around it or in it."""
    said = "text-decoration: line-through" if is_struck else "display : none"
    selector = rule.format(".h") + (" td" if is_inside and "," not in rule else "")
    page = (
        f"<style><!-- .x {{color: red}} /* .y */ {selector} {{{said}}} --></style>"
        "<div id='i'><table class='t'><tbody><tr class='h'><td>7</td></tr><tr><td>8</td></tr>"
        "</tbody></table></div>"
    )
    how = "struck out" if is_struck else "hidden"
    assert texts(tmp_path_factory.mktemp("rules"), page.encode()) == [[f"[{how}: 7]"], ["8"]]


@pytest.mark.parametrize(
    "rules",
    [
        ".h:hover {display: none}", ".h .g {display: none}", "p.h {display: none}",
        ".h {display: none} .h {display: table-row}", "@media print {.h {display: none}}",
        ".g tr {display: none}", "*.h::before {display: none}",
    ],
)  # fmt: skip
def test_rules_of_something_else_hide_nothing(tmp_path: Path, rules: str) -> None:
    page = f"<style>{rules}</style><table><tr class='h'><td>7</td></tr></table>"
    assert texts(tmp_path, page.encode()) == [["7"]]


@pytest.mark.parametrize("at", ["style='display:none'", "hidden", "class='h'"])
def test_a_table_in_something_hidden_is_hidden(tmp_path: Path, at: str) -> None:
    page = (
        f"<style>.h {{visibility: hidden}}</style><div {at}><p>a<table><tr><td>7</td></tr></table>"
        "</div><div><table><tr><td>8</td></tr></table></div>"
    )
    assert texts(tmp_path, page.encode()) == [["a"], ["[hidden: 7]"], ["8"]]


def test_a_name_that_is_struck_out_is_none(tmp_path: Path) -> None:
    """Of what its figures are, nobody can say."""

    def strike(sheet: Worksheet) -> None:
        sheet["A3"].font = Font(strike=True)

    assert texts(tmp_path, book(strike))[2] == ["[struck out: 天津市]", "2020", "14084"]
    page = b"<table><tr><td><s>ab</s></td><td><s>a</s>b</td></tr></table>"
    assert texts(tmp_path, page) == [["[struck out: ab]", "ab"]]
