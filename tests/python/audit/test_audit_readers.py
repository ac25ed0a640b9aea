"""Pasted tables: one table in four formats reads as one, and what cannot be read is listed."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest

from nqp.audit import Paper, PrintedError, audit, read

MARKDOWN = """
Some text above.

**Table 2.** Baseline results

| Variables | Output (1) | Output (2) | Skill (3) |
|---|---|---|---|
| Policy | 0.0371\\*\\*\\* | 0.0085\\*\\* | −0.1200 |
|  | (0.0140) | (0.0037) | (0.0800) |
| ln(Size) |  | 1,204.5\\* |  |
|  |  | [702.1] |  |
| Constant | 0.0643*** (0.0037) | 0.0696*** (0.0007) | 2.0000*** (0.1000) |
| City FE | No | Yes | Yes |
| Year FE | No | Yes | Yes |
| Industry FE | No | No | Yes |
| Controls | No | No | Yes |
| R² | 0.0360 | 0.9778 | 0.5000 |
| Adj. R² | 0.0356 | 0.9749 | 0.4000 |
| Observations | 2,556 | 2,556 | 2,556 |

Note: Robust standard errors clustered at the city level in parentheses. \\* p < 0.1,
\\*\\* p < 0.05, \\*\\*\\* p < 0.01.
"""
LATEX = r"""
\begin{table}[htbp]\centering
\caption{Baseline results\label{tab:base}}
\begin{tabular}{l*{3}{c}} \toprule
 & \multicolumn{2}{c}{Output} & \multicolumn{1}{c}{Skill} \\ \cmidrule(lr){2-3}
 & (1) & (2) & (3) \\ \midrule % a remark
Policy & 0.0371\sym{***} & 0.0085$^{**}$ & $-$0.1200 \\
       & (0.0140) & (0.0037) & (0.0800) \\
ln(Size) & & 1,204.5\textsuperscript{*} & \\
 & & [702.1] & \\[1em]
Constant & 0.0643*** & 0.0696*** & 2.0000*** \\
 & (0.0037) & (0.0007) & (0.1000) \\ \hline
