"""Years, names, titles, units and lines beside figures: of generated inputs no wrong figure is kept
in silence, and none that is right is lost."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

import printed_tables
import stated_beside
from warehouse import NO_TESTS, build

pytestmark = pytest.mark.build

# A title may be another table's, a text below 时期 a remark, and a city beside a province its
# capital: a person is asked.
LISTED = (
    "telling title",
    "columns no key maps",
    "cities beside provinces",
    "remark",
    "beside the headings",
)
INPUTS = [*stated_beside.inputs(), *printed_tables.inputs()]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("stated_data")
    stated_beside.write(folder, INPUTS)
    done = build(
        "licensed", tmp_path_factory.mktemp("stated"), data_dir=folder, manifest_dir=folder,
        args=["-s", "+observations", "+doubtful_texts", "+rejections", *NO_TESTS],
    )  # fmt: skip
    assert done.process.returncode == 0, done.output
    with duckdb.connect(str(done.internal), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("kind", [*stated_beside.KINDS, *printed_tables.KINDS])
def test_nothing_wrong_is_staged_and_nothing_right_is_lost(
    tables: duckdb.DuckDBPyConnection, kind: str
) -> None:
    faults = []
    for one in (one for of, one in INPUTS if of == kind):
        staged = {
            value
            for (value,) in tables.execute(
                "select value from staging.observations where source_id = ?", [one.name]
            ).fetchall()
        }
        listed = kind in LISTED and tables.execute(
            "select count(*) > 0 from quality.doubtful_texts where source_id = ?", [one.name]
        ).fetchone() == (True,)
        if (staged & one.wrong and not listed) or one.right - staged:
            faults.append((one.name, one.rows, sorted(staged & one.wrong), one.right - staged))
    assert faults == []


def test_every_new_reason_says_what_mends_it(tables: duckdb.DuckDBPyConnection) -> None:
    remedies = dict(tables.execute("select reason, remedy from quality.rejections").fetchall())
    assert "column year" in remedies["another year beside the table"]
    assert "region_aliases.csv" in remedies["one region in two lines"]


def test_a_rounding_is_said_to_be_one(tables: duckdb.DuckDBPyConnection) -> None:
    names = [one.name for kind, one in INPUTS if kind == "rounding"]
    reasons = tables.execute(
        "select distinct reason from quality.rejected_cells where list_contains(?, source_id)",
        [names],
    ).fetchall()
    assert reasons == [("rounding of another figure",)]
