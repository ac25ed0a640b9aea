"""Publishing: whole, passing builds replace the published file; nothing else touches it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from nqp import terminal
from nqp.build.publishing import PublishedPaths, PublishingError, clear, prepare, replace
from nqp.messages import SIMULATED
from warehouse import (
    CONTENT,
    ROOT,
    VINTAGES,
    Build,
    Failed,
    Rebuilt,
    Warehouse,
    build_command,
    command,
    files_of,
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


def views(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Each view by schema and name."""
    return connection.execute("""
        select schema_name, view_name from duckdb_views()
        where not internal and database_name = current_database() order by all
    """).fetchall()


def test_the_published_file_has_the_public_schemas_and_all_of_them(mini: Warehouse) -> None:
    published, internal = tables(mini.published), tables(mini.internal)
    assert {schema for schema, _ in published} == PUBLIC_SCHEMAS
    assert published == {key: rows for key, rows in internal.items() if key[0] in PUBLIC_SCHEMAS}
    # The build file has more, or the test would not notice a copy of everything.
    assert {"raw", "staging", "estimates"} <= {schema for schema, _ in internal}
    schemas = mini.rows("select schema_name from information_schema.schemata")
    assert not {"raw", "staging", "estimates"} & {schema for (schema,) in schemas}
    assert views(mini.published) == views(mini.internal) == [("results", "sample_rows")]


