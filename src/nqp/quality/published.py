"""Whether the published tables are those that their build published.

A published file is read-only, but its owner and root may change it all the same. Each build
records what it published (``quality.build_tables``), in the file and in the build file beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from nqp.build.provenance import fingerprint

# The record itself, which has no fingerprint in it: it is compared with that of the build file.
RECORD = "quality.build_tables"
LAST = """
    select run_id, finished_at from quality.builds
    where outcome = 'published' order by finished_at desc limit 1
"""
RECORDED = f"select relation, row_count, fingerprint from {RECORD} where run_id = ? order by all"
TABLES = """
    select concat(schema_name, '.', table_name) from duckdb_tables()
    where database_name = current_database()
    union all
    select concat(schema_name, '.', view_name) from duckdb_views()
    where database_name = current_database() and not internal
    order by all
"""

Record = Mapping[str, tuple[int, str]]


@dataclass(frozen=True)
class Compared:
    """What came of it: a line for each table that differs, of how many, and one about the record.

    run_id: the build that the file says it is of; '' where it says none.
    """

    lines: tuple[str, ...]
    n_tables: int
    run_id: str
    note: str = ""


def compare(
    published: duckdb.DuckDBPyConnection,
    build: duckdb.DuckDBPyConnection | None,
    parquet: Path | None = None,
) -> Compared:
    """Compare the tables of a published file, and its Parquet files, with the build's record.

    build: the build file, whose record nobody changes by changing the published file; None where
    it cannot be read. parquet: the directory of the Parquet files, None where there is none.
    """
    there = [name for (name,) in published.execute(TABLES).fetchall()]
    if RECORD not in there:
        return Compared((), 0, "", "It does not say what was published; that of a new build will.")
    last = published.execute(LAST).fetchone()
    if last is None:
        return Compared(("changed       quality.builds: no build is recorded",), 1, "")
    run_id = str(last[0])
    record, lines, note = _record(published, run_id), [], ""
    trusted = _record(build, run_id) if build is not None else {}
    if trusted:
        if trusted != record:
            lines.append(f"changed       {RECORD}: not what the build file records")
        record = trusted
    else:
        note = "The build file does not know this build: compared with the file's own record."
    lines += _differing(published, record, there)
    if parquet is not None:
        lines += _differing_files(record, parquet)
    if build is not None and (newer := _published_since(build, last[1])):
        lines.append(f"out of date   the build file records a later publication, of {newer}")
    return Compared(tuple(lines), len(record) + 1, run_id, note)


def _record(connection: duckdb.DuckDBPyConnection, run_id: str) -> Record:
    try:
        rows = connection.execute(RECORDED, [run_id]).fetchall()
    except duckdb.CatalogException:  # a build file of an older version
        return {}
    return {relation: (count, total) for relation, count, total in rows}


def _differing(
    published: duckdb.DuckDBPyConnection, record: Record, there: list[str]
) -> Iterator[str]:
    for relation, recorded in record.items():
        if relation not in there:
            yield f"missing       {relation}"
        elif line := _line(relation, recorded, published, _quoted(relation)):
            yield line
    for relation in there:
        if relation not in record and relation != RECORD:
            yield f"not built     {relation}: no table of the build"


def _differing_files(record: Record, folder: Path) -> Iterator[str]:
    """Of the schemas that are published as Parquet files too."""
    with duckdb.connect() as reader:
        for relation, recorded in record.items():
            schema, table = relation.split(".", 1)
            file = folder / schema / f"{table}.parquet"
            name = f"{folder.name}/{schema}/{table}.parquet"
            if not (folder / schema).is_dir():
                continue
            if not file.is_file():
                yield f"missing       {name}"
                continue
            literal = str(file).replace("'", "''")
            if line := _line(name, recorded, reader, f"read_parquet('{literal}')"):
                yield line


def _line(
    name: str, recorded: tuple[int, str], reader: duckdb.DuckDBPyConnection, relation: str
) -> str:
    """What is wrong with it, '' where nothing is."""
    try:
        [found] = reader.execute(fingerprint(relation)).fetchall()
    except duckdb.Error as error:
        return f"damaged       {name}: {str(error).splitlines()[0]}"
    if found == recorded:
        return ""
    if found[0] != recorded[0]:
        return f"changed       {name}: recorded {recorded[0]:,} rows, found {found[0]:,}"
    return f"changed       {name}: {found[0]:,} rows, but not those that were published"


def _published_since(build: duckdb.DuckDBPyConnection, finished_at: object) -> str:
    """When the build file last saw a publication after that, '' where it saw none."""
    last = build.execute(LAST).fetchone()
    return f"{last[1]:%Y-%m-%d %H:%M} UTC" if last and last[1] > finished_at else ""


def _quoted(relation: str) -> str:
    schema, table = (part.replace('"', '""') for part in relation.split(".", 1))
    return f'"{schema}"."{table}"'
