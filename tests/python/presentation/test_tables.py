"""Tables: what is printed, and that Word, LaTeX, HTML and Markdown all say it.

Every format is read back with a reader of its own and compared with the table; the published
coefficients, typed from the papers, must come out as the papers print them.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal

import docx
import numpy as np
import pandas as pd
import pytest
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from definitions_for_tests import definitions
from nqp.presentation.regression_tables import regression_table
from nqp.presentation.table_formats import render, to_docx, to_html, to_latex, to_markdown, write
from nqp.presentation.tables import Table, TableOptions, data_notes
from nqp.presentation.variable_tables import definition_table, descriptive_table, indicator_table

Cells = list[list[str]]


def typed(name: str) -> pd.DataFrame:
    """A shipped list with numbers where it holds them, as the warehouse has it."""
    return pd.read_csv(io.StringIO(definitions(name).to_csv(index=False)))


SPECS = typed("regression_specs")
VARIABLES = typed("variables")
STUDIES = typed("studies")
INDICATORS = typed("indicators")
SERIES = typed("series")
UNITS = typed("units")
DESCRIPTIVES = pd.DataFrame(
    [
        ("city", "Com", "control", 2556, 0.397, 0.1121, 0.00003, 0.9958),
        ("city", "bdpz", "treatment", 2556, 0.1835, 0.3871, 0.0, 1.0),
        ("city", "Index", "mediator", 2556, 227.8159, 50.856, 105.61, 361.0663),
        ("city", "nqp", "outcome", 2556, 0.0711, 0.0757, -0.0164, 0.7407),
    ],
    columns=["study", "variable_id", "role", "n_obs", "mean", "std_dev", "minimum", "maximum"],
)


def results(profile: str = "public") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Coefficients and fits of every specification, of every magnitude and sign."""
    draw = np.random.default_rng(7)
    coefficients: list[dict[str, Any]] = []
    fits: list[dict[str, Any]] = []
    for row in SPECS.to_dict("records"):
        terms = f"{row['treatment']} + {row['controls']} + _cons".replace(" + nan", "").split(" + ")
        for term in terms:
            estimate = draw.normal() * 10 ** draw.uniform(-2, 4)
            error = abs(estimate) / draw.uniform(0.5, 4)
            coefficients.append(
                {
                    "spec_id": row["spec_id"], "term": term, "estimate": estimate,
                    "std_error": error, "t_statistic": estimate / error,
                    "stars": "*" * int(draw.integers(0, 4)),
                }
            )  # fmt: skip
        fits.append(
            {
                "spec_id": row["spec_id"], "n_obs": 2556, "n_units": 284, "n_clusters": np.nan,
                "r2": draw.uniform(), "r2_adj": draw.uniform(), "dropped": None,
                "status": "estimated", "reason": None, "data_profile": profile,
            }
        )  # fmt: skip
    return pd.DataFrame(coefficients), pd.DataFrame(fits)


COEFFICIENTS, FITS = results()


def table(
    study: str = "city",
    number: int = 3,
    coefficients: pd.DataFrame = COEFFICIENTS,
    fits: pd.DataFrame = FITS,
    specs: pd.DataFrame = SPECS,
    studies: pd.DataFrame = STUDIES,
    **options: Any,
) -> Table:
    return regression_table(
        coefficients, fits, specs, VARIABLES, studies, study=study, table_number=number,
        title="Results", options=TableOptions(**options),
    )  # fmt: skip


def altered(frame: pd.DataFrame, spec_id: str, term: str | None = None, **to: Any) -> pd.DataFrame:
    frame = frame.copy()
    rows = (frame["spec_id"] == spec_id) & (term is None or frame["term"] == term)
    assert rows.any()
    for column, value in to.items():
        frame.loc[rows, column] = value
    return frame


def row_of(made: Table, label: str) -> list[str]:
    (found,) = (row[1:] for row in made.rows if row[0] == label)
    return list(found)


def below(made: Table, label: str) -> list[str]:
    index = [row[0] for row in made.rows].index(label)
    assert made.rows[index + 1][0] == ""
    return list(made.rows[index + 1][1:])


# Readers: each returns header, body and notes as the file says them.


def read_docx(made: Table) -> tuple[Cells, list[str]]:
    (grid,) = docx.Document(io.BytesIO(to_docx(made))).tables
    rows = [["\n".join(p.text for p in c.paragraphs) for c in row.cells] for row in grid.rows]
    notes = rows.pop()[0].split("\n") if made.notes else []
    return rows, notes


class _Rows(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sections: dict[str, Cells] = {"thead": [], "tbody": [], "tfoot": []}
        self.section, self.open = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.sections:
            self.section = tag
        elif tag == "tr":
            self.sections[self.section].append([])
        elif tag in ("td", "th"):
            self.sections[self.section][-1].append("")
            self.open = True
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.open = False

    def handle_data(self, data: str) -> None:
        if self.open:
            self.sections[self.section][-1][-1] += data


def read_html(made: Table) -> tuple[Cells, list[str]]:
    parser = _Rows()
    parser.feed(to_html(made))
    sections = parser.sections
    return sections["thead"] + sections["tbody"], [note for (note,) in sections["tfoot"]]


COMMANDS = {
    "textbackslash{}": "\\", "textasciitilde{}": "~", "textasciicircum{}": "^", "textbar{}": "|",
    "textless{}": "<", "textgreater{}": ">", "textquotedbl{}": '"',
    **{c: c for c in "&%$#_{}"},
}  # fmt: skip


def latex_text(cell: str) -> str:
    cell = re.sub(r"^\s*\\makecell\{(.*)\}\s*$", lambda m: m[1].replace(r"\\", "\n"), cell)
    cell = re.sub(r"^\{\}", "", cell.strip())
    for written, meant in (("$-$", "−"), (r"$\times$", "×"), ("$^2$", "²"), ("---", "—")):
        cell = cell.replace(written, meant)
    commands = "|".join(map(re.escape, COMMANDS))
    return re.sub(rf"\\({commands})", lambda m: COMMANDS[m[1]], cell)


def read_latex(made: Table) -> tuple[Cells, list[str]]:
    text = to_latex(made)
    between = re.search(r"\\toprule\n(.*)\\bottomrule", text, re.DOTALL)
    assert between is not None
    lines = between[1].replace("\\midrule\n", "").split(" \\\\\n")[:-1]
    rows = [[latex_text(cell) for cell in re.split(r"(?<!\\)&", line)] for line in lines]
    return rows, [latex_text(note) for note in re.findall(r"^\\item (.*)$", text, re.MULTILINE)]


def markdown_text(cell: str) -> str:
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", cell.strip().replace("<br>", "\n"))


def read_markdown(made: Table) -> tuple[Cells, list[str]]:
    _, body, *notes = to_markdown(made).strip().split("\n\n")
    lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in body.split("\n")]
    del lines[1]
    return [list(map(markdown_text, line)) for line in lines], list(map(markdown_text, notes))


