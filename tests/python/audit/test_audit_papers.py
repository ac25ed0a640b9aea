"""What the audit finds in the two papers, from the lists that their studies publish."""

from __future__ import annotations

import math
from functools import cache

import pytest
from scipy import stats

from nqp.audit import Finding, Interval, Report, Severity, audit, read
from nqp.audit.nesting import CONVENTIONAL, OTHER, convention, implied_ts
from nqp.audit.readings import CONSISTENT, UNDECIDABLE
from nqp.audit.rules.groups import difference
from nqp.audit.rules.mediation import Channel, product, shares, sobel, treatments
from nqp.audit.tables import Tables
from warehouse import ROOT

PAPERS = ("city", "province")


@cache
def report(study: str) -> Report:
    [paper] = read([ROOT / "studies" / study / "published"])
    return audit(paper)


@cache
def tables(study: str) -> Tables:
    return Tables(report(study).paper)


def finding(study: str, rule: str, table: str, column: str | None, term: str | None) -> Finding:
    [one] = [
        f
        for f in report(study).findings
        if f.rule == rule
        and (f.cells[0].table_number, f.cells[0].column_number) == (table, column)
        and f.cells[0].term == term
    ]
    return one


def test_the_papers_are_read_whole() -> None:
    sizes = [(len(r.paper.columns), len(r.stars), len(r.paper.descriptives)) for r in map(
        report, PAPERS
    )]  # fmt: skip
    assert sizes == [(16, 44, 9), (16, 45, 10)]


def test_nothing_printed_is_a_contradiction() -> None:
    for study in PAPERS:
        assert Severity.CONTRADICTION not in {f.severity for f in report(study).findings}


def test_of_89_marks_80_are_consistent_9_undecidable_and_none_contradictory() -> None:
    marks = [j for study in PAPERS for j in report(study).stars]
    assert len(marks) == 89
    assert sum(j.status == CONSISTENT for j in marks) == 80
    assert sum(j.status == UNDECIDABLE for j in marks) == 9
    # One more is decided by R² of the column without it, under the conventional errors it has.
    [decided] = [j for j in marks if j.decided]
    assert (decided.coefficient.term, decided.status) == ("Pati", CONSISTENT)
    assert sum(len(report(study).undecidable) for study in PAPERS) == 9


def test_the_star_that_the_printed_digits_miss_is_undecidable() -> None:
    [one] = [f for f in report("city").undecidable if f.cells[0].term == "LnGDP"]
    p = 2 * float(stats.t.sf(0.0069 / 0.0042, 283))
    assert p > 0.1 and p in one.numbers["p"] and 0.1 in one.numbers["p"]


@pytest.mark.parametrize(
    ("study", "units", "periods", "treated"), [("city", 284, 9, 67), ("province", 28, 11, 9)]
)
def test_units_periods_and_treated_units_follow_from_the_tables(
    study: str, units: int, periods: int, treated: int
) -> None:
    assert (tables(study).most_units, tables(study).periods) == (units, periods)
    [said] = [i for i in report(study).implied if i.rule == "samples.treated"]
    assert f"{treated} units in 7 periods" in said.sentence


@pytest.mark.parametrize("study", PAPERS)
def test_adjusted_r2_counts_effects_in_every_column(study: str) -> None:
    assert not [f for f in report(study).findings if f.rule == "fit.adjusted"]


@pytest.mark.parametrize(
    ("study", "column", "fewest", "most"),
    [("city", "1", 268, 280), ("province", "1", 26, 26), ("province", "2", 26, 26)],
)
def test_matching_was_on_rows(study: str, column: str, fewest: int, most: int) -> None:
    one = finding(study, "fit.units", "4", column, None)
    assert one.numbers["units"] == Interval(fewest, most)
    assert "on rows, not on units" in one.sentence


def test_the_kernel_column_of_the_city_paper_cannot_tell() -> None:
    [column] = [c for c in tables("city").columns if c.key == ("4", "", "2")]
    assert tables("city").units(column) == Interval(279, 284)


def test_province_errors_are_conventional_and_city_errors_are_not() -> None:
    assert [convention(tables(study)) for study in PAPERS] == [OTHER, CONVENTIONAL]
    one = finding("province", "fit.errors", "3", "1", "bdpz")
    assert one.severity is Severity.UNCLEAR
    assert one.numbers["std_error implied"].middle == pytest.approx(0.01364, abs=1e-5)
    dummy = {t.column.key: t for t in implied_ts(tables("province"))}["3", "", "2"]
    assert 0.0218 / dummy.implied.middle == pytest.approx(0.00822, abs=2e-5)


def test_constants_are_those_of_the_means_in_one_paper_and_of_a_base_in_the_other() -> None:
    assert not [f for f in report("city").findings if f.rule == "fit.constant"]
    one = finding("province", "fit.constant", "3", "2", "_cons")
    assert one.severity is Severity.UNCLEAR
    assert one.numbers["constant at the means"].middle == pytest.approx(0.1395, abs=2e-4)


def channel(study: str, mediator: str) -> Channel:
    [one] = [c for c in treatments(tables(study)) if c.mediator.term == mediator]
    return one


