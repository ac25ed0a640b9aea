"""What root or the owner changes in the published tables is found by comparing with the record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from nqp.build.provenance import fingerprint
from nqp.terminal import main

TABLES = ("results.t", "results.v", "quality.builds")
COMMAND = ["verify", "--profile", "mine"]
Verify = Callable[[], tuple[int, list[str]]]


def record(connection: duckdb.DuckDBPyConnection, run: str) -> None:
    for relation in TABLES:
        connection.execute(
            f"insert into quality.build_tables select '{run}', '{relation}', held.*"
            f" from ({fingerprint(relation)}) as held"
        )


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A published file, its Parquet files and the build file, as a build leaves them."""
    folder, data = tmp_path / "warehouse", tmp_path / "data"
    (folder / ".build").mkdir(parents=True)
    data.mkdir()
    with duckdb.connect(str(folder / "mine.duckdb")) as connection:
        connection.execute("""
            create schema results; create schema quality;
            create table results.t as
            from (values ('a', 0.1::double), ('b', null), (null, 3.0)) as t(id, estimate);
            create view results.v as select id from results.t;
            create table quality.builds as
            from (values ('run', 'published', timestamp '2026-01-02 03:04'))
              as t(run_id, outcome, finished_at);
            create table quality.build_tables
            (run_id varchar, relation varchar, row_count bigint, fingerprint varchar)
        """)
        record(connection, "run")
        for schema, table in (("results", "t"), ("results", "v"), ("quality", "builds")):
            (folder / "mine" / schema).mkdir(parents=True, exist_ok=True)
            file = folder / "mine" / schema / f"{table}.parquet"
            connection.execute(f"copy (from {schema}.{table}) to '{file}'")
        connection.execute(f"attach '{folder / '.build' / 'mine.duckdb'}' as build")
        for table in ("builds", "build_tables"):
            connection.execute("create schema if not exists build.quality")
            connection.execute(f"create table build.quality.{table} as from quality.{table}")
    for file in folder.rglob("*"):
        if file.is_file() and ".build" not in file.parts:
            file.chmod(0o444)
    monkeypatch.setenv("NQP_WAREHOUSE", str(folder))
    monkeypatch.setenv("NQP_MANIFEST_DIR", str(data))
    monkeypatch.setenv("NQP_DATA_DIR", str(data))
    return folder


@pytest.fixture
def verify(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Verify:
    """Its exit status, and the lines that it prints of the published file."""
    monkeypatch.setattr("nqp.terminal.sources.manifests", lambda _: [])

    def run() -> tuple[int, list[str]]:
        status = main(COMMAND)
        return status, capsys.readouterr().out.splitlines()[1:]

    return run


def change(file: Path, sql: str) -> None:
    """As the owner would: make it writable, change it, take the right away again."""
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute(sql)
    file.chmod(0o444)


def test_what_nobody_changed_is_as_it_was_published(verify: Verify, warehouse: Path) -> None:
    file = warehouse / "mine.duckdb"
    assert verify() == (0, [f"The 4 tables of {file} are as build run left them."])


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("update results.t set estimate = estimate + 1e-12 where id = 'a'",
         "changed       results.t: 3 rows, but not those that were published"),
        ("update results.t set id = 'NULL' where id is null", "changed       results.t: 3 rows"),
        ("update results.t set id = case id when 'a' then 'b' when 'b' then 'a' end",
         "changed       results.t: 3 rows"),
        ("delete from results.t where id = 'a'",
         "changed       results.t: recorded 3 rows, found 2"),
        ("alter table results.t alter estimate type varchar; update results.t set estimate = '0.10'"
         " where id = 'a'", "changed       results.t: 3 rows"),
        ("drop view results.v", "missing       results.v"),
        ("create or replace view results.v as select 'z' as id from results.t",
         "changed       results.v: 3 rows"),
        ("create table results.mine as select 1 as a",
         "not built     results.mine: no table of the build"),
        ("delete from quality.builds", "changed       quality.builds: no build is recorded"),
        ("update quality.builds set finished_at = now()", "changed       quality.builds: 1 rows"),
        ("update quality.build_tables set fingerprint = '1' where relation = 'results.t'",
         "changed       quality.build_tables: not what the build file records"),
    ],
)  # fmt: skip
def test_every_change_is_found(verify: Verify, warehouse: Path, sql: str, said: str) -> None:
    change(warehouse / "mine.duckdb", sql)
    status, lines = verify()
    assert status == 1
    assert any(line.startswith(said) for line in lines), lines
    assert lines[-1].endswith("`nqp build` puts a new file in its place.")


def test_who_changes_the_record_too_is_found_by_the_build_file(
    verify: Verify, warehouse: Path
) -> None:
    file = warehouse / "mine.duckdb"
    change(file, "update results.t set estimate = 9; delete from quality.build_tables")
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        record(connection, "run")
    status, lines = verify()
    assert status == 1
    assert lines[:2] == [
        "changed       quality.build_tables: not what the build file records",
        "changed       results.t: 3 rows, but not those that were published",
    ]
    # Without the build file there is nobody else to ask, and that is said.
    (warehouse / ".build" / "mine.duckdb").unlink()
    for parquet in warehouse.rglob("t.parquet"):
        parquet.unlink()
        with duckdb.connect() as connection:
            connection.execute(f"attach '{file}' as file (read_only)")
            connection.execute(f"copy (from file.results.t) to '{parquet}'")
    status, lines = verify()
    assert (status, len(lines)) == (0, 2) and "compared with the file's own record" in lines[0]


def test_parquet_files_are_compared_too(verify: Verify, warehouse: Path) -> None:
    folder = warehouse / "mine" / "results"
    (folder / "v.parquet").unlink()
    (folder / "t.parquet").chmod(0o644)
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 'a' as id, 1.0 as estimate) to '{folder / 't.parquet'}'")
    status, lines = verify()
    assert status == 1
    assert lines[:2] == [
        "changed       mine/results/t.parquet: recorded 3 rows, found 1",
        "missing       mine/results/v.parquet",
    ]


def test_an_old_file_in_the_place_of_the_new_one_is_found(verify: Verify, warehouse: Path) -> None:
    with duckdb.connect(str(warehouse / ".build" / "mine.duckdb")) as connection:
        connection.execute(
            "insert into quality.builds values ('next', 'published', timestamp '2026-02-03 04:05')"
        )
    status, lines = verify()
    assert status == 1
    assert lines[0] == (
        "out of date   the build file records a later publication, of 2026-02-03 04:05 UTC"
    )


@pytest.mark.parametrize("content", [b"", b"my thesis", b"\0" * 20_000])
def test_a_damaged_file_is_said_to_be_one(verify: Verify, warehouse: Path, content: bytes) -> None:
    file = warehouse / "mine.duckdb"
    file.chmod(0o644)
    file.write_bytes(content)
    status, lines = verify()
    assert status == 1 and lines[0].startswith(f"damaged       {file}: ")


def test_a_file_of_an_older_version_is_no_fault(verify: Verify, warehouse: Path) -> None:
    change(warehouse / "mine.duckdb", "drop table quality.build_tables")
    status, lines = verify()
    assert status == 0 and "does not say what was published" in lines[0]
    (warehouse / "mine.duckdb").unlink()
    assert verify() == (0, [])
