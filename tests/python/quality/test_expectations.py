"""Expectations: each rule fails on what it is for, names the rows, and bends only on record."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import great_expectations as gx
import numpy as np
import pandas as pd
import pytest

from nqp.ingest import WAIVER_COLUMNS, IngestError, read_waivers
from nqp.presentation import data_docs
from nqp.quality.expectation_results import COLUMNS
from nqp.quality.expectations import check
from nqp.quality.suites import ExpectationError, Suite, read_suites
from warehouse import ROOT

SHIPPED = ROOT / "expectations"
STUDIES = (
    "city", "city_public", "city_public_raw",
    "province", "province_public", "province_public_winsorised",
)  # fmt: skip
SUITES = read_suites(
    SHIPPED, {study: ROOT / "studies" / study / "expectations" for study in STUDIES}
)
# By the study whose own it is, '' for every study, and its name.
RULES = {(suite.study, rule.name): suite for suite in SUITES for rule in suite.rules}
TODAY = date(2026, 6, 30)
Tables = dict[str, pd.DataFrame]


def waivers(*rows: Sequence[str], study: str = "") -> pd.DataFrame:
    """Rows of waivers.csv, of the profile or of a study: rule, scope, reason, who, until."""
    frame = pd.DataFrame(list(rows), columns=list(WAIVER_COLUMNS), dtype=str)
    return frame.assign(manifest_row=range(2, 2 + len(frame)), study=study)


NONE = waivers()


# --- the shipped suites ---------------------------------------------------------------------------


def panel(study: str, regions: int, years: range, treated: int, **values: float) -> pd.DataFrame:
    """A long panel: each variable has one value throughout, the policy is in force from 2016."""
    index = pd.MultiIndex.from_product([range(regions), years], names=["region_code", "year"])
    wide = pd.DataFrame(values, index=index).reset_index()
    wide["zone"] = ((wide["region_code"] < treated) & (wide["year"] >= 2016)).astype(float)
    long = wide.melt(["region_code", "year"], var_name="variable_id")
    roles = {"zone": "policy", "score": "index"}
    return long.assign(
        study=study, region_code=long["region_code"].astype(str), imputed=False,
        role=[roles.get(name, "control") for name in long["variable_id"]],
    )  # fmt: skip


def city(study: str) -> pd.DataFrame:
    values = {"Index": 227.8159, "LnGDP": 10.8765, "score": 0.0711}
    return panel(study, 284, range(2014, 2023), 67, **values)


def province(study: str) -> pd.DataFrame:
    return panel(study, 28, range(2012, 2023), 9, score=0.144, Fin=3.5)


def observation(level: str, series_id: str, year: int, value: float) -> dict[str, Any]:
    return {
        "source_id": f"{level}_book", "file": f"{level}.csv", "level": level,
        "series_id": series_id, "region_code": "150600", "year": year, "value": value,
        "corrected": False, "repair": None,
    }  # fmt: skip


def weights(study: str, **values: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"study": study, "indicator": list(values), "entropy": 0.9, "weight": list(values.values()),
         "warning": None}
    )  # fmt: skip


OBSERVED = [
    ("city", "gdp", 2020, 5000.0), ("city", "gdp", 1999, 40.0), ("city", "population", 2020, 300.0),
    ("city", "green_patents", 2020, 0.0), ("city", "dfi_digitisation", 2020, -3.0),
    ("city", "growth", 2020, -99.0), ("city", "wastewater_treatment_rate", 2020, 95.0),
    ("province", "gdp", 2020, 20000.0), ("province", "gdp", 1993, 33.3),
    ("province", "population", 2020, 4000.0),
]  # fmt: skip
SERIES = [
    ("gdp", 1, 5e5), ("population", 0, 2e4), ("green_patents", 0, 5e5), ("growth", -100, 1000),
    ("dfi_digitisation", 0, 1000), ("wastewater_treatment_rate", 0, 100),
]  # fmt: skip
EARLIER_COLUMNS = ["study", "region_code", "year", "variable_id", "value", "imputed"]
SOUND: Tables = {
    "definitions.studies": pd.DataFrame({"study": list(STUDIES)}),
    "definitions.series": pd.DataFrame(SERIES, columns=["series_id", "lowest", "highest"]).assign(
        study=""
    ),
    # A row for each term: most sources stand there more than once.
    "intermediate.study_sources": pd.DataFrame(
        {"study": study, "source_id": f"{study.split('_')[0]}_book", "series_id": series}
        for study in STUDIES for series in ("gdp", "population")
    ),
    "intermediate.earlier_values": pd.DataFrame(columns=EARLIER_COLUMNS),
    "raw.files": pd.DataFrame(
        {"file": ["city.csv", "province.csv", "more.csv"], "sha256": ["1", "2", "3"]}
    ),
    "staging.observations": pd.DataFrame([observation(*row) for row in OBSERVED]),
    "intermediate.defined_values": pd.DataFrame(
        [
            {"study": study, "id": id_, "region_code": "150000", "year": 2020, "value": value}
            for study, id_, value in [
                ("city", "sci_edu_share", 0.2), ("province", "secondary_share", 0.4),
                ("province", "science_share", 0.03), ("province", "solid_waste_rate", 1.1),
                ("province_public", "secondary_share", 0.4),
                ("province_public", "science_share", 0.03),
                ("province_public_winsorised", "secondary_share", 0.4),
                ("province_public_winsorised", "science_share", 0.03),
            ]
        ]
    ),
    "marts.entropy_weights": pd.concat(
        [
            weights("city", robots=0.35, mobile=0.34, students=0.2, patents=0.1, faculty=0.01),
            weights("province", robots=0.74, mobile=0.26),
        ],
        ignore_index=True,
    ),
    "marts.coverage": pd.DataFrame(
        {
            "study": "city", "variable_id": ["Fin", "Com", "Gov"], "expected": 2556,
            "available": [2556, 2519, 0], "imputed": [18, 0, 0],
            "reason": [None, "no data", "no data"],
        }
    ),
    "marts.panel_long": pd.concat(
        [*map(city, STUDIES[:3]), *map(province, STUDIES[3:])], ignore_index=True
    ),
    "quality.unknown_units": pd.DataFrame(
        {"study": ["city"], "source_id": "city_book", "level": "city", "unknown_units": [None]}
    ),
}  # fmt: skip


def put(relation: str, column: str, value: Any, **keys: object) -> Callable[[Tables], Tables]:
    """Tables with one column overwritten in the rows that have these keys."""

    def broken(tables: Tables) -> Tables:
        frame = tables[relation].astype({column: object})
        rows = np.all([frame[key] == found for key, found in keys.items()], axis=0)
        assert rows.any(), f"no row of {relation} has {keys}"
        frame.loc[rows, column] = value
        return {**tables, relation: frame.infer_objects()}

    return broken


def without_last(relation: str, **keys: object) -> Callable[[Tables], Tables]:
    def broken(tables: Tables) -> Tables:
        frame = tables[relation]
        rows = np.all([frame[key] == found for key, found in keys.items()], axis=0)
        return {**tables, relation: frame.drop(index=frame.index[rows][-1])}

    return broken


OBSERVATIONS, DEFINED, WEIGHTS = (
    "staging.observations", "intermediate.defined_values", "marts.entropy_weights"
)  # fmt: skip
COVERAGE, PANEL = "marts.coverage", "marts.panel_long"
CITY_GDP: dict[str, Any] = {"level": "city", "series_id": "gdp", "year": 2020}
RATE = "wastewater_treatment_rate"
Fault = tuple[str, Callable[[Tables], Tables]]


def figure(column: str, value: Any, level: str = "city", **keys: Any) -> Fault:
    """A study that uses the figure, and the fault."""
    return level, put(OBSERVATIONS, column, value, level=level, **keys)


def own(study: str, relation: str, column: str, value: Any, **keys: object) -> Fault:
    return study, put(relation, column, value, study=study, **keys)


# What each rule is for, as the fault it must find and a study in which it must.
FAULTS: dict[str, Fault] = {
    # The other file is of a source of the same study.
    "every_file_is_another": (
        "city",
        lambda sound: put("raw.files", "sha256", "1", file="more.csv")(
            put(OBSERVATIONS, "file", "more.csv", **CITY_GDP)(sound)
        ),
    ),
    "no_figure_is_negative": figure("value", -1.0, series_id="green_patents"),
    "no_figure_is_beyond_its_series": figure("value", 5.1e5, series_id="green_patents"),
    "treatment_rates_are_percentages": figure("value", 101.0, series_id=RATE),
    "treatment_rates_are_not_fractions": figure("value", 0.95, series_id=RATE),
    # 5,000 in the unit of the warehouse is 50,000,000 in 10 thousand yuan.
    "city_gdp_is_in_hundred_million_yuan": figure("value", 5e7, **CITY_GDP),
    "city_gdp_before_2000_is_in_hundred_million_yuan": figure(
        "value", 4e5, series_id="gdp", year=1999
    ),
    "province_gdp_is_in_hundred_million_yuan": figure(
        "value", 2.0, "province", series_id="gdp", year=2020
    ),
    "province_gdp_before_2000_is_in_hundred_million_yuan": figure(
        "value", 3.33e5, "province", series_id="gdp", year=1993
    ),
    "city_population_is_in_ten_thousand_persons": figure("value", 3e6, series_id="population"),
    "province_population_is_in_ten_thousand_persons": figure(
        "value", 4e7, "province", series_id="population"
    ),
    "years_are_those_of_yearbooks": figure("year", 2048, series_id="population"),
    "no_series_begins_before_1978": figure("year", 1950, series_id="population"),
    "corrections_are_exceptions": figure("corrected", True, series_id="gdp"),
    "most_figures_need_no_cleaning": figure("repair", "footnote mark"),
    "sector_shares_are_shares": own("province", DEFINED, "value", 1.01, id="secondary_share"),
    "budget_shares_are_shares": own("province", DEFINED, "value", 3.0, id="science_share"),
    "solid_waste_is_utilised_once": own("province", DEFINED, "value", 110.0, id="solid_waste_rate"),
    "no_indicator_sits_in_a_few_cells": own("city", WEIGHTS, "entropy", 0.1, indicator="robots"),
    "no_indicator_is_the_index": own("city", WEIGHTS, "weight", 0.51, indicator="robots"),
    "no_indicator_outweighs_a_few": own("province", WEIGHTS, "weight", 0.76, indicator="robots"),
    "no_indicator_dominates": own("city", WEIGHTS, "weight", 0.36, indicator="robots"),
    "every_indicator_tells_something": own(
        "city", WEIGHTS, "warning", "constant", indicator="faculty"
    ),
    "no_definition_fails_everywhere": own(
        "city", COVERAGE, "reason", "division by zero", variable_id="Gov"
    ),
    "no_variable_is_mostly_filled_in": own("city", COVERAGE, "imputed", 1300, variable_id="Fin"),
    "little_is_filled_in": own("city", COVERAGE, "imputed", 256, variable_id="Fin"),
    "what_is_there_is_nearly_complete": own("city", COVERAGE, "available", 27, variable_id="Com"),
    "no_unit_is_unknown": own(
        "city", "quality.unknown_units", "unknown_units", '"Atlantis" (2 cells)'
    ),
    "no_value_is_beyond_all_units": own(
        "province", PANEL, "value", np.inf, variable_id="Fin", region_code="3", year=2014
    ),
    "no_value_is_beyond_the_units_of_the_paper": own(
        "province", PANEL, "value", 3.5e12, variable_id="Fin", region_code="3", year=2014
    ),
    "gdp_per_head_is_in_one_unit": own(
        "city", PANEL, "value", 10.8765 - np.log(1e4),
        variable_id="LnGDP", region_code="3", year=2014,
    ),
    "gdp_per_head_is_plausible": own(
        "city", PANEL, "value", 13.87, variable_id="LnGDP", region_code="3", year=2014
    ),
    "mean_gdp_per_head_is_that_of_table_2": own(
        "city", PANEL, "value", 11.0, variable_id="LnGDP"
    ),
    "mean_finance_index_is_that_of_table_2": own(
        "city", PANEL, "value", 300.0, variable_id="Index", region_code="3"
    ),
    "the_index_is_low_for_most": own("city", PANEL, "value", 0.2968, role="index"),
    "treated_and_untreated_are_compared": own("city", PANEL, "value", 0.0, role="policy"),
    "treated_share_is_that_of_table_2": own(
        "city", PANEL, "value", 0.0, role="policy", region_code="3"
    ),
    "the_panel_has_the_rows_of_the_paper": (
        "city", without_last(PANEL, study="city", role="policy")
    ),
}  # fmt: skip


def of(tables: Tables, relation: str) -> pd.DataFrame:
    """What came of the rules of one relation, by study and rule."""
    suites = [suite for suite in SUITES if suite.relation == relation]
    return check(suites, tables, NONE, TODAY).set_index(["study", "rule"])


def row(found: pd.DataFrame, study: str, rule: str) -> dict[str, Any]:
    """What came of one rule in one study."""
    [record] = found.loc[[(study, rule)]].to_dict("records")
    return {str(name): value for name, value in record.items()}


def test_every_shipped_rule_holds_on_sound_figures_and_has_rows_to_check() -> None:
    found = check(SUITES, SOUND, NONE, TODAY)
    broken = found[~found["status"].isin(["passed", "no rows"])]
    assert broken[["study", "rule", "observed"]].to_numpy().tolist() == []
    assert set(found.loc[found["status"] == "passed", "rule"]) == {rule for _, rule in RULES}
    # What a study says of itself must have something to look at.
    own_rules = {key for key in RULES if key[0]}
    empty = found.loc[found["status"] == "no rows", ["study", "rule"]].itertuples(index=False)
    assert own_rules.isdisjoint(map(tuple, empty))


def test_every_shipped_rule_has_its_fault() -> None:
    assert set(FAULTS) == {rule for _, rule in RULES}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_shipped_rule_fails_on_the_fault_it_is_for(rule: str) -> None:
    study, spoil = FAULTS[rule]
    suite = RULES.get(("", rule)) or RULES[study, rule]
    found = row(of(spoil(SOUND), suite.relation), study, rule)
    assert found["status"] == "failed"
    assert f"study {study}, " in found["message"] and rule in found["message"]
    assert found["reason"] in found["message"]
    if not pd.isna(found["unexpected_count"]):
        assert found["unexpected_count"] > 0 and "=" in found["unexpected_keys"]


def failing(tables: Tables, relation: str) -> list[tuple[str, str]]:
    found = of(tables, relation)
    return sorted(found.index[found["status"] == "failed"])


def test_a_study_with_one_treated_unit_fails_beside_one_with_enough() -> None:
    """Over the rows of both the policy's mean is 0.093: it would pass."""
    few = panel("city_public", 284, range(2014, 2023), 1, LnGDP=10.8765)
    both = pd.concat([city("city"), few], ignore_index=True)
    assert 0.02 < both.loc[both["role"] == "policy", "value"].mean() < 0.1
    found = of({**SOUND, PANEL: both}, PANEL)
    rule = "treated_and_untreated_are_compared"
    stopped = row(found, "city_public", rule)
    assert (stopped["status"], stopped["severity"]) == ("failed", "critical")
    assert float(stopped["observed"]) == pytest.approx(7 / (284 * 9))
    assert row(found, "city", rule)["status"] == "passed"


