"""Rows of Excel workbooks: XLSX, XLSM and the XLS of Excel 97 to 2003, locked or not.

calamine reads the cells. It gives blank for an error (``#N/A``) and for a formula that no program
has calculated, which are no blanks, and joins what is raised or struck out to the figure beside it;
those are looked up in the file's own records.
"""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, TypeAlias
from xml.etree import ElementTree

import msoffcrypto
from msoffcrypto.exceptions import FileFormatError, InvalidKeyError
from python_calamine import CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from nqp.ingest.compound import compound_file, read_stream
from nqp.ingest.rows import MOST_CELLS, IngestError, Row, as_shown, as_text

# Excel locks a workbook that needs no password to be opened with this one.
DEFAULT_PASSWORD = "VelvetSweatshop"
MOST_BYTES = 1 << 30
GET_AGAIN = "Get the file again."
NOT_CALCULATED = "formula without a value"

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# The texts that calamine leaves out, by (row, column), both from 1.
Texts: TypeAlias = dict[tuple[int, int], str]


def is_workbook(head: bytes) -> bool:
    """Whether a file that starts with ``head`` is, or pretends to be, a workbook of Excel."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", OLE))


def workbook_rows(path: Path) -> Iterator[Row]:
    """Rows of all sheets in their order, hidden ones included, each as wide as its sheet.

    Raises IngestError where the file is no workbook, is damaged or needs a password, or where a
    sheet reaches further than any table does.
    """
    try:
        with _opened(path) as file:
            if zipfile.is_zipfile(file):
                left_out = _left_out_of_xlsx(file)
            else:
                file, left_out = _left_out_of_xls(file)
            file.seek(0)
            with CalamineWorkbook.from_filelike(file) as book:
                sheets = enumerate(zip(book.sheets_metadata, left_out, strict=True))
                for place, (sheet, texts) in sheets:
                    hidden = sheet.visible != SheetVisibleEnum.Visible
                    rows = _texts(book.get_sheet_by_index(place), texts)
                    for row_no, row in enumerate(rows, 1):
                        yield Row(sheet.name, row_no, row, hidden)
    except IngestError as error:
        raise IngestError(f"{path.name}: {error}") from error
    except InvalidKeyError as error:
        raise IngestError(
            f"{path.name}: is locked with a password. Open it in Excel with the password, remove "
            "it (File, Info, Protect Workbook, Encrypt with Password) and save it."
        ) from error
    # A damaged file fails in as many ways as its parsers have lines; the one in Rust by a panic,
    # whose class cannot be imported.
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise IngestError(
            f"{path.name}: not a readable workbook ({error}). Open it in Excel, mend what is wrong "
            "and save it again as XLSX."
        ) from error


def _opened(path: Path) -> BinaryIO:
    """The workbook as a file, unlocked where it is locked with Excel's own password."""
    file = path.open("rb")
    if file.read(8) != OLE:
        return file
    try:
        book = msoffcrypto.OfficeFile(file)
    except FileFormatError:
        return file
    if not book.is_encrypted():
        return file
    book.load_key(DEFAULT_PASSWORD, **({"verify_password": True} if book.format == "ooxml" else {}))
    with file:
        unlocked = BytesIO()
        book.decrypt(unlocked)
        return unlocked


def _texts(sheet: CalamineSheet, left_out: Texts) -> Iterator[list[str]]:
    """The rows of a sheet from its cell A1, with what was left out put in its place."""
    rows = sheet.to_python(skip_empty_area=False)
    width = max([*map(len, rows[:1]), *(col_no for _, col_no in left_out)], default=0)
    height = max([len(rows), *(row_no for row_no, _ in left_out)])
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row_no, col_no), text in left_out.items():
        by_row.setdefault(row_no, []).append((col_no, text))
    for row_no in range(1, height + 1):
        texts = list(map(as_text, rows[row_no - 1])) if row_no <= len(rows) else []
        texts += [""] * (width - len(texts))
        for col_no, text in by_row.get(row_no, []):
            texts[col_no - 1] = text
        yield texts


def _refuse_reach(sheet: str, last_row: int, last_col: int) -> None:
    if last_row * last_col > MOST_CELLS:
        raise IngestError(
            f"{sheet} reaches to row {last_row:,} and column {last_col:,}: something stands "
            "far outside the table. Delete the rows and columns around the table and save."
        )


