"""Rows of delimited text and of HTML tables, as a stream, whatever their encoding."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from typing import TextIO, TypeAlias

from nqp.ingest.rows import MOST_CELLS, SHOWN, IngestError, Piece, Row, as_shown

BYTES_AT_ONCE = 1 << 20
# Longer than a line of any table: without a bound, a file without line ends is read whole.
LONGEST_LINE = 1 << 24
CJK = re.compile("[\u3400-\u9fff]")
LOST = "characters that were lost when a program saved the file. Get the file again."
DAMAGE = {
    "\0": "a NUL character, which no text does. Get the file again, or give its encoding in the "
    "manifest (utf-16-le, if a program wrote UTF-16 without a mark).",
    # U+FFFD stands where a program could not decode; its UTF-8 bytes read as GBK are 锟斤拷.
    "\ufffd": f"the replacement character, in place of {LOST}",
    "锟斤拷": f"锟斤拷, in place of {LOST}",
}
LINE_END = re.compile(r"\r\n?|\n")
FIGURE_LAST = re.compile(r"[,;\t|]\s*[-+]?\.?\d[^,;\t|]*$")
LEAVE_EMPTY = "Leave the column encoding empty."


# --- encodings -------------------------------------------------------------------------------


def find_encoding(path: Path, stated: str = "") -> str:
    """The encoding in which the whole of a file reads as text.

    stated: what the manifest says. Where it says nothing: what the file's mark says, else UTF-8,
    else GB18030.
    Raises IngestError where the file is in none or in two, or holds characters that were lost.
    """
    with path.open("rb") as file:
        head = file.read(3)
    marked = (
        "utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        else "utf-8-sig" if head == codecs.BOM_UTF8
        else ""
    )  # fmt: skip
    said = _codec_name(stated, path.name) if stated else ""
    if marked and said and not said.startswith(marked.removesuffix("-sig")):
        raise IngestError(
            f"{path.name}: the manifest says {stated}, but the file's own mark (its first bytes) "
            f"says {marked}. {LEAVE_EMPTY}"
        )
    candidates = [marked or stated] if marked or stated else ["utf-8", "gb18030"]
    for encoding in candidates:
        problem = where_not_text(path, encoding)
        if not problem:
            break
    else:
        _refuse_two_encodings(path)
        raise IngestError(f"{path.name}: {problem}. {_advice(path, stated)}")
    if said and not said.startswith("utf-8") and not marked and _reads_as_utf8(path):
        raise IngestError(
            f"{path.name}: the manifest says {stated}, but the file is UTF-8. {LEAVE_EMPTY}"
        )
    # Chinese in UTF-8 often reads in another encoding too, as other characters.
    if not marked and not encoding.lower().startswith("utf"):
        _refuse_two_encodings(path)
    return encoding


def _codec_name(encoding: str, name: str) -> str:
    try:
        "a".encode(encoding)
        codecs.getincrementaldecoder(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise IngestError(
            f"{name}: unknown encoding {encoding!r}. Give the file's encoding in the manifest "
            "(utf-8, gb18030, utf-16 …) or leave it empty."
        ) from error


def where_not_text(path: Path, encoding: str) -> str:
    """Where a file is not text in an encoding; '' if it is. Refuses text with lost characters."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done, line = 0, 1
    with path.open("rb") as file:
        content = b"any"
        while content:
            content = file.read(BYTES_AT_ONCE)
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(content, final=not content)
            except UnicodeError as error:
                start = done - pending + getattr(error, "start", 0)
                return f"byte {start} in line {_line_of(path, start)} is not {encoding}"
            for sign, meaning in DAMAGE.items():
                if sign in text:
                    at = line + text.count("\n", 0, text.index(sign))
                    raise IngestError(f"{path.name}: line {at} holds {meaning}")
            line += text.count("\n")
            done += len(content)
    return ""


def _line_of(path: Path, position: int) -> int:
    with path.open("rb") as file:
        return 1 + sum(
            file.read(min(BYTES_AT_ONCE, position - start)).count(b"\n")
            for start in range(0, position, BYTES_AT_ONCE)
        )