Reader = Callable[[Table], tuple[Cells, list[str]]]
READERS: list[Reader] = [read_docx, read_html, read_latex, read_markdown]
each_format = pytest.mark.parametrize("read", READERS)

AWKWARD = Table(
    name="awkward",
    number="1",
    title=r"A & B_c <i> 50% $x$ {y} \z",
    header=("Variables|变量", 'two\nlines & "more"', "R²"),
    rows=(
        (r"a|b \ c_d & e% $f$ #g {h} ~i ^j", "<b>bold</b> *not*", "0.0371***"),
        ("[1pt] bracket", "−0.0000 × 1,000", "—"),
        ("*star", "`code` &amp; _x_", ""),
        ("创新投入：“强度”", "（万元）", "是"),
    ),
    notes=("*, ** and *** | 100% & <more>", r"注 \item_a"),
    align=("left", "center", "center"),
    language="en",
)


def wordy(language: Literal["en", "zh"]) -> list[Table]:
    options = TableOptions(language=language)
    about: dict[str, Any] = {"study": "city", "title": "T", "options": options}
    weights = pd.DataFrame({"study": "city", "indicator": INDICATORS["indicator_id"]})
    weights = weights.drop_duplicates().assign(weight=1 / 12)
    told = (SERIES, UNITS)
    return [
        descriptive_table(DESCRIPTIVES, VARIABLES, STUDIES, data_profile="simulated", **about),
        definition_table(VARIABLES, *told, table_number="A1", indicators=INDICATORS, **about),
        definition_table(VARIABLES, *told, table_number="A1", **about),
        indicator_table(INDICATORS, *told, weights=weights, data_profile="simulated", **about),
        indicator_table(INDICATORS, *told, **about),
    ]


@each_format
@pytest.mark.parametrize(
    "made",
    [
        AWKWARD,
        table(),
        table("province", 5, controls="none", language="zh"),
        table("city", 6, fits=altered(FITS, "city.t6.c2", status="no", reason="a_b & c|d")),
        *wordy("en"),
        *wordy("zh"),
    ],
)
def test_every_format_says_what_the_table_says(made: Table, read: Reader) -> None:
    cells, notes = read(made)
    assert cells == [list(made.header), *map(list, made.rows)]
    lead = {"en": "Notes: ", "zh": "注："}[made.language]
    assert "\n".join(notes) == (lead if made.notes else "") + "\n".join(made.notes)


@each_format
@pytest.mark.parametrize(("parentheses", "decimals"), [("std_error", 4), ("t_statistic", 2)])
def test_numbers_equal_the_frame_to_the_printed_decimals(
    read: Reader, parentheses: str, decimals: int
) -> None:
    cells, _ = read(table(parentheses=parentheses, decimals=decimals))
    frame = COEFFICIENTS.set_index(["spec_id", "term"])
    r2 = dict(zip(FITS["spec_id"], FITS["r2"], strict=True))
    r2_adj = dict(zip(FITS["spec_id"], FITS["r2_adj"], strict=True))
    body = {row[0] or cells[i - 1][0] + " below": row[1:] for i, row in enumerate(cells)}
    symbols = {"bdpz": "BDPZs", "_cons": "Constant"}
    expected: dict[tuple[str, int], float] = {}
    for column in range(4):
        spec_id = f"city.t3.c{column + 1}"
        for term, found in frame.loc[spec_id].iterrows():
            label = symbols.get(str(term), str(term))
            expected[label, column] = float(found["estimate"])
            expected[f"{label} below", column] = float(found[parentheses])
            stars = body[label][column].count("*")
            assert stars == len(found["stars"])
        expected["R²", column] = r2[spec_id]
        expected["Adj. R²", column] = r2_adj[spec_id]
    for (label, column), value in expected.items():
        printed = body[label][column].strip("()*").replace("−", "-")
        assert len(printed.partition(".")[2]) == decimals
        assert abs(float(printed) - value) <= 0.5 * 10.0**-decimals * (1 + 1e-9)
    blank = [(r[0], i) for r in cells[1:] for i, cell in enumerate(r[1:]) if not cell]
    assert len(blank) == 2 * 2 * 5  # two columns without the five controls, two rows each
    assert body["N"] == ["2556"] * 4


PUBLISHED = typed("published_coefficients").assign(
    stars=lambda f: f["stars"].map(lambda n: "*" * int(n)), t_statistic=np.nan
)
PUBLISHED_FITS = typed("published_fits").assign(
    status="estimated", reason=None, dropped=None, data_profile="public"
)


@pytest.mark.parametrize(
    ("study", "number", "controls"),
    [("city", 3, "all"), ("city", 4, "none"), ("city", 5, "none"), ("city", 6, "none"),
     ("province", 3, "all"), ("province", 4, "none"), ("province", 5, "none"),
     ("province", 6, "none")],
)  # fmt: skip
def test_published_results_print_as_the_papers_print_them(
    study: str, number: int, controls: str
) -> None:
    made = table(study, number, PUBLISHED, PUBLISHED_FITS, controls=controls)
    cells = definitions("published_coefficients")
    cells = cells[(cells["study"] == study) & (cells["table_number"] == str(number))]
    assert len(cells)
    symbols = {"bdpz": "BDPZs", "_cons": "Constant", "ln_Labor": "ln(Labor)"}
    for cell in cells.to_dict("records"):
        label, column = symbols.get(cell["term"], cell["term"]), int(cell["column_number"]) - 1
        printed = row_of(made, label)[column].replace("−", "-")
        # The paper's -0.0000 has no sign left as a number.
        assert printed == cell["estimate_printed"].replace("-0.0000", "0.0000") + "*" * int(
            cell["stars"]
        )
        assert below(made, label)[column] == f"({cell['std_error_printed']})"
    fits = definitions("published_fits")
    fits = fits[(fits["study"] == study) & (fits["table_number"] == str(number))]
    assert row_of(made, "R²") == fits["r2_printed"].tolist()
    assert row_of(made, "Adj. R²") == fits["r2_adj_printed"].tolist()
    assert row_of(made, "N") == fits["n_obs"].tolist()
    answers = [value.capitalize() for value in fits["unit_effects_printed"]]
    assert row_of(made, f"{study.capitalize()} fixed effect") == answers


