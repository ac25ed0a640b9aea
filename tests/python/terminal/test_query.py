"""`nqp query` reads the published tables and does nothing else, and says what is made up.

The published file is a small one made by hand: an open study beside a simulated one.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from nqp.messages import SIMULATED
from nqp.terminal import main
from nqp.terminal.warehouse import connect

MARKED = f"Rests on {SIMULATED}."
Query = Callable[..., tuple[int, str]]


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of the warehouse; results of a study on open data, and of one on simulated."""
    folder = tmp_path / "warehouse"
    folder.mkdir()
    with duckdb.connect(str(folder / "mine.duckdb")) as connection:
        connection.execute("""
            create schema intermediate; create schema results; create schema definitions;
            create schema quality; create schema marts;
            create table intermediate.study_profiles as
            from (values ('real', 'open'), ('made_up', 'simulated')) as t(study, data_profile);
            create table results.regression_coefficients as
            from (values
              ('real', 'x', 0.25, 'open'), ('real', 'y', 0.5, 'open'),
              ('made_up', 'x', 4.0, 'simulated')
            ) as t(study, term, estimate, data_profile);
            create table results.samples as
            from (values ('r1', 'real', 'open'), ('m1', 'made_up', 'simulated'))
              as t(sample_id, study, data_profile);
            create table results.sample_members as
            from (values ('r1', 2014), ('m1', 2015)) as t(sample_id, year);
            create table marts.panel_long as
            from (values ('real', 1.0), ('made_up', 3.0)) as t(study, value);
            create table quality.review as from (values (1, 'gdp')) as t(rank, series_id);
            create table definitions.studies as from (values ('real'), ('made_up')) as t(study);
        """)
    monkeypatch.setenv("NQP_WAREHOUSE", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def query(warehouse: Path, capsys: pytest.CaptureFixture[str]) -> Query:
    """``nqp query`` on it: its exit status and what it prints."""

    def run(sql: str, *arguments: str | Path) -> tuple[int, str]:
        status = main(["query", "--profile", "mine", sql, *map(str, arguments)])
        out, err = capsys.readouterr()
        return status, out + err

    return run


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- it reads ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "from definitions.studies", "with a as (select 1) from a", "values (1), (2)",
        "describe results.samples", "summarize results.samples", "show all tables",
        "pivot marts.panel_long on study using sum(value)", "select 1; select 2",
        "from mine.results.samples",
    ],
)  # fmt: skip
def test_queries_of_every_kind_are_answered(query: Query, sql: str) -> None:
    status, printed = query(sql)
    assert status == 0, printed


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("copy (select 1) to '{out}'", "it does not run COPY"),
        ("copy (select 1) to '{file}.wal' (format csv)", "it does not run COPY"),
        ("explain analyze copy (select 1) to '{file}.wal' (format csv)", "does not run EXPLAIN"),
        ("select 1; copy (select 1) to '{out}'", "it does not run COPY"),
        ("export database '{out}'", "it does not run EXPORT"),
        ("import database '{data}'", "operations are disabled"),
        ("attach ':memory:' as other", "it does not run ATTACH"),
        ("attach '{file}' as other", "it does not run ATTACH"),
        ("detach mine", "it does not run DETACH"),
        ("install spatial", "it does not run LOAD"),
        ("load json", "it does not run LOAD"),
        ("set enable_external_access = true", "it does not run SET"),
        ("reset lock_configuration", "it does not run SET"),
        ("set variable a = 1", "it does not run SET"),
        ("create temp table t as select 1", "it does not run CREATE"),
        ("create table marts.t as select 1", "it does not run CREATE"),
        ("pivot marts.panel_long on study; create temp table t as select 1", "not run CREATE"),
        ("update marts.panel_long set value = 1", "it does not run UPDATE"),
        ("drop table marts.panel_long", "it does not run DROP"),
        ("checkpoint", "it does not run CALL"),
        ("prepare p as select 1", "it does not run PREPARE"),
        ("from '{data}/private.csv'", "operations are disabled"),
        ("from read_csv('{data}/private.csv')", "operations are disabled"),
        ("from read_text('{data}/private.csv')", "operations are disabled"),
        ("from glob('{data}/*')", "operations are disabled"),
        ("from read_csv('https://192.0.2.1/a.csv')", "operations are disabled"),
        ("from options", "does not exist"),
        ("", "there is no SQL to run"),
    ],
)
def test_nothing_but_queries_is_run(
    query: Query, warehouse: Path, tmp_path: Path, sql: str, said: str
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "private.csv").write_text("secret\n1\n")
    before = contents(tmp_path)
    filled = sql.format(out=tmp_path / "out.csv", file=warehouse / "mine.duckdb", data=data)
    status, printed = query(filled)
    assert status == 1 and said in printed, printed
    assert printed.startswith("nqp: ") and "secret" not in printed and "Traceback" not in printed
    assert contents(tmp_path) == before


def test_the_connection_itself_reaches_nothing(warehouse: Path) -> None:
    """Also for what the statements do not show; `nqp trace` and the others read with it too."""
    with connect(warehouse / "mine.duckdb") as connection:
        for setting, value in (
            ("enable_external_access", False), ("lock_configuration", True),
            ("python_enable_replacements", False), ("autoload_known_extensions", False),
        ):  # fmt: skip
            found = connection.execute(f"select current_setting('{setting}')").fetchall()
            assert found == [(value,)], setting
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            connection.execute("create table marts.t as select 1")