def _advice(path: Path, stated: str) -> str:
    """Which encoding the file would read in, if it is not the one that the manifest states."""
    for other in ("utf-8", "gb18030") if stated else ():
        if _reads(path, other):
            return f"It reads as {other}: say so in the manifest, column encoding."
    return "Get the file again, or give its encoding in the manifest (utf-8, gb18030, utf-16 …)."


def _reads(path: Path, encoding: str) -> bool:
    try:
        return not where_not_text(path, encoding)
    except IngestError:
        return False


def _reads_as_utf8(path: Path) -> bool:
    """Whether a file is UTF-8 and holds what distinguishes it from other encodings."""
    utf8, other = _first_lines(path)
    return bool(utf8) and not other and _reads(path, "utf-8")


def _first_lines(path: Path) -> tuple[int, int]:
    """The first line with Chinese in UTF-8, and the first one in another encoding; 0 for none."""
    utf8, other = 0, 0
    with path.open("rb") as file:
        for line_no, line in enumerate(file, 1):
            if line.isascii() or (utf8 and other):
                continue
            try:
                is_utf8 = CJK.search(line.decode()) is not None
            except UnicodeDecodeError:
                is_utf8 = False
            utf8 = utf8 or line_no * is_utf8
            other = other or line_no * (not is_utf8)
    return utf8, other


def _refuse_two_encodings(path: Path) -> None:
    utf8, other = _first_lines(path)
    if utf8 and other:
        raise IngestError(
            f"{path.name}: line {utf8} is UTF-8 and line {other} is not: pieces of two files were "
            "joined, or the file is damaged there. Get it again, or save the pieces in one "
            "encoding and join them again."
        )


# --- delimited text --------------------------------------------------------------------------


def text_rows(path: Path, encoding: str = "") -> Iterator[Row]:
    """Rows of a text whose cells are separated by commas, semicolons, TABs or bars.

    Rows are counted as a spreadsheet counts them: one quoted cell of two lines is in one row.
    Raises IngestError, naming the row, where quotation marks do not pair up.
    """
    codec = find_encoding(path, encoding)
    with path.open(encoding=codec, newline="") as file:
        head = file.read(20_000).removeprefix("\ufeff")
        delimiter = _delimiter(head)
        file.seek(0)
        lines = _lines(file, path.name)
        first = next(lines, "").removeprefix("\ufeff")
        # Excel's own line that names the separator; Excel does not show it as a row.
        if named := re.fullmatch(r'"?sep=([,;\t|])"?[\r\n]*', first, re.IGNORECASE):
            delimiter = named[1]
        else:
            lines = chain([first], lines)
        _, separators = _regular(head, delimiter)
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        row_no, line_no = 0, 0
        try:
            for row_no, texts in enumerate(rows, 1):
                if rows.line_num > line_no + 1:
                    _refuse_swallowed(texts, delimiter, separators, f"{path.name}, row {row_no}")
                line_no = rows.line_num
                yield Row("", row_no, texts)
        except csv.Error as error:
            raise IngestError(
                f"{path.name}, row {row_no + 1}: {error}. Look there for a quotation mark that is "
                'not closed, or not doubled inside a quoted cell ("said ""no""").'
            ) from error


def _lines(file: TextIO, name: str) -> Iterator[str]:
    line_no = 0
    while line := file.readline(LONGEST_LINE):
        line_no += 1
        if len(line) == LONGEST_LINE:
            raise IngestError(
                f"{name}: line {line_no} is longer than {LONGEST_LINE:,} characters: no table. "
                "Get the file again."
            )
        yield line


def _delimiter(head: str) -> str:
    """The mark that stands equally often in the most lines; the comma in a tie, then the oftenest.

    NBS exports separate by comma (old portal) or TAB+comma (new): there the TAB belongs to the
    cell.
    """

    def rank(mark: str) -> tuple[int, bool, int]:
        lines, times = _regular(head, mark)
        return lines, mark == ",", times

    return max(",;\t|", key=rank)


