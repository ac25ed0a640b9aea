"""What becomes of every cell of the faulty tables in tests/bad_input/cells: one build reads all."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from openpyxl.utils import get_column_letter

from bad_cells import CASES, Case
from warehouse import Build

pytestmark = pytest.mark.build

every_case = pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])


@pytest.fixture(scope="module")
def tables(bad_cells_build: Build) -> Iterator[duckdb.DuckDBPyConnection]:
    assert bad_cells_build.process.returncode == 0, bad_cells_build.output
    with duckdb.connect(str(bad_cells_build.internal), read_only=True) as connection:
        yield connection


def sources(case: Case) -> list[str]:
    return sorted({row["source_id"] for row in case.manifest})


def place(sheet: str, row_no: int, col_no: int) -> str:
    return f"{sheet}!" * bool(sheet) + f"{get_column_letter(col_no)}{row_no}"


def hint(file: str, detail: str) -> str:
    """What a detail says beyond the texts of region and year, and the name of its own file."""
    detail = detail.replace(f"{file}, ", "")
    texts = re.match(r'region ".*?", year ".*?"(; |$)', detail, re.DOTALL)
    return detail[texts.end() :] if texts else detail


def rows(tables: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> list[Any]:
    return tables.execute(sql, parameters).fetchall()


@every_case
def test_a_case_leaves_its_observations(tables: duckdb.DuckDBPyConnection, case: Case) -> None:
    found = rows(
        tables,
        """
        select region_code, year, value, repair from staging.observations
        where source_id in (select unnest(?)) order by all
        """,
        sources(case),
    )
    kept = [(k.region_code, k.year, pytest.approx(k.value, rel=1e-12), k.repair) for k in case.kept]
    assert found == sorted(kept, key=lambda cell: (*cell[:2], cell[2].expected))


@every_case
def test_a_case_says_why_cells_are_rejected(tables: duckdb.DuckDBPyConnection, case: Case) -> None:
    found = {
        place(*cell): (file, reason, hint(file, detail))
        for file, *cell, reason, detail in rows(
            tables,
            """
            select file, sheet, row_no, col_no, reason, coalesce(detail, '')
            from quality.rejected_cells where source_id in (select unnest(?))
            """,
            sources(case),
        )
    }
    [file, *_] = case.files
    assert found == {cell: (file, *why) for cell, why in case.rejected.items()}


@every_case
def test_every_text_of_a_case_is_somewhere(tables: duckdb.DuckDBPyConnection, case: Case) -> None:
    """Whatever is no figure, heading or key of the table is set aside as the case says."""
    found: dict[str, str] = {}
    figures = 0
    for *cell, file, kind in rows(
        tables,
        """
        select c.sheet, c.row_no, c.col_no, c.file, c.class
        from staging.cells as c
        left join staging.blocks as b using (file, sheet)
        where c.text <> '' and file in (select unnest(?))
          and not (c.class = 'header' and c.row_no <= b.year_row)
          and not (c.class = 'key' and c.col_no in (b.region_col, b.year_col, b.item_col))
        """,
        list(case.files),
    ):
        assert file in case.files
        if kind == "value":
            figures += 1
        else:
            found[place(*cell)] = kind
    assert found == dict(case.aside)
    assert figures == len(case.kept) + len(case.rejected)


@every_case
def test_a_case_leaves_its_planted_cells_for_review(
    tables: duckdb.DuckDBPyConnection, case: Case
) -> None:
    found: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for region_code, year, rules in rows(
        tables,
        "select region_code, year, rules from quality.review where source_id in (select unnest(?))",
        sources(case),
    ):
        for rule in rules.split(" and "):
            found[rule].add((region_code, year))
    for rule in found:
        assert found[rule] <= set(case.review.get(rule, [])), rule
    for rule, planted in case.review.items():
        # A fault of several years may be told once for each region.
        assert {code for code, _ in found[rule]} == {code for code, _ in planted}, rule


def test_every_cell_is_accounted_for(tables: duckdb.DuckDBPyConnection) -> None:
    found = {
        file: counts
        for file, *counts in rows(
            tables,
            """
            select
              a.file, a.cells, a.staged, a.rejected,
              a.staged + a.rejected + a.blank + a.structural + a.not_mapped,
              (select count(*) from raw.cells as r where r.file = a.file)
            from quality.cell_accounting as a
            """,
        )
    }
    assert set(found) == {file for case in CASES for file in case.files}
    for case in CASES:
        counts = [found[file] for file in case.files]
        assert sum(staged for _, staged, *_ in counts) == len(case.kept), case.id
        assert sum(rejected for _, _, rejected, *_ in counts) == len(case.rejected), case.id
        for cells, _, _, placed, raw in counts:
            assert cells == placed == raw > 0, case.id


def test_no_plain_number_is_changed(tables: duckdb.DuckDBPyConnection) -> None:
    """What is kept without a repair is what Python reads in the cell, but for its unit."""
    cells = rows(
        tables,
        """
        select o.file, c.text, o.value_delivered * m.series_unit_factor / m.unit_factor
        from staging.observations as o
        inner join staging.parsed_cells as p using (file, sheet, row_no, col_no)
        inner join staging.cells as c using (file, sheet, row_no, col_no)
        inner join staging.manifest as m on p.manifest_row = m.manifest_row
        where o.repair is null
        """,
    )
    assert len(cells) == sum(kept.repair is None for case in CASES for kept in case.kept)
    for file, text, number in cells:
        assert number == pytest.approx(float(text), rel=1e-12), (file, text)


def test_there_is_one_source_per_case() -> None:
    owners = [(source, case.id) for case in CASES for source in sources(case)]
    assert len({source for source, _ in owners}) == len(owners)
    assert len({case.id for case in CASES}) == len(CASES) >= 178
    assert len({file for case in CASES for file in case.files}) == sum(
        len(case.files) for case in CASES
    )
