"""An audit as one HTML page: the tables as printed, with the cells that findings are about."""

from __future__ import annotations

from html import escape

from nqp.audit.findings import SEVERITIES_ZH, Cell, Finding, Severity
from nqp.audit.pages.style import STYLE
from nqp.audit.pages.terminal import star_words
from nqp.audit.printed import Column, Descriptive
from nqp.audit.report import Report
from nqp.audit.texts import Printed

_CLASS = {
    Severity.CONTRADICTION: "contradiction", Severity.AGAINST_CLAIM: "claim",
    Severity.UNLIKELY: "unlikely", Severity.UNCLEAR: "unclear",
    Severity.UNDECIDABLE: "undecidable",
}  # fmt: skip
_FITS = (
    ("n_obs", "N"), ("r2", "R²"), ("r2_adj", "Adjusted R²"), ("f_stat", "F"),
)  # fmt: skip
_EFFECTS = (("unit_effects", "Unit effects"), ("time_effects", "Time effects"),
            ("controls", "Controls"))  # fmt: skip
_MOMENTS = (("n_obs", "N"), ("mean", "Mean"), ("std_dev", "S.d."), ("minimum", "Minimum"),
            ("maximum", "Maximum"))  # fmt: skip


class _Marks:
    """The findings by number, and which of them a cell belongs to."""

    def __init__(self, report: Report) -> None:
        self.numbered = list(enumerate((*report.findings, *report.undecidable), 1))
        self._at: dict[tuple[str, str, str, str, str], list[tuple[int, Finding]]] = {}
        for number, finding in self.numbered:
            for cell in finding.cells:
                self._at.setdefault(_key(cell), []).append((number, finding))

    def cell(self, text: str, cell: Cell) -> str:
        """A cell's text, marked and linked where findings are about it."""
        there = self._at.get(_key(cell), [])
        if not there or not text:
            return escape(text)
        kind = _CLASS[there[0][1].severity]
        links = "".join(f'<a href="#f{number}">{number}</a>' for number, _ in there)
        title = escape(" ".join(f.sentence for _, f in there), quote=True)
        return f'<mark class="{kind}" title="{title}">{escape(text)}<sup>{links}</sup></mark>'


def _key(cell: Cell) -> tuple[str, str, str, str, str]:
    return cell.table_number, cell.panel, cell.column_number or "", cell.term or "", cell.what


