"""What the XLS files of Excel 97 to 2003 say in their records beyond the values of their cells."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import BinaryIO

from nqp.ingest.compound import compound_file, read_stream
from nqp.ingest.looks import GET_AGAIN, NOT_CALCULATED, Look, Texts, refuse_reach
from nqp.ingest.rows import IngestError

# Records of the workbook stream, by their numbers in Microsoft's [MS-XLS].
BOF, EOF, CODE_PAGE, BOUND_SHEET, RECALC_ID, TEXTS = 0x809, 0x0A, 0x42, 0x85, 0x1C1, 0xFC
FORMULA_CELL, ERROR_CELL, DIMENSIONS = 0x06, 0x205, 0x200
FONT, STYLE, ROW, COLUMNS, NUMBERS = 0x31, 0xE0, 0x208, 0x7D, 0xBD
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


def looks_of_xls(source: BinaryIO) -> tuple[BinaryIO, list[Look]]:
    """The workbook as calamine can read it, and per sheet what its cells alone do not say."""
    stream = read_stream(source, "Workbook")
    if stream is None:
        other = OLDER if read_stream(source, "Book") else "a document of another program"
        raise IngestError(f"is {other}. Save it as XLSX.")
    calculated, page, starts = False, 0, list[int]()
    fonts, styles = list[str](), list[int]()
    for start, kind, data in _records(stream, 0):
        if kind == BOF and struct.unpack_from("<H", data) != (EXCEL_97,):
            raise IngestError(f"is {OLDER}. Save it as XLSX.")
        if kind == CODE_PAGE and data != UTF_16:
            page = start + 4
        if kind == BOUND_SHEET:
            starts += struct.unpack_from("<I", data)
        if kind == TEXTS and struct.unpack_from("<4xI", data)[0] > len(stream):
            raise IngestError(f"is damaged. {GET_AGAIN}")
        if kind == FONT and len(data) >= 10:
            fonts.append(_shown(data))
        if kind == STYLE and len(data) >= 2:
            styles += struct.unpack_from("<H", data)
        # A program that cannot calculate does not say with which version it did.
        calculated |= kind == RECALC_ID
    if page:
        # All text is in UTF-16; where a program says another page, Excel does not mind, but
        # calamine does.
        stream = stream[:page] + UTF_16 + stream[page + 2 :]
    # Packed anew: calamine follows a list of sectors that is damaged until the memory is full.
    # No font has the number 4.
    numbered = dict(zip([*range(4), *range(5, len(fonts) + 2)], fonts, strict=False))
    odd = {number: numbered[font] for number, font in enumerate(styles) if numbered.get(font)}
    return BytesIO(compound_file("Workbook", stream)), [
        _look_of_records(_records(stream, start), f"sheet number {number}", calculated, odd)
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


def _shown(font: bytes) -> str:
    """How what stands in a font is shown, as ``Piece`` has it."""
    [style], [raised] = struct.unpack_from("<H", font, 2), struct.unpack_from("<H", font, 8)
    return "struck out" if style & 0x08 else {1: "raised", 2: "lowered"}.get(raised, "")


def _look_of_records(
    records: Iterable[tuple[int, int, bytes]], sheet: str, calculated: bool, odd: Mapping[int, str]
) -> Look:
    left_out: Texts = {}
    shown: dict[tuple[int, int], str] = {}
    hidden_rows, hidden_columns = set[int](), set[int]()
    last_row = last_col = 0
    for _, kind, data in records:
        if kind == DIMENSIONS:
            # calamine takes the memory for as many cells as the sheet says it has.
            top, bottom, left, right = struct.unpack_from("<IIHH", data)
            if bottom and right and (top > bottom or left > right):
                raise IngestError(f"is damaged. {GET_AGAIN}")
            refuse_reach(sheet, bottom, right)
        if kind == ROW and len(data) >= 14 and struct.unpack_from("<H", data, 12)[0] & 0x20:
            hidden_rows.add(struct.unpack_from("<H", data)[0] + 1)
        if kind == COLUMNS and len(data) >= 10 and struct.unpack_from("<H", data, 8)[0] & 1:
            first, last = struct.unpack_from("<HH", data)
            hidden_columns |= set(range(first + 1, min(last, 0xFF) + 2))
        if kind not in CELL_RECORDS or len(data) < 6:
            continue
        row, col = struct.unpack_from("<HH", data)
        last_row, last_col = max(last_row, row + 1), max(last_col, col + 1)
        if odd:
            shown |= {place: odd[style] for place, style in _styles(kind, data) if style in odd}
        if kind == ERROR_CELL and data[7]:
            left_out[row + 1, col + 1] = ERRORS.get(data[6], "#N/A")
        elif kind == FORMULA_CELL and data[12:14] == b"\xff\xff":
            if data[6] == 2:
                left_out[row + 1, col + 1] = ERRORS.get(data[8], "#N/A")
            elif data[6] == 3 and not calculated:
                left_out[row + 1, col + 1] = "=" + NOT_CALCULATED
        elif kind == FORMULA_CELL and not calculated and data[6:14] in ZEROS:
            left_out[row + 1, col + 1] = "=" + NOT_CALCULATED
    refuse_reach(sheet, last_row, last_col)
    return Look(left_out, shown, frozenset(hidden_rows), frozenset(hidden_columns))


def _styles(kind: int, data: bytes) -> Iterator[tuple[tuple[int, int], int]]:
    """Place and style of the cells of a record."""
    row, col = struct.unpack_from("<HH", data)
    # A record of several numbers has six bytes for each, and the last column at its end.
    count, width = ((len(data) - 6) // 6, 6) if kind == NUMBERS else (1, 0)
    for number in range(count):
        [style] = struct.unpack_from("<H", data, 4 + number * width)
        yield (row + 1, col + 1 + number), style