def _regular(head: str, mark: str) -> tuple[int, int]:
    """In how many lines a mark stands equally often, and how often; zeros where it is in none.

    Marks between quotation marks separate nothing.
    """
    bare = re.sub(r'"[^"]*("|$)', "", head)
    counts = Counter(times for line in LINE_END.split(bare) if (times := line.count(mark)))
    times, lines = counts.most_common(1)[0] if counts else (0, 0)
    return lines, times


def _refuse_swallowed(texts: list[str], delimiter: str, separators: int, place: str) -> None:
    """Refuse a row of several lines that are rows: a mark was not closed, and met the next one.

    A cell of several lines leaves one line of its row, at most, with as many separators as rows
    have.
    """
    lines = LINE_END.split(delimiter.join(texts))
    full = [line for line in lines if line.count(delimiter) >= separators]
    if separators == 1:
        # A comma may well stand in two lines of a note, but hardly before a figure.
        full = [line for line in full if FIGURE_LAST.search(line)]
    if separators and len(full) > 1:
        col_no = max(range(len(texts)), key=lambda col: len(LINE_END.split(texts[col]))) + 1
        raise IngestError(
            f"{place}, column {col_no}: a quotation mark opens a cell that runs over whole rows. "
            "Remove the mark, or close it."
        )


# --- HTML ------------------------------------------------------------------------------------


def is_html(head: bytes) -> bool:
    """Whether a file that starts with ``head`` is a web page, as portals export it for Excel."""
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    tags = rb"<(!doctype html|html|head|meta|style|body|table|div|center|font|title|h\d)\b"
    return bool(re.match(tags, text)) or (text.startswith(b"<?xml") and b"<html" in text)


def html_rows(path: Path, encoding: str = "") -> Iterator[Row]:
    """Rows of the tables of a web page, one below the other, as Excel shows them.

    A merged cell stands in its first place; text between tables is a row of one cell. What is
    struck out, hidden, raised or a link never lengthens a figure: see ``as_shown``.
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
    "hidden": re.compile(r"display:none|visibility:hidden|mso-hide:all"),
}
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
        # Per column the last row that a merged cell covers.
        self._covered: dict[int, float] = {}
        self._unfinished = 0

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag in ("script", "style", "title"):
            self._silent = tag
        elif tag == "table":
            self._depth += 1
            self.nested |= self._depth > 1
            self._covered = {}
        elif tag in ROW_GROUPS:
            self._end_cell()
            self._covered = {}
        elif tag == "tr":
            self._end_cell()
            self.rows.append([])
        elif tag in ("td", "th"):
            self._end_cell()
            if not self._depth or not self.rows:
                self.rows.append([])
            given = dict(attrs)
            self._span = _span(given.get("rowspan"), 0), _span(given.get("colspan"), 1)
            self._cell = []
            self._open, self._times_open = [], Counter()
        elif self._cell is not None:
            self._start_inside(self._cell, tag, attrs)

    def _start_inside(self, cell: list[Piece], tag: str, attrs: Attributes) -> None:
        if tag == "br" or tag in BLOCKS:
            cell.append((BREAK, ""))
        how = max(self._shown(), _shown(tag, attrs), key=SHOWN.index)
        if tag == "input" and (value := _field(dict(attrs))):
            cell.append((value, max(how, "field", key=SHOWN.index)))
        if tag not in EMPTY:
            self._open.append((tag, how))
            self._times_open[tag] += 1

    def _shown(self) -> str:
        return self._open[-1][1] if self._open else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        elif tag in ("td", "th", "tr"):
            self._end_cell()
        elif tag in ROW_GROUPS:
            self._end_cell()
            self._covered = {}
        elif tag == "table":
            self._end_cell()
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
        row += [_cell_text(self._cell), *[""] * (across - 1)]
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


def _shown(tag: str, attrs: Attributes) -> str:
    """How the content of a tag is shown, by its name and its own style."""
    given = dict(attrs)
    style = re.sub(r"\s", "", given.get("style") or "").lower()
    ways = [TAGS_SHOWN.get(tag, ""), *(how for how, by in STYLES_SHOWN.items() if by.search(style))]
    return max([*ways, "hidden" if "hidden" in given else ""], key=SHOWN.index)


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