City FE & No & Yes & Yes \\
Year FE & No & Yes & Yes \\
Industry FE & No & No & Yes \\
Controls & No & No & Yes \\
\(R^{2}\) & 0.0360 & 0.9778 & 0.5000 \\
Adj. $R^2$ & 0.0356 & 0.9749 & 0.4000 \\
Observations & 2,556 & 2,556 & 2,556 \\ \bottomrule
\multicolumn{4}{l}{Robust standard errors clustered at the city level in parentheses}\\
\multicolumn{4}{l}{\footnotesize \sym{*} \(p<0.1\), \sym{**} \(p<0.05\), \sym{***} \(p<0.01\)}\\
\end{tabular}
\end{table}
"""
ROWS = (
    ("Policy", "0.0371***|0.0085**|−0.1200"), ("", "(0.0140)|(0.0037)|(0.0800)"),
    ("ln(Size)", "|1,204.5*|"), ("", "|[702.1]|"),
    ("Constant", "0.0643***|0.0696***|2.0000***"), ("", "(0.0037)|(0.0007)|(0.1000)"),
    ("City FE", "No|Yes|Yes"), ("Year FE", "No|Yes|Yes"), ("Industry FE", "No|No|Yes"),
    ("Controls", "No|No|Yes"), ("R-squared", "0.0360|0.9778|0.5000"),
    ("Adj. R-squared", "0.0356|0.9749|0.4000"), ("Observations", "2,556|2,556|2,556"),
)  # fmt: skip
NOTE = (
    "Note: Robust standard errors clustered at the city level in parentheses. * p < 0.1, "
    "** p < 0.05, *** p < 0.01."
)


def as_html() -> str:
    rows = "".join(
        f"<tr><td>{label}</td>"
        + "".join(f"<td>{c.replace('***', '<sup>***</sup>')}</td>" for c in cells.split("|"))
        + "</tr>"
        for label, cells in ROWS
    )
    return (
        "<html><head><title>x</title></head><body><p>Table 2. Baseline results</p><table>"
        "<tr><th rowspan=2>Variables</th><th colspan=2>Output</th><th>Skill</th></tr>"
        f"<tr><th>(1)</th><th>(2)</th><th>(3)</th></tr>{rows}</table><p>{NOTE}</p></body></html>"
    )


def as_docx(path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Table 2. Baseline results")
    table = document.add_table(rows=2 + len(ROWS), cols=4)
    wide = table.cell(0, 1).merge(table.cell(0, 2))
    wide.text = "Output"
    table.cell(0, 3).text = "Skill"
    for at, number in enumerate(("(1)", "(2)", "(3)"), 1):
        table.cell(1, at).text = number
    for down, (label, cells) in enumerate(ROWS, 2):
        for at, text in enumerate([label, *cells.split("|")]):
            table.cell(down, at).text = text
    document.add_paragraph(NOTE)
    document.save(str(path))


def paper(tmp_path: Path, suffix: str) -> Paper:
    path = tmp_path / f"paper{suffix}"
    if suffix == ".docx":
        as_docx(path)
    else:
        text = {".md": MARKDOWN, ".tex": LATEX, ".html": as_html()}[suffix]
        path.write_text(text, encoding="utf-8")
    [found] = read([path])
    return found


@pytest.mark.parametrize("suffix", [".md", ".tex", ".html", ".docx"])
def test_one_table_reads_the_same_in_every_format(tmp_path: Path, suffix: str) -> None:
    found = paper(tmp_path, suffix)
    assert [c.column_number for c in found.columns] == ["1", "2", "3"]
    assert [c.outcome for c in found.columns] == ["Output", "Output", "Skill"]
    cells = [
        (c.term, c.estimate and c.estimate.value, c.stars, c.parenthesis and c.parenthesis.value)
        for column in found.columns
        for c in column.coefficients
    ]
    assert cells == [
        ("Policy", 0.0371, "***", 0.014), ("Constant", 0.0643, "***", 0.0037),
        ("Policy", 0.0085, "**", 0.0037), ("ln(Size)", 1204.5, "*", 702.1),
        ("Constant", 0.0696, "***", 0.0007),
        ("Policy", -0.12, "", 0.08), ("Constant", 2.0, "***", 0.1),
    ]  # fmt: skip
    assert {c.kind for column in found.columns for c in column.coefficients} == {"se"}
    fits = [
        (c.n_obs and c.n_obs.value, c.r2 and c.r2.text, c.r2_adj and c.r2_adj.text)
        for c in found.columns
    ]
    assert fits == [(2556, "0.0360", "0.0356"), (2556, "0.9778", "0.9749"),
                    (2556, "0.5000", "0.4000")]  # fmt: skip
    has = [(c.unit_effects, c.time_effects, c.controls, c.other_effects) for c in found.columns]
    assert has == [
        (False, False, False, False), (True, True, False, False), (True, True, True, True)
    ]  # fmt: skip
    said = found.columns[0].declared
    assert (said.legend, said.errors, said.cluster) == (
        {"*": 0.1, "**": 0.05, "***": 0.01}, "clustered", "unit"
    )  # fmt: skip
    assert found.unread == ()


def test_tables_of_descriptive_statistics(tmp_path: Path) -> None:
    path = tmp_path / "paper.md"
    path.write_text(
        MARKDOWN + "\nTable 1. Descriptive statistics\n\n"
        "| Type | Variable | Obs | Mean | Std. Dev. | Min | Max |\n|-|-|-|-|-|-|-|\n"
        "| Outcome | Output | 2,556 | 0.0711 | 0.0757 | 0.0164 | 0.7407 |\n"
        "| | Policy | 2,556 | 0.1835 | 0.3871 | 0 | 1 |\n",
        encoding="utf-8",
    )
    [found] = read([path])
    assert [(d.variable, d.n_obs and d.n_obs.value) for d in found.descriptives] == [
        ("Output", 2556), ("Policy", 2556)
    ]  # fmt: skip
    policy = found.described("policy")
    assert policy is not None and policy.std_dev is not None and policy.std_dev.text == "0.3871"


def test_what_cannot_be_read_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "paper.md"
    path.write_text(
        MARKDOWN.replace("| 0.0085\\*\\* |", "| 0.00?5 |").replace(
            "| City FE", "| Pseudo R² | 0.1 | 0.2 | 0.3 |\n| City FE"
        )
        + "\nTable 9. Roster\n\n| Name | Place |\n|-|-|\n| a | b |\n| c | d |\n",
        encoding="utf-8",
    )
    [found] = read([path])
    text = " ".join(found.unread)
    for part in ("'0.00?5'", "(0.0037)", "'Pseudo R2'", "Table 9. Roster"):
        assert part in text, part


def test_panels_and_t_statistics(tmp_path: Path) -> None:
    path = tmp_path / "paper.md"
    path.write_text(
        "Table A1. Two panels\n\n| | (1) | (2) |\n|-|-|-|\n| Panel A: men | | |\n"
        "| x | 0.50*** | 0.40** |\n| | (5.00) | (2.10) |\n| N | 100 | 90 |\n"
        "| Panel B: women | | |\n| x | 0.20* | 0.10 |\n| | (1.80) | (0.70) |\n| N | 80 | 70 |\n\n"
        "t statistics in parentheses; * p<0.1, ** p<0.05, *** p<0.01\n",
        encoding="utf-8",
    )
    [found] = read([path])
    assert [(c.panel, c.column_number, c.n_obs and c.n_obs.value) for c in found.columns] == [
        ("Panel A: men", "1", 100), ("Panel B: women", "1", 80),
        ("Panel A: men", "2", 90), ("Panel B: women", "2", 70),
    ]  # fmt: skip
    assert {c.table_number for c in found.columns} == {"A1"}
    assert {k.kind for c in found.columns for k in c.coefficients} == {"t"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.md", b"no table here", "holds no table"),
        ("a.docx", b"no document", "no Word document"),
        ("a.md", "表".encode("gb18030"), "not UTF-8"),
        ("a.pdf", b"%PDF", "no table that is read"),
    ],
)
def test_pages_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PrintedError, match=says):
        read([path])
    with pytest.raises(PrintedError, match="is not there"):
        read([tmp_path / "none.csv"])


STYLES = """
Table 1. Effect of the minimum wage

