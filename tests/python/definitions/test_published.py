"""The papers' tables as lists: transcription, and agreement of the numbers with each other.

The lists were typed by hand. `read_paper` reads the same tables from the papers' text, where that
is at hand; the other tests need the lists alone and hold the numbers against each other.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from pathlib import Path

import pytest
from scipy import stats

from definitions_for_tests import definitions

ROOT = Path(__file__).resolve().parents[3]
PAPERS = {
    "city": ROOT / "../shared/papers/000_e689ae0726649bac.txt",
    "province": ROOT / "../shared/papers/001_1d270e25b1daf15f.txt",
}

Row = dict[str, str]


def listed(name: str) -> list[Row]:
    frame = definitions(f"published_{name}")
    return [{str(k): str(v) for k, v in row.items()} for row in frame.to_dict("records")]


DESCRIPTIVES = {(r["study"], r["variable_id"]): r for r in listed("descriptives")}
COEFFICIENTS = {(r["spec_id"], r["term"]): r for r in listed("coefficients")}
FITS = {r["spec_id"]: r for r in listed("fits")}
CONTRADICTIONS = {r["contradiction_id"]: r for r in listed("contradictions")}

YEARS = {"city": 9, "province": 11}
UNITS = {"city": 284, "province": 28}
CONTROLS = {
    "city": {"LnGDP", "Fin", "Str", "Com", "Gov"},
    "province": {"Tin", "Con", "Fin", "Infra", "Ide"},
}
COLUMNS = {
    "city": {3: 4, 4: 4, 5: 4, 6: 4},
    "province": {3: 4, 4: 3, 5: 6, 6: 3},
}
MATCHED = {"city.t4.c1", "city.t4.c2", "province.t4.c1", "province.t4.c2"}
# (mediator equation, equation with the mediator): c is in column 4 of Table 3.
CHANNELS = {
    "Index": ("city.t5.c1", "city.t5.c2"),
    "LnGIP": ("city.t5.c3", "city.t5.c4"),
    "ln_Labor": ("province.t5.c1", "province.t5.c2"),
    "Er": ("province.t5.c3", "province.t5.c4"),
    "Pati": ("province.t5.c5", "province.t5.c6"),
}
# Coefficients of variables in large raw units: four decimals show nothing of them.
PRINTED_AS_ZERO = {
    ("province.t3.c3", "Tin"),
    ("province.t3.c3", "Ide"),
    ("province.t3.c4", "Tin"),
    ("province.t3.c4", "Ide"),
    ("province.t5.c6", "Pati"),
}
# Starred at 10%, while the printed digits give p = .1015; rounding covers the difference.
STARS_OFF_AT_PRINTED_DIGITS = {("city.t3.c4", "LnGDP")}


def half_unit(printed: str) -> float:
    """Half a unit of the last printed digit: how far the number may be from its print."""
    return 0.5 * 10.0 ** -len(printed.partition(".")[2])


def coefficient(spec_id: str, term: str) -> tuple[float, float]:
    row = COEFFICIENTS[spec_id, term]
    return float(row["estimate"]), float(row["std_error"])


def terms(spec_id: str) -> set[str]:
    return {term for spec, term in COEFFICIENTS if spec == spec_id}


def years(spec_id: str) -> int:
    return 6 if spec_id == "city.t4.c4" else YEARS[FITS[spec_id]["study"]]  # 2014-2019


def regressors(spec_id: str) -> int:
    """Slopes apart from fixed effects: the pilot dummy, a mediator, five controls."""
    fit = FITS[spec_id]
    mediators = 1 if terms(spec_id) & CHANNELS.keys() else 0
    return 1 + mediators + (5 if fit["controls"] == "true" else 0)


def parameters(spec_id: str, units: int) -> int:
    """Constant, slopes, unit and year effects, one of each left out."""
    k = 1 + regressors(spec_id)
    if FITS[spec_id]["unit_effects"] == "true":
        k += units - 1
    if FITS[spec_id]["time_effects"] == "true":
        k += years(spec_id) - 1
    return k


def adjusted_r2_fits(spec_id: str, k: int) -> bool:
    """Whether 1 - (1 - R2)(N - 1)/(N - k) is the printed adjusted R2 to rounding."""
    fit = FITS[spec_id]
    n = int(fit["n_obs"])
    factor = (n - 1) / (n - k)
    implied = 1 - (1 - float(fit["r2"])) * factor
    slack = half_unit(fit["r2_adj_printed"]) + factor * half_unit(fit["r2_printed"])
    return abs(implied - float(fit["r2_adj"])) <= slack + 1e-12


def matched_units(spec_id: str) -> list[int]:
    """Numbers of units after matching that the printed R2 and adjusted R2 allow."""
    everyone = UNITS[FITS[spec_id]["study"]]
    return [
        units
        for units in range(2, everyone + 1)
        if adjusted_r2_fits(spec_id, parameters(spec_id, units))
    ]


def units(spec_id: str) -> int:
    if spec_id in MATCHED:
        return matched_units(spec_id)[0]
    quotient, rest = divmod(int(FITS[spec_id]["n_obs"]), years(spec_id))
    assert rest == 0, f"{spec_id}: rows are no multiple of {years(spec_id)} years"
    return quotient


def degrees_of_freedom(spec_id: str) -> int:
    """Clusters less one in the city paper, rows less parameters in the province paper."""
    if FITS[spec_id]["study"] == "city":
        return units(spec_id) - 1
    return int(FITS[spec_id]["n_obs"]) - parameters(spec_id, units(spec_id))


def stars_of(t: float, df: int) -> int:
    p = 2 * float(stats.t.sf(t, df))
    return sum(p < level for level in (0.10, 0.05, 0.01))


# --- transcription ---------------------------------------------------------------------------


def test_row_counts() -> None:
    assert len(listed("fits")) == len(FITS) == 32
    assert len(listed("coefficients")) == len(COEFFICIENTS) == 89
    assert len(listed("descriptives")) == len(DESCRIPTIVES) == 19
    assert len(listed("contradictions")) == len(CONTRADICTIONS) == 51


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
    assert len(files) == 8
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
    tables = paper_tables(study)
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
        derived |= {"r2", "r2_adj", "unit_effects", "time_effects", "controls"}
        typed = [
            {column: text for column, text in row.items() if column not in derived}
            for row in listed(name)
            if row["study"] == study
        ]

        def order(row: Row) -> tuple[str, str]:
            return row.get("spec_id", ""), row.get("term", row.get("variable_id", ""))

        assert sorted(typed, key=order) == sorted(read, key=order)


# --- the printed numbers against each other --------------------------------------------------


@pytest.mark.parametrize("key", sorted(DESCRIPTIVES), ids=".".join)
def test_descriptives_are_possible(key: tuple[str, str]) -> None:
    row = DESCRIPTIVES[key]
    n, mean, sd, low, high = (
        float(row[c]) for c in ("n_obs", "mean", "std_dev", "minimum", "maximum")
    )
    assert n == UNITS[key[0]] * YEARS[key[0]]
    assert low < mean < high
    # Bhatia and Davis: the variance is at most (max - mean)(mean - min).
    assert 0 < sd <= math.sqrt((high - mean) * (mean - low) * n / (n - 1)) * 1.001


@pytest.mark.parametrize(("study", "treated"), [("city", 67), ("province", 9)])
def test_mean_of_the_pilot_dummy_gives_the_treated_units(study: str, treated: int) -> None:
    row = DESCRIPTIVES[study, "bdpz"]
    n = int(row["n_obs"])
    share = treated * 7 / n  # 2016 to 2022
    assert abs(share - float(row["mean"])) <= half_unit(row["mean_printed"])
    sd = math.sqrt(share * (1 - share) * n / (n - 1))
    assert abs(sd - float(row["std_dev"])) <= half_unit(row["std_dev_printed"])


@pytest.mark.parametrize("study", ["city", "province"])
def test_slope_of_column_1_agrees_with_r2_and_descriptives(study: str) -> None:
    """With one regressor R2 = (b s_x / s_y)^2."""
    y, x = DESCRIPTIVES[study, "nqp"], DESCRIPTIVES[study, "bdpz"]
    slope, _ = coefficient(f"{study}.t3.c1", "bdpz")
    r2 = (slope * float(x["std_dev"]) / float(y["std_dev"])) ** 2
    relative = 2 * sum(
        half_unit(row[f"{column}_printed"]) / abs(float(row[column]))
        for row, column in (
            (x, "std_dev"),
            (y, "std_dev"),
            (COEFFICIENTS[f"{study}.t3.c1", "bdpz"], "estimate"),
        )
    )
    assert float(FITS[f"{study}.t3.c1"]["r2"]) == pytest.approx(r2, rel=relative, abs=5e-5)


def test_province_errors_are_conventional_and_city_errors_are_not() -> None:
    """With one regressor and i.i.d. errors t^2 = R2 (N - 2) / (1 - R2)."""
    implied = {}
    for study in ("city", "province"):
        fit = FITS[f"{study}.t3.c1"]
        r2, n = float(fit["r2"]), int(fit["n_obs"])
        slope, _ = coefficient(f"{study}.t3.c1", "bdpz")
        implied[study] = slope / math.sqrt(r2 * (n - 2) / (1 - r2))
    assert f"{implied['province']:.4f}" == "0.0136"
    assert (
        f"{implied['province']:.4f}" == COEFFICIENTS["province.t3.c1", "bdpz"]["std_error_printed"]
    )
    assert coefficient("city.t3.c1", "bdpz")[1] > 3 * implied["city"]


@pytest.mark.parametrize(
    "spec_id", ["city.t3.c1", "city.t3.c2", "city.t3.c3", "city.t3.c4", "province.t3.c1"]
)
def test_constant_is_the_mean_not_explained_by_the_slopes(spec_id: str) -> None:
    study = FITS[spec_id]["study"]
    nqp = DESCRIPTIVES[study, "nqp"]
    expected, slack = float(nqp["mean"]), half_unit(nqp["mean_printed"])
    for term in terms(spec_id) - {"_cons"}:
        row, x = COEFFICIENTS[spec_id, term], DESCRIPTIVES[study, term]
        slope, mean = float(row["estimate"]), float(x["mean"])
        expected -= slope * mean
        slack += half_unit(row["estimate_printed"]) * mean
        slack += half_unit(x["mean_printed"]) * abs(slope)
    constant = COEFFICIENTS[spec_id, "_cons"]
    slack += half_unit(constant["estimate_printed"])
    assert abs(float(constant["estimate"]) - expected) <= slack + 1e-12


def test_province_constant_with_effects_is_that_of_a_base_unit_and_year() -> None:
    slope, _ = coefficient("province.t3.c2", "bdpz")
    at_means = float(DESCRIPTIVES["province", "nqp"]["mean"]) - slope * float(
        DESCRIPTIVES["province", "bdpz"]["mean"]
    )
    assert f"{at_means:.4f}" == "0.1395"
    assert coefficient("province.t3.c2", "_cons")[0] - at_means > 0.04


@pytest.mark.parametrize("spec_id", sorted(FITS.keys() - MATCHED))
def test_adjusted_r2_agrees_with_r2_rows_and_parameters(spec_id: str) -> None:
    assert adjusted_r2_fits(spec_id, parameters(spec_id, units(spec_id)))


@pytest.mark.parametrize(
    ("spec_id", "fewest", "most"),
    [
        ("city.t4.c1", 268, 280),
        ("city.t4.c2", 273, 284),
        ("province.t4.c1", 26, 26),
        ("province.t4.c2", 26, 26),
    ],
)
def test_units_left_after_matching(spec_id: str, fewest: int, most: int) -> None:
    possible = matched_units(spec_id)
    assert possible == list(range(fewest, most + 1))
    # Fewer rows than a full panel of even the fewest units: matching was on rows, not units.
    # The city paper's kernel column drops too few rows to tell.
    on_rows = int(FITS[spec_id]["n_obs"]) < fewest * years(spec_id)
    assert on_rows == (spec_id != "city.t4.c2")


def test_subgroups_add_up_in_the_city_paper_and_miss_33_rows_in_the_other() -> None:
    n = {spec_id: int(fit["n_obs"]) for spec_id, fit in FITS.items()}
    assert n["city.t6.c1"] + n["city.t6.c2"] == n["city.t3.c4"] == 2556
    assert n["city.t6.c3"] + n["city.t6.c4"] == 2556
    assert units("city.t6.c1") == 19
    assert n["province.t6.c1"] + n["province.t6.c2"] + n["province.t6.c3"] == 308 - 33
    assert [units(f"province.t6.c{c}") for c in (1, 2, 3)] == [10, 6, 9]


@pytest.mark.parametrize("key", sorted(COEFFICIENTS), ids=".".join)
def test_standard_errors_are_positive_unless_printed_as_zero(key: tuple[str, str]) -> None:
    row = COEFFICIENTS[key]
    if key in PRINTED_AS_ZERO:
        assert row["std_error_printed"] == "0.0000"
        assert row["estimate_printed"] in ("0.0000", "-0.0000")
    else:
        assert float(row["std_error"]) > 0


@pytest.mark.parametrize("key", sorted(COEFFICIENTS.keys() - PRINTED_AS_ZERO), ids=".".join)
def test_stars_agree_with_t(key: tuple[str, str]) -> None:
    row, df = COEFFICIENTS[key], degrees_of_freedom(key[0])
    estimate, error, printed = abs(float(row["estimate"])), float(row["std_error"]), row["stars"]
    at_print = stars_of(estimate / error, df)
    assert (at_print != int(printed)) == (key in STARS_OFF_AT_PRINTED_DIGITS)

    d_estimate = half_unit(row["estimate_printed"])
    d_error = half_unit(row["std_error_printed"])
    least = stars_of(max(estimate - d_estimate, 0.0) / (error + d_error), df)
    most = stars_of((estimate + d_estimate) / (error - d_error), df)
    assert least <= int(printed) <= most


@pytest.mark.parametrize("mediator", sorted(CHANNELS.keys() - {"Pati"}))
def test_total_effect_is_direct_plus_indirect(mediator: str) -> None:
    first, second = CHANNELS[mediator]
    total = COEFFICIENTS[f"{FITS[first]['study']}.t3.c4", "bdpz"]
    direct, a, b = (
        COEFFICIENTS[second, "bdpz"],
        COEFFICIENTS[first, "bdpz"],
        COEFFICIENTS[second, mediator],
    )
    slack = (
        half_unit(total["estimate_printed"])
        + half_unit(direct["estimate_printed"])
        + half_unit(a["estimate_printed"]) * abs(float(b["estimate"]))
        + half_unit(b["estimate_printed"]) * abs(float(a["estimate"]))
    )
    gap = (
        float(total["estimate"])
        - float(direct["estimate"])
        - float(a["estimate"]) * float(b["estimate"])
    )
    assert abs(gap) <= slack


def test_unprinted_b_of_green_patents_follows_from_the_identity() -> None:
    total, _ = coefficient("province.t3.c4", "bdpz")
    direct, _ = coefficient("province.t5.c6", "bdpz")
    a, _ = coefficient("province.t5.c5", "bdpz")
    b = (total - direct) / a
    assert f"{b:.2e}" == "7.05e-06"
    # Consistent with its print: it rounds to 0.0000.
    assert b < half_unit(COEFFICIENTS["province.t5.c6", "Pati"]["estimate_printed"])


# --- the figures quoted in the list of contradictions ----------------------------------------


def indirect(mediator: str) -> list[str]:
    """Indirect effect, its share of the total, Sobel's z and, unless tiny, p."""
    first, second = CHANNELS[mediator]
    a, sa = coefficient(first, "bdpz")
    b, sb = coefficient(second, mediator)
    total, _ = coefficient(f"{FITS[first]['study']}.t3.c4", "bdpz")
    z = a * b / math.hypot(a * sb, b * sa)
    p = 2 * float(stats.norm.sf(z))
    share = a * b / total * 100
    quoted = [f"{a * b:.5f}", f"{share:.0f}%" if share > 10 else f"{share:.1f}%", f"z = {z:.2f}"]
    return quoted if p < 0.001 else [*quoted, f"p = {p:.3f}".replace("0.", ".")]


