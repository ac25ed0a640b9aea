"""Whether what a query answers rests on simulated data, also where no column of the answer says so.

The rows of a published file say what their study rests on (``data_profile``); a mean of them does
not. So the query is put twice, to all rows and to those that rest on no simulated data: where the
answers differ, simulated rows are behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

# What holds no figures of a study: definitions, what papers print, which build it was.
NO_DATA_SCHEMAS = ("definitions", "published")
NO_DATA = ("quality.builds", "quality.build_inputs", "quality.build_tables", "quality.files")
# The rows of a table that use no simulated data, by the first of these columns that the table has.
# If a table has none of the columns, all its rows count as simulated.
REAL_ROWS = {
    "data_profile": "data_profile is distinct from 'simulated'",
    "study": """study is null or study not in (
        select study from everything.intermediate.study_profiles where data_profile = 'simulated'
    )""",
    "sample_id": """sample_id in (
        select sample_id from everything.results.samples
        where data_profile is distinct from 'simulated'
    )""",
    "spec_id": """spec_id in (
        select spec_id from everything.results.samples
        where data_profile is distinct from 'simulated'
    )""",
    "source_id": """source_id not in (
        select source_id from everything.intermediate.study_sources
        where data_profile = 'simulated'
    )""",
}
COLUMNS = """
    select schema_name, table_name, list(column_name) from duckdb_columns()
    where database_name = 'everything' group by all order by all
"""


def profiles_of(published: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The data that each study of a published file rests on."""
    rows = published.execute("select study, data_profile from intermediate.study_profiles")
    return {str(study): str(profile) for study, profile in rows.fetchall()}


def rests_on_simulated(file: Path, sql: str, settings: dict[str, str]) -> bool:
    """Whether the answer would be another without the simulated rows of a published file.

    file: has simulated studies. sql: a query that has an answer; it reads with the `settings` of
    DuckDB.
    """
    with _readable(file, settings, "all") as everything:
        if not _reads_tables(everything, sql):
            return False
        answer = _in_short(everything, sql)
    with _readable(file, settings, "real") as real:
        try:
            return _in_short(real, sql) != answer
        except duckdb.Error:  # no answer at all without them
            return True


def marked(answer: pd.DataFrame, profiles: dict[str, str]) -> pd.DataFrame:
    """An answer that rests on simulated data, with a column that says so.

    profiles: as `profiles_of`. Of each row where it names its study, else of all rows.
    """
    said = "data_profile"
    if said in answer:
        if (answer[said] == "simulated").any():
            return answer
        said = "rests_on"
    of_rows = pd.Series("simulated", index=answer.index)
    if "study" in answer and _simulated_among(answer["study"], profiles):
        of_rows = answer["study"].map(profiles)
    return answer.assign(**{said: of_rows})


def _simulated_among(studies: pd.Series, profiles: dict[str, str]) -> bool:
    """Whether all are studies, and one of them is simulated."""
    found: Set[str | None] = {profiles.get(name) for name in studies.unique()}
    return None not in found and "simulated" in found


def _reads_tables(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    try:
        return bool(connection.get_table_names(sql))
    except duckdb.Error:  # of more than one statement, as PIVOT is, or a join, DuckDB cannot tell
        return True


def _in_short(connection: duckdb.DuckDBPyConnection, sql: str) -> object:
    """Rows and a hash of what they hold, in whatever order."""
    answer = connection.execute(sql).to_arrow_table()
    with duckdb.connect() as other:
        short = "count(*), sum(hash(rows)::hugeint), any_value(typeof(rows))"
        return other.from_arrow(answer).query("rows", f"select {short} from rows").fetchall()


@contextmanager
def _readable(
    file: Path, settings: dict[str, str], rows: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of a published file under their own names, with `all` their rows or the `real`.

    On one thread, so that sums of the same rows are the same to the last digit.
    """
    locked = {"enable_external_access": "false", "lock_configuration": "true"}
    free = {name: value for name, value in settings.items() if name not in locked}
    with duckdb.connect(":memory:", config={**free, "threads": "1"}) as connection:
        path = str(file).replace("'", "''")
        connection.execute(f"attach '{path}' as everything (read_only)")
        connection.execute(f"attach ':memory:' as {_quoted(file.stem)}")
        connection.execute(f"use {_quoted(file.stem)}")
        for schema, table, columns in connection.execute(COLUMNS).fetchall():
            kept = "true" if rows == "all" else _real_rows(schema, table, columns)
            name = f"{_quoted(schema)}.{_quoted(table)}"
            connection.execute(f"create schema if not exists {_quoted(schema)}")
            connection.execute(f"create view {name} as from everything.{name} where {kept}")
        for name, value in locked.items():
            connection.execute(f"set {name} = {value}")
        yield connection


def _real_rows(schema: str, table: str, columns: list[str]) -> str:
    if schema in NO_DATA_SCHEMAS or f"{schema}.{table}" in NO_DATA:
        return "true"
    known = (REAL_ROWS[name] for name in REAL_ROWS if name in columns)
    return f"coalesce({next(known, 'false')}, false)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
