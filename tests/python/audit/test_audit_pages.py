"""How an audit is shown: the command, its text, its JSON, its page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from made_up import paper
from nqp import terminal
from nqp.analyses.published_audit import COLUMNS, published_audit
from spoilt import spoil
from warehouse import ROOT

CITY = str(ROOT / "studies" / "city" / "published")


def write(rows: list[dict[str, str]], path: Path) -> str:
    pd.DataFrame(rows).fillna("").to_csv(path, index=False)
    return str(path)


def test_the_command_shows_findings_and_exits_with_zero(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert terminal.main(["audit", CITY]) == 0
    out = capsys.readouterr().out
    assert "[against its own claim] mediation.sobel" in out
    assert "41 consistent, 3 undecidable" in out
    assert "无" not in out.splitlines()[0] and "表5第4列" in out


def test_strict_exits_with_one_where_something_contradicts_itself(tmp_path: Path) -> None:
    page = paper(1)
    path = write(page.rows, tmp_path / "a.csv")
    assert terminal.main(["audit", path, "--strict"]) == 0
    made = spoil(page, "R² digits swapped", 8)
    assert made is not None
    path = write(made[0].rows, tmp_path / "b.csv")
    assert terminal.main(["audit", path]) == 0
    assert terminal.main(["audit", path, "--strict"]) == 1


def test_errors_are_sentences_with_exit_status_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert terminal.main(["audit", str(tmp_path / "none.csv")]) == 1
    assert re.fullmatch(r"nqp: .*none\.csv is not there\.\n", capsys.readouterr().err)


def test_json_has_the_columns_of_the_published_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.main(["audit", CITY, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(COLUMNS) < set(found["findings"][0])
    assert {f["severity"] for f in found["findings"]} == {"against its own claim", "unclear"}
    assert {f["severity"] for f in found["undecidable"]} == {"undecidable"}
    assert found["papers"][0]["stars"] == {"consistent": 41, "undecidable": 3}
    sobel = next(f for f in found["findings"] if f["rule"] == "mediation.sobel")
    assert sobel["numbers"]["z"] == pytest.approx([1.612, 1.849], abs=1e-3)
    assert sobel["cells"][0]["what"] == "estimate"


class Page(HTMLParser):
    """Ids, links, marked cells and what a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.marked: list[str] = []
        self.fetched: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(str(given["id"]))
        if tag == "a":
            self.links.add(str(given.get("href")).lstrip("#"))
        self.fetched += [str(v) for k, v in attrs if k == "src" or (k == "href" and tag == "link")]
        self._open = self._open or tag == "mark"
        if tag == "mark":
            self.marked.append("")
        if tag == "sup":
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.marked[-1] += data


def test_the_page_marks_the_cells_in_the_table_and_needs_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "page.html"
    assert terminal.main(["audit", CITY, "--html", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert page.links <= page.ids and page.links
    assert page.fetched == [] and "http" not in text
    assert {"0.0015", "0.1685", "0.00003", "1816"} <= set(page.marked)
    assert "prefers-color-scheme: dark" in text and "@media print" in text
    assert "viewport" in text and 'lang="zh"' in text


def test_a_lost_star_is_marked_where_it_would_stand(tmp_path: Path) -> None:
    page = paper(3)
    page.at("3", "1", "Policy")["stars"] = ""
    out = tmp_path / "page.html"
    assert terminal.main(["audit", write(page.rows, tmp_path / "a.csv"), "--html", str(out)]) == 0
    assert 'class="contradiction"' in out.read_text(encoding="utf-8")


def test_text_of_a_paper_is_text_on_the_page(tmp_path: Path) -> None:
    page = paper(3)
    for row in page.rows:
        row["table_title"] = "<script>alert(1)</script>" if row.get("table_title") else ""
    out = tmp_path / "page.html"
    assert terminal.main(["audit", write(page.rows, tmp_path / "a.csv"), "--html", str(out)]) == 0
    assert "<script>" not in out.read_text(encoding="utf-8")


def test_auditing_imports_neither_dbt_nor_a_model_library(tmp_path: Path) -> None:
    path = write(paper(1).rows, tmp_path / "a.csv")
    code = (
        "import sys; import nqp.audit; alone = set(sys.modules); from nqp import terminal; "
        f"status = terminal.main(['audit', {path!r}, '--json']); "
        "heavy = {'dbt', 'linearmodels', 'statsmodels', 'pyfixest', 'great_expectations', "
        "'matplotlib'}; "
        "assert not heavy & {m.split('.')[0] for m in sys.modules}, heavy & set(sys.modules); "
        "assert not {'duckdb', 'pandas', 'scipy'} & alone; sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def frames(**changes: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A column of a third paper, as the warehouse has it, without adjusted R²."""
    key = {"spec_id": "third.t1.c1", "study": "third", "table_number": 1, "column_number": 1}
    fit = key | {
        "outcome": "wages", "r2": 0.31, "r2_adj": None, "n_obs": 900, "unit_effects": None,
        "time_effects": None, "controls": None, "r2_printed": "0.31", "r2_adj_printed": None,
        "unit_effects_printed": None, "time_effects_printed": None, "controls_printed": None,
        "heading_printed": None, "table_title_printed": None, "note_printed": None,
    }  # fmt: skip
    coefficient = key | {
        "outcome": "wages", "term": "schooling", "estimate": 0.08, "std_error": 0.04, "stars": 3,
        "estimate_printed": "0.080", "std_error_printed": "0.040", "parenthesis": None,
    } | changes  # fmt: skip
    described = pd.DataFrame(columns=["study", "variable_id"])
    return pd.DataFrame([coefficient]), pd.DataFrame([fit]), described


def test_one_row_of_a_third_paper_can_be_published_and_is_audited() -> None:
    found = published_audit(*frames())
    assert found.columns.tolist() == list(COLUMNS)
    [row] = found.to_dict("records")
    assert (row["paper"], row["rule"], row["term"]) == ("third", "stars.level", "schooling")
    assert published_audit(*frames(std_error_printed="0.020")).empty


def test_nothing_published_is_no_row() -> None:
    nothing = [frame.iloc[:0] for frame in frames()]
    assert published_audit(*nothing).columns.tolist() == list(COLUMNS)


def test_the_example_of_the_guide_is_what_the_command_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    monkeypatch.setenv("COLUMNS", "88")
    assert terminal.main(["audit", str(ROOT / "docs" / "audit_example.md")]) == 0
    assert f"```\n{capsys.readouterr().out.rstrip()}\n```" in guide
    assert (ROOT / "docs" / "audit_example.md").read_text(encoding="utf-8").rstrip() in guide
