"""The tidy form of printed tables: one row a coefficient, everything as text.

`papers` makes the tables of rows, wherever they come from: a tidy file, pasted tables, the figures
of a study. `read_rows` reads a CSV file strictly.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nqp.audit import notes, texts
from nqp.audit.declared import DECLARED
from nqp.audit.printed import (
    Coefficient,
    Column,
    Declared,
    Descriptive,
    Paper,
    Place,
    PrintedError,
)
from nqp.audit.texts import Printed, number, plain
from nqp.messages import nearest

KEYS = ("paper", "table_number", "column_number", "panel")
COEFFICIENT = ("term", "estimate_printed", "parenthesis_printed", "parenthesis", "stars")
# What holds for a column; beside each coefficient of it, or in a row without a term.
FIT = ("outcome", "n_obs", "r2", "r2_adj", "unit_effects", "time_effects")
MORE_FIT = ("controls", "other_effects", "f_stat", "table_title", "heading", "note")
COLUMNS = (*KEYS, *COEFFICIENT, *FIT, *MORE_FIT, *DECLARED)
NEEDED = ("table_number", "column_number", "term", "estimate_printed", "parenthesis_printed")
DESCRIPTIVES = (
    "paper", "table_number", "variable", "n_obs", "mean_printed", "std_dev_printed",
    "minimum_printed", "maximum_printed", "kind",
)  # fmt: skip
KINDS = {
    "se": "se", "s.e.": "se", "std_error": "se", "standard error": "se", "standard errors": "se",
    "t": "t", "z": "t", "t statistic": "t", "p": "p", "p value": "p", "unknown": "unknown",
    "": "unknown",
}  # fmt: skip
ERRORS = ("clustered", "robust", "conventional", "bootstrap", "permutation")
# What tables print in a cell that holds nothing.
EMPTY = frozenset({"", "-", "--", "---", ".", "/", "n/a", "na", "omitted", "dropped", "absorbed"})


@dataclass(frozen=True)
class Row:
    """A row of texts and where it stands."""

    texts: Mapping[str, str]
    place: Place

    def __getitem__(self, column: str) -> str:
        return self.texts.get(column, "")

    def error(self, column: str, expected: str) -> PrintedError:
        """That a cell is not what it should be."""
        return PrintedError(
            f"{self.place}, column {column}: {self[column]!r} is not {expected}. Correct the cell."
        )


def read_rows(path: Path) -> list[Row]:
    """The rows of a CSV file with its columns' names in the first line.

    Raises PrintedError naming file, line and column where the file is no such table.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PrintedError(f"{path} is not UTF-8. Save it as CSV UTF-8.") from error
    reader = csv.reader(text.splitlines(), strict=True)
    rows: list[Row] = []
    header: list[str] = []
    try:
        for cells in reader:
            place = Place(str(path), reader.line_num)
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = [cell.strip() for cell in cells]
                _check_header(header, place)
            elif len(cells) != len(header):
                raise PrintedError(
                    f"{place}: {len(cells)} cells under {len(header)} columns. Put text that holds "
                    "a comma between quotation marks."
                )
            else:
                rows.append(Row(dict(zip(header, map(str.strip, cells), strict=True)), place))
    except csv.Error as error:
        raise PrintedError(f"{path}, line {reader.line_num}: {error}. Close the quotes.") from error
    if not header:
        raise PrintedError(f"{path} is empty. Its first line names the columns.")
    return rows


def is_descriptive(rows: Sequence[Row]) -> bool:
    """Whether rows are those of descriptive statistics."""
    return bool(rows) and ("variable" in rows[0].texts or "mean_printed" in rows[0].texts)


def papers(rows: Sequence[Row], described: Sequence[Row] = (), default: str = "") -> list[Paper]:
    """The papers whose tables these rows are, in the order of their first rows.

    described: rows of descriptive statistics. default: the paper of rows that name none.
    """
    names = dict.fromkeys([*(r["paper"] or default for r in rows)])
    if len(names) != 1:
        names |= dict.fromkeys(r["paper"] or default for r in described)
    return [
        Paper(
            name,
            tuple(_columns([r for r in rows if (r["paper"] or default) == name])),
            tuple(
                _descriptive(r)
                for r in described
                if r["paper"] == name or len(names) == 1 or (not r["paper"] and default == name)
            ),
        )
        for name in names
    ]


