"""The cells to look at: few on the simulated default, the wrong ones of the real files, and faults
planted into the simulated figures, found by the SQL as the build compiled it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from nqp import terminal
from nqp.terminal import review
from nqp.text_width import display_width
from warehouse import ROOT, Warehouse

pytestmark = pytest.mark.build

CELL = ["level", "series_id", "source_id", "region_code", "year"]
COLUMN = CELL[:3]
DEFINITIONS = ("regions", "series", "units", "identities", "region_changes")
RULES = ROOT / "models" / "quality" / "rules"
# In the order of their refs.
MODELS = (
    "intermediate/source_choice",
    "intermediate/disagreements",
    "quality/rules/departures",
    *(f"quality/rules/{path.stem}" for path in sorted(RULES.glob("found_*.sql"))),
    "quality/findings",
)
JUMPS = ("quality/rules/departures", "quality/rules/found_jumps")


class Rules:
    """The rules in a database of their own, to be run on figures that a test makes.

    observations: the figures of the profile, as staging.observations.
    """

    def __init__(self, built: Warehouse) -> None:
        self.profile = built.build.published.stem
        self.compiled = built.build.published.parent / ".dbt/target/compiled/nqp/models"
        # The figures of the profile's own files: what slips are planted in.
        self.observations = built.internal.execute("""
            from staging.observations
            where source_id in (select source_id from staging.manifest where owners = '*')
            order by level, series_id, source_id, region_code, year
        """).df()
        self.connection = duckdb.connect()
        self.connection.execute(f"attach ':memory:' as {self.profile}")
        self.connection.execute(f"use {self.profile}")
        for schema in ("staging", "intermediate", "definitions", "rules", "quality"):
            self.connection.execute(f"create schema {schema}")
        for name in DEFINITIONS:
            frame = built.internal.execute(f"from definitions.{name}").df()
            self.connection.execute(f"create table definitions.{name} as from frame")
        # The profile's own files hold no text that is not accounted for.
        self.connection.execute("""
            create table quality.doubtful_texts (
              file varchar, sheet varchar, row_no integer, col_no integer, text varchar,
              effect varchar
            )
        """)
        frame = built.internal.execute("from staging.manifest").df()  # noqa: F841
        self.connection.execute("create table staging.manifest as from frame")

    def findings(self, observations: pd.DataFrame) -> pd.DataFrame:
        """quality.findings of these figures."""
        return self._run(observations, MODELS)

    def jumps(self, observations: pd.DataFrame) -> pd.DataFrame:
        """What the jump rule alone finds, which is quicker."""
        return self._run(observations, JUMPS)

    def _run(self, observations: pd.DataFrame, models: tuple[str, ...]) -> pd.DataFrame:
        self.connection.execute("create or replace table staging.observations as from observations")
        for model in models:
            sql = (self.compiled / f"{model}.sql").read_text(encoding="utf-8")
            *_, schema, name = model.split("/")
            self.connection.execute(f"create or replace table {schema}.{name} as {sql}")
        return self.connection.execute(
            f"from {schema}.{name} order by {', '.join(CELL)}, rule, size, detail"
        ).df()


@pytest.fixture(scope="module")
def rules(simulated: Warehouse) -> Iterator[Rules]:
    made = Rules(simulated)
    yield made
    made.connection.close()


@pytest.fixture(scope="module")
def real_rules(public: Warehouse) -> Iterator[Rules]:
    made = Rules(public)
    yield made
    made.connection.close()


def cells_of(found: pd.DataFrame) -> set[tuple[object, ...]]:
    return set(found[CELL].itertuples(index=False, name=None))


def chosen(observations: pd.DataFrame, **values: object) -> pd.Series:
    """Which rows have these values; a list means any of them."""
    where = pd.Series(True, index=observations.index)
    for column, value in values.items():
        where &= observations[column].isin(value if isinstance(value, list) else [value])
    return where


# --- false alarms ------------------------------------------------------------------------------


def test_the_simulated_default_raises_less_than_one_alarm_in_a_thousand_cells(
    simulated: Warehouse,
) -> None:
    [(cells,)] = simulated.rows("select sum(cells) from quality.cell_accounting")
    [(told, meant)] = simulated.rows("select count(*), sum(cells) from quality.review")
    assert 0 < told <= meant < cells / 1000


# --- the real files ----------------------------------------------------------------------------

JUMP, DISAGREEMENT = "jump over the year", "disagreement between sources"
BOTH = f"{DISAGREEMENT} and {JUMP}"


@pytest.mark.parametrize(
    ("series", "source", "region", "year", "rules_hit"),
    [
        *(
            (series, "city_sectors", region, 2022, BOTH if series == "gdp" else JUMP)
            for region in ("150600", "340400")  # Ordos, Huainan
            for series in ("gdp", "primary_va", "secondary_va", "tertiary_va")
        ),
        ("gdp", "city_sectors", "220500", 2020, DISAGREEMENT),  # Tonghua
        ("loans", "city_finance", "620900", 2023, JUMP),  # tenfold, in the last year
        ("deposits", "city_finance", "620800", 2023, JUMP),  # zero, in the last year
        ("gdp", "city_sectors", "230900", 2011, BOTH),  # another city's figure
        ("dfi_digitisation", "dfi_city", "654300", 2012, "out of range"),  # negative
        ("population", "city_population", "340500", 2018, "constant over the years"),
    ],
)
def test_a_wrong_cell_of_the_real_files_is_listed(
    public: Warehouse, series: str, source: str, region: str, year: int, rules_hit: str
) -> None:
    [(told,)] = public.rows(
        """
        select rules from quality.review
        where (series_id, source_id, region_code, year) = (?, ?, ?, ?)
        """,
        [series, source, region, year],
    )
    assert told == rules_hit


@pytest.mark.parametrize("series", ["tech_market_turnover", "science_expenditure"])
def test_an_extrapolated_year_is_told_once_and_found_cell_by_cell(
    public: Warehouse, series: str
) -> None:
    """The 2023 cells of core_data against the portal's: most of a year is one fault."""
    [(leads, cells)] = public.rows(
        """
        select count(*) filter (leads), count(*) from quality.findings
        where level = 'province' and series_id = ? and year = 2023 and rule = ? and scope = 'year'
        """,
        [series, DISAGREEMENT],
    )
    [(found,)] = public.rows(
        """
        select count(distinct region_code) from quality.findings
        where level = 'province' and series_id = ? and year = 2023 and rule = ?
        """,
        [series, DISAGREEMENT],
    )
    assert (leads, cells) == (1, 27)
    assert found >= 29


