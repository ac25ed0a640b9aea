"""Workbooks that take code to write: the corpus (tests/bad_input) names these functions, each of
which returns the content of a file."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from nqp.ingest.compound import END_OF_CHAIN, SECTOR, compound_file
from office_files import (
    DIVISION_BY_ZERO,
    MAIN,
    NO_VALUE,
    OFFICE,
    PACKAGE,
    Book,
    Day,
    Error,
    Formula,
    NewSheet,
    OldSheet,
    locked_xlsx,
    packed,
    record,
    xls,
    xlsx,
)

CELLS_XML = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>地区</t></is></c><c r="B1"><v>2021</v></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>北京市</t></is></c><c r="B2"><v>40269.6</v></c>'
    "</row>"
)
OLD_CELLS = {(1, 1): "地区", (1, 2): 2021, (2, 1): "北京市", (2, 2): 40269.6}
# The password of Excel itself, which needs none to be opened.
EXCELS_OWN = "VelvetSweatshop"


def saved(fill: Callable[[openpyxl.Workbook], object]) -> bytes:
    """A workbook that openpyxl writes."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    fill(book)
    book.save(content)
    return content.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name) for name in book.namelist()}


# --- new workbooks ---------------------------------------------------------------------------


def good_xlsx() -> bytes:
    return xlsx(CELLS_XML)


def xlsx_with_excels_password() -> bytes:
    return locked_xlsx(CELLS_XML, EXCELS_OWN)


def xlsx_with_a_password() -> bytes:
    return locked_xlsx(CELLS_XML, "123456")


def xlsx_with_macros() -> bytes:
    return Book([NewSheet("Sheet1", CELLS_XML)], parts={"xl/vbaProject.bin": b"macro"}).content()


def xlsx_of_too_many_texts() -> bytes:
    texts = b'<sst uniqueCount="4000000000"><si><t>x</t></si></sst>'
    return Book([NewSheet("S", CELLS_XML)], parts={"xl/sharedStrings.xml": texts}).content()


def truncated_xlsx() -> bytes:
    return good_xlsx()[:700]


def xlsx_with_a_damaged_figure() -> bytes:
    return _damaged(good_xlsx(), b"40269.6", b"90269.6")


def xlsx_with_a_damaged_text() -> bytes:
    texts = {"xl/sharedStrings.xml": b"<sst><si><t>Beijing</t></si></sst>"}
    book = Book([NewSheet("S", '<row><c t="s"><v>0</v></c></row>')], parts=texts)
    return _damaged(book.content(), b"Beijing", b"Nanjing")


