"""Rows of the tables of web pages, as portals export them for Excel."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeAlias

from nqp.ingest.rows import MOST_CELLS, SHOWN, IngestError, Piece, Row, as_shown, as_text
from nqp.ingest.text import find_encoding


def is_html(head: bytes) -> bool:
    """Whether a file that starts with ``head`` is a web page, as portals export it for Excel."""
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    tags = rb"<(!doctype html|html|head|meta|style|body|table|div|center|font|title|h\d)\b"
    return bool(re.match(tags, text)) or (text.startswith(b"<?xml") and b"<html" in text)


def html_rows(path: Path, encoding: str = "") -> Iterator[Row]:
    """Rows of the tables of a web page, one below the other, as Excel shows them.

    A merged cell stands in its first place; text between tables is a row of one cell. What is
    struck out, hidden, raised or a link never lengthens a figure: see ``as_shown``. A cell whose
    number for Excel (x:num) is not the one it shows holds both.
    """
    parser = _Tables()
    try:
        with path.open(encoding=find_encoding(path, encoding)) as file:
            parser.feed(file.read())
        parser.close()
    except IngestError as error:
        raise IngestError(f"{path.name}: {error}") from error
    # How the parser of the standard library refuses broken markup.
    except AssertionError as error:
        raise IngestError(f"{path.name}: broken HTML ({error}). {SAVE_PAGE}") from error
    if parser.nested:
        raise IngestError(f"{path.name}: is a web page with a table inside a table. {SAVE_PAGE}")
    for row_no, texts in enumerate(parser.rows, 1):
        yield Row("", row_no, texts)


# A line break that is meant, unlike those of the markup. No page holds this character.
BREAK = "\0"
SAVE_PAGE = "Open it in Excel and save it as XLSX."
# What Excel has.
MOST_COLUMNS = 16_384
# The parser looks through the rest of the page for the end of each.
MOST_UNFINISHED_TAGS = 20
BETWEEN_DIGITS = re.compile(r"(?<=\d)\s+(?=\d)")
BLOCKS = frozenset((
    "address", "article", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "figure",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "main", "ol", "option", "p", "pre",
    "section", "select", "ul",
))  # fmt: skip
EMPTY = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
))  # fmt: skip
ROW_GROUPS = ("thead", "tbody", "tfoot")
TAGS_SHOWN = {
    "a": "link", "sub": "lowered", "sup": "raised", "rt": "raised", "rp": "raised",
    "s": "struck out", "strike": "struck out", "del": "struck out", "template": "hidden",
}  # fmt: skip
STYLES_SHOWN = {
    "lowered": re.compile(r"vertical-align:sub"),
    "raised": re.compile(r"vertical-align:super"),
    "struck out": re.compile(r"text-decoration[-a-z]*:[^;]*line-through"),
    "hidden": re.compile(
        r"display:none|visibility:(hidden|collapse)|mso-hide:all"
        r"|(?:^|;)(font-size|opacity|height|width):0*\.?0*(px|pt|em|rem|%)?(!important)?(;|$)"
    ),
}
CLASS = re.compile(r"\.([\w-]+)\s*\{([^{}]*)\}")
SHOWN_NUMBER = re.compile(r"[-+]?(\d[\d, ]*\.?\d*|\.\d+) ?%?")
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?")
Attributes: TypeAlias = list[tuple[str, str | None]]


class _Tables(HTMLParser):
    """Collects the rows of a page's tables; memory is bounded by the page and MOST_CELLS."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.nested = False
        self._depth = 0
        self._cell: list[Piece] | None = None
        self._cells = 0
        self._span = (1, 1)
        self._silent = ""
        # Tags that are open within the cell, each with how its content is shown, and their counts.
        self._open: list[tuple[str, str]] = []
        self._times_open = Counter[str]()
        # How the content of the table, of its group of rows and of the row is shown, and of each
        # column.
        self._around = {"table": "", "group": "", "tr": ""}
        self._columns: list[str] = []
        self._number = ""
        self._classes: dict[str, str] = {}
        # Per column the last row that a merged cell covers.
        self._covered: dict[int, float] = {}
        self._unfinished = 0

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag in ("script", "style", "title"):
            self._silent = tag
        elif tag == "table":
            self._depth += 1
            self.nested |= self._depth > 1
            self._covered, self._columns = {}, []
            self._around = {"table": self._how(tag, attrs), "group": "", "tr": ""}
        elif tag in ("col", "colgroup"):
            self._start_column(tag, attrs)
        elif tag in ROW_GROUPS:
            self._end_cell()
            self._covered = {}
            self._around |= {"group": self._how(tag, attrs), "tr": ""}
        elif tag == "tr":
            self._end_cell()
            self._around["tr"] = self._how(tag, attrs)
            self.rows.append([])
        elif tag in ("td", "th"):
            self._end_cell()
            if not self._depth or not self.rows:
                self.rows.append([])
            given = dict(attrs)
            self._span = _span(given.get("rowspan"), 0), _span(given.get("colspan"), 1)
            self._number = given.get("x:num") or ""
            self._cell = []
            how = max([*self._around.values(), self._how(tag, attrs)], key=SHOWN.index)
            self._open, self._times_open = [(tag, how)], Counter([tag])
        elif self._cell is not None:
            self._start_inside(self._cell, tag, attrs)

    def _start_inside(self, cell: list[Piece], tag: str, attrs: Attributes) -> None:
        if tag == "br" or tag in BLOCKS:
            cell.append((BREAK, ""))
        how = max(self._shown(), self._how(tag, attrs), key=SHOWN.index)
        if tag == "input" and (value := _field(dict(attrs))):
            cell.append((value, max(how, "field", key=SHOWN.index)))
        if tag not in EMPTY:
            self._open.append((tag, how))
            self._times_open[tag] += 1

    def _start_column(self, tag: str, attrs: Attributes) -> None:
        """A column, or a group that holds none one by one: how it is shown."""
        span = _span(dict(attrs).get("span"), 1)
        how = self._how(tag, attrs)
        if tag == "col" or "span" in dict(attrs):
            self._columns += [how] * min(span, MOST_COLUMNS)

    def _shown(self) -> str:
        return self._open[-1][1] if self._open else ""

    def _how(self, tag: str, attrs: Attributes) -> str:
        """How the content of a tag is shown, by its name, its own style and its classes."""
        given = dict(attrs)
        classes = (given.get("class") or "").lower().split()
        style = ";".join([given.get("style") or "", *(self._classes.get(c, "") for c in classes)])
        return _shown(tag, style, "hidden" in given)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        elif tag in ("td", "th", "tr"):
            self._end_cell()
        elif tag in ROW_GROUPS:
            self._end_cell()
            self._covered = {}
            self._around["group"] = ""
        elif tag == "table":
            self._end_cell()
            self._around = dict.fromkeys(self._around, "")
            self._depth = max(0, self._depth - 1)
        elif self._cell is not None:
            if tag in BLOCKS:
                self._cell.append((BREAK, ""))
            while self._times_open[tag]:
                last, _ = self._open.pop()
                self._times_open[last] -= 1
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if self._silent:
            if self._silent == "style":
                self._classes |= {name.lower(): style for name, style in CLASS.findall(data)}
            return
        if self._cell is not None:
            self._cell.append((data, self._shown()))
        elif data.strip():
            self.rows.append([" ".join(data.split())])

    def close(self) -> None:
        super().close()
        self._end_cell()

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        row, row_no = self.rows[-1], len(self.rows)
        before = len(row)
        while self._covered.get(len(row), 0) >= row_no:
            row.append("")
        down, across = self._span
        if down != 1:
            last = row_no + down - 1 if down else float("inf")
            self._covered |= dict.fromkeys(range(len(row), len(row) + across), last)
        if len(row) < len(self._columns) and (how := self._columns[len(row)]):
            self._cell = [(text, max(shown, how, key=SHOWN.index)) for text, shown in self._cell]
        row += [_with_number(_cell_text(self._cell), self._number), *[""] * (across - 1)]
        self._cells += len(row) - before
        if len(row) > MOST_COLUMNS or self._cells > MOST_CELLS:
            raise IngestError(
                f"is a web page whose row {row_no:,} reaches to column {len(row):,}, with "
                f"{self._cells:,} cells up to there: no table. Get the file again."
            )
        self._cell = None

    def parse_starttag(self, i: int) -> int:
        return self._counted(super().parse_starttag(i))

    def parse_endtag(self, i: int) -> int:
        return self._counted(super().parse_endtag(i))

    def parse_comment(self, i: int, report: bool = True) -> int:
        return self._counted(super().parse_comment(i, report))

    def parse_pi(self, i: int) -> int:
        return self._counted(super().parse_pi(i))

    def parse_html_declaration(self, i: int) -> int:
        return self._counted(super().parse_html_declaration(i))

    def _counted(self, end: int) -> int:
        """Where a tag ends, from which on the page is read; refuses too many without an end."""
        self._unfinished += end < 0
        if self._unfinished > MOST_UNFINISHED_TAGS:
            line, _ = self.getpos()
            raise IngestError(
                f"is a web page with tags or comments that do not end, the last in line {line}. "
                "Get the file again."
            )
        return end


