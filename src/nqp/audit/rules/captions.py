"""Captions: two tables of one number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nqp.audit.findings import Finding, Severity
from nqp.audit.printed import Column
from nqp.audit.rules.registry import rule
from nqp.audit.tables import Tables
from nqp.audit.texts import plain

_NUMBER = re.compile(r"^(?:table|tab\.|表)\s*([A-Z]?\d+[a-z]?)", re.IGNORECASE)


@rule("captions.number", "No two tables have one number.", "没有两张表共用一个编号。")
def numbers(tables: Tables) -> Iterator[Finding]:
    """Captions that print one number over two tables."""
    first: dict[str, Column] = {}
    for columns in tables.by_table.values():
        column = columns[0]
        printed = _NUMBER.match(plain(column.title))
        if not printed or re.search(r"continued|cont\.|续", column.title, re.IGNORECASE):
            continue
        other = first.setdefault(printed[1], column)
        if other.table_number == column.table_number:
            continue
        yield Finding(
            "captions.number", Severity.UNCLEAR, (column.cell("title"), other.cell("title")),
            f"Two tables are captioned {printed[0]}: {plain(other.title)!r} and "
            f"{plain(column.title)!r}.",
            f"有两张表的编号同为{printed[0]}：“{plain(other.title)}”和“{plain(column.title)}”。",
        )  # fmt: skip
