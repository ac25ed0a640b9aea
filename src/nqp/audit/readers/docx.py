"""Tables in Word documents."""

from __future__ import annotations

import zipfile
from pathlib import Path

from nqp.audit.printed import PrintedError
from nqp.audit.readers.grid import Grid, caption, is_note


def grids(path: Path) -> list[Grid]:
    """The tables of a document, each with the caption above it and the note beneath.

    Raises PrintedError where the file is no Word document.
    """
    # It takes a moment to import, which the other formats need not wait for.
    import docx
    from docx.opc.exceptions import OpcError
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    try:
        document = docx.Document(str(path))
    except (KeyError, ValueError, zipfile.BadZipFile, OpcError) as error:
        raise PrintedError(
            f"{path} is no Word document (.docx). Save it as one, or paste the tables."
        ) from error
    found: list[Grid] = []
    above = ""
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            line = block.text.strip()
            if caption(line)[0]:
                above = line
            elif line and found and not found[-1].note and is_note(line):
                found[-1].note = line
        elif isinstance(block, Table):
            number, title = caption(above)
            above = ""
            found.append(Grid(_cells(block), title, number=number))
    return found


def _cells(table: object) -> list[list[str]]:
    rows = []
    for row in table.rows:  # type: ignore[attr-defined]
        texts, last = [], None
        for cell in row.cells:
            # A cell over several columns comes once for each of them.
            texts.append("" if cell._tc is last else " ".join(cell.text.split()))
            last = cell._tc
        if any(texts):
            rows.append(texts)
    return rows
