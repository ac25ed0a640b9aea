"""A table as Word, LaTeX, HTML and Markdown: three rules, none of them vertical (三线表).

python-docx writes Word; pandas' Styler LaTeX and HTML; tabulate, through pandas, Markdown. Files
carry no time stamp: the same table gives the same bytes.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import docx
import pandas as pd
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT as VERTICAL
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_PARAGRAPH_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Pt
from docx.styles.style import ParagraphStyle
from docx.table import _Cell
from pandas.io.formats.style import Styler

from nqp.messages import visible
from nqp.presentation.tables import Table
from nqp.text_width import display_width

LATIN, CHINESE = "Times New Roman", "SimSun"
# Word counts rules in eighths of a point: 1.5 pt outside, 0.75 pt inside.
THICK, THIN = 12, 6
CELL_SIZE, NOTE_SIZE, CAPTION_SIZE = Pt(9), Pt(8), Pt(10.5)
PAGE, MARGIN = (Cm(21), Cm(29.7)), Cm(2.5)
# In characters of 9 pt type: a line of a portrait page, the margins of a cell, text kept whole.
LINE, PADDING, SHORT = 105, 3, 20
PREAMBLE = """\
% \\usepackage{booktabs,makecell,rotating,tabularx,threeparttable}
% Chinese, as in the note on simulated data: XeLaTeX and \\usepackage[UTF8]{ctex} (or xeCJK).
"""
LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "−": "$-$", "×": r"$\times$", "²": "$^2$", "—": "---", "–": "--",
})  # fmt: skip

CSS: list[tuple[str, str]] = [
    ("", "border-collapse: collapse; margin: 1em auto; color: #000; background: #fff;"
         f"font: 15px/1.4 '{LATIN}', {CHINESE}, 'Songti SC', 'Noto Serif CJK SC', serif"),
    ("caption", "caption-side: top; font-weight: bold; padding-bottom: .4em"),
    ("th, td", "padding: .1em .8em; text-align: center; vertical-align: top; font-weight: normal"),
    ("thead th", "border-top: 1.5pt solid; border-bottom: .75pt solid; padding: .3em .8em;"
                 "vertical-align: middle"),
    ("tbody tr:last-child td", "border-bottom: 1.5pt solid"),
    ("tfoot td", "text-align: left; font-size: 85%; padding-top: .3em"),
]  # fmt: skip


def render(table: Table) -> dict[str, bytes]:
    """The table in every format, by file ending: docx, tex, html, md."""
    return {
        "docx": to_docx(table),
        "tex": to_latex(table).encode(),
        "html": to_html(table).encode(),
        "md": to_markdown(table).encode(),
    }


def write(table: Table, directory: Path) -> list[Path]:
    """Write the four files `directory`/`table.name`.*; the directory is made if need be."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for ending, content in render(table).items():
        paths.append(directory / f"{table.name}.{ending}")
        paths[-1].write_bytes(content)
    return paths


def to_markdown(table: Table) -> str:
    """Caption, pipe table and notes, for GitHub and pandoc alike."""
    frame = pd.DataFrame(table.rows, dtype="str").map(_markdown)
    frame.columns = [_markdown(cell) for cell in table.header]
    align = ["center" if a == "center" else "left" for a in table.align]
    body = frame.to_markdown(index=False, disable_numparse=True, colalign=align)
    paragraphs = [f"**{_markdown(table.caption)}**", body, *map(_markdown, _notes(table))]
    return "\n\n".join(paragraphs) + "\n"


