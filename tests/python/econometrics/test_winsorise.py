"""Winsorising against percentiles by hand and numpy's rule of the same definition."""

from __future__ import annotations

from typing import Any

import duckdb
import jinja2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nqp.econometrics.winsorise import winsorise
from warehouse import ROOT


def bounds(n: int, lower: float, upper: float) -> tuple[float, float]:
    """The lowest and highest of 1, 2, …, n after winsorising, shuffled."""
    values = np.random.default_rng(n).permutation(n) + 1
    x = winsorise(pd.DataFrame({"x": values}), ["x"], lower, upper)["x"]
    return float(x.min()), float(x.max())


# n * share whole: the mean of that number and the next; else the number rounded up.
@pytest.mark.parametrize(
    ("n", "lower", "upper", "expected"),
    [
        (100, 0.01, 0.99, (1.5, 99.5)),
        (101, 0.01, 0.99, (2, 100)),  # 1.01 and 99.99
        (99, 0.01, 0.99, (1, 99)),  # 0.99 and 98.01
        (2556, 0.01, 0.99, (26, 2531)),  # 25.56 and 2530.44
        (700, 0.07, 0.93, (49.5, 651.5)),  # 49 exactly, though 700 * 0.07 > 49 in binary
        (10, 0.0, 1.0, (1, 10)),
        (10, 0.0, 0.5, (1, 5.5)),
        (1, 0.01, 0.99, (1, 1)),
    ],
)
def test_percentiles_by_hand(
    n: int, lower: float, upper: float, expected: tuple[float, float]
) -> None:
    assert bounds(n, lower, upper) == expected


@pytest.mark.parametrize("n", range(2, 40))
def test_percentiles_match_numpy_where_shares_are_exact(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n)
    expected = np.quantile(values, [0.125, 0.75], method="averaged_inverted_cdf")
    x = winsorise(pd.DataFrame({"x": values}), ["x"], 0.125, 0.75)["x"]
    np.testing.assert_allclose(x, np.clip(values, *expected), rtol=1e-15)


def test_groups_have_their_own_percentiles() -> None:
    # 2014: 1 … 10, so 1.5 and 9.5; 2015: 100 times that. Rows alternate.
    frame = pd.DataFrame({"year": [2014, 2015] * 10, "x": np.repeat(np.arange(1, 11), 2)})
    frame.loc[frame["year"] == 2015, "x"] *= 100
    result = winsorise(frame, ["x"], 0.1, 0.9, by="year")
    inner = list(range(2, 10))
    assert result.loc[result["year"] == 2014, "x"].tolist() == [1.5, *inner, 9.5]
    assert result.loc[result["year"] == 2015, "x"].tolist() == [150, *(100 * i for i in inner), 950]
    assert winsorise(frame, ["x"], 0.1, 0.9)["x"].max() == 850  # 18 of 20: 800 and 900


def test_only_the_named_columns_change() -> None:
    frame = pd.DataFrame(
        {"x": np.arange(50.0), "dummy": np.arange(50) == 7, "name": ["a"] * 50},
        index=np.arange(50) * 3,
    )
    before = frame.copy()
    result = winsorise(frame, ["x"], 0.1, 0.9)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(result.drop(columns="x"), before.drop(columns="x"))
    assert result["x"].iloc[[0, 4, 5, 44, 45, 49]].tolist() == [4.5, 4.5, 5, 44, 44.5, 44.5]


@pytest.mark.parametrize("by", [None, "year"])
def test_missing_and_infinite_values_neither_count_nor_change(by: str | None) -> None:
    values = [*range(1, 11), np.nan, -np.inf, np.inf]
    frame = pd.DataFrame({"x": values, "year": 2014})
    result = winsorise(frame, ["x"], 0.1, 0.9, by)["x"]
    expected = [1.5, *range(2, 10), 9.5, np.nan, -np.inf, np.inf]
    np.testing.assert_array_equal(result, expected)
    nullable = frame.assign(x=pd.array([*range(1, 11), None, None, None], dtype="Int64"))
    np.testing.assert_array_equal(winsorise(nullable, ["x"], 0.1, 0.9, by)["x"][:10], expected[:10])
    nothing = winsorise(frame.assign(x=np.nan), ["x"], by=by)["x"]
    assert nothing.isna().all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ["y"]}, "no column y; there are x, year, name, dummy"),
        ({"by": "province"}, "no column province"),
        ({"columns": ["name"]}, "column name must hold numbers"),
        ({"columns": ["dummy"]}, "column dummy must hold numbers"),
        ({"columns": ["year"], "by": "year"}, "column year is to be winsorised and to form"),
        ({"lower": 1, "upper": 99}, "expected 0 <= lower < upper <= 1"),
        ({"lower": 0.5, "upper": 0.5}, "expected 0 <= lower < upper <= 1"),
    ],
)
def test_bad_input_is_named(options: dict[str, Any], message: str) -> None:
    frame = pd.DataFrame({"x": [1.0], "year": [2014], "name": ["a"], "dummy": [True]})
    with pytest.raises(ValueError, match=message):
        winsorise(frame, **({"columns": ["x"]} | options))


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 3000),
    share=st.sampled_from([0.005, 0.01, 0.025, 0.05, 0.07, 0.1, 0.25, 0.3]),
    seed=st.integers(0, 10_000),
)
def test_the_percentiles_of_an_index_are_those_of_a_regression(
    n: int, share: float, seed: int
) -> None:
    # Indicators are winsorised in SQL, before the index; regressions in Python, on their rows.
    values = np.round(np.random.default_rng(seed).normal(size=n), 2)
    percentile = jinja2.Template(
        (ROOT / "macros" / "terms.sql").read_text(encoding="utf-8")
        + "{{ stata_percentile('x', 'x_rank', 'n', share) }}"
    )
    ranked = (
        f"(select x, row_number() over (order by x) as x_rank, {n} as n "
        "from (select unnest(?) as x))"
    )
    lower, upper = (
        duckdb.execute(
            f"select {percentile.render(share=one)} from {ranked}", [values.tolist()]
        ).fetchall()[0][0]
        for one in (share, f"(1 - {share})")
    )
    found = winsorise(pd.DataFrame({"x": values}), ["x"], share, 1 - share)["x"]
    assert found.tolist() == pytest.approx(np.clip(values, lower, upper).tolist(), abs=1e-12)
