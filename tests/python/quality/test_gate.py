"""The gate: nothing is estimated or published from figures that fail, unless that is on record."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from mini_profile import (
    BROKEN,
    WAIVERS,
    MiniProfile,
    plant_fault,
    write_profile,
    write_waivers,
)
from nqp import terminal
from nqp.quality.suites import read_suites
from warehouse import NO_TESTS, ROOT, Build, Rebuilt, Warehouse, build

pytestmark = pytest.mark.build

# Those that are built from a manifest of the test's own.
STUDIES = ("city", "province")


def rules_of(studies: Iterable[str]) -> set[tuple[str, str]]:
    """What is put to these studies, by study and rule: the general rules and those of their own."""
    studies = list(studies)
    folders = {study: ROOT / "studies" / study / "expectations" for study in studies}
    return {
        (study, rule.name)
        for suite in read_suites(ROOT / "expectations", folders)
        for rule in suite.rules
        for study in ([suite.study] if suite.study else studies)
    }


RULES = rules_of(STUDIES)
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
    found = simulated.rows(f"select study, rule, status, message {LATEST}")
    studies = [study for (study,) in simulated.rows("select study from definitions.studies")]
    assert {(study, rule) for study, rule, *_ in found} == rules_of(studies)
    assert [message for *_, message in found if message] == []
    counts = Counter(status for _, _, status, _ in found)
    assert set(counts) == {"passed", "no rows"}
    said = f"{counts['passed']} expectations hold, 0 fail, {counts['no rows']} had no rows"
    output = simulated.build.process.stdout
    assert f"{said} (in {len(studies)} studies)." in output


def test_every_expectation_holds_on_public_figures(public: Warehouse) -> None:
    statuses = public.rows(f"select distinct status, message {LATEST} order by 1")
    assert statuses == [("no rows", None), ("passed", None)]


def test_every_study_has_its_policy_compared(simulated: Warehouse, mini: Warehouse) -> None:
    for warehouse in (simulated, mini):
        found = dict(
            warehouse.rows(f"""
            select study, status {LATEST} and rule = 'treated_and_untreated_are_compared'
        """)
        )
        studies = warehouse.rows("select study from definitions.studies")
        assert found == {study: "passed" for (study,) in studies}


def test_a_warning_is_told_and_blocks_nothing(mini: Warehouse) -> None:
    """Random figures are no yearbook: some warnings, no critical failure."""
    found = dict(mini.rows(f"select severity, count(*) {LATEST} and status = 'failed' group by 1"))
    assert set(found) == {"warning"}
    assert mini.rows("select distinct waivers from results.regression_fits") == [(None,)]


def test_build_check_and_table_count_alike(
    mini: Warehouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here some hold, some only warn, and some had no rows."""
    counts = dict(mini.rows(f"select status, count(*) {LATEST} group by 1"))
    said = (
        f"{counts['passed']} expectations hold, {counts['failed']} fail (none critical), "
        f"{counts['no rows']} had no rows (in {len(STUDIES)} studies)"
    )
    assert f"  {said}: nqp check --profile licensed." in mini.build.process.stdout
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("NQP_WAREHOUSE", str(mini.build.published.parent))
    monkeypatch.delenv("NQP_MANIFEST_DIR", raising=False)
    assert terminal.main(["check", "--profile", "licensed"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"licensed: {said}."


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
        assert f"study city, staging.observations: {rule}\n" in stopped.output
    assert FAULT in stopped.output and "cannot be negative" in stopped.output
    way_on = "`nqp build --profile licensed --without city` builds the other studies."
    assert way_on in stopped.output
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
        # What estimates and results wait for is of the build before as well.
        waiting = connection.execute(
            """
            select relation from checks.made
            where relation = made_from and run_id <> ?
              and relation not like 'estimates.%' and relation not like 'results.%'
            order by 1
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
    assert [relation for (relation,) in waiting] == [
        "intermediate.definition_cautions", "intermediate.requested_samples",
        "intermediate.sample_counts", "quality.study_checks",
    ]  # fmt: skip
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
                "insert into checks.expectations by name select 'city' as study,"
                " 'waived' as status, 'critical' as severity, ? as waived_until, ? as message",
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
    assert finished.output.count("quality.study_checks is older than checks.expectations") == 2
    assert finished.output.count("raw.files was changed since it was made") == 2


def test_an_estimate_refuses_what_was_not_made_since_the_figures_changed(
    stopped: Build, mini_profile: MiniProfile
) -> None:
    """The panel is another and was checked, the samples are those of the panel before."""
    with duckdb.connect(str(stopped.internal)) as connection:
        connection.execute("delete from staging.observations where value < 0")
        connection.execute(
            "update intermediate.defined_values set value = value + 1e-9 where id = 'Fin'"
        )
    chosen = ("panel_long", "checked_expectations", "expectation_results", "est_mediation")
    finished = again(stopped.published.parent, mini_profile.folder, *chosen)
    assert finished.process.returncode != 0
    assert "estimates.mediation is not made" in finished.output
    for relation in ("marts.panels", "results.sample_members"):
        assert f"{relation} is older than marts.panel_long" in finished.output
    assert "staging.observations: " not in finished.output


@pytest.mark.parametrize(
    "change",
    [
        'update marts.panel_province set "Fin" = "Fin" + 1e-9 where year = 2015',
        "delete from marts.panel_province where year = 2012",
        "drop table marts.panel_province",
    ],
)
def test_an_estimate_refuses_a_panel_that_was_changed_by_hand(
    sound_copy: Path, mini_profile: MiniProfile, change: str
) -> None:
    """No table is made from marts.panel_…; what is noted of marts.panels speaks for all of them."""
    with duckdb.connect(str(sound_copy / ".build" / "licensed.duckdb")) as connection:
        connection.execute(change)
    finished = again(sound_copy, mini_profile.folder, "est_regressions")
    assert finished.process.returncode != 0
    assert "estimates.regressions is not made, because it would rest on figures" in finished.output
    assert "marts.panels was changed since it was made" in finished.output
    assert " is older than " not in finished.output


def test_a_result_refuses_checks_that_were_changed_by_hand(
    sound_copy: Path, mini_profile: MiniProfile
) -> None:
    with duckdb.connect(str(sound_copy / ".build" / "licensed.duckdb")) as connection:
        connection.execute("update quality.study_checks set waivers = 'none' where study = 'city'")
    finished = again(sound_copy, mini_profile.folder, "regression_fits")
    assert finished.process.returncode != 0
    assert "results.regression_fits is not made" in finished.output
    assert "quality.study_checks was changed since it was made" in finished.output


def test_the_others_are_built_without_the_study_whose_figures_fail(
    sound_copy: Path, tmp_path: Path
) -> None:
    """As the message says: the file is as faulty as before, but no study rests on it."""
    data = write_profile(tmp_path / "data").folder
    plant_fault(data)
    finished = build(
        "licensed", sound_copy, data_dir=data, manifest_dir=data, variables={"NQP_WITHOUT": "city"}
    )
    assert finished.process.returncode == 0, finished.output
    with duckdb.connect(str(finished.published), read_only=True) as connection:
        studies = connection.execute(
            "select distinct study from results.regression_fits"
        ).fetchall()
    assert sorted(study for (study,) in studies) == ["castle_doctrine", "city_workbook", "province"]


# --- figures that fail, and are accepted ----------------------------------------------------------


def test_a_waived_build_is_published_and_every_result_says_so(rebuilt: Rebuilt) -> None:
    warehouse = rebuilt.warehouse
    found = warehouse.rows(f"""
        select rule, study, waiver, waived_until::varchar, unexpected_keys
        {LATEST} and status = 'waived' order by rule
    """)
    assert [(rule, study) for rule, study, *_ in found] == [(rule, "city") for rule in BROKEN]
    for _, _, waiver, until, keys in found:
        assert waiver == f"until 2999-12-31 by Li Wei: {WAIVERS[0][2]}"
        assert until == "2999-12-31" and "region_code=340400 year=2013 value=-" in keys
    said = "; ".join(f"{rule}, {waiver}" for rule, _, waiver, *_ in found)
    tables = warehouse.rows("""
        select table_name from duckdb_tables()
        where schema_name = 'results' and table_name <> 'published_audit' order by 1
    """)
    assert len(tables) > 20
    # It is of samples, not of studies: samples has their waivers. The audit rests on print alone.
    tables.remove(("sample_members",))
    for (table,) in tables:
        rows = warehouse.rows(f"select distinct study = 'city', waivers from results.{table}")
        assert set(rows) <= {(True, said), (False, None)}, table
    # Placebos and the like of random figures are only of the other studies.
    assert (True, said) in warehouse.rows(
        "select distinct study = 'city', waivers from results.figures"
    )
    assert "2 waived on record, " in warehouse.build.process.stdout
    assert ": nqp check --profile licensed." in warehouse.build.process.stdout


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
    assert terminal.main(["check", "--profile", "licensed"]) == 1
    shown = capsys.readouterr().out
    first, *parts = shown.split("\n\n")
    assert " fail (2 critical), " in first and " expectations hold, " in first
    assert [part.split()[0] for part in parts[:3]] == ["FAILED", "FAILED", "WARNED"]
    assert "study city, " in parts[0] and "value=-5" in shown
    assert len(shown.splitlines()) < 80


def test_check_takes_the_waivers_as_they_are_now_and_writes_the_page(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_waivers(at_home, WAIVERS)
    page = at_home / "docs" / "checks.html"
    assert terminal.main(["check", "--profile", "licensed", "--docs", str(page)]) == 0
    shown = capsys.readouterr().out
    assert "2 waived on record" in shown and "(none critical)" in shown.splitlines()[0]
    assert "年鉴有误" in shown and str(page) in shown
    assert "年鉴有误" in page.read_text(encoding="utf-8")


def test_check_finds_the_expectations_where_the_build_does(
    at_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(at_home)
    monkeypatch.setenv("DBT_PROJECT_DIR", str(ROOT))
    write_waivers(at_home, WAIVERS)
    assert terminal.main(["check", "--profile", "licensed"]) == 0
    assert capsys.readouterr().out.startswith("licensed: ")


def test_check_says_what_to_do_where_nothing_was_built(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert terminal.main(["check", "--profile", "simulated"]) == 1
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
        assert terminal.main(["check", "--profile", "licensed"]) == 1
        writer.communicate()
    assert "wait until it has finished" in capsys.readouterr().err