def to_html(table: Table, *, fragment: bool = False) -> str:
    """A page of its own, or with `fragment` the table and its style to put into one."""
    styler = _styler(table, _html).set_caption(_html(table.caption))
    text = {"left": "text-align: left; white-space: nowrap", "wrap": "text-align: left"}
    aligned = [(f".col{i}", text[a]) for i, a in enumerate(table.align) if a in text]
    styler.set_table_styles([{"selector": s, "props": props} for s, props in CSS + aligned])
    notes = "".join(
        f'<tr><td colspan="{len(table.header)}">{_html(note)}</td></tr>' for note in _notes(table)
    )
    body = styler.to_html(table_uuid=table.name).replace(
        "</table>", f"<tfoot>{notes}</tfoot>\n</table>"
    )
    if fragment:
        return body
    language = "zh-CN" if table.language == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{_html(table.caption)}</title>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )


def to_latex(table: Table) -> str:
    """A float for \\input, turned where the columns need it; a comment names the packages."""
    all_widths = _widths(table)
    widths = [w for w, a in zip(all_widths, table.align, strict=True) if a == "wrap"]
    shares = (f"{len(widths) * width / sum(widths):.2f}" for width in widths)
    columns = "".join(
        rf">{{\hsize={next(shares)}\hsize\raggedright\arraybackslash}}X" if a == "wrap" else a[0]
        for a in table.align
    )
    body = _styler(table, _latex).to_latex(hrules=True, column_format=columns)
    if widths:
        body = body.replace(r"\begin{tabular}", r"\begin{tabularx}{\linewidth}", 1)
        body = body.replace(r"\end{tabular}", r"\end{tabularx}", 1)
    wide = sum(all_widths) > LINE
    environment = "sidewaystable" if wide else "table"
    notes = [f"\\item {_latex(note)}" for note in _notes(table)]
    lines = [
        rf"{PREAMBLE}\begin{{{environment}}}[htbp]",
        r"\centering",
        r"\begin{threeparttable}",
        # The paper's number, whatever tables stand before it.
        rf"\renewcommand{{\thetable}}{{{_latex(table.number)}}}",
        rf"\caption{{{_latex(table.title)}}}",
        rf"\label{{tab:{table.name}}}",
        *([r"\setlength{\tabcolsep}{4pt}"] if wide else []),
        r"\linespread{1}\footnotesize" if widths or wide else r"\small",
        body.rstrip("\n"),
        # A list without items is an error in LaTeX.
        *([r"\begin{tablenotes}[flushleft]", *notes, r"\end{tablenotes}"] if notes else []),
        r"\end{threeparttable}",
        rf"\end{{{environment}}}",
    ]
    return "\n".join(lines) + "\n"


def to_docx(table: Table) -> bytes:
    """A one-table document on A4, turned where the columns need it."""
    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.comments = visible(table.caption), "", ""
    _set_fonts(document.styles["Normal"])
    widths = _widths(table)
    section = document.sections[0]
    short, long = PAGE
    wide = sum(widths) > LINE
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (long, short) if wide else (short, long)
    section.left_margin = section.right_margin = MARGIN
    line = section.page_width - 2 * MARGIN

    caption = document.add_paragraph()
    caption.alignment = WD_PARAGRAPH_ALIGNMENT.CENTER
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_after = Pt(3)
    run = caption.add_run(visible(table.caption))
    run.bold, run.font.size = True, CAPTION_SIZE

    grid = document.add_table(rows=0, cols=len(table.header))
    grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Length(int(line * width / sum(widths)))
    for texts in (table.header, *table.rows):
        for i, cell in enumerate(grid.add_row().cells):
            _fill(cell, texts[i], centred=table.align[i] == "center")
            middle = texts is table.header or "wrap" not in table.align
            cell.vertical_alignment = VERTICAL.CENTER if middle else VERTICAL.TOP
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    _rule(grid.rows[0].cells, top=THICK, bottom=THIN)
    _rule(grid.rows[-1].cells, bottom=THICK)
    if notes := _notes(table):
        # Notes are a row of the table, so that who copies the table copies them.
        cells = grid.add_row().cells
        _fill(cells[0].merge(cells[-1]), "\n".join(notes), centred=False, note=True)

    buffer = io.BytesIO()
    document.save(buffer)
    return _without_time(buffer)