# --- XLSX ------------------------------------------------------------------------------------

# What a sheet's XML says of its formulas: how many there are, and how many are followed by a value.
FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
CALCULATED = re.compile(rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\s[^<>]*/>)\s*<(?:\w+:)?v(?:\s[^<>]*)?>[^<]")
ERROR = re.compile(rb"""\st=["']e["']""")
# A cell further out than most tables reach, and any cell's column and row.
FAR = re.compile(rb"""\sr=["'](?:[A-Za-z]{3}|[A-Za-z]*\d{6})""")
PLACE = re.compile(rb"""\sr=["']([A-Za-z]+)(\d+)["']""")
TEXT_COUNT = re.compile(rb"""uniqueCount\s*=\s*["']\s*(\d+)""")
# A value or text with a comment or a quoted section (CDATA) in it, of which calamine takes a part.
VALUE_IN_PIECES = re.compile(rb"<!(?:--[^>]*-->|\[CDATA\[[^>]*\]\]>)[^<>]*</(?:\w+:)?[vt]>")
IN_PIECES = "holds a comment or a quoted section within a value, which no spreadsheet writes"
# Pieces of a text that are raised, lowered or struck out.
ODD_PIECES = re.compile(rb"<(?:\w+:)?(?:vertAlign|strike)\b")
RAISED = {"superscript": "raised", "subscript": "lowered"}
ZERO = re.compile(r"\s*-?(0+\.?0*|\.0+)([eE][-+]?\d+)?\s*")
NO = ("0", "false")


def _left_out_of_xlsx(source: BinaryIO) -> list[Texts]:
    """Per sheet, the texts that calamine leaves out. Damage to any part is noticed here."""
    with zipfile.ZipFile(source) as book:
        parts = {name.lower(): name for name in book.namelist()}
        if "xl/workbook.xml" not in parts:
            raise IngestError(f"is {_other_zip(parts)}. Save it as XLSX.")
        unpacked = sum(info.file_size for info in book.infolist())
        if unpacked > MOST_BYTES:
            raise IngestError(
                f"unpacks to {unpacked / 1e9:.1f} GB, more than any table needs. Save the sheets "
                "that are needed in a workbook of their own."
            )
        # Reading a part compares it with its check sum.
        for part in parts:
            if part.startswith("xl/") and part.endswith(".xml") and "worksheets/" not in part:
                content = book.read(parts[part])
                # calamine takes the memory for as many texts as the workbook says it has.
                said = TEXT_COUNT.search(content) if part == "xl/sharedstrings.xml" else None
                if said and int(said[1]) > len(content):
                    raise IngestError(f"is damaged. {GET_AGAIN}")
        workbook = ElementTree.fromstring(book.read(parts["xl/workbook.xml"]))
        # Programs that write formulas without calculating them ask Excel to do so, and some put 0
        # there.
        settings = workbook.find("{*}calcPr")
        asked = "0" if settings is None else settings.get("fullCalcOnLoad", "0")
        to_calculate = asked.strip() not in NO
        texts = book.read(parts["xl/sharedstrings.xml"]) if "xl/sharedstrings.xml" in parts else b""
        odd_texts = _odd_texts(texts)
        links = ElementTree.fromstring(book.read(parts["xl/_rels/workbook.xml.rels"]))
        targets = {link.get("Id"): link.get("Target", "") for link in links}
        sheets = workbook.findall("{*}sheets/{*}sheet")
        names = Counter(sheet.get("name", "") for sheet in sheets)
        if twice := [name for name, times in names.items() if times > 1]:
            raise IngestError(f"has two sheets named {twice[0]!r}. Give each a name of its own.")
        if VALUE_IN_PIECES.search(texts):
            raise IngestError(f"{IN_PIECES}. {GET_AGAIN}")
        left_out = []
        for sheet in sheets:
            link = next((text for key, text in sheet.items() if key.endswith("}id")), "")
            part = posixpath.normpath(posixpath.join("/xl", targets.get(link, "")))[1:].lower()
            xml = book.read(parts[part]) if part in parts else b""
            name = sheet.get("name", "")
            left_out.append(_left_out_of_sheet(xml, name, to_calculate, odd_texts))
        return left_out


