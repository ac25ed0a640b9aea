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

from nqp import data_docs, expectations
from nqp.expectations import ExpectationError, check, read_suites
from nqp.ingest import WAIVER_COLUMNS, IngestError, read_waivers
from warehouse import ROOT

SHIPPED = ROOT / "expectations"
SUITES = read_suites(SHIPPED)
RULES = {rule.name: suite.relation for suite in SUITES.values() for rule in suite.rules}
TODAY = date(2026, 6, 30)
Frames = dict[str, pd.DataFrame]


def waivers(*rows: Sequence[str]) -> pd.DataFrame:
    """Rows of waivers.csv: rule, scope, reason, who, until."""
    frame = pd.DataFrame(list(rows), columns=list(WAIVER_COLUMNS), dtype=str)
    return frame.assign(manifest_row=range(2, 2 + len(frame)))


NONE = waivers()


# --- the shipped suites ---------------------------------------------------------------------------


def panel(study: str, regions: int, years: range, treated: int, **values: float) -> pd.DataFrame:
    """A long panel: each variable has one value throughout, bdpz is the policy from 2016."""
    index = pd.MultiIndex.from_product([range(regions), years], names=["region_code", "year"])
    wide = pd.DataFrame(values, index=index).reset_index()
    wide["bdpz"] = ((wide["region_code"] < treated) & (wide["year"] >= 2016)).astype(float)
    long = wide.melt(["region_code", "year"], var_name="variable_id")
    return long.assign(study=study, region_code=long["region_code"].astype(str), imputed=False)


def city(study: str) -> pd.DataFrame:
    return panel(study, 284, range(2014, 2023), 67, Index=227.8159, LnGDP=10.8765, nqp=0.0711)


def province(study: str) -> pd.DataFrame:
    return panel(study, 28, range(2012, 2023), 9, nqp=0.144, Fin=3.5)


def observation(level: str, series_id: str, value: float) -> dict[str, Any]:
    return {
        "source_id": "book", "level": level, "series_id": series_id, "region_code": "150600",
        "year": 2020, "value": value, "corrected": False, "repair": None,
    }  # fmt: skip


OBSERVED = [
    ("city", "gdp", 5000.0), ("city", "population", 300.0), ("city", "green_patents", 0.0),
    ("city", "dfi_digitisation", -3.0), ("city", "wastewater_treatment_rate", 95.0),
    ("province", "gdp", 20000.0), ("province", "population", 4000.0),
]  # fmt: skip
SOUND: Frames = {
    "raw.files": pd.DataFrame({"file": ["a.csv", "b.csv"], "sha256": ["1", "2"]}),
    "staging.observations": pd.DataFrame([observation(*row) for row in OBSERVED]),
    "intermediate.defined_values": pd.DataFrame(
        [
            {"study": "province", "id": id_, "region_code": "150000", "year": 2020, "value": value}
            for id_, value in [
                ("secondary_share", 0.4), ("science_share", 0.03), ("solid_waste_rate", 1.1),
            ]
        ]
    ),
    "marts.entropy_weights": pd.DataFrame(
        {
            "study": "city", "indicator": ["robots", "mobile", "students", "faculty"],
            "entropy": [0.9, 0.95, 0.99, 1.0], "weight": [0.35, 0.34, 0.3, 0.01], "warning": None,
        }
    ),
    "marts.coverage": pd.DataFrame(
        {
            "study": "city", "variable_id": ["Fin", "Com", "Gov"], "expected": 2556,
            "available": [2556, 2519, 0], "imputed": [18, 0, 0],
            "reason": [None, "no data", "no data"],
        }
    ),
    "marts.panel_long": pd.concat(
        [city("city"), city("city_public"), province("province"), province("province_public")],
        ignore_index=True,
    ),
}  # fmt: skip


def put(relation: str, column: str, value: Any, **keys: object) -> Callable[[Frames], Frames]:
    """Frames with one column overwritten in the rows that have these keys."""

    def broken(frames: Frames) -> Frames:
        frame = frames[relation].astype({column: object})
        rows = np.all([frame[key] == found for key, found in keys.items()], axis=0)
        assert rows.any(), f"no row of {relation} has {keys}"
        frame.loc[rows, column] = value
        return {**frames, relation: frame.infer_objects()}

    return broken


