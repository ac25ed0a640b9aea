"""Workbooks: old, locked, damaged, misnamed, and with cells that are no plain values."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from bad_files.case import file, folder
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

SAVE_AGAIN = "Open it in Excel, mend what is wrong and save it again as XLSX."
LOCKED = (
    "is locked with a password. Open it in Excel with the password, remove it (File, Info, Protect "
    "Workbook, Encrypt with Password) and save it."
)
CELLS_XML = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>地区</t></is></c><c r="B1"><v>2021</v></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>北京市</t></is></c><c r="B2"><v>40269.6</v></c>'
    "</row>"
)
ERRORS_XML = (
    '<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    '<c r="C1" t="e"><v>#REF!</v></c><c t="e"><v>#VALUE!</v></c></row>'
)
RAISED, LOWERED = (f'<rPr><vertAlign val="{way}script"/></rPr>' for way in ("super", "sub"))
ODD_TEXTS = f'<sst xmlns="{MAIN}">' + "".join(f"<si>{text}</si>" for text in (
    f"<r><t>123</t></r><r>{RAISED}<t>1</t></r>",
    "<r><rPr><strike/></rPr><t>99</t></r><r><t>98</t></r>",
    f"<r><t>km</t></r><r>{RAISED}<t>2</t></r>",
    f"<r><t>北京</t></r><r>{RAISED}<t>1</t></r>",
)) + "</sst>"  # fmt: skip
ODD_XML = (
    '<row r="1">' + "".join(f'<c t="s"><v>{number}</v></c>' for number in range(4)) + "</row>"
    '<row r="2">' + "".join(f'<c t="inlineStr"><is>{text}</is></c>' for text in (
        f"<r><t>123</t></r><r>{LOWERED}<t>2</t></r>",
        f"<r><t>123</t></r><r>{RAISED}<t>*</t></r>",
        '<r><rPr><strike val="0"/></rPr><t>99</t></r><r><t>98</t></r>',
        "<t>4</t>",
    )) + "</row>"
)  # fmt: skip
WITH_TEXTS = (
    f'<Relationships xmlns="{PACKAGE}">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    "</Relationships>"
)
CELLS = [["地区", "2021"], ["北京市", "40269.6"]]
OLD_CELLS = {(1, 1): "地区", (1, 2): 2021, (2, 1): "北京市", (2, 2): 40269.6}


def saved(fill: Callable[[openpyxl.Workbook], object]) -> bytes:
    """A workbook that openpyxl writes."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    fill(book)
    book.save(content)
    return content.getvalue()


def with_chart(book: openpyxl.Workbook) -> None:
    book.worksheets[0].append(["x", 1])
    book.create_chartsheet("chart")


def with_blank_sheets(book: openpyxl.Workbook) -> None:
    book.create_sheet("数据")["A1"] = 1
    book.create_sheet("空")


def merged(book: openpyxl.Workbook) -> None:
    sheet = book.worksheets[0]
    sheet.append(["x", 1])
    sheet.append([None, 2])
    sheet.merge_cells("A1:A2")


def dates(book: openpyxl.Workbook) -> None:
    book.worksheets[0].append([dt.date(2020, 1, 2), dt.datetime(2020, 1, 2, 3, 4, 5), 42004])
    book.worksheets[0]["C1"].number_format = 'yyyy"年"m"月"d"日"'


def macintosh_dates(book: openpyxl.Workbook) -> None:
    book.epoch = CALENDAR_MAC_1904
    book.worksheets[0].append([dt.date(2020, 5, 1)])


def hide(place: Path, state: str) -> None:
    """A workbook with the sheet 数据 and, hidden, the sheet 草稿."""
    sheets = [
        NewSheet(name, f"<row><c><v>{number}</v></c></row>", state=state)
        for name, number, state in [("数据", 1, "visible"), ("草稿", 2, state)]
    ]
    (place / "a.xlsx").write_bytes(Book(sheets).content())


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name) for name in book.namelist()}