def _other_zip(parts: Collection[str]) -> str:
    if "xl/workbook.bin" in parts:
        return "a binary workbook (XLSB)"
    if "content.xml" in parts:
        return "an OpenDocument file (ODS)"
    if "word/document.xml" in parts:
        return "a Word document"
    return "a ZIP archive and no workbook; unpack it, if it holds one"


def _odd_texts(xml: bytes) -> dict[str, str]:
    """The shared texts that are not what their pieces are together, by their numbers."""
    if not ODD_PIECES.search(xml):
        return {}
    numbered = enumerate(ElementTree.fromstring(xml).findall("{*}si"))
    shown = {str(number): _shown_text(text) for number, text in numbered}
    return {number: text for number, text in shown.items() if text is not None}


def _shown_text(element: ElementTree.Element) -> str | None:
    """The text of a shared or an inline string; None where it is what its pieces are together."""
    pieces = [(run.findtext("{*}t", ""), _shown(run)) for run in element.findall("{*}r")]
    text = as_shown(pieces)
    return None if text == "".join(piece for piece, _ in pieces) else text


def _shown(run: ElementTree.Element) -> str:
    """How a piece of a text is shown, as ``Piece`` has it."""
    strike, align = run.find("{*}rPr/{*}strike"), run.find("{*}rPr/{*}vertAlign")
    struck = strike is not None and strike.get("val", "1") not in NO
    raised = "" if align is None else RAISED.get(align.get("val", ""), "")
    return "struck out" if struck else raised


def _left_out_of_sheet(
    xml: bytes, name: str, to_calculate: bool, odd_texts: Mapping[str, str]
) -> Texts:
    """Errors as their text, formulas without a value as the formula, and texts with odd pieces.

    Parses the sheet only where a look at its bytes finds one of them.
    """
    if VALUE_IN_PIECES.search(xml):
        raise IngestError(f"sheet {name!r} {IN_PIECES}. {GET_AGAIN}")
    formulas = sum(1 for _ in FORMULA.finditer(xml))
    calculated = sum(1 for _ in CALCULATED.finditer(xml))
    if FAR.search(xml):
        columns, rows = set(), set()
        for found in PLACE.finditer(xml):
            columns.add(found[1])
            rows.add(found[2])
        _refuse_reach(
            f"sheet {name!r}", max(map(int, rows)), max(map(_column, map(bytes.decode, columns)))
        )
    as_they_are = formulas == calculated and not (formulas and to_calculate) and not odd_texts
    if as_they_are and not ERROR.search(xml) and not ODD_PIECES.search(xml):
        return {}
    left_out: Texts = {}
    row_no = col_no = 0
    for event, element in ElementTree.iterparse(BytesIO(xml), events=("start", "end")):
        tag = element.tag.rpartition("}")[2]
        if event == "start" and tag == "row":
            row_no, col_no = int(element.get("r", row_no + 1)), 0
        elif event == "end" and tag == "row":
            element.clear()
        elif event == "end" and tag == "c":
            # A cell without a place is the next one.
            reference = element.get("r", "")
            letters = reference.rstrip("0123456789")
            col_no = _column(letters) if letters else col_no + 1
            row_no = int(reference[len(letters) :] or row_no)
            value = element.findtext("{*}v", "")
            formula = element.find("{*}f")
            kind = element.get("t", "n")
            inline = element.find("{*}is")
            if kind == "e" and value:
                left_out[row_no, col_no] = value
            elif kind == "s" and value in odd_texts:
                left_out[row_no, col_no] = odd_texts[value]
            elif inline is not None and (text := _shown_text(inline)) is not None:
                left_out[row_no, col_no] = text
            elif formula is not None and (
                # An empty text is a value that a formula may well have.
                (not value and kind != "str") or (to_calculate and ZERO.fullmatch(value))
            ):
                left_out[row_no, col_no] = "=" + (formula.text or NOT_CALCULATED)
    return left_out


