"""Studies from folders outside the project: built alone, beside others, on top of shipped ones."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from counties_for_tests import change, county_panel, new_study, rows, run
from warehouse import ROOT, build, files_of

pytestmark = pytest.mark.build

NOT_COPIED = shutil.ignore_patterns(
    ".*", "__pycache__", "target", "logs", "warehouse", "reports", "benchmarks", "tests"
)


def contents(folder: Path) -> dict[str, str]:
    """Every file of a project and its checksum, without what Python keeps for itself."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def two_way(frame: pd.DataFrame, terms: list[str]) -> np.ndarray:
    """Least squares on dummies of counties and years, by an independent way."""
    dummies = pd.get_dummies(frame[["code", "year"]].astype(str), drop_first=True).astype(float)
    X = np.column_stack([frame[terms].to_numpy(float), np.ones(len(frame)), dummies.to_numpy()])
    b, *_ = np.linalg.lstsq(X, frame["yield"].to_numpy(float), rcond=None)
    return np.asarray(b[: len(terms)])


COEFFICIENTS = """
    select spec_id, term, estimate, std_error from results.regression_coefficients
    where study = 'farms' order by spec_id, term
"""


@dataclass(frozen=True)
class Alone:
    """A study of counties built alone, from a checkout that nobody may write to."""

    here: Path
    folder: Path
    process: subprocess.CompletedProcess[str]
    report: subprocess.CompletedProcess[str]
    before: dict[str, str]
    after: dict[str, str]

    @property
    def file(self) -> Path:
        return self.here / "warehouse" / "own.duckdb"


def copy_of_project(to: Path) -> Path:
    shutil.copytree(ROOT, to, ignore=NOT_COPIED)
    shutil.copytree(ROOT / "tests" / "dbt", to / "tests" / "dbt")
    return to


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    here = tmp_path_factory.mktemp("somewhere else")
    project = copy_of_project(tmp_path_factory.mktemp("read_only") / "project")
    folder = new_study("farms", here / "studies", county_panel())
    everything = [project, *project.rglob("*")]
    before = contents(project)
    for path in everything:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        process = run("build", here=here, studies=[folder], project=project)
        report = run("report", here=here, studies=[folder], project=project)
        yield Alone(here, folder, process, report, before, contents(project))
    finally:
        for path in everything:
            path.chmod(path.stat().st_mode | 0o200)


def test_a_study_with_a_level_of_its_own_is_built_alone(alone: Alone) -> None:
    assert alone.process.returncode == 0, alone.process.stdout + alone.process.stderr
    estimates = dict(
        ((spec, term), value) for spec, term, value, _ in rows(alone.file, COEFFICIENTS)
    )
    frame = county_panel()
    [bare] = two_way(frame, ["irrigated"])
    with_rain = two_way(frame, ["irrigated", "rain"])
    assert estimates["farms.t1.c1", "irrigation"] == pytest.approx(bare, abs=1e-9)
    assert [estimates["farms.t1.c2", name] for name in ("irrigation", "rain")] == pytest.approx(
        with_rain, abs=1e-9
    )
    everyone = "select distinct study from marts.panel_long union select study from marts.regions"
    assert rows(alone.file, everyone) == [("farms",)]
    assert rows(alone.file, "select distinct status from results.event_study") == [("estimated",)]
    assert rows(
        alone.file, "select distinct data_profile from results.regression_coefficients"
    ) == [("own",)]
    # Nothing is built into another profile's file.
    assert sorted(path.name for path in alone.file.parent.glob("*.duckdb")) == ["own.duckdb"]


def test_its_panel_has_its_units_and_what_the_file_says_of_them(alone: Alone) -> None:
    panel = rows(
        alone.file,
        "select region_code, region_name_en, year, irrigation, yield, rain from marts.panel_farms "
        "order by region_code, year",
    )
    names = ["code", "county", "year", "irrigated", "yield", "rain"]
    assert panel == [tuple(row) for row in county_panel()[names].itertuples(index=False)]
    assert rows(
        alone.file,
        "select distinct level, province_code from marts.panel_farms "
        "inner join marts.regions using (study, region_code)",
    ) == [("county", None)]