def _check_header(header: Sequence[str], place: Place) -> None:
    described = "mean_printed" in header or "variable" in header
    known = DESCRIPTIVES if described else COLUMNS
    for column in header:
        if column not in known:
            near = nearest(column, known)
            hint = f"Did you mean {near!r}?" if near else "docs/audit.md lists the columns."
            raise PrintedError(f"{place}: no column is called {column!r}. {hint}")
        if header.count(column) > 1:
            raise PrintedError(f"{place}: the column {column!r} is there twice. Keep one.")
    for column in ("variable",) if described else NEEDED:
        if column not in header:
            raise PrintedError(f"{place}: the column {column!r} is missing. Add it.")


def _columns(rows: Sequence[Row]) -> list[Column]:
    """The columns of a paper; rows without a column or a table declare for all below."""
    declared: dict[tuple[str, str], dict[str, str]] = {}
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        if row["table_number"] and row["column_number"]:
            key = (row["table_number"], row["panel"], row["column_number"])
            groups.setdefault(key, []).append(row)
            continue
        if row["term"] or row["estimate_printed"] or row["column_number"]:
            missing = "column_number" if row["table_number"] else "table_number"
            raise row.error(missing, "the number of a table's column")
        said = {c: row[c] for c in (*FIT, *MORE_FIT, *DECLARED, "parenthesis") if row[c]}
        declared.setdefault((row["table_number"], row["panel"]), {}).update(said)
    latest = ""
    made = []
    for (table, panel, _), group in groups.items():
        general = declared.get(("", ""), {}) | declared.get((table, ""), {})
        general |= declared.get((table, panel), {}) if panel else {}
        column = _column(group, general, latest)
        # A note without another after it holds for the tables that follow.
        latest = column.note or latest
        made.append(column)
    return made


def _column(rows: Sequence[Row], general: Mapping[str, str], note: str) -> Column:
    first = rows[0]
    said = dict(general)
    for name in (*FIT, *MORE_FIT, *DECLARED):
        values = {row[name]: row for row in rows if row[name]}
        if len(values) > 1:
            two = [f"{text!r} in line {row.place.line}" for text, row in values.items()]
            raise PrintedError(
                f"{first.place}, column {name}: column {first['column_number']} of table "
                f"{first['table_number']} has {' and '.join(two[:2])}. Keep one."
            )
        said |= dict.fromkeys([name], *values) if values else {}
    texts_of = Row(said, first.place)
    note = texts_of["note"] or note
    kind = general.get("parenthesis", "")
    coefficients = tuple(_coefficient(r, kind, note) for r in rows if r["term"])
    seen: dict[str, Row] = {}
    for row in rows:
        if row["term"] and row["term"] in seen:
            raise PrintedError(
                f"{row.place}, column term: {row['term']!r} stands in line "
                f"{seen[row['term']].place.line} too. Name the panel, or keep one."
            )
        seen[row["term"]] = row
    return Column(
        first["table_number"], first["column_number"], first["panel"], texts_of["outcome"],
        coefficients,
        n_obs=_number(texts_of, "n_obs", texts.count),
        r2=_number(texts_of, "r2"),
        r2_adj=_number(texts_of, "r2_adj"),
        unit_effects=texts.yes(texts_of["unit_effects"]),
        time_effects=texts.yes(texts_of["time_effects"]),
        controls=texts.yes(texts_of["controls"]),
        other_effects=bool(texts.yes(texts_of["other_effects"])),
        f_stat=_number(texts_of, "f_stat"),
        title=texts_of["table_title"],
        heading=texts_of["heading"],
        note=note,
        declared=_declared(texts_of, note),
        place=first.place,
    )  # fmt: skip