def test_english_and_chinese_words() -> None:
    english, chinese = table(), table(language="zh")
    assert (english.caption, chinese.caption) == ("Table 3. Results", "表3　Results")
    assert english.header == ("Variables", *(f"NQP\n({i})" for i in range(1, 5)))
    assert row_of(english, "Year fixed effect") == ["No", "Yes", "No", "Yes"]
    assert row_of(chinese, "年份固定效应") == ["否", "是", "否", "是"]
    assert row_of(chinese, "城市固定效应") == ["否", "是", "否", "是"]
    assert row_of(chinese, "常数项") == row_of(english, "Constant")
    assert english.notes[0] == (
        "Standard errors in parentheses, clustered by city."
        " *, ** and *** indicate significance at the 10%, 5% and 1% levels."
    )
    assert chinese.notes[0] == (
        "括号内为标准误，聚类到城市层面。*、**和***分别表示在10%、5%和1%的水平上显著。"
    )


@pytest.mark.parametrize(
    ("options", "note"),
    [
        ({}, "Standard errors in parentheses, conventional (i.i.d. errors)."),
        ({"parentheses": "t_statistic"},
         "t statistics in parentheses; standard errors conventional (i.i.d. errors)."),
        ({"language": "zh"}, "括号内为标准误，按独立同分布误差计算（普通标准误）。"),
        ({"language": "zh", "parentheses": "t_statistic"},
         "括号内为t值；标准误按独立同分布误差计算（普通标准误）。"),
    ],
)  # fmt: skip
def test_the_covariance_and_the_parentheses_are_named(options: dict[str, Any], note: str) -> None:
    made = table("province", 3, stars=False, **options)
    assert made.notes[0] == note
    assert not any("*" in cell for row in made.rows for cell in row)


def test_columns_of_two_covariances_are_told_apart() -> None:
    specs = altered(SPECS, "city.t3.c2", vcov="conventional", cluster=None)
    assert table(specs=specs, stars=False).notes[0] == (
        "Standard errors in parentheses, clustered by city in columns (1), (3), (4);"
        " conventional (i.i.d. errors) in column (2)."
    )


def test_controls_are_shown_or_become_one_row() -> None:
    labels = [row[0] for row in table().rows]
    assert "Control variables" not in labels and "Gov" in labels
    collapsed = table(controls="none")
    assert row_of(collapsed, "Control variables") == ["No", "No", "Yes", "Yes"]
    assert not {"LnGDP", "Gov"} & {row[0] for row in collapsed.rows}
    assert "Control variables: LnGDP, Fin, Str, Com, Gov." in collapsed.notes
    some = table(controls=("Fin",), language="zh")
    assert row_of(some, "其他控制变量") == ["否", "否", "是", "是"]
    assert row_of(some, "Fin")[3] == row_of(table(), "Fin")[3]
    assert "其他控制变量：LnGDP、Str、Com、Gov。" in some.notes


def test_rows_can_be_left_out_or_added() -> None:
    made = table(fixed_effects=False, constant=False, statistics=("n_obs", "n_units", "n_clusters"))
    labels = [row[0] for row in made.rows if row[0]]
    assert labels == ["BDPZs", "LnGDP", "Fin", "Str", "Com", "Gov", "N", "Units", "Clusters"]
    assert row_of(made, "Clusters") == ["—"] * 4


def test_names_are_symbols_or_labels() -> None:
    made = table("province", 5, names="label", symbols={"bdpz": "DID"}, controls="none")
    assert made.header[1] == "Digital talent agglomeration\n(1)"
    assert row_of(made, "DID") and row_of(made, "Environmental regulation")
    assert row_of(table("province", 5, names="label", language="zh"), "大数据综合试验区")


def renamed(**to: str) -> pd.DataFrame:
    """The studies, where `city` says otherwise of its index, policy and units."""
    return STUDIES.assign(
        **{
            name: STUDIES[name].where(STUDIES["study"] != "city", value)
            for name, value in to.items()
        }
    )


def test_index_policy_and_units_have_the_names_that_their_study_gives() -> None:
    own = renamed(
        index_symbol="IDX", index_label_en="My index", index_label_zh="我的指数",
        policy_symbol="LAW", policy_label_en="My law", policy_label_zh="我的法律",
        level="us_state", units_label_en="US states", units_label_zh="州",
    )  # fmt: skip
    made = table(studies=own)
    assert made.header[1] == "IDX\n(1)" and row_of(made, "LAW") == row_of(table(), "BDPZs")
    assert row_of(made, "Us state fixed effect") == ["No", "Yes", "No", "Yes"]
    assert "clustered by us state." in made.notes[0]
    named = table(studies=own, names="label", language="zh")
    assert named.header[1] == "我的指数\n(1)" and row_of(named, "我的法律")
    assert row_of(named, "州固定效应") and "聚类到州层面" in named.notes[0]
    assert row_of(table(studies=own, names="label"), "My law")
    # The names of one study are not those of another.
    assert row_of(table("province", 3, studies=own), "BDPZs")


def test_what_a_study_does_not_name_prints_as_its_id() -> None:
    bare = STUDIES[["study", "level", "policy", "index_id"]].assign(level="us_state")
    made = table(studies=bare)
    assert made.header[1] == "nqp\n(1)" and row_of(made, "bdpz")
    assert row_of(made, "Us state fixed effect")
    assert row_of(table(studies=bare, language="zh", names="label"), "单位固定效应")
    none = renamed(policy_symbol="", policy_label_en="", index_symbol="")
    assert row_of(table(studies=none, names="label"), "bdpz")
    without_index = STUDIES.assign(index_id=None)
    assert table(studies=without_index).header[1] == "nqp\n(1)"
    with pytest.raises(ValueError, match="studies: no row of study 'city'"):
        table(studies=bare[bare["study"] != "city"])
    with pytest.raises(ValueError, match="studies lacks the columns level"):
        table(studies=bare.drop(columns="level"))