def test_another_vintage_is_told_once_per_pair_of_sources(public: Warehouse) -> None:
    columns = public.rows("""
        select source_id, fault, count(*) filter (leads), count(*)
        from quality.findings
        where level = 'province' and series_id = 'gdp' and scope = 'column'
        group by all order by all
    """)
    assert [(source, other, leads) for source, other, leads, _ in columns] == [
        ("core_data", other, 1)
        for other in ("green_patents", "nbs_new_portal", "nbs_old_portal", "trade_fiscal")
    ]
    assert all(cells > 300 for *_, cells in columns)


def test_the_list_of_the_real_files_stays_readable(public: Warehouse) -> None:
    """That of the profile's own files; a study's own are looked at beside."""
    shared = "where source_id in (select source_id from staging.manifest where owners = '*')"
    [(rows, cells)] = public.internal.execute(
        f"select (select count(*) from quality.review {shared}),"
        f" (select count(*) from quality.findings {shared})"
    ).fetchall()
    assert 400 < rows < 600
    assert cells > 4 * rows
    [(all_rows,)] = public.rows("select count(*) from quality.review")
    assert all_rows < 1000


# --- planted slips -----------------------------------------------------------------------------


def plant(rules: Rules, place: str, rounds: int) -> tuple[int, int, int]:
    """Slip the decimal point once in every column, up or down, in each round.

    place: ``within`` or at an ``end`` of a region's years. Returns the slips, those found, and the
    cells beside them, in the same region and series, that are found only because of them.
    """
    order = rules.observations.groupby(CELL[:4])["year"]
    inner = order.rank().gt(1) & order.rank(ascending=False).gt(1)
    able = (inner if place == "within" else ~inner) & rules.observations["value_delivered"].gt(0)
    before = cells_of(rules.jumps(rules.observations))
    rng = np.random.default_rng(11)
    slips, found, beside = 0, 0, 0
    for _ in range(rounds):
        planted = rules.observations[able].groupby(COLUMN).sample(1, random_state=rng)
        after = rules.observations.copy()
        after.loc[planted.index, "value_delivered"] *= rng.choice([0.1, 10.0], len(planted))
        told, wrong = cells_of(rules.jumps(after)), cells_of(planted)
        regions = {cell[:4] for cell in wrong}
        slips += len(wrong)
        found += len(wrong & told)
        beside += sum(cell[:4] in regions for cell in told - wrong - before)
    return slips, found, beside


