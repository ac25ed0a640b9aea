"""What the dbt macros need and SQL does not have. Loaded by profiles.yml."""

from __future__ import annotations

import functools
import inspect
import json
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import duckdb
from dbt.adapters.duckdb import environments
from dbt.adapters.duckdb.plugins import BasePlugin

from nqp.build import interrupting, locking, provenance, publishing
from nqp.coding_rules import first_treated_year
from nqp.messages import SIMULATED

# dbt loads this module before any model imports a library, and these are read once. At the size of
# these panels a second BLAS thread makes regressions slower, not faster. No library may report.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["DO_NOT_TRACK"] = "1"
os.environ["GX_ANALYTICS_ENABLED"] = "false"


def _explain(error: BaseException) -> list[str]:
    """How dbt prints what a Python model raised.

    Our own errors are messages for a person, and so is what a disk does to any program.
    """
    if type(error).__module__.startswith("nqp."):
        return [str(error)]
    if isinstance(error, OSError | duckdb.IOException | duckdb.FatalException):
        return [f"{plain(error)}."]
    return traceback.format_exception(error)


# dbt-duckdb has no setting for it.
vars(environments)["traceback"] = SimpleNamespace(format_exception=_explain)

# The words of DuckDB for a file that it cannot read.
DAMAGED = re.compile(
    "not a valid DuckDB database file|corrupt|version number|replaying WAL|not read enough bytes"
    "|failed to deserialize",
    re.I,
)
# What a build reads of the builds before it; everything else it makes anew.
HISTORY = (
    "checks.made", "quality.builds", "quality.build_inputs", "quality.build_tables",
    "quality.expectation_results",
)  # fmt: skip
# What comes before the blocks of a DuckDB file.
HEADERS = 3 * 4096

# Locks of this process by build file, held until it ends.
_held: dict[Path, IO[str]] = {}


