"""What stands below the figure of an event study."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from nqp.presentation.event_study_notes import event_study_notes

MADE: dict[str, Any] = {"status": "estimated", "reason": None, "n_terms": 4}


def line(name: str, method: str, cluster: str | None, **figures: Any) -> dict[str, Any]:
    return MADE | {"test": name, "method": method, "cluster": cluster} | figures


def lines_with(**changed: Any) -> pd.DataFrame:
    trend = {"bias": 11.858, "bias_if_passed": -11.09, "estimate": 3.4409}
    rows = [
        line("joint_leads", "conventional", None, p_value=0.5),
        line("joint_leads", "cr1", "unit", p_value=0.0019),
        line("joint_leads", "cr1", "assignment", p_value=0.022),
        line("joint_leads", "htz", "assignment", p_value=0.00021),
        line("pretest_power", "cr2", "assignment", power=0.5, slope=2.0739, **trend),
        line("pretest_power", "cr2", "assignment", power=0.8, slope=2.9646, **trend),
        line("group_trends", "cr1", "assignment", estimate=0.6533, std_error=1.135, p_value=0.5693),
    ]
    return pd.DataFrame([row | changed for row in rows])


def honest(relative: float, smooth: float) -> pd.DataFrame:
    rows = [
        MADE | {"restriction": restriction, "target": target, "breakdown": breakdown}
        for target in ("first", "average")
        for restriction, breakdown in (("relative_magnitudes", relative), ("smoothness", smooth))
    ]
    return pd.DataFrame(rows)


def test_each_test_is_a_sentence_in_both_languages() -> None:
    notes = event_study_notes(lines_with(), honest(0.429, 0.0))
    english, chinese = zip(*notes, strict=True)
    assert english == (
        "Test that the 4 other years before the policy are all zero: p = 0.500 with conventional "
        "standard errors; p = 0.002 by unit (CR1); p = 0.022 by cluster of the level at which the "
        "policy was assigned (CR1); p < 0.001 by the same for few clusters (HTZ).",
        "If trends differed by 2.96 a year, at least one of these years by itself would be "
        "significant at 5 % in 80% of samples. Such a trend adds 11.9 to the average effect from "
        "the policy on, and −11.1 where none is significant; the estimate is 3.44.",
        "The 95 % interval of the effect of the first year holds zero once the difference in "
        "trends may change by 0.429 times its largest change before the policy (relative "
        "magnitudes), and even if trends differ by no more than a straight line (smoothness).",
        "The 95 % interval of the average effect holds zero once the difference in trends may "
        "change by 0.429 times its largest change before the policy (relative magnitudes), and "
        "even if trends differ by no more than a straight line (smoothness).",
        "With a linear trend for each cluster of the level at which the policy was assigned the "
        "effect is 0.653 (standard error 1.14, p = 0.569).",
    )
    assert chinese[0].startswith("基期以外事前4期系数为零的检验：") and "p < 0.001" in chinese[0]
    assert len(chinese) == len(english)


def test_intervals_that_always_or_never_hold_zero_say_so() -> None:
    [_, _, first, *_] = event_study_notes(lines_with(), honest(0.0, math.inf))
    assert "holds zero even if trends are parallel" in first[0]
    assert "not for any change of its slope" in first[0]
    [_, _, first, *_] = event_study_notes(lines_with(), honest(math.inf, 0.02))
    assert "never holds zero" in first[0] and "may change by 0.02 a year" in first[0]


def test_a_staggered_policy_is_a_caution_for_tests_that_rest_on_two_way_coefficients() -> None:
    staggered = honest(0.429, 0.0).assign(cautions="The policy begins in 5 different years: …")
    plain = event_study_notes(lines_with(cautions=None), honest(0.429, 0.0))
    *others, (english, chinese) = event_study_notes(lines_with(cautions=None), staggered)
    assert others == plain
    assert english.startswith("Caution: the policy begins in different years")
    assert chinese.startswith("注意：政策分批实施")


def test_what_cannot_be_made_says_why_once() -> None:
    lacking = {"status": "not estimable", "reason": "one lead"}
    notes = event_study_notes(lines_with(**lacking), honest(0, 0).assign(**lacking))
    assert [en for en, _ in notes] == [
        "Joint test of the years before the policy: not estimable (one lead).",
        "Trend that single years before the policy would betray: not estimable (one lead).",
        "Effects without parallel trends (HonestDiD): not estimable (one lead).",
        "The effect beside trends of clusters: not estimable (one lead).",
    ]
    nothing = pd.DataFrame([{"test": None, "status": "not estimable", "reason": "no data"}])
    assert event_study_notes(nothing, honest(0, 0)) == []
