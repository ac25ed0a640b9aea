"""Provenance: every number leads to its cells, in the table and on the terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions_for_tests import definitions
from mini_profile import CITY_COLUMNS, MiniProfile, write_profile
from nqp.messages import SIMULATED
from nqp.presentation.tree import Node, render
from nqp.quality import trace_queries as queries
from nqp.quality.region_names import MEANINGS, regions_meant
from nqp.quality.trace import figures, formula, trace
from nqp.terminal import main
from nqp.terminal.cells import rows_of
from nqp.text_width import display_width
from warehouse import NO_TESTS, Warehouse, build

# --- the tree on the terminal ----------------------------------------------------------------

LEAF = Node(("leaf one", "its note"))
TREE = Node(
    ("root", "", "说明 a line that is long enough to be wrapped"),
    (Node(("branch",), (LEAF, Node(("leaf two",)))), Node(("last", "note"), (LEAF,))),
)


def test_branches_and_wrapped_lines() -> None:
    assert render(TREE, 24) == (
        "root\n"
        "\n"
        "说明 a line that is long\n"
        "enough to be wrapped\n"
        "├─ branch\n"
        "│  ├─ leaf one\n"
        "│  │  its note\n"
        "│  └─ leaf two\n"
        "└─ last\n"
        "   │  note\n"
        "   └─ leaf one\n"
        "      its note"
    )


WORDS = st.text(st.sampled_from("ab 合肥（①\u0301,"), max_size=150)
NODES = st.recursive(
    st.builds(Node, st.tuples(WORDS)),
    lambda nodes: st.builds(Node, st.tuples(WORDS, WORDS), st.lists(nodes, max_size=3).map(tuple)),
    max_leaves=6,
)


@given(NODES, st.integers(45, 70))
def test_no_line_is_wider_than_the_terminal_and_no_text_is_lost(node: Node, width: int) -> None:
    def texts(node: Node) -> str:
        return "".join(node.lines) + "".join(texts(child) for child in node.children)

    printed = render(node, width)
    assert all(display_width(line) <= width for line in printed.splitlines())
    kept = re.sub("[├└│─ \n]", "", printed)
    assert kept == texts(node).replace(" ", "")


def test_chinese_characters_are_two_columns_wide() -> None:
    assert [display_width(text) for text in ("合肥a（", "e\u0301", "①")] == [7, 1, 1]
    assert render(Node(("合" * 30,)), 40) == "合" * 20 + "\n" + "合" * 10
    assert render(Node(("a" * 21 + " b",)), 20) == "a" * 20 + "\na b"
    assert render(Node(("a" * 20 + " b",)), 20) == "a" * 20 + "\nb"


def test_characters_that_steer_a_terminal_are_shown_by_number() -> None:
    assert render(Node(("a\x1b[2Jb\n\u202ec",)), 80) == "a<U+001B>[2Jb<U+000A><U+202E>c"


# --- what is asked for -----------------------------------------------------------------------


def regions(warehouse: Warehouse, text: str) -> list[tuple[str, str]]:
    with_names = lambda sql, parameters: rows_of(warehouse.published, sql, parameters)  # noqa: E731
    return [(row["level"], row["region_code"]) for row in regions_meant(with_names, text)]


@pytest.mark.build
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("合肥市", [("city", "340100")]),
        ("合肥", [("city", "340100")]),
        (" 合 肥 市 ", [("city", "340100")]),
        ("合肥\u3000市", [("city", "340100")]),
        ("ＨＥＦＥＩ", [("city", "340100")]),
        ("hefei city", [("city", "340100")]),
        ("3401", [("city", "340100")]),
        ("340100.0", [("city", "340100")]),
        ("340100000000", [("city", "340100")]),
        ("襄樊市", [("city", "420600")]),
        ("河北", [("province", "130000")]),
        ("Hebei Province", [("province", "130000")]),
        ("北京", [("province", "110000"), ("city", "110000")]),
        # The province of the short name, not the prefecture 海南州.
        ("海南", [("province", "460000")]),
        ("california", [("us_state", "CA")]),
    ],
)
def test_regions_are_known_by_any_name_or_code(
    simulated: Warehouse, text: str, meant: list[tuple[str, str]]
) -> None:
    assert sorted(regions(simulated, text)) == sorted(meant)


@pytest.mark.build
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("合服市", "did you mean 合肥市?"),
        ("Heifei", "did you mean Hefei?"),
        ("全国", "a total of several regions"),
        ("China", "a total of several regions"),
        ("nowhere at all", "definitions.region_aliases"),
        ("", "no region is called ''"),
        (
            "Suzhou",
            "'Suzhou' may be 苏州市 Suzhou (Jiangsu) (320500) in 江苏省 Jiangsu or "
            "宿州市 Suzhou (Anhui) (341300) in 安徽省 Anhui: give the full Chinese name or "
            "the code.",
        ),
    ],
)
def test_an_unknown_or_shared_name_is_told_what_may_be_meant(
    simulated: Warehouse, text: str, says: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        regions(simulated, text)


def test_a_region_without_names_is_called_by_its_code() -> None:
    twins = [
        {"level": "us_state", "region_code": code, "is_meant": False, "name_zh": None,
         "name_en": name, "province_zh": None, "province_en": None}
        for code, name in (("CALI", "Cal"), ("CALX", None))
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"'Cal' may be Cal \(CALI\) or CALX: give"):
        regions_meant(lambda sql, _: twins if sql == MEANINGS else [], "Cal")


def spelled(text: str) -> list[str]:
    """A name as files and people write it: spaces, case, widths, footnote marks, unseen marks."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "0" <= c <= "9" or (c.isascii() and c.isalpha()) else c
                   for c in text)  # fmt: skip
    return [text, f" {text}\u3000", " ".join(text), text.upper(), wide, f"{text}*", f"\u200b{text}"]


