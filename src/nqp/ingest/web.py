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
    "noscript": "hidden",
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
RULE = re.compile(r"([^{};]+)\{([^{}]*)\}")
# What stands around rules, and rules that hold on paper alone.
AROUND_RULES = re.compile(
    r"/\*.*?\*/|<!--|-->|@media\s+print\s*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.DOTALL
)
# An element of a selector: its tag, classes, id. Others, such as those a pointer is over, are left.
ELEMENT = re.compile(r"([a-z][\w-]*)?(?:[.#][\w-]+|\[(?:class|id)~?=[\"']?[\w-]+[\"']?\])*")
NAME = re.compile(r"^[a-z][\w-]*|[.#][\w-]+|\[(?:class|id)~?=[\"']?[\w-]+")
# What may stand around a table and hide it.
CONTAINERS = frozenset(
    ("article", "aside", "center", "div", "fieldset", "form", "main", "section", "span")
)
SHOWN_NUMBER = re.compile(r"[-+]?(\d[\d, ]*\.?\d*|\.\d+) ?%?")
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?")
Attributes: TypeAlias = list[tuple[str, str | None]]
# An element by its tag, .classes and #id.
Names: TypeAlias = frozenset[str]
# How the content of an element is shown, and its names where rules ask for them.
Element: TypeAlias = tuple[str, Names]
NO_ELEMENT: Element = ("", frozenset())


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
        # Tags that are open around the table, and within the cell, and the counts of these.
        self._outside: list[tuple[str, Element]] = []
        self._open: list[tuple[str, Element]] = []
        self._times_open = Counter[str]()
        # The table, its group of rows and the row; how the content of each column is shown.
        self._around = {"table": NO_ELEMENT, "group": NO_ELEMENT, "tr": NO_ELEMENT}
        self._columns: list[str] = []
        self._number = ""
        # How rules of the page say that elements are shown, by their selectors.
        self._rules: dict[tuple[Names, ...], str] = {}
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
            self._around = dict.fromkeys(self._around, NO_ELEMENT)
            self._around["table"] = self._element(tag, attrs)
        elif tag in ("col", "colgroup"):
            self._start_column(tag, attrs)
        elif tag in ROW_GROUPS:
            self._end_cell()
            self._covered = {}
            self._around |= {"group": NO_ELEMENT, "tr": NO_ELEMENT}
            self._around["group"] = self._element(tag, attrs)
        elif tag == "tr":
            self._end_cell()
            self._around["tr"] = NO_ELEMENT
            self._around["tr"] = self._element(tag, attrs)
            self.rows.append([])
        elif tag in ("td", "th"):
            self._end_cell()
            if not self._depth or not self.rows:
                self.rows.append([])
            given = dict(attrs)
            self._span = _span(given.get("rowspan"), 0), _span(given.get("colspan"), 1)
            self._number = given.get("x:num") or ""
            self._cell, self._open = [], []
            own, names = self._element(tag, attrs)
            around = [how for how, _ in self._around.values()]
            outside = ["hidden" for _, (how, _) in self._outside if how == "hidden"]
            how = max([*outside, *around, own], key=SHOWN.index)
            self._open, self._times_open = [(tag, (how, names))], Counter([tag])
        elif self._cell is not None:
            self._start_inside(self._cell, tag, attrs)
        elif not self._depth and tag in CONTAINERS:
            self._outside.append((tag, self._element(tag, attrs)))

    def _start_inside(self, cell: list[Piece], tag: str, attrs: Attributes) -> None:
        if tag == "br" or tag in BLOCKS:
            cell.append((BREAK, ""))
        own, names = self._element(tag, attrs)
        how = max(self._shown(), own, key=SHOWN.index)
        if tag == "input" and (value := _field(dict(attrs))):
            cell.append((value, max(how, "field", key=SHOWN.index)))
        if tag not in EMPTY:
            self._open.append((tag, (how, names)))
            self._times_open[tag] += 1

    def _start_column(self, tag: str, attrs: Attributes) -> None:
        """A column, or a group that holds none one by one: how it is shown."""
        span = _span(dict(attrs).get("span"), 1)
        how, _ = self._element(tag, attrs)
        if tag == "col" or "span" in dict(attrs):
            self._columns += [how] * min(span, MOST_COLUMNS)

    def _shown(self) -> str:
        return self._open[-1][1][0] if self._open else ""

    def _element(self, tag: str, attrs: Attributes) -> Element:
        """How the content of a tag is shown, by its name, its own style and the page's rules."""
        given = dict(attrs)
        how = _shown(tag, given.get("style") or "", "hidden" in given)
        if not self._rules:
            return how, frozenset()
        classes = (given.get("class") or "").lower().split()
        names = frozenset([tag, f"#{(given.get('id') or '').lower()}", *(f".{c}" for c in classes)])
        open_now = [*self._outside, *self._around.items(), *self._open]
        around = [others for _, (_, others) in open_now]
        ways = [way for selector, way in self._rules.items() if _is_of(selector, names, around)]
        return max([how, *ways], key=SHOWN.index), names

    def _take_rules(self, style: str) -> None:
        """The rules of a page that say more of elements than how they look; a later one holds."""
        for selectors, said in RULE.findall(AROUND_RULES.sub("", style.lower())):
            how = _shown("", said, False)
            for selector in selectors.split(","):
                elements = re.split(r"[\s>]+", selector.strip())
                if not all(text and ELEMENT.fullmatch(text) for text in elements):
                    continue
                rule = tuple(frozenset(map(_name, NAME.findall(text))) for text in elements)
                self._rules.pop(rule, "")
                if how:
                    self._rules[rule] = how

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        elif tag in ("td", "th", "tr"):
            self._end_cell()
        elif tag in ROW_GROUPS:
            self._end_cell()
            self._covered = {}
            self._around["group"] = NO_ELEMENT
        elif tag == "table":
            self._end_cell()
            self._around = dict.fromkeys(self._around, NO_ELEMENT)
            self._depth = max(0, self._depth - 1)
        elif self._cell is not None:
            if tag in BLOCKS:
                self._cell.append((BREAK, ""))
            while self._times_open[tag]:
                last, _ = self._open.pop()
                self._times_open[last] -= 1
                if last == tag:
                    break
        elif any(tag == outside for outside, _ in self._outside):
            while self._outside.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._silent:
            if self._silent == "style":
                self._take_rules(data)
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


def _name(written: str) -> str:
    """A name in a selector as elements have it: [class=x] is .x."""
    kind, equals, value = written.partition("=")
    return (
        f"{'.' if 'class' in kind else '#'}{value.strip(chr(34) + chr(39))}" if equals else written
    )


def _is_of(selector: tuple[Names, ...], names: Names, around: list[Names]) -> bool:
    """Whether a rule is of an element, by its names and those of the elements around it."""
    *others, last = selector
    if not last <= names:
        return False
    left = iter(around)
    return all(any(other <= found for found in left) for other in others)


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