def test_the_published_file_stands_alone(mini: Warehouse, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere.duckdb"
    shutil.copy(mini.build.published, moved)
    with duckdb.connect(str(moved), read_only=True) as connection:
        for schema, name in [*tables(connection), *views(connection)]:
            connection.execute(f'select * from {schema}."{name}"').fetchall()
        assert connection.execute("select count(*) from marts.panel_long").fetchone() != (0,)


def test_views_answer_where_the_file_is_attached_under_another_name(mini: Warehouse) -> None:
    """Even beside tables of the same names, such as those of another profile."""
    for schema, name in views(mini.published):
        count = f'select count(*), sum(hash(v)) from {{}}{schema}."{name}" as v'
        [content] = mini.rows(count.format(""))
        assert content[0] > 0
        with duckdb.connect(":memory:") as other:
            file = str(mini.build.published).replace("'", "''")
            other.execute(f"attach '{file}' as \"another name\" (read_only)")
            for _ in range(2):
                found = other.execute(count.format('"another name".')).fetchall()
                assert found == [content], name
                other.execute("create schema if not exists results")
                for table in ("samples", "sample_members"):
                    other.execute(f"create or replace table results.{table} as select 'a' as x")


def test_a_view_is_made_of_the_tables_beside_it(mini: Warehouse) -> None:
    assert mini.rows("from results.sample_rows order by all") == mini.rows("""
        select s.spec_id, m.region_code, m.year, m.used, m.weight, m.lost_at
        from results.samples as s inner join results.sample_members as m using (sample_id)
        order by all
    """)


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
    assert comments["panel_province", "nqp"] == "New quality productivity 新质生产力"


def test_documented_tables_explain_themselves(mini: Warehouse) -> None:
    [(tables, views, columns)] = mini.rows("""
        select
          (select count(*) from duckdb_tables() where coalesce(comment, '') = ''),
          (select count(*) from duckdb_views() where not internal and coalesce(comment, '') = ''),
          (
            select count(*) from duckdb_columns()
            where database_name = 'licensed' and coalesce(comment, '') = ''
              and schema_name in ('marts', 'results', 'quality', 'published')
          )
    """)
    assert (tables, views, columns) == (0, 0, 0)
    assert mini.rows("""
        select comment from duckdb_columns()
        where schema_name = 'results' and table_name = 'sample_rows' and column_name = 'used'
    """) == [("Whether the analysis uses the row 是否使用",)]
    assert mini.rows("""
        select comment from duckdb_columns()
        where schema_name = 'definitions' and table_name = 'units' and column_name = 'factor'
    """) == [("Base units in one of this unit.",)]


def test_who_asks_for_a_schema_of_the_build_is_told_what_is_published(
    mini: Warehouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = mini.build.published.parent
    monkeypatch.setenv("NQP_WAREHOUSE", str(folder))
    ask = ["query", "--profile", "licensed"]
    assert terminal.main([*ask, "from staging.parsed_cells"]) == 1
    message = capsys.readouterr().err
    assert message.startswith("nqp: schema 'staging' is not published; those that are: definitions")
    assert "quality.rejected_cells" in message and f"{folder}/.build/licensed.duckdb" in message
    assert terminal.main([*ask, "from quality.rejected_cells"]) == 0
    assert terminal.main([*ask, "from quality.none"]) == 1
    assert "Table with name none does not exist" in capsys.readouterr().err


# --- Parquet ---------------------------------------------------------------------------------


def test_every_table_of_interest_is_a_parquet_file_with_the_same_rows(mini: Warehouse) -> None:
    folder = mini.build.published.with_suffix("")
    published = {*tables(mini.published), *views(mini.published)}
    expected = {key for key in published if key[0] != "intermediate"}
    assert ("results", "sample_rows") in expected
    files = {(path.parent.name, path.stem): path for path in folder.rglob("*.parquet")}
    assert files.keys() == expected and len(files) > 40
    with duckdb.connect(":memory:") as other:
        for (schema, name), path in files.items():
            [content] = mini.rows(f'select count(*), sum(hash(t)) from {schema}."{name}" as t')
            file = other.from_parquet(str(path))
            assert other.sql("select count(*), sum(hash(t)) from file as t").fetchall() == [
                content
            ], path
            table = mini.published.sql(f'from {schema}."{name}"')
            assert (file.columns, file.types) == (table.columns, table.types), path


def test_each_parquet_file_names_its_run_and_its_profile(mini: Warehouse) -> None:
    folder = mini.build.published.with_suffix("")
    run_ids = mini.rows("select run_id from quality.builds where outcome = 'published'")
    for path in folder.rglob("*.parquet"):
        said = pq.read_metadata(path).metadata
        assert [(said[b"run_id"].decode(),)] == run_ids
        assert said[b"profile"] == b"licensed"


# What has no figures of any study: what there is to read, who is a unit, which rows a sample has,
# and what the papers print.
WITHOUT_FIGURES = {
    "marts.panels", "marts.regions", "marts.coverage", "results.sample_rows",
    "results.sample_members", "results.published_audit",
}  # fmt: skip


def test_every_table_of_figures_says_row_by_row_which_data_they_rest_on(
    simulated: Warehouse,
) -> None:
    columns = simulated.rows("""
        select concat(schema_name, '.', table_name), list(column_name) from duckdb_columns()
        where schema_name in ('marts', 'results') and not internal group by all
    """)
    lacking = {table for table, names in columns if "data_profile" not in names}
    assert lacking == WITHOUT_FIGURES and len(columns) > 30
    for table, _ in columns:
        if table not in WITHOUT_FIGURES:
            blank = f"select count(*) from {table} where data_profile is null"
            assert simulated.rows(blank) == [(0,)], table
    kinds = "select distinct study, data_profile from marts.panel_long order by study"
    assert dict(simulated.rows(kinds)) == {
        "castle_doctrine": "open", "city": "simulated", "province": "simulated",
    }  # fmt: skip


def test_parquet_files_say_which_data_they_hold(simulated: Warehouse) -> None:
    folder = simulated.build.published.with_suffix("")
    said = {
        f"{path.parent.name}.{path.stem}": pq.read_metadata(path).metadata
        for path in folder.rglob("*.parquet")
    }
    told = {name: text.get(b"data_profile", b"").decode() for name, text in said.items()}
    for name, profiles in {
        "marts.panel_city": "simulated", "marts.panel_castle_doctrine": "open",
        "marts.panel_long": "open, simulated", "marts.entropy_weights": "simulated",
        "results.regression_coefficients": "open, simulated", "results.sample_members":
        "open, simulated", "definitions.studies": "", "quality.builds": "",
        "published.published_coefficients": "",
    }.items():  # fmt: skip
        assert told[name] == profiles, name
        note = said[name].get(b"note", b"").decode()
        assert note == (SIMULATED if "simulated" in profiles else ""), name


@pytest.fixture
def places(tmp_path: Path) -> PublishedPaths:
    """A build file whose first run is published, and the second ready to be."""
    places = PublishedPaths(tmp_path / ".build" / "licensed.duckdb")
    for run in ("first", "second"):
        prepare(places, run, ["marts"])
        (places.versions / run / "marts" / "t.parquet").write_text(run)
        places.copy.write_text(run)
        if run == "first":
            replace(places, run)
    return places


def published_by(places: PublishedPaths) -> tuple[str, ...]:
    table = places.tables / "marts" / "t.parquet"
    mark = (places.tables / ".run_id").read_text().strip()
    return places.file.read_text(), table.read_text(), mark


def test_readers_keep_the_files_they_have_open(places: PublishedPaths) -> None:
    with (
        places.file.open() as file,
        (places.tables / "marts" / "t.parquet").open() as table,
    ):
        replace(places, "second")
        assert (file.read(), table.read()) == ("first", "first")
    assert published_by(places) == ("second",) * 3
    prepare(places, "third", ["marts"])
    assert {path.name for path in places.versions.iterdir()} == {"second", "third"}


def without_links(places: PublishedPaths) -> None:
    """As where links are not possible: what is published is a directory."""
    version = places.tables.resolve()
    places.tables.unlink()
    version.rename(places.tables)


def test_a_directory_is_replaced_where_there_are_no_links(
    places: PublishedPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_links(places)
    monkeypatch.setattr(Path, "symlink_to", raise_os_error)
    replace(places, "second")
    assert published_by(places) == ("second",) * 3
    assert places.tables.is_dir() and not places.tables.is_symlink()
    clear(places)
    assert list(places.versions.iterdir()) == []
    assert published_by(places) == ("second",) * 3


def raise_os_error(*_: object, **__: object) -> None:
    raise OSError("not here")


@pytest.mark.parametrize("prepared", [lambda places: None, without_links], ids=["link", "folder"])
def test_both_are_as_they_were_where_one_cannot_be_replaced(
    places: PublishedPaths, prepared: Callable[[PublishedPaths], None]
) -> None:
    prepared(places)
    places.copy.unlink()  # so that the second of the two renames fails
    with pytest.raises(FileNotFoundError):
        replace(places, "second")
    assert published_by(places) == ("first",) * 3
    clear(places)
    assert published_by(places) == ("first",) * 3


def test_a_foreign_directory_is_never_replaced(tmp_path: Path) -> None:
    places = PublishedPaths(tmp_path / ".build" / "licensed.duckdb")
    own = places.tables / "thesis.docx"
    own.parent.mkdir()
    own.write_text("ten years of work")
    with pytest.raises(PublishingError, match=r"licensed is in the way.*move it somewhere else"):
        prepare(places, "first", ["marts"])
    places.tables.rename(tmp_path / "own")
    places.tables.symlink_to(tmp_path / "own")
    with pytest.raises(PublishingError, match="in the way"):
        prepare(places, "first", ["marts"])
    assert (tmp_path / "own" / "thesis.docx").read_text() == "ten years of work"


def test_a_failing_build_leaves_the_published_file_as_it_was(failed: Failed) -> None:
    assert failed.build.process.returncode != 0
    published = failed.build.published
    assert len(failed.before) > 40
    assert files_of(published) == failed.before
    assert not failed.build.internal.with_suffix(".publishing").exists()
    line = [line for line in failed.build.output.splitlines() if line.startswith("Not published")]
    assert len(line) == 1 and f"{published} is as it was" in line[0]
    assert "Built" not in failed.build.output


def test_a_partial_build_does_not_publish(failed: Failed, partial: Build) -> None:
    assert partial.process.returncode == 0, partial.output
    assert "Not published: only part of the project was built" in partial.output
    assert "Built" not in partial.output
    assert files_of(partial.published) == failed.before


def test_nothing_is_published_by_hand(stopped: Build) -> None:
    """Not even over a stopped build, whose panels are newer than its results."""
    published = stopped.published
    before = files_of(published)
    words, environment = build_command("licensed", published.parent)
    at = words.index("build")
    words[at : at + 1] = ["run-operation", "publish", "--args", f"{{published: {published}}}"]
    process = subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert process.returncode != 0
    assert "Only `dbt build` publishes, as its last step" in process.stdout
    assert files_of(published) == before


def test_a_reader_keeps_its_file_through_a_build(mini: Warehouse, rebuilt: Rebuilt) -> None:
    content = mini.rows(CONTENT)
    assert rebuilt.seen == ("[('first',)]", "[('first',)]", str(content))
    with reading_process(rebuilt.warehouse.build.published) as read:
        assert read(VINTAGES) == "[('second',)]"
    # Other units, other last digits: the new content can be told from the old.
    assert rebuilt.warehouse.rows(CONTENT) != content


def test_what_an_interrupted_publication_left_is_cleared(rebuilt: Rebuilt) -> None:
    assert [path for path in rebuilt.left_over if path.exists()] == []
    folder = rebuilt.warehouse.build.published.parent
    names = {path.name for path in folder.iterdir()}
    assert names == {".build", ".dbt", "licensed", "licensed.duckdb"}
    # Of the Parquet files those before the last are kept, for readers that are at it.
    versions = [
        path for path in (folder / ".build" / "licensed.parquet").iterdir() if path.is_dir()
    ]
    runs = rebuilt.warehouse.rows("select run_id from quality.builds where outcome = 'published'")
    assert {(path.resolve().name,) for path in versions} == set(runs) and len(runs) == 2
    assert (folder / "licensed").resolve() in {path.resolve() for path in versions}


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


def test_the_closing_lines_name_the_data_and_counts(mini: Warehouse) -> None:
    output = mini.build.process.stdout
    [(rest,)] = mini.rows("""
        with kinds as (
          select data_profile, min(s.rowid) as i,
            string_agg(study, ', ' order by s.rowid) as studies
          from definitions.studies as s inner join intermediate.study_profiles using (study)
          group by data_profile
        )
        select string_agg(concat(studies, ': ', data_profile, ' data'), '; ' order by i) from kinds
    """)
    assert "province" in rest
    assert f"Built {mini.build.published}. {rest}." in output
    [(files,)] = mini.internal.execute("select count(*) from raw.files").fetchall()
    [(cells,)] = mini.internal.execute("select count(*) from raw.cells").fetchall()
    [(specs, fitted)] = mini.rows(
        "select count(*), count(*) filter (status = 'estimated') from results.regression_fits"
    )
    assert 0 < fitted < specs
    assert (
        f"{files} files, {cells:,} cells; {fitted} of {specs} specifications estimated." in output
    )
    assert "simulated" not in output.lower()


def test_the_printed_query_works(mini: Warehouse) -> None:
    [(study, policy)] = mini.rows("""
        select s.study, s.policy from definitions.studies as s
        where exists (
          from results.regression_coefficients as c
          where c.study = s.study and c.term = s.policy
        )
        order by s.rowid limit 1
    """)
    assert f"where study = '{study}' and term = '{policy}'" in printed_query(mini.build)[-1]
    shown = run_printed_query(mini.build)
    for (spec,) in mini.rows(
        "select spec_id from results.regression_coefficients where study = ? and term = ?",
        [study, policy],
    ):
        assert spec in shown


def test_simulated_data_are_called_so(simulated: Warehouse) -> None:
    output = simulated.build.process.stdout
    assert f"Built {simulated.build.published}. " in output
    assert "; city, province: SIMULATED stand-ins, not evidence." in output
    # A real study is proposed before a simulated one.
    assert "castle_doctrine: open data; " in output
    assert "castle_doctrine.t1.c1" in run_printed_query(simulated.build)
    found = simulated.rows("select distinct study, data_profile from results.regression_fits")
    assert dict(found) == {
        "castle_doctrine": "open", "city": "simulated", "province": "simulated",
    }  # fmt: skip
