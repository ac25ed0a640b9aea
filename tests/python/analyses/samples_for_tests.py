"""A panel small enough to count by hand, and samples of it in memory, as a warehouse gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from nqp.analyses.samples import Samples

A, B, C, D, E = UNITS = ("110000", "120000", "130000", "140000", "150000")
YEARS = range(2014, 2019)
TREATED = {A: 2016, B: 2016}
NORTH, SOUTH = (f"region_code in {units}" for units in ((A, B, C), (D, E)))

# Blank cells of x: the unit E throughout, and C in 2016.
WITHOUT_X = {(E, year) for year in YEARS} | {(C, 2016)}

SPEC: dict[str, Any] = {
    "spec_id": "s.t3.c1", "study": "s", "outcome": "y", "treatment": "bdpz", "controls": "x",
    "unit_effects": True, "time_effects": True, "vcov": "clustered", "cluster": "region_code",
    "constant": "mean", "grouping": None, "group_id": None, "first_year": None, "last_year": None,
    "matching": None, "winsor_lower": None, "winsor_upper": None, "winsor_by": None,
}  # fmt: skip

# Each study is estimated by its own policy.
STUDIES = pd.DataFrame({"study": ["t", "s"], "policy": ["only", "bdpz"]})

Weights = Mapping[tuple[str, int], float]


@dataclass(frozen=True)
class Request:
    """What the warehouse says of the rows of one analysis.

    where: the condition that picks them out of the panel. weights: by unit and year, of the rows
    that a stored sample uses; None where only the condition says which they are. sample_id: the
    analysis whose rows are stored, '' for the analysis itself. earlier: whether it begins before
    its study.
    """

    spec_id: str
    where: str = "true"
    weights: Weights | None = None
    sample_id: str = ""
    matching: str | None = None
    reason: str | None = None
    study: str = "s"
    earlier: bool = False


def asked_by(spec: Mapping[str, Any], where: str = "true", **more: Any) -> Request:
    """The rows with a value of all that a specification names, of those that `where` picks."""
    controls = spec["controls"].split(" + ") if spec["controls"] else []
    variables = spec["outcome"], spec["treatment"], *controls
    return Request(spec["spec_id"], f"{complete(*variables)} and {where}", **more)


def complete(*names: str) -> str:
    return " and ".join(f'isfinite("{name}")' for name in names)


def small_panel(first: Mapping[str, int] = TREATED) -> pd.DataFrame:
    """Five units in five years, those treated from the years given; 19 of 25 rows have an x."""
    noise = np.random.default_rng(1).normal(size=(len(UNITS), len(YEARS), 2))
    rows = []
    for i, unit in enumerate(UNITS):
        for j, year in enumerate(YEARS):
            treated = float(year >= first.get(unit, 9999))
            x = np.nan if (unit, year) in WITHOUT_X else noise[i, j, 1]
            rows.append((unit, year, treated, i + j + 2 * treated + noise[i, j, 0], x))
    return pd.DataFrame(rows, columns=["region_code", "year", "bdpz", "y", "x"])


def samples_of(
    *requests: Request,
    panel: pd.DataFrame | None = None,
    first: Mapping[str, int] = TREATED,
    members: bool = True,
    clusters: Mapping[str, str] | None = None,
    others: Mapping[str, str] | None = None,
    groups: Mapping[str, str] | None = None,
    groupings: Mapping[str, Mapping[str, str]] | None = None,
) -> Samples:
    """The samples of the requests, of study s with the panel and of study t with one row.

    first: first treated years of s. members: whether the rows that are stored are known yet.
    clusters: in which the policy was assigned, by default to each unit by itself. others: the same
    with units assigned alone grouped the other way. groups: of each unit in grouping g of s.
    groupings: of other names, to the group of each unit. By the rule `following_year` treatment
    begins a year late.
    """
    rows = small_panel() if panel is None else panel
    connection = duckdb.connect()
    connection.execute("create schema marts")
    _table(connection, "marts.panel_s", rows)
    _table(connection, "marts.panel_t", rows[:1].assign(only=1.0))
    # The years before those of the study: its own, five years earlier.
    _table(
        connection, "marts.extended_panel_s", pd.concat([rows.assign(year=rows["year"] - 5), rows])
    )
    _table(connection, "panels", pd.DataFrame(
        [(study, f"marts.panel_{study}", False, n) for study in "st" for n in (1, 2)]
        + [("s", "marts.extended_panel_s", True, n) for n in (1, 2)],
        columns=["study", "relation", "starts_earlier", "position"],
    ))  # fmt: skip
    units = rows["region_code"].unique()
    _table(connection, "units", pd.DataFrame(
        [(study, unit, f"{unit[:2]}0000", f"{unit[:4]}00",
          (clusters or {}).get(unit, unit),
          (others or clusters or {}).get(unit, unit), "bdpz" if study == "s" else "only",
          started.get(unit), started.get(unit, np.nan) + 1)
         for study, started in (("s", first), ("t", {A: 2000})) for unit in units],
        columns=["study", "region_code", "province_code", "parent_code", "assignment_cluster",
                 "other_assignment_cluster", "policy", "first_treated_year", "following_year"],
    ).astype({"first_treated_year": "Int32", "following_year": "Int32"}))  # fmt: skip
    connection.execute("create schema intermediate")
    _table(connection, "intermediate.unit_groups", pd.DataFrame(
        [("s", grouping, label, unit)
         for grouping, labels in {"none": {A: "none"}, **(groupings or {})}.items()
         for unit, label in labels.items()],
        columns=["study", "grouping", "group_id", "region_code"],
    ))  # fmt: skip
    connection.execute(
        "create table samples (spec_id varchar, study varchar, sample_id varchar,"
        " predicate varchar, starts_earlier boolean, is_stored boolean, reason varchar)"
    )
    stored = {r.sample_id or r.spec_id for r in requests if r.weights is not None}
    for r in requests:
        sample_id = r.sample_id or r.spec_id
        connection.execute(
            "insert into samples values (?, ?, ?, ?, ?, ?, ?)",
            [r.spec_id, r.study, sample_id, r.where, r.earlier, sample_id in stored, r.reason],
        )
    lines = [
        (r.spec_id, unit, year, (unit, year) in r.weights, r.weights.get((unit, year), 0.0))
        for r in requests
        if r.weights is not None
        # Not in the order in which they are read.
        for unit, year in rows[["region_code", "year"]][::-1].itertuples(index=False, name=None)
    ]
    columns = ["sample_id", "region_code", "year", "used", "weight"]
    nothing = [("none", A, 2014, False, 0.0)]
    _table(connection, "members", pd.DataFrame(lines or nothing, columns=columns))
    _table(connection, "groups", pd.DataFrame(
        [("s", "g", group, unit) for unit, group in (groups or {"": ""}).items()],
        columns=["study", "grouping", "group_id", "region_code"],
    ))  # fmt: skip
    return Samples(
        connection, connection.table("samples"), connection.table("panels"),
        connection.table("units"), connection.table("members") if members else None,
        connection.table("groups"),
    )  # fmt: skip


def requested(*requests: Request) -> pd.DataFrame:
    """The requests as the analyses that match them read them."""
    rows = [(r.sample_id or r.spec_id, r.spec_id, r.matching) for r in requests]
    return pd.DataFrame(rows, columns=["sample_id", "spec_id", "matching"])


def frame(*rows: Mapping[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def _table(connection: duckdb.DuckDBPyConnection, name: str, content: pd.DataFrame) -> None:
    connection.register("given", content)
    connection.execute(f"create table {name} as from given")
    connection.unregister("given")
