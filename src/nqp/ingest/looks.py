"""What a reader of a workbook's own records found that the cells alone do not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from nqp.ingest.rows import MOST_CELLS, IngestError

# Texts by (row, column), both from 1.
Texts: TypeAlias = dict[tuple[int, int], str]
GET_AGAIN = "Get the file again."
NOT_CALCULATED = "formula without a value"


@dataclass
class Look:
    """How a sheet looks beyond its values; rows and columns from 1.

    texts: what the reader of cells leaves out. shown: how whole cells are shown that are raised,
    lowered or struck out. hidden_rows, hidden_columns: what a person who opens it does not see.
    """

    texts: Texts = field(default_factory=dict)
    shown: Mapping[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()

    @property
    def is_plain(self) -> bool:
        return not (self.shown or self.hidden_rows or self.hidden_columns)

    def how(self, row_no: int, col_no: int) -> str:
        """How a cell is shown, as ``Piece`` has it."""
        if row_no in self.hidden_rows or col_no in self.hidden_columns:
            return "hidden"
        return self.shown.get((row_no, col_no), "")


def refuse_reach(sheet: str, last_row: int, last_col: int) -> None:
    """Raise IngestError where a sheet reaches further than any table does."""
    if last_row * last_col > MOST_CELLS:
        raise IngestError(
            f"{sheet} reaches to row {last_row:,} and column {last_col:,}: something stands "
            "far outside the table. Delete the rows and columns around the table and save."
        )
