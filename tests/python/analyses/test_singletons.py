"""nqp.analyses.singletons: which rows of a sample alone have an effect, and where that is told."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from nqp.analyses.regressions import prepare, regressions
from nqp.analyses.singletons import dropped_singletons
from samples_for_tests import (
    NORTH,
    SPEC,
    STUDIES,
    A,
    B,
    C,
    D,
    E,
    Request,
    asked_by,
    frame,
    requested,
    samples_of,
    small_panel,
)

# E is seen in 2014 alone, and nobody else in 2014 but D, which is seen in 2016 and 2017 too.
CHAIN = (
    f"(region_code in ('{A}', '{B}', '{C}') and year >= 2016) or (region_code = '{D}' and "
    f"year in (2014, 2016, 2017)) or (region_code = '{E}' and year = 2014)"
)
LATER = {A: 2017, B: 2017}
BOTH = "region_code + year"
NOTHING = pd.DataFrame(columns=["sample_id", "region_code", "year", "weight"])


def asking(*requests: Request, effects: str | None = BOTH) -> pd.DataFrame:
    return requested(*requests).assign(singleton_effects=effects)


def lost(
    *requests: Request, effects: str | None = BOTH, matched: pd.DataFrame = NOTHING
) -> list[tuple[Any, ...]]:
    samples = samples_of(*requests, members=False)
    table = dropped_singletons(samples, asking(*requests, effects=effects), matched)
    assert list(table) == ["sample_id", "region_code", "year"]
    return list(table.itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        # Without E, D is alone in 2014.
        (BOTH, [(D, 2014), (E, 2014)]),
        ("region_code", [(E, 2014)]),
        ("year", []),
        (None, []),
    ],
)
def test_rows_go_until_none_is_alone(effects: str | None, expected: list[tuple[str, int]]) -> None:
    found = lost(Request("s.c1", CHAIN), effects=effects)
    assert found == [("s.c1", *key) for key in expected]


def test_each_distinct_sample_has_its_own() -> None:
    found = lost(
        Request("s.c1", CHAIN),
        Request("s.c2", CHAIN, sample_id="s.c1"),
        Request("s.c3", NORTH),
        Request("s.c4", f"region_code = '{A}' or (region_code = '{B}' and year = 2018)"),
        Request("s.c5", reason="gap: no data"),
    )
    # In s.c4 B goes first, and then every year has one row left.
    by_sample = {name: [row[1:] for row in found if row[0] == name] for name, *_ in found}
    assert by_sample == {
        "s.c1": [(D, 2014), (E, 2014)],
        "s.c4": [*((A, year) for year in range(2014, 2019)), (B, 2018)],
    }


def test_of_a_matched_sample_they_are_alone_among_the_matched() -> None:
    matched = pd.DataFrame(
        [("s.c1", A, 2014, 1.0), ("s.c1", A, 2015, 2.0), ("s.c1", B, 2014, 1.0),
         ("s.c1", B, 2015, 0.5), ("s.c1", C, 2014, 1.0), ("s.c1", C, 2015, 0.0),
         ("s.c2", C, 2016, 1.0)],
        columns=["sample_id", "region_code", "year", "weight"],
    )  # fmt: skip
    request = Request("s.c1", "true", matching="s.nearest")
    assert lost(request, matched=matched) == [("s.c1", C, 2014)]


def test_a_fit_counts_them_whether_they_stay_or_not() -> None:
    spec = SPEC | {"controls": None}
    tables = {}
    for how in ("keep", "drop"):
        own = spec | {"singletons": how}
        samples = samples_of(asked_by(own, f"({CHAIN})"), panel=small_panel(LATER), first=LATER)
        prepared = prepare(samples, own)
        assert prepared.spec.singletons == how
        tables[how] = regressions(samples, frame(own), STUDIES)
        assert len(prepared.rows) == {"keep": 13, "drop": 11}[how]
    kept, dropped = (tables[how].iloc[0] for how in ("keep", "drop"))
    assert (kept["n_obs"], kept["n_singletons"], kept["n_units"]) == (13, 2, 5)
    # Those that a sample has lost already are counted by the sample.
    assert (dropped["n_obs"], dropped["n_singletons"], dropped["n_units"]) == (11, 0, 4)
    assert kept["df"] == 4 and dropped["df"] == 3
    estimates = [table.set_index("term")["estimate"]["bdpz"] for table in tables.values()]
    assert estimates[0] == pytest.approx(estimates[1], rel=1e-9)


def test_tails_are_those_of_the_rows_that_are_left() -> None:
    """The largest of 13 values is that of E in 2014, which is no value of the fit."""
    spec = SPEC | {"controls": None, "singletons": "drop", "winsor_upper": 0.9}
    samples = samples_of(asked_by(spec, f"({CHAIN})"))
    rows = prepare(samples, spec).rows
    plain = prepare(samples, spec | {"winsor_upper": None}).rows["y"].sort_values()
    # Of 11 values the 0.9 percentile is number 9.9, rounded up: the tenth.
    assert rows["y"].max() == plain.iloc[9]


def test_rows_that_are_all_alone_are_told() -> None:
    spec = SPEC | {"controls": None, "singletons": "drop"}
    alone = f"(region_code = '{A}' and year = 2014) or (region_code = '{B}' and year = 2016)"
    table = regressions(samples_of(asked_by(spec, f"({alone})")), frame(spec), STUDIES)
    assert table["reason"].tolist() == [
        "no rows are left: each of 2 alone has the effect of its region_code or year"
    ]
