"""The papers' tables as lists: transcription, and the figures that the typed list quotes.

The lists were typed by hand. `read_paper` reads the same tables from the papers' text, where that
is at hand. What the numbers say of each other is the audit's affair (tests/python/audit).
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from pathlib import Path

import pytest

from definitions_for_tests import definitions

ROOT = Path(__file__).resolve().parents[3]
PAPERS = {
    "city": ROOT / "../shared/papers/000_e689ae0726649bac.txt",
    "province": ROOT / "../shared/papers/001_1d270e25b1daf15f.txt",
}

Row = dict[str, str]


def listed(name: str) -> list[Row]:
    """Rows of the two papers; other studies may publish tables of theirs."""
    frame = definitions(f"published_{name}")
    frame = frame[frame["study"].isin(PAPERS)]
    return [{str(k): str(v) for k, v in row.items()} for row in frame.to_dict("records")]


DESCRIPTIVES = {(r["study"], r["variable_id"]): r for r in listed("descriptives")}
COEFFICIENTS = {(r["spec_id"], r["term"]): r for r in listed("coefficients")}
FITS = {r["spec_id"]: r for r in listed("fits")}
CONTRADICTIONS = {r["contradiction_id"]: r for r in listed("contradictions")}

CONTROLS = {
    "city": {"LnGDP", "Fin", "Str", "Com", "Gov"},
    "province": {"Tin", "Con", "Fin", "Infra", "Ide"},
}
COLUMNS = {
    "city": {3: 4, 4: 4, 5: 4, 6: 4},
    "province": {3: 4, 4: 3, 5: 6, 6: 3},
}
# (mediator equation, equation with the mediator): c is in column 4 of Table 3.
CHANNELS = {
    "Index": ("city.t5.c1", "city.t5.c2"),
    "LnGIP": ("city.t5.c3", "city.t5.c4"),
    "ln_Labor": ("province.t5.c1", "province.t5.c2"),
    "Er": ("province.t5.c3", "province.t5.c4"),
    "Pati": ("province.t5.c5", "province.t5.c6"),
}


def coefficient(spec_id: str, term: str) -> tuple[float, float]:
    row = COEFFICIENTS[spec_id, term]
    return float(row["estimate"]), float(row["std_error"])


def terms(spec_id: str) -> set[str]:
    return {term for spec, term in COEFFICIENTS if spec == spec_id}


# --- transcription ---------------------------------------------------------------------------


def test_row_counts() -> None:
    assert len(listed("fits")) == len(FITS) == 32
    assert len(listed("coefficients")) == len(COEFFICIENTS) == 89
    assert len(listed("descriptives")) == len(DESCRIPTIVES) == 19
    assert len(listed("contradictions")) == len(CONTRADICTIONS) == 38


def test_every_column_of_tables_3_to_6_is_there() -> None:
    expected = {
        f"{study}.t{table}.c{column}"
        for study, tables in COLUMNS.items()
        for table, count in tables.items()
        for column in range(1, count + 1)
    }
    assert FITS.keys() == expected
    assert {spec for spec, _ in COEFFICIENTS} == expected


@pytest.mark.parametrize("name", ["coefficients", "fits"])
def test_spec_id_spells_its_study_table_and_column(name: str) -> None:
    for row in listed(name):
        assert row["spec_id"] == "{study}.t{table_number}.c{column_number}".format(**row)
        assert row["outcome"] == FITS[row["spec_id"]]["outcome"]


def test_the_files_are_utf8_with_plain_line_ends() -> None:
    files = sorted((ROOT / "studies").glob("*/published/*"))
    assert len([file for file in files if file.parent.parent.name in PAPERS]) == 8
    for file in files:
        data = file.read_bytes()
        data.decode("utf-8")
        assert b"\r" not in data and data.endswith(b"\n"), file.name


@pytest.mark.parametrize("name", ["descriptives", "coefficients", "fits"])
def test_numbers_are_the_printed_text(name: str) -> None:
    numeric = 0
    for row in listed(name):
        for column, text in row.items():
            number = column.removesuffix("_printed")
            if number == column or number not in row or number.endswith("_effects"):
                continue
            if number != "controls":
                assert Decimal(row[number]) == Decimal(text), (row, column)
                numeric += 1
    assert numeric == {"descriptives": 19 * 4, "coefficients": 89 * 2, "fits": 32 * 2}[name]


def test_flags_are_the_printed_text() -> None:
    for spec_id, fit in FITS.items():
        for flag in ("unit_effects", "time_effects"):
            assert fit[flag] == {"YES": "true", "NO": "false"}[fit[f"{flag}_printed"].upper()]
        if fit["table_number"] == "3":
            assert fit["controls_printed"] == ""
            assert fit["controls"] == str(CONTROLS[fit["study"]] <= terms(spec_id)).lower()
        else:
            assert (fit["controls"], fit["controls_printed"].upper()) == ("true", "YES")


@pytest.mark.parametrize("spec_id", sorted(FITS))
def test_terms_of_each_column(spec_id: str) -> None:
    study, table, column = spec_id.split(".")
    expected = {"bdpz", "_cons"}
    if table == "t3" and column in ("c3", "c4"):
        expected |= CONTROLS[study]
    for mediator, (first, second) in CHANNELS.items():
        if spec_id == first:
            assert FITS[spec_id]["outcome"] == mediator
        if spec_id == second:
            expected.add(mediator)
    assert terms(spec_id) == expected
    if spec_id not in {first for first, _ in CHANNELS.values()}:
        assert FITS[spec_id]["outcome"] == "nqp"


# --- the same tables, read from the papers by program ----------------------------------------

CELL = re.compile(r"^(-?[\d.]+)(\*{0,3}) \(([\d.]+)\)$")
CAPTION = re.compile(r"^\**(Table (\d)\.)\** (.+)$")
NAMES = {"NQP": "nqp", "BDPZs": "bdpz", "Constant": "_cons", "ln(Labor)": "ln_Labor"}


def paper_notes(study: str) -> dict[int, str]:
    """The note beneath each table that has one."""
    notes: dict[int, str] = {}
    number = 0
    for line in PAPERS[study].read_text(encoding="utf-8").splitlines():
        if caption := CAPTION.match(line):
            number = int(caption[2])
        elif line.startswith("Note:"):
            notes.setdefault(number, line.replace("\\*", "*"))
    return notes


def paper_tables(study: str) -> dict[int, tuple[str, list[list[str]]]]:
    """Caption and tab-separated rows of each table, numbered as the text numbers them."""
    path = PAPERS[study]
    if not path.exists():
        pytest.skip(f"the text of the {study} paper is not beside the repository")
    tables: dict[int, tuple[str, list[list[str]]]] = {}
    rows: list[list[str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if caption := CAPTION.match(line):
            number = int(caption[2])
            while number in tables:  # the city paper has two tables captioned 3
                number += 1
            rows = []
            tables[number] = (f"{caption[1]} {caption[3]}", rows)
        elif "\t" in line:
            rows.append([cell.strip() for cell in line.split("\t")])
    return tables


def read_paper(study: str) -> tuple[list[Row], list[Row], list[Row]]:
    """Descriptives, coefficients and fits with the lists' columns, as printed."""
    tables, notes = paper_tables(study), paper_notes(study)
    descriptives = []
    for cells in tables[2][1]:
        *names, n, mean, sd, low, high = cells
        if n.isdigit():
            descriptives.append(
                {
                    "study": study,
                    "table_number": "2",
                    "variable_id": NAMES.get(names[-1], names[-1]),
                    "n_obs": n,
                    "mean_printed": mean,
                    "std_dev_printed": sd,
                    "minimum_printed": low,
                    "maximum_printed": high,
                }
            )
    coefficients: list[Row] = []
    fits: list[Row] = []
    for table in range(3, 7):
        title, rows = tables[table]
        first = next(i for i, cells in enumerate(rows) if cells[0] == "BDPZs")
        for column in range(1, len(rows[first])):
            top = rows[0][1 : column + 1]
            heading = [next(cell for cell in reversed(top) if cell)]
            heading += [cells[column] for cells in rows[1:first]]
            name = heading[0].split(" ")[0]
            outcome = NAMES.get(name, name)
            key = {
                "spec_id": f"{study}.t{table}.c{column}",
                "study": study,
                "table_number": str(table),
                "column_number": str(column),
                "outcome": outcome if outcome in CHANNELS else "nqp",
            }
            fit = key | {
                "controls_printed": "",
                "heading_printed": " ".join(heading),
                "table_title_printed": title,
                "note_printed": notes.get(table, ""),
            }
            for cells in rows[first:]:
                label, text = cells[0].lower(), cells[column]
                if cell := CELL.match(text):
                    coefficients.append(
                        key
                        | {
                            "term": NAMES.get(cells[0], cells[0]),
                            "stars": str(len(cell[2])),
                            "estimate_printed": cell[1],
                            "std_error_printed": cell[3],
                        }
                    )
                elif label.startswith("r <sup>"):
                    fit["r2_printed"] = text
                elif label.startswith("adj.r"):
                    fit["r2_adj_printed"] = text
                elif label == "n":
                    fit["n_obs"] = text
                elif label.startswith(("year", "time")):
                    fit["time_effects_printed"] = text
                elif label.startswith(("city", "individual")):
                    fit["unit_effects_printed"] = text
                elif label == "control variables":
                    fit["controls_printed"] = text
                else:
                    assert text == "", f"unread cell {text!r} of {cells[0]!r}, {title}"
            fits.append(fit)
    return descriptives, coefficients, fits