def test_it_is_reported_alone(alone: Alone) -> None:
    assert alone.report.returncode == 0, alone.report.stderr
    folder = alone.here / "reports" / "own"
    tables = {path.stem.rsplit("_", 1)[0] for path in (folder / "tables").iterdir()}
    assert tables == {"farms_table1", "farms_table2", "farms_tableA1"}
    assert "farms_event_study" in (folder / "index.html").read_text(encoding="utf-8")


def test_what_has_no_translation_is_said_once(alone: Alone, tmp_path: Path) -> None:
    shutil.copytree(alone.here / "warehouse", tmp_path / "warehouse", symlinks=True)
    traced = run("trace", "County 3", "2004", "yield", here=tmp_path, studies=[alone.folder])
    assert traced.returncode == 0, traced.stderr
    assert "County 3 (C03), 2004, study farms: " in traced.stdout
    assert "yield  yield\n" in traced.stdout and "yield yield" not in traced.stdout
    comments = "select comment from duckdb_columns() where table_name = 'panel_farms'"
    assert ("yield",) in rows(alone.file, f"{comments} and column_name = 'yield'")
    table = alone.here / "reports" / "own" / "tables" / "farms_table1_zh.md"
    assert "数据来源：own。" in table.read_text(encoding="utf-8")


def test_the_queries_that_the_pages_show_run(alone: Alone) -> None:
    """On whatever study: what they ask for is there."""
    for page in (ROOT / "README.md", ROOT / "docs" / "your_own_study.md"):
        queries = re.findall(r'nqp query "(from results\.[^"]+)"', page.read_text(encoding="utf-8"))
        assert queries
        for query in queries:
            rows(alone.file, query)
    page = alone.folder / "README.md"
    queries = re.findall(r'nqp query "([^"]+)"', page.read_text(encoding="utf-8"))
    assert len(queries) == 2 and all(rows(alone.file, query) for query in queries)


def test_no_file_of_the_checkout_changes(alone: Alone) -> None:
    assert alone.after == alone.before


def test_its_file_is_verified_and_a_wrong_cell_corrected_in_its_folder(
    alone: Alone, tmp_path: Path
) -> None:
    shutil.copytree(alone.here / "warehouse", tmp_path / "warehouse", symlinks=True)
    folder = tmp_path / "farms"
    shutil.copytree(alone.folder, folder)
    verified = run("verify", here=tmp_path, studies=[folder])
    assert verified.returncode == 0, verified.stderr
    files, tables = verified.stdout.splitlines()
    assert files == "1 of 1 files are as recorded."
    assert re.fullmatch(r"The \d+ tables of .*own\.duckdb are as build \S+ left them\.", tables)
    words = ["correct", "County 3", "2004", "farms_rain", "123.5", "--reason", "a slip"]
    done = run(*words, here=tmp_path, studies=[folder])
    assert done.returncode == 0, done.stderr
    with (folder / "corrections.csv").open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["file"], row["row_no"], row["new_value"]) == ("farms.csv", "23", "123.5")
    assert "Next: nqp build" in done.stdout
    checked = run("check", here=tmp_path, studies=[folder])
    assert checked.returncode == 0 and "0 fail" in checked.stdout


@dataclass(frozen=True)
class Pair:
    """Two studies, one of them with a slip: built together, then without that one."""

    both: subprocess.CompletedProcess[str]
    without: subprocess.CompletedProcess[str]
    folder: Path
    file: Path


