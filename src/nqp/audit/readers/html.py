"""Tables in HTML."""

from __future__ import annotations

from html.parser import HTMLParser

from nqp.audit.readers.grid import Grid, caption, is_note

_SILENT = frozenset({"script", "style", "head", "template"})
_LINES = frozenset({"p", "div", "li", "h1", "h2", "h3", "h4", "h5", "figcaption", "br", "section"})


def grids(text: str) -> list[Grid]:
    """The tables of a page, each with its caption and the note beneath it."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.end_line()
    return reader.found


class _Reader(HTMLParser):
    """Collects tables as grids; cells over several rows or columns fill the first of them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Grid] = []
        self._depth = 0
        self._silent = 0
        self._grid: Grid | None = None
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = (1, 1)
        self._below: dict[int, int] = {}
        self._line: list[str] = []
        self._above = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            self.end_line()
            self._depth += 1
            if self._depth == 1:
                number, title = caption(self._above)
                self._grid, self._below, self._above = Grid([], title, number=number), {}, ""
        elif self._depth != 1:
            if tag in _LINES:
                self.end_line()
        elif tag == "tr":
            self._row = []
        elif tag in ("td", "th") and self._row is not None:
            self._end_cell()
            self._cell = []
            self._span = (_whole(given.get("colspan")), _whole(given.get("rowspan")))
        elif tag == "caption":
            self._line = []
        elif tag in _LINES and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "table" and self._depth:
            self._end_row()
            self._depth -= 1
            if self._depth == 0 and self._grid is not None:
                self.found.append(self._grid)
                self._grid = None
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
        elif self._depth == 1 and tag == "tr":
            self._end_row()
        elif tag == "caption" and self._grid is not None:
            line = " ".join("".join(self._line).split())
            self._grid.number, named = caption(line)
            self._grid.title, self._line = named or line, []
        elif tag in _LINES and not self._depth:
            self.end_line()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        (self._cell if self._cell is not None else self._line).append(data)

    def end_line(self) -> None:
        """Take a line outside tables for a caption or a note."""
        line = " ".join("".join(self._line).split())
        self._line = []
        if caption(line)[0]:
            self._above = line
        elif line and self.found and not self.found[-1].note and is_note(line):
            self.found[-1].note = line

    def _end_cell(self) -> None:
        if self._cell is None or self._row is None:
            return
        self._fill()
        text = " ".join("".join(self._cell).split())
        for extra in range(self._span[0]):
            if self._span[1] > 1:
                self._below[len(self._row)] = self._span[1] - 1
            self._row.append("" if extra else text)
        self._cell = None

    def _fill(self) -> None:
        """Leave blank what a cell of a row above reaches down to."""
        assert self._row is not None
        while self._below.get(len(self._row), 0) > 0:
            self._below[len(self._row)] -= 1
            self._row.append("")

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is not None and self._grid is not None:
            self._fill()
            if any(self._row):
                self._grid.cells.append(self._row)
        self._row = None


def _whole(text: str | None) -> int:
    return min(50, int(text)) if text and text.isdigit() and int(text) > 0 else 1