@pytest.mark.parametrize(
    ("study", "mediator", "indirect", "share", "z"),
    [
        ("city", "Index", 0.00228, 27, 3.43),
        ("city", "LnGIP", 0.00025, 3.0, 1.73),
        ("province", "ln_Labor", 0.00806, 34, 3.42),
        ("province", "Er", 0.00128, 5.3, 1.42),
    ],
)
def test_indirect_effects(
    study: str, mediator: str, indirect: float, share: float, z: float
) -> None:
    one = channel(study, mediator)
    assert product(one).middle == pytest.approx(indirect, abs=1e-5)
    there = dict(shares(one))["a·b/c"] * 100
    assert there.low - 0.5 <= share <= there.high + 0.5
    found = sobel(tables(study), one)
    assert found is not None and z in found


def test_the_identity_of_mediation_holds_in_every_channel() -> None:
    for study in PAPERS:
        assert not [f for f in report(study).findings if f.rule == "mediation.identity"]


@pytest.mark.parametrize(
    ("study", "column", "mediator", "p"), [("city", "4", "LnGIP", 0.084),
                                           ("province", "4", "Er", 0.157)]
)  # fmt: skip
def test_two_channels_are_not_significant(study: str, column: str, mediator: str, p: float) -> None:
    one = finding(study, "mediation.sobel", "5", column, mediator)
    assert one.severity is Severity.AGAINST_CLAIM
    assert p in one.numbers["p"]


def test_one_digit_of_an_error_leaves_the_channel_open() -> None:
    one = finding("city", "mediation.sobel", "5", "2", "Index")
    assert one.severity is Severity.UNCLEAR and 3.43 in one.numbers["z"]


def test_what_print_hides_of_green_patents_can_be_recovered() -> None:
    one = finding("province", "zeros.coefficient", "5", "6", "Pati")
    assert 7.05e-6 in one.numbers["coefficient"]
    assert one.numbers["t"].middle == pytest.approx(9.7, abs=0.1)
    z = sobel(tables("province"), channel("province", "Pati"))
    assert z is not None and z.middle == pytest.approx(3.8, abs=0.1)


def test_zeros_are_told() -> None:
    zeros = [f.cells[0] for f in report("province").findings if f.rule == "zeros.coefficient"]
    assert sorted((c.table_number, c.column_number, c.term) for c in zeros) == [
        ("3", "3", "Ide"), ("3", "3", "Tin"), ("3", "4", "Ide"), ("3", "4", "Tin"),
        ("5", "6", "Pati"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("study", "columns", "p", "told"),
    [
        ("city", ("1", "2"), 0.001, False),
        ("city", ("3", "4"), 0.151, True),
        ("province", ("3", "2"), 0.203, True),
        ("province", ("1", "3"), 0.003, False),
    ],
)
def test_differences_between_subgroups(
    study: str, columns: tuple[str, str], p: float, told: bool
) -> None:
    by_key = {c.key: c for c in tables(study).columns}
    one, other = (by_key["6", "", c].slopes[0] for c in columns)
    z = difference(one, other)
    assert z is not None
    ps = [2 * float(stats.norm.sf(end)) for end in (z.high, z.low)]
    assert ps[0] - 5e-4 <= p <= ps[1] + 5e-4
    found = [f for f in report(study).findings if f.rule == "groups.difference"]
    pairs = {frozenset(c.column_number for c in f.cells) for f in found}
    assert (frozenset(columns) in pairs) == told


def test_rows_of_the_province_paper_are_missing_from_its_regions() -> None:
    one = finding("province", "samples.split", "6", "1", None)
    assert (one.numbers["rows"], one.numbers["whole sample"]) == (
        Interval.exact(275), Interval.exact(308)
    )  # fmt: skip
    assert not [f for f in report("city").findings if f.rule == "samples.split"]


def test_nineteen_clusters_half_an_estimate_an_odd_cell_and_a_number_twice() -> None:
    assert finding("city", "samples.clusters", "6", "1", None).numbers["clusters"] == Interval(
        19, 19
    )
    halved = finding("city", "groups.robustness", "4", "3", "bdpz").numbers["ratio"]
    assert 0.0041 / 0.0085 in halved
    assert finding("city", "descriptives.decimals", "2", None, "Com")
    assert finding("city", "captions.number", "4", "1", None)


def test_r2_of_the_simple_columns_follows_from_slope_and_spread() -> None:
    for study in PAPERS:
        assert not [f for f in report(study).findings if f.rule == "fit.simple"]
        paper = report(study).paper
        column = next(c for c in paper.columns if c.key == ("3", "", "1"))
        y, x = paper.described("nqp"), paper.described("bdpz")
        slope = column.slopes[0].estimate
        assert y and x and y.std_dev and x.std_dev and slope and column.r2
        implied = (slope.value * x.std_dev.value / y.std_dev.value) ** 2
        assert math.isclose(implied, column.r2.value, rel_tol=5e-3)


def test_these_are_all_findings() -> None:
    counts = {study: report(study).counts for study in PAPERS}
    assert counts == {
        "city": {"against its own claim": 2, "unclear": 6},
        "province": {"against its own claim": 2, "unclear": 10},
    }
