"""The report of the simulated warehouse: every file the rows ask for, and a page that links it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from nqp import terminal
from nqp.presentation import figure_style, report
from nqp.presentation.figure_style import Look
from nqp.presentation.report_queries import QUERIES
from warehouse import Warehouse

pytestmark = pytest.mark.build

Read = Callable[[str], pd.DataFrame]


@pytest.fixture(scope="module")
def folder(simulated: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `nqp report` makes of the simulated warehouse."""
    out = tmp_path_factory.mktemp("reports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NQP_WAREHOUSE", str(simulated.build.published.parent))
        assert terminal.main(["report", "--profile", "simulated", "--out", str(out)]) == 0
    return out / "simulated"


@pytest.fixture(scope="module")
def read(simulated: Warehouse) -> Read:
    return simulated.frame


def with_rows(read: Read, **changed: Callable[[pd.DataFrame], pd.DataFrame]) -> Read:
    """The same warehouse with one of the frames changed."""
    by_query = {QUERIES[name]: change for name, change in changed.items()}
    return lambda sql: by_query[sql](read(sql)) if sql in by_query else read(sql)


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_figure_and_table_is_a_file_and_nothing_else(
    folder: Path, simulated: Warehouse
) -> None:
    drawn = simulated.rows("select file from results.figures where status = 'estimated'")
    expected = {"index.html", "checks.html"}
    for (file,) in drawn:
        expected |= {
            Path(file).relative_to("simulated").with_suffix(e).as_posix() for e in (".pdf", ".png")
        }
    listed = simulated.rows("select table_id from definitions.table_specs")
    for (table,) in listed:
        for language in ("en", "zh"):
            expected |= {f"tables/{table}_{language}.{e}" for e in ("docx", "tex", "html", "md")}
    own = "where study in ('city', 'province')"
    [(figures_of_papers,)] = simulated.rows(f"select count(file) from results.figures {own}")
    [(tables_of_papers,)] = simulated.rows(f"select count(*) from definitions.table_specs {own}")
    assert (figures_of_papers, tables_of_papers) == (26, 14)
    assert files_below(folder) == expected
    assert all((folder / name).stat().st_size > 300 for name in expected)


class Page(HTMLParser):
    """Links, anchors and text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.tags: list[str] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("href", "src"):
                self.links.append(value or "")
            if name == "id":
                self.anchors.add(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_links_every_file_and_only_what_is_there(folder: Path) -> None:
    page = Page(folder / "index.html")
    linked = {link for link in page.links if not link.startswith("#")}
    assert linked == files_below(folder) - {"index.html"}
    assert {link[1:] for link in page.links if link.startswith("#")} <= page.anchors


def test_the_page_shows_every_caption_and_which_studies_are_simulated(
    folder: Path, simulated: Warehouse
) -> None:
    page = Page(folder / "index.html")
    captions = simulated.rows("select caption_en, caption_zh from results.figures")
    titles = simulated.rows("""
        select t.title_en, t.title_zh from definitions.table_specs as t
        inner join results.figures as f on t.study = f.study
    """)
    assert not [text for both in captions + titles for text in both if text not in page.text]
    _, *sections = (folder / "index.html").read_text(encoding="utf-8").split('<h2 id="')
    marked = {text.partition('"')[0] for text in sections if " ".join(figure_style.MARK) in text}
    rest = simulated.rows(
        "select study from intermediate.study_profiles where data_profile = 'simulated'"
    )
    assert marked == {study for (study,) in rest} and len(sections) > len(marked) > 0


def test_the_checks_of_the_figures_are_a_page_of_their_own(
    folder: Path, simulated: Warehouse
) -> None:
    page = Page(folder / "checks.html")
    rules = {
        anchor
        for (anchor,) in simulated.rows(
            "select concat(study, '.', rule) from quality.expectation_results"
        )
    }
    assert rules and rules <= page.anchors
    assert {link for link in page.links if not link.startswith("#")} == set()
    assert "not evidence" in page.text


def test_figures_and_tables_of_waived_data_say_so(read: Read, tmp_path: Path) -> None:
    """The page names the waiver, every table that rests on data does, every figure is marked."""
    waiver = "a_rule, until 2999-12-31 by Li & Wei: known"
    few = with_rows(
        read,
        figures=lambda rows: rows[rows["figure_id"] == "city_index_over_time"].assign(
            waivers=waiver
        ),
        table_specs=lambda rows: rows[rows["study"] == "city"],
    )
    written = report.write_report(few, tmp_path, profile="simulated")
    assert waiver in Page(written.page).text
    tables = [file for file in written.files if file.suffix == ".md"]
    assert len(tables) == 14
    for file in tables:
        said = "until 2999-12-31 by Li" in file.read_text(encoding="utf-8")
        assert said == ("tableA1" not in file.stem), file
    frames = {name: few(sql) for name, sql in QUERIES.items()}
    [(_, row)] = frames["figures"].iterrows()
    figure = report.draw(dict(row), frames, report._labels(frames), Look("simulated", waived=True))
    assert [text.get_text() for text in figure.texts] == [
        "Simulated data, not evidence; Failed checks accepted on record"
    ]


def test_the_overlap_of_a_matching_is_drawn_of_its_first_sample() -> None:
    """Rows of another sample would be counted twice where the two have them in common."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("create schema results")
        connection.execute("create schema definitions")
        connection.execute("""
            create table results.matched_samples as from (values
              ('s.n', 's.t4.c2', 'a', 0.5), ('s.n', 's.t4.c1', 'a', 0.25),
              ('s.n', 's.t4.c1', 'b', 0.75),
              ('s.k', 's.t4.c3', 'a', 0.125)
            ) as m (matching_id, sample_id, region_code, propensity_score)
        """)
        connection.execute("""
            create table definitions.matching_specs as
            from (values ('s.n', 'rows'), ('s.k', 'weights')) as s (matching_id, keep)
        """)
        rows = connection.sql(QUERIES["matched_samples"]).order("all").fetchall()
    assert rows == [
        ("s.k", "s.t4.c3", "a", 0.125, True),
        ("s.n", "s.t4.c1", "a", 0.25, False),
        ("s.n", "s.t4.c1", "b", 0.75, False),
    ]