def test_titles_stand_above_columns_that_rows_do_not_tell_apart() -> None:
    assert table("city", 6).header[3] == "NQP\nNon-resource-based\ncities\n(3)"
    assert table("city", 6, language="zh").header[1] == "NQP\n重点城市\n(1)"
    only = {name: SPECS[SPECS["spec_id"] == name] for name in ("city.t4.c4", "province.t4.c1")}
    assert table("city", 4, specs=only["city.t4.c4"]).header[1] == "NQP\n2014-2019 only\n(4)"
    matched = table("province", 4, specs=only["province.t4.c1"], language="zh")
    assert matched.header[1] == "NQP\n最近邻匹配\nPSM-DID\n(1)"
    assert table("city", 3, column_titles=True).header[2] == "NQP\nFixed effects\n(2)"
    assert table("city", 6, column_titles=False).header[1] == "NQP\n(1)"


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("en", "Column (2) is not estimated: bdpz: no source."),
        ("zh", "列(2)未估计：bdpz: no source。"),
    ],
)
def test_a_column_not_estimated_stays_with_its_reason(language: str, note: str) -> None:
    fits = altered(FITS, "city.t3.c4", status="not estimable", reason="x", r2=np.nan, n_obs=np.nan)
    fits = altered(fits, "city.t3.c2", status="not estimable", reason="bdpz: no source.")
    gone = COEFFICIENTS[~COEFFICIENTS["spec_id"].isin(["city.t3.c2", "city.t3.c4"])]
    made = table(coefficients=gone, fits=fits, language=language)
    dash, blank = "—", ""
    assert [row_of(made, "BDPZs")[i] for i in (1, 3)] == [dash, dash]
    assert [below(made, "BDPZs")[i] for i in (1, 3)] == [blank, blank]
    assert [row_of(made, "LnGDP")[i] for i in (1, 3)] == [blank, dash]
    assert [row_of(made, "N")[i] for i in (1, 3)] == [dash, dash]
    assert row_of(made, "R²")[0] != dash
    assert note in made.notes
    everything = FITS.assign(status="not estimable", reason="no data")
    assert not any("parentheses" in note for note in table(fits=everything).notes)


def test_a_term_without_a_standard_error_prints_a_dash_below_its_estimate() -> None:
    missing = {"std_error": np.nan, "t_statistic": np.nan, "stars": ""}
    without = altered(COEFFICIENTS, "city.t3.c4", "_cons", **missing)
    made = table(coefficients=without)
    assert below(made, "Constant")[3] == "—" and below(made, "Constant")[2] != "—"
    assert row_of(made, "Constant")[3] == row_of(table(), "Constant")[3].rstrip("*")


def test_a_collinear_control_prints_a_dash_and_a_note() -> None:
    fits = altered(FITS, "city.t3.c4", dropped="Fin + Gov")
    gone = COEFFICIENTS["spec_id"].eq("city.t3.c4") & COEFFICIENTS["term"].isin(["Fin", "Gov"])
    made = table(coefficients=COEFFICIENTS[~gone], fits=fits)
    assert row_of(made, "Fin")[3] == "—" and row_of(made, "Fin")[2] != "—"
    note = "Column (4) leaves out Fin, Gov: collinear with the other regressors."
    assert note in made.notes


# Coefficients that print as zero


MEDIATION: dict[str, Any] = {
    "mediation_id": "city.m.Index", "status": "estimated", "mediator": "Index",
    "mediator_spec": "city.t5.c1", "outcome_spec": "city.t5.c2", "a": 1.2346,
    "assignment_a_p": 0.0123, "indirect_effect": -0.00228, "joint_p": 0.1234, "boot_low": -0.01,
    "boot_high": 0.002, "sobel_p": 0.001, "share_mediated": None, "assignment_reason": None,
    "share_reason": "the total effect is not distinguishable from zero (p = 0.300)",
    "rho_at_zero": -0.2345,
}  # fmt: skip


def test_a_table_with_the_steps_of_a_mediation_tells_of_the_channel() -> None:
    first = (
        "Through Index: effect on it 1.2346 (p = 0.012); indirect effect −0.0023, joint p = 0.123, "
        "95% interval [−0.0100, 0.0020], by the wild cluster bootstrap at the level at which the "
        "policy was assigned; Sobel p = 0.001."
    )
    zero = "It would vanish if errors of both equations correlated by −0.2300."
    none = "No share is given: the total effect is not distinguishable from zero (p = 0.300)."
    # Of a table with other columns it tells nothing, nor where nothing was estimated.
    rows = (MEDIATION, MEDIATION | {"outcome_spec": "city.t3.c4"}, MEDIATION | {"status": "x"})
    told = [note for note in table(number=5, mediations=rows).notes if "Through" in note]
    assert told == [f"{first} {none} {zero}"]
    assert not any("Through" in note for note in table(number=3, mediations=rows).notes)
    shared = MEDIATION | {"share_mediated": 0.274, "share_reason": None}
    assert (
        f"{first} Share of the total effect 27%. {zero}"
        in table(number=5, mediations=[shared]).notes
    )
    untested = MEDIATION | {"assignment_reason": "only one cluster", "rho_at_zero": None}
    assert (
        "Through Index: effect on it 1.2346; indirect effect −0.0023 (Sobel p = 0.001). Not tested "
        "at the level at which the policy was assigned: only one cluster."
    ) in table(number=5, mediations=[untested]).notes
    [chinese] = [
        note for note in table(number=5, mediations=[shared], language="zh").notes if "经由" in note
    ]
    assert chinese == (
        "经由Index：对其效应1.2346（p = 0.012）；中介效应−0.0023，联合显著性p = 0.123，"
        "95%区间[−0.0100, 0.0020]，均为政策实施层级上的野聚类自助法；Sobel检验p = 0.001。 "
        "占总效应27%。 若两方程误差的相关系数为−0.2300，中介效应即消失。"
    )


