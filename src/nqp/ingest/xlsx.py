"""What XLSX and XLSM files say in their XML beyond the values of their cells."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Mapping
from io import BytesIO
from typing import BinaryIO
from xml.etree import ElementTree

from nqp.addresses import column_number
from nqp.ingest.looks import GET_AGAIN, NOT_CALCULATED, Look, refuse_reach
from nqp.ingest.rows import IngestError, as_shown

MOST_BYTES = 1 << 30
# What a sheet's XML says of its formulas: how many there are, and how many are followed by a value.
FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
CALCULATED = re.compile(rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\s[^<>]*/>)\s*<(?:\w+:)?v(?:\s[^<>]*)?>[^<]")
ERROR = re.compile(rb"""\st=["']e["']""")
# A cell further out than most tables reach, and any cell's column and row.
FAR = re.compile(rb"""\sr=["'](?:[A-Za-z]{3}|[A-Za-z]*\d{6})""")
PLACE = re.compile(rb"""\sr=["']([A-Za-z]+)(\d+)["']""")
TEXT_COUNT = re.compile(rb"""uniqueCount\s*=\s*["']\s*(\d+)""")
# A value or text with a comment or a quoted section (CDATA) in it, of which calamine takes a part.
VALUE_IN_PIECES = re.compile(rb"<!(?:--[^>]*-->|\[CDATA\[[^>]*\]\]>)[^<>]*</(?:\w+:)?[vt]>")
IN_PIECES = "holds a comment or a quoted section within a value, which no spreadsheet writes"
# Pieces of a text that are raised, lowered or struck out.
ODD_PIECES = re.compile(rb"<(?:\w+:)?(?:vertAlign|strike)\b")
# A format of numbers that shows none (three empty sections), and what white text is written in.
UNSEEN = re.compile(
    rb"""formatCode=["'];;;["']|<(?:\w+:)?color\b[^>]*\b(?:rgb=["']..FFFFFF|theme=["']0["'])""",
    re.I,
)
RAISED = {"superscript": "raised", "subscript": "lowered"}
ZERO = re.compile(r"\s*-?(0+\.?0*|\.0+)([eE][-+]?\d+)?\s*")
NO = ("0", "false")
STYLE = re.compile(rb"""\ss=["'](\d+)["']""")
# A row or column that is hidden, or has no height or width.
HIDDEN = re.compile(rb"""\s(?:hidden=["'](?:1|true)|(?:ht|width)=["']0(?:\.0*)?)["']""")
MAY_HIDE = (b"hidden=", b'ht="0', b"ht='0", b'width="0', b"width='0")
ROW_TAG = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
COLUMN_TAG = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
ATTRIBUTE = re.compile(rb"""\b(\w+)=["']([^"']*)["']""")
MOST_COLUMNS = 16_384


def looks_of_xlsx(source: BinaryIO) -> list[Look]:
    """Per sheet, what its cells alone do not say. Damage to any part is noticed here."""
    with zipfile.ZipFile(source) as book:
        parts = {name.lower(): name for name in book.namelist()}
        if "xl/workbook.xml" not in parts:
            raise IngestError(f"is {_other_zip(parts)}. Save it as XLSX.")
        unpacked = sum(info.file_size for info in book.infolist())
        if unpacked > MOST_BYTES:
            raise IngestError(
                f"unpacks to {unpacked / 1e9:.1f} GB, more than any table needs. Save the sheets "
                "that are needed in a workbook of their own."
            )
        # Reading a part compares it with its check sum.
        for part in parts:
            if part.startswith("xl/") and part.endswith(".xml") and "worksheets/" not in part:
                content = book.read(parts[part])
                # calamine takes the memory for as many texts as the workbook says it has.
                said = TEXT_COUNT.search(content) if part == "xl/sharedstrings.xml" else None
                if said and int(said[1]) > len(content):
                    raise IngestError(f"is damaged. {GET_AGAIN}")
        workbook = ElementTree.fromstring(book.read(parts["xl/workbook.xml"]))
        # Programs that write formulas without calculating them set this flag, so that Excel does;
        # some of them store 0 as the result.
        settings = workbook.find("{*}calcPr")
        asked = "0" if settings is None else settings.get("fullCalcOnLoad", "0")
        to_calculate = asked.strip() not in NO
        texts = book.read(parts["xl/sharedstrings.xml"]) if "xl/sharedstrings.xml" in parts else b""
        odd_texts = _odd_texts(texts)
        links = ElementTree.fromstring(book.read(parts["xl/_rels/workbook.xml.rels"]))
        targets = {link.get("Id"): link.get("Target", "") for link in links}
        sheets = workbook.findall("{*}sheets/{*}sheet")
        names = Counter(sheet.get("name", "") for sheet in sheets)
        if twice := [name for name, times in names.items() if times > 1]:
            raise IngestError(f"has two sheets named {twice[0]!r}. Give each a name of its own.")
        if VALUE_IN_PIECES.search(texts):
            raise IngestError(f"{IN_PIECES}. {GET_AGAIN}")
        styles = book.read(parts["xl/styles.xml"]) if "xl/styles.xml" in parts else b""
        odd_styles = _odd_styles(styles)
        looks = []
        for sheet in sheets:
            link = next((text for key, text in sheet.items() if key.endswith("}id")), "")
            part = posixpath.normpath(posixpath.join("/xl", targets.get(link, "")))[1:].lower()
            xml = book.read(parts[part]) if part in parts else b""
            name = sheet.get("name", "")
            looks.append(_look_of_sheet(xml, name, to_calculate, odd_texts, odd_styles))
        return looks


def _other_zip(parts: Collection[str]) -> str:
    if "xl/workbook.bin" in parts:
        return "a binary workbook (XLSB)"
    if "content.xml" in parts:
        return "an OpenDocument file (ODS)"
    if "word/document.xml" in parts:
        return "a Word document"
    return "a ZIP archive and no workbook; unpack it, if it holds one"


def _odd_texts(xml: bytes) -> dict[str, str]:
    """The shared texts that are not what their pieces are together, by their numbers."""
    if not ODD_PIECES.search(xml):
        return {}
    numbered = enumerate(ElementTree.fromstring(xml).findall("{*}si"))
    shown = {str(number): _shown_text(text) for number, text in numbered}
    return {number: text for number, text in shown.items() if text is not None}


def _shown_text(element: ElementTree.Element) -> str | None:
    """The text of a shared or an inline string; None where it is what its pieces are together."""
    pieces = [(run.findtext("{*}t", ""), _shown(run)) for run in element.findall("{*}r")]
    text = as_shown(pieces)
    return None if text == "".join(piece for piece, _ in pieces) else text


def _shown(run: ElementTree.Element) -> str:
    """How a piece of a text is shown, as ``Piece`` has it."""
    font = run.find("{*}rPr")
    return "" if font is None else _shown_font(font)


def _shown_font(font: ElementTree.Element) -> str:
    strike, align = font.find("{*}strike"), font.find("{*}vertAlign")
    struck = strike is not None and strike.get("val", "1") not in NO
    raised = "" if align is None else RAISED.get(align.get("val", ""), "")
    return "struck out" if struck else raised


def _look_of_sheet(
    xml: bytes,
    name: str,
    to_calculate: bool,
    odd_texts: Mapping[str, str],
    odd_styles: Mapping[str, str],
) -> Look:
    """Errors as their text, formulas without a value as the formula, texts with odd pieces, cells
    of odd styles, hidden rows and columns.

    Parses the sheet only where a look at its bytes finds one of the first four.
    """
    if VALUE_IN_PIECES.search(xml):
        raise IngestError(f"sheet {name!r} {IN_PIECES}. {GET_AGAIN}")
    # Most sheets have none of this, and to look for a few bytes takes a tenth of the time.
    may_calculate, may_be_odd = _holds(xml, b"<f", b":f"), _holds(xml, b"vertAlign", b"strike")
    formulas = sum(1 for _ in FORMULA.finditer(xml)) if may_calculate else 0
    calculated = sum(1 for _ in CALCULATED.finditer(xml)) if formulas else 0
    if FAR.search(xml):
        columns, rows = set(), set()
        for found in PLACE.finditer(xml):
            columns.add(found[1])
            rows.add(found[2])
        last_column = max(column_number(letters.decode()) for letters in columns)
        refuse_reach(f"sheet {name!r}", max(map(int, rows)), last_column)
    hidden_rows, hidden_columns = _hidden(xml)
    look = Look({}, {}, hidden_rows, hidden_columns)
    used = odd_styles and any(found[1].decode() in odd_styles for found in STYLE.finditer(xml))
    as_they_are = formulas == calculated and not (formulas and to_calculate) and not odd_texts
    has_odd = (_holds(xml, b't="e"', b"t='e'") and ERROR.search(xml)) or (
        may_be_odd and ODD_PIECES.search(xml)
    )
    if as_they_are and not used and not has_odd:
        return look
    left_out, shown = look.texts, dict[tuple[int, int], str]()
    row_no = col_no = 0
    for event, element in ElementTree.iterparse(BytesIO(xml), events=("start", "end")):
        tag = element.tag.rpartition("}")[2]
        if event == "start" and tag == "row":
            row_no, col_no = int(element.get("r", row_no + 1)), 0
        elif event == "end" and tag == "row":
            element.clear()
        elif event == "end" and tag == "c":
            # A cell without a place is the next one.
            reference = element.get("r", "")
            letters = reference.rstrip("0123456789")
            col_no = column_number(letters) if letters else col_no + 1
            row_no = int(reference[len(letters) :] or row_no)
            if how := odd_styles.get(element.get("s", "")):
                shown[row_no, col_no] = how
            value = element.findtext("{*}v", "")
            formula = element.find("{*}f")
            kind = element.get("t", "n")
            inline = element.find("{*}is")
            if kind == "e" and value:
                left_out[row_no, col_no] = value
            elif kind == "s" and value in odd_texts:
                left_out[row_no, col_no] = odd_texts[value]
            elif inline is not None and (text := _shown_text(inline)) is not None:
                left_out[row_no, col_no] = text
            elif formula is not None and (
                # An empty text is a value that a formula may well have.
                (not value and kind != "str") or (to_calculate and ZERO.fullmatch(value))
            ):
                left_out[row_no, col_no] = "=" + (formula.text or NOT_CALCULATED)
    look.shown = shown
    return look


def _holds(xml: bytes, *marks: bytes) -> bool:
    return any(mark in xml for mark in marks)


def _odd_styles(xml: bytes) -> dict[str, str]:
    """How cells of a style are shown, for those struck out, raised, or not to be seen: in a format
    that shows nothing, or white on nothing."""
    if not ODD_PIECES.search(xml) and not UNSEEN.search(xml):
        return {}
    styles = ElementTree.fromstring(xml)
    fonts = styles.findall("{*}fonts/{*}font")
    white = {str(number) for number, font in enumerate(fonts) if _is_white(font)}
    unfilled = {
        str(number)
        for number, fill in enumerate(styles.findall("{*}fills/{*}fill/{*}patternFill"))
        if fill.get("patternType", "none") == "none"
    }
    empty = {
        given.get("numFmtId", "")
        for given in styles.findall("{*}numFmts/{*}numFmt")
        if given.get("formatCode") == ";;;"
    }
    found = {}
    for number, style in enumerate(styles.findall("{*}cellXfs/{*}xf")):
        font = style.get("fontId", "0")
        is_unseen = font in white and style.get("fillId", "0") in unfilled
        if is_unseen or style.get("numFmtId", "0") in empty:
            found[str(number)] = "hidden"
        elif int(font) < len(fonts) and (how := _shown_font(fonts[int(font)])):
            found[str(number)] = how
    return found


def _is_white(font: ElementTree.Element) -> bool:
    colour = font.find("{*}color")
    if colour is None or float(colour.get("tint", "0")):
        return False
    return colour.get("theme") == "0" or colour.get("rgb", "")[2:].upper() == "FFFFFF"


def _hidden(xml: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """The rows and the columns of a sheet that Excel does not show."""
    if not _holds(xml, *MAY_HIDE) or not HIDDEN.search(xml):
        return frozenset(), frozenset()
    rows, columns, row_no = set(), set(), 0
    for tag in ROW_TAG.finditer(xml):
        given = _attributes(tag[1])
        row_no = int(given.get("r", row_no + 1))
        if _is_hidden(given, "ht"):
            rows.add(row_no)
    for tag in COLUMN_TAG.finditer(xml):
        given = _attributes(tag[1])
        if _is_hidden(given, "width"):
            last = min(int(given.get("max", "0")), MOST_COLUMNS)
            columns |= set(range(int(given.get("min", "1")), last + 1))
    return frozenset(rows), frozenset(columns)


def _attributes(tag: bytes) -> dict[str, str]:
    return {name.decode(): text.decode() for name, text in ATTRIBUTE.findall(tag)}


def _is_hidden(given: Mapping[str, str], size: str) -> bool:
    return given.get("hidden", "0") not in NO or ZERO.fullmatch(given.get(size, "1")) is not None
