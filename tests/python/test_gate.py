"""The gate: nothing is estimated or published from figures that fail, unless that is on record."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from mini_profile import BROKEN, WAIVERS, MiniProfile, write_waivers
from nqp import cli
from nqp.expectations import read_suites
from warehouse import NO_TESTS, ROOT, Build, Rebuilt, Warehouse, build

pytestmark = pytest.mark.build

SUITES = read_suites(ROOT / "expectations")
RULES = {rule.name for suite in SUITES.values() for rule in suite.rules}
LATEST = """
    from quality.expectation_results
    where run_id = (select arg_max(run_id, checked_at) from quality.expectation_results)
"""
FAULT = "region_code=340400 year=2013 value=-5"


def again(warehouse: Path, data: Path, *select: str) -> Build:
    """A build of a selection, without any test, over the file of another build."""
    return build(
        "licensed", warehouse, data_dir=data, manifest_dir=data,
        args=["-s", *select, *NO_TESTS],
    )  # fmt: skip


# --- figures that hold ----------------------------------------------------------------------------


def test_every_expectation_holds_on_simulated_figures(simulated: Warehouse) -> None:
    found = simulated.rows(f"select rule, status, message {LATEST}")
    assert {rule for rule, *_ in found} == RULES
    assert [message for _, status, message in found if status != "passed"] == []
    output = simulated.build.process.stdout
    assert f"{len(RULES)} of {len(RULES)} expectations hold." in output


def test_every_expectation_holds_on_public_figures(public: Warehouse) -> None:
    found = public.rows(f"select rule, message {LATEST} and status <> 'passed'")
    assert found == []


def test_a_warning_is_told_and_blocks_nothing(mini: Warehouse) -> None:
    """Random figures are no yearbook: some warnings, no critical failure."""
    found = dict(mini.rows(f"select severity, count(*) {LATEST} and status = 'failed' group by 1"))
    assert set(found) == {"warning"}
    said = f"{len(RULES) - found['warning']} of {len(RULES)} expectations hold; {found['warning']}"
    assert f"{said} only warn: nqp check --profile licensed." in mini.build.process.stdout
    assert mini.rows("select distinct waivers from results.regression_fits") == [(None,)]


def test_estimates_are_made_alone_where_what_they_rest_on_holds(
    sound_copy: Path, mini_profile: MiniProfile
) -> None:
    """Checking the same figures again makes nothing stale; regressions are those of the build."""
    chosen = ("checked_expectations", "expectation_results", "est_heterogeneity", "mediation")
    finished = again(sound_copy, mini_profile.folder, *chosen)
    assert finished.process.returncode == 0, finished.output
    with duckdb.connect(str(finished.internal), read_only=True) as connection:
        made = connection.execute("""
            select relation from checks.made where relation = made_from and run_id <> (
              select run_id from checks.made where relation = made_from and relation = 'raw.files'
            ) order by 1
        """).fetchall()
    assert [relation for (relation,) in made] == [
        "checks.expectations", "estimates.heterogeneity", "quality.expectation_results",
        "results.mediation",
    ]  # fmt: skip


# --- figures that fail ----------------------------------------------------------------------------


def test_a_critical_failure_stops_the_build_and_says_why(stopped: Build, mini: Warehouse) -> None:
    assert stopped.process.returncode != 0
    assert "2 critical expectation(s) fail; nothing is estimated." in stopped.output
    for rule in BROKEN:
        assert f"staging.observations: {rule}\n" in stopped.output
    assert FAULT in stopped.output and "cannot be negative" in stopped.output
    assert "Not published" in stopped.output
    assert stopped.published.read_bytes() == mini.build.published.read_bytes()


def test_nothing_is_estimated_after_it(stopped: Build) -> None:
    """Estimates and results are those of the build before, as are the notes of what they hold."""
    with duckdb.connect(str(stopped.internal), read_only=True) as connection:
        [(run,)] = connection.execute("""
            select run_id from checks.made
            where relation = made_from and relation = 'marts.panel_long'
        """).fetchall()
        [(noted, new)] = connection.execute(
            """
            select count(*), count(*) filter (run_id = ?) from checks.made
            where relation like 'estimates.%' or relation like 'results.%'
            """,
            [run],
        ).fetchall()
        # A run that failed is on record too.
        runs = connection.execute(
            """
            select run_id = ?, count(*),
              count(*) filter (status = 'failed' and severity = 'critical')
            from quality.expectation_results group by 1 order by 1
            """,
            [run],
        ).fetchall()
    assert noted > 24 and new == 0
    assert runs == [(False, len(RULES), 0), (True, len(RULES), 2)]


def test_estimates_and_results_refuse_by_themselves(
    stopped: Build, mini_profile: MiniProfile
) -> None:
    """Asked for alone, and without tests: as in `dbt run -s …`."""
    with duckdb.connect(str(stopped.internal)) as connection:
        connection.execute("update raw.files set bytes = bytes + 1")
        for until, message in (
            ("2020-01-01", "a waiver that has ended"),
            ("2999-01-01", "in force"),
        ):
            connection.execute(
                "insert into checks.expectations by name select 'waived' as status, 'critical' as"
                " severity, ? as waived_until, ? as message",
                [until, message],
            )
    folder = stopped.published.parent
    finished = again(folder, mini_profile.folder, "est_heterogeneity", "results.mediation")
    assert finished.process.returncode != 0
    for model in ("estimates.heterogeneity", "results.mediation"):
        assert f"{model} is not made, because it would rest on figures" in finished.output
    assert finished.output.count(f"staging.observations: {BROKEN[1]}") == 2
    assert FAULT in finished.output
    assert "a waiver that has ended" in finished.output and "in force" not in finished.output
    assert "estimates.regressions is older than" in finished.output
    assert finished.output.count("raw.files was changed since it was made") == 2


def test_an_estimate_refuses_what_was_not_made_since_the_figures_changed(
    stopped: Build, mini_profile: MiniProfile
) -> None:
    """The panel is another and was checked, the regressions are those of the panel before."""
    with duckdb.connect(str(stopped.internal)) as connection:
        connection.execute("delete from staging.observations where value < 0")
        connection.execute(
            "update intermediate.defined_values set value = value + 1e-9 where id = 'Fin'"
        )
    chosen = ("panel_long", "checked_expectations", "expectation_results", "est_mediation")
    finished = again(stopped.published.parent, mini_profile.folder, *chosen)
    assert finished.process.returncode != 0
    assert "estimates.mediation is not made" in finished.output
    [line] = [line for line in finished.output.splitlines() if "estimates.regressions is" in line]
    assert "older than" in line and "marts.panel_long" in line
    assert "staging.observations: " not in finished.output


# --- figures that fail, and are accepted ----------------------------------------------------------


def test_a_waived_build_is_published_and_every_result_says_so(rebuilt: Rebuilt) -> None:
    warehouse = rebuilt.warehouse
    found = warehouse.rows(f"""
        select rule, waiver, waived_until::varchar, unexpected_keys
        {LATEST} and status = 'waived' order by rule
    """)
    assert [rule for rule, *_ in found] == list(BROKEN)
    for _, waiver, until, keys in found:
        assert waiver == f"until 2999-12-31 by Li Wei: {WAIVERS[0][2]}"
        assert until == "2999-12-31" and "region_code=340400 year=2013 value=-" in keys
    said = "; ".join(f"{rule}, {waiver}" for rule, waiver, *_ in found)
    tables = warehouse.rows("""
        select table_name from duckdb_tables() where schema_name = 'results' order by 1
    """)
    assert len(tables) == 14
    for (table,) in tables:
        assert warehouse.rows(f"select distinct waivers from results.{table}") == [(said,)], table
    assert "2 waived on record: nqp check" in warehouse.build.process.stdout


def test_earlier_runs_stay_on_record(mini: Warehouse, rebuilt: Rebuilt) -> None:
    [(run,)] = mini.rows("select distinct run_id from quality.expectation_results")
    runs = rebuilt.warehouse.rows("""
        select run_id, count(*) from quality.expectation_results
        group by run_id order by min(checked_at)
    """)
    assert [count for _, count in runs] == [len(RULES)] * 2
    assert runs[0][0] == run != runs[1][0]


# --- nqp check ------------------------------------------------------------------------------------


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch, rebuilt: Rebuilt, tmp_path: Path) -> Path:
    """`nqp check` looks at the file of `rebuilt`; waivers.csv is that of an empty directory."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("NQP_WAREHOUSE", str(rebuilt.warehouse.build.published.parent))
    monkeypatch.setenv("NQP_MANIFEST_DIR", str(tmp_path))
    return tmp_path