def test_a_client_that_keeps_the_file_is_named(
    query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = (
        'IO Error: Could not set lock on file "x": Conflicting lock is held in /usr/bin/python3 '
        "(PID 4711). See also https://duckdb.org"
    )

    def locked(*_: object, **__: object) -> None:
        raise duckdb.IOException(message)

    monkeypatch.setattr(duckdb, "connect", locked)
    status, printed = query("select 1")
    assert status == 1
    assert "mine.duckdb is open for writing in /usr/bin/python3 (process 4711)" in printed


# --- --out ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "out",
    ["warehouse/a.csv", "warehouse/mine/a.csv", "warehouse/.build/a.csv", "link/a.csv",
     "link/mine/a.csv", "into.csv", "warehouse/../warehouse/a.csv", "copy.csv"],
)  # fmt: skip
def test_no_answer_is_written_into_the_warehouse(
    query: Query, warehouse: Path, tmp_path: Path, out: str
) -> None:
    for name in ("mine", ".build"):
        (warehouse / name).mkdir()
    (tmp_path / "link").symlink_to(warehouse)
    (tmp_path / "into.csv").symlink_to(warehouse / "b.csv")
    os.link(warehouse / "mine.duckdb", tmp_path / "copy.csv")  # the file under another name
    before = contents(tmp_path)
    status, printed = query("select 1 as a", "--out", out)
    assert status == 1 and "only builds write" in printed
    assert contents(tmp_path) == before
    for command in (["report", "--profile", "mine"], ["review", "--profile", "mine"]):
        assert main([*command, "--out", out]) == 1
    assert main(["check", "--profile", "mine", "--docs", out]) == 1
    assert contents(tmp_path) == before


def test_an_answer_is_written_beside_the_warehouse(query: Query, tmp_path: Path) -> None:
    assert query("from definitions.studies", "--out", "a.csv") == (0, "a.csv: 2 rows.\n")
    assert (tmp_path / "a.csv").is_file()


# --- simulated -----------------------------------------------------------------------------------

ESTIMATES = "results.regression_coefficients"


@pytest.mark.parametrize(
    "sql",
    [
        f"from {ESTIMATES}", f"select avg(estimate) as a from {ESTIMATES}",
        f"select estimate from {ESTIMATES} where term = 'x'",
        f"select count(*) as n from {ESTIMATES}",
        f"select max(estimate) - min(estimate) as a from {ESTIMATES}",
        f"select 1 as a where exists (from {ESTIMATES} where estimate > 1)",
        "select sum(value) as a from marts.panel_long",
        "select value from mine.marts.panel_long",
        "select max(year) as a from results.sample_members",
        "pivot marts.panel_long on study using sum(value)",
        "from quality.review",  # nothing says whose cells they are
        f"select (select estimate from {ESTIMATES} where study = 'made_up') + 1 as a",
        f"select study, 'open' as data_profile, estimate from {ESTIMATES}",
    ],
)  # fmt: skip
def test_what_rests_on_simulated_rows_is_called_so(query: Query, tmp_path: Path, sql: str) -> None:
    assert query(sql)[1].endswith(f"{MARKED}\n")
    assert query(sql, "--out", "a.csv")[1].endswith(f"{MARKED}\n")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    told = [row.get("rests_on") or row["data_profile"] for row in rows]
    if "study" in rows[0]:
        assert told == ["simulated" if row["study"] == "made_up" else "open" for row in rows]
    else:
        assert set(told) == {"simulated"}


@pytest.mark.parametrize(
    "sql",
    [
        f"from {ESTIMATES} where study = 'real'",
        f"select avg(estimate) as a from {ESTIMATES} where study = 'real'",
        f"select estimate from {ESTIMATES} where term = 'y'",
        "select year from results.sample_members inner join results.samples using (sample_id)"
        " where study = 'real'",
        "from definitions.studies", "select 1 as a", "show all tables",
        "describe results.samples",
    ],
)  # fmt: skip
def test_what_rests_on_real_rows_alone_is_not(query: Query, tmp_path: Path, sql: str) -> None:
    status, printed = query(sql)
    assert status == 0 and "SIMULATED" not in printed, printed
    assert "SIMULATED" not in query(sql, "--out", "a.xlsx")[1]
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["Sheet1"]
    assert "simulated" not in [cell.value for row in book["Sheet1"].iter_rows() for cell in row]


def test_every_format_says_so_where_no_column_did(query: Query, tmp_path: Path) -> None:
    mean = f"select avg(estimate) as a from {ESTIMATES}"
    for ending in ("xlsx", "dta", "parquet"):
        assert query(mean, "--out", f"a.{ending}")[0] == 0
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["SIMULATED"]
    assert book.properties.title == book.properties.description == SIMULATED
    header = book["SIMULATED"].oddHeader
    assert header is not None and header.center.text == SIMULATED
    rows = list(book["SIMULATED"].iter_rows(values_only=True))
    assert rows[0] == ("a", "data_profile") and rows[1][1] == "simulated"
    with pd.read_stata(tmp_path / "a.dta", iterator=True) as reader:
        assert reader.data_label == SIMULATED
    assert pd.read_stata(tmp_path / "a.dta")["data_profile"].tolist() == ["simulated"]
    said = pq.read_metadata(tmp_path / "a.parquet").metadata
    assert (said[b"data_profile"], said[b"note"].decode()) == (b"simulated", SIMULATED)
    assert pd.read_parquet(tmp_path / "a.parquet")["data_profile"].tolist() == ["simulated"]


def test_a_file_without_simulated_studies_is_not_asked_twice(
    query: Query, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect(str(warehouse / "mine.duckdb")) as connection:
        connection.execute("update intermediate.study_profiles set data_profile = 'open'")
    monkeypatch.setattr("nqp.quality.simulated.rests_on_simulated", None)
    assert query(f"from {ESTIMATES}")[0] == 0
