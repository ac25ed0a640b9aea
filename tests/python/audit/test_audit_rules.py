"""Each rule of the audit on cases worked by hand."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from nqp.audit import Implied, Interval, Severity
from nqp.audit.nesting import implied_ts, recovered
from nqp.audit.readings import judge
from nqp.audit.rules import RULES
from nqp.audit.rules.mediation import channels, shares
from printed_for_tests import STANDARD, column, described, found, said, severities, tables, where

HERE = Path(__file__)
DOCS = HERE.parents[3] / "docs" / "audit.md"
C, AGAINST, UNLIKELY, UNCLEAR = (
    Severity.CONTRADICTION, Severity.AGAINST_CLAIM, Severity.UNLIKELY, Severity.UNCLEAR,
)  # fmt: skip
L = {"legend": STANDARD, "n_obs": "1,000", "sides": "2", "errors": "robust"}
# A table that says nothing of its tests.
SILENT = {"legend": STANDARD, "n_obs": "1,000"}


def test_every_rule_is_tested_and_explained() -> None:
    here, page = HERE.read_text(encoding="utf-8"), DOCS.read_text(encoding="utf-8")
    for rule in RULES:
        assert f'"{rule}"' in here, f"{rule} has no case"
        assert f"`{rule}`" in page, f"{rule} is not in docs/audit.md"
    assert set(re.findall(r"^\| `([a-z]+\.[a-z_]+)`", page, re.MULTILINE)) == set(RULES)


# --- stars.level ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "fails"),
    [
        # t = 2.45 to 2.56, p = .0107 to .0143 on 900 degrees of freedom and more.
        ("0.0250** (0.0100)", False),
        ("0.0250*** (0.0100)", True),
        ("0.0250* (0.0100)", True),
        ("0.0250 (0.0100)", True),
        # t = 1.50 to 2.75: two stars or none at all.
        ("0.02* (0.01)", False),
        ("0.02** (0.01)", False),
        # A t that is called an error: 0.0250/2.5 = 0.01.
        ("0.0250** (2.5000)", True),
        ("-0.0250** (0.0100)", False),
    ],
)
def test_marks_against_coefficient_and_error(cell: str, fails: bool) -> None:
    findings = found("stars.level", column("1.1", "y", {"x": cell}, **L))
    assert severities(findings) == [C] * fails
    if fails:
        assert ("1", "1", "x", "stars") in where(findings[0])


def test_marks_at_the_edge_are_undecidable_and_no_finding() -> None:
    one = column("1.1", "y", {"x": "0.0069* (0.0042)"}, df="283", **L)
    # t = 1.612 to 1.675 on 283 degrees of freedom: p from .095 to .108.
    [open_one] = said("stars.level", one)
    assert not isinstance(open_one, Implied)
    assert open_one.severity is Severity.UNDECIDABLE
    assert open_one.numbers["p"].low == pytest.approx(0.0951, abs=2e-4)
    assert open_one.numbers["p"].high == pytest.approx(0.1081, abs=2e-4)
    assert found("stars.level", one) == []


def test_degrees_of_freedom_are_clusters_less_one_where_they_are_known() -> None:
    cells = {"x": "2.0000* (1.0000)"}
    note = {"errors": "clustered", "legend": STANDARD, "n_obs": "1000"}
    # t(9) = 2: p = .0766; t(998) = 2: p = .0458.
    assert found("stars.level", column("1.1", "y", cells, n_clusters="10", **note)) == []
    assert severities(found("stars.level", column("1.1", "y", cells, **L))) == [C]
    # Nobody says what the tests use: twenty clusters would explain 2.0, only a few 2.2.
    assert found("stars.level", column("1.1", "y", cells, **SILENT)) == []
    assert found("stars.level", column("1.1", "y", cells, **note)) == []
    silent = column("1.1", "y", {"x": "2.2000* (1.0000)"}, **SILENT)
    assert severities(found("stars.level", silent)) == [UNLIKELY]


@pytest.mark.parametrize(("kind", "inside"), [("t", "2.50"), ("p", "0.013")])
def test_parentheses_may_hold_t_or_p(kind: str, inside: str) -> None:
    def one(marks: str, kind: str) -> list[Severity]:
        cells = {"x": f"0.0250{marks} ({inside})"}
        return severities(found("stars.level", column("1.1", "y", cells, kind=kind, **L)))

    assert one("**", kind) == one("**", "unknown") == []
    assert one("***", kind) == one("***", "unknown") == [C]


def test_a_legend_that_is_not_told_is_read_in_the_way_that_fits_the_whole_paper() -> None:
    strict = {"a": "3.50*** (1.00)", "b": "2.80** (1.00)", "c": "2.20* (1.00)", "d": "1.80 (1.00)"}
    usual = {
        "a": "3.50*** (1.00)",
        "b": "2.80*** (1.00)",
        "c": "2.20** (1.00)",
        "d": "1.80* (1.00)",
    }
    for cells in (strict, usual):
        assert found("stars.level", column("1.1", "y", cells, n_obs="900")) == []
    mixed = found("stars.level", column("1.1", "y", usual | {"c": "2.20* (1.00)"}, n_obs="900"))
    assert [("1", "1", "c", "stars") in where(f) for f in mixed] == [True]


def test_a_table_that_prints_t_where_it_says_errors_is_told_once() -> None:
    cells = {
        "a": "0.0350*** (3.51)", "b": "0.0280** (2.41)", "c": "0.0120* (1.75)", "d": "0.0080 (0.92)"
    }  # fmt: skip
    [finding] = found("stars.level", column("1.1", "y", cells, **L))
    assert finding.severity is C and "t statistics" in finding.sentence


def test_one_sided_tests_are_taken_where_declared_and_named_where_forced() -> None:
    cells = {name: f"{t}0* (1.00)" for name, t in zip("abc", ("1.4", "1.5", "1.6"), strict=True)}
    one_sided = SILENT | {"sides": "1"}
    assert found("stars.level", column("1.1", "y", cells, **one_sided)) == []
    [finding] = found("stars.level", column("1.1", "y", cells, **SILENT))
    assert finding.severity is UNCLEAR and "one-sided" in finding.sentence
    one = {"a": "1.50* (1.00)", "b": "3.00*** (1.00)", "c": "2.20** (1.00)", "d": "1.20 (1.00)"}
    assert severities(found("stars.level", column("1.1", "y", one, **SILENT))) == [UNLIKELY]


def test_papers_that_never_mark_their_constants_may_do_so() -> None:
    columns = [column(f"1.{i}", "y", {"x": "0.50*** (0.10)", "Constant": "9.00 (0.50)"}, **L)
               for i in (1, 2)]  # fmt: skip
    assert found("stars.level", *columns) == []
    assert severities(found("stars.level", *columns, column(
        "1.3", "y", {"x": "0.50*** (0.10)", "Constant": "9.00*** (0.50)"}, **L
    ))) == [C, C]  # fmt: skip


def test_no_marks_at_all_are_no_finding() -> None:
    assert found("stars.level", column("1.1", "y", {"x": "5.00 (0.10)"}, n_obs="900")) == []


def test_a_table_without_marks_has_none_though_an_earlier_note_explains_some() -> None:
    note = {"note": "* p<0.1, ** p<0.05, *** p<0.01", "n_obs": "900"}
    marked = column("1.1", "y", {"x": "5.00*** (0.10)"}, **note)
    assert found("stars.level", marked, column("2.1", "y", {"x": "5.00 (0.10)"})) == []
    more = column("2.2", "y", {"x": "5.00*** (0.10)"})
    assert severities(
        found("stars.level", marked, column("2.1", "y", {"x": "5.00 (0.10)"}), more)
    ) == [C]


def test_marks_that_fit_no_reading_are_told_in_one_sentence() -> None:
    cells = {name: "0.50* (0.10)" for name in "abcdef"} | {"g": "0.50*** (0.10)"}
    [finding] = found("stars.level", column("1.1", "y", cells, **L))
    assert finding.severity is UNLIKELY and len(finding.cells) == 6


def test_a_zero_whose_t_follows_from_r2_is_decided() -> None:
    """t² = (N − k)(R²₁ − R²₀)/(1 − R²₁) = 95 · 0.04/0.46 = 8.26: t = 2.87 under plain errors."""
    note = {"errors": "conventional", "n_obs": "100", "legend": STANDARD, "controls": "no"}
    small = column("1.1", "y", {"x": "1.00*** (0.10)"}, r2="0.5000", r2_adj="0.4949", **note)
    cells = {"x": "0.90*** (0.10)", "z": "0.00*** (0.00)"}
    large = column("1.2", "y", cells, r2="0.5400", r2_adj="0.5305", **note)
    assert recovered(tables(small, large))[("1", "", "2"), "z"].middle == pytest.approx(
        math.sqrt(97 * 0.04 / 0.46), rel=2e-3
    )
    marks = {j.coefficient.term: j for j in judge(tables(small, large)) if j.decided}
    assert set(marks) == {"z"} and marks["z"].status == "consistent"


# --- stars.legend, stars.parenthesis -------------------------------------------------------------


def test_marks_that_are_not_explained() -> None:
    assert severities(found("stars.legend", column("1.1", "y", {"x": "0.5† (0.3)"}, **L))) == [
        UNCLEAR
    ]
    assert found("stars.legend", column("1.1", "y", {"x": "0.5* (0.3)"}, **L)) == []


@pytest.mark.parametrize(
    ("cell", "kind", "severity"),
    [
        ("0.5 (0.1, 0.9)", "se", UNCLEAR),
        ("0.5 (-0.1)", "se", C),
        ("0.5 (1.2)", "p", C),
        ("0.5 (-2.1)", "t", C),
        ("-0.5 (2.1)", "t", None),  # absolute values are printed
        ("0.5 (0.1)", "se", None),
    ],
)
def test_what_parentheses_cannot_hold(cell: str, kind: str, severity: Severity | None) -> None:
    findings = found("stars.parenthesis", column("1.1", "y", {"x": cell}, kind=kind, **L))
    assert severities(findings) == ([severity] if severity else [])


# --- fit -----------------------------------------------------------------------------------------


def test_r2_lies_between_zero_and_one_and_above_adjusted_r2() -> None:
    def one(r2: str, adjusted: str = "") -> list[Severity]:
        others = [column(f"1.{i}", "y", {}, r2="0.5") for i in (2, 3)]
        one = column("1.1", "y", {}, r2=r2, r2_adj=adjusted)
        return severities(found("fit.range", one, *others))

    assert one("1.04") == [C]
    assert one("0.5123", "0.5321") == [C]
    assert one("0.51", "0.51") == one("0.0004", "-0.0011") == []


def test_adjusted_r2_of_a_column_without_effects() -> None:
    """1 − 0.5 · 99/97 = 0.4897 with three parameters, 0.4949 with two."""

    def one(adjusted: str, **more: str) -> list[Severity]:
        fit = {"n_obs": "100", "r2": "0.5000", "r2_adj": adjusted, "controls": "no",
               "unit_effects": "no", "time_effects": "no"}  # fmt: skip
        cells = {"x": "1 (1)", "z": "1 (1)", "Constant": "1 (1)"}
        return severities(found("fit.adjusted", column("1.1", "y", cells, **(fit | more))))

    assert one("0.4897") == []
    assert one("0.4949") == [C]
    assert one("0.4844", n_controls="1") == []
    assert one("0.4844", other_effects="yes") == []
    assert one("0.4949", estimator="2SLS") == []


PANEL = {"unit_effects": "yes", "time_effects": "yes", "controls": "no"}


def panel(number: str, n: str, r2: str, adjusted: str, **more: str) -> list[dict[str, str]]:
    fit = PANEL | {"n_obs": n, "r2": r2, "r2_adj": adjusted} | more
    return column(f"1.{number}", "y", {"x": "1.0 (0.3)"}, **fit)


def adjusted_of(n: int, r2: float, k: int) -> str:
    return f"{1 - (1 - r2) * (n - 1) / (n - k):.4f}"


def test_adjusted_r2_gives_units_and_periods_of_a_balanced_panel() -> None:
    """308 rows and 39 parameters (one slope): 28 units in 11 periods, and no other product."""
    columns = [panel(str(i), "308", "0.9115", adjusted_of(308, 0.9115, 39)) for i in (1, 2)]
    there = tables(*columns)
    assert (there.periods, there.most_units) == (11, 28)
    [implied] = said("fit.units", *columns)
    assert isinstance(implied, Implied)
    assert implied.numbers == {"units": Interval.exact(28), "periods": Interval.exact(11)}


def test_a_matched_column_that_has_lost_rows_but_few_units() -> None:
    """199 rows and 26 + 11 = 37 parameters: of 26 units, less than eight rows each of eleven."""
    whole = [panel(str(i), "308", "0.9115", adjusted_of(308, 0.9115, 39)) for i in (1, 2)]
    matched = panel("3", "199", "0.9356", adjusted_of(199, 0.9356, 37), heading="PSM nearest")
    findings = [f for f in found("fit.units", *whole, matched)]
    assert severities(findings) == [UNCLEAR]
    assert findings[0].numbers["units"] == Interval(26, 26)
    assert "on rows, not on units" in findings[0].sentence


def test_more_rows_than_the_panel_has() -> None:
    whole = [panel(str(i), "308", "0.9115", adjusted_of(308, 0.9115, 39)) for i in (1, 2)]
    assert severities(
        found("fit.units", *whole, panel("3", "318", "0.9115", adjusted_of(318, 0.9115, 39)))
    ) == [UNLIKELY]


def test_one_column_whose_adjusted_r2_no_number_of_units_gives() -> None:
    good = [panel(str(i), "308", "0.9115", adjusted_of(308, 0.9115, 39)) for i in range(1, 5)]
    bad = panel("5", "308", "0.9115", adjusted_of(308, 0.9115, 52))
    assert found("fit.adjusted", *good) == []
    [finding] = found("fit.adjusted", *good, bad)
    assert where(finding) >= {("1", "5", None, "r2_adj")}


def test_a_paper_that_counts_no_effects_is_read_so() -> None:
    columns = [panel(str(i), "308", "0.9115", adjusted_of(308, 0.9115, 2), n_periods="11",
                     n_units="28") for i in range(1, 5)]  # fmt: skip
    assert found("fit.adjusted", *columns) == []


def test_r2_does_not_fall_with_a_regressor_more() -> None:
    def one(r2: str, **more: str) -> list[Severity]:
        fit = {"n_obs": "100", "controls": "no"}
        small = column("1.1", "y", {"x": "1 (1)"}, r2="0.50", **fit)
        large = column("1.2", "y", {"x": "1 (1)", "z": "1 (1)"}, r2=r2, **(fit | more))
        return severities(found("fit.nested", small, large))

    assert one("0.48") == [C]
    assert one("0.50") == one("0.51") == []
    assert one("0.48", n_obs="90") == one("0.48", unit_effects="yes") == []


def test_r2_is_compared_with_the_first_such_column_of_another_table() -> None:
    """Later ones may be other data of as many rows, though no title says so."""
    fit = {"n_obs": "100", "controls": "no"}
    first = column("1.1", "y", {"x": "1 (1)"}, r2="0.50", **fit)
    later = column("2.1", "y", {"x": "1 (1)"}, r2="0.60", **fit)
    large = column("3.1", "y", {"x": "1 (1)", "z": "1 (1)"}, r2="0.55", **fit)
    assert found("fit.nested", first, later, large) == []
    [finding] = found("fit.nested", later, first, large)
    assert finding.severity is UNLIKELY


MOMENTS = [
    described("y", "400", "2.00", "4.00", "-9.00", "12.00"),
    described("x", "400", "1.00", "2.00", "-5.00", "6.00"),
]


def test_r2_of_one_regressor() -> None:
    """(1.5 · 2/4)² = 0.5625, from 0.554 to 0.571 within the digits."""

    def one(r2: str) -> list[Severity]:
        simple = column("1.1", "y", {"x": "1.500 (0.1)"}, r2=r2, n_obs="400", controls="no")
        return severities(found("fit.simple", simple, described=MOMENTS))

    assert one("0.5625") == one("0.560") == []
    assert one("0.5265") == [C]


@pytest.mark.parametrize(("errors", "severity"), [("", UNCLEAR), ("clustered", AGAINST)])
def test_conventional_errors_show_in_r2_and_rows(errors: str, severity: Severity) -> None:
    """t = √(R²(N − 2)/(1 − R²)) = √(0.36 · 98/0.64) = 7.42 = 0.742/0.1."""
    fit = {"n_obs": "100", "controls": "no", "legend": STANDARD, "errors": errors}
    one = column("1.1", "y", {"x": "0.7420*** (0.1000)"}, r2="0.3600", **fit)
    other = column("1.2", "w", {"x": "1.4850*** (0.2000)"}, r2="0.3600", **fit)
    [finding] = found("fit.errors", one, other)
    assert finding.severity is severity
    assert finding.numbers["t implied"].middle == pytest.approx(math.sqrt(0.36 * 98 / 0.64), 1e-3)
    robust = column("1.1", "y", {"x": "0.7420*** (0.2000)"}, r2="0.3600", **fit)
    assert found("fit.errors", robust) == []


def test_an_odd_error_among_conventional_ones() -> None:
    fit = {"n_obs": "100", "controls": "no", "legend": STANDARD, "errors": "conventional"}
    odd = column("1.1", "y", {"x": "0.7420*** (0.1200)"}, r2="0.3600", **fit)
    assert severities(found("fit.errors", odd)) == [C]


def test_errors_of_a_dummy_with_one_date_beside_unit_and_time_effects() -> None:
    """Its own variance is that of units times that of periods: 0.00822 of 28 units, 11 years."""
    fit = PANEL | {"n_obs": "308", "r2": "0.9115", "r2_adj": "0.8990"}
    one = column("3.1", "y", {"d": "0.0218 (0.0082)"}, **fit)
    moments = [described("y", "308", "0.1440", "0.1020", "0.0527", "0.7595"),
               described("d", "308", "0.2045", "0.4040", "0", "1")]  # fmt: skip
    [implied] = implied_ts(tables(one, described=moments))
    assert 0.0218 / implied.implied.middle == pytest.approx(0.00822, abs=2e-5)
    assert implied.agrees


def test_the_constant_is_the_mean_less_what_slopes_explain() -> None:
    """2.00 − 1.5 · 1.00 = 0.5."""

    def one(constant: str, **more: str) -> list[Severity]:
        cells = {"x": "1.500 (0.1)", "Constant": constant}
        fit = {"n_obs": "400", "controls": "no"} | more
        return severities(
            found("fit.constant", column("1.1", "y", cells, **fit), described=MOMENTS)
        )

    assert one("0.503 (0.1)") == []
    assert one("0.603 (0.1)") == [C]
    assert one("0.603 (0.1)", unit_effects="yes") == [UNCLEAR]
    assert one("0.603 (0.1)", n_obs="390") == one("0.603 (0.1)", controls="yes") == []


# --- samples -------------------------------------------------------------------------------------


def parts(*rows: str, title: str = "Heterogeneity") -> list[list[dict[str, str]]]:
    whole = [column("1.1", "y", {"x": "1 (1)"}, n_obs="300")]
    return whole + [
        column(f"2.{i}", "y", {"x": "1 (1)"}, n_obs=n, table_title=title)
        for i, n in enumerate(rows, 1)
    ]


def test_parts_of_a_sample_add_up() -> None:
    assert found("samples.split", *parts("100", "200")) == []
    assert found("samples.split", *parts("100", "200", "50", "60", "190")) == []
    [short] = found("samples.split", *parts("100", "60", "110"))
    assert (short.severity, short.numbers["rows"]) == (UNCLEAR, Interval.exact(270))
    [long] = found("samples.split", *parts("100", "210"))
    assert long.severity is UNLIKELY
    assert found("samples.split", *parts("100", "210", title="Robustness")) == []


def test_two_divisions_have_one_total() -> None:
    declared = [
        column(f"2.{i}", "y", {"x": "1 (1)"}, n_obs=n, split=split)
        for i, (n, split) in enumerate((("100", "a"), ("200", "a"), ("90", "b"), ("200", "b")), 1)
    ]
    [finding] = found("samples.split", column("1.1", "y", {"x": "1 (1)"}, n_obs="300"), *declared)
    assert finding.severity is C and "290 of 300" in finding.sentence


def test_a_matched_sample_with_all_rows() -> None:
    whole = column("1.1", "y", {"x": "1 (1)"}, n_obs="300")
    same = column("2.1", "y", {"x": "1 (1)"}, n_obs="300", heading="PSM-DID")
    fewer = column("2.1", "y", {"x": "1 (1)"}, n_obs="290", heading="PSM-DID")
    assert severities(found("samples.matched", whole, same)) == [UNCLEAR]
    assert found("samples.matched", whole, fewer) == []


def test_the_mean_of_a_dummy_is_a_whole_number_of_rows() -> None:
    """0.2045 · 308 = 62.99 is 63; 0.2065 · 308 = 63.60 lies between 63.59 and 63.62."""

    def one(mean: str) -> list[Severity]:
        moments = [described("d", "308", mean, "0.4040", "0", "1", "dummy")]
        return severities(found("samples.treated", described=moments))

    assert one("0.2045") == []
    assert one("0.2065") == [C]


def test_the_treated_units_that_a_mean_implies() -> None:
    columns = [
        column(f"1.{i}", "y", {"d": "1.0 (0.3)"}, **PANEL, n_obs="2556", r2="0.9115",
               r2_adj=adjusted_of(2556, 0.9115, 294))
        for i in (1, 2)
    ]  # fmt: skip
    moments = [described("d", "2556", "0.1835", "0.3871", "0", "1")]
    [implied] = said("samples.treated", *columns, described=moments)
    assert isinstance(implied, Implied) and "67 units in 7 periods" in implied.sentence


def test_few_clusters() -> None:
    def one(**fit: str) -> list[Severity]:
        return severities(found("samples.clusters", column("1.1", "y", {"x": "1 (1)"}, **fit)))

    clustered = {"errors": "clustered", "n_obs": "500"}
    assert one(n_clusters="19", **clustered) == [UNCLEAR]
    assert one(n_clusters="284", **clustered) == one(n_clusters="19", n_obs="500") == []
    assert one(n_clusters="50", n_treated="3", **clustered) == [UNCLEAR]


def test_more_rows_than_the_descriptive_statistics_have() -> None:
    moments = [described(v, "400", "1.00", "2.00", "-5.00", "6.00") for v in "xyz"]
    columns = [column(f"1.{i}", "y", {"x": "1 (1)"}, n_obs="400") for i in (1, 2)]
    more = column("1.3", "y", {"x": "1 (1)"}, n_obs="410")
    assert found("samples.rows", *columns, described=moments) == []
    assert severities(found("samples.rows", *columns, more, described=moments)) == [UNLIKELY]


# --- mediation -----------------------------------------------------------------------------------

RATE = {"n_obs": "900", "controls": "yes", "legend": STANDARD}


def channel(
    total: str = "0.50*** (0.10)", a: str = "2.00*** (0.40)", b: str = "0.10*** (0.02)",
    direct: str = "0.30*** (0.10)", **more: dict[str, str],
) -> list[list[dict[str, str]]]:  # fmt: skip
    return [
        column("1.1", "y", {"x": total}, **RATE),
        column("1.2", "m", {"x": a}, **RATE),
        column("1.3", "y", {"x": direct, "m": b} | more.get("outer", {}), **RATE),
    ]


def test_total_is_direct_and_indirect() -> None:
    """0.30 + 2.00 · 0.10 = 0.50, give or take 0.005 + 0.010 + 0.001."""
    assert found("mediation.identity", *channel()) == []
    assert found("mediation.identity", *channel(total="0.52*** (0.10)")) == []
    [finding] = found("mediation.identity", *channel(total="0.63*** (0.10)"))
    assert finding.severity is UNLIKELY
    listed = [[r | ({"controls": "no"} if not r["term"] else {}) for r in c]
              for c in channel(total="0.63*** (0.10)")]  # fmt: skip
    assert severities(found("mediation.identity", *listed)) == [C]


def test_an_indirect_effect_that_is_not_significant() -> None:
    """1/z² = 1/2.93² + 1/2.14² with t of 0.1685/0.0576 and 0.0015/0.0007: z = 1.73."""
    steps = channel("0.0085** (0.0036)", "0.1685*** (0.0576)", "0.0015** (0.0007)",
                    "0.0082** (0.0036)")  # fmt: skip
    [finding] = found("mediation.sobel", *steps)
    assert finding.severity is AGAINST
    z = 1 / math.sqrt((0.0576 / 0.1685) ** 2 + (0.0007 / 0.0015) ** 2)
    assert z in finding.numbers["z"] and finding.numbers["z"].high < 1.96
    assert found("mediation.sobel", *channel()) == []


def test_a_mediator_printed_with_one_digit_of_its_error() -> None:
    steps = channel("0.0085** (0.0036)", "3.7940*** (0.9081)", "0.0006*** (0.0001)",
                    "0.0061* (0.0034)")  # fmt: skip
    [finding] = found("mediation.sobel", *steps)
    assert finding.severity is UNCLEAR
    assert finding.numbers["z"].low < 3.43 < finding.numbers["z"].high


@pytest.mark.parametrize(
    ("term", "printed", "severity"),
    [
        ("Sobel Z", "3.536", None),  # 1/√(1/5² + 1/5²)
        ("Sobel Z", "4.900", C),
        ("Indirect effect", "0.200", None),
        ("Indirect effect", "0.300", C),
        ("Mediation share", "40%", None),  # of the total
        ("Mediation share", "66.7%", UNCLEAR),  # of the direct effect
        ("Mediation share", "25%", C),
    ],
)
def test_printed_products_shares_and_tests(
    term: str, printed: str, severity: Severity | None
) -> None:
    findings = found("mediation.printed", *channel(outer={term: printed}))
    assert severities(findings) == ([severity] if severity else [])


def test_a_share_is_of_the_total_of_the_direct_effect_or_of_their_sum() -> None:
    [one] = channels(tables(*channel()))
    worth = {name: value.middle for name, value in shares(one)}
    assert worth["a·b/c"] == pytest.approx(0.4, abs=0.01)
    assert worth["a·b/c'"] == pytest.approx(0.667, abs=0.02)
    assert worth["a·b/(a·b + c')"] == pytest.approx(0.4, abs=0.01)


# --- groups --------------------------------------------------------------------------------------


def test_subgroups_of_which_one_is_marked_must_differ() -> None:
    """(0.0097 − 0.0021)/√(0.0051² + 0.0014²) = 1.44, p = .15."""

    def one(a: str, b: str) -> list[Severity]:
        columns = [
            column(f"2.{i}", "y", {"x": cell}, n_obs=n, split="size")
            for i, (cell, n) in enumerate(((a, "100"), (b, "200")), 1)
        ]
        return severities(found("groups.difference", *columns))

    assert one("0.0097* (0.0051)", "0.0021 (0.0014)") == [AGAINST]
    assert one("0.0421*** (0.0123)", "0.0023 (0.0016)") == []
    assert one("0.0097* (0.0051)", "0.0321*** (0.0014)") == []


def test_a_check_that_halves_the_estimate() -> None:
    base = column("1.1", "y", {"x": "0.0085** (0.0036)"}, n_obs="300")
    fit = {"n_obs": "300", "table_title": "Robustness tests"}
    half = column("2.1", "y", {"x": "0.0041* (0.0024)"}, **fit)
    most = column("2.1", "y", {"x": "0.0064** (0.0024)"}, **fit)
    assert severities(found("groups.robustness", base, half)) == [UNCLEAR]
    assert found("groups.robustness", base, most) == []


# --- instruments ---------------------------------------------------------------------------------


def test_two_stages_do_not_share_one_fit() -> None:
    def one(r2: str) -> list[Severity]:
        first = column("5.1", "x", {"z": "0.5*** (0.1)"}, r2="0.914", heading="First stage")
        second = column("5.2", "y", {"x": "0.7*** (0.2)"}, r2=r2, heading="Second stage")
        return severities(found("iv.one_fit", first, second))

    assert one("0.914") == [UNLIKELY]
    assert one("0.913") == []


def test_f_of_one_instrument_is_t_squared() -> None:
    """t = 0.50/0.10 = 5, F = 25; the digits leave 20 to 31."""

    def one(f: str, **more: str) -> list[Severity]:
        fit = {"n_obs": "900", "n_instruments": "1", "heading": "First stage", "f_stat": f} | more
        return severities(
            found("iv.f_is_t_squared", column("5.1", "x", {"z": "0.500*** (0.100)"}, **fit))
        )

    assert one("25.1") == []
    assert one("52.1") == [UNLIKELY]
    assert one("52.1", n_instruments="2") == []


# --- collinear -----------------------------------------------------------------------------------


def test_dummies_of_all_groups_beside_a_constant() -> None:
    moments = [
        described("east", "1000", "0.400", "0.490", "0", "1"),
        described("west", "1000", "0.350", "0.477", "0", "1"),
        described("north", "1000", "0.250", "0.433", "0", "1"),
    ]
    cells = {"east": "1 (1)", "west": "1 (1)", "north": "1 (1)", "Constant": "1 (1)"}
    assert severities(found("collinear.dummies", column("1.1", "y", cells), described=moments)) == [
        UNLIKELY
    ]
    del cells["north"]
    assert found("collinear.dummies", column("1.1", "y", cells), described=moments) == []


def test_what_effects_absorb_has_no_coefficient() -> None:
    cells = {"Treat": "1 (1)", "Post": "1 (1)", "Treat × Post": "1 (1)"}
    fit = {"unit_effects": "yes", "time_effects": "no"}
    [finding] = found("collinear.effects", column("1.1", "y", cells, **fit))
    assert (finding.severity, where(finding)) == (UNLIKELY, {("1", "1", "Treat", "estimate")})
    assert found("collinear.effects", column("1.1", "y", {"Treat": "1 (1)"}, **fit)) == []


def test_an_outcome_among_its_own_regressors() -> None:
    assert severities(found("collinear.outcome", column("1.1", "y", {"Y": "1 (1)"}))) == [C]
    assert found("collinear.outcome", column("1.1", "y", {"L.y": "1 (1)"})) == []


# --- descriptives --------------------------------------------------------------------------------


def test_means_lie_within_the_range() -> None:
    def one(*cells: str) -> list[Severity]:
        return severities(found("descriptives.range", described=[described("x", "100", *cells)]))

    assert one("2.5", "1.0", "0.0", "5.0") == []
    assert one("5.5", "1.0", "0.0", "5.0") == [C]
    assert one("2.5", "-1.0", "0.0", "5.0") == [C]


def test_standard_deviations_within_mean_and_range() -> None:
    """At most √((5 − 1)(1 − 0) · 100/99) = 2.01; at least 5/√198 = 0.36."""

    def one(sd: str, kind: str = "") -> list[Severity]:
        row = described("x", "100", "1.00", sd, "0.00", "5.00", kind)
        return severities(found("descriptives.spread", described=[row]))

    assert one("2.00") == one("0.40") == []
    assert one("2.10") == [C]
    assert one("0.20") == [C]
    dummy = described("d", "100", "0.50", "0.40", "0", "1", "dummy")
    assert severities(found("descriptives.spread", described=[dummy])) == [C]


def test_means_of_whole_numbers() -> None:
    """Twenty whole numbers have means in steps of 0.05: 3.45 can be, 3.47 cannot."""

    def one(mean: str, kind: str = "whole") -> list[Severity]:
        row = described("x", "20", mean, "1.00", "1", "7", kind)
        return severities(found("descriptives.whole", described=[row]))

    assert one("3.45") == one("3.47", kind="") == []
    assert one("3.47") == [C]


def test_one_cell_with_more_decimals() -> None:
    rows = [described(v, "100", "1.1234", "0.5123", "0.1234", "2.1234") for v in "abc"]
    assert found("descriptives.decimals", described=rows) == []
    rows[1]["minimum_printed"] = "0.00003"
    [finding] = found("descriptives.decimals", described=rows)
    assert where(finding) == {("2", None, "b", "minimum")}


# --- permutation, zeros, captions ----------------------------------------------------------------


def test_the_smallest_p_of_a_permutation_test() -> None:
    """One of six units treated has six assignments, so no p is below 1/6."""
    fit = {"errors": "permutation", "n_units": "6", "n_treated": "1", "legend": STANDARD}

    def one(cell: str, **more: str) -> list[Severity]:
        columns = column("1.1", "y", {"x": cell}, kind="p", **(fit | more))
        return severities(found("permutation.smallest", columns))

    assert one("0.5 (0.17)") == []
    assert one("0.5 (0.03)") == [C]
    assert one("0.5*** (0.17)") == [C]
    assert one("0.5*** (0.001)", n_units="28", n_treated="9", draws="999") == []
    assert one("0.5*** (0.000)", n_units="28", n_treated="9", draws="999") == [C]


def test_zeros_and_the_unit_that_would_show_them() -> None:
    moments = [described("x", "900", "150000.0", "100092.9", "10.0", "900000.0")]
    one = column("1.1", "y", {"x": "0.0000*** (0.0000)"}, **L)
    [finding] = found("zeros.coefficient", one, described=moments)
    assert finding.severity is UNCLEAR and "units of 100,000" in finding.sentence
    assert found("zeros.coefficient", column("1.1", "y", {"x": "0.000 (0.012)"}, **L)) == []


def test_a_zero_that_the_identity_of_mediation_gives() -> None:
    """b = (c − c')/a = (0.0240 − 0.0121)/1686.964 = 7.05e-6."""
    steps = channel("0.0240*** (0.0056)", "1686.9640*** (413.5628)", "0.0000*** (0.0000)",
                    "0.0121** (0.0050)")  # fmt: skip
    [finding] = found("zeros.coefficient", *steps)
    assert 7.05e-6 in finding.numbers["coefficient"]


def test_two_tables_of_one_number() -> None:
    def one(title: str) -> list[Severity]:
        first = column("3.1", "y", {"x": "1 (1)"}, table_title="Table 3. Baseline")
        other = column("4.1", "y", {"x": "1 (1)"}, table_title=title)
        return severities(found("captions.number", first, other))

    assert one("Table 3. Robustness") == [UNCLEAR]
    assert one("Table 4. Robustness") == one("Table 3 (continued). Baseline") == []
