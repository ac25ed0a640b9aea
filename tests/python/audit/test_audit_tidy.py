"""The tidy file: texts as printed, what it declares, and errors that name file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from nqp.audit import Interval, Paper, PrintedError, notes, read, texts

HEAD = (
    "paper,table_number,column_number,panel,outcome,term,estimate_printed,parenthesis_printed,"
    "parenthesis,stars,n_obs,r2,r2_adj,unit_effects,time_effects"
)
ROW = "p,1,1,,y,x,0.50,0.10,se,***,100,0.30,,no,no"


def one(tmp_path: Path, *lines: str, head: str = HEAD) -> Paper:
    path = tmp_path / "tables.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    [paper] = read([path])
    return paper


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("0.0371", 0.03705, 0.03715),
        ("−.5", -0.55, -0.45),
        ("１．５", 1.45, 1.55),
        ("1,234.5", 1234.45, 1234.55),
        ("0,123", 0.1225, 0.1235),
        ("2 556", 2555.5, 2556.5),
        ("1.2e-05", 1.15e-5, 1.25e-5),
        ("1.2×10⁻⁵", 1.15e-5, 1.25e-5),
        ("12.3%", 0.1225, 0.1235),
        ("-0.0000", -0.00005, 0.0),
        ("0.0000", -0.00005, 0.00005),
        # Seven digits are all that there are; the zero behind them fills up.
        ("3519.5840", 3519.5835, 3519.5845),
        ("10453.7800", 10453.775, 10453.785),
        ("152732", 152731.5, 152732.5),
    ],
)
def test_a_number_is_all_that_rounds_to_it(text: str, low: float, high: float) -> None:
    found = texts.number(text)
    assert found is not None
    assert found.interval.low == pytest.approx(low, rel=1e-12)
    assert found.interval.high == pytest.approx(high, rel=1e-12, abs=1e-300)
    assert found.interval.low <= low and high <= found.interval.high


@pytest.mark.parametrize("text", ["", "-", "abc", "0.1 2", "1.2.3", "(0.5)", "1e999"])
def test_what_is_no_number(text: str) -> None:
    assert texts.number(text) is None


@pytest.mark.parametrize(
    ("text", "mark"),
    [("＊＊", "**"), ("∗", "*"), ("$^{***}$", "***"), ("†", "†"), ("3", "***"), ("n.s.", ""),
     ("", ""), ("?", None)],
)  # fmt: skip
def test_marks_in_one_writing(text: str, mark: str | None) -> None:
    assert texts.marks(text) == mark


def test_counts_are_exact() -> None:
    found = texts.count("N = 2,556")
    assert found is not None and found.interval == Interval.exact(2556)
    weighted = texts.count("1234.5")
    assert weighted is not None and weighted.interval.width > 0


@pytest.mark.parametrize(
    ("note", "legend", "kind", "errors"),
    [
        ("The figures in parentheses are robust standard errors clustered at the city level; \\*, "
         "\\*\\*, and \\*\\*\\* indicate significance at the 10%, 5%, and 1% levels, respectively.",
         "10 5 1", "se", ("clustered", "city")),
        ("Robust t-statistics in parentheses *** p<0.01, ** p<0.05, * p<0.1", "10 5 1", "t",
         ("robust", "")),
        ("注：***、**和*分别表示在1%、5%和10%的水平上显著，括号内为聚类到城市层面的稳健标准误",
         "10 5 1", "se", ("clustered", "城市")),
        ("* p < 0.05, ** p < 0.01, *** p < 0.001. Standard errors in brackets.", "5 1 0.1", "se",
         ("", "")),
        ("*, **, *** denote significance at the 10, 5 and 1 percent level. t-values based on "
         "standard errors in parentheses.", "10 5 1", "t", ("", "")),
        ("*** Significant at the 1 percent level. ** Significant at the 5 percent level. "
         "* Significant at the 10 percent level.", "10 5 1", "", ("", "")),
        ("Significant at the 1% (***), 5% (**), and 10% (*) level", "10 5 1", "", ("", "")),
        ("Yes it is", "", "", ("", "")),
    ],
)  # fmt: skip
def test_notes_declare(note: str, legend: str, kind: str, errors: tuple[str, str]) -> None:
    levels = dict(zip(("*", "**", "***"), (float(x) / 100 for x in legend.split()), strict=False))
    assert notes.legend(note) == pytest.approx(levels)
    assert notes.parenthesis(note) == kind
    assert notes.errors(note) == errors


def test_a_row_without_a_column_declares_for_its_table_and_without_a_table_for_all(
    tmp_path: Path,
) -> None:
    head = HEAD + ",legend,errors"
    paper = one(
        tmp_path,
        "p,,,,,,,,t,,,,,,,* 0.05 ** 0.01,robust",
        "p,2,,,,,,,p,,,,,,,,",
        "p,1,1,,y,x,0.50,2.10,,*,100,,,,,,",
        "p,2,1,,y,x,0.50,0.04,,*,,,,,,,clustered",
        head=head,
    )
    first, second = paper.columns
    assert [c.coefficients[0].kind for c in paper.columns] == ["t", "p"]
    assert first.declared.legend == second.declared.legend == {"*": 0.05, "**": 0.01}
    assert (first.declared.errors, second.declared.errors) == ("robust", "clustered")


def test_a_column_may_stand_without_coefficients(tmp_path: Path) -> None:
    paper = one(tmp_path, "p,1,1,,y,,,,,,100,0.30,0.29,no,no")
    assert paper.columns[0].coefficients == ()
    assert paper.columns[0].n_obs is not None


def test_two_files_are_one_paper(tmp_path: Path) -> None:
    tables, moments = tmp_path / "tables.csv", tmp_path / "moments.csv"
    tables.write_text(f"{HEAD}\n{ROW}\n", encoding="utf-8")
    moments.write_text("table_number,variable,mean_printed\n2,x,0.5\n", encoding="utf-8")
    [paper] = read([tables, moments])
    assert (paper.name, len(paper.columns), len(paper.descriptives)) == ("p", 1, 1)


@pytest.mark.parametrize(
    ("lines", "head", "says"),
    [
        ([ROW], HEAD.replace("stars", "star"), r"line 1: no column is called 'star'.*'stars'"),
        ([ROW], HEAD.replace(",term", ""), r"line 1: the column 'term' is missing"),
        ([ROW + ",9"], HEAD, r"line 2: 16 cells under 15 columns"),
        ([ROW.replace("0.50", "0.5O")], HEAD, r"line 2, column estimate_printed: '0.5O'"),
        ([ROW.replace(",se,", ",sd,")], HEAD, r"line 2, column parenthesis: 'sd'.*se, t, p"),
        ([ROW.replace(",100,", ",many,")], HEAD, r"line 2, column n_obs: 'many'"),
        ([ROW, ROW], HEAD, r"line 3, column term: 'x' stands in line 2 too"),
        ([ROW, ROW.replace(",x,", ",z,").replace("100", "99")], HEAD,
         r"column n_obs: column 1 of table 1 has '100' in line 2 and '99' in line 3"),
        ([ROW.replace("p,1,1", "p,1,")], HEAD, r"line 2, column column_number"),
        ([], "", r"is empty"),
    ],
)  # fmt: skip
def test_errors_name_file_line_and_column(
    tmp_path: Path, lines: list[str], head: str, says: str
) -> None:
    with pytest.raises(PrintedError, match=r"tables\.csv.*" + says):
        one(tmp_path, *lines, head=head)


def test_intervals_hold_what_they_are_made_of() -> None:
    a, b = Interval(1.0, 2.0), Interval(-1.0, 3.0)
    assert (a + b).low <= 0 and (a + b).high >= 5
    assert (a * b).low <= -2 and (a * b).high >= 6
    assert (a / Interval(0.0, 1.0)).high == float("inf")
    assert (a / b) == Interval(-float("inf"), float("inf"))
    assert b.square().low == 0 and 9 in b.square()
    assert list(Interval(2.5, 5.0).whole()) == [3, 4, 5]
    assert not Interval(2.1, 2.9).has_whole()
    third = Interval.exact(1) / 3
    assert third.low < 1 / 3 < third.high
    with pytest.raises(ValueError, match="cannot run"):
        Interval(2.0, 1.0)
