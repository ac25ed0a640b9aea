"""Functions that the dbt macros need and SQL does not have. Loaded by profiles.yml."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

# At the size of these panels a second BLAS thread makes regressions slower, not faster. dbt loads
# this module before any model imports numpy, which reads the variable once.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class Plugin(BasePlugin):
    """Registers ``replace_file`` on each connection."""

    def initialize(self, config: dict[str, Any]) -> None:
        """Make the directory of the build file, which DuckDB does not do by itself."""
        if self.creds is not None:
            Path(self.creds.path).parent.mkdir(parents=True, exist_ok=True)

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        conn.create_function("replace_file", replace_file, ["VARCHAR", "VARCHAR"], "BOOLEAN",
                             side_effects=True)  # fmt: skip
        conn.create_function("remove_file", remove_file, ["VARCHAR"], "BOOLEAN", side_effects=True)


def replace_file(source: str, target: str) -> bool:
    """Rename ``source`` to ``target`` atomically: readers keep the old file they have open."""
    Path(source).replace(target)
    return True


def remove_file(path: str) -> bool:
    """Remove what an interrupted publication left behind; says whether there was anything."""
    existed = Path(path).exists()
    Path(path).unlink(missing_ok=True)
    return existed
