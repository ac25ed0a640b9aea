"""The build log, the digests in it, and who may work on a build file."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb import environments
from dbt.adapters.duckdb.credentials import DuckDBCredentials

from hostile import Hostile
from mini_profile import MiniProfile
from nqp.build import dbt_plugin, locking, provenance
from nqp.ingest import IngestError
from warehouse import NO_TESTS, Build, Failed, Rebuilt, Warehouse, build

# --- the log -----------------------------------------------------------------------------------


def log(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of quality.builds, oldest first."""
    cursor = connection.execute("from quality.builds order by started_at")
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.build
def test_a_published_build_is_a_row_with_its_digests_and_counts(
    mini: Warehouse, mini_profile: MiniProfile
) -> None:
    [row] = log(mini.published)
    assert [row] == log(mini.internal)
    assert (row["profile"], row["selection"], row["outcome"], row["detail"]) == (
        "licensed", "whole", "published", None,
    )  # fmt: skip
    assert (
        0
        < row["duration_s"]
        == pytest.approx((row["finished_at"] - row["started_at"]).total_seconds(), abs=0.01)
    )
    counts = mini.internal.execute("""
        select
          (select count(*) from raw.cells), (select count(*) from staging.observations),
          (select count(*) from quality.rejected_cells),
          (select count(*) from results.regression_fits),
          (select count(*) from results.regression_fits where status = 'estimated')
    """).fetchall()
    names = ("cells", "observations", "rejected", "specifications", "estimated")
    assert [tuple(row[name] for name in names)] == counts
    folders = mini.internal.execute("select study, folder from raw.study_folders").fetchall()
    assert row["definitions_digest"] == provenance.definitions_digest(
        Path.cwd() / "catalogue",
        {study: Path(folder) for study, folder in folders},
        [mini_profile.folder],
    )
    assert row["code_version"] == provenance.code_version(Path.cwd())

    files = sorted(mini_profile.folder.glob("*.csv"))
    inputs = [
        (
            row["run_id"],
            path.name,
            path.stat().st_size,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in files
        if path.stem in ("city", "province")
    ]
    assert mini.rows("from quality.build_inputs order by file") == inputs
    printed = "".join(f"{sha256}  {file}\n" for _, file, _, sha256 in inputs)
    assert row["inputs_digest"] == hashlib.sha256(printed.encode()).hexdigest()


@pytest.mark.build
def test_the_log_goes_on_and_tells_what_has_changed(mini: Warehouse, rebuilt: Rebuilt) -> None:
    first, second = log(rebuilt.warehouse.published)
    assert [first] == log(mini.published)
    assert second["outcome"] == "published"
    assert first["code_version"] == second["code_version"]
    assert first["definitions_digest"] != second["definitions_digest"]  # another manifest
    assert first["inputs_digest"] != second["inputs_digest"]
    assert rebuilt.warehouse.rows(
        "select run_id, count(*) from quality.build_inputs group by run_id order by run_id"
    ) == sorted((row["run_id"], 2) for row in (first, second))


@pytest.mark.build
def test_a_failed_build_is_a_row_that_says_why(mini: Warehouse, failed: Failed) -> None:
    with duckdb.connect(str(failed.build.internal), read_only=True) as connection:
        first, second, *_ = log(connection)
    assert [first] == log(mini.published)
    assert second["outcome"] == "failed" and second["finished_at"] > second["started_at"]
    assert second["detail"].startswith("corrections: ")
    assert "corrections.csv, row 2: city.csv" in second["detail"]
    assert "\n" not in second["detail"] and "Traceback" not in second["detail"]
    # Made by this run; the tables of the run before are no figures of this one.
    assert second["cells"] == first["cells"] and second["inputs_digest"] is not None
    assert second["observations"] is None and second["estimated"] is None


@pytest.mark.build
def test_a_partial_build_is_a_row_that_names_the_part(mini: Warehouse, partial: Build) -> None:
    with duckdb.connect(str(partial.internal), read_only=True) as connection:
        first, _, third = log(connection)
    assert [first] == log(mini.published)
    assert third["outcome"] == "not published: partial"
    assert third["selection"].startswith("--select layouts units --exclude-resource-types ")
    # It read no file, and rests on those that the build before it read.
    assert third["cells"] is None and third["inputs_digest"] == first["inputs_digest"]


def part(profile: MiniProfile, warehouse: Path, *args: str) -> Build:
    """A build of two models over a warehouse that is there."""
    folder = profile.folder
    return build(
        "licensed", warehouse, data_dir=folder, manifest_dir=folder,
        args=["-s", "layouts", "units", *NO_TESTS, *args],
    )  # fmt: skip


@pytest.mark.build
def test_what_changes_numbers_is_on_record_and_in_the_digest(
    mini_profile: MiniProfile, sound_copy: Path
) -> None:
    for given in ([], ["--vars", "{seed: 5, review_many: 12}"], ["--vars", "seed: 6"]):
        finished = part(mini_profile, sound_copy, *given)
        assert finished.process.returncode == 0, finished.output
    with duckdb.connect(str(finished.internal), read_only=True) as connection:
        whole, plain, first, second = log(connection)
    told = [json.loads(row["settings"]) for row in (whole, plain, first, second)]
    assert [one["vars"] for one in told] == [
        {}, {}, {"seed": 5, "review_many": 12}, {"seed": 6},
    ]  # fmt: skip
    assert whole["digest"] == plain["digest"]
    assert len({row["digest"] for row in (plain, first, second)}) == 3
    # As anybody can make it again.
    parts = ("profile", "code_version", "definitions_digest", "inputs_digest", "settings")
    lines = "\n".join(whole[name] for name in parts)
    assert whole["digest"] == hashlib.sha256(lines.encode()).hexdigest()


def test_the_settings_are_those_that_change_numbers() -> None:
    environment = {
        "NQP_STUDY": "city",
        "OPENBLAS_NUM_THREADS": "8",
        "HOME": "/x",
        "OMP_NUM_THREADS": "",
    }
    database = {"integer_division": "true", "threads": "8"}
    told = json.loads(provenance.settings({"seed": 5}, environment, database))
    assert told["vars"] == {"seed": 5}
    assert told["environment"] == {"NQP_STUDY": "city", "OPENBLAS_NUM_THREADS": "8"}
    assert told["database"] == {"integer_division": "true"}
    assert told["libraries"]["duckdb"] == duckdb.__version__ and "python" in told["libraries"]


@pytest.mark.build
def test_a_published_build_records_what_it_published(mini: Warehouse) -> None:
    [(run,)] = mini.rows("select run_id from quality.builds")
    record = mini.rows("from quality.build_tables order by relation")
    assert record == mini.internal.execute("from quality.build_tables order by relation").fetchall()
    tables = mini.rows("""
        select concat(schema_name, '.', table_name) from duckdb_tables()
        where database_name = current_database()
        union all
        select concat(schema_name, '.', view_name) from duckdb_views()
        where database_name = current_database() and not internal
        order by all
    """)
    assert [(run, name) for (name,) in tables if name != "quality.build_tables"] == [
        (run_id, name) for run_id, name, *_ in record
    ]
    for _, relation, count, total in record:
        schema, table = relation.split(".")
        sql = provenance.fingerprint(f'"{schema}"."{table}"')
        assert mini.rows(sql) == [(count, total)], relation


@pytest.mark.build
def test_a_build_that_was_killed_is_called_interrupted(hostile: Hostile) -> None:
    [row] = [row for row in log(hostile.warehouse.published) if row["run_id"] == "killed"]
    assert row["outcome"] == "interrupted" and row["finished_at"] is None


@pytest.mark.build
def test_a_new_build_file_takes_over_the_published_log(mini: Warehouse, hostile: Hostile) -> None:
    first, second = [row for row in log(hostile.warehouse.published) if row["run_id"] != "killed"]
    assert [first] == log(mini.published)
    assert second["outcome"] == "published"
    inputs = "from quality.build_inputs where run_id = ? order by file"
    assert hostile.warehouse.rows(inputs, [first["run_id"]]) == mini.rows(inputs, [first["run_id"]])


# --- digests -----------------------------------------------------------------------------------


def test_a_digest_is_that_of_the_lines_of_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"x\r\ny\r\n")
    (tmp_path / "a").write_bytes(b"")
    # printf '' | sha256sum; printf 'x\ny\n' | sha256sum
    lines = (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n"
        f"{hashlib.sha256(b'x' + bytes([10]) + b'y' + bytes([10])).hexdigest()}  sub/b\n"
    )
    files = {"sub/b": tmp_path / "b", "a": tmp_path / "a"}
    assert provenance.digest(files) == hashlib.sha256(lines.encode()).hexdigest()