def _span(given: str | None, least: int) -> int:
    """Rows or columns that a cell spans; at most what the HTML standard allows columns.

    A span of 0 rows reaches to the end of their group.
    """
    return min(max(int(given), least), 1000) if given and re.fullmatch("[0-9]{1,10}", given) else 1


def _shown(tag: str, style: str, is_hidden: bool) -> str:
    """How the content of a tag is shown, by its name and its style."""
    style = re.sub(r"\s", "", style).lower()
    ways = [TAGS_SHOWN.get(tag, ""), *(how for how, by in STYLES_SHOWN.items() if by.search(style))]
    return max([*ways, "hidden" if is_hidden else ""], key=SHOWN.index)


def _with_number(text: str, given: str) -> str:
    """The text of a cell with the number that the page gives Excel for it (x:num).

    Where the cell shows that number rounded, it is the number; where it shows another, both.
    """
    if not given or not SHOWN_NUMBER.fullmatch(text) or not NUMBER.fullmatch(given):
        return text
    digits = re.sub("[, %]", "", text)
    share = 100 if text.endswith("%") else 1
    shown, number = float(digits), float(given) * share
    last_digit = 10.0 ** -len(digits.partition(".")[2])
    if shown == number:
        return text
    if abs(shown - number) <= last_digit / 2 * (1 + 1e-9):
        return as_text(number) + "%" * (share > 1)
    return f"{text} [x:num: {given}]"


def _field(given: dict[str, str | None]) -> str:
    """What stands in a field to be filled in."""
    return (given.get("value") or "") if given.get("type") in (None, "text", "number") else ""


def _cell_text(pieces: list[Piece]) -> str:
    """The text of a cell, one line where the page shows one.

    A line break or TAB of the markup is a space, but between digits it parts two figures.
    """
    text = BETWEEN_DIGITS.sub(
        lambda gap: BREAK if set(gap[0]) & set("\n\t") else " ", as_shown(pieces)
    )
    lines = (" ".join(line.split()) for line in text.split(BREAK))
    return "\n".join(filter(None, lines))
