"""What a published file holds, as one word; also run as a program that polls a file."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path

import duckdb

# They say when and by which run, and so differ between two builds of the same input.
RUN_LOGS = {
    ("quality", "builds"), ("quality", "build_inputs"), ("quality", "build_tables"),
    ("quality", "expectation_results"),
    ("checks", "made"),
}  # fmt: skip


def contents(file: Path) -> dict[str, tuple[int, int]]:
    """Rows and a hash that no order of rows changes, by table; reads every value.

    Opened anew, so that it sees what the name means now. Raises duckdb.Error where it cannot.
    """
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = current_database() order by all"
        ).fetchall()
        return {
            f"{schema}.{name}": connection.execute(
                f'select count(*), coalesce(sum(hash(t)::hugeint), 0) from "{schema}"."{name}" as t'
            ).fetchall()[0]
            for schema, name in tables
            if (schema, name) not in RUN_LOGS
        }


def fingerprint(file: Path) -> str:
    """Everything ``contents`` finds, as one short word: equal for equal files."""
    found = json.dumps(contents(file), sort_keys=True).encode()
    return hashlib.sha256(found).hexdigest()[:16]


def poll(file: Path, until: Path) -> None:
    """Print a line per read, a fingerprint or ``failed: …``, until the file ``until`` exists."""
    while not until.exists():
        try:
            print(fingerprint(file), flush=True)
        except duckdb.Error as error:
            print(f"failed: {error}".replace("\n", " "), flush=True)
        time.sleep(0.05)


if __name__ == "__main__":
    poll(Path(sys.argv[1]), Path(sys.argv[2]))