def test_check_alone_fails_where_a_critical_expectation_does(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", "--profile", "licensed"]) == 1
    shown = capsys.readouterr().out
    first, *parts = shown.split("\n\n")
    assert first.startswith(f"licensed: {len(RULES)} expectations; 2 failed, ")
    assert [part.split()[0] for part in parts[:3]] == ["FAILED", "FAILED", "WARNED"]
    assert "value=-5" in parts[0] and "held" in first
    assert len(shown.splitlines()) < 80


def test_check_takes_the_waivers_as_they_are_now_and_writes_the_page(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_waivers(at_home, WAIVERS)
    page = at_home / "docs" / "checks.html"
    assert cli.main(["check", "--profile", "licensed", "--docs", str(page)]) == 0
    shown = capsys.readouterr().out
    assert "2 waived" in shown and "failed" not in shown.splitlines()[0]
    assert "年鉴有误" in shown and str(page) in shown
    assert "年鉴有误" in page.read_text(encoding="utf-8")


def test_check_finds_the_expectations_where_the_build_does(
    at_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(at_home)
    monkeypatch.setenv("DBT_PROJECT_DIR", str(ROOT))
    write_waivers(at_home, WAIVERS)
    assert cli.main(["check", "--profile", "licensed"]) == 0
    assert capsys.readouterr().out.startswith(f"licensed: {len(RULES)} expectations")


def test_check_says_what_to_do_where_nothing_was_built(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", "--profile", "simulated"]) == 1
    assert "run `make build PROFILE=simulated` first" in capsys.readouterr().err


WRITER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def test_check_says_to_wait_while_a_build_is_writing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / ".build" / "licensed.duckdb"
    file.parent.mkdir()
    words = [sys.executable, "-c", WRITER, str(file)]
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("NQP_WAREHOUSE", str(tmp_path))
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout and writer.stdout.readline()
        assert cli.main(["check", "--profile", "licensed"]) == 1
        writer.communicate()
    assert "wait until it has finished" in capsys.readouterr().err