def test_a_printed_coefficient_is_the_one_in_the_warehouse(
    folder: Path, simulated: Warehouse
) -> None:
    [(estimate, std_error, stars)] = simulated.rows("""
        select estimate, std_error, stars from results.regression_coefficients
        where spec_id = 'city.t3.c4' and term = 'bdpz'
    """)
    for language in ("en", "zh"):
        text = (folder / f"tables/city_table3_{language}.md").read_text(encoding="utf-8")
        [row] = [line for line in text.splitlines() if line.startswith("| BDPZs")]
        below = text.splitlines()[text.splitlines().index(row) + 1]
        assert row.split("|")[5].strip() == f"{estimate:.4f}{stars}"
        assert below.split("|")[5].strip() == f"({std_error:.4f})"


def test_descriptives_print_the_variables_in_the_order_of_their_definition(folder: Path) -> None:
    text = (folder / "tables/city_table2_en.md").read_text(encoding="utf-8")
    symbols = re.findall(r"^\|[^|]*\| (\w+) ", text, flags=re.MULTILINE)[1:]
    assert symbols == ["NQP", "BDPZs", "Index", "LnGIP", "LnGDP", "Fin", "Str", "Com", "Gov"]


def drawn(read: Read, figure_id: str) -> Figure:
    frames = {name: read(sql) for name, sql in QUERIES.items()}
    [(_, row)] = frames["figures"].query("figure_id == @figure_id").iterrows()
    return report.draw(dict(row), frames, report._labels(frames), Look("simulated"))


def test_means_over_time_are_those_of_the_panel(read: Read) -> None:
    """Treated units found in the panel itself: those whose policy indicator is ever one."""
    panel = read("select region_code, year, nqp, bdpz from marts.panel_city")
    ever = panel.groupby("region_code")["bdpz"].transform("max") == 1
    [axes] = drawn(read, "city_index_over_time").axes
    for line, own in zip(axes.lines, (panel[ever], panel[~ever]), strict=False):
        means = own.groupby("year")["nqp"].mean()
        assert np.asarray(line.get_xdata()).tolist() == means.index.tolist()
        assert np.asarray(line.get_ydata()) == pytest.approx(means.to_numpy())
    assert [str(line.get_label()) for line in axes.lines] == [
        "Treated cities (67)", "Other cities (217)", "Big data pilot zones, from 2016",
    ]  # fmt: skip