@pytest.mark.build
def test_who_asks_and_who_reads_mean_the_same_by_every_spelling_of_every_name(
    tmp_path: Path,
) -> None:
    """Every name, code and alias of the catalogue stands as the region of a row of a file."""
    profile = write_profile(tmp_path / "files")
    named, aliases = definitions("regions"), definitions("region_aliases")
    columns = ("name_zh", "short_zh", "name_en", "region_code")
    names = pd.concat([*(named[column] for column in columns), aliases["alias"]])
    texts = [way for name in sorted({*names} - {""}) for way in spelled(name)]
    path = profile.folder / "city.csv"
    before = len(path.read_text(encoding="utf-8").splitlines())
    table = pd.DataFrame({"city": texts, "year": "2014", "gdp": "1", "population": "1"})
    with path.open("a", encoding="utf-8", newline="") as file:
        table[CITY_COLUMNS].to_csv(file, header=False, index=False)
    built = build(
        "licensed", tmp_path / "w", data_dir=profile.folder, manifest_dir=profile.folder,
        args=["--select", "+parsed_cells", "+region_meanings", *NO_TESTS],
    )  # fmt: skip
    assert built.process.returncode == 0, built.output
    with duckdb.connect(str(built.internal), read_only=True) as internal:
        read = internal.execute(
            """
            select row_no, region_code from staging.parsed_cells
            where file = 'city.csv' and series_id = 'gdp' and row_no > ?
        """,
            [before],
        ).fetchall()
        differ = []
        for row_no, code in read:
            text = texts[row_no - before - 1]
            try:
                found = regions_meant(
                    lambda sql, parameters: rows_of(internal, sql, parameters), text
                )
                asked = next((row["region_code"] for row in found if row["level"] == "city"), None)
            except ValueError:
                asked = None
            if asked != code:
                differ.append((text, code, asked))
    assert len(read) > 0.9 * len(texts) > 10_000 and differ == []