class Plugin(BasePlugin):
    """Keeps other builds out of the build file; gives SQL the functions that the hooks call."""

    def initialize(self, config: dict[str, Any]) -> None:
        """Wait for other builds of the profile and see that the build file opens.

        Raises RuntimeError, which dbt prints without a traceback.
        """
        if self.creds is None:
            return
        path = Path(self.creds.path).resolve()
        try:
            if path not in _held:
                _held[path] = locking.hold(path, interrupted)
            open_build_file(path)
        except ValueError as error:
            raise RuntimeError(str(error)) from None
        except (OSError, duckdb.Error) as error:
            raise unusable(path, error) from None

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """See that the build file still works, which a full disk may have ended in the meantime.

        dbt opens the first cursor of its main thread for the hooks on-run-start: from then on
        Ctrl-C ends in our sentence. Raises RuntimeError, which dbt prints without a traceback.
        """
        if self.creds is not None:
            interrupting.end_in_a_sentence(publishing.PublishedPaths(Path(self.creds.path)).file)
        try:
            cursor.execute("select 1")
        except duckdb.Error as error:
            assert self.creds is not None
            raise unusable(Path(self.creds.path), error) from None

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register what hooks (macros/builds.sql, macros/publish.sql) and models call.

        Those that are `reporting` return what went wrong, in one line, and '' where nothing did.
        """
        assert self.creds is not None
        paths = publishing.PublishedPaths(Path(self.creds.path))

        def attempt(statements: str) -> None:
            with conn.cursor() as cursor:
                for statement in json.loads(statements):
                    cursor.execute(statement)

        def prepare_publication(run_id: str, schemas: str) -> None:
            publishing.prepare(paths, run_id, json.loads(schemas))

        def replace_published(run_id: str) -> None:
            foreign = paths.file.exists() and not has_log(paths.file)
            with interrupting.replacing():
                publishing.replace(paths, run_id, foreign=foreign)
            if foreign:
                print(f"{paths.file} was damaged, or not made by a build: it is {paths.aside} now.")

        def clear_publication() -> None:
            publishing.clear(paths)

        def published_path(name: str) -> str:
            return str(getattr(paths, name))

        def is_published() -> str:
            return str(paths.file) if paths.file.exists() else ""

        def code_version(project: str) -> str:
            return provenance.code_version(Path(project))

        def fingerprint(relation: str) -> str:
            return provenance.fingerprint(relation)

        def settings(variables: str) -> str:
            with conn.cursor() as ours, duckdb.connect() as theirs:
                given, own = (
                    set(cursor.execute("select name, value from duckdb_settings()").fetchall())
                    for cursor in (ours, theirs)
                )
            return provenance.settings(json.loads(variables), os.environ, dict(given - own))

        # They import pandas, which a command that only parses need not wait for.
        def definitions_digest(project: str, profile: str) -> str:
            from nqp import definitions

            try:
                return definitions.digest(project, profile)
            except definitions.DefinitionError:
                return ""

        def faults_of_definitions(project: str, profile: str) -> str:
            from nqp import definitions

            try:
                definitions.current(project, profile)
            except definitions.DefinitionError as error:
                return str(error)
            return ""

        def studies_left_out(project: str, profile: str) -> str:
            from nqp import definitions

            return json.dumps(definitions.current(project, profile)[1].left_out)

        def note_on_simulated() -> str:
            return SIMULATED

        def gist(message: str) -> str:
            return provenance.gist(message)

        functions: list[Callable[..., str]] = [
            reporting(attempt),
            reporting(prepare_publication),
            reporting(replace_published),
            reporting(clear_publication),
            published_path,
            is_published,
            code_version,
            fingerprint,
            settings,
            definitions_digest,
            faults_of_definitions,
            studies_left_out,
            note_on_simulated,
            gist,
        ]
        for function in functions:
            arguments: list[Any] = ["VARCHAR"] * len(inspect.signature(function).parameters)
            conn.create_function(
                function.__name__, function, arguments, "VARCHAR", side_effects=True
            )
        conn.create_function(
            "first_treated_year", first_treated_year, ["DATE", "VARCHAR"], "INTEGER"
        )


def reporting(function: Callable[..., None]) -> Callable[..., str]:
    """The same function with its failure as its value: a macro has no other way to catch one."""

    @functools.wraps(function)  # DuckDB counts the arguments of what is wrapped
    def reports(*arguments: str) -> str:
        try:
            function(*arguments)
        except (OSError, duckdb.Error, publishing.PublishingError) as error:
            return plain(error)
        return ""

    return reports


def unusable(path: Path, error: Exception) -> RuntimeError:
    """What is wrong with the directory of the build file, and what to do."""
    return RuntimeError(
        f"{path.parent} cannot be worked in: {plain(error)}. Make it writable, with some room, or "
        "name another directory in NQP_WAREHOUSE."
    )


def open_build_file(path: Path) -> None:
    """Open the build file once, before dbt does, to say what is wrong with it in plain words.

    A damaged file is put aside (``simulated.damaged``): everything in it is made anew.
    Raises RuntimeError where another program has it open, duckdb.Error otherwise.
    """
    try:
        damage = damage_of(path)
    except duckdb.Error as error:
        if holder := re.search(r"Conflicting lock is held in (.*?) \(PID (\d+)\)", str(error)):
            raise RuntimeError(
                f"{path} is open in {holder[1]} (process {holder[2]}), and dbt builds in that "
                f"file. Close it there, and query {publishing.PublishedPaths(path).file} instead: "
                "reading that one is never in the way."
            ) from None
        if not is_damage(error):
            raise
        damage = plain(error)
    if damage:
        aside = path.with_suffix(".damaged")
        path.replace(aside)
        path.with_suffix(".duckdb.wal").unlink(missing_ok=True)
        print(f"{path} was damaged ({damage}): it is {aside} now, and a new one is begun.")


def damage_of(path: Path) -> str:
    """What a build would stumble over in a build file that opens; '' where there is nothing.

    DuckDB opens a file that was cut short and fails when it comes to the blocks that are gone. Its
    size alone says nothing: blocks that hold nothing may be gone. Makes the file where none is.
    Raises duckdb.Error where it does not open, or a table that builds read cannot be read.
    """
    with duckdb.connect(str(path)) as connection:
        tables = connection.execute(
            "select concat(schema_name, '.', table_name), format('\"{}\".\"{}\"',"
            " replace(schema_name, '\"', '\"\"'), replace(table_name, '\"', '\"\"'))"
            " from duckdb_tables() where database_name = current_database()"
        ).fetchall()
        blocks = "select block_id from pragma_metadata_info()"
        for _, name in tables:
            literal = name.replace("'", "''")
            blocks += (
                " union all select unnest([block_id] || coalesce(additional_block_ids, []))"
                f" from pragma_storage_info('{literal}')"
            )
        [(last,)] = connection.execute(f"select max(block_id) from ({blocks})").fetchall()
        [(size,)] = connection.execute("select block_size from pragma_database_size()").fetchall()
        needed = HEADERS + (last + 1) * size if last is not None and last >= 0 else 0
        if (there := path.stat().st_size) < needed:
            return f"cut short: {there:,} of at least {needed:,} bytes"
        for name, quoted in tables:
            if name in HISTORY:
                connection.execute(f"select sum(hash(held)) from {quoted} as held").fetchall()
    return ""


def is_damage(error: duckdb.Error) -> bool:
    """Whether it is the content of a file that DuckDB cannot make sense of."""
    return bool(DAMAGED.search(str(error))) or isinstance(
        error, duckdb.InternalException | duckdb.SerializationException
    )


def has_log(file: Path) -> bool:
    """Whether a published file is a build's; True also where another program keeps it locked."""
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            connection.execute("select run_id, outcome from quality.builds").fetchall()
    except duckdb.Error as error:
        return "Conflicting lock" in str(error)
    return True


def interrupted() -> bool:
    """True once the main thread has had enough (Ctrl-C) and waits for its workers to end.

    dbt opens its first connection in a worker, which no signal reaches.
    """
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        if frame.f_code.co_name == "shutdown" and "concurrent" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def plain(error: Exception) -> str:
    """The first line of what went wrong, without the class of error in front and a full stop."""
    if isinstance(error, OSError) and error.strerror:
        path = error.filename2 or error.filename
        return f"{path}: {error.strerror}" if path else error.strerror
    # DuckDB quotes the failure that mattered behind what came of it.
    *_, text = re.split(r"Original error: |because of error: ", str(error))
    first, *_ = text.strip('"').splitlines() or [type(error).__name__]
    return re.sub(r"^(\w+ Error: )+", "", first).removesuffix(".")
