"""Workbooks made byte by byte, for what no library at hand writes: old, locked and odd ones."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from msoffcrypto.format.ooxml import OOXMLFile

from nqp.ingest.compound import compound_file

# --- XLS: the records of [MS-XLS] in a compound file -----------------------------------------


@dataclass(frozen=True)
class Error:
    """An error cell of an XLS file by its code: 0x2A is #N/A, 0x07 is #DIV/0!."""

    code: int


@dataclass(frozen=True)
class Formula:
    """A formula cell of an XLS file with the eight bytes of its value."""

    value: bytes


NO_VALUE = Formula(b"\x03\0\0\0\0\0\xff\xff")
DIVISION_BY_ZERO = Formula(b"\x02\0\x07\0\0\0\xff\xff")


@dataclass(frozen=True)
class Day:
    """A number shown as a date."""

    serial: float


@dataclass(frozen=True)
class OldSheet:
    """A sheet: cells by row and column from 1; state 0 visible, 1 hidden, 2 very hidden.

    more: records before the cells.
    """

    name: str
    cells: Mapping[tuple[int, int], object]
    state: int = 0
    more: bytes = b""


def xls(
    *sheets: OldSheet,
    calculated: bool = True,
    password: str | None = None,
    code_page: int = 1200,
    more: bytes = b"",
) -> bytes:
    """A workbook of Excel 97 to 2003, RC4-encrypted where a password is given.

    calculated: whether the program that wrote it says that it calculated the formulas.
    code_page: what it says of its text, which is UTF-16 (1200). more: records before the sheets.
    """
    before = record(0x42, struct.pack("<H", code_page)) + more
    before += record(0x1C1, struct.pack("<II", 0x1C1, 0x1EA7)) if calculated else b""
    return compound_file("Workbook", _workbook_stream(sheets, before, password))


def _workbook_stream(sheets: Sequence[OldSheet], more: bytes, password: str | None) -> bytes:
    key = _Lock(password) if password is not None else None
    before = [record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6))]
    before += [record(0x2F, key.record)] if key else []
    before += [more]
    # How cells look: the first way as a number, the second (format 14) as a date.
    before += [record(0xE0, struct.pack("<HH16x", 0, number)) for number in (0, 14)]
    names = [_unicode(sheet.name, "B") for sheet in sheets]
    bounds_size = sum(4 + 6 + len(name) for name in names)
    bodies = [b"".join(_sheet_records(sheet)) for sheet in sheets]
    start = sum(map(len, before)) + bounds_size + 4
    # Excel's streams end at a multiple of four bytes; a user's name fills what is left.
    before += [record(0x5C, b" " * (-(start + sum(map(len, bodies))) % 4))]
    start += len(before[-1])
    bounds = []
    for sheet, name, body in zip(sheets, names, bodies, strict=True):
        bounds.append(record(0x85, struct.pack("<IBB", start, sheet.state, 0) + name))
        start += len(body)
    stream = b"".join([*before, *bounds, record(0x0A, b""), *bodies])
    return key.locked(stream) if key else stream


def _sheet_records(sheet: OldSheet) -> Iterator[bytes]:
    yield record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x0DBB, 0x07CC, 0, 6))
    yield sheet.more
    for (row_no, col_no), value in sheet.cells.items():
        place = struct.pack("<HHH", row_no - 1, col_no - 1, isinstance(value, Day))
        match value:
            case bool():
                yield record(0x205, place + struct.pack("<BB", value, 0))
            case str():
                yield record(0x204, place + _unicode(value, "H"))
            case int() | float():
                yield record(0x203, place + struct.pack("<d", value))
            case Day():
                yield record(0x203, place + struct.pack("<d", value.serial))
            case Error():
                yield record(0x205, place + struct.pack("<BB", value.code, 1))
            case Formula():
                yield record(0x06, place + value.value + struct.pack("<HIH", 0, 0, 0))
    yield record(0x0A, b"")