@pytest.mark.parametrize(
    ("numerator", "denominator", "scale", "transform", "text"),
    [
        ("a", None, 1, "level", "a"),
        ("a", "b", 1, "level", "a / b"),
        ("a + b", "c + d@s", 1, "level", "(a + b) / (c + d@s)"),
        ("a", "b", 10000, "ln", "ln(a / b × 10,000)"),
        ("a + b", None, 0.01, "level", "(a + b) × 0.01"),
        ("a + b", None, 1, "ln1p", "ln(1 + a + b)"),
    ],
)
def test_formulas(
    numerator: str, denominator: str | None, scale: float, transform: str, text: str
) -> None:
    row = {
        "numerator": numerator, "denominator": denominator, "scale": scale, "transform": transform
    }  # fmt: skip
    assert formula(row) == text


# --- the table -------------------------------------------------------------------------------

Trace = Callable[..., str]


def tracer(warehouse: Warehouse) -> Trace:
    """The tree of one number of a warehouse, wide enough that no line is wrapped."""

    def read(sql: str, parameters: Sequence[object]) -> pd.DataFrame:
        return warehouse.published.execute(sql, parameters).df()

    def text(region: str, year: int, variable: str, study: str | None = None) -> str:
        return render(trace(read, region, year, variable, study=study), 1000)

    return text


def one(warehouse: Warehouse, sql: str, *parameters: object) -> dict[str, Any]:
    frame = warehouse.frame(sql, parameters)
    assert len(frame) > 0, sql
    return {str(name): value for name, value in frame.iloc[0].items()}


@pytest.mark.build
@pytest.mark.parametrize("profile", ["mini", "simulated", "public"])
def test_each_traced_cell_stands_where_it_says(
    profile: str, request: pytest.FixtureRequest
) -> None:
    warehouse: Warehouse = request.getfixturevalue(profile)
    [(cells, kept, texts)] = warehouse.internal.execute("""
        with places as (
          select distinct file, sheet, row_no, col_no, text from quality.trace
        )
        select count(*), count(c.text), count(*) filter (c.text = p.text)
        from places as p
        left join raw.cells as c using (file, sheet, row_no, col_no)
    """).fetchall()
    assert cells == kept == texts > 0


@pytest.mark.build
def test_the_figures_of_a_file_come_back_by_row_and_column(
    mini: Warehouse, mini_profile: MiniProfile
) -> None:
    """Row 5 of city.csv is Beijing's 2017; columns C and D hold GDP and population."""
    found = mini.rows("""
        select side, series_ref, series_value, cell, file, text, factor, imputation, not_used
        from quality.trace
        where study = 'city' and region_code = '110000' and year = 2017 and variable_id = 'LnGDP'
        order by side desc
    """)
    line = (mini_profile.folder / "city.csv").read_text(encoding="utf-8").splitlines()[4]
    texts = dict(zip(CITY_COLUMNS, line.split(","), strict=True))
    assert found == [
        ("numerator", "gdp", float(texts["gdp"]), "C5", "city.csv", texts["gdp"], 1.0, None, None),
        ("denominator", "population", float(texts["population"]), "D5", "city.csv",
         texts["population"], 1.0, None, None),
    ]  # fmt: skip


@pytest.mark.build
def test_the_index_is_traced_as_its_indicators_are(simulated: Warehouse) -> None:
    [(cells, missed)] = simulated.rows("""
        with own as (
          select t.* exclude (variable_id) from quality.trace as t
          inner join definitions.indicators as i
            on t.study = i.study and t.variable_id = i.indicator_id
        ),
        of_index as (select * exclude (variable_id) from quality.trace where variable_id = 'nqp')
        select (select count(*) from of_index),
          (select count(*) from ((from own except from of_index)
           union all (from of_index except from own)))
    """)
    assert cells > 50_000 and missed == 0


# --- nqp trace -------------------------------------------------------------------------------