def test_code_and_definitions_change_their_digests_and_nothing_else_does(tmp_path: Path) -> None:
    project, manifest_dir = tmp_path / "project", tmp_path / "data"
    manifest_dir.mkdir()

    def write(name: str, text: str) -> tuple[str, str]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return (
            provenance.code_version(project),
            provenance.definitions_digest(
                project / "catalogue", {"mine": project / "mine"}, [manifest_dir]
            ),
        )

    code, definitions = write("project/models/staging/a.sql", "select 1")
    for name in (
        "project/models/.hidden.sql", "project/models/.ipynb/a.sql", "project/models/a.sql.swp",
        "project/README.md", "data/city.csv", "project/mine/README.md",
    ):  # fmt: skip
        assert write(name, "x") == (code, definitions), name
    for name in (
        "project/models/staging/a.sql", "project/models/staging/b.sql", "project/macros/a.sql",
        "project/python_models/a.py", "project/expectations/a.json", "project/dbt_project.yml",
    ):  # fmt: skip
        before, code = code, write(name, "select 2")[0]
        assert code != before and write(name, "select 2") == (code, definitions), name
    for name in (
        "project/catalogue/series.csv", "project/mine/variables.csv",
        "project/mine/expectations/marts.coverage.json", "data/manifest.csv",
        "data/corrections.csv", "data/waivers.csv",
    ):  # fmt: skip
        last, (_, definitions) = definitions, write(name, "a,b\n")
        assert definitions != last and write(name, "a,b\n") == (code, definitions), name
    assert code.split("+")[0].count(".") == 2 and len(code.split("+")[1]) == 12