def _damaged(content: bytes, old: bytes, new: bytes) -> bytes:
    """A workbook with some bytes exchanged, which then no longer match the check sum."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as copy:
        for name, part in unpacked(content).items():
            copy.writestr(zipfile.ZipInfo(name), part)
    assert plain.getvalue().count(old) == 1
    return plain.getvalue().replace(old, new)


def xlsx_whose_sheet_breaks_off() -> bytes:
    return xlsx(CELLS_XML[:-9])


def xlsx_without_its_sheet() -> bytes:
    kept = {name: part for name, part in unpacked(good_xlsx()).items() if "sheet1" not in name}
    return packed(kept)


def formulas_that_openpyxl_writes() -> bytes:
    return saved(lambda book: book.worksheets[0].append([2, "=SUM(A1:A1)"]))


def two_sheets_of_one_name() -> bytes:
    return Book([NewSheet("S", CELLS_XML), NewSheet("S", CELLS_XML)]).content()


def raised_and_struck_out_pieces() -> bytes:
    raised, lowered = (f'<rPr><vertAlign val="{way}script"/></rPr>' for way in ("super", "sub"))
    shared = "".join(f"<si>{text}</si>" for text in (
        f"<r><t>123</t></r><r>{raised}<t>1</t></r>",
        "<r><rPr><strike/></rPr><t>99</t></r><r><t>98</t></r>",
        f"<r><t>km</t></r><r>{raised}<t>2</t></r>",
        f"<r><t>北京</t></r><r>{raised}<t>1</t></r>",
    ))  # fmt: skip
    inline = "".join(f'<c t="inlineStr"><is>{text}</is></c>' for text in (
        f"<r><t>123</t></r><r>{lowered}<t>2</t></r>",
        f"<r><t>123</t></r><r>{raised}<t>*</t></r>",
        '<r><rPr><strike val="0"/></rPr><t>99</t></r><r><t>98</t></r>',
        "<t>4</t>",
    ))  # fmt: skip
    numbers = "".join(f'<c t="s"><v>{number}</v></c>' for number in range(4))
    links = (
        f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>"
    )
    parts = {
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{shared}</sst>'.encode(),
        "xl/_rels/workbook.xml.rels": links.encode(),
    }
    rows = f'<row r="1">{numbers}</row><row r="2">{inline}</row>'
    return Book([NewSheet("Sheet", rows)], parts=parts).content()


def xlsx_in_a_prefixed_namespace() -> bytes:
    xml = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1" t="e"><x:v>#N/A</x:v>'
        '</x:c><x:c r="B1"><x:f>1+1</x:f></x:c><x:c r="C1"><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    parts = {"xl/worksheets/sheet1.xml": xml.encode()}
    return Book([NewSheet("Sheet1", "")], parts=parts).content()


def dates() -> bytes:
    def fill(book: openpyxl.Workbook) -> None:
        [page] = book.worksheets
        page.append([dt.date(2020, 1, 2), dt.datetime(2020, 1, 2, 3, 4, 5), 42004])
        page["C1"].number_format = 'yyyy"年"m"月"d"日"'

    return saved(fill)


def dates_of_an_old_macintosh() -> bytes:
    def fill(book: openpyxl.Workbook) -> None:
        book.epoch = CALENDAR_MAC_1904
        book.worksheets[0].append([dt.date(2020, 5, 1)])

    return saved(fill)


def merged_cells() -> bytes:
    def fill(book: openpyxl.Workbook) -> None:
        [page] = book.worksheets
        page.append(["x", 1])
        page.append([None, 2])
        page.merge_cells("A1:A2")

    return saved(fill)


def book_with_a_chart() -> bytes:
    def fill(book: openpyxl.Workbook) -> None:
        book.worksheets[0].append(["x", 1])
        book.create_chartsheet("chart")

    return saved(fill)


def book_with_blank_sheets() -> bytes:
    def fill(book: openpyxl.Workbook) -> None:
        book.create_sheet("数据")["A1"] = 1
        book.create_sheet("空")

    return saved(fill)


def book_without_cells() -> bytes:
    return saved(lambda book: None)


def book_with_a_hidden_sheet() -> bytes:
    return _with_a_draft("hidden")


def book_with_a_very_hidden_sheet() -> bytes:
    return _with_a_draft("veryHidden")


def _with_a_draft(state: str) -> bytes:
    """A workbook with the sheet 数据 and, hidden, the sheet 草稿."""
    sheets = [
        NewSheet(name, f"<row><c><v>{number}</v></c></row>", state=state)
        for name, number, state in [("数据", 1, "visible"), ("草稿", 2, state)]
    ]
    return Book(sheets).content()


def sheet_that_says_it_is_full() -> bytes:
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    return Book([NewSheet("S", rows, before='<dimension ref="A1:XFD1048576"/>')]).content()


def zip_bomb() -> bytes:
    """A workbook whose list of contents says that one part unpacks to 1.1 GB."""
    content, part = good_xlsx(), b"xl/worksheets/sheet1.xml"
    entry = content.rindex(b"PK\1\2", 0, content.rindex(part))
    size = entry + 24
    return content[:size] + struct.pack("<I", 1_100_000_000) + content[size + 4 :]


def entity_bomb() -> bytes:
    """Ten entities, each ten of the one before."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    xml = f'<!DOCTYPE x [<!ENTITY e0 "1234567890">{entities}]><worksheet><sheetData>'
    xml += '<row r="1"><c r="A1" t="e"><v>&e11;</v></c></row></sheetData></worksheet>'
    parts = {"xl/worksheets/sheet1.xml": xml.encode()}
    return Book([NewSheet("Sheet1", "")], parts=parts).content()


def a_row_struck_out() -> bytes:
    return _second_row(strike=True, hidden=False)


def a_hidden_row() -> bytes:
    return _second_row(strike=False, hidden=True)