@pytest.mark.parametrize("place", ["within", "end"])
def test_a_tenfold_slip_is_found_and_pointed_at(rules: Rules, place: str) -> None:
    """The simulated noise of some columns is so wide that ten times is not much there."""
    slips, found, beside = plant(rules, place, rounds=3)
    assert slips == 3 * 64
    assert found >= 0.87 * slips
    assert beside <= 0.02 * found


@pytest.mark.parametrize("place", ["within", "end"])
def test_a_tenfold_slip_in_the_real_files_is_found_and_pointed_at(
    real_rules: Rules, place: str
) -> None:
    slips, found, beside = plant(real_rules, place, rounds=2)
    assert slips == 2 * 51
    assert found >= 0.98 * slips
    assert beside <= 0.03 * found


def test_jumps_do_not_depend_on_the_unit(rules: Rules) -> None:
    scaled = rules.observations.copy()
    factors = {key: 10.0 ** (k % 9 - 4) for k, key in enumerate(scaled["series_id"].unique())}
    scaled["value_delivered"] *= scaled["series_id"].map(factors)
    assert cells_of(rules.jumps(scaled)) == cells_of(rules.jumps(rules.observations))


def test_jumps_do_not_depend_on_the_order_of_the_regions(rules: Rules) -> None:
    codes = np.sort(rules.observations["region_code"].unique())
    other = dict(zip(codes, np.random.default_rng(3).permutation(codes), strict=True))
    renamed = rules.observations.assign(region_code=rules.observations["region_code"].map(other))
    expected = {
        (*cell[:3], other[cell[3]], cell[4]) for cell in cells_of(rules.jumps(rules.observations))
    }
    assert cells_of(rules.jumps(renamed.sample(frac=1, random_state=5))) == expected


# --- planted faults of whole columns, years and regions ------------------------------------------


@pytest.fixture(scope="module")
def planted(rules: Rules) -> pd.DataFrame:
    """The findings, with one fault in each of several series."""
    figures = rules.observations.copy()
    value = figures["value_delivered"].copy()

    def of(**values: object) -> pd.Series:
        return chosen(figures, **values)

    def of_year(series: str, level: str, year: int) -> pd.Series:
        """Last year's figures of a series, at the rows of this year."""
        past = figures[of(series_id=series, level=level, year=year - 1)]
        return figures["region_code"].map(past.set_index("region_code")["value_delivered"])

    # The second source of city GDP in 10,000 yuan, its manifest says in 100 million.
    value[of(series_id="gdp", source_id="city_finance")] *= 10_000
    # Retail sales: the years from 2018 in 10,000 yuan. Deposits: 2017 alone.
    value[of(series_id="retail_sales", level="province", year=list(range(2018, 2023)))] *= 10_000
    value[of(series_id="deposits", level="province", year=2017)] *= 10_000
    # A rate as a fraction.
    value[of(series_id="wastewater_treatment_rate")] /= 100
    # Growth rates in a column of levels: half of them below zero.
    growth = of(series_id="loans", level="province")
    value[growth] = np.random.default_rng(2).normal(0, 10, int(growth.sum())).round(2)
    # A year copied; a city's figure copied forward; a column that never changes.
    copied = of(series_id="mobile_subscribers", level="city", year=2020)
    value[copied] = of_year("mobile_subscribers", "city", 2020)[copied]
    forward = of(series_id="energy_consumption", region_code="340100", year=[2019, 2020])
    value[forward] = float(
        value[of(series_id="energy_consumption", region_code="340100", year=2018)].iloc[0]
    )
    constant = of(series_id="freight_volume", level="province")
    value[constant] = figures[constant].groupby("region_code")["value_delivered"].transform("first")
    # A province's total in the cell of one of its cities.
    value[of(series_id="gdp", source_id="city_yearbook", region_code="130200", year=2019)] = float(
        value[of(series_id="gdp", source_id="nbs", region_code="130000", year=2019)].iloc[0]
    )
    # One sector slipped: the sum no longer holds.
    value[of(series_id="primary_va", level="city", region_code="420500", year=2018)] *= 10
    # A zero in one of two sources.
    value[of(series_id="gdp", source_id="province_core", region_code="440000", year=2016)] = 0
    return rules.findings(figures.assign(value_delivered=value))