def without_last(relation: str, **keys: object) -> Callable[[Frames], Frames]:
    def broken(frames: Frames) -> Frames:
        frame = frames[relation]
        rows = np.all([frame[key] == found for key, found in keys.items()], axis=0)
        return {**frames, relation: frame.drop(index=frame.index[rows][-1])}

    return broken


OBSERVATIONS, DEFINED, WEIGHTS = (
    "staging.observations", "intermediate.defined_values", "marts.entropy_weights"
)  # fmt: skip
COVERAGE, PANEL = "marts.coverage", "marts.panel_long"
CITY_GDP = {"level": "city", "series_id": "gdp"}
RATE = "wastewater_treatment_rate"
# What each rule is for, as the fault it must find.
FAULTS: dict[str, Callable[[Frames], Frames]] = {
    "every_file_is_another": put("raw.files", "sha256", "1", file="b.csv"),
    "no_figure_is_negative": put(OBSERVATIONS, "value", -1.0, series_id="green_patents"),
    "treatment_rates_are_percentages": put(OBSERVATIONS, "value", 101.0, series_id=RATE),
    "treatment_rates_are_not_fractions": put(OBSERVATIONS, "value", 0.95, series_id=RATE),
    # 5,000 in the unit of the warehouse is 50,000,000 in 10 thousand yuan.
    "city_gdp_is_in_hundred_million_yuan": put(OBSERVATIONS, "value", 5e7, **CITY_GDP),
    "province_gdp_is_in_hundred_million_yuan": put(
        OBSERVATIONS, "value", 2.0, level="province", series_id="gdp"
    ),
    "city_population_is_in_ten_thousand_persons": put(
        OBSERVATIONS, "value", 3e6, level="city", series_id="population"
    ),
    "province_population_is_in_ten_thousand_persons": put(
        OBSERVATIONS, "value", 4e7, level="province", series_id="population"
    ),
    "years_are_those_of_yearbooks": put(OBSERVATIONS, "year", 2048, series_id="population"),
    "corrections_are_exceptions": put(OBSERVATIONS, "corrected", True, series_id="gdp"),
    "most_figures_need_no_cleaning": put(OBSERVATIONS, "repair", "footnote mark", level="city"),
    "sector_shares_are_shares": put(DEFINED, "value", 1.01, id="secondary_share"),
    "budget_shares_are_shares": put(DEFINED, "value", 3.0, id="science_share"),
    "solid_waste_is_utilised_once": put(DEFINED, "value", 110.0, id="solid_waste_rate"),
    "no_indicator_sits_in_a_few_cells": put(WEIGHTS, "entropy", 0.1, indicator="robots"),
    "no_indicator_is_the_index": put(WEIGHTS, "weight", 0.51, indicator="robots"),
    "no_indicator_dominates": put(WEIGHTS, "weight", 0.36, indicator="robots"),
    "every_indicator_tells_something": put(WEIGHTS, "warning", "constant", indicator="faculty"),
    "no_definition_fails_everywhere": put(
        COVERAGE, "reason", "division by zero", variable_id="Gov"
    ),
    "no_variable_is_mostly_filled_in": put(COVERAGE, "imputed", 1300, variable_id="Fin"),
    "little_is_filled_in": put(COVERAGE, "imputed", 256, variable_id="Fin"),
    "what_is_there_is_nearly_complete": put(COVERAGE, "available", 27, variable_id="Com"),
    "no_value_is_beyond_all_units": put(
        PANEL, "value", np.inf, variable_id="Fin", region_code="3", year=2014
    ),
    "gdp_per_head_is_in_one_unit": put(
        PANEL, "value", 10.8765 - np.log(1e4), variable_id="LnGDP", region_code="3", year=2014
    ),
    "gdp_per_head_is_plausible": put(
        PANEL, "value", 13.87, variable_id="LnGDP", region_code="3", year=2014
    ),
    "mean_gdp_per_head_is_that_of_table_2": put(PANEL, "value", 11.0, variable_id="LnGDP"),
    "mean_finance_index_is_that_of_table_2": put(
        PANEL, "value", 300.0, variable_id="Index", region_code="3"
    ),
    "city_index_is_low_for_most": put(PANEL, "value", 0.2968, variable_id="nqp", study="city"),
    "province_index_is_low_for_most": put(
        PANEL, "value", 0.3332, variable_id="nqp", study="province_public"
    ),
    "treated_and_untreated_are_compared": put(PANEL, "value", 0.0, variable_id="bdpz"),
    "city_treated_share_is_that_of_table_2": put(
        PANEL, "value", 0.0, variable_id="bdpz", study="city", region_code="3"
    ),
    "province_treated_share_is_that_of_table_2": put(
        PANEL, "value", 1.0, variable_id="bdpz", study="province", region_code="27"
    ),
    **{
        f"{study}_has_the_rows_of_the_paper": without_last(PANEL, study=study, variable_id="bdpz")
        for study in ("city", "city_public", "province", "province_public")
    },
}