def test_below_p_values_of_the_headline_method_stands_the_effect_that_could_be_found() -> None:
    tested = {("city.t3.c1", "bdpz"): 0.2, ("city.t3.c4", "bdpz"): 0.176}
    # Without a p-value beside it, and in another table, none is told.
    detectable = {
        ("city.t3.c1", "bdpz"): 7.96356, ("city.t3.c2", "bdpz"): 1.0, ("city.t3.c4", "bdpz"): 0.01,
        ("city.t6.c1", "bdpz"): 2.0,
    }  # fmt: skip
    made = table(tested=tested, method="cr2", detectable=detectable)
    assert [note for note in made.notes if "detectable" in note] == [
        "Minimum detectable effect (significant at 5% in 80% of samples, by CR2 standard errors at "
        "the level at which the policy was assigned): BDPZs 7.9636 in column (1), 0.0100 in column "
        "(4)."
    ]
    chinese = table(tested=tested, method="cr2", detectable=detectable, language="zh")
    assert (
        "最小可检测效应（80%的样本中在5%水平上显著，按政策实施层级的CR2标准误）："
        "BDPZs 7.9636（列(1)）、0.0100（列(4)）。"
    ) in chinese.notes
    assert not any("detectable" in note for note in table(detectable=detectable).notes)


def test_a_table_with_two_subgroups_tells_whether_they_differ() -> None:
    row: dict[str, Any] = {
        "comparison_id": "city.h.tier", "status": "estimated", "spec_a": "city.t6.c1",
        "spec_b": "city.t6.c2", "difference": 0.0123, "p_value": 0.0012,
        "assignment_p_value": 0.1504, "assignment_reason": None, "permutation_p_value": 0.2,
        "permutation_draws": 1999, "permutation_reason": None,
    }  # fmt: skip
    elsewhere = row | {"spec_b": "city.t3.c4"}
    told = [n for n in table(number=6, comparisons=[row, elsewhere]).notes if "Difference" in n]
    assert told == [
        "Difference between columns (1), (2): 0.0123, p = 0.001 by the columns' own standard "
        "errors; 0.150 by CR2 at the level at which the policy was assigned; 0.200 with the "
        "assignment drawn again (1,999 draws)."
    ]
    without = row | {
        "assignment_p_value": None, "assignment_reason": "only one cluster",
        "permutation_p_value": None, "permutation_draws": None, "permutation_reason": "all treated",
    }  # fmt: skip
    assert (
        "Difference between columns (1), (2): 0.0123, p = 0.001 by the columns' own standard "
        "errors; no test at the level at which the policy was assigned (only one cluster); the "
        "assignment cannot be drawn again (all treated)."
    ) in table(number=6, comparisons=[without]).notes
    assert (
        "列(1)、(2)之差：0.0123，按各列自身标准误p = 0.001；在政策实施层级上按CR2标准误p = 0.150；"
        "重新抽取政策分配（1,999次）p = 0.200。"
    ) in table(number=6, comparisons=[row], language="zh").notes


def test_effects_beside_those_of_units_and_years_have_rows_of_their_own() -> None:
    specs = SPECS.copy()
    for name, value in {
        "group_year_effects": "nbs_region", "group_trends": "province_code",
        "controls_by_year": "LnGDP + Fin",
    }.items():  # fmt: skip
        specs[name] = specs["spec_id"].map({"city.t3.c4": value})
    specs.loc[specs["spec_id"] == "city.t3.c2", "group_year_effects"] = "province_code"
    groups = {"nbs_region": ("East, West", "东部、西部")}
    made = table(specs=specs, groupings=groups)
    assert row_of(made, "Year fixed effect") == ["No", "Yes", "No", "Yes"]
    assert row_of(made, "Province-by-year fixed effect") == ["No", "Yes", "No", "No"]
    assert row_of(made, "Group-by-year fixed effect") == ["No", "No", "No", "Yes"]
    assert row_of(made, "Linear trend by province") == ["No", "No", "No", "Yes"]
    assert row_of(made, "LnGDP × year") == row_of(made, "Fin × year") == ["No"] * 3 + ["Yes"]
    assert "Groups in column (4): East, West." in made.notes
    chinese = table(specs=specs, groupings=groups, language="zh")
    assert row_of(chinese, "省份×年份固定效应") == ["否", "是", "否", "否"]
    assert row_of(chinese, "组别×年份固定效应") == row_of(chinese, "省份线性趋势")
    assert row_of(chinese, "Fin×年份") == ["否", "否", "否", "是"]
    assert "列(4)的组别：东部、西部。" in chinese.notes
    # Of effects that no column has there is no row, and without names the grouping's own is said.
    assert not {"trend", "by-year", "×"} & set(" ".join(row[0] for row in table().rows).split())
    assert "Groups in column (4): nbs_region." in table(specs=specs).notes
    assert not any("by-year" in row[0] for row in table(specs=specs, fixed_effects=False).rows)


def test_clusters_of_two_kinds_are_named_both() -> None:
    specs = SPECS.assign(second_cluster=SPECS["spec_id"].map({"city.t3.c4": "year"}))
    assert table(specs=specs, stars=False).notes[0] == (
        "Standard errors in parentheses, clustered by city in columns (1), (2), (3);"
        " clustered by city and year (two-way) in column (4)."
    )
    assert table(specs=specs, stars=False, language="zh").notes[0] == (
        "括号内为标准误，列(1)、(2)、(3)聚类到城市层面；列(4)双向聚类到城市和年份层面。"
    )