@pytest.mark.parametrize(
    ("rule", "series", "source", "scope", "cells"),
    [
        (DISAGREEMENT, "gdp", "city_yearbook", "column", (2550, 2556)),
        (JUMP, "retail_sales", "nbs", "year", (28, 28)),
        (JUMP, "deposits", "province_finance", "year", (28, 28)),
        ("out of range", "wastewater_treatment_rate", "city_yearbook", "column", (2538, 2538)),
        ("constant over the years", "mobile_subscribers", "city_yearbook", "year", (270, 284)),
        ("constant over the years", "freight_volume", "province_yearbook", "column", (270, 280)),
    ],
)
def test_a_fault_of_a_whole_column_or_year_is_told_once(
    planted: pd.DataFrame, rule: str, series: str, source: str, scope: str, cells: tuple[int, int]
) -> None:
    found = planted[chosen(planted, rule=rule, series_id=series, source_id=source, scope=scope)]
    assert found["leads"].sum() == 1
    assert set(found["cells"]) == {len(found)}
    assert cells[0] <= len(found) <= cells[1]
    if rule == DISAGREEMENT:
        [detail] = found.loc[found["leads"], "detail"]
        assert "close to a factor of 10000" in detail


@pytest.mark.parametrize("years", [[2021, 2022], [2020, 2021, 2022]])
@pytest.mark.parametrize("place", [0, -1])
def test_a_unit_wrong_for_a_whole_year_is_found_in_a_short_series(
    rules: Rules, years: list[int], place: int
) -> None:
    """The fault is the only movement such a series has, and yet no habit of it."""
    short = rules.observations[
        chosen(rules.observations, series_id="mobile_subscribers", level="city", year=years)
    ].copy()
    wrong = chosen(short, year=years[place])
    assert not cells_of(rules.jumps(short))
    short.loc[wrong, "value_delivered"] *= 10
    assert cells_of(short[wrong]) <= cells_of(rules.jumps(short))


def test_growth_rates_in_a_column_of_levels_are_out_of_range(
    planted: pd.DataFrame, rules: Rules
) -> None:
    found = planted[chosen(planted, rule="out of range", series_id="loans")]
    assert 100 < len(found) < 200
    assert (found["value_delivered"] < 0).all()


@pytest.mark.parametrize(
    ("rule", "series", "source", "region", "year"),
    [
        ("constant over the years", "energy_consumption", "city_energy", "340100", 2019),
        ("constant over the years", "energy_consumption", "city_energy", "340100", 2020),
        ("equal to its province", "gdp", "city_yearbook", "130200", 2019),
        (JUMP, "gdp", "city_yearbook", "130200", 2019),
        (JUMP, "primary_va", "city_yearbook", "420500", 2018),
        ("broken identity", "primary_va", "city_yearbook", "420500", 2018),
        (JUMP, "gdp", "province_core", "440000", 2016),
        (DISAGREEMENT, "gdp", "nbs", "440000", 2016),
    ],
)
def test_a_fault_of_a_cell_is_found_by_its_rule(
    planted: pd.DataFrame, rule: str, series: str, source: str, region: str, year: int
) -> None:
    cell = {"series_id": series, "source_id": source, "region_code": region, "year": year}
    assert len(planted[chosen(planted, rule=rule, **cell)]) == 1


