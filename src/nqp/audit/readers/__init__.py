"""Tables pasted from a paper: Markdown, LaTeX, HTML and Word, read into the tidy form.

Each format becomes grids of texts; `grid` tells what the rows of a grid are. What could not be
read is listed, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nqp.audit.printed import Place, PrintedError
from nqp.audit.readers import docx, html, latex, markdown
from nqp.audit.readers.grid import Grid, tidy
from nqp.audit.tidy import Row

PASTED = (".md", ".markdown", ".txt", ".tex", ".html", ".htm", ".docx")


@dataclass(frozen=True)
class Pasted:
    """Rows of the tables of a page, and sentences on what could not be read."""

    rows: list[Row]
    descriptives: list[Row]
    unread: list[str]


def read_pasted(path: Path) -> Pasted:
    """The tables of a page.

    Raises PrintedError where the file is not text of its kind, or holds no table.
    """
    found = tidy(_grids(path))
    if not found.rows and not found.descriptives:
        raise PrintedError(f"{path} holds no table that can be read. docs/audit.md shows what is.")
    place = Place(str(path))

    def rows(texts: list[dict[str, str]]) -> list[Row]:
        return [Row(text, _at(place, text)) for text in texts]

    return Pasted(rows(found.rows), rows(found.descriptives), found.unread)


def _at(place: Place, text: dict[str, str]) -> Place:
    column = f", column {text['column_number']}" if "column_number" in text else ""
    return Place(f"{place.file}, table {text['table_number']}{column}")


def _grids(path: Path) -> list[Grid]:
    if path.suffix.lower() == ".docx":
        return docx.grids(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PrintedError(f"{path} is not UTF-8. Save it as UTF-8.") from error
    if path.suffix.lower() == ".tex":
        return latex.grids(text)
    if path.suffix.lower() in (".html", ".htm") or "<table" in text.lower():
        return html.grids(text)
    return markdown.grids(text)