@pytest.fixture(scope="module")
def pair(alone: Alone, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    here = tmp_path_factory.mktemp("pair")
    broken = new_study("fields", here / "studies", county_panel(seed=6))
    change(broken / "regression_specs.csv", ",yield,", ",yeild,")
    studies = [alone.folder, broken]
    return Pair(
        run("build", here=here, studies=studies),
        run("build", "--without", "fields", here=here, studies=studies),
        broken,
        here / "warehouse" / "own.duckdb",
    )


def test_of_two_studies_the_broken_one_is_told_by_file_and_line(pair: Pair) -> None:
    assert pair.both.returncode == 1
    told = pair.both.stdout + pair.both.stderr
    assert f"{pair.folder}/regression_specs.csv, line 2 (fields.t1.c1), column outcome" in told
    assert "found 'yeild'" in told and "did you mean 'yield'?" in told
    assert "--without fields" in told


def test_without_the_broken_one_the_other_is_as_if_it_were_alone(alone: Alone, pair: Pair) -> None:
    assert pair.without.returncode == 0, pair.without.stdout + pair.without.stderr
    assert rows(pair.file, COEFFICIENTS) == rows(alone.file, COEFFICIENTS)
    assert rows(pair.file, "select distinct study from results.regression_fits") == [("farms",)]


def test_a_bad_file_of_one_study_leaves_what_is_published_as_it_was(
    alone: Alone, pair: Pair, tmp_path: Path
) -> None:
    bad = tmp_path / "fields"
    shutil.copytree(pair.folder, bad)
    change(bad / "regression_specs.csv", ",yeild,", ",yield,")
    figures = (bad / "data" / "fields.csv").read_text(encoding="utf-8").splitlines()
    figures[7] = figures[7].rsplit(",", 1)[0] + ",-3"
    (bad / "data" / "fields.csv").write_text("\n".join(figures) + "\n", encoding="utf-8")
    before = files_of(pair.file)
    done = run("build", here=pair.file.parents[1], studies=[alone.folder, bad])
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert "study fields" in told and "series_id=fields_yield" in told
    assert "study farms" not in told and "--without fields" in told
    assert files_of(pair.file) == before


def test_a_unit_in_a_data_file_that_no_list_has_stops_the_build(
    alone: Alone, pair: Pair, tmp_path: Path
) -> None:
    """One is lost if its figures are left out; a total of all, said to be one, is not."""
    bad = tmp_path / "fields"
    shutil.copytree(pair.folder, bad)
    change(bad / "regression_specs.csv", ",yeild,", ",yield,")
    data = bad / "data" / "fields.csv"
    text = data.read_text(encoding="utf-8").replace("\nC07,", "\nC7,")
    data.write_text(f"{text}All,All,2004,0,100,50\n", encoding="utf-8")
    (bad / "aliases.csv").write_text("alias,kind\nAll,aggregate\n", encoding="utf-8")
    done = run("build", here=tmp_path, studies=[alone.folder, bad])
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert "study fields, quality.unknown_units: no_unit_is_unknown" in told
    assert '"C7" (12 cells, first in fields/data/fields.csv, row 44, column 5)' in told
    assert '"All"' not in told and "study farms" not in told and "--without fields" in told
    (bad / "waivers.csv").write_text(
        "rule,scope,reason,who,until\nno_unit_is_unknown,*,left out,me,2999-01-01\n",
        encoding="utf-8",
    )
    # A second source that serves nothing, and a name for one that there is not.
    shutil.copyfile(data, bad / "data" / "spare.csv")
    with (bad / "manifest.csv").open(encoding="utf-8", newline="") as file:
        manifest = list(csv.DictReader(file))
    manifest.append(
        next(row for row in manifest if row["item"] == "rain")
        | {"source_id": "spare", "file": "spare.csv", "priority": "2", "sha256": ""}
    )
    with (bad / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(manifest[0]))
        writer.writeheader()
        writer.writerows(row | {"sha256": ""} for row in manifest)
    (bad / "aliases.csv").write_text(
        "alias,kind,region_code,source_id\nAll,aggregate,,\nOne,spelling,C01,sparse\n",
        encoding="utf-8",
    )
    done = run("build", here=tmp_path, studies=[alone.folder, bad])
    assert done.returncode == 0, done.stdout + done.stderr
    # Yield and rain of six years, and the rain again.
    assert "18 cells could not be used (region not recognised: 18)" in done.stdout
    assert "used by no study of this build, and so not checked: spare.\n" in done.stdout
    assert f"{bad}/aliases.csv, line 3 is for the source sparse, which no manifest" in done.stdout
    assert rows(
        tmp_path / "warehouse" / "own.duckdb",
        "select study, waivers is not null, max(n_obs) from results.regression_fits "
        "group by all order by all",
    ) == [("farms", False, 72), ("fields", True, 66)]


@pytest.mark.parametrize(
    ("name", "row"),
    [("roster.csv", "C99"), ("policies.csv", "irrigation,main,county,C99,2003-01-01,1,")],
)
def test_a_code_of_no_known_unit_is_an_error(
    alone: Alone, tmp_path: Path, name: str, row: str
) -> None:
    folder = tmp_path / "farms"
    shutil.copytree(alone.folder, folder)
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")
    done = run("build", here=tmp_path, studies=[folder])
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert f"{folder}/{name}, line " in told and "found 'C99'" in told
    assert "expected a region_code of regions.csv" in told


# --- on top of shipped studies ------------------------------------------------------------------


def extension(folder: Path, base: str) -> Path:
    """A study that takes all from another, but begins a year later and has one regression."""
    folder.mkdir(parents=True)
    with (folder / "study.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("title_en", "extends", "first_year"), ("A shorter window", base, "2015")]
        )
    (folder / "regression_specs.csv").write_text(
        "spec_id,table_number,column_number,title_en,outcome,treatment,controls,vcov,cluster\n"
        f"{folder.name}.t1.c1,1,1,Shorter,nqp,bdpz,LnGDP + Fin,clustered,region_code\n",
        encoding="utf-8",
    )
    return folder


@dataclass(frozen=True)
class Beside:
    """The shipped studies of a project without one paper's folder, and an outside study."""

    process: subprocess.CompletedProcess[str]
    file: Path


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Beside:
    here = tmp_path_factory.mktemp("beside")
    project = copy_of_project(here / "project")
    shutil.rmtree(project / "studies" / "province")
    extension(project / "studies" / "heir", "province")
    outside = extension(here / "studies" / "shorter", "city")
    process = run("build", "--profile", "simulated", "--with-shipped",
                  here=here, studies=[outside], project=project)  # fmt: skip
    return Beside(process, here / "warehouse" / "simulated.duckdb")


def test_without_a_papers_folder_all_else_is_built(beside: Beside) -> None:
    told = beside.process.stdout + beside.process.stderr
    assert beside.process.returncode == 0, told
    built = rows(beside.file, "select distinct study from results.regression_fits order by study")
    assert ("city",) in built and ("province",) not in built and ("heir",) not in built
    assert rows(beside.file, "select count(*) from marts.panel_city") == [(2556,)]


def test_what_extends_the_missing_study_is_left_out_by_message(beside: Beside) -> None:
    told = beside.process.stdout + beside.process.stderr
    assert "heir" in told and "province" in told


def test_an_outside_study_extends_a_shipped_one(beside: Beside) -> None:
    assert rows(
        beside.file,
        "select study, status, data_profile, n_obs from results.regression_fits "
        "where study = 'shorter'",
    ) == [("shorter", "estimated", "simulated", 284 * 8)]
    assert rows(beside.file, "select min(year), max(year) from marts.panel_shorter") == [
        (2015, 2022)
    ]
    # It takes over the definitions, and with them the index.
    [(same,)] = rows(
        beside.file,
        "select bool_and(s.LnGDP = c.LnGDP) from marts.panel_shorter as s "
        "inner join marts.panel_city as c using (region_code, year)",
    )
    assert same


def test_an_extension_is_built_alone_with_the_same_result(beside: Beside, tmp_path: Path) -> None:
    """By plain dbt, which does the same work with the same variables."""
    status = _git_status()
    outside = extension(tmp_path / "shorter", "city")
    finished = build("own", tmp_path / "warehouse", variables={"NQP_STUDIES": str(outside)})
    assert finished.process.returncode == 0, finished.output
    sql = "select term, estimate, std_error from results.regression_coefficients {} order by term"
    assert rows(finished.published, sql.format("")) == rows(
        beside.file, sql.format("where study = 'shorter'")
    )
    assert _git_status() == status


def _git_status() -> str:
    """What git says of the checkout; '' where there is none."""
    done = subprocess.run(
        ["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout


# --- other rules for the same policy --------------------------------------------------------------


def variant(folder: Path, base: str, column: str, value: str) -> Path:
    """All analyses of a shipped study, with another rule for who is treated from when."""
    folder.mkdir(parents=True)
    (folder / "study.csv").write_text(
        f"title_en,extends,{column}\nAnother rule,{base},{value}\n", encoding="utf-8"
    )
    for path in sorted((ROOT / "studies" / base).glob("*_specs.csv")):
        text = path.read_text(encoding="utf-8").replace(f"{base}.", f"{folder.name}.")
        if path.name not in ("figure_specs.csv", "table_specs.csv"):
            (folder / path.name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Beside:
    here = tmp_path_factory.mktemp("variants")
    folders = [
        variant(here / "studies" / "half", "city", "coding_rule", "half_year"),
        variant(here / "studies" / "wide", "city", "policy_variant", "whole_provinces"),
    ]
    process = run("build", "--profile", "simulated", "--with-shipped", "--without", "province",
                  "castle_doctrine", here=here, studies=folders)  # fmt: skip
    return Beside(process, here / "warehouse" / "simulated.duckdb")


def test_other_rules_for_the_policy_run_wherever_they_can(variants: Beside) -> None:
    assert variants.process.returncode == 0, variants.process.stdout + variants.process.stderr
    fits = rows(
        variants.file,
        "select study, status, count(*) from results.regression_fits "
        "where study in ('city', 'half', 'wide') group by all order by study",
    )
    n = (
        len((ROOT / "studies" / "city" / "regression_specs.csv").read_text("utf-8").splitlines())
        - 1
    )
    assert fits == [(study, "estimated", n) for study in ("city", "half", "wide")]
    starts = rows(
        variants.file,
        "select study, first_treated_year, count(distinct region_code) from ("
        "select study, region_code, first_treated_year from marts.panel_half union all "
        "select study, region_code, first_treated_year from marts.panel_wide"
        ") where first_treated_year is not null group by all order by all",
    )
    # Guizhou, with four cities of the sample, was approved in February 2016, the others in October.
    assert starts == [("half", 2016, 4), ("half", 2017, 63), ("wide", 2016, 80)]
    [(half,), (wide,)] = rows(
        variants.file,
        "select cautions from results.regression_fits "
        "where spec_id in ('half.t3.c4', 'wide.t3.c4') order by spec_id",
    )
    assert "The policy begins in 2 different years" in str(half)
    assert "different years" not in str(wide)


def test_what_another_rule_rules_out_says_what_to_do(variants: Beside) -> None:
    """A calendar year is no year before treatment where it began in two."""
    events = rows(
        variants.file,
        "select distinct event_study_id, status, reason from results.event_study "
        "where study in ('half', 'wide') order by event_study_id",
    )
    advice = (
        "reference 2016 is a calendar year, but treated units began in 2016, 2017: give a relative "
        "year such as -1"
    )
    assert events == [
        ("half.es.2016", "not estimable", advice), ("half.es.m1", "estimated", None),
        ("wide.es.2016", "estimated", None), ("wide.es.m1", "estimated", None),
    ]  # fmt: skip
    placebos = rows(
        variants.file,
        "select placebo_id, status, reason from results.placebo_summary "
        "where study in ('half', 'wide') order by placebo_id",
    )
    assert placebos == [
        ("half.pb.120", "not estimable",
         "the 67 treated units begin in different years, and each of the units drawn is given one "
         "of them: draw 67, not 120"),
        ("half.pb.67", "estimated", None), ("half.pb.provinces", "estimated", None),
        ("wide.pb.120", "estimated", None), ("wide.pb.67", "estimated", None),
        ("wide.pb.provinces", "estimated", None),
    ]  # fmt: skip
    # The reason is kept with the draws, too.
    [(reason,)] = rows(
        variants.file,
        "select reason from results.placebo_draws where placebo_id = 'half.pb.120'",
    )
    assert reason == placebos[0][2]