def test_a_figure_fails_the_studies_that_use_its_source_and_no_other() -> None:
    broken = put(OBSERVATIONS, "value", -1.0, series_id="green_patents")(SOUND)
    assert failing(broken, OBSERVATIONS) == [
        (study, "no_figure_is_negative") for study in STUDIES[:3]
    ]


def test_a_series_of_a_study_says_itself_what_it_can_be() -> None:
    """The catalogue's patents cannot be negative, those of the study that brings the source can."""
    series = pd.concat([
        SOUND["definitions.series"],
        pd.DataFrame([("green_patents", -5, 5, "city"), ("temperature", np.nan, np.nan, "city")],
                     columns=["series_id", "lowest", "highest", "study"]),
    ])  # fmt: skip
    colder = pd.DataFrame([observation("city", "temperature", 2020, -40.0)])
    tables = put(OBSERVATIONS, "value", -4.0, series_id="green_patents")(SOUND)
    tables[OBSERVATIONS] = pd.concat([tables[OBSERVATIONS], colder], ignore_index=True)
    assert failing(tables | {"definitions.series": series}, OBSERVATIONS) == []
    tables = put(OBSERVATIONS, "value", -6.0, series_id="green_patents")(tables)
    found = failing(tables | {"definitions.series": series}, OBSERVATIONS)
    assert ("city", "no_figure_is_negative") in found