@pytest.mark.build
def test_the_tree_of_an_index_value(simulated: Warehouse) -> None:
    text = tracer(simulated)("合肥市", 2017, "nqp")
    value = one(
        simulated,
        """
        select value from marts.panel_long where study = 'city' and region_code = '340100'
        and year = 2017 and variable_id = 'nqp'
    """,
    )["value"]
    assert text.startswith("合肥市 Hefei (340100), 2017, study city: ")
    assert "SIMULATED data: stand-ins, not evidence" in text
    assert f"{value:.6g} = sum of weight × normalised value over 12 indicators" in text
    parts = [float(part) for part in re.findall(r"(\S+) \(\S+%\) = weight", text)]
    assert sum(parts) == pytest.approx(value, rel=1e-5) and parts == sorted(parts, reverse=True)
    cells = simulated.frame("""
        select cell, file, sheet, text, not_used from quality.trace
        where study = 'city' and region_code = '340100' and year = 2017 and variable_id = 'nqp'
    """)
    for cell, file, sheet, content, not_used in cells.itertuples(index=False, name=None):
        address = f"{file}, {sheet}, {cell}" if sheet else file
        assert address in text and ": " + json.dumps(content, ensure_ascii=False) in text
        assert pd.isna(not_used) or f"not used: {not_used}" in text
    assert len(re.findall("─ (?:[0-9]{4}: )?city/", text)) == len(cells) == 16
    assert "and less is better" in text
    assert "万元 10k_yuan × 0.0001 = " in text


@pytest.mark.build
def test_a_figure_that_was_filled_in_names_its_neighbours(simulated: Warehouse) -> None:
    key = ["study", "region_code", "year", "variable_id", "series_ref"]
    filled = simulated.frame(
        "from quality.trace where imputation is not null and variable_id <> 'nqp' order by all"
    )
    row = filled.iloc[0]
    own = filled[(filled[key] == row[key]).all(axis=1)]
    before, after = own["cell_year"]
    assert before < row["year"] < after
    text = tracer(simulated)(row["region_code"], int(row["year"]), row["variable_id"], row["study"])
    assert f"filled in: on the line between {before} and {after}" in text
    for year, cell in zip((before, after), own["cell"], strict=True):
        assert re.search(rf"{year}: .*, {cell}: |{year}: .*, row \d+", text)


def test_a_figure_that_is_repeated_names_its_year() -> None:
    row = {
        "side": "numerator", "series_ref": "gdp", "series_id": "gdp", "series_value": 1234.5,
        "series_unit": "yuan", "unit_zh": "元", "imputation": "hold", "cell_year": 2015,
        "address": "a.csv, row 2, column 2", "text": "1234.5", "factor": 1.0,
        "value_delivered": 1234.5, "source_id": "s", "vintage": "", "repair": None,
        "corrected": False, "not_used": None,
    }  # fmt: skip
    assert figures([row], {"gdp": "GDP 总值"}) == (
        Node(
            ("gdp  GDP 总值: 1,234.5 元 yuan, filled in: repeats 2015",),
            (Node(('2015: a.csv, row 2, column 2: "1234.5" [s]',)),),
        ),
    )


@pytest.mark.build
def test_what_was_repaired_in_reading_is_said(simulated: Warehouse) -> None:
    row = one(simulated, """
        from quality.trace where repair = 'footnote mark' and variable_id <> 'nqp' order by all
    """)  # fmt: skip
    text = tracer(simulated)(row["region_code"], int(row["year"]), row["variable_id"], row["study"])
    assert f"{json.dumps(row['text'], ensure_ascii=False)}" in text
    assert "repaired in reading: footnote mark" in text


@pytest.mark.build
def test_a_real_study_beside_simulated_ones_is_not_called_simulated(simulated: Warehouse) -> None:
    text = tracer(simulated)("California", 2008, "castle_law")
    assert text.startswith("加利福尼亚州 California (CA), 2008, study castle_doctrine: ")
    assert "SIMULATED" not in text and "castle_law  Castle doctrine laws 城堡原则法" in text


@pytest.mark.build
def test_a_policy_is_traced_to_its_approval(simulated: Warehouse) -> None:
    tree = tracer(simulated)
    text = tree("贵阳", 2016, "BDPZ")
    assert "1: treated from 2016 by the rule approval_year" in text
    assert "approved 2016-02-25, variant paper of policies.csv: " in text
    assert "0: treated from 2016" in tree("贵阳", 2015, "bdpz")
    assert "0: never treated" in tree("合肥", 2017, "bdpz")