def test_a_table_tells_what_a_two_way_coefficient_mixes() -> None:
    def part(comparison: str, weight: float, estimate: float, **more: Any) -> dict[str, Any]:
        row = {"spec_id": "city.t3.c2", "comparison": comparison, "weight": weight,
               "estimate": estimate, "share_negative": np.nan, "sum_negative": np.nan,
               "reason": None}  # fmt: skip
        return row | more

    whole = part("all comparisons", 1.0, 0.1, share_negative=0.25, sum_negative=-0.0312)
    parts = [
        part("later against earlier treated", 0.1, -0.4),
        part("earlier against later treated", 0.2, 0.3),
        part("treated against never treated", 0.6, 0.2),
        # Two comparisons of a kind have one part: (0.06 + 0.01 x 0.6) / 0.7.
        part("treated against never treated", 0.1, 0.1),
    ]
    averages = [
        {"spec_id": "city.t3.c2", "method": "imputation", "estimate": 0.5, "std_error": 0.25},
        {"spec_id": "city.t3.c2", "method": "callaway_santanna", "estimate": -0.1,
         "std_error": 0.05},
    ]  # fmt: skip
    made = table(decompositions=[whole, *parts], averages=averages)
    mixed = "What the two-way coefficient in column (2) mixes"
    assert [note for note in made.notes if "mixes" in note] == [
        f"{mixed}, as shares of weight (with the estimate of each part): 70.0% treated against "
        "never treated (0.1857); 20.0% earlier against later cohorts (0.3000); 10.0% later cohorts "
        "against earlier ones, treated already (−0.4000); 25.0% of the treated rows have a "
        "negative weight (sum −0.0312). Average effects without units treated already among the "
        "controls: Callaway and Sant'Anna −0.1000 (0.0500), imputation 0.5000 (0.2500)."
    ]
    chinese = table(decompositions=[whole, *parts], averages=averages, language="zh")
    assert [note for note in chinese.notes if "构成" in note] == [
        "列(2)双向固定效应系数的构成，按权重（括号内为各部分的估计值）：处理组对从未处理组70.0%"
        "（0.1857）；较早批次对较晚批次20.0%（0.3000）；较晚批次对已受处理的较早批次10.0%"
        "（−0.4000）；25.0%的处理观测权重为负（合计−0.0312）。不以已受处理个体为对照的平均效应："
        "Callaway-Sant'Anna估计 −0.1000 (0.0500)，插补估计 0.5000 (0.2500)。"
    ]
    with_controls = whole | {"share_negative": 0.0, "sum_negative": 0.0, "reason": "no sum."}
    assert (
        f"{mixed}: not split into comparisons (no sum); no treated row has a negative weight."
        in table(decompositions=[with_controls]).notes
    )
    # Nothing of columns in other tables.
    assert not any("mixes" in note for note in table(number=4, decompositions=[whole]).notes)


def rescaling(made: Table) -> list[str]:
    return [note for note in made.notes if "×" in note]


@pytest.mark.parametrize(
    ("estimate", "std_error", "options", "factor", "note"),
    [
        (7.1e-6, 0.9e-6, {}, 1000,
         "Pati in thousands: coefficient × 1,000 = 0.0071 (0.0009) in column (6)."),
        (-7.1e-6, 0.9e-6, {"language": "zh"}, 1000,
         "Pati以千为单位：系数 × 1,000 = −0.0071 (0.0009)，列(6)。"),
        (7.1e-6, 0.9e-6, {"parentheses": "t_statistic"}, 1000,
         "Pati in thousands: coefficient × 1,000 = 0.0071 (7.8889) in column (6)."),
        (6e-8, 2e-8, {}, 10**6,
         "Pati in millions: coefficient × 1,000,000 = 0.0600 (0.0200) in column (6)."),
        (6e-8, 2e-8, {"parentheses": "t_statistic"}, 10**6,
         "Pati in millions: coefficient × 1,000,000 = 0.0600 (3.0000) in column (6)."),
        (0.0006, 0.00004, {}, 1000,
         "Pati in thousands: coefficient × 1,000 = 0.6000 (0.0400) in column (6)."),
        (0.004, 0.001, {"decimals": 2}, 1000,
         "Pati in thousands: coefficient × 1,000 = 4.00 (1.00) in column (6)."),
    ],
)  # fmt: skip
def test_what_prints_as_zero_is_shown_rescaled(
    estimate: float, std_error: float, options: dict[str, Any], factor: int, note: str
) -> None:
    to = {"estimate": estimate, "std_error": std_error, "t_statistic": estimate / std_error}
    others = COEFFICIENTS.assign(estimate=1.5, std_error=0.5, t_statistic=3.0)
    made = table(
        "province", 5, altered(others, "province.t5.c6", "Pati", **to), controls="none", **options
    )
    assert rescaling(made) == [note]
    (warning,) = made.warnings
    assert (warning.spec_id, warning.column_number) == ("province.t5.c6", 6)
    assert (warning.term, warning.rescaled) == ("Pati", "Pati")
    assert (warning.estimate, warning.factor) == (estimate, factor)
    assert warning.printed in note


def test_exact_zeros_and_hidden_controls_need_no_rescaling() -> None:
    others = COEFFICIENTS.assign(estimate=1.5, std_error=0.5)
    zero = altered(others, "province.t3.c4", "Tin", estimate=0.0, std_error=0.0)
    made = table("province", 3, zero)
    assert row_of(made, "Tin")[3].startswith("0.0000") and not made.warnings
    tiny = altered(others, "province.t3.c4", "Tin", estimate=1e-9, std_error=1e-9)
    assert table("province", 3, tiny).warnings
    assert not table("province", 3, tiny, controls="none").warnings
    assert not table("province", 3, tiny, constant=False, controls=("Fin",)).warnings


def test_what_has_no_unit_rescales_the_outcome_and_columns_share_a_factor() -> None:
    frame = COEFFICIENTS.assign(estimate=1.5, std_error=0.5)
    frame = altered(frame, "city.t3.c3", "LnGDP", estimate=3e-5, std_error=1e-5)
    frame = altered(frame, "city.t3.c4", "LnGDP", estimate=-2e-8, std_error=1e-8)
    frame = altered(frame, "city.t3.c1", "bdpz", estimate=2e-5, std_error=1.0)
    made = table(coefficients=frame)
    assert row_of(made, "LnGDP")[3].startswith("−0.0000")
    assert rescaling(made) == [
        "NQP × 1,000: coefficient of BDPZs × 1,000 = 0.0200 (1000.0000) in column (1).",
        "NQP × 1,000,000: coefficient of LnGDP × 1,000,000 ="
        " 30.0000 (10.0000) in column (3), −0.0200 (0.0100) in column (4).",
    ]
    assert [(w.term, w.rescaled, w.column_number) for w in made.warnings] == [
        ("bdpz", "nqp", 1), ("LnGDP", "nqp", 3), ("LnGDP", "nqp", 4),
    ]  # fmt: skip


# Which data


@pytest.mark.parametrize("language", ["en", "zh"])
@each_format
def test_simulated_data_is_said_in_both_languages_everywhere(
    read: Reader, language: Literal["en", "zh"]
) -> None:
    simulated = "Simulated data: not evidence. 模拟数据，不可作为证据"
    made = table(fits=results("simulated")[1], language=language)
    for one in (made, *(t for t in wordy(language) if t.notes)):
        assert simulated in read(one)[1][-1]
    assert simulated not in "".join(read(table(language=language))[1])


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Failed checks accepted on record: a by Li."), ("zh", "已豁免的检验：a by Li。")],
)
def test_failed_checks_that_were_accepted_are_the_last_note(language: str, expected: str) -> None:
    printed = table(language=language, waivers="a by Li")
    assert printed.notes == (*table(language=language).notes, expected)