@pytest.mark.parametrize(
    ("values", "failing_rules"),
    [
        ({"a": 0.6, "b": 0.4}, []),
        ({"a": 0.8, "b": 0.2}, ["no_indicator_outweighs_a_few"]),
        ({"a": 0.5, "b": 0.3, "c": 0.2}, []),
        ({"a": 1.0}, []),
        ({"a": 0.6, "b": 0.1, "c": 0.1, "d": 0.1, "e": 0.1},
         ["no_indicator_dominates", "no_indicator_is_the_index"]),
    ],
)  # fmt: skip
def test_how_much_an_indicator_may_weigh_depends_on_how_many_there_are(
    values: dict[str, float], failing_rules: list[str]
) -> None:
    tables = {**SOUND, WEIGHTS: weights("city", **values)}
    assert [rule for _, rule in failing(tables, WEIGHTS)] == failing_rules


@pytest.mark.parametrize(
    "file",
    [suite.file for suite in SUITES],
    ids=lambda file: f"{file.parent.parent.name}-{file.stem}",
)
def test_a_shipped_suite_is_as_great_expectations_writes_it(file: Path) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    written: Any = gx.ExpectationSuite(
        **json.loads(file.read_text(encoding="utf-8"))
    ).to_json_dict()
    for version in (content["meta"], written["meta"]):
        version.pop("great_expectations_version", None)
    assert written == content