| | OLS | OLS | IV | Logit |
| | (1) | (2) | (3) | (4) |
|---|---|---|---|---|
| Log minimum wage | 0.215∗∗∗ | 0.12† | −0.31 | 1.45∗ |
| | (0.042) | (0.065) | (0.44) | (0.70) |
| Female | | -0.184*** | -0.190*** | 0.33*** |
| | | (0.004) | (0.006) | (0.05) |
| Age × 10⁻² | | 1.2e-2 | 0.013 | 0.02 |
| | | (1.0e-2) | (0.011) | (0.03) |
| State FE | yes | yes | yes | yes |
| Year FE | yes | yes | yes | yes |
| Industry FE | | yes | yes | yes |
| Weighted N | 1,234,567.8 | 1,234,567.8 | 1,234,567.8 | 1,200,000.1 |
| Observations | 12 345 | 12 345 | 12 345 | 12 001 |
| R² | 0.41 | 0.53 | | |
| Within R² | 0.11 | 0.13 | | |
| Pseudo R² | | | | 0.12 |
| First-stage F | | | 12.3 | |

Notes: Standard errors clustered by state (50 clusters). † p<.10, * p<.05, ** p<.01, *** p<.001.

Table 2. First and second stage

| | First stage (1) | Second stage (2) | Reduced form (3) |
|---|---|---|---|
| Instrument | 0.354*** [5.02] | | 0.11** [2.40] |
| Wage | | 0.311** [2.20] | |
| N | 850 | 850 | 850 |
| R2 | 0.214 | | 0.10 |

t-statistics in brackets. *p<0.1; **p<0.05; ***p<0.01

Table 3. Marginal effects

| | (1) Employment | (2) Hours |
|---|---|---|
| Treatment | 0.034 (p = 0.021) | -0.5 (p = 0.300) |
| Mean of dep. var. | 0.61 | 31.2 |
| N | 5000 | 4800 |
"""


def test_the_many_ways_in_which_tables_are_printed_raise_nothing(tmp_path: Path) -> None:
    path = tmp_path / "paper.md"
    path.write_text(STYLES, encoding="utf-8")
    [found] = read([path])
    by_key = {c.key: c for c in found.columns}
    assert by_key["1", "", "1"].declared.n_clusters == 50
    assert by_key["1", "", "2"].coefficients[0].stars == "†"
    assert {c.kind for c in by_key["2", "", "1"].coefficients} == {"t"}
    assert {c.kind for c in by_key["3", "", "1"].coefficients} == {"p"}
    assert by_key["3", "", "2"].outcome == "Hours"
    assert audit(found).findings == ()
    assert len(found.unread) == 4  # weighted N, two R² of other kinds, a mean
