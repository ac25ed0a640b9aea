"""The report of several studies: each under its own names, marked by the data it rests on.

The rows are made here, so that no warehouse is needed: `zeta` is simulated and has figures of an
index and a level of its own, `alpha` is real and has only a table, `bare` asks for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from matplotlib.figure import Figure

from nqp.presentation import figure_style, report
from nqp.presentation.report import write_report
from nqp.presentation.report_queries import QUERIES

Change = Callable[[pd.DataFrame], pd.DataFrame]
MARK = " ".join(figure_style.MARK)
NOTE = "Simulated data: not evidence."

STUDIES = pd.DataFrame(
    [
        {"study": "zeta", "title_en": "Soil", "title_zh": "土壤",
         "level": "county", "policy": "law", "policy_symbol": "LAW",
         "index_id": "idx", "index_symbol": "IDX", "index_label_en": "Quality of soil",
         "index_label_zh": "土壤质量", "units_label_en": "counties", "units_label_zh": "县"},
        {"study": "alpha", "title_en": "Rain", "title_zh": "雨", "level": "city", "policy": "rule"},
        {"study": "bare", "title_en": "Wind", "title_zh": "风", "level": "city", "policy": "rule"},
    ]
)  # fmt: skip


def spec(study: str, outcome: str, treatment: str) -> dict[str, Any]:
    return {
        "spec_id": f"{study}.t1.c1", "study": study, "table_number": 1, "column_number": 1,
        "title_en": "T", "title_zh": "题", "outcome": outcome, "treatment": treatment,
        "controls": None, "unit_effects": True, "time_effects": True, "vcov": "clustered",
        "cluster": "region_code", "constant": "mean",
    }  # fmt: skip


def figure(kind: str, subject: str, **more: Any) -> dict[str, Any]:
    return {
        "figure_id": f"zeta_{kind}", "study": "zeta", "kind": kind, "subject": subject,
        "caption_en": f"Caption of {kind}", "caption_zh": "图", "status": "estimated",
        "reason": None, "data_profile": "simulated", "waivers": None, **more,
    }  # fmt: skip


SPECS = pd.DataFrame([spec("zeta", "idx", "law"), spec("alpha", "y", "rule")])
FITS = SPECS[["spec_id", "study"]].assign(
    n_obs=20, r2=0.5, r2_adj=0.4, dropped=None, status="estimated", reason=None,
    data_profile=["simulated", "open"], waivers=None,
)  # fmt: skip
COEFFICIENTS = pd.DataFrame(
    [
        {"spec_id": f"{study}.t1.c1", "study": study, "term": term, "outcome": outcome,
         "table_number": 1, "column_number": 1, "estimate": 0.5, "std_error": 0.25,
         "t_statistic": 2.0, "conf_low": 0.0, "conf_high": 1.0, "stars": "*", "df": 3}
        for study, outcome, policy in (("zeta", "idx", "law"), ("alpha", "y", "rule"))
        for term in (policy, "_cons")
    ]
)  # fmt: skip
FRAMES = {
    "figures": pd.DataFrame(
        [
            figure("index_over_time", "idx"),
            figure("coefficients", "law"),
            figure("event_study", "e", status="not estimable", reason="no pre-period"),
        ]
    ),
    "table_specs": pd.DataFrame(
        [
            {"table_id": f"{study}_table1", "study": study, "kind": "regression",
             "table_number": "1", "title_en": f"Table of {study}", "title_zh": "表",
             "controls": "all"}
            for study in ("zeta", "alpha")
        ]
    ),
    "studies": STUDIES,
    "profiles": pd.DataFrame(
        {"study": ["alpha", "bare", "zeta"], "data_profile": ["open", "mine", "simulated"]}
    ),
    "variables": pd.DataFrame(
        [
            {"study": "alpha", "variable_id": "y", "role": "outcome", "label_en": "Yield",
             "label_zh": "产量", "unit_label": None, "transform": "level"}
        ]
    ),
    "specs": SPECS,
    "fits": FITS,
    "coefficients": COEFFICIENTS,
    "descriptives": pd.DataFrame({"study": ["alpha"], "waivers": [None]}),
    "means": pd.DataFrame(
        [("zeta", "idx", year, treated, 0.1 * year % 7, 3) for year in (2001, 2002, 2003)
         for treated in (True, False)],
        columns=["study", "variable_id", "year", "treated", "mean", "n_units"],
    ),
    "policy_years": pd.DataFrame({"study": ["zeta"], "year": [2002]}),
    "conclusions": pd.DataFrame(columns=["study", "method"]),
    "group_labels": pd.DataFrame(columns=["study", "name", "label_en", "label_zh"]),
    "event_study_tests": pd.DataFrame(columns=["event_study_id", "test"]),
    "honest_did": pd.DataFrame(columns=["event_study_id", "restriction"]),
    "staggered": pd.DataFrame(columns=["event_study_id", "method"]),
    "expectations": pd.DataFrame(
        columns=["study", "rule", "relation", "status", "severity", "observed"]
    ),
}  # fmt: skip


def reader(**changed: Change) -> report.Read:
    names = {sql: name for name, sql in QUERIES.items()}
    kept: Change = lambda frame: frame  # noqa: E731

    def read(sql: str) -> pd.DataFrame:
        name = names[sql]
        return changed.get(name, kept)(FRAMES.get(name, pd.DataFrame()))

    return read


def sections(page: Path) -> dict[str, str]:
    """The HTML of each study, and what stands before them as ''."""
    head, *rest = page.read_text(encoding="utf-8").split('<h2 id="')
    return {"": head} | {text.partition('"')[0]: text for text in rest}


def test_studies_come_in_their_order_and_those_without_figures_too(tmp_path: Path) -> None:
    made = write_report(reader(), tmp_path, profile="mine")
    assert made.page == tmp_path / "mine" / "index.html"
    assert (made.n_figures, made.n_tables) == (2, 2)
    assert made.not_drawn == (("zeta_event_study", "no pre-period"),)
    found = sections(made.page)
    assert list(found) == ["", "zeta", "alpha"]
    assert "Table of alpha" in found["alpha"] and "<img" not in found["alpha"]
    assert found["zeta"].count("<img") == 2 and found["zeta"].count("no pre-period") == 1
    assert {file.relative_to(tmp_path / "mine").parts[0] for file in made.files} == {
        "figures", "tables", "index.html", "checks.html",
    }  # fmt: skip


def test_channels_and_differences_stand_with_their_study(tmp_path: Path) -> None:
    """The effect on the mediator first, and the indirect effect last, with its two tests."""
    whole = {
        "mediation_id": "alpha.m", "study": "alpha", "status": "estimated", "mediator": "wet",
        "mediator_spec": "alpha.t5.c1", "outcome_spec": "alpha.t5.c2", "indirect_effect": 0.1251,
        "sobel_p": 0.0101, "joint_p": 0.0202,
    }  # fmt: skip
    steps = pd.DataFrame(
        [("alpha.m", outcome, term, 0.1 * k, 0.3, 0.4)
         for k, (outcome, term) in enumerate(
             (("wet", "rule"), ("y", "rule"), ("y", "rule"), ("y", "wet")), start=1)],
        columns=["mediation_id", "outcome", "term", "estimate", "p_value", "assignment_p"],
    )  # fmt: skip
    compared = {
        "comparison_id": "alpha.h", "study": "alpha", "status": "estimated", "spec_a": "alpha.a",
        "spec_b": "alpha.b", "difference": 0.5004, "p_value": 0.0303, "assignment_p_value": None,
        "assignment_reason": "only one cluster", "permutation_p_value": 0.0404,
        "permutation_draws": 999, "permutation_reason": None,
    }  # fmt: skip
    read = reader(
        mediation=lambda _: pd.DataFrame([whole, whole | {"study": "bare", "status": "x"}]),
        mediation_steps=lambda _: steps,
        heterogeneity=lambda _: pd.DataFrame([compared, compared | {"status": "not estimable"}]),
    )
    found = sections(write_report(read, tmp_path, profile="own").page)
    assert [name for name, text in found.items() if "Through what" in text] == ["alpha"]
    cells = re.findall(r"<tr><td>(.*?)</tr>", found["alpha"], re.DOTALL)
    plain = [re.sub(r"\s*<.*?>\s*", "|", cell).strip("|").split("|") for cell in cells]
    plain = [[part for part in row if part] for row in plain]
    assert plain == [
        ["wet", "wet", "rule", "0.1000", "0.300", "0.400"],
        ["wet", "y", "rule", "0.2000", "0.300", "0.400"],
        ["wet", "y", "rule", "0.3000", "0.300", "0.400"],
        ["wet", "y", "wet", "0.4000", "0.300", "0.400"],
        ["wet", "y", "indirect", "中介效应", "0.1251", "0.010", "0.020"],
        ["alpha.a − alpha.b", "0.5004", "0.030", "only one cluster", "0.040"],
    ]


def test_without_any_figure_the_tables_are_printed(tmp_path: Path) -> None:
    made = write_report(reader(figures=lambda f: f.head(0)), tmp_path, profile="own")
    assert (made.n_figures, made.n_tables) == (0, 2)
    assert list(sections(made.page)) == ["", "zeta", "alpha"]


def test_where_nothing_is_asked_for_the_page_says_so(tmp_path: Path) -> None:
    empty = reader(figures=lambda f: f.head(0), table_specs=lambda f: f.head(0))
    made = write_report(empty, tmp_path, profile="own")
    assert (made.n_figures, made.n_tables, made.files) == (
        0, 0, (tmp_path / "own/index.html", tmp_path / "own/checks.html"),
    )  # fmt: skip
    assert "No figure and no table is asked for" in made.page.read_text(encoding="utf-8")


def test_the_mark_stands_where_the_data_are_simulated_and_only_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked: list[bool] = []

    def save(drawn: Figure, stem: Path, **_: object) -> list[Path]:
        marked.append(MARK.startswith(drawn.texts[0].get_text()))
        return []

    monkeypatch.setattr(report, "save", save)
    # The name of the published file says nothing of what a study rests on.
    for profile in ("simulated", "own"):
        made = write_report(reader(), tmp_path, profile=profile)
        found = sections(made.page)
        assert [name for name, text in found.items() if MARK in text] == ["zeta"]
        assert [name for name, text in found.items() if NOTE in text] == ["zeta"]
        assert "Data: open sources." in found["alpha"]
        for file in (tmp_path / profile / "tables").glob("*.md"):
            assert (NOTE in file.read_text(encoding="utf-8")) == file.stem.startswith("zeta")
    assert marked == [True] * 4


def test_a_waiver_stands_with_the_study_that_rests_on_it(tmp_path: Path) -> None:
    waived = reader(
        fits=lambda f: f.assign(waivers=f["study"].map({"alpha": "a_rule, by Li"})),
        descriptives=lambda f: f.assign(waivers="a_rule, by Li"),
    )
    made = write_report(waived, tmp_path, profile="own")
    found = sections(made.page)
    assert [name for name, text in found.items() if "a_rule" in text] == ["alpha"]
    # Once as the mark of the section, once in the note of the table, in either language.
    assert found["alpha"].count("a_rule, by Li") == 3
    for file in (tmp_path / "own/tables").glob("*.md"):
        assert ("a_rule" in file.read_text(encoding="utf-8")) == file.stem.startswith("alpha")


def test_index_policy_and_units_are_those_of_the_study(tmp_path: Path) -> None:
    frames = {name: reader()(sql) for name, sql in QUERIES.items()}
    labels = report._labels(frames)
    assert labels["zeta", "idx"] == figure_style.Label(
        "Quality of soil", "土壤质量", "index, 0 to 1"
    )
    assert labels["alpha", "y"].unit == "" and ("alpha", "idx") not in labels
    [row] = frames["figures"].query("kind == 'index_over_time'").to_dict("records")
    named: dict[str, Any] = {str(key): value for key, value in row.items()}
    drawn = report.draw(named, frames, labels, figure_style.Look("open"))
    [axes] = drawn.axes
    assert "quality of soil" in axes.get_ylabel()
    assert "Treated counties (3)" in [line.get_label() for line in axes.lines]
    write_report(reader(), tmp_path, profile="own")
    zeta, alpha = (
        (tmp_path / f"own/tables/{study}_table1_en.md").read_text(encoding="utf-8")
        for study in ("zeta", "alpha")
    )
    assert re.search(r"\| LAW +\|", zeta) and "IDX<br>(1)" in zeta
    assert "County fixed effect" in zeta and "clustered by county" in zeta
    assert re.search(r"\| rule +\|", alpha) and "City fixed effect" in alpha


def test_a_study_that_nothing_says_the_data_of_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not say what alpha rests on"):
        write_report(reader(profiles=lambda f: f.iloc[1:]), tmp_path, profile="own")


def test_who_is_treated_after_the_last_year_is_drawn_among_the_others() -> None:
    with duckdb.connect() as connection:
        connection.execute("""
            create schema marts;
            create schema results;
            create table results.figures as select 's' as study, 'v' as subject,
              'index_over_time' as kind;
            create table marts.regions as from (values
              ('s', 'a', true, 2003), ('s', 'b', false, 2030), ('s', 'c', false, null)
            ) as t (study, region_code, ever_treated, first_treated_year);
            create table marts.panel_long as select 's' as study, region_code, 'v' as variable_id,
              2005 as year, value
            from (values ('a', 8.0), ('b', 2.0), ('c', 4.0)) as t (region_code, value)
        """)
        means = connection.execute(QUERIES["means"]).df().set_index("treated")
        years = connection.execute(QUERIES["policy_years"]).fetchall()
    assert means["mean"].to_dict() == {True: 8, False: 3}
    assert means["n_units"].to_dict() == {True: 1, False: 2}
    assert years == [("s", 2003)]