@pytest.mark.parametrize(
    ("message", "gist"),
    [
        (
            "Runtime Error in model raw_files (python_models/ingest/raw_files.py)\n"
            "  Python model failed:\n  'a.csv' does not exist\n",
            "'a.csv' does not exist",
        ),
        (
            "Runtime Error in model x (python_models/x.py)\n  Python model failed:\n"
            '  Traceback (most recent call last):\n    File "x.py", line 1\n  KeyError: 1',
            "KeyError: 1",
        ),
        (
            "Runtime Error in model corrections (models/staging/corrections.sql)\n"
            "  Invalid Input Error: corrections.csv, row 2: renew it\n"
            "  compiled code at target/run/x.sql",
            "Invalid Input Error: corrections.csv, row 2: renew it",
        ),
        ("Got 3 results, configured to fail if != 0", "Got 3 results, configured to fail if != 0"),
        ("", ""),
    ],
)
def test_the_gist_of_a_failure_is_the_line_that_says_what_is_wrong(message: str, gist: str) -> None:
    assert provenance.gist(message) == gist


# --- one build at a time -----------------------------------------------------------------------

HOLD = "import sys; from pathlib import Path; from nqp.build import locking; "
HOLD += "lock = locking.hold(Path(sys.argv[1])); print('held', flush=True); input()"
OPEN = "import sys, duckdb; file = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"