def test_nothing_is_reported_to_great_expectations() -> None:
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


# --- what a check says ----------------------------------------------------------------------------


KEYS = ("study", "region_code", "year")


def suite(
    folder: Path,
    *rules: dict[str, Any],
    name: str = "marts.panel",
    keys: Sequence[str] = KEYS,
) -> Path:
    """A directory with one suite of rules given by type, kwargs and what differs."""
    entries = [
        {
            "type": rule["type"],
            "kwargs": rule["kwargs"],
            "meta": {"rule": rule.get("rule", "r"), "reason": "because"},
            "severity": rule.get("severity", "critical"),
        }
        for rule in rules
    ]
    content = {"name": name, "expectations": entries, "meta": {"keys": list(keys)}}
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


NOT_NEGATIVE: dict[str, Any] = {
    "type": "expect_column_values_to_be_between", "kwargs": {"column": "value", "min_value": 0},
}  # fmt: skip
MEAN: dict[str, Any] = {
    "type": "expect_column_mean_to_be_between",
    "kwargs": {"column": "value", "min_value": 1, "max_value": 2},
}


def where(rule: dict[str, Any], condition: str) -> dict[str, Any]:
    """The rule for some rows only."""
    row_condition = {"type": "pass_through", "pass_through_filter": condition}
    return rule | {"kwargs": rule["kwargs"] | {"row_condition": row_condition}}


FRAME = pd.DataFrame(
    {
        "study": "a",
        "region_code": ["150600", "110000", "340400", "110000"],
        "year": [2022, 2022, 2021, 2021],
        "value": [-3.0, 1.5, -0.25, 8.0],
    }
)


def tables(frame: pd.DataFrame, *studies: str) -> Tables:
    """The frame as what a suite of `suite` is about, in a build of these studies."""
    return {
        "marts.panel": frame,
        "definitions.studies": pd.DataFrame({"study": studies}),
        "definitions.series": SOUND["definitions.series"],
        "intermediate.study_sources": SOUND["intermediate.study_sources"].head(0),
        "intermediate.earlier_values": SOUND["intermediate.earlier_values"],
    }


def one(
    folder: Path, rule: dict[str, Any], frame: pd.DataFrame = FRAME, accepted: pd.DataFrame = NONE
) -> pd.Series[Any]:
    """What came of a single rule in a single study; blanks are None."""
    found = check(read_suites(suite(folder, rule), {}), tables(frame, "a"), accepted, TODAY)
    assert list(found.columns) == list(COLUMNS) and len(found) == 1
    return found.astype(object).where(found.notna(), None).iloc[0]


def earlier(*values: tuple[str, str, float]) -> pd.DataFrame:
    """Values of a region in 2011, before the first year of any study."""
    rows = [(study, "150000", 2011, name, value, False) for study, name, value in values]
    return pd.DataFrame(rows, columns=EARLIER_COLUMNS)


def test_values_of_earlier_years_are_judged_one_by_one_in_the_study_that_uses_them() -> None:
    """Ranges see them, and conditions that name what all rows of a variable have alike; means and
    shares of rows do not."""

    def changed(values: pd.DataFrame) -> dict[tuple[str, str], tuple[str, str]]:
        before, after = (
            check(SUITES, SOUND | {"intermediate.earlier_values": its}, waivers(), TODAY).set_index(
                ["study", "rule"]
            )
            for its in (earlier(), values)
        )
        assert list(before.index) == list(after.index)
        return {
            key: (after.loc[key, "status"], after.loc[key, "unexpected_keys"])
            for key in before.index
            if before.loc[key, "status"] != after.loc[key, "status"]
        }

    beyond = "study=city variable_id=LnGDP region_code=150000 year=2011 value=23.5"
    found = changed(earlier(("city", "LnGDP", 23.5)))
    assert found == {
        ("city", "gdp_per_head_is_in_one_unit"): ("failed", beyond),
        ("city", "gdp_per_head_is_plausible"): ("failed", beyond),
    }
    # Many more years without the policy would move the share that is treated; shares of the
    # budget are a rule on the definitions.
    shares = "study=city id=sci_edu_share region_code=150000 year=2011 value=0.7"
    untreated = [("city", "zone", 0.0)] * 1000
    assert changed(earlier(*untreated, ("city", "sci_edu_share", 0.7))) == {
        ("city", "budget_shares_are_shares"): ("failed", shares)
    }
    # Of a study that lacks the variable they are nobody's.
    assert changed(earlier(("province", "LnGDP", 23.5))) == {}


def test_unexpected_rows_are_named_by_their_keys_in_order(tmp_path: Path) -> None:
    found = one(tmp_path, NOT_NEGATIVE)
    assert found["status"] == "failed"
    assert (found["unexpected_count"], found["element_count"]) == (2, 4)
    assert found["unexpected_keys"] == (
        "study=a region_code=150600 year=2022 value=-3; "
        "study=a region_code=340400 year=2021 value=-0.25"
    )
    assert found["message"] == (
        "study a, marts.panel: r\n  expected: value at least 0\n  found: 2 of 4 rows otherwise: "
        "study=a region_code=150600 year=2022 value=-3; "
        "study=a region_code=340400 year=2021 value=-0.25\n"
        "  why it matters: because"
    )


def test_the_order_of_the_rows_makes_no_difference(tmp_path: Path) -> None:
    shuffled = FRAME.sample(frac=1, random_state=1).reset_index(drop=True)
    assert not shuffled.equals(FRAME)
    first, second = one(tmp_path, NOT_NEGATIVE), one(tmp_path, NOT_NEGATIVE, shuffled)
    assert first.to_dict() == second.to_dict()


def test_many_rows_are_counted_not_listed(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"study": "a", "region_code": "1", "year": range(1000, 1020), "value": -1.0}
    )
    found = one(tmp_path, NOT_NEGATIVE, frame)
    assert found["unexpected_keys"].endswith("year=1002 value=-1; and 17 more")
    assert found["unexpected_keys"].count("value=") == 3


