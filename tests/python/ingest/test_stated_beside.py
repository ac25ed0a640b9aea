"""Years, names and lines beside figures: of generated inputs, no wrong figure is kept."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

import stated_beside
from warehouse import NO_TESTS, build

pytestmark = pytest.mark.build

INPUTS = list(stated_beside.inputs())


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("stated_data")
    stated_beside.write(folder)
    done = build(
        "licensed", tmp_path_factory.mktemp("stated"), data_dir=folder, manifest_dir=folder,
        args=["-s", "+observations", "+rejected_cells", "+rejections", *NO_TESTS],
    )  # fmt: skip
    assert done.process.returncode == 0, done.output
    with duckdb.connect(str(done.internal), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("kind", stated_beside.KINDS)
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
        if staged & one.wrong or one.right - staged:
            faults.append((one.name, one.rows, sorted(staged & one.wrong), one.right - staged))
    assert faults == []


def test_every_new_reason_says_what_mends_it(tables: duckdb.DuckDBPyConnection) -> None:
    remedies = dict(tables.execute("select reason, remedy from quality.rejections").fetchall())
    assert "column year" in remedies["another year beside the table"]
    assert "region_aliases.csv" in remedies["one region in two lines"]
