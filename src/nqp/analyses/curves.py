"""Specification curves: one effect by every combination of a few choices."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from nqp.analyses.regressions import winsorised
from nqp.analyses.samples import ASSIGNED, Samples
from nqp.analyses.specifications import (
    Row,
    by_id,
    estimated,
    names,
    policies_of,
    regression_spec,
    text,
)
from nqp.econometrics.group_trends import with_group_trends, with_period_interactions
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import RegressionSpec
from nqp.econometrics.specification_curves import by_controls_and_clusters

COLUMNS = (
    "choices", "estimate", "std_error", "p_value", "conf_low", "conf_high", "method", "n_obs",
    "is_headline",
)  # fmt: skip
ESTIMATED = ("estimate", "std_error", "p_value", "conf_low", "conf_high", "n_obs")
# So many controls at most are tried in every combination; of more, all, none, and all without one.
MOST_IN_SUBSETS = 5
# More estimates are no curve that anybody reads, and would hold up a build.
MOST_ESTIMATES = 5000


@dataclass(frozen=True)
class Choice:
    """What is regressed on which rows, but for the controls and the clusters; '' is the base's own.

    left_out: grouping and group of the units left out. controls_by_year: those with a coefficient
    in each year.
    """

    outcome: str
    window: str
    left_out: str
    year_left_out: str
    controls_by_year: tuple[str, ...]
    group_year_effects: str
    group_trends: str
    coding_rule: str


@dataclass(frozen=True)
class Choices:
    """All that a row of ``curve_specs`` asks for, the base specification first in each list."""

    designs: tuple[Choice, ...]
    controls: tuple[tuple[str, ...], ...]
    policies: tuple[tuple[str, ...], ...]
    clusters: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        combinations = len(self.designs) * len(self.controls) * len(self.policies)
        return combinations * (len(self.clusters) + 1)  # by CR2, too


def specification_curve(
    samples: Samples,
    specs: pd.DataFrame,
    regression_specs: pd.DataFrame,
    studies: pd.DataFrame,
) -> pd.DataFrame:
    """Every combination of the choices of each row of ``curve_specs``: `COLUMNS`.

    Controls are tried in every combination, or one at a time where they are many; other policies
    each alone and all; what else the row lists, beside what the base specification has. Rows are
    those of the base specification that have the values of the choice. Each is tested by every
    clustering asked for, and by CR2 where the policy was assigned. A combination that cannot be
    estimated has no estimate.
    """
    base, policies = by_id(regression_specs, "spec_id"), policies_of(studies)

    def curve(row: Row) -> pd.DataFrame:
        own = base[row["base_spec"]]
        asked = choices(row, own)
        if len(asked) > MOST_ESTIMATES:
            raise NotEstimable(
                f"the choices make {len(asked)} estimates, and at most {MOST_ESTIMATES} are made: "
                "list fewer of them in curve_specs.csv"
            )
        policy = policies[row["study"]]
        lines: list[dict[str, object]] = []
        for rule, designs in itertools.groupby(
            sorted(asked.designs, key=lambda choice: choice.coding_rule),
            lambda choice: choice.coding_rule,
        ):
            rows = _all_rows(samples, row, own, asked, policy, rule)
            for choice in designs:
                lines += _estimates(rows, choice, asked, own, policy)
        table = pd.DataFrame(lines)
        return table.sort_values("is_headline", ascending=False, kind="stable", ignore_index=True)

    table = estimated(specs, "curve_id", curve, COLUMNS)
    return table.astype({"n_obs": "Int64"})


def choices(row: Row, own: Row) -> Choices:
    """What a row of ``curve_specs`` asks for; own: the row of its base specification."""
    spec = regression_spec(own)
    by_year = names(own.get("controls_by_year"))
    designs = itertools.product(
        _beside(spec.outcome, row, "outcomes"),
        _beside("", row, "windows"),
        _beside("", row, "leave_out"),
        _beside("", row, "leave_out_years"),
        dict.fromkeys((by_year, (*by_year, *names(row.get("controls_by_year"))))),
        _beside(spec.group_periods or "", row, "group_year_effects"),
        _beside(text(own.get("group_trends")), row, "group_trends"),
        _beside(text(own.get("coding_rule")), row, "coding_rules"),
    )
    others = names(row.get("policies"))
    return Choices(
        designs=tuple(Choice(*found) for found in designs),
        controls=tuple(_control_sets(spec.controls)),
        policies=tuple(dict.fromkeys([(), *((policy,) for policy in others), others])),
        clusters=tuple(
            dict.fromkeys(
                (
                    spec.clusters,
                    *(
                        tuple(part.strip() for part in cluster.split("&"))
                        for cluster in names(row.get("clusters"))
                    ),
                )
            )
        ),
    )


def _beside(own: str, row: Row, column: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((own, *names(row.get(column)))))


def _control_sets(controls: tuple[str, ...]) -> list[tuple[str, ...]]:
    """All controls first."""
    sizes = range(len(controls), -1, -1)
    if len(controls) > MOST_IN_SUBSETS:
        without = [tuple(c for c in controls if c != left) for left in controls]
        return list(dict.fromkeys([controls, *without, ()]))
    return [chosen for size in sizes for chosen in itertools.combinations(controls, size)]


def _all_rows(
    samples: Samples, row: Row, own: Row, asked: Choices, policy: str, rule: str
) -> pd.DataFrame:
    """The rows of the base specification with what any of the choices needs."""
    spec = regression_spec(own)
    variables = [policy, *spec.controls, *names(row.get("policies"))]
    groups = []
    for choice in asked.designs:
        variables += [choice.outcome, *choice.controls_by_year]
        left_out = choice.left_out.partition("=")[0].strip()
        groups += [left_out, choice.group_year_effects, choice.group_trends]
    needed = tuple(name for name in dict.fromkeys(groups) if name)
    rows = samples.rows(row["base_spec"], tuple(dict.fromkeys(variables)), needed, rule or None)
    if (rows["matching_weight"] != 1).any():
        raise NotEstimable("the rows are weighted: match with keep = rows")
    return rows


def _estimates(
    rows: pd.DataFrame, choice: Choice, asked: Choices, own: Row, policy: str
) -> Iterator[dict[str, object]]:
    """One line for each set of controls, other policies and clustering of a choice."""
    control_sets = {
        (*controls, *others): (controls, others)
        for controls, others in itertools.product(asked.controls, asked.policies)
    }
    try:
        chosen, spec = _prepared(rows, choice, own, policy, asked)
        found = by_controls_and_clusters(
            chosen, spec, list(control_sets), asked.clusters, cr2_by=ASSIGNED
        )
    except NotEstimable:
        methods = [("cr1" if by else "conventional", by) for by in asked.clusters]
        pairs = itertools.product(control_sets, [*methods, ("cr2", (ASSIGNED,))])
        found = pd.DataFrame(
            [{"controls": used, "method": how, "clusters": by} for used, (how, by) in pairs]
        )
    first = asked.designs[0], (asked.controls[0], asked.policies[0])
    for estimate in found.to_dict("records"):
        controls, others = control_sets[estimate["controls"]]
        method, clusters = estimate["method"], estimate["clusters"]
        choices = {
            "outcome": choice.outcome,
            "controls": " + ".join(controls),
            "window": choice.window,
            "left_out": choice.left_out,
            "year_left_out": choice.year_left_out,
            "policies": " + ".join(others),
            "controls_by_year": " + ".join(choice.controls_by_year),
            "group_year_effects": choice.group_year_effects,
            "group_trends": choice.group_trends,
            "coding_rule": choice.coding_rule,
        }
        line = {name: estimate.get(name) for name in ESTIMATED}
        yield line | {
            "choices": json.dumps(choices, ensure_ascii=False),
            "method": _method(method, clusters),
            "is_headline": (choice, (controls, others)) == first
            and method != "cr2"
            and clusters == asked.clusters[0],
        }


def _method(method: str, clusters: tuple[str, ...]) -> str:
    if clusters == (ASSIGNED,):
        return f"{method} by assignment"
    return f"{method} by {' & '.join(clusters)}" if clusters else method


def _prepared(
    rows: pd.DataFrame, choice: Choice, own: Row, policy: str, asked: Choices
) -> tuple[pd.DataFrame, RegressionSpec]:
    """The rows of a choice, winsorised as the base specification is, and its specification with
    all controls."""
    if choice.window:
        first, last = (int(year) for year in choice.window.split("-"))
        rows = rows[rows["year"].between(first, last)]
    if choice.year_left_out:
        rows = rows[rows["year"] != int(choice.year_left_out)]
    if choice.left_out:
        grouping, group = (part.strip() for part in choice.left_out.split("=", 1))
        rows = rows[rows[grouping].astype("string").fillna("") != group]
    complete = rows[[choice.outcome, *choice.controls_by_year]].notna().all(axis=1)
    rows = rows[complete].reset_index(drop=True)
    if rows.empty:
        raise NotEstimable("no rows are left")
    spec = replace(
        regression_spec(own), outcome=choice.outcome, treatment=(policy,),
        controls=(*asked.controls[0], *dict.fromkeys(itertools.chain(*asked.policies))),
        group_periods=choice.group_year_effects or None,
    )  # fmt: skip
    variables = (spec.outcome, *spec.regressors, *choice.controls_by_year)
    rows, _ = winsorised(rows, own, spec, variables)
    if choice.group_trends:
        rows, spec = with_group_trends(rows, spec, choice.group_trends)
    if choice.controls_by_year:
        rows, spec = with_period_interactions(rows, spec, choice.controls_by_year)
    return rows, spec