def test_a_mean_has_no_rows_to_name(tmp_path: Path) -> None:
    found = one(tmp_path, MEAN | {"severity": "warning"})
    assert (found["status"], found["severity"]) == ("passed", "warning")
    assert (found["expected"], found["observed"]) == ("value mean between 1 and 2", "1.5625")
    assert found["unexpected_count"] is None and found["unexpected_keys"] is None
    assert found["message"] is None


def test_a_rule_for_some_rows_looks_at_no_other(tmp_path: Path) -> None:
    found = one(tmp_path, where(NOT_NEGATIVE, "year == 2021"))
    assert (found["unexpected_count"], found["element_count"]) == (1, 2)
    assert found["expected"] == "value at least 0 where year == 2021"


@pytest.mark.parametrize("rule", [NOT_NEGATIVE, MEAN])
def test_a_rule_for_rows_that_are_not_there_neither_holds_nor_fails(
    tmp_path: Path, rule: dict[str, Any]
) -> None:
    for found in (
        one(tmp_path, where(rule, "year == 1999")),
        one(tmp_path, rule, FRAME.assign(value=np.nan)),
    ):
        assert (found["status"], found["observed"]) == ("no rows", "no rows")
        assert found["message"] is None


def test_a_suite_can_say_which_rows_there_must_not_be(tmp_path: Path) -> None:
    rule = {"type": "expect_column_values_to_be_null", "kwargs": {"column": "year"}}
    shown = where(rule | {"kwargs": {"column": "value"}}, "value > 5")
    rule = where(rule, "value > 5")
    for asked, value in ((rule, ""), (shown, " value=8")):
        found = one(tmp_path, asked)
        assert (found["status"], found["expected"]) == ("failed", "no row where value > 5")
        assert found["unexpected_keys"] == f"study=a region_code=110000 year=2021{value}"
    sound = one(tmp_path, rule, FRAME.assign(value=0.0))
    assert (sound["status"], sound["observed"]) == ("passed", "no such row")
    empty = one(tmp_path, rule, FRAME.head(0))
    assert (empty["status"], empty["observed"]) == ("no rows", "no rows")


def test_a_table_may_be_empty_only_where_that_is_expected(tmp_path: Path) -> None:
    rule = {"type": "expect_table_row_count_to_equal", "kwargs": {"value": 4}}
    assert one(tmp_path, rule)["status"] == "passed"
    for found in (
        one(tmp_path, rule, FRAME.head(0)),
        one(tmp_path, where(rule, "year == 1999")),
        one(tmp_path, rule, FRAME.assign(study="b")),
    ):
        assert (found["status"], found["observed"]) == ("failed", "0")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (MEAN | {"kwargs": {"column": "valu", "min_value": 1}}, "marts.panel has no column 'valu'"),
        (where(NOT_NEGATIVE, "yeer == 1"), "name 'yeer' is not defined"),
        (where(NOT_NEGATIVE, "year + 1"), "year + 1 is neither true nor false of a row"),
        (where(NOT_NEGATIVE, "5"), "5 is neither true nor false of a row"),
        (
            {
                "type": "expect_column_values_to_match_regex",
                "kwargs": {"column": "year", "regex": "("},
            },
            "could not be checked",
        ),
    ],
    ids=["column", "condition", "sum", "number", "regex"],
)
def test_what_cannot_be_checked_is_an_error_that_names_the_file(
    tmp_path: Path, rule: dict[str, Any], expected: str
) -> None:
    found = one(tmp_path, rule | {"severity": "warning"})
    assert found["status"] == "error"
    assert expected in found["message"] and str(tmp_path / "marts.panel.json") in found["message"]


def test_what_is_wrong_with_a_suite_is_said_once_and_of_no_study(tmp_path: Path) -> None:
    suites = read_suites(suite(tmp_path, where(NOT_NEGATIVE, "yeer == 1")), {})
    found = check(suites, tables(FRAME, "a", "b"), NONE, TODAY)
    assert found[["study", "status"]].to_numpy().tolist() == [["", "error"]]


def test_a_key_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    found = one(tmp_path, NOT_NEGATIVE, FRAME.drop(columns="year"))
    assert found["status"] == "error" and "has no column 'year'" in found["message"]


# --- suites that cannot be read -------------------------------------------------------------------

SOUND_SUITE: dict[str, Any] = {
    "name": "marts.panel",
    "expectations": [
        {
            **NOT_NEGATIVE,
            "meta": {"rule": "no_value_is_negative", "reason": "counts"},
            "severity": "critical",
        }
    ],
    "meta": {"keys": ["year"]},
}


def with_rule(**changed: object) -> dict[str, Any]:
    return SOUND_SUITE | {"expectations": [SOUND_SUITE["expectations"][0] | changed]}


STRUCTURED = {"type": "comparison", "column": {"name": "year"}, "operator": "==", "parameter": 1}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", 'a list "expectations"'),
        (SOUND_SUITE | {"name": "panel"}, "\"name\" is 'panel', the file is named 'marts.panel'"),
        (SOUND_SUITE | {"meta": {}}, '"meta" lacks "keys"'),
        (SOUND_SUITE | {"expectations": []}, "holds no rule"),
        (with_rule(meta=[]), 'expectation 1: "meta" needs "rule"'),
        (with_rule(meta={"rule": "No negatives", "reason": "x"}), "found 'No negatives'"),
        (with_rule(meta={"rule": "a", "reason": " "}), 'rule a: "meta" needs "reason"'),
        (with_rule(severity="fatal"), "rule no_value_is_negative: \"severity\" is 'fatal'"),
        (with_rule(severity=None), "expected one of critical, warning, info"),
        (with_rule(type="expect_nonsense"), "rule no_value_is_negative: not an expectation"),
        (with_rule(kwargs={"colum": "value"}), "rule no_value_is_negative: not an expectation"),
        (
            with_rule(kwargs=NOT_NEGATIVE["kwargs"] | {"row_condition": STRUCTURED}),
            "write the row condition as a text",
        ),
    ],
)
def test_a_suite_that_cannot_be_read_is_named_with_its_rule(
    tmp_path: Path, content: str | dict[str, Any], expected: str
) -> None:
    file = tmp_path / "marts.panel.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    with pytest.raises(ExpectationError) as raised:
        read_suites(tmp_path, {})
    assert expected in str(raised.value) and str(file) in str(raised.value)