def test_other_profiles_are_named_and_never_mixed() -> None:
    assert table().notes[-1] == "Data: public sources."
    assert data_notes("licensed", TableOptions(language="zh")) == ("数据来源：授权数据。",)
    assert data_notes("open") == ("Data: open sources.",)
    assert data_notes("mine") == ("Data: mine.",)
    assert data_notes("mine", TableOptions(language="zh")) == ("数据来源：mine。",)
    with pytest.raises(ValueError, match=r"different data: \['public', 'simulated'\]"):
        table(fits=altered(FITS, "city.t3.c2", data_profile="simulated"))


# The other tables


def test_descriptives_by_role_with_enough_decimals() -> None:
    made = descriptive_table(
        DESCRIPTIVES, VARIABLES, STUDIES, study="city", data_profile="public", title="Descriptives"
    )
    assert made.rows == (
        ("Dependent variables", "NQP", "2556", "0.0711", "0.0757", "−0.0164", "0.7407"),
        ("Independent variables", "BDPZs", "2556", "0.1835", "0.3871", "0", "1"),
        ("Mediating variables", "Index", "2556", "227.8159", "50.8560", "105.6100", "361.0663"),
        ("Control variables", "Com", "2556", "0.3970", "0.1121", "0.00003", "0.9958"),
    )


@pytest.mark.parametrize(
    ("study", "name", "english", "chinese"),
    [
        ("city", "Economic development level",
         "ln(Gross regional product (100 million yuan) / Resident population"
         " (10 thousand persons) × 10,000)",
         "ln(地区生产总值（亿元） / 常住人口（万人） × 10,000)"),
        ("city", "Green technological innovation",
         "ln(1 + Applications for green invention patents)",
         "ln(1 + 绿色发明专利申请数)"),
        ("city", "Broadband subscribers", "Broadband internet access subscribers"
         " (10 thousand items)", "互联网宽带接入用户数（万件、万项、万户、万个）"),
        ("city", "Science technology and education in public expenditure",
         "(Fiscal expenditure on science and technology + Fiscal expenditure on education)"
         " / General public budget expenditure", "(科学技术支出 + 教育支出) / 一般公共预算支出"),
        ("city_public", "Financial development level",
         "Year-end loans of financial institutions / Gross regional product [city_finance]",
         "年末金融机构各项贷款余额 / 地区生产总值 [city_finance]"),
    ],
)  # fmt: skip
def test_definitions_are_told_in_words(study: str, name: str, english: str, chinese: str) -> None:
    indicators = INDICATORS if study in set(INDICATORS["study"]) else None
    made = [
        definition_table(
            VARIABLES, SERIES, UNITS, study=study, title="D", table_number="A1",
            indicators=indicators, options=options,
        )
        for options in (TableOptions(), TableOptions(language="zh"))
    ]  # fmt: skip
    (index,) = (i for i, row in enumerate(made[0].rows) if row[2] == name)
    assert [one.rows[index][3] for one in made] == [english, chinese]


def test_every_shipped_definition_can_be_told() -> None:
    languages: tuple[Literal["en", "zh"], ...] = ("en", "zh")
    for language in languages:
        options = TableOptions(language=language)
        for study in sorted(set(INDICATORS["study"])):
            made = indicator_table(
                INDICATORS, SERIES, UNITS, study=study, title="I", options=options
            )
            assert len(made.rows) == (INDICATORS["study"] == study).sum()
            signs = INDICATORS[INDICATORS["study"] == study].sort_values("position")["sign"]
            assert [row[3] for row in made.rows] == ["+" if s > 0 else "−" for s in signs]


@pytest.mark.parametrize("blank", [None, ""])
def test_indicators_without_a_dimension_are_printed_without(blank: str | None) -> None:
    bare = INDICATORS.assign(dimension_en=blank)
    made = indicator_table(bare, SERIES, UNITS, study="city", title="I")
    assert len(made.rows) == 12 and {row[0] for row in made.rows} == {""}
    assert "nan" not in str(made.rows) and "None" not in str(made.rows)


def test_weights_stand_beside_their_indicators() -> None:
    own = INDICATORS[INDICATORS["study"] == "city"]
    weights = pd.DataFrame({"study": "city", "indicator": own["indicator_id"][::-1]})
    weights["weight"] = np.arange(12)[::-1] / 66
    made = indicator_table(
        INDICATORS, SERIES, UNITS, study="city", title="I", weights=weights, data_profile="public"
    )
    assert [row[4] for row in made.rows] == [f"{i / 66:.4f}" for i in range(12)]
    assert [row[0] for row in made.rows if row[0]] == [
        "Innovative productivity", "Green productivity", "Digital productivity",
    ]  # fmt: skip
    lacking = weights[weights["indicator"] != "mobile"]
    with pytest.raises(ValueError, match="none for mobile"):
        indicator_table(
            INDICATORS, SERIES, UNITS, study="city", title="I", weights=lacking, data_profile="x"
        )
    with pytest.raises(ValueError, match="data_profile"):
        indicator_table(INDICATORS, SERIES, UNITS, study="city", title="I", weights=weights)


# Form


def borders(made: Table) -> dict[tuple[int, str], set[str | None]]:
    """Rules of the Word table: sizes by row and edge."""
    (grid,) = docx.Document(io.BytesIO(to_docx(made))).tables
    assert grid._tbl.tblPr.find(qn("w:tblBorders")) is None
    assert grid._tbl.tblPr.find(qn("w:tblStyle")) is None
    found: dict[tuple[int, str], set[str | None]] = {}
    for i, row in enumerate(grid.rows):
        for cell in row._tr.tc_lst:
            drawn = cell.findall(".//" + qn("w:tcBorders"))
            assert len(drawn) <= 1
            for edge in (e for one in drawn for e in one):
                assert edge.get(qn("w:val")) == "single"
                name = edge.tag.partition("}")[2]
                found.setdefault((i, name), set()).add(edge.get(qn("w:sz")))
    return found


@pytest.mark.parametrize("made", [table(), table("province", 5), *wordy("zh")])
def test_word_has_exactly_three_rules_thick_thin_thick(made: Table) -> None:
    last = len(made.rows)
    assert borders(made) == {(0, "top"): {"12"}, (0, "bottom"): {"6"}, (last, "bottom"): {"12"}}


