"""Somebody else's data directory runs nothing, reaches SQL and pages as values, calls nobody."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import docx
import duckdb
import pytest
import yaml

from hostile import (
    FILE,
    FORMULA,
    ITEM,
    LABELS,
    MARKUP,
    PYTHON_TRAP,
    REGION,
    SQL,
    VARIABLE,
    Hostile,
    Network,
)
from nqp.messages import PlainError, visible
from nqp.presentation import table_formats
from nqp.presentation.tables import Table
from nqp.terminal.warehouse import connect, show
from warehouse import ROOT, Warehouse, command

# --- nothing is run ----------------------------------------------------------------------------


def marks(folder: Path) -> set[str]:
    """The traps that were run."""
    return {path.stem for path in folder.rglob("*.ran")}


@dataclass(frozen=True)
class ReadOut:
    """What `nqp query` and `nqp report` made of the hostile warehouse."""

    report: Path
    network: Network
    printed: str


@pytest.fixture(scope="module")
def read_out(hostile: Hostile, tmp_path_factory: pytest.TempPathFactory) -> ReadOut:
    """Both commands, started inside the data directory and without a network."""
    out = tmp_path_factory.mktemp("report")
    network = Network(out)
    environment = {name: text for name, text in os.environ.items() if not name.startswith("NQP_")}
    environment |= {
        **network.environment,
        "NQP_WAREHOUSE": str(hostile.warehouse.build.published.parent),
        "NQP_PROFILE": "licensed",
    }
    printed = ""
    files = "select distinct file from quality.cell_accounting order by file"
    for words in (["query", files], ["report", "--out", str(out)]):
        process = subprocess.run(
            [*network.prefix, command("nqp"), *words], cwd=hostile.profile.folder, env=environment,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert process.returncode == 0, process.stderr
        printed += process.stdout
    return ReadOut(out / "licensed", network, printed)


def test_a_trap_leaves_a_mark_where_it_is_run(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text(PYTHON_TRAP)
    subprocess.run([sys.executable, "-c", "import numpy"], cwd=tmp_path, check=True)
    assert marks(tmp_path) == {"numpy"}


@pytest.mark.build
def test_nothing_in_a_data_directory_is_run(hostile: Hostile, read_out: ReadOut) -> None:
    """Built, queried and reported from inside it, with modules, profiles and projects planted."""
    assert marks(hostile.profile.folder) == set()
    assert FILE in read_out.printed
    assert (read_out.report / "index.html").is_file()


# --- nobody is called --------------------------------------------------------------------------


@pytest.mark.build
def test_build_query_and_report_ask_nothing_of_the_network(
    hostile: Hostile, read_out: ReadOut
) -> None:
    for network in (hostile.network, read_out.network):
        assert network.attempts == []
        assert network.no_route in (0, None)


def test_an_attempt_on_the_network_is_noticed(tmp_path: Path) -> None:
    asks = """if True:
        import duckdb, socket
        for ask in (
            lambda: socket.socket().connect(("192.0.2.1", 80)),
            lambda: socket.getaddrinfo("nqp.invalid", 80),
            lambda: duckdb.sql("set extension_directory = '.'; install spatial"),
        ):
            try:
                ask()
            except (OSError, duckdb.Error):
                pass
    """
    network = Network(tmp_path)
    if not network.prefix:
        asks = asks.replace("lambda: duckdb", "# lambda: duckdb")  # nothing would hold it back
    subprocess.run(
        [*network.prefix, sys.executable, "-c", asks], cwd=tmp_path,
        env={**os.environ, **network.environment}, check=True,
    )  # fmt: skip
    assert [line.split()[0] for line in network.attempts] == [
        "socket.connect",
        "socket.getaddrinfo",
    ]
    assert network.no_route is None or network.no_route > 0


@pytest.mark.build
def test_no_connection_fetches_extensions(mini: Warehouse) -> None:
    settings = ["autoinstall_known_extensions", "autoload_known_extensions"]
    with connect(mini.build.published) as connection:
        for name in settings:
            assert connection.sql(f"select current_setting('{name}')").fetchall() == [(False,)]
    profiles = yaml.safe_load((ROOT / "profiles.yml").read_text(encoding="utf-8"))
    for output in profiles["nqp"]["outputs"].values():
        assert [output["config_options"][name] for name in settings] == [False, False]


def test_the_libraries_are_told_not_to_report() -> None:
    shown = "import os, nqp.build.dbt_plugin; print(os.environ['DO_NOT_TRACK'], "
    shown += "os.environ['GX_ANALYTICS_ENABLED'])"
    environment = {**os.environ, "DO_NOT_TRACK": "0", "GX_ANALYTICS_ENABLED": "true"}
    process = subprocess.run(
        [sys.executable, "-c", shown], env=environment, capture_output=True, text=True, check=True
    )
    assert process.stdout.split() == ["1", "false"]
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["flags"]["send_anonymous_usage_stats"] is False


# --- no text steers the terminal ---------------------------------------------------------------


def test_what_would_steer_a_terminal_is_shown_by_number() -> None:
    assert visible("\x1b[31m\x07\x9b\u202e\r") == ("<U+001B>[31m<U+0007><U+009B><U+202E><U+000D>")
    assert visible("地\u3000区\n\ta\xa0b") == "地\u3000区\n\ta\xa0b"
    assert str(PlainError("sheet \x1b[2J")) == "sheet <U+001B>[2J"


def test_a_query_prints_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect() as connection:
        show(connection.sql("select chr(27) || '[31m' || chr(155) as a, 1 as \"b\x9b\x7f\""))
    printed = capsys.readouterr().out
    assert "<U+009B>" in printed and "b<U+009B><U+007F>" in printed
    assert printed.replace("\n", "").isprintable()


@pytest.mark.parametrize("ending", ["docx", "tex", "html", "md"])
def test_tables_hold_no_control_characters(ending: str) -> None:
    bad = "a\x0b\x1b\ufffe"
    table = Table("t", "1", bad, (bad, "b"), ((bad, "c"),), (bad,), ("left", "center"), "en")
    content = table_formats.render(table)[ending]
    if ending == "docx":
        document = docx.Document(io.BytesIO(content))
        texts = [cell.text for row in document.tables[0].rows for cell in row.cells]
        texts += [paragraph.text for paragraph in document.paragraphs]
    else:
        texts = content.decode().splitlines()
    assert all(text.isprintable() for text in texts)
    assert "U+001B" in "".join(texts)


# --- values stay values ------------------------------------------------------------------------


@pytest.mark.build
def test_hostile_names_change_no_number(mini: Warehouse, hostile: Hostile) -> None:
    """The figures are those of `mini`; only a variable and a row without a region were added."""
    sql = (
        "select study, region_code, year, variable_id, value, imputed from marts.panel_long"
        " where variable_id <> ? order by all"
    )
    theirs = hostile.warehouse.rows(sql, [VARIABLE])
    assert len(theirs) > 5000
    assert theirs == mini.rows(sql, [VARIABLE])
    for table in ("regression_coefficients", "placebo_summary"):
        sql = f"select count(*), sum(hash(t)) from results.{table} as t"
        assert hostile.warehouse.rows(sql) == mini.rows(sql)


@pytest.mark.build
def test_hostile_texts_arrive_letter_by_letter(hostile: Hostile) -> None:
    internal = hostile.warehouse.internal
    found = "select file, series_id from raw.manifest where item = ? and note = ? and vintage = ?"
    assert internal.execute(found, [ITEM, LABELS[0], LABELS[0]]).fetchall() == [(FILE, "gdp")]
    assert internal.execute("select file from raw.files order by file").fetchall() == [
        (FILE,), ("province.csv",),
    ]  # fmt: skip
    cells = "select text from raw.cells where file = ? and row_no = 29 order by col_no"
    assert [text for (text,) in internal.execute(cells, [FILE]).fetchall()] == [
        FORMULA, "2020", SQL, MARKUP,
    ]  # fmt: skip
    rejected = "select row_no, text from quality.rejected_cells where file = ? order by col_no"
    assert internal.execute(rejected, [FILE]).fetchall() == [(29, SQL), (29, MARKUP)]
    assert hostile.warehouse.rows("""
        select distinct region_name_zh, region_name_en from marts.panel_city
        where region_code = '110000'
    """) == [(REGION, LABELS[0])]


@pytest.mark.build
def test_hostile_labels_are_comments_of_their_columns(hostile: Hostile) -> None:
    comments = hostile.warehouse.rows(
        """
        select count(*) from duckdb_columns()
        where table_name = 'panel_province' and column_name in ('Fin', ?) and comment = ?
        """,
        [VARIABLE, " ".join(LABELS)],
    )
    assert comments == [(2,)]


class Tags(HTMLParser):
    """Tags, attributes that run or load something, and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.runs: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            elsewhere = name in ("href", "src") and re.match(r"[a-z]+:|//", value or "", re.I)
            if name.startswith("on") or elsewhere:
                self.runs.append((name, value))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.build