def _column(letters: str) -> int:
    """The number of a column by its letters: C is 3, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


# --- XLS -------------------------------------------------------------------------------------

# Records of the workbook stream, by their numbers in Microsoft's [MS-XLS].
BOF, EOF, CODE_PAGE, BOUND_SHEET, RECALC_ID, TEXTS = 0x809, 0x0A, 0x42, 0x85, 0x1C1, 0xFC
FORMULA_CELL, ERROR_CELL, DIMENSIONS = 0x06, 0x205, 0x200
CELL_RECORDS = {0x06, 0xBD, 0xBE, 0xD6, 0xFD, 0x201, 0x203, 0x204, 0x205, 0x27E}
EXCEL_97 = 0x600
# Its texts are in a code page, which calamine does not read.
OLDER = "a workbook of Excel 95 or older"
UTF_16 = struct.pack("<H", 1200)
ZEROS = (struct.pack("<d", 0.0), struct.pack("<d", -0.0))
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip


def _left_out_of_xls(source: BinaryIO) -> tuple[BinaryIO, list[Texts]]:
    """The workbook as calamine can read it, and per sheet the texts that it leaves out."""
    stream = read_stream(source, "Workbook")
    if stream is None:
        other = OLDER if read_stream(source, "Book") else "a document of another program"
        raise IngestError(f"is {other}. Save it as XLSX.")
    calculated, page, starts = False, 0, list[int]()
    for start, kind, data in _records(stream, 0):
        if kind == BOF and struct.unpack_from("<H", data) != (EXCEL_97,):
            raise IngestError(f"is {OLDER}. Save it as XLSX.")
        if kind == CODE_PAGE and data != UTF_16:
            page = start + 4
        if kind == BOUND_SHEET:
            starts += struct.unpack_from("<I", data)
        if kind == TEXTS and struct.unpack_from("<4xI", data)[0] > len(stream):
            raise IngestError(f"is damaged. {GET_AGAIN}")
        # A program that cannot calculate does not say with which version it did.
        calculated |= kind == RECALC_ID
    if page:
        # All text is in UTF-16; where a program says another page, Excel does not mind, but
        # calamine does.
        stream = stream[:page] + UTF_16 + stream[page + 2 :]
    # Packed anew: calamine follows a list of sectors that is damaged until the memory is full.
    return BytesIO(compound_file("Workbook", stream)), [
        _left_out_of_records(_records(stream, start), f"sheet number {number}", calculated)
        for number, start in enumerate(starts, 1)
    ]


def _records(stream: bytes, start: int) -> Iterator[tuple[int, int, bytes]]:
    """Place, number and content of the records from a beginning (BOF) to its end (EOF)."""
    depth = 0
    while start + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, start)
        yield start, kind, stream[start + 4 : start + 4 + size]
        start += 4 + size
        # A chart has a beginning and an end inside those of its sheet.
        depth += (kind == BOF) - (kind == EOF)
        if depth <= 0:
            return


def _left_out_of_records(
    records: Iterable[tuple[int, int, bytes]], sheet: str, calculated: bool
) -> Texts:
    left_out: Texts = {}
    last_row = last_col = 0
    for _, kind, data in records:
        if kind == DIMENSIONS:
            # calamine takes the memory for as many cells as the sheet says it has.
            top, bottom, left, right = struct.unpack_from("<IIHH", data)
            if bottom and right and (top > bottom or left > right):
                raise IngestError(f"is damaged. {GET_AGAIN}")
            _refuse_reach(sheet, bottom, right)
        if kind not in CELL_RECORDS or len(data) < 6:
            continue
        row, col = struct.unpack_from("<HH", data)
        last_row, last_col = max(last_row, row + 1), max(last_col, col + 1)
        if kind == ERROR_CELL and data[7]:
            left_out[row + 1, col + 1] = ERRORS.get(data[6], "#N/A")
        elif kind == FORMULA_CELL and data[12:14] == b"\xff\xff":
            if data[6] == 2:
                left_out[row + 1, col + 1] = ERRORS.get(data[8], "#N/A")
            elif data[6] == 3 and not calculated:
                left_out[row + 1, col + 1] = "=" + NOT_CALCULATED
        elif kind == FORMULA_CELL and not calculated and data[6:14] in ZEROS:
            left_out[row + 1, col + 1] = "=" + NOT_CALCULATED
    _refuse_reach(sheet, last_row, last_col)
    return left_out