def _coefficient(row: Row, general: str, note: str) -> Coefficient:
    given = row["parenthesis"] or general
    kind = KINDS.get(plain(given).casefold().replace("-", " "))
    if kind is None:
        raise row.error("parenthesis", "se, t, p or unknown")
    if kind == "unknown":
        kind = notes.parenthesis(note) or "unknown"
    return coefficient(
        row["term"], row["estimate_printed"], row["parenthesis_printed"], kind, row["stars"], row
    )


def coefficient(
    term: str, estimate: str, inside: str, kind: str, stars: str, row: Row
) -> Coefficient:
    """A coefficient of its texts; marks may still stand behind the estimate."""
    bare = re.sub(r"^\((.*)\)$|^\[(.*)\]$", lambda m: m[1] or m[2] or "", plain(inside))
    if named := re.match(r"([ptz])(?:[- ]?value)?\s*(?==|<|>)=?\s*", bare, re.IGNORECASE):
        # "p = 0.021" says itself what it is.
        kind, bare = {"p": "p"}.get(named[1].lower(), "t"), bare[named.end() :]
    trailing = re.fullmatch(r"(.*?\d\)?)\s*([*＊∗⁎†‡+#]+)", estimate.strip())
    if trailing and not stars:
        estimate, stars = trailing[1], trailing[2]
    elif trailing:
        estimate = trailing[1]
    value = number(estimate)
    if value is None and plain(estimate).casefold() not in EMPTY:
        raise row.error("estimate_printed", "a number")
    return Coefficient(
        term, value, texts.bound(bare), kind, texts.marks(stars), estimate, bare, stars, row.place
    )


def _number(row: Row, column: str, read: object = number) -> Printed | None:
    text = row[column]
    if plain(text).casefold() in EMPTY:
        return None
    there: Printed | None = read(text)  # type: ignore[operator]
    if there is None:
        raise row.error(column, "a number" if column != "n_obs" else "a number of rows")
    return there


def _declared(row: Row, note: str) -> Declared:
    legend = notes.declared_legend(row["legend"]) if row["legend"] else notes.legend(note) or None
    if row["legend"] and legend is None:
        raise row.error("legend", "a legend like `* 0.1 ** 0.05 *** 0.01`")
    kind, cluster = notes.errors(note)
    kind = plain(row["errors"]).casefold() or kind
    if kind not in ("", *ERRORS):
        raise row.error("errors", " or ".join(ERRORS))
    sides = row["sides"] or str(notes.sides(note))
    if sides not in ("0", "1", "2"):
        raise row.error("sides", "1 or 2")

    def whole(name: str) -> int | None:
        if not row[name]:
            return None
        if not re.fullmatch(r"[\d,]+", row[name]):
            raise row.error(name, "a whole number")
        return int(row[name].replace(",", ""))

    df = _number(row, "df")
    return Declared(
        legend=legend, sides=int(sides), errors=kind, cluster=row["cluster"] or cluster,
        n_clusters=whole("n_clusters") or notes.n_clusters(note),
        n_units=whole("n_units"), n_periods=whole("n_periods"),
        n_treated=whole("n_treated"), n_controls=whole("n_controls"),
        n_instruments=whole("n_instruments"), df=df.value if df else None, draws=whole("draws"),
        split=row["split"], estimator=row["estimator"],
        own_legend=bool(row["legend"] or row["note"]),
    )  # fmt: skip


def _descriptive(row: Row) -> Descriptive:
    kind = plain(row["kind"]).casefold()
    if kind not in ("", "dummy", "share", "whole"):
        raise row.error("kind", "dummy, share or whole")
    return Descriptive(
        row["table_number"],
        row["variable"],
        n_obs=_number(row, "n_obs", texts.count),
        mean=_number(row, "mean_printed"),
        std_dev=_number(row, "std_dev_printed"),
        minimum=_number(row, "minimum_printed"),
        maximum=_number(row, "maximum_printed"),
        kind=kind,
        place=row.place,
    )


def rows_of(lines: Iterable[Mapping[str, object]], file: str = "") -> list[Row]:
    """Rows of mappings, as a program makes them; what is missing is blank."""
    return [
        Row({k: "" if v is None else str(v) for k, v in line.items()}, Place(file, at))
        for at, line in enumerate(lines, 2)
    ]