def damaged(content: bytes, old: bytes, new: bytes) -> bytes:
    """A workbook with some bytes exchanged, which then no longer match the check sum."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as copy:
        for name, part in unpacked(content).items():
            copy.writestr(zipfile.ZipInfo(name), part)
    assert plain.getvalue().count(old) == 1
    return plain.getvalue().replace(old, new)


def bomb(content: bytes) -> bytes:
    """A workbook whose list of contents says that one part unpacks to 1.1 GB."""
    part = b"xl/worksheets/sheet1.xml"
    entry = content.rindex(b"PK\1\2", 0, content.rindex(part))
    size = entry + 24
    return content[:size] + struct.pack("<I", 1_100_000_000) + content[size + 4 :]


def circle(content: bytes) -> bytes:
    """An old workbook of one sector (the fourth) that is said to follow upon itself."""
    place = SECTOR + 4 * 3
    assert content[place : place + 4] == struct.pack("<I", END_OF_CHAIN)
    return content[:place] + struct.pack("<I", 3) + content[place + 4 :]


def dimensions(*range_of_cells: int) -> bytes:
    """What an old sheet says of its size: first row, last row + 1, and the same of columns."""
    return record(0x200, struct.pack("<IIHHH", *range_of_cells, 0))


def start_of_sheet() -> bytes:
    """The bytes by which the old workbook of OLD_CELLS says where its sheet starts."""
    content = xls(OldSheet("S", OLD_CELLS))
    place = content.index(struct.pack("<HH", 0x85, 10)) + 4
    return content[place : place + 4]


def entity_bomb() -> bytes:
    """Ten entities, each ten of the one before."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    xml = f'<!DOCTYPE x [<!ENTITY e0 "1234567890">{entities}]><worksheet><sheetData>'
    xml += '<row r="1"><c r="A1" t="e"><v>&e11;</v></c></row></sheetData></worksheet>'
    parts = {"xl/worksheets/sheet1.xml": xml.encode()}
    return Book([NewSheet("Sheet1", "")], parts=parts).content()