def of(frames: Frames, relation: str) -> pd.DataFrame:
    """What came of the rules of one relation, by rule."""
    return check({relation: SUITES[relation]}, frames, NONE, TODAY).set_index("rule")


def test_every_shipped_rule_holds_on_sound_figures_and_has_rows_to_check() -> None:
    found = check(SUITES, SOUND, NONE, TODAY)
    assert found.loc[found["status"] != "passed", ["rule", "observed"]].to_numpy().tolist() == []
    assert "no rows" not in set(found["observed"])


def test_every_shipped_rule_has_its_fault() -> None:
    assert set(FAULTS) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_shipped_rule_fails_on_the_fault_it_is_for(rule: str) -> None:
    found = of(FAULTS[rule](SOUND), RULES[rule]).loc[rule]
    assert found["status"] == "failed"
    assert rule in found["message"] and found["reason"] in found["message"]
    if found["unexpected_count"] is not pd.NA:
        assert found["unexpected_count"] > 0 and "=" in found["unexpected_keys"]


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.json")), ids=lambda file: file.stem)
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


def suite(folder: Path, *rules: dict[str, Any], name: str = "marts.panel") -> Path:
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
    content = {"name": name, "expectations": entries, "meta": {"keys": ["region_code", "year"]}}
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
        "region_code": ["150600", "110000", "340400", "110000"],
        "year": [2022, 2022, 2021, 2021],
        "value": [-3.0, 1.5, -0.25, 8.0],
    }
)


def one(
    folder: Path, rule: dict[str, Any], frame: pd.DataFrame = FRAME, accepted: pd.DataFrame = NONE
) -> pd.Series[Any]:
    """What came of a single rule; blanks are None."""
    found = check(read_suites(suite(folder, rule)), {"marts.panel": frame}, accepted, TODAY)
    assert list(found.columns) == list(expectations.COLUMNS)
    return found.astype(object).where(found.notna(), None).iloc[0]


def test_unexpected_rows_are_named_by_their_keys_in_order(tmp_path: Path) -> None:
    found = one(tmp_path, NOT_NEGATIVE)
    assert found["status"] == "failed"
    assert (found["unexpected_count"], found["element_count"]) == (2, 4)
    assert found["unexpected_keys"] == (
        "region_code=150600 year=2022 value=-3; region_code=340400 year=2021 value=-0.25"
    )
    assert found["message"] == (
        "marts.panel: r\n  expected: value at least 0\n  found: 2 of 4 rows otherwise: "
        "region_code=150600 year=2022 value=-3; region_code=340400 year=2021 value=-0.25\n"
        "  why it matters: because"
    )


def test_the_order_of_the_rows_makes_no_difference(tmp_path: Path) -> None:
    shuffled = FRAME.sample(frac=1, random_state=1).reset_index(drop=True)
    assert not shuffled.equals(FRAME)
    first, second = one(tmp_path, NOT_NEGATIVE), one(tmp_path, NOT_NEGATIVE, shuffled)
    assert first.to_dict() == second.to_dict()


def test_many_rows_are_counted_not_listed(tmp_path: Path) -> None:
    frame = pd.DataFrame({"region_code": "1", "year": range(1000, 1020), "value": -1.0})
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
def test_a_rule_for_rows_that_are_not_there_passes_and_says_so(
    tmp_path: Path, rule: dict[str, Any]
) -> None:
    for found in (
        one(tmp_path, where(rule, "year == 1999")),
        one(tmp_path, rule, FRAME.assign(value=np.nan)),
    ):
        assert (found["status"], found["observed"]) == ("passed", "no rows")


def test_a_suite_can_say_which_rows_there_must_not_be(tmp_path: Path) -> None:
    rule = {"type": "expect_column_values_to_be_null", "kwargs": {"column": "year"}}
    rule = where(rule, "value > 5")
    found = one(tmp_path, rule)
    assert (found["status"], found["expected"]) == ("failed", "no row where value > 5")
    assert found["unexpected_keys"] == "region_code=110000 year=2021"
    sound = one(tmp_path, rule, FRAME.assign(value=0.0))
    assert (sound["status"], sound["observed"]) == ("passed", "no such row")