def test_a_figure_of_the_event_study_shows_its_own_rows(read: Read) -> None:
    rows = read("""
        select relative_year, estimate from results.event_study
        where event_study_id = 'province.es.m1' order by relative_year
    """)
    [axes] = drawn(read, "province_event_study_m1").axes
    [line] = [line for line in axes.lines if len(np.asarray(line.get_xdata())) == len(rows)]
    assert np.asarray(line.get_xydata()).tolist() == rows.to_numpy(float).tolist()


def one_of_each(read: Read, **columns: Any) -> Read:
    return with_rows(
        read,
        figures=lambda frame: frame[frame["figure_id"] == "city_index_over_time"].assign(**columns),
        table_specs=lambda frame: frame[frame["table_id"] == "city_table1"],
    )


def test_the_page_escapes_what_the_rows_say_and_gives_reasons(read: Read, tmp_path: Path) -> None:
    said = {"caption_en": "<script>A & B</script>", "caption_zh": '"甲"<b>'}
    made = report.write_report(one_of_each(read, **said), tmp_path / "drawn", profile="own")
    page = Page(made.page)
    assert (made.n_figures, made.n_tables, made.not_drawn) == (1, 1, ())
    assert files_below(tmp_path / "drawn") == {
        path.relative_to(tmp_path / "drawn").as_posix() for path in made.files
    }
    assert "script" not in page.tags and "b" not in page.tags
    assert said["caption_en"] in page.text and said["caption_zh"] in page.text

    absent: dict[str, str | None] = {
        "status": "not estimable",
        "reason": "x: <no data> & more",
        "file": None,
    }
    made = report.write_report(one_of_each(read, **absent), tmp_path / "absent", profile="own")
    page = Page(made.page)
    assert made.not_drawn == (("city_index_over_time", "x: <no data> & more"),)
    assert "x: <no data> & more" in page.text and "img" not in page.tags
    assert not list((tmp_path / "absent").rglob("*.pdf"))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"kind": "pie"}, "city_index_over_time: there is no kind 'pie'"),
        ({"subject": "gone"}, r"city_index_over_time: no rows of .*'gone'.* in means"),
    ],
)
def test_a_row_that_cannot_be_drawn_is_named(
    read: Read, tmp_path: Path, columns: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        report.write_report(one_of_each(read, **columns), tmp_path, profile="own")


def test_the_scan_lists_the_settings_nearest_the_published_number_first(
    simulated: Warehouse, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NQP_WAREHOUSE", str(simulated.build.published.parent))
    assert terminal.main(["match-scan", "--profile", "simulated", "--study", "province"]) == 0
    header, *rows = [line for line in capsys.readouterr().out.splitlines() if "│" in line]
    at = [cell.strip() for cell in header.split("│")].index("difference")
    found = [line.split("│")[at].strip() for line in rows]
    shown = [abs(int(cell)) for cell in found if re.fullmatch(r"-?\d+", cell)]
    [(settings,)] = simulated.rows(
        "select count(difference) from results.matching_scan where study = 'province'"
    )
    assert len(shown) == settings > 100
    assert shown == sorted(shown)
    assert terminal.main(["match-scan", "--profile", "simulated", "--study", "zzz"]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert "for a study 'zzz': results.matching_scan has those of city, province." in output.err


def test_the_scan_is_by_default_that_of_the_first_study_which_has_one(
    simulated: Warehouse, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NQP_WAREHOUSE", str(simulated.build.published.parent))
    assert terminal.main(["match-scan", "--profile", "simulated"]) == 0
    first, *rows = capsys.readouterr().out.splitlines()
    assert first == "Study city; --study takes another of city, province."
    assert terminal.main(["match-scan", "--profile", "simulated", "--study", "city"]) == 0
    assert capsys.readouterr().out.splitlines() == rows


def test_without_a_warehouse_the_command_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NQP_WAREHOUSE", str(tmp_path))
    assert terminal.main(["report", "--profile", "public", "--out", str(tmp_path)]) == 1
    assert "run `make build PROFILE=public` first" in capsys.readouterr().err
