"""OLE compound files: one stream out of one, and into another that is sound."""

from __future__ import annotations

import struct
from typing import BinaryIO

import olefile

# Version 4 has sectors of this size; its header then lists room for 450 MB, which is enough.
SECTOR = 4096
ENTRIES = SECTOR // 4
HEADER_SLOTS = 109
FREE, END_OF_CHAIN, TABLE_SECTOR, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
ROOT, STREAM = 5, 2


def read_stream(file: BinaryIO, name: str) -> bytes | None:
    """The content of a stream by its name; None if there is none."""
    with olefile.OleFileIO(file) as document:
        if not document.exists(name):
            return None
        content: bytes = document.openstream(name).read()
        return content


def compound_file(name: str, content: bytes) -> bytes:
    """A compound file that holds one stream, as [MS-CFB] 2 has it: header, table of sectors,
    directory, small streams, stream.

    The stream is filled up with zeros. Raises ValueError where it is larger than 450 MB.
    """
    content = content.ljust(-(-max(len(content), 1) // SECTOR) * SECTOR, b"\0")
    data_sectors = len(content) // SECTOR
    # The directory and the small streams, of which there are none, take a sector each.
    tables = -(-(data_sectors + 2) // (ENTRIES - 1))
    if tables > HEADER_SLOTS:
        raise ValueError("too large for a compound file")
    directory, small, first = tables, tables + 1, tables + 2
    chain = [TABLE_SECTOR] * tables + [END_OF_CHAIN, END_OF_CHAIN]
    chain += [*range(first + 1, first + data_sectors), END_OF_CHAIN]
    chain += [FREE] * (tables * ENTRIES - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 4, 0xFFFE, 12, 6)
    header += struct.pack("<9I", 1, tables, directory, 0, SECTOR, END_OF_CHAIN, 0, END_OF_CHAIN, 0)
    header += struct.pack(f"<{HEADER_SLOTS}I", *range(tables), *[FREE] * (HEADER_SLOTS - tables))
    entries = _entry("Root Entry", ROOT, 1, small, SECTOR)
    entries += _entry(name, STREAM, NONE, first, len(content))
    return b"".join(
        [
            header.ljust(SECTOR, b"\0"),
            struct.pack(f"<{len(chain)}I", *chain),
            entries.ljust(SECTOR, b"\0"),
            bytes(SECTOR),
            content,
        ]
    )


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16xI16xIQ",
        text, len(text), kind, 1, NONE, NONE, child, 0, start, size,
    )  # fmt: skip
