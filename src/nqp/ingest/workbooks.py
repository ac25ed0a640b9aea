"""Rows of Excel workbooks: XLSX, XLSM and the XLS of Excel 97 to 2003, locked or not.

calamine reads the cells. It gives blank for an error (``#N/A``) and for a formula that no program
has calculated, which are no blanks, and joins what is raised or struck out to the figure beside it;
those are looked up in the file's own records, as is what Excel hides or strikes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import msoffcrypto
from msoffcrypto.exceptions import FileFormatError, InvalidKeyError
from python_calamine import CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from nqp.ingest.looks import Look
from nqp.ingest.rows import IngestError, Row, as_shown, as_text
from nqp.ingest.xls import looks_of_xls
from nqp.ingest.xlsx import looks_of_xlsx

# Excel locks a workbook that needs no password to be opened with this one.
DEFAULT_PASSWORD = "VelvetSweatshop"

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def is_workbook(head: bytes) -> bool:
    """Whether a file that starts with ``head`` is, or pretends to be, a workbook of Excel."""
    return head.startswith((*ZIP, OLE))


def workbook_rows(path: Path) -> Iterator[Row]:
    """Rows of all sheets in their order, hidden ones included, each as wide as its sheet.

    A figure in a hidden row or column, or one struck out or raised, says so: see ``as_shown``.

    Raises IngestError where the file is no workbook, is damaged or needs a password, or where a
    sheet reaches further than any table does.
    """
    try:
        with _opened(path) as file:
            # The first bytes decide: a workbook in the old format may hold a whole archive.
            if file.read(4) in ZIP:
                looks = looks_of_xlsx(file)
            else:
                file, looks = looks_of_xls(file)
            file.seek(0)
            with CalamineWorkbook.from_filelike(file) as book:
                sheets = enumerate(zip(book.sheets_metadata, looks, strict=True))
                for place, (sheet, look) in sheets:
                    hidden = sheet.visible != SheetVisibleEnum.Visible
                    rows = _texts(book.get_sheet_by_index(place), look)
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
        file.seek(0)
        return file
    try:
        book = msoffcrypto.OfficeFile(file)
        is_locked = book.is_encrypted()
    except FileFormatError:
        is_locked = False
    if not is_locked:
        file.seek(0)
        return file
    book.load_key(DEFAULT_PASSWORD, **({"verify_password": True} if book.format == "ooxml" else {}))
    with file:
        unlocked = BytesIO()
        book.decrypt(unlocked)
        unlocked.seek(0)
        return unlocked


def _texts(sheet: CalamineSheet, look: Look) -> Iterator[list[str]]:
    """The rows of a sheet from its cell A1, with what was left out put in its place."""
    rows = sheet.to_python(skip_empty_area=False)
    left_out = look.texts
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
        if not look.is_plain:
            texts = [
                as_shown([(text, look.how(row_no, col_no))]) for col_no, text in enumerate(texts, 1)
            ]
        yield texts