def test_a_suite_that_is_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "marts.panel.json").mkdir()
    with pytest.raises(ExpectationError, match=r"marts\.panel\.json cannot be opened \(Is a dir"):
        read_suites(tmp_path, {})


def test_the_suite_that_the_others_are_spoilt_from_is_sound(tmp_path: Path) -> None:
    (tmp_path / "marts.panel.json").write_text(json.dumps(SOUND_SUITE), encoding="utf-8")
    [rule] = read_suites(tmp_path, {})[0].rules
    assert (rule.name, rule.severity) == ("no_value_is_negative", "critical")


def test_two_rules_of_one_name_are_named_with_both_files(tmp_path: Path) -> None:
    suite(tmp_path, NOT_NEGATIVE, name="marts.a")
    suite(tmp_path, NOT_NEGATIVE, name="marts.b")
    with pytest.raises(ExpectationError, match=r"marts\.b\.json, rule r: .*marts\.a\.json has"):
        read_suites(tmp_path, {})


def test_no_suite_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExpectationError, match="nothing would be checked"):
        read_suites(tmp_path / "absent", {})


def test_a_suite_of_a_table_that_is_not_checked_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExpectationError, match=r"marts\.panel is not among the tables"):
        check(
            read_suites(suite(tmp_path, MEAN), {}),
            {**SOUND, "marts.other": FRAME},
            NONE,
            TODAY,
        )


def test_a_suite_whose_keys_do_not_say_whose_a_row_is_is_an_error(tmp_path: Path) -> None:
    suites = read_suites(suite(tmp_path, MEAN, keys=["region_code", "year"]), {})
    with pytest.raises(ExpectationError, match="names neither study, source_id nor file"):
        check(suites, tables(FRAME, "a"), NONE, TODAY)


# --- several studies ------------------------------------------------------------------------------

TWO = pd.concat([FRAME, FRAME.assign(study="b", value=1.5)], ignore_index=True)


def by_study(
    suites: list[Suite],
    frame: pd.DataFrame,
    *studies: str,
    accepted: pd.DataFrame = NONE,
) -> dict[tuple[str, str], str]:
    """The status of each rule by study and rule."""
    found = check(suites, tables(frame, *studies), accepted, TODAY)
    rows = found[["study", "rule", "status"]].to_numpy().tolist()
    return {(study, rule): status for study, rule, status in rows}


@pytest.mark.parametrize("rule", [
    NOT_NEGATIVE,
    where(NOT_NEGATIVE, "value < 5"),
    MEAN | {"kwargs": {"column": "value", "min_value": 1.5, "max_value": 1.5}},
    where(MEAN, "year == 2021") | {"severity": "warning"},
    NOT_NEGATIVE | {"kwargs": {"column": "value", "min_value": 0, "mostly": 0.6}},
    {"type": "expect_column_median_to_be_between", "kwargs": {"column": "value", "min_value": 1}},
    {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "value"}},
])  # fmt: skip
def test_a_rule_finds_in_each_study_what_it_finds_in_it_alone(
    tmp_path: Path, rule: dict[str, Any]
) -> None:
    """Also where it holds of all rows together, or fails of them and not in each study."""
    suites = read_suites(suite(tmp_path, rule), {})
    for frame in (TWO, TWO.assign(value=TWO["value"].abs()), TWO.assign(value=TWO["value"] + 20)):
        together = check(suites, tables(frame, "a", "b", "c"), NONE, TODAY)
        alone = [check(suites, tables(frame, study), NONE, TODAY) for study in ("a", "b", "c")]
        pd.testing.assert_frame_equal(together, pd.concat(alone, ignore_index=True))


def test_a_rule_of_one_study_is_put_to_it_alone(tmp_path: Path) -> None:
    """Also where its name is that of another study's rule, and where it is not built."""
    general = suite(tmp_path / "general", MEAN | {"rule": "mean"})
    own = {
        "a": suite(tmp_path / "a", NOT_NEGATIVE),
        "b": suite(tmp_path / "b", NOT_NEGATIVE),
        "c": tmp_path / "absent",
    }
    suites = read_suites(general, own)
    assert by_study(suites, TWO, "a", "b") == {
        ("a", "mean"): "passed", ("b", "mean"): "passed",
        ("a", "r"): "failed", ("b", "r"): "passed",
    }  # fmt: skip
    assert set(by_study(suites, TWO, "b")) == {("b", "mean"), ("b", "r")}


def test_a_study_whose_suite_cannot_be_used_is_named_with_the_way_on(tmp_path: Path) -> None:
    general = suite(tmp_path / "general", MEAN)
    same = {"b": suite(tmp_path / "b", NOT_NEGATIVE)}
    with pytest.raises(ExpectationError, match=r"rule r: .*--without b` builds the other studies"):
        read_suites(general, same)
    (tmp_path / "b" / "marts.panel.json").write_text("{", encoding="utf-8")
    with pytest.raises(ExpectationError, match=r"b/marts.panel.json is not JSON.*--without b`"):
        read_suites(general, same)


