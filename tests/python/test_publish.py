"""Publishing: whole, passing builds replace the published file; nothing else touches it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from mini_profile import MiniProfile
from warehouse import (
    CONTENT,
    NO_TESTS,
    ROOT,
    VINTAGES,
    Build,
    Failed,
    Rebuilt,
    Warehouse,
    build,
    command,
    reading_process,
)

pytestmark = pytest.mark.build

PUBLIC_SCHEMAS = {"marts", "results", "quality", "intermediate", "definitions", "published"}
COUNT_TABLES = """
    select schema_name, table_name, estimated_size from duckdb_tables()
    where database_name = current_database() and not temporary
"""


def tables(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """Rows of each table by schema and name."""
    return {
        (schema, name): rows for schema, name, rows in connection.execute(COUNT_TABLES).fetchall()
    }


def test_the_published_file_has_the_public_schemas_and_all_of_them(mini: Warehouse) -> None:
    published, internal = tables(mini.published), tables(mini.internal)
    assert {schema for schema, _ in published} == PUBLIC_SCHEMAS
    assert published == {key: rows for key, rows in internal.items() if key[0] in PUBLIC_SCHEMAS}
    # The build file has more, or the test would not notice a copy of everything.
    assert {"raw", "staging", "estimates"} <= {schema for schema, _ in internal}
    schemas = mini.rows("select schema_name from information_schema.schemata")
    assert not {"raw", "staging", "estimates"} & {schema for (schema,) in schemas}


def test_the_published_file_has_no_views_and_stands_alone(mini: Warehouse, tmp_path: Path) -> None:
    assert mini.rows("select count(*) from duckdb_views() where not internal") == [(0,)]
    moved = tmp_path / "elsewhere.duckdb"
    shutil.copy(mini.build.published, moved)
    with duckdb.connect(str(moved), read_only=True) as connection:
        for schema, name in tables(connection):
            connection.execute(f'select * from {schema}."{name}"').fetchall()
        assert connection.execute("select count(*) from marts.panel_long").fetchone() != (0,)


def storage_version(file: Path) -> bytes:
    """The version in the header of a DuckDB file: eight bytes behind checksum and magic word."""
    header = file.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    return header[12:]


def test_older_clients_can_open_the_published_file(mini: Warehouse, tmp_path: Path) -> None:
    with duckdb.connect(":memory:") as connection:
        for version in ("v1.4.0", "latest"):
            file = tmp_path / f"{version}.duckdb"
            connection.execute(f"attach '{file}' as other (storage_version '{version}')")
            connection.execute("create table other.t as select 1")
            connection.execute("detach other")
    oldest, latest = (storage_version(tmp_path / f"{name}.duckdb") for name in ("v1.4.0", "latest"))
    assert storage_version(mini.build.published) == oldest != latest


def test_columns_of_the_wide_panels_are_explained_in_both_languages(mini: Warehouse) -> None:
    comments = {
        (table, column): comment or ""
        for table, column, comment in mini.rows("""
            select table_name, column_name, comment from duckdb_columns()
            where schema_name = 'marts' and table_name in ('panel_city', 'panel_province')
        """)
    }
    assert len(comments) > 30
    for place, comment in comments.items():
        assert re.search("[a-z]{3}", comment) and re.search("[一-鿿]", comment), place
    assert comments["panel_province", "nqp"] == ("New quality productivity index 新质生产力指数")


def test_a_failing_build_leaves_the_published_file_as_it_was(failed: Failed) -> None:
    assert failed.build.process.returncode != 0
    published = failed.build.published
    assert published.read_bytes() == failed.content
    assert published.stat().st_ino == failed.inode
    assert not failed.build.internal.with_suffix(".publishing").exists()
    line = [line for line in failed.build.output.splitlines() if line.startswith("Not published")]
    assert len(line) == 1 and f"{published} is as it was" in line[0]
    assert "Built" not in failed.build.output


def test_a_partial_build_does_not_publish(mini_profile: MiniProfile, failed: Failed) -> None:
    published = failed.build.published
    finished = build(
        "licensed",
        published.parent,
        data_dir=mini_profile.folder,
        manifest_dir=mini_profile.folder,
        args=["-s", "layouts", *NO_TESTS],
    )
    assert finished.process.returncode == 0, finished.output
    assert "Not published: only part of the project was built" in finished.output
    assert "Built" not in finished.output
    assert published.read_bytes() == failed.content
    assert published.stat().st_ino == failed.inode


def test_a_reader_keeps_its_file_through_a_build(mini: Warehouse, rebuilt: Rebuilt) -> None:
    content = mini.rows(CONTENT)
    assert rebuilt.seen == ("[('first',)]", "[('first',)]", str(content))
    with reading_process(rebuilt.warehouse.build.published) as read:
        assert read(VINTAGES) == "[('second',)]"
    # Other units, other last digits: the new content can be told from the old.
    assert rebuilt.warehouse.rows(CONTENT) != content


def test_what_an_interrupted_publication_left_is_cleared(rebuilt: Rebuilt) -> None:
    assert not rebuilt.left_over.exists()
    names = {path.name for path in rebuilt.warehouse.build.published.parent.iterdir()}
    assert names == {".build", ".dbt", "licensed.duckdb"}


# --- the closing lines -----------------------------------------------------------------------


def printed_query(finished: Build) -> list[str]:
    """The words of the command that the closing lines propose."""
    lines = finished.process.stdout.splitlines()
    return shlex.split(lines[lines.index("Try:") + 1])


def run_printed_query(finished: Build) -> str:
    program, *words = printed_query(finished)
    assert program.endswith("nqp")
    environment = os.environ | {"NQP_WAREHOUSE": str(finished.published.parent)}
    environment.pop("NQP_PROFILE", None)
    process = subprocess.run(
        [command("nqp"), *words], cwd=ROOT, env=environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_the_closing_lines_name_profile_and_counts(mini: Warehouse) -> None:
    output = mini.build.process.stdout
    assert f"Built {mini.build.published} from the licensed profile." in output
    [(cells,)] = mini.internal.execute("select count(*) from raw.cells").fetchall()
    [(specs, fitted)] = mini.rows(
        "select count(*), count(*) filter (status = 'estimated') from results.regression_fits"
    )
    assert 0 < fitted < specs
    assert f"2 files, {cells:,} cells; {fitted} of {specs} specifications estimated." in output
    assert "simulated" not in output.lower()


def test_the_printed_query_works(mini: Warehouse) -> None:
    shown = run_printed_query(mini.build)
    assert "province.t3.c4" in shown


def test_simulated_data_are_called_so(simulated: Warehouse) -> None:
    output = simulated.build.process.stdout
    assert f"Built {simulated.build.published} from SIMULATED data" in output
    assert "not evidence" in output
    assert "city.t3.c4" in run_printed_query(simulated.build)
    assert simulated.rows("select distinct data_profile from results.regression_fits") == [
        ("simulated",)
    ]
