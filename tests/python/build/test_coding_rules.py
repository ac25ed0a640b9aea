"""One rule dates policies, for the checks of the definitions and for the tables."""

from __future__ import annotations

from datetime import date

import pytest

from nqp.coding_rules import COUNTS_FROM_NEXT_YEAR, first_treated_year
from nqp.definitions import Selection, load
from nqp.definitions.known import Known
from nqp.definitions.shape_checks import rows_of
from nqp.definitions.shapes import SHAPES
from warehouse import ROOT, Warehouse


@pytest.mark.parametrize(
    ("rule", "june", "july"),
    [("approval_year", 2016, 2016), ("half_year", 2016, 2017), ("following_year", 2017, 2017)],
)
def test_each_rule_says_from_which_year_an_approval_counts(rule: str, june: int, july: int) -> None:
    assert first_treated_year(date(2016, 1, 1), rule) == june
    assert first_treated_year(date(2016, 6, 30), rule) == june
    assert first_treated_year(date(2016, 7, 1), rule) == july
    assert first_treated_year(date(2016, 12, 31), rule) == july


def test_no_rule_is_without_a_case_above() -> None:
    assert set(COUNTS_FROM_NEXT_YEAR) == {"approval_year", "half_year", "following_year"}


@pytest.mark.build
def test_the_checks_and_the_tables_date_the_policy_of_each_study_alike(
    simulated: Warehouse,
) -> None:
    loaded = load(Selection(ROOT, "simulated"))
    known = Known({name: rows_of(loaded.tables[name]) for name in SHAPES}, ())
    compared = 0
    for study in known.studies.values():
        tabled = dict(
            simulated.rows(
                "select region_code, first_treated_year from intermediate.policy_years "
                f"where study = '{study['study']}' and policy = '{study['policy']}'"
            )
        )
        for region, year in known.dated(study).items() if tabled else ():
            assert tabled[region] == year, (study["study"], region)
            compared += 1
    assert compared > 90