# --- waivers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "accepted", "status", "says"),
    [
        (NOT_NEGATIVE, [("*", "2026-12-31")], "waived", "until 2026-12-31 by Li Wei: known"),
        (NOT_NEGATIVE, [("*", "2026-06-30")], "waived", "until 2026-06-30"),
        (NOT_NEGATIVE, [("*", "2026-06-29")], "failed", "the waiver ended on 2026-06-29"),
        (NOT_NEGATIVE, [("year=2022", "2026-12-31")], "failed", "only 1 of 2 rows are waived"),
        (NOT_NEGATIVE, [("year=2020", "2026-12-31")], "failed", "the waiver is for other rows"),
        (
            NOT_NEGATIVE,
            [("year=2022", "2026-12-31"), ("region_code=340400 year=2021", "2027-01-01")],
            "waived",
            "until 2026-12-31 by Li Wei: known; until 2027-01-01 by Li Wei: known",
        ),
        (
            NOT_NEGATIVE,
            [("year=2022", "2026-12-31"), ("region_code=340400 year=2022", "2027-01-01")],
            "failed",
            "only 1 of 2 rows are waived",
        ),
        (
            NOT_NEGATIVE,
            [("year=2022", "2026-12-31"), ("year=2021", "2026-06-29")],
            "failed",
            "only 1 of 2 rows are waived",
        ),
        (MEAN, [("*", "2026-12-31")], "waived", "known"),
        (MEAN, [("year=2022", "2026-12-31")], "failed", "only the scope * waives it"),
    ],
)
def test_a_waiver_accepts_exactly_the_rows_of_its_scope_until_its_day(
    tmp_path: Path, rule: dict[str, Any], accepted: list[tuple[str, str]], status: str, says: str
) -> None:
    rows = waivers(*(("r", scope, "known", "Li Wei", until) for scope, until in accepted))
    frame = FRAME.assign(value=FRAME["value"] * 10) if rule is MEAN else FRAME
    found = one(tmp_path, rule, frame, rows)
    assert found["status"] == status
    assert says in found["waiver"] and found["waiver"] in found["message"]
    until = min(day for _, day in accepted) if status == "waived" else None
    assert found["waived_until"] == until


def test_a_waiver_is_for_its_own_rule_alone(tmp_path: Path) -> None:
    suites = read_suites(suite(tmp_path, NOT_NEGATIVE, NOT_NEGATIVE | {"rule": "other"}), {})
    rows = waivers(("other", "*", "known", "Li Wei", "2026-12-31"))
    assert by_study(suites, FRAME, "a", accepted=rows) == {
        ("a", "r"): "failed", ("a", "other"): "waived",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "scope", "owner", "waived"),
    [
        (NOT_NEGATIVE, "*", "", "ab"),
        (NOT_NEGATIVE, "*", "a", "a"),
        (NOT_NEGATIVE, "study=b", "", "b"),
        (NOT_NEGATIVE, "study=b", "b", "b"),
        (NOT_NEGATIVE, "study=b year=2022", "", ""),
        # A mean has no rows to name, but a study.
        (MEAN, "study=a", "", "a"),
        # It is left out of this build.
        (NOT_NEGATIVE, "study=c", "", ""),
        (NOT_NEGATIVE, "*", "c", ""),
    ],
)
def test_a_waiver_touches_the_study_it_is_of_or_names(
    tmp_path: Path, rule: dict[str, Any], scope: str, owner: str, waived: str
) -> None:
    suites = read_suites(suite(tmp_path, rule), {})
    frame = pd.concat([FRAME, FRAME.assign(study="b")], ignore_index=True)
    frame["value"] *= 10
    rows = waivers(("r", scope, "known", "Li Wei", "2026-12-31"), study=owner)
    found = by_study(suites, frame, "a", "b", accepted=rows)
    assert found == {(s, "r"): "waived" if s in waived else "failed" for s in "ab"}


def test_a_waiver_of_a_rule_about_figures_may_name_a_study() -> None:
    """Though a figure is nobody's: its row has no study."""
    rows = waivers(("no_figure_is_negative", "study=city year=2020", "k", "L", "2026-12-31"))
    spoilt = put(OBSERVATIONS, "value", -1.0, series_id="green_patents")(SOUND)
    found = check(SUITES, spoilt, rows, TODAY)
    rows = found.loc[found["rule"] == "no_figure_is_negative", ["study", "status"]]
    status = dict(rows.to_numpy().tolist())
    assert (status["city"], status["city_public"]) == ("waived", "failed")


def test_a_waiver_may_be_of_a_studys_own_rule_and_not_of_anothers(tmp_path: Path) -> None:
    suites = read_suites(
        suite(tmp_path / "general", MEAN | {"rule": "mean"}),
        {"a": suite(tmp_path / "a", NOT_NEGATIVE)},
    )
    row = ("r", "*", "known", "Li Wei", "2026-12-31")
    for owner in ("", "a"):
        found = by_study(suites, TWO, "a", "b", accepted=waivers(row, study=owner))
        assert found["a", "r"] == "waived"
    with pytest.raises(ExpectationError, match=r"b/waivers\.csv, row 2, column rule: no rule is"):
        by_study(suites, TWO, "a", "b", accepted=waivers(row, study="b"))
    other = ("r", "study=a", "known", "Li Wei", "2026-12-31")
    with pytest.raises(ExpectationError, match=r"b/waivers\.csv.*column scope: study=a, but the"):
        by_study(suites, TWO, "a", "b", accepted=waivers(other, study="b"))


def test_a_waiver_changes_nothing_where_the_rule_holds_or_cannot_be_checked(tmp_path: Path) -> None:
    rows = waivers(("r", "*", "known", "Li Wei", "2026-12-31"))
    sound = one(tmp_path, NOT_NEGATIVE, FRAME.assign(value=1.0), rows)
    assert (sound["status"], sound["waiver"]) == ("passed", None)
    unknown = one(tmp_path, NOT_NEGATIVE, FRAME.drop(columns="value"), rows)
    assert (unknown["status"], unknown["waiver"]) == ("error", None)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("rr", "*"), r"waivers\.csv, row 2, column rule: no rule is 'rr'; did you mean 'r'"),
        (("else", "*"), r"column rule: no rule is 'else'; the files in expectations/ name them"),
        (("r", "yeer=2022"), r"row 2, column scope: 'yeer' is not among the keys .*region_code"),
        (("r", "2022"), r"row 2, column scope: '2022' is not key=value"),
        (("r", "year="), r"column scope: 'year=' is not key=value"),
        (("r", "year=2021 year=2022"), r"column scope: a key stands twice"),
    ],
)
def test_a_waiver_of_what_does_not_exist_is_named_by_row_and_column(
    tmp_path: Path, row: tuple[str, str], expected: str
) -> None:
    rows = waivers((*row, "known", "Li Wei", "2026-12-31"))
    with pytest.raises(ExpectationError, match=expected):
        one(tmp_path, NOT_NEGATIVE, accepted=rows)


