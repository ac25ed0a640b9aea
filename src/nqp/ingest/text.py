"""Rows of delimited text, as a stream, whatever its encoding."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TextIO

from nqp.ingest.rows import IngestError, Row

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