def _second_row(strike: bool, hidden: bool) -> bytes:
    def fill(book: openpyxl.Workbook) -> None:
        [page] = book.worksheets
        page.title = "S"
        for row in (["地区", "年份", "值"], ["北京市", 2020, 99999], ["天津市", 2020, 14084]):
            page.append(row)
        if strike:
            for cell in page[2]:
                cell.font = Font(strike=True)
        page.row_dimensions[2].hidden = hidden

    return saved(fill)


# --- old workbooks ---------------------------------------------------------------------------


def good_xls() -> bytes:
    return xls(OldSheet("数据", OLD_CELLS))


def xls_of_the_sheet_s() -> bytes:
    return xls(OldSheet("S", OLD_CELLS))


def xls_with_excels_password() -> bytes:
    return xls(OldSheet("数据", OLD_CELLS), password=EXCELS_OWN)


def xls_with_a_password() -> bytes:
    return xls(OldSheet("数据", OLD_CELLS), password="123456")


def xls_in_a_code_page() -> bytes:
    return xls(OldSheet("数据", OLD_CELLS), code_page=936)


def excel_95() -> bytes:
    return compound_file("Book", b"x")


def excel_95_by_its_records() -> bytes:
    return compound_file("Workbook", record(0x809, bytes([0, 5, 5, 0])) + record(0x0A, b""))


def old_word() -> bytes:
    return compound_file("WordDocument", b"x")


def xls_of_sectors_in_a_circle() -> bytes:
    """A workbook of one sector (the fourth) that is said to follow upon itself."""
    content, place = xls_of_the_sheet_s(), SECTOR + 4 * 3
    assert content[place : place + 4] == struct.pack("<I", END_OF_CHAIN)
    return content[:place] + struct.pack("<I", 3) + content[place + 4 :]


def xls_with_a_sheet_behind_the_end() -> bytes:
    content = xls_of_the_sheet_s()
    place = content.index(struct.pack("<HH", 0x85, 10)) + 4
    return content.replace(content[place : place + 4], b"\xff\xff\xff\x7f")


def xls_that_says_it_is_huge() -> bytes:
    return xls(OldSheet("S", OLD_CELLS, more=_dimensions(0, 2**32 - 1, 0, 2**16 - 1)))


def xls_that_ends_before_it_begins() -> bytes:
    return xls(OldSheet("S", OLD_CELLS, more=_dimensions(9, 2, 0, 5)))


def _dimensions(*range_of_cells: int) -> bytes:
    """What an old sheet says of its size: first row, last row + 1, and the same of columns."""
    return record(0x200, struct.pack("<IIHHH", *range_of_cells, 0))


def xls_of_too_many_texts() -> bytes:
    return xls(OldSheet("S", OLD_CELLS), more=record(0xFC, struct.pack("<II", 9, 2**31 - 1)))


def truncated_xls() -> bytes:
    return good_xls()[:2000]


def xls_formulas_with_zeros_for_values() -> bytes:
    cells = {(1, 1): _formula(0), (1, 2): _formula(7)}
    return xls(OldSheet("S", cells), calculated=False)


def xls_formula_of_value_zero() -> bytes:
    return xls(OldSheet("S", {(1, 1): _formula(0)}))


def _formula(value: float) -> Formula:
    return Formula(struct.pack("<d", value))


def xls_with_error_cells() -> bytes:
    cells = {(1, 1): True, (1, 2): Error(0x2A), (2, 2): DIVISION_BY_ZERO, (3, 2): NO_VALUE}
    return xls(OldSheet("S", cells), calculated=False)


def xls_formula_of_empty_text() -> bytes:
    return xls(OldSheet("S", {(1, 1): "x", (1, 2): NO_VALUE, (2, 2): 1}))


def xls_with_a_day() -> bytes:
    return xls(OldSheet("S", {(1, 1): Day(44197)}))


def xls_with_a_cell_outside() -> bytes:
    return xls(OldSheet("S", {(1, 1): 1, (65_536, 65_536): 1}))


def xls_with_a_hidden_sheet() -> bytes:
    return xls(OldSheet("数据", {(1, 1): 1}), OldSheet("草稿", {(1, 1): 2}, state=1))