def test_the_report_shows_hostile_texts_and_runs_none(read_out: ReadOut) -> None:
    pages = [read_out.report / "index.html", *(read_out.report / "tables").glob("*.html")]
    assert len(pages) > 20
    for path in pages:
        page = Tags(path.read_text(encoding="utf-8"))
        assert page.tags.isdisjoint({"script", "img" if "tables" in path.parts else "iframe"})
        assert page.runs == []
        assert "<script>alert(1)</script> {{ 7 * 7 }}" in page.text, path


TABLE = Table(
    name="t",
    number="1",
    title=f"{MARKUP} {SQL}",
    header=(MARKUP, f"x\n{MARKUP}", "[a]\n[b]\n*c"),
    rows=((MARKUP, SQL, "[1]"), (f"|{MARKUP}|", "a\nb", "*")),
    notes=(MARKUP, SQL),
    align=("left", "center", "wrap"),
    language="en",
)


def test_latex_reads_hostile_texts_as_text() -> None:
    text = table_formats.to_latex(TABLE)
    # What no text needs; all commands that are there are the format's own.
    own = {
        "begin", "end", "centering", "renewcommand", "thetable", "caption", "label", "small",
        "footnotesize", "linespread", "setlength", "tabcolsep", "hsize", "raggedright",
        "arraybackslash", "linewidth", "toprule", "midrule", "bottomrule", "makecell", "item",
        "usepackage", "textbackslash", "textless", "textgreater", "textbar", "textquotedbl",
        "textasciicircum", "textasciitilde",
    }  # fmt: skip
    assert set(re.findall(r"(?<!\\)(?:\\\\)*\\([A-Za-z]+)", text)) <= own
    assert r"\textbackslash{}input\{x\} \$a\_b\textasciicircum{}c\$" in text
    body = text.split("\\begin{threeparttable}")[1]
    # A line break takes a bracket or star behind it as its own.
    assert not re.search(r"\\\\\s*[\[*]", body)
    for mark in "$%#_":
        assert not re.search(rf"(?<!\\)\{mark}", body), mark
    assert len(re.findall(r"(?<!\\)&", body)) == 2 * 3  # between columns


def test_markdown_reads_hostile_texts_as_text() -> None:
    text = table_formats.to_markdown(TABLE)
    assert not re.search(r"(?<!\\)<(?!br>)", text)
    assert not re.search(r"(?<!\\)\]\(", text)
    assert r"\`w\`" in text and r"\[y\](javascript:z)" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [4] * 4
