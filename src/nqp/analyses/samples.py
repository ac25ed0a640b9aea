"""The rows of an analysis, as the warehouse has picked them, with the values that it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from nqp.econometrics.panels import NotEstimable

# The cluster of each row at the level at which the policy was assigned.
ASSIGNED = "assignment_cluster"
KEYS = ["region_code", "year"]
WEIGHT = "matching_weight"


@dataclass(frozen=True, eq=False)
class Samples:
    """Reads the rows of one analysis at a time; the panels stay in the warehouse.

    connection: the warehouse. samples: spec_id, study, sample_id, predicate, starts_earlier,
    is_stored, reason. panels: study, relation, starts_earlier. units: study, region_code,
    province_code, parent_code, assignment_cluster, other_assignment_cluster, policy,
    first_treated_year, and what it is by each rule.
    members: sample_id, region_code, year, used, weight; None before they are known, when the
    predicate picks the rows: those among which a matching is made. groups: study, grouping,
    group_id, region_code; None where nothing is drawn within groups.
    """

    connection: duckdb.DuckDBPyConnection
    samples: duckdb.DuckDBPyRelation
    panels: duckdb.DuckDBPyRelation
    units: duckdb.DuckDBPyRelation
    members: duckdb.DuckDBPyRelation | None = None
    groups: duckdb.DuckDBPyRelation | None = None

    def rows(
        self,
        spec_id: str,
        variables: tuple[str, ...],
        groups: tuple[str, ...] = (),
        coding_rule: str | None = None,
    ) -> pd.DataFrame:
        """The rows that the analysis uses, ordered by unit and year.

        Columns: region_code, year, the variables, `WEIGHT`, and of the unit province_code,
        parent_code, assignment_cluster, other_assignment_cluster and first_treated_year. A unit
        that the policy reaches after the last year of the rows is untreated in them, so its
        first_treated_year is missing.

        groups: groupings whose labels become columns of their names. coding_rule: from which year
        the policy counts, where that is not the study's own rule.

        Raises NotEstimable where there is no such sample, with the reason.
        """
        [sample] = _records(self.samples.filter(f"spec_id = {_literal(spec_id)}"))
        if sample["reason"]:
            raise NotEstimable(sample["reason"])
        study = _literal(sample["study"])
        its_panel = f"study = {study} and starts_earlier = {sample['starts_earlier']}"
        [panel] = _records(self.panels.filter(its_panel).project("relation").distinct())
        if self.members is not None and sample["is_stored"]:
            chosen = f"sample_id = {_literal(sample['sample_id'])} and used"
            weighted = self.members.filter(chosen).project(f"region_code, year, weight as {WEIGHT}")
        else:
            weighted = self.connection.sql(
                f"select region_code, year, 1.0::double as {WEIGHT} from {panel['relation']} "
                f"where {sample['predicate']}"
            )
        names = "".join(f'panel."{name}", ' for name in dict.fromkeys(variables))
        joined = (
            self.connection.sql(f"from {panel['relation']}")
            .set_alias("panel")
            .join(weighted.set_alias("weighted"), "region_code, year")
            .join(self.units.filter(f"study = {study}").set_alias("unit"), "region_code")
        )
        starts = f"unit.{coding_rule}" if coding_rule else "unit.first_treated_year"
        policy = "unit.policy, " * bool(coding_rule)
        frame = (
            joined.project(
                f"region_code, year, {names}{WEIGHT}, unit.province_code, unit.parent_code, "
                f"unit.assignment_cluster, unit.other_assignment_cluster, {policy}{starts} "
                "as first_treated_year"
            )
            .order("region_code, year")
            .df()
        )
        for grouping in groups:
            if grouping not in frame:
                labels = self.connection.sql(
                    "select region_code, group_id from intermediate.unit_groups "
                    f"where study = {study} and grouping = {_literal(grouping)}"
                ).fetchall()
                frame[grouping] = frame["region_code"].map(dict(labels))
        if coding_rule and len(frame):
            in_force = frame["year"] >= frame["first_treated_year"].astype(float).fillna(np.inf)
            frame[frame["policy"].iloc[0]] = in_force.astype(float)
            frame = frame.drop(columns="policy")
        late = frame["first_treated_year"] > frame["year"].max()
        return frame.assign(first_treated_year=frame["first_treated_year"].mask(late))

    def with_groups(self, rows: pd.DataFrame, study: str, grouping: str, name: str) -> pd.DataFrame:
        """The rows with the group that each unit has in a grouping of the study, as a column."""
        if self.groups is None:
            raise ValueError(f"{grouping}: these samples come without groups")
        wanted = f"study = {_literal(study)} and grouping = {_literal(grouping)}"
        found = self.groups.filter(wanted).project("region_code, group_id").fetchall()
        return rows.assign(**{name: rows["region_code"].map(dict(found))})


def _records(relation: duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