def _fill(cell: _Cell, text: str, centred: bool, note: bool = False) -> None:
    for i, line in enumerate(visible(text).split("\n")):
        paragraph = cell.paragraphs[0] if i == 0 else cell.add_paragraph()
        paragraph.add_run(line).font.size = NOTE_SIZE if note else CELL_SIZE
        if centred:
            paragraph.alignment = WD_PARAGRAPH_ALIGNMENT.CENTER
        layout = paragraph.paragraph_format
        layout.space_before = layout.space_after = Pt(1)
        layout.line_spacing = Pt(11 if note else 12.5)
        layout.keep_with_next = not note


def _rule(cells: Iterable[_Cell], **edges: int) -> None:
    """Draw rules on row edges; the schema wants them after the width and before the alignment."""
    for cell in cells:
        properties = cell._tc.get_or_add_tcPr()
        borders = OxmlElement("w:tcBorders")
        for edge, size in edges.items():
            attributes = {"val": "single", "sz": str(size), "space": "0", "color": "000000"}
            border = OxmlElement(f"w:{edge}", {qn(f"w:{k}"): v for k, v in attributes.items()})
            borders.append(border)
        properties.find(qn("w:vAlign")).addprevious(borders)


def _set_fonts(style: ParagraphStyle) -> None:
    """Latin and East Asian type, and Chinese line breaking, for everything in the document."""
    style.font.name, style.font.size = LATIN, CELL_SIZE
    properties = style.element.get_or_add_rPr()
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), CHINESE)
    properties.append(OxmlElement("w:lang", {qn("w:val"): "en-US", qn("w:eastAsia"): "zh-CN"}))


def _without_time(document: io.BytesIO) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(document) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            new.writestr(entry, old.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _styler(table: Table, write_cell: Callable[[str], str]) -> Styler:
    styler = pd.DataFrame(table.rows, dtype="str").style.hide(axis="index")
    styler.format(lambda text: write_cell(str(text)))
    styler.format_index(lambda i: write_cell(table.header[int(str(i))]), axis="columns")
    return styler


def _notes(table: Table) -> list[str]:
    lead = "Notes: " if table.language == "en" else "注："
    return [lead + note if i == 0 else note for i, note in enumerate(table.notes)]


def _html(text: str) -> str:
    return html.escape(visible(text)).replace("\n", "<br>")


def _latex(text: str) -> str:
    # Behind the \\ of the line before, a star or bracket would be read as its argument.
    lines = [
        f"{{}}{line}" if line[:1] in ("*", "[") else line
        for line in visible(text).translate(LATEX).split("\n")
    ]
    return lines[0] if len(lines) == 1 else r"\makecell{" + r"\\".join(lines) + "}"


def _markdown(text: str) -> str:
    """Escape what Markdown reads; stars that end a number and underscores in a name it does not."""
    escaped = re.sub(r"(?<=\d)\*+$|(?<=\w)_(?=\w)|([\\`*_|<>\[\]~$&#])", _escape, visible(text))
    return escaped.replace("\n", "<br>")


def _escape(match: re.Match[str]) -> str:
    return f"\\{match[0]}" if match[1] else match[0]


def _widths(table: Table) -> list[float]:
    """Characters each column gets, Chinese ones counting twice; text that wraps shares the rest."""
    widths: list[float] = [
        PADDING + max(display_width(line) for text in texts for line in text.split("\n"))
        for texts in zip(table.header, *table.rows, strict=True)
    ]
    # Short text gets what it needs; what is left goes to long text by how much more it needs.
    wrapped = {i: widths[i] for i, align in enumerate(table.align) if align == "wrap"}
    widths = [min(width, SHORT) if i in wrapped else width for i, width in enumerate(widths)]
    rest, more = LINE - sum(widths), sum(max(need - SHORT, 0) for need in wrapped.values())
    for i, need in wrapped.items():
        widths[i] += max(rest, 0) * max(need - SHORT, 0) / max(more, 1)
    return widths