@contextmanager
def other_process(program: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """A Python process that has said a word and now waits for a line."""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout and process.stdout.readline().strip() in ("held", "open")
        yield process
        process.kill()


@pytest.fixture
def build_file(tmp_path: Path) -> Path:
    return tmp_path / ".build" / "licensed.duckdb"


def test_a_second_build_waits_and_says_for_whom(
    build_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NQP_BUILD_WAIT", "60")
    with other_process(HOLD, build_file) as first:
        slept = []

        def sleep(_: float) -> None:
            # Killed while we wait: no hand of its own gives the lock back.
            slept.append(first.poll())
            if len(slept) == 3:
                first.kill()
                first.wait()

        monkeypatch.setattr(time, "sleep", sleep)
        with locking.hold(build_file) as lock:
            lock.seek(0)
            assert lock.read().strip() == str(os.getpid())
    assert len(slept) == 3
    assert capsys.readouterr().out == (
        f"another build of the licensed profile is running (process {first.pid}); waiting\n"
    )


def test_a_lock_given_back_is_free(
    build_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NQP_BUILD_WAIT", "0")
    for _ in range(2):
        with locking.hold(build_file):
            pass
    assert capsys.readouterr().out == ""


def test_waiting_has_an_end(
    build_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with other_process(HOLD, build_file) as first:
        running = f"another build of the licensed profile is running .process {first.pid}.. Gave up"
        monkeypatch.setenv("NQP_BUILD_WAIT", "0")
        with pytest.raises(locking.BuildRunningError, match=f"{running} after 0 seconds: build ag"):
            locking.hold(build_file)
        monkeypatch.setenv("NQP_BUILD_WAIT", "60")
        with pytest.raises(locking.BuildRunningError, match=running):
            locking.hold(build_file, interrupted=lambda: True)
        monkeypatch.setenv("NQP_BUILD_WAIT", "soon")
        with pytest.raises(ValueError, match="NQP_BUILD_WAIT is 'soon'; expected a number of sec"):
            locking.hold(build_file)
    assert capsys.readouterr().out == ""


@pytest.fixture
def plugin_locks(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[Path, Any]]:
    """Locks that a plugin in this process takes, given back at the end."""
    held: dict[Path, Any] = {}
    monkeypatch.setattr(dbt_plugin, "_held", held)
    yield held
    for lock in held.values():
        lock.close()


def start(build_file: Path) -> None:
    """What dbt does before it opens the build file."""
    dbt_plugin.Plugin("nqp", {}, DuckDBCredentials(path=str(build_file)))


def test_the_plugin_holds_the_lock_as_long_as_its_process_lives(
    build_file: Path, plugin_locks: dict[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    start(build_file)
    start(build_file)  # another thread or another command of the same process
    assert list(plugin_locks) == [build_file]
    monkeypatch.setenv("NQP_BUILD_WAIT", "0")
    with pytest.raises(locking.BuildRunningError, match=f"process {os.getpid()}"):
        locking.hold(build_file)


@pytest.mark.usefixtures("plugin_locks")
def test_a_program_that_has_the_build_file_open_is_named(build_file: Path) -> None:
    build_file.parent.mkdir()
    with other_process(OPEN, build_file) as other:
        found = rf"open in .*python.* .process {other.pid}.*Close it there, and query "
        with pytest.raises(RuntimeError, match=found + f".*{build_file.parent.parent / 'lic'}"):
            start(build_file)


@pytest.mark.usefixtures("plugin_locks")
def test_a_damaged_build_file_is_put_aside(
    build_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build_file.parent.mkdir()
    build_file.write_bytes(b"not a database" * 1000)
    start(build_file)
    assert duckdb.connect(str(build_file)).execute("select 1").fetchall() == [(1,)]
    aside = build_file.with_suffix(".damaged")
    assert aside.read_bytes().startswith(b"not a database")
    assert f"{build_file} was damaged" in capsys.readouterr().out


def fill(build_file: Path) -> tuple[bytes, int]:
    """Write a build file of several megabytes; its content, and the end of what it holds."""
    build_file.parent.mkdir()
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("create schema raw; create schema quality")
        connection.execute("create table quality.builds (run_id varchar, outcome varchar)")
        connection.execute("insert into quality.builds values ('first', 'published')")
        connection.execute("checkpoint")
        connection.execute("create table raw.cells as select random() as a from range(600_000)")
        connection.execute("checkpoint")
        blocks = "select block_id from pragma_storage_info('raw.cells') union all select block_id"
        [(last,)] = connection.execute(
            f"select max(block_id) from ({blocks} from pragma_metadata_info())"
        ).fetchall()
    return build_file.read_bytes(), 3 * 4096 + (last + 1) * 262_144


# Of the bytes that hold something, in thousandths; and a few at either end.
LENGTHS = [0, 1, 100, 4095, 4096, 12_287, 12_288, 12_289, 50_000, 300_000, *range(-9, 0)]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.usefixtures("plugin_locks")
def test_a_build_file_that_was_cut_short_is_put_aside(
    build_file: Path, capsys: pytest.CaptureFixture[str], length: int
) -> None:
    whole, end = fill(build_file)
    kept = length if length >= 0 else end + (length + 1) * (end // 9) - 1
    build_file.write_bytes(whole[:kept])
    start(build_file)
    with duckdb.connect(str(build_file)) as connection:
        assert connection.execute("from duckdb_tables()").fetchall() == []
        connection.execute("create table made_anew as select 1")
    assert build_file.with_suffix(".damaged").stat().st_size == kept
    [said] = capsys.readouterr().out.splitlines()
    assert said.startswith(f"{build_file} was damaged (")
    assert said.endswith(
        f": it is {build_file.with_suffix('.damaged')} now, and a new one is begun."
    )


@pytest.mark.usefixtures("plugin_locks")
def test_a_build_file_that_lacks_only_what_it_held_once_stays(
    build_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """DuckDB shortens files itself, without a word about it in their headers."""
    fill(build_file)
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("drop table raw.cells")
    with duckdb.connect(str(build_file)) as connection:
        size = "select block_size * total_blocks from pragma_database_size()"
        [(said,)] = connection.execute(size).fetchall()
    assert build_file.stat().st_size < said
    start(build_file)
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("plugin_locks")
def test_a_build_log_that_cannot_be_read_is_put_aside(
    build_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(build_file)
    scribble(build_file, "quality.builds")
    start(build_file)
    assert "was damaged (Corrupt database file" in capsys.readouterr().out
    assert build_file.with_suffix(".damaged").exists()


def scribble(file: Path, table: str) -> None:
    """Write over the blocks that hold a table, as a failing disk does."""
    with duckdb.connect(str(file), read_only=True) as connection:
        blocks = connection.execute(
            f"select distinct block_id from pragma_storage_info('{table}') where block_id >= 0"
        ).fetchall()
    assert blocks
    file.chmod(0o644)
    with file.open("r+b") as opened:
        for (block,) in blocks:
            opened.seek(3 * 4096 + block * 262_144 + 100)
            opened.write(b"\xff" * 1000)


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (lambda file: scribble(file, "quality.builds"), "Corrupt database file"),
        (lambda file: file.write_text("my thesis"), "not a valid DuckDB database file"),
        (lambda file: os.truncate(file, 100_000), "not read enough bytes"),
    ],
    ids=["damaged", "foreign", "cut short"],
)
@pytest.mark.build
def test_a_published_file_that_cannot_be_read_does_not_stop_a_build(
    mini_profile: MiniProfile, sound_copy: Path, prepare: Callable[[Path], None], says: str
) -> None:
    """And neither does a build log that is none of ours."""
    published = sound_copy / "licensed.duckdb"
    published.chmod(0o644)
    prepare(published)
    assert not dbt_plugin.has_log(published)
    with duckdb.connect(str(sound_copy / ".build" / "licensed.duckdb")) as connection:
        connection.execute("drop table quality.builds; create view quality.builds as select 1 as a")
        connection.execute("drop table quality.build_inputs")
        connection.execute("create table quality.build_inputs (run_id varchar, bytes varchar)")
    finished = part(mini_profile, sound_copy)
    assert finished.process.returncode == 0, finished.output
    [line] = [line for line in finished.output.splitlines() if str(published) in line][:1]
    assert line.startswith(f"The build log in {published} cannot be read (") and says in line
    assert finished.output.count("of the build file was not one of ours: it is begun anew") == 2
    with duckdb.connect(str(finished.internal), read_only=True) as connection:
        [row] = log(connection)
    assert row["outcome"] == "not published: partial"


@pytest.mark.usefixtures("plugin_locks")
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "warehouse").write_text("a file")
    with pytest.raises(RuntimeError, match=r"\.build cannot be worked in: .*Not a dir.*NQP_WARE"):
        start(tmp_path / "warehouse" / ".build" / "licensed.duckdb")


# What DuckDB says when the disk is full, and what it says from then on.
FULL = (
    "FATAL Error: Failed: database has been invalidated because of a previous fatal error. The "
    'database must be restarted prior to being used again.\nOriginal error: "Transaction COMMIT '
    "succeeded and is durable, but the autocheckpoint failed. Reopen the database instance to "
    'recover. Failed to create checkpoint because of error: Could not write file "a.duckdb": No '
    'space left on device"'
)
CAUSE = 'Could not write file "a.duckdb": No space left on device'


@pytest.mark.usefixtures("plugin_locks")
def test_a_build_file_that_ended_under_way_is_named(build_file: Path) -> None:
    plugin = dbt_plugin.Plugin("nqp", {}, DuckDBCredentials(path=str(build_file)))
    with duckdb.connect() as connection:
        cursor = connection.cursor()
        plugin.configure_cursor(cursor)
        cursor.close()
        with pytest.raises(RuntimeError, match=rf"{build_file.parent} cannot be worked in: .*NQP_"):
            plugin.configure_cursor(cursor)


def test_the_failure_that_mattered_is_told() -> None:
    assert dbt_plugin.plain(duckdb.FatalException(FULL)) == CAUSE
    assert dbt_plugin.plain(duckdb.IOException(f"IO Error: {CAUSE}")) == CAUSE


def as_dbt_prints_it(error: Exception) -> list[str]:
    lines: list[str] = vars(environments)["traceback"].format_exception(error)
    return lines


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (duckdb.FatalException(FULL), f"{CAUSE}."),
        (OSError(28, "No space left on device"), "No space left on device."),
        (IngestError("manifest.csv, row 3"), "manifest.csv, row 3"),
    ],
)
def test_what_a_python_model_meets_outside_is_told_without_a_traceback(
    error: Exception, told: str
) -> None:
    assert as_dbt_prints_it(error) == [told]


def test_a_fault_of_a_python_model_itself_keeps_its_traceback() -> None:
    try:
        raise KeyError("a name")
    except KeyError as error:
        assert "Traceback" in "".join(as_dbt_prints_it(error))