def test_latex_and_html_have_three_rules() -> None:
    latex, html = to_latex(table()), to_html(table())
    for rule in ("toprule", "midrule", "bottomrule"):
        assert latex.count(f"\\{rule}") == 1
    assert "hline" not in latex and "{lcccc}" in latex
    assert re.findall(r"border[-a-z]*: ([.\d]+)pt", html) == ["1.5", ".75", "1.5"]
    assert not re.search("border-(left|right)|border:", html)


def test_latex_does_not_read_a_label_as_an_argument_of_the_row_before() -> None:
    text = to_latex(AWKWARD)
    assert "\n{}*star &" in text and "\n{}[1pt] bracket &" in text


def test_word_has_latin_and_chinese_type() -> None:
    document = docx.Document(io.BytesIO(to_docx(table(language="zh"))))
    fonts = document.styles["Normal"].element.rPr.rFonts
    kinds = ("w:ascii", "w:hAnsi", "w:eastAsia")
    assert [fonts.get(qn(kind)) for kind in kinds] == ["Times New Roman"] * 2 + ["SimSun"]


def test_word_keeps_the_order_of_elements_its_schema_asks_for() -> None:
    (grid,) = docx.Document(io.BytesIO(to_docx(table()))).tables
    order = [qn(f"w:{name}") for name in ("tcW", "gridSpan", "tcBorders", "vAlign")]
    for row in grid.rows:
        for cell in row._tr.tc_lst:
            tags = [child.tag for child in cell.get_or_add_tcPr()]
            assert tags == sorted(tags, key=order.index)


def test_columns_fill_the_line_and_many_turn_the_page() -> None:
    wide = replace(
        table(),
        header=("V", *"abcdefghijkl"),
        rows=(("x", *["0.0371***"] * 12),),
        align=("center",) * 13,
    )
    for made, landscape in ((table(), False), (wide, True)):
        document = docx.Document(io.BytesIO(to_docx(made)))
        (section,), (grid,) = document.sections, document.tables
        width, height = section.page_width, section.page_height
        assert width is not None and height is not None
        assert (width > height) == landscape
        assert (r"\begin{sidewaystable}" in to_latex(made)) == landscape
        columns = [column.width or 0 for column in grid.columns]
        # Word keeps widths in twentieths of a point.
        assert abs(sum(columns) - (width - Cm(5))) < len(columns) * Pt(1) / 20


def test_a_page_declares_its_language_and_a_fragment_is_none() -> None:
    assert '<html lang="zh-CN">' in to_html(table(language="zh"))
    page, fragment = to_html(table()), to_html(table(), fragment=True)
    assert page.startswith("<!doctype html>") and "<html" not in fragment and fragment in page


def test_markdown_leaves_readable_what_it_can() -> None:
    text = to_markdown(AWKWARD)
    assert "0.0371***" in text and "c_d" in text
    assert r"\*, \*\* and \*\*\* \|" in text and r"\<b\>" in text


def test_files_are_the_same_twice_and_carry_no_time(tmp_path: Path) -> None:
    paths = write(table(), tmp_path / "new" / "tables")
    assert [path.name for path in paths] == [
        f"city_table3.{e}" for e in ("docx", "tex", "html", "md")
    ]
    assert {path.suffix[1:]: path.read_bytes() for path in paths} == render(table())
    with zipfile.ZipFile(paths[0]) as file:
        assert {entry.date_time[0] for entry in file.infolist()} == {1980}


# Errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"language": "fr"}, "language is 'fr': expected one of en, zh"),
        ({"parentheses": "p_value"}, "parentheses is 'p_value'"),
        ({"names": "id"}, "names is 'id'"),
        ({"decimals": -1}, "decimals is -1"),
        ({"controls": "some"}, "controls is 'some': expected 'all', 'none' or a tuple"),
        ({"statistics": ("r2", "aic")}, "statistics is 'aic': expected one of r2,"),
    ],
)
def test_unknown_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        TableOptions(**options)


def test_incomplete_input_is_refused() -> None:
    with pytest.raises(ValueError, match="no specification of study 'city', table 9"):
        table(number=9)
    with pytest.raises(ValueError, match="coefficients lacks the columns stars"):
        table(coefficients=COEFFICIENTS.drop(columns="stars"))
    with pytest.raises(ValueError, match="fits lacks the columns dropped, reason"):
        table(fits=FITS.drop(columns=["dropped", "reason"]))
    with pytest.raises(ValueError, match="fits lacks the columns n_units"):
        table(fits=FITS.drop(columns="n_units"), statistics=("n_units",))
    with pytest.raises(ValueError, match=r"fits: no row for city\.t3\.c2"):
        table(fits=FITS[FITS["spec_id"] != "city.t3.c2"])
    with pytest.raises(ValueError, match=r"no row for city\.t3\.c3, term 'Gov'"):
        table(coefficients=COEFFICIENTS[COEFFICIENTS["term"] != "Gov"])
    with pytest.raises(ValueError, match=r"city\.t3\.c1 has bdpz, _cons more than once"):
        table(coefficients=pd.concat([COEFFICIENTS, COEFFICIENTS]))
    with pytest.raises(ValueError, match="role is 'instrument': expected one of outcome"):
        descriptive_table(
            DESCRIPTIVES.assign(role="instrument"), VARIABLES, STUDIES, study="city",
            data_profile="public", title="D",
        )  # fmt: skip
    with pytest.raises(ValueError, match="descriptives: no row of study 'province'"):
        descriptive_table(
            DESCRIPTIVES, VARIABLES, STUDIES, study="province", data_profile="public", title="D"
        )
    with pytest.raises(ValueError, match="series has no series_id 'gdp'"):
        definition_table(
            VARIABLES, SERIES[SERIES["series_id"] != "gdp"], UNITS, study="city", title="D",
            table_number=1,
        )  # fmt: skip
    with pytest.raises(ValueError, match="transform is 'sqrt'"):
        definition_table(
            VARIABLES.assign(transform="sqrt"), SERIES, UNITS, study="city", title="D",
            table_number=1,
        )  # fmt: skip
    with pytest.raises(ValueError, match="differ in length"):
        replace(AWKWARD, rows=(("a", "b"),))