def test_figures_beyond_all_reason_stop_no_rule(rules: Rules) -> None:
    """A quotient of these overflows, and a unit makes an infinity of the first."""
    beyond = [1.7e308, 1e-308, float("inf"), -1.7e308, 0.0]
    figures = rules.observations.copy()
    planted = figures.groupby(COLUMN).sample(len(beyond), random_state=4)
    figures.loc[planted.index, "value_delivered"] = beyond * (len(planted) // len(beyond))
    found = cells_of(rules.findings(figures))
    assert cells_of(planted[figures["value_delivered"].reindex(planted.index) != 0]) <= found


def test_findings_are_the_same_whatever_the_threads_and_the_order(rules: Rules) -> None:
    first = rules.findings(rules.observations)
    rules.connection.execute("set threads = 1")
    again = rules.findings(rules.observations.sample(frac=1, random_state=1))
    rules.connection.execute("reset threads")
    pd.testing.assert_frame_equal(first, again, check_exact=True)


# --- nqp review --------------------------------------------------------------------------------


Told = Callable[..., tuple[int, str, str]]


@pytest.fixture
def told(
    simulated: Warehouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Told:
    """Run ``nqp review`` on the simulated warehouse: status, output and errors."""
    monkeypatch.setenv("NQP_WAREHOUSE", str(simulated.build.published.parent))

    def run(*arguments: str) -> tuple[int, str, str]:
        status = terminal.main(["review", "--profile", "simulated", *arguments])
        output = capsys.readouterr()
        return status, output.out, output.err

    return run


def test_the_most_suspicious_cells_are_listed_with_place_and_remedy(
    told: Told, simulated: Warehouse
) -> None:
    status, output, _ = told("--limit", "3")
    *blocks, closing = output.split("\n\n")
    assert (status, len(blocks)) == (0, 3)
    cells = simulated.rows("""
        select region_name, year, series_id, source_id, text, row_no, detail, unit
        from quality.review order by rank limit 3
    """)
    for number, (block, cell) in enumerate(zip(blocks, cells, strict=True), 1):
        name, year, series, source, text, row_no, detail, _ = cell
        assert block.startswith(f"{number:>4}  ") and name in block and text in block
        assert detail.split("; ")[0] in " ".join(block.split())
        assert re.search(rf"in \S+, \S+, ([A-Z]+{row_no}|row {row_no})|row {row_no}", block)
        assert f"nqp correct {name} {year} {series} NEW" in block
        assert f"--source {source} --profile simulated" in block
    [(total,)] = simulated.rows("select count(*) from quality.review")
    assert f"3 of {total} cells" in closing and f"--limit {total}" in closing


@pytest.mark.parametrize("width", [80, 120, 200])
def test_lines_fit_the_terminal(told: Told, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(review, "terminal_width", lambda: width)
    _, output, _ = told("--limit", "60")
    text = [line for line in output.splitlines() if "nqp correct" not in line]
    assert len(text) > 180
    assert max(map(display_width, text)) <= width


def test_rule_region_and_series_narrow_the_list(told: Told, simulated: Warehouse) -> None:
    [(jumps,)] = simulated.rows(
        "select count(*) from quality.review where contains(rules, 'jump over the year')"
    )
    assert f"{jumps} cells to look at" in told("--rule", "jump")[1]
    [(region, series, year)] = simulated.rows(
        "select region_code, series_id, year from quality.review where rank = 1"
    )
    _, output, _ = told("--region", region[:4], "--series", series)
    assert f" {year}: " in output and "of 1 cells" in output
    assert "0 of 0 cells" in told("--region", "Beijing", "--series", "gdp")[1]


def test_the_list_can_be_written_for_a_spreadsheet(
    told: Told, simulated: Warehouse, tmp_path: Path
) -> None:
    path = tmp_path / "review.csv"
    status, output, _ = told("--out", str(path))
    [(total,)] = simulated.rows("select count(*) from quality.review")
    assert (status, output) == (0, f"{path}: {total} of {total} cells.\n")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["rank"]) for row in rows] == list(range(1, total + 1))
    # No study is named, but each row says what the data of its source are.
    kinds = dict(simulated.rows("select source_id, data_profile from intermediate.study_sources"))
    assert [row["data_profile"] for row in rows] == [kinds[row["source_id"]] for row in rows]
    assert "simulated" in kinds.values()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rule", "outlier"], "no rule is called 'outlier'; the rules are disagreement between"),
        (["--series", "gpd"], "no series has the id 'gpd'; did you mean 'gdp'?"),
        (["--region", "Atlantis"], "no region is called 'Atlantis'"),
        (["--limit", "0"], "--limit 0: expected a number from 1"),
        (["--out", "review.pdf"], "files ending in '.pdf' cannot be written"),
    ],
)
def test_what_cannot_be_listed_is_said_in_a_sentence(
    told: Told, arguments: list[str], message: str
) -> None:
    status, output, errors = told(*arguments)
    assert (status, output) == (1, "")
    assert errors.startswith("nqp: ") and message in errors


def test_a_query_can_be_written_for_a_spreadsheet(
    told: Told, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    sql = "select '=1+1' as text, -1.5 as figure union all select '中文', 2 order by figure"
    query = ["query", "--profile", "simulated", "--out", str(path)]
    assert terminal.main([*query, sql]) == 0
    assert capsys.readouterr().out == f"{path}: 2 rows.\n"
    assert path.read_text(encoding="utf-8-sig") == "text,figure\n'=1+1,-1.5\n中文,2.0\n"
    assert terminal.main([*query, "set threads = 1"]) == 1
    assert "it does not run SET" in capsys.readouterr().err