def record(kind: int, data: bytes) -> bytes:
    """A record of a workbook stream."""
    return struct.pack("<HH", kind, len(data)) + data


def _unicode(text: str, length: str) -> bytes:
    return struct.pack(f"<{length}B", len(text), 1) + text.encode("utf-16-le")


class _Lock:
    """RC4 as [MS-OFFCRYPTO] 2.3.6 has it: a key for each 1,024 bytes of the stream."""

    def __init__(self, password: str) -> None:
        self.salt = bytes(range(16))
        first = hashlib.md5(password.encode("utf-16-le")).digest()[:5]
        self.base = hashlib.md5((first + self.salt) * 16).digest()[:5]
        verifier = bytes(range(16, 32))
        checked = _rc4(self._key(0), verifier + hashlib.md5(verifier).digest())
        self.record = struct.pack("<HHH", 1, 1, 1) + self.salt + checked

    def _key(self, block: int) -> bytes:
        return hashlib.md5(self.base + struct.pack("<I", block)).digest()

    def locked(self, stream: bytes) -> bytes:
        """The stream with the content of its records encrypted, their numbers and sizes not."""
        size = 1024
        blocks = [
            _rc4(self._key(block), stream[block * size : (block + 1) * size])
            for block in range(-(-len(stream) // size))
        ]
        encrypted, out, start = b"".join(blocks), bytearray(stream), 0
        while start < len(stream):
            kind, length = struct.unpack_from("<HH", stream, start)
            # Beginnings, the lock itself and where a sheet starts stay as they are.
            skipped = {0x809: length, 0x2F: length, 0x85: 4}.get(kind, 0)
            part = slice(start + 4 + skipped, start + 4 + length)
            out[part] = encrypted[part]
            start += 4 + length
        return bytes(out)


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


# --- XLSX ------------------------------------------------------------------------------------

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


@dataclass(frozen=True)
class NewSheet:
    """A sheet of an XLSX file: the XML of its rows, and what stands before them."""

    name: str
    rows: str
    before: str = ""
    state: str = "visible"


@dataclass(frozen=True)
class Book:
    """An XLSX file: its sheets, the XML of its settings, and parts to put in or replace."""

    sheets: Sequence[NewSheet]
    settings: str = ""
    parts: Mapping[str, bytes] = field(default_factory=dict)

    def content(self) -> bytes:
        numbered = list(enumerate(self.sheets, 1))
        listed = "".join(
            f'<sheet name="{escape(s.name)}" sheetId="{n}" state="{s.state}" r:id="rId{n}"/>'
            for n, s in numbered
        )
        links = "".join(
            f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" '
            f'Target="worksheets/sheet{n}.xml"/>'
            for n, _ in numbered
        )
        parts = {
            "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="xml" '
            'ContentType="application/xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}'
            f"</sheets>{self.settings}</workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{links}'
            "</Relationships>",
        }
        parts |= {
            f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{MAIN}">{s.before}'
            f"<sheetData>{s.rows}</sheetData></worksheet>"
            for n, s in numbered
        }
        return packed({name: text.encode() for name, text in parts.items()} | dict(self.parts))


def xlsx(rows: str, settings: str = "") -> bytes:
    """A workbook of one sheet, ``Sheet1``, from the XML of its rows."""
    return Book([NewSheet("Sheet1", rows)], settings).content()


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A ZIP archive, the same bytes each time."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(zipfile.ZipInfo(name), part)
    return content.getvalue()


def locked_xlsx(rows: str, password: str) -> bytes:
    """A workbook of one sheet, encrypted as Excel 2010 and later do."""
    # msoffcrypto writes nothing readable below 4,096 bytes.
    filler = {"docProps/filler.bin": hashlib.shake_256(b"").digest(8192)}
    locked = io.BytesIO()
    content = Book([NewSheet("Sheet1", rows)], parts=filler).content()
    OOXMLFile(io.BytesIO(content)).encrypt(password, locked)
    return locked.getvalue()