def page(reports: list[Report]) -> str:
    """A page that needs nothing beside itself."""
    names = ", ".join(r.paper.name for r in reports if r.paper.name) or "printed tables"
    body = "\n".join(_paper(report, at) for at, report in enumerate(reports))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Audit of {escape(names)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _paper(report: Report, at: int) -> str:
    marks, paper = _Marks(report), report.paper
    parts = [f"<h1>Audit of {escape(paper.name or 'printed tables')}</h1>"]
    counts = ", ".join(
        f'<span class="{_CLASS[Severity(name)]}">{n} {name}</span>'
        for name, n in report.counts.items()
    )
    parts.append(f"<p>{counts or 'No findings.'}</p>")
    if report.stars:
        parts.append(f"<p>Marks of significance: {escape(star_words(report))}.</p>")
    parts.append(_findings(marks))
    for table in dict.fromkeys(c.table_number for c in paper.columns):
        columns = [c for c in paper.columns if c.table_number == table]
        for panel in dict.fromkeys(c.panel for c in columns):
            parts.append(_table([c for c in columns if c.panel == panel], marks))
    for table in dict.fromkeys(d.table_number for d in paper.descriptives):
        parts.append(_described([d for d in paper.descriptives if d.table_number == table], marks))
    parts.append(_list("What the tables imply", [i.sentence for i in report.implied]))
    parts.append(_list("Not read", list(paper.unread)))
    return f'<section id="paper{at}">\n' + "\n".join(filter(None, parts)) + "\n</section>"


def _findings(marks: _Marks) -> str:
    if not marks.numbered:
        return ""
    items = [
        f'<li id="f{number}" value="{number}"><span class="{_CLASS[f.severity]}">'
        f"{f.severity.value} · {SEVERITIES_ZH[f.severity]}</span> {escape(f.sentence)}"
        f'<br><span lang="zh">{escape(f.sentence_zh)}</span> <code>{escape(f.rule)}</code></li>'
        for number, f in marks.numbered
    ]
    return "<h2>Findings</h2>\n<ol>\n" + "\n".join(items) + "\n</ol>"


def _list(title: str, sentences: list[str]) -> str:
    if not sentences:
        return ""
    items = "\n".join(f"<li>{escape(s)}</li>" for s in sentences)
    return f"<h2>{title}</h2>\n<ul>\n{items}\n</ul>"


def _table(columns: list[Column], marks: _Marks) -> str:
    first = columns[0]
    title = first.title or f"Table {first.table_number}"
    if first.panel:
        title += f", {first.panel}"
    caption = marks.cell(title, first.cell("title"))
    head = "".join(
        f"<th scope=col>{escape(c.heading or c.outcome)}<br>({escape(c.column_number)})</th>"
        for c in columns
    )
    rows = []
    for term in dict.fromkeys(k.term for c in columns for k in c.coefficients):
        cells = "".join(f"<td>{_coefficient(c, term, marks)}</td>" for c in columns)
        rows.append(f"<tr><th scope=row>{escape(term)}</th>{cells}</tr>")
    for name, label in _EFFECTS:
        said = [getattr(c, name) for c in columns]
        if any(s is not None for s in said):
            cells = "".join(f"<td>{ {True: 'yes', False: 'no', None: ''}[s] }</td>" for s in said)
            rows.append(f"<tr class=fit><th scope=row>{label}</th>{cells}</tr>")
    for name, label in _FITS:
        values = [(c, getattr(c, name)) for c in columns]
        if any(v is not None for _, v in values):
            cells = "".join(f"<td>{_printed(v, c.cell(name), marks)}</td>" for c, v in values)
            rows.append(f"<tr class=fit><th scope=row>{label}</th>{cells}</tr>")
    body = "\n".join(rows)
    note = f"<p class=note>{escape(first.note)}</p>" if first.note else ""
    return (
        f"<figure><div class=wide><table><caption>{caption}</caption>"
        f"<thead><tr><th></th>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
        f"{note}</figure>"
    )


def _coefficient(column: Column, term: str, marks: _Marks) -> str:
    c = column.of(term)
    if c is None:
        return ""
    estimate = marks.cell(c.estimate_text, column.cell("estimate", c.term))
    stars = marks.cell(c.stars or "", column.cell("stars", c.term))
    # A missing mark is shown where it would stand.
    if not c.stars and stars == "":
        stars = marks.cell("\u2009", column.cell("stars", c.term)).strip("\u2009")
    if not c.parenthesis_text:
        return f"{estimate}{stars}"
    inside = marks.cell(f"({c.parenthesis_text})", column.cell("parenthesis", c.term))
    return f"{estimate}{stars}<br>{inside}"


def _described(rows: list[Descriptive], marks: _Marks) -> str:
    head = "".join(f"<th scope=col>{label}</th>" for _, label in _MOMENTS)
    body = "\n".join(
        f"<tr><th scope=row>{escape(row.variable)}</th>"
        + "".join(
            f"<td>{_printed(getattr(row, name), row.cell(name), marks)}</td>"
            for name, _ in _MOMENTS
        )
        + "</tr>"
        for row in rows
    )
    return (
        f"<figure><div class=wide><table><caption>Table {escape(rows[0].table_number)}. "
        f"Descriptive statistics</caption><thead><tr><th></th>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table></div></figure>"
    )


def _printed(value: Printed | None, cell: Cell, marks: _Marks) -> str:
    return marks.cell(value.text, cell) if value is not None else ""