WORKBOOK_CASES = [
    file(
        "XLS", "A workbook of Excel 97 to 2003.", "Read.",
        {"数据": CELLS}, xls(OldSheet("数据", OLD_CELLS)), name="a.xls",
    ),
    file(
        "default-password XLS", "A yearbook locked with Excel's own password, which needs none to "
        "be opened (CNKI).",
        "Unlocked and read.",
        {"数据": CELLS}, xls(OldSheet("数据", OLD_CELLS), password="VelvetSweatshop"), name="a.xls",
    ),
    file(
        "XLS with a password", "A workbook that somebody locked.", "An error that says so.",
        f"a.xls: {LOCKED}", xls(OldSheet("数据", OLD_CELLS), password="123456"), name="a.xls",
    ),
    file(
        "default-password XLSX", "A new workbook locked with Excel's own password.",
        "Unlocked and read.",
        {"Sheet1": CELLS}, lambda: locked_xlsx(CELLS_XML, "VelvetSweatshop"), name="a.xlsx",
    ),
    file(
        "XLSX with a password", "A new workbook that somebody locked.", "An error that says so.",
        f"a.xlsx: {LOCKED}", lambda: locked_xlsx(CELLS_XML, "123456"), name="a.xlsx",
    ),
    file("XLSX as .xls", "A new workbook named as an old one.", "Read as what it is.",
         {"Sheet1": CELLS}, xlsx(CELLS_XML), name="a.xls"),
    file("XLS as .xlsx", "An old workbook named as a new one.", "Read as what it is.",
         {"S": CELLS}, xls(OldSheet("S", OLD_CELLS)), name="a.xlsx"),
    file("XLSX as .csv", "A workbook named .csv.", "Read as what it is.",
         {"Sheet1": CELLS}, xlsx(CELLS_XML)),
    file("XLSM", "A workbook with macros.", "Read; macros are not run.",
         {"Sheet1": CELLS},
         Book([NewSheet("Sheet1", CELLS_XML)], parts={"xl/vbaProject.bin": b"macro"}).content(),
         name="a.xlsm"),
    file("XLSB", "A binary workbook.", "An error.",
         "a.xlsb: is a binary workbook (XLSB). Save it as XLSX.",
         packed({"xl/workbook.bin": b"x"}), name="a.xlsb"),
    file("ODS", "A table of LibreOffice.", "An error.",
         "a.ods: is an OpenDocument file (ODS). Save it as XLSX.",
         packed({"content.xml": b"x"}), name="a.ods"),
    file("Word", "A Word document named .xlsx.", "An error.",
         "a.xlsx: is a Word document. Save it as XLSX.",
         packed({"word/document.xml": b"x"}), name="a.xlsx"),
    file("ZIP", "An archive named .xlsx.", "An error.",
         "a.xlsx: is a ZIP archive and no workbook; unpack it, if it holds one. Save it as XLSX.",
         packed({"a.csv": b"x"}), name="a.xlsx"),
    file(
        "XLS in a code page", "An old workbook that says its text is in GBK while it is in UTF-16 "
        "(JExcelAPI and others), which garbles every text.",
        "Read as Excel does.",
        {"数据": CELLS}, xls(OldSheet("数据", OLD_CELLS), code_page=936), name="a.xls",
    ),
    file("Excel 95", "A workbook of Excel 95, whose Chinese text no library at hand reads.",
         "An error.", "a.xls: is a workbook of Excel 95 or older. Save it as XLSX.",
         compound_file("Book", b"x"), name="a.xls"),
    file("Excel 95 by its records", "The same in the place of a newer one.", "An error.",
         "a.xls: is a workbook of Excel 95 or older. Save it as XLSX.",
         compound_file("Workbook", record(0x809, bytes([0, 5, 5, 0])) + record(0x0A, b"")),
         name="a.xls"),
    file("more texts than bytes in an XLSX", "A workbook that says it holds billions of texts, for "
         "which a reader would take the memory.",
         "An error.", "a.xlsx: is damaged. Get the file again.",
         Book([NewSheet("S", CELLS_XML)], parts={"xl/sharedStrings.xml":
             b'<sst uniqueCount="4000000000"><si><t>x</t></si></sst>'}).content(), name="a.xlsx"),
    file("sectors in a circle", "An old workbook whose list of sectors leads back to itself, which "
         "a reader follows until the memory is full.",
         "Read as far as its size says.", {"S": CELLS},
         circle(xls(OldSheet("S", OLD_CELLS))), name="a.xls"),
    file("sheet behind the end", "An old workbook whose list of sheets leads nowhere.", "An error.",
         f"a.xls: not a readable workbook (…). {SAVE_AGAIN}",
         xls(OldSheet("S", OLD_CELLS)).replace(start_of_sheet(), b"\xff\xff\xff\x7f"),
         name="a.xls"),
    file("a sheet that says it is huge", "An old workbook that says it has billions of cells, for "
         "which a reader would take the memory.",
         "An error.",
         "a.xls: sheet number 1 reaches to row 4,294,967,295 and column 65,535: something stands "
         "far outside the table. Delete the rows and columns around the table and save.",
         xls(OldSheet("S", OLD_CELLS, more=dimensions(0, 2**32 - 1, 0, 2**16 - 1))), name="a.xls"),
    file("a sheet that ends before it begins", "The same by a range that is the wrong way round.",
         "An error.", "a.xls: is damaged. Get the file again.",
         xls(OldSheet("S", OLD_CELLS, more=dimensions(9, 2, 0, 5))), name="a.xls"),
    file("more texts than bytes", "An old workbook that lists more texts than it can hold.",
         "An error.", "a.xls: is damaged. Get the file again.",
         xls(OldSheet("S", OLD_CELLS), more=record(0xFC, struct.pack("<II", 9, 2**31 - 1))),
         name="a.xls"),
    file("old Word", "A document of another program named .xls.", "An error.",
         "a.xls: is a document of another program. Save it as XLSX.",
         compound_file("WordDocument", b"x"), name="a.xls"),
    file("Excel 2", "A worksheet older than workbooks.", "An error.",
         "a.xls: is a worksheet of Excel 2, not a table. Save it as XLSX or CSV.",
         b"\x09\0\4\0\7\0\x10\0", name="a.xls"),
    file("truncated XLSX", "A workbook cut short by a broken download.", "An error.",
         f"a.xlsx: not a readable workbook (…). {SAVE_AGAIN}",
         xlsx(CELLS_XML)[:700], name="a.xlsx"),
    file("truncated XLS", "An old workbook cut short.", "An error.",
         f"a.xls: not a readable workbook (…). {SAVE_AGAIN}",
         xls(OldSheet("数据", OLD_CELLS))[:2000], name="a.xls"),
    file("damaged figure", "A figure changed by damage to the file (4 → 9), in place.",
         "An error: no other figure is taken.",
         f"a.xlsx: not a readable workbook (Bad CRC-32 …). {SAVE_AGAIN}",
         damaged(xlsx(CELLS_XML), b"40269.6", b"90269.6"), name="a.xlsx"),
    file("damaged text", "The same in a text of the workbook.", "An error.",
         f"a.xlsx: not a readable workbook (Bad CRC-32 …). {SAVE_AGAIN}",
         damaged(Book([NewSheet("S", '<row><c t="s"><v>0</v></c></row>')], parts={
             "xl/sharedStrings.xml": b"<sst><si><t>Beijing</t></si></sst>"}).content(),
             b"Beijing", b"Nanjing"),
         name="a.xlsx"),
    file("corrupt sheet", "A sheet whose XML breaks off.", "An error.",
         f"a.xlsx: not a readable workbook (…). {SAVE_AGAIN}",
         xlsx(CELLS_XML[:-9]), name="a.xlsx"),
    file("sheet that is not there", "A sheet listed in the workbook and not in the file.",
         "An error.", f"a.xlsx: not a readable workbook (…). {SAVE_AGAIN}",
         packed({name: part for name, part in unpacked(xlsx(CELLS_XML)).items()
                 if "sheet1" not in name}), name="a.xlsx"),
    file(
        "formulas without values", "Formulas that no program has calculated (written by openpyxl).",
        "Their text, which staging rejects as no number.",
        {"Sheet": [["2", "=SUM(A1:A1)"]]},
        saved(lambda book: book.worksheets[0].append([2, "=SUM(A1:A1)"])), name="a.xlsx",
    ),
    file(
        "formulas with zeros for values", "Formulas to which the writing program gave 0 (as "
        "XlsxWriter does).",
        "Their text; a calculated figure is taken.",
        {"Sheet1": [["=SUM(B1:C1)", "7", "0"]]},
        xlsx('<row r="1"><c r="A1"><f>SUM(B1:C1)</f><v>0</v></c><c r="B1"><f>3+4</f><v>7</v></c>'
             '<c r="C1"><v>0</v></c></row>', '<calcPr fullCalcOnLoad="1"/>'), name="a.xlsx",
    ),
    file(
        "two sheets of one name", "A workbook with two sheets of one name.", "An error.",
        "a.xlsx: has two sheets named 'S'. Give each a name of its own.",
        Book([NewSheet("S", CELLS_XML), NewSheet("S", CELLS_XML)]).content(), name="a.xlsx",
    ),
    *(
        file(
            f"{what} in a value", f"A figure with a {what} in it, of which a reader takes a part.",
            "An error.",
            "a.xlsx: sheet 'Sheet1' holds a comment or a quoted section within a value, which no "
            "spreadsheet writes. Get the file again.",
            xlsx(f'<row r="1"><c r="A1"><v>{value}</v></c></row>'), name="a.xlsx",
        )
        for what, value in [("comment", "1<!-- x -->2"), ("quoted section", "<![CDATA[12]]>")]
    ),
    file(
        "formulas with other zeros for values", "The same in the forms of other programs: 0.0 "
        "(Apache POI), and the request to calculate with spaces.",
        "Their text; a zero that is no formula's is taken.",
        {"Sheet1": [["=SUM(B1:C1)", "7", "=C1", "0", ""]]},
        xlsx('<row r="1"><c r="A1"><f>SUM(B1:C1)</f><v>0.0</v></c><c r="B1"><f>3+4</f><v>7</v></c>'
             '<c r="C1"><f>C1</f><v>-0E0</v></c><c r="D1"><v>0.0</v></c>'
             '<c r="E1" t="str"><f>""</f><v></v></c></row>',
             "<calcPr fullCalcOnLoad = ' true '/>"), name="a.xlsx",
    ),
    file(
        "formulas of an XLS with zeros for values", "Formulas to which a program that does not "
        "calculate gave 0.",
        "Said to be without a value; another value is taken.",
        {"S": [["=formula without a value", "7"]]},
        xls(OldSheet("S", {(1, 1): Formula(struct.pack("<d", 0)),
                           (1, 2): Formula(struct.pack("<d", 7))}), calculated=False),
        name="a.xls",
    ),
    file(
        "calculated zero of an XLS", "A formula whose value is 0, as Excel saves it.", "0.",
        {"S": [["0"]]}, xls(OldSheet("S", {(1, 1): Formula(struct.pack("<d", 0))})), name="a.xls",
    ),
    file(
        "raised and struck-out pieces", "Texts of which a piece is raised, lowered or struck out, "
        "shared by cells and of one cell.",
        "Marked where together they would be a figure.",
        {"Sheet": [["123¹", "[struck out: 99]98", "km2", "北京1"], ["123₂", "123*", "9998", "4"]]},
        lambda: Book([NewSheet("Sheet", ODD_XML)], parts={
            "xl/sharedStrings.xml": ODD_TEXTS.encode(),
            "xl/_rels/workbook.xml.rels": WITH_TEXTS.encode()}).content(), name="a.xlsx",
    ),
    file(
        "formulas with values", "Formulas as Excel saves them, one with the value 0.",
        "Their values.", {"Sheet1": [["0", "", "TRUE"]]},
        xlsx('<row r="1"><c r="A1"><f>1-1</f><v>0</v></c><c r="B1" t="str"><f>""</f><v></v></c>'
             '<c r="C1" t="b"><f>TRUE()</f><v>1</v></c></row>'), name="a.xlsx",
    ),
    file(
        "formulas outside the figures", "Formulas without values below and beside all else.",
        "In their places.",
        {"Sheet1": [["1", "", "=A1"], ["", "", ""], ["=formula without a value", "", ""]]},
        xlsx('<row r="1"><c r="A1"><v>1</v></c><c r="C1"><f>A1</f></c></row>'
             '<row r="3"><c r="A3"><f t="shared" si="0"/></c></row>'), name="a.xlsx",
    ),
    file(
        "error cells", "#N/A, #DIV/0!, #REF! and the like, as values and as results of formulas.",
        "Their text.", {"Sheet1": [["#N/A", "#DIV/0!", "#REF!", "#VALUE!"]]},
        xlsx(ERRORS_XML), name="a.xlsx",
    ),
    file(
        "error cells of an XLS", "The same in an old workbook, and a formula without a value.",
        "Their text.",
        {"S": [["TRUE", "#N/A"], ["", "#DIV/0!"], ["", "=formula without a value"]]},
        xls(OldSheet("S", {(1, 1): True, (1, 2): Error(0x2A), (2, 2): DIVISION_BY_ZERO,
                           (3, 2): NO_VALUE}), calculated=False), name="a.xls",
    ),
    file(
        "empty text of an XLS formula", "A formula whose value is an empty text.", "Blank.",
        {"S": [["x", ""], ["", "1"]]},
        xls(OldSheet("S", {(1, 1): "x", (1, 2): NO_VALUE, (2, 2): 1})), name="a.xls",
    ),
    file(
        "errors in a prefixed namespace", "A workbook whose XML has prefixes (written by .NET).",
        "Read like any other.", {"Sheet1": [["#N/A", "=1+1", "2"]]},
        Book([NewSheet("Sheet1", "")], parts={"xl/worksheets/sheet1.xml": (
            b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            b'<x:sheetData><x:row r="1"><x:c r="A1" t="e"><x:v>#N/A</x:v></x:c><x:c r="B1"><x:f>1+1'
            b'</x:f></x:c><x:c r="C1"><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row></x:sheetData>'
            b'</x:worksheet>')}).content(), name="a.xlsx",
    ),
    file(
        "error that is too new", "An error that only the newest Excel knows (#SPILL!).",
        "An error that names it.",
        f"a.xlsx: not a readable workbook (…#SPILL!…). {SAVE_AGAIN}",
        xlsx('<row r="1"><c r="A1" t="e"><v>#SPILL!</v></c></row>'), name="a.xlsx",
    ),
    file(
        "dates", "Dates, date and time, in years of 1900 and of a Chinese format.",
        "ISO text, which no figure is.",
        {"Sheet": [["2020-01-02", "2020-01-02 03:04:05", "2014-12-31"]]},
        saved(dates), name="a.xlsx",
    ),
    file(
        "dates of 1904", "A workbook that counts days from 1904 (old Macintosh).", "ISO text.",
        {"Sheet": [["2020-05-01"]]}, saved(macintosh_dates), name="a.xlsx",
    ),
    file("dates of an XLS", "A day in an old workbook.", "ISO text.",
         {"S": [["2021-01-01"]]}, xls(OldSheet("S", {(1, 1): Day(44197)})), name="a.xls"),
    file(
        "odd cells", "Truth values, numbers stored as text, percentages, rich and inline texts, "
        "blanks and line breaks.",
        "What is stored: TRUE, the text as it is, the number 0.123.",
        {"Sheet1": [["TRUE", "007", "0.123", "大数据", " 1,234 \n"]]},
        xlsx('<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="str"><v>007</v></c>'
             '<c r="C1" s="0"><v>0.123</v></c><c r="D1" t="inlineStr"><is><r><t>大</t></r><r><t>'
             '数据</t></r></is></c><c r="E1" t="inlineStr"><is><t xml:space="preserve"> 1,234 &#10;'
             '</t></is></c></row>'), name="a.xlsx",
    ),
    file(
        "merged cells", "A label over several rows.", "It stands in its first cell.",
        {"Sheet": [["x", "1"], ["", "2"]]}, saved(merged), name="a.xlsx",
    ),
    file("chart sheet", "A sheet that is a chart.", "Passed over: it has no cells.",
         {"Sheet": [["x", "1"]]}, saved(with_chart), name="a.xlsx"),
    file(
        "false dimension", "A sheet that says it has 1,048,576 × 16,384 cells and has two.",
        "Two cells.", {"S": [["1", "2"]]},
        Book([NewSheet("S", '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>',
                       before='<dimension ref="A1:XFD1048576"/>')]).content(), name="a.xlsx",
    ),
    file(
        "cell at the end of the sheet", "A forgotten cell in the last row and column.",
        "An error that says where: a table that large would fill the memory.",
        "a.xlsx: sheet 'Sheet1' reaches to row 1,048,576 and column 16,384: something stands far "
        "outside the table. Delete the rows and columns around the table and save.",
        xlsx('<row r="1"><c r="A1"><v>1</v></c></row>'
             '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), name="a.xlsx",
    ),
    file(
        "cell in column 16,384", "A forgotten cell far to the right of a small table.",
        "Read, with the blanks between.", {"Sheet1": [["1", *[""] * 16_382, "2"]]},
        xlsx('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>'), name="a.xlsx",
    ),
    file(
        "cell outside an XLS", "A cell in row and column 65,536, where no sheet is.",
        "An error.",
        "a.xls: sheet number 1 reaches to row 65,536 and column 65,536: something stands "
        "far outside the table. Delete the rows and columns around the table and save.",
        xls(OldSheet("S", {(1, 1): 1, (65_536, 65_536): 1})), name="a.xls",
    ),
    file(
        "ZIP bomb", "A workbook of a few megabytes that unpacks to more than a gigabyte.",
        "An error, before it is unpacked.",
        "a.xlsx: unpacks to 1.1 GB, more than any table needs. Save the sheets that are needed in "
        "a workbook of their own.",
        lambda: bomb(xlsx(CELLS_XML)), name="a.xlsx",
    ),
    file(
        "entity bomb", "XML whose entities multiply to gigabytes.", "An error.",
        f"a.xlsx: not a readable workbook (…). {SAVE_AGAIN}",
        lambda: entity_bomb(), name="a.xlsx",
    ),
    folder(
        "empty sheets", "Blank sheets beside the one with the table.", "Passed over.",
        {"a.xlsx 数据": [["1"]]},
        [{"file": "a.xlsx", "sheet": "*"}],
        lambda place: (place / "a.xlsx").write_bytes(saved(with_blank_sheets)),
    ),
    folder(
        "workbook without cells", "A workbook whose sheets are all blank.", "An error.",
        "a.xlsx: holds no cell. Get the file again, or drop its rows.",
        [{"file": "a.xlsx"}], lambda place: openpyxl.Workbook().save(place / "a.xlsx"),
    ),
    folder(
        "hidden sheet, unnamed", "A hidden sheet that a pattern takes: an old draft nobody sees.",
        "An error that names it.",
        "manifest.csv, row 2, column sheet: '*' takes '草稿' of 'a.xlsx', which is hidden there. "
        "Look at it (in Excel: right-click on a tab, Unhide) and name the sheets that are meant "
        "one by one.",
        [{"file": "a.xlsx", "sheet": "*"}], lambda place: hide(place, "hidden"),
    ),
    folder(
        "very hidden sheet, unnamed", "The same with a sheet that only a macro can show, and a "
        "manifest that names no sheet.",
        "An error that names it.",
        "manifest.csv, row 2, column sheet: '' takes '草稿' of 'a.xlsx', which is hidden there. "
        "Look at it (in Excel: right-click on a tab, Unhide) and name the sheets that are meant "
        "one by one.",
        [{"file": "a.xlsx"}], lambda place: hide(place, "veryHidden"),
    ),
    folder(
        "hidden sheet, named", "A hidden sheet that the manifest names.",
        "Read like any other; so are the others, unmapped.",
        {"a.xlsx 数据": [["1"]], "a.xlsx 草稿": [["2"]]},
        [{"file": "a.xlsx", "sheet": "草稿"}], lambda place: hide(place, "hidden"),
    ),
    folder(
        "hidden sheet of an XLS, unnamed", "A hidden sheet in an old workbook.",
        "An error that names it.",
        "manifest.csv, row 2, column sheet: '' takes '草稿' of 'a.xls', which is hidden there. "
        "Look at it (in Excel: right-click on a tab, Unhide) and name the sheets that are meant "
        "one by one.",
        [{"file": "a.xls"}],
        lambda place: (place / "a.xls").write_bytes(
            xls(OldSheet("数据", {(1, 1): 1}), OldSheet("草稿", {(1, 1): 2}, state=1))
        ),
    ),
    folder(
        "missing sheet", "A sheet that the workbook lacks.", "An error that lists those it has.",
        "manifest.csv, row 2, column sheet: 'a.xlsx' has no sheet 'Sheet2' that holds anything; it "
        "has ['Sheet1'].",
        [{"file": "a.xlsx", "sheet": "Sheet2"}],
        lambda place: (place / "a.xlsx").write_bytes(xlsx(CELLS_XML)),
    ),
    folder(
        "sheet of a CSV", "A sheet named for a file that has none.", "An error.",
        "manifest.csv, row 2, column sheet: 'a.csv' is no workbook and has no sheets; leave "
        "'Sheet1' out.",
        [{"sheet": "Sheet1"}], lambda place: (place / "a.csv").write_text("city,year,GDP\n"),
    ),
    folder(
        "overlapping sheet patterns", "Two patterns that take one sheet, and so one column twice.",
        "An error that names both rows.",
        "manifest.csv, rows 2, 3: the same item of the same sheet is mapped twice ('a.xlsx' "
        "'Sheet1', item 'GDP'). Keep one row.",
        [{"file": "a.xlsx", "sheet": "Sheet*"}, {"file": "a.xlsx", "sheet": "Sheet1"}],
        lambda place: (place / "a.xlsx").write_bytes(xlsx(CELLS_XML)),
    ),
    folder(
        "one sheet in two layouts", "Two patterns that take one sheet and read it differently.",
        "An error that names both rows.",
        "2 problems:\n"
        "- manifest.csv, rows 2, 3, column layout: one sheet ('a.xlsx' 'Sheet1') can be read in "
        "one way only, found 'long_panel' and 'year_sheet'. Make them the same.\n"
        "- manifest.csv, rows 2, 3, column year_key: one sheet ('a.xlsx' 'Sheet1') can be read in "
        "one way only, found 'year' and ''. Make them the same.",
        [
            {"file": "a.xlsx", "sheet": "Sheet*"},
            {"file": "a.xlsx", "sheet": "Sheet1", "item": "人口", "layout": "year_sheet",
             "year_key": "", "series_id": "population", "unit": "10k_persons"},
        ],
        lambda place: (place / "a.xlsx").write_bytes(xlsx(CELLS_XML)),
    ),
]  # fmt: skip