def test_a_table_may_be_empty_only_where_that_is_expected(tmp_path: Path) -> None:
    rule = {"type": "expect_table_row_count_to_equal", "kwargs": {"value": 4}}
    assert one(tmp_path, rule)["status"] == "passed"
    found = one(tmp_path, rule, FRAME.head(0))
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
        read_suites(tmp_path)
    assert expected in str(raised.value) and str(file) in str(raised.value)


def test_a_suite_that_is_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "marts.panel.json").mkdir()
    with pytest.raises(ExpectationError, match=r"marts\.panel\.json cannot be opened \(Is a dir"):
        read_suites(tmp_path)


def test_the_suite_that_the_others_are_spoilt_from_is_sound(tmp_path: Path) -> None:
    (tmp_path / "marts.panel.json").write_text(json.dumps(SOUND_SUITE), encoding="utf-8")
    [rule] = read_suites(tmp_path)["marts.panel"].rules
    assert (rule.name, rule.severity) == ("no_value_is_negative", "critical")


def test_two_rules_of_one_name_are_named_with_both_files(tmp_path: Path) -> None:
    suite(tmp_path, NOT_NEGATIVE, name="marts.a")
    suite(tmp_path, NOT_NEGATIVE, name="marts.b")
    with pytest.raises(ExpectationError, match=r"marts\.b\.json, rule r: .*marts\.a\.json has"):
        read_suites(tmp_path)


def test_no_suite_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExpectationError, match="nothing would be checked"):
        read_suites(tmp_path / "absent")


def test_a_suite_of_a_table_that_is_not_checked_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExpectationError, match=r"marts\.panel is not among the tables"):
        check(read_suites(suite(tmp_path, MEAN)), {"marts.other": FRAME}, NONE, TODAY)


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
    suites = read_suites(suite(tmp_path, NOT_NEGATIVE, NOT_NEGATIVE | {"rule": "other"}))
    rows = waivers(("other", "*", "known", "Li Wei", "2026-12-31"))
    found = check(suites, {"marts.panel": FRAME}, rows, TODAY).set_index("rule")
    assert found["status"].to_dict() == {"r": "failed", "other": "waived"}


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
            "until": "2026-12-31", "manifest_row": 2,
        }
    ]  # fmt: skip


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


# --- the page -------------------------------------------------------------------------------------


def test_the_page_tells_every_rule_and_needs_nothing_beside_it() -> None:
    results = check(SUITES, FAULTS["no_figure_is_negative"](SOUND), NONE, TODAY)
    page = data_docs.page(results, "public")
    for row in results.itertuples():
        assert f'id="{row.rule}"' in page
    assert "http" not in page and "<script" not in page and "src=" not in page
    assert "1 failed" in page and f"{len(results) - 1} held" in page
    # What fails is linked at the top, and nothing else is.
    assert page.count("<li class=") == 3
    assert '<a href="#no_figure_is_negative">staging.observations' in page
    assert "series_id=green_patents region_code=150600 year=2020 value=-1" in page


def test_what_a_file_says_is_text_in_the_page() -> None:
    frames = put(WEIGHTS, "warning", "<b>&x</b>; <i>", indicator="faculty")(SOUND)
    page = data_docs.page(of(frames, WEIGHTS).reset_index(), "public")
    assert "<b>&x" not in page and "<i>" not in page
    assert "warning=&lt;b&gt;&amp;x&lt;/b&gt;<br>&lt;i&gt;" in page


def test_simulated_figures_are_called_so_on_the_page() -> None:
    results = of(SOUND, "raw.files").reset_index()
    assert "not evidence" in data_docs.page(results, "simulated")
    assert "not evidence" not in data_docs.page(results, "public")


@pytest.mark.parametrize(
    ("status", "severity", "outcome"),
    [
        ("error", "info", "unchecked"),
        ("failed", "critical", "failed"),
        ("failed", "warning", "warned"),
        ("failed", "info", "noted"),
        ("waived", "critical", "waived"),
        ("passed", "critical", "held"),
    ],
)
def test_an_outcome_is_what_a_status_means_for_the_build(
    status: str, severity: str, outcome: str
) -> None:
    row = {"status": status, "severity": severity, "observed": "1 of 2 rows otherwise"}
    assert data_docs.outcome(row) == outcome