def difference_p(one: str, other: str) -> str:
    """p-value of the difference of two independent estimates."""
    (b1, s1), (b2, s2) = coefficient(one, "bdpz"), coefficient(other, "bdpz")
    p = 2 * float(stats.norm.sf(abs(b1 - b2) / math.hypot(s1, s2)))
    return f"p = {p:.3f}".replace("0.", ".")


def spread_ratio(units: int, drawn: int, treated: int) -> str:
    """Placebo spread is proportional to 1 / sqrt(m (n - m) / n)."""
    ratio = math.sqrt(treated * (units - treated) / (drawn * (units - drawn)))
    return f"{abs(ratio - 1):.0%} {'narrower' if ratio < 1 else 'wider'}"


@pytest.mark.parametrize(
    ("contradiction_id", "figures"),
    [
        ("city_placebo_count", [spread_ratio(284, 120, 67)]),
        ("province_placebo_count", [spread_ratio(28, 6, 9)]),
        ("city_lngip_mediation", indirect("LnGIP")),
        ("city_few_digits", indirect("Index")),
        ("province_er_mediation", indirect("Er")),
        ("city_resource_difference", [difference_p("city.t6.c3", "city.t6.c4")]),
        ("city_key_clusters", [difference_p("city.t6.c1", "city.t6.c2")]),
        (
            "province_region_difference",
            [
                difference_p("province.t6.c3", "province.t6.c2"),
                difference_p("province.t6.c1", "province.t6.c3"),
            ],
        ),
        ("city_matching_rows", ["1,816", f"{67 * 9}", f"{2 * 67 * 9:,}"]),
        ("province_matching_rows", ["199", f"{9 * 11}", f"{2 * 9 * 11}"]),
        ("city_winsorised", [f"t = {0.0085 / 0.0036:.2f}", f"t = {0.0041 / 0.0024:.2f}"]),
        ("province_neighbour_text", [f"{1 - 0.0173 / 0.0240:.0%}"]),
        ("city_lngdp_star", [f"{2 * stats.t.sf(0.0069 / 0.0042, 283):.4f}".removeprefix("0")]),
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