def written(folder: Path, *rows: str, header: str = ",".join(WAIVER_COLUMNS)) -> Path:
    file = folder / "waivers.csv"
    file.write_text("\n".join([header, *rows]), encoding="utf-8")
    return file


def test_waivers_are_read_as_text_and_may_be_absent(tmp_path: Path) -> None:
    assert read_waivers(tmp_path / "waivers.csv").empty
    file = written(tmp_path, "r,year=2022,年鉴有误,李伟,2026-12-31")
    assert read_waivers(file).to_dict("records") == [
        {
            "rule": "r", "scope": "year=2022", "reason": "年鉴有误", "who": "李伟",
            "until": "2026-12-31", "manifest_row": 2, "study": "",
        }
    ]  # fmt: skip


def test_waivers_of_a_study_are_its_own_and_its_faults_are_named(tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("a", "b")}
    for folder in folders.values():
        folder.mkdir()
    written(tmp_path, "r,*,known,Li Wei,2026-12-31")
    written(folders["b"], "s,*,known,Li Wei,2026-12-31")
    read = read_waivers(tmp_path / "waivers.csv", folders)
    assert read[["study", "rule"]].to_numpy().tolist() == [["", "r"], ["b", "s"]]
    written(folders["b"], "s,*,known,Li Wei,tomorrow")
    with pytest.raises(IngestError, match=r"b/waivers\.csv, row 2, column until: expected a date"):
        read_waivers(tmp_path / "waivers.csv", folders)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("r,*,known,Li Wei,next year", "row 2, column until: expected a date such as 2026-12-31"),
        ("r,*,known,Li Wei,31/12/2026", "found '31/12/2026'"),
        ("r,*,known,Li Wei,2026-02-30", "found '2026-02-30'"),
        ("r,*,,Li Wei,2026-12-31", "row 2, column reason: a value is required"),
        ("r,*,known,,2026-12-31", "row 2, column who: a value is required"),
        ("r,*,known,Li Wei,", "row 2, column until: a value is required"),
        (",*,known,Li Wei,2026-12-31", "row 2, column rule: a value is required"),
        ("r,,known,Li Wei,2026-12-31", "row 2, column scope: a value is required"),
    ],
)
def test_a_waiver_that_lacks_something_is_named_by_row_and_column(
    tmp_path: Path, row: str, expected: str
) -> None:
    with pytest.raises(IngestError) as raised:
        read_waivers(written(tmp_path, row))
    assert expected in str(raised.value)


PROFILES = pd.DataFrame({"study": ["city", "elsewhere"], "data_profile": ["public", "simulated"]})

# --- the page -------------------------------------------------------------------------------------


def test_the_page_tells_every_rule_and_needs_nothing_beside_it() -> None:
    spoilt = put(OBSERVATIONS, "value", -1.0, series_id="green_patents")(SOUND)
    results = check(SUITES, spoilt, NONE, TODAY)
    page = data_docs.page(results, "public", PROFILES)
    for row in results.itertuples():
        assert page.count(f'id="{row.study}.{row.rule}"') == 1
    assert "http" not in page and "<script" not in page and "src=" not in page
    held, empty = (int((results["status"] == status).sum()) for status in ("passed", "no rows"))
    assert held + empty == len(results) - 3
    assert "3 failed" in page and f"{held} held" in page and f"{empty} no rows" in page
    # What fails is linked at the top, and nothing else is.
    assert page.count("<li class=") == 3 + 3
    assert '<a href="#city.no_figure_is_negative">city staging.observations' in page
    assert "series_id=green_patents region_code=150600 year=2020" in page


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("a", "passed", "critical")], "1 expectations hold, 0 fail, 0 had no rows (in 1 study)"),
        (
            [("a", "passed", "info"), ("b", "no rows", "critical"), ("b", "failed", "warning")],
            "1 expectations hold, 1 fail (none critical), 1 had no rows (in 2 studies)",
        ),
        (
            [("", "error", "info"), ("a", "waived", "critical"), ("a", "failed", "critical")],
            "0 expectations hold, 2 fail (2 critical), 1 waived on record, 0 had no rows "
            "(in 1 study)",
        ),
    ],
)  # fmt: skip
def test_what_came_of_all_is_said_in_a_sentence(
    rows: list[tuple[str, str, str]], expected: str
) -> None:
    results = pd.DataFrame(rows, columns=["study", "status", "severity"])
    assert data_docs.in_short(results) == expected


def test_what_a_file_says_is_text_in_the_page() -> None:
    spoilt = put(WEIGHTS, "warning", "<b>&x</b>; <i>", study="city", indicator="faculty")(SOUND)
    page = data_docs.page(of(spoilt, WEIGHTS).reset_index(), "public", PROFILES)
    assert "<b>&x" not in page and "<i>" not in page
    assert "warning=&lt;b&gt;&amp;x&lt;/b&gt;<br>&lt;i&gt;" in page


def test_simulated_figures_are_called_so_on_the_page() -> None:
    """Whatever the profile is called: it may hold real studies beside simulated ones."""
    results = of(SOUND, "marts.coverage").reset_index()
    made_up = PROFILES.replace("public", "simulated")
    for profile in ("simulated", "own"):
        page = data_docs.page(results, profile, made_up)
        assert "not evidence 模拟数据，不可作为证据:\ncity" in page
        assert "not evidence" not in data_docs.page(results, profile, PROFILES)


@pytest.mark.parametrize(
    ("status", "severity", "outcome"),
    [
        ("error", "info", "unchecked"),
        ("failed", "critical", "failed"),
        ("failed", "warning", "warned"),
        ("failed", "info", "noted"),
        ("waived", "critical", "waived"),
        ("passed", "critical", "held"),
        ("no rows", "critical", "no rows"),
    ],
)
def test_an_outcome_is_what_a_status_means_for_the_build(
    status: str, severity: str, outcome: str
) -> None:
    row = {"status": status, "severity": severity, "observed": "1 of 2 rows otherwise"}
    assert data_docs.outcome(row) == outcome