@pytest.mark.build
@pytest.mark.parametrize(
    ("region", "year", "variable", "study", "says"),
    [
        ("合服市", 2017, "nqp", None, "did you mean 合肥市?"),
        ("合肥市", 2033, "nqp", None, "there is no 2033: city covers 2014 to 2022."),
        ("合肥市", 2017, "npq", None, "did you mean nqp? There are, by study, city: bdpz, nqp,"),
        ("合肥市", 2017, "Tin", None, "there is no variable 'Tin'; did you mean Fin?"),
        (
            "合肥市",
            2017,
            "nqp",
            "ctiy",
            "did you mean city? There are castle_doctrine, city, province.",
        ),
        ("合肥市", 2017, "nqp", "province", "合肥市 Hefei (340100) is not in the sample of study"),
        (
            "拉萨市",
            2017,
            "nqp",
            None,
            "of any study of this profile (castle_doctrine, city, province)",
        ),
    ],
)
def test_what_is_not_there_is_named_with_what_is(
    simulated: Warehouse, region: str, year: int, variable: str, study: str | None, says: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        tracer(simulated)(region, year, variable, study)


@pytest.mark.build
def test_the_command_prints_the_tree_or_what_is_wrong(
    simulated: Warehouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NQP_WAREHOUSE", str(simulated.build.published.parent))
    monkeypatch.setenv("COLUMNS", "90")
    assert main(["trace", "合肥", "2017", "nqp", "--profile", "simulated"]) == 0
    out = capsys.readouterr().out
    assert "Hefei (340100)" in out
    assert max(display_width(line) for line in out.splitlines()) in range(80, 91)
    assert main(["trace", "合肥", "2017", "npq", "--profile", "simulated"]) == 1
    assert capsys.readouterr().err.startswith("nqp: there is no variable 'npq'")


# --- real files ------------------------------------------------------------------------------


@pytest.mark.build
def test_a_correction_shows_with_what_it_replaced(public: Warehouse) -> None:
    tree = tracer(public)
    text = tree("鄂尔多斯市", 2022, "LnGDP", "city_public")
    assert "150600), 2022, study city_public: " in text and "SIMULATED" not in text
    first = tree("鄂尔多斯市", 2022, "LnGDP")
    assert "In other studies (--study): " in first
    assert "city_public 12.4492, city_public_raw 13.8665" in first
    assert "12.4492 = ln(gdp / population × 10,000)" in text
    assert 'city/2000-2023地级市产业结构 .xlsx, 面板数据2000-2023, F720: "23158.65"' in text
    assert "corrected to 5,613: Ordos 鄂尔多斯 2022: four times the years around it" in text
    assert "not used: " in text
    assert "city_finance: 5613.0 (city/金融发展水平（2003-2023）236缺失.xlsx, Sheet1, G630)" in text
    raw = tree("鄂尔多斯市", 2022, "LnGDP", "city_public_raw")
    assert "地区生产总值: 23,158.65 亿元 100m_yuan" in raw and "corrected to" not in raw


@pytest.mark.build
def test_a_value_that_is_missing_says_what_it_lacks(mini: Warehouse) -> None:
    tree = tracer(mini)
    text = tree("鄂尔多斯市", 2017, "Com", "city")
    assert "no value: no data; it would be retail_sales / gdp" in text
    assert "社会消费品零售总额: no file of this profile gives this series by city" in text
    assert re.search("地区生产总值: [0-9.,]+ 100m_yuan", text)
    index = tree("鄂尔多斯市", 2015, "nqp", "city")
    lacking = re.search("no value: (\\d+) of its 12 indicators have none here", index)
    assert lacking and index.count("no value: no data") == int(lacking[1])


@pytest.mark.build
def test_a_gap_names_the_sources_that_leave_it(public: Warehouse) -> None:
    row = one(
        public,
        """
        select d.region_code, d.year, d.id, t.series_ref from intermediate.defined_values as d
        inner join intermediate.definition_terms as t on d.study = t.study and d.id = t.id
        inner join intermediate.series_values as any_year
          on d.study = any_year.study and t.series_ref = any_year.series_ref
          and d.region_code = any_year.region_code
        left join intermediate.series_values as v
          on d.study = v.study and t.series_ref = v.series_ref
          and d.region_code = v.region_code and d.year = v.year
        where d.study = 'city_public_raw' and d.value is null and v.value is null
        order by all
    """,
    )
    text = tracer(public)(row["region_code"], int(row["year"]), row["id"], "city_public_raw")
    assert re.search(r"no figure of the region and year in \w+ \(\d{4} to \d{4}\)", text)


@pytest.mark.build
def test_a_variable_made_from_another_leads_to_the_cells_of_the_years_that_it_is_made_of(
    public: Warehouse,
) -> None:
    tree = tracer(public)

    def value(variable: str, year: int) -> float:
        row = one(
            public,
            f"""
            select value from marts.panel_long
            where study = 'city_database' and region_code = '340100' and year = {year}
              and variable_id = '{variable}'
            """,
        )
        return float(row["value"])

    before, now = (tree("合肥", year, "LnGDP", "city_database") for year in (2016, 2017))
    lagged = tree("合肥", 2017, "LnGDP_lag", "city_database")
    assert f"{value('LnGDP', 2016):,.6g} = lag(LnGDP, 1): LnGDP of 2016" in lagged
    cells = re.compile(r"row \d+, column \d+: \"[^\"]+\"")
    assert cells.findall(before) and cells.findall(lagged) == cells.findall(before)
    assert cells.findall(lagged) != cells.findall(now)
    mean = (value("LnGDP", 2014) + value("LnGDP", 2015)) / 2
    first = tree("合肥", 2020, "LnGDP_before", "city_database")
    says = f"{mean:,.6g} = before(LnGDP): mean of LnGDP before the policy, in 2014, 2015"
    assert says in first
    of_both = [
        cell
        for year in (2014, 2015)
        for cell in cells.findall(tree("合肥", year, "LnGDP", "city_database"))
    ]
    assert cells.findall(first) == of_both
    nothing = tree("合肥", 2014, "LnGDP_lag", "city_database")
    assert "no value: no earlier year; it would be lag(LnGDP, 1)" in nothing
    # The table has them all: of every derived value of the study the cells of its base.
    missing = one(
        public,
        """
        select count(*) as n from intermediate.derived_values as v
        left join (select distinct study, region_code, year, variable_id from quality.trace) as t
          on v.study = t.study and v.region_code = t.region_code and v.year = t.year
          and v.id = t.variable_id
        where v.value is not null and t.study is null
        """,
    )
    assert missing["n"] == 0


@pytest.mark.build
def test_years_before_a_study_are_traced_where_a_specification_begins_there(
    public: Warehouse,
) -> None:
    tree = tracer(public)
    early = tree("合肥", 2011, "Index", "city_database")
    assert "2011 is before 2014, the first year of the study" in early
    row = one(
        public,
        """
        select value from intermediate.earlier_values
        where study = 'city_database' and region_code = '340100' and year = 2011
          and variable_id = 'Index'
        """,
    )
    assert f"{row['value']:,.6g} = " in early and re.search(r': "[0-9.]+"', early)
    assert "2011 is before" not in tree("合肥", 2014, "Index", "city_database")
    with pytest.raises(ValueError, match="city_database covers 2011 to 2022"):
        tree("合肥", 2010, "Index", "city_database")
    with pytest.raises(ValueError, match="city_public covers 2014 to 2022"):
        tree("合肥", 2011, "Index", "city_public")
    lagged = tree("合肥", 2012, "LnGDP_lag", "city_database")
    assert "no value: it is made for the years of the study alone" in lagged


def test_an_unknown_source_is_told_its_nearest() -> None:
    """A study s of one variable, gdp of a source that is misspelt, and no figure of it."""
    answers: dict[str, list[dict[str, Any]]] = {
        MEANINGS: [{"level": "city", "region_code": "1", "is_meant": True, "name_zh": "甲",
                    "name_en": "Jia"}],
        queries.STUDIES: [{"study": "s", "level": "city", "title_en": "S", "title_zh": "研",
                           "first_year": 2014, "earliest_year": 2014, "last_year": 2016,
                           "policy": "p", "index_id": None, "data_profile": "public"}],
        queries.SAMPLES: [{"study": "s", "level": "city"}],
        queries.NAMES: [{"study": "s", "id": "v"}],
        queries.DEFINITIONS: [{"id": "v", "label_en": "V", "label_zh": "量", "denominator": None,
                               "numerator": "gdp@fnance", "scale": 1.0, "transform": "level"}],
        queries.SERIES: [{"series_id": "gdp", "label_en": "GDP", "label_zh": "总值"}],
        queries.DEFINED: [{"id": "v", "role": "control", "value": None, "reason": "no data"}],
        queries.TERMS: [{"series_ref": "gdp@fnance", "series_id": "gdp", "pinned_source": "fnance",
                         "value": None}],
        queries.SOURCES: [{"source_id": "finance", "first_year": 2003, "last_year": 2023}],
    }  # fmt: skip

    def read(sql: str, _parameters: Sequence[object]) -> pd.DataFrame:
        return pd.DataFrame(answers.get(sql, []), dtype=object)

    text = render(trace(read, "甲", 2015, "v", study=None), 200)
    assert "no source fnance gives this series; did you mean finance?" in text


def test_an_index_of_any_id_is_traced_and_only_simulated_data_are_called_so() -> None:
    """The index `soil` of a study is 0.25 = 0.5 x 0.5 of its one indicator v."""
    study: dict[str, Any] = {
        "study": "s", "level": "county", "title_en": "S", "title_zh": "研", "first_year": 2014,
        "earliest_year": 2014, "last_year": 2016, "policy": "p", "index_id": "soil",
        "index_label_en": "Soil index", "index_label_zh": None, "data_profile": "simulated",
    }  # fmt: skip
    answers: dict[str, list[dict[str, Any]]] = {
        MEANINGS: [{"level": "county", "region_code": "1", "is_meant": True, "name_zh": None,
                    "name_en": "Jia"}],
        queries.STUDIES: [study],
        queries.SAMPLES: [{"study": "s", "level": "county"}],
        queries.NAMES: [{"study": "s", "id": "v"}],
        queries.VALUES: [{"study": "s", "value": 0.25}],
        queries.DEFINITIONS: [{"id": "v", "label_en": "V", "label_zh": "量", "denominator": None,
                               "numerator": "g", "scale": 1.0, "transform": "level", "sign": 1}],
        queries.SERIES: [{"series_id": "g", "label_en": "G", "label_zh": "总值"}],
        queries.DEFINED: [{"id": "v", "role": "indicator", "value": 3.0, "reason": None}],
        queries.WEIGHED: [{"id": "v", "value": 3.0, "normalised": 0.5, "weight": 0.5,
                           "part": 0.25, "lowest": 1.0, "highest": 5.0}],
    }  # fmt: skip
    asked: list[Sequence[object]] = []

    def read(sql: str, parameters: Sequence[object]) -> pd.DataFrame:
        if sql == queries.TRACE:
            asked.append(parameters)
        return pd.DataFrame(answers.get(sql, []), dtype=object)

    lines = render(trace(read, "jia", 2015, "SOIL", study=None), 200).splitlines()
    assert lines[:5] == [
        "Jia (1), 2015, study s: S 研", SIMULATED, "", "soil  Soil index",
        "0.25 = sum of weight × normalised value over 1 indicators, the largest part first",
    ]  # fmt: skip
    assert asked == [("s", "1", 2015, "soil")]
    study["data_profile"] = "open"
    assert SIMULATED not in render(trace(read, "jia", 2015, "soil", study=None), 200)
    with pytest.raises(ValueError, match=r"no variable 'nqp'.* s: p, soil, v\."):
        trace(read, "jia", 2015, "nqp", study=None)