@pytest.mark.parametrize("study", sorted(PAPERS))
def test_the_lists_are_what_a_program_reads_in_the_papers(study: str) -> None:
    names = ("descriptives", "coefficients", "fits")
    for name, read in zip(names, read_paper(study), strict=True):
        derived = {"mean", "std_dev", "minimum", "maximum", "estimate", "std_error"}
        derived |= {"r2", "r2_adj", "unit_effects", "time_effects", "controls", "cluster"}
        typed = [
            {column: text for column, text in row.items() if column not in derived}
            for row in listed(name)
            if row["study"] == study
        ]

        def order(row: Row) -> tuple[str, str]:
            return row.get("spec_id", ""), row.get("term", row.get("variable_id", ""))

        assert sorted(typed, key=order) == sorted(read, key=order)


# --- the figures quoted in the list of contradictions ----------------------------------------


def spread_ratio(units: int, drawn: int, treated: int) -> str:
    """Placebo spread is proportional to 1 / sqrt(m (n - m) / n)."""
    ratio = math.sqrt(treated * (units - treated) / (drawn * (units - drawn)))
    return f"{abs(ratio - 1):.0%} {'narrower' if ratio < 1 else 'wider'}"


@pytest.mark.parametrize(
    ("contradiction_id", "figures"),
    [
        ("city_placebo_count", [spread_ratio(284, 120, 67)]),
        ("province_placebo_count", [spread_ratio(28, 6, 9)]),
        ("city_matching_rows", ["1,816", f"{67 * 9}", f"{2 * 67 * 9:,}"]),
        ("province_matching_rows", ["199", f"{9 * 11}", f"{2 * 9 * 11}"]),
        ("city_winsorised", [f"t = {0.0085 / 0.0036:.2f}", f"t = {0.0041 / 0.0024:.2f}"]),
        ("province_neighbour_text", [f"{1 - 0.0173 / 0.0240:.0%}"]),
    ],
)
def test_figures_quoted_in_contradictions(contradiction_id: str, figures: list[str]) -> None:
    row = CONTRADICTIONS[contradiction_id]
    text = " ".join((row["says"], row["but"], row["effect"]))
    for figure in figures:
        assert figure in text, (figure, text)


def test_contradictions_are_filled_in() -> None:
    for row in CONTRADICTIONS.values():
        assert all(text.strip() == text and text for text in row.values()), row
        assert row["paper"] == row["contradiction_id"].split("_")[0]
