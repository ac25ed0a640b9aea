"""Specification curves: one effect by every combination of a few choices."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from nqp.analyses.samples import Samples
from nqp.analyses.specifications import (
    Row,
    by_id,
    estimated,
    names,
    policies_of,
    regression_spec,
)
from nqp.econometrics.batch import absorb, regress_treatments
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import RegressionSpec

COLUMNS = (
    "choices", "estimate", "std_error", "p_value", "method", "n_obs", "is_headline",
)  # fmt: skip
# So many controls at most are tried in every combination; of more, all, none, and all without one.
MOST_IN_SUBSETS = 5


@dataclass(frozen=True)
class Choice:
    """One combination: what is regressed, on which rows, with which clusters.

    left_out: grouping and group of the units left out, '' for none.
    """

    outcome: str
    controls: tuple[str, ...]
    window: str
    left_out: str
    cluster: str | None


def specification_curve(
    samples: Samples,
    specs: pd.DataFrame,
    regression_specs: pd.DataFrame,
    groupings: pd.DataFrame,
    studies: pd.DataFrame,
) -> pd.DataFrame:
    """Every combination of the choices of each row of ``curve_specs``: `COLUMNS`.

    Controls are tried in every combination, or one at a time where they are many; outcomes,
    windows, groups left out and clusters as the row lists them, beside those of the base
    specification.
    groupings: study, grouping, group_id, region_code. Rows are those of the base specification that
    have the values of the choice. A combination that cannot be estimated has no estimate.
    """
    base, policies = by_id(regression_specs, "spec_id"), policies_of(studies)

    def curve(row: Row) -> pd.DataFrame:
        spec = regression_spec(base[row["base_spec"]])
        policy = policies[row["study"]]
        outcomes = tuple(dict.fromkeys((spec.outcome, *names(row["outcomes"]))))
        rows = samples.rows(row["base_spec"], (*outcomes, policy, *spec.controls))
        if (rows["matching_weight"] != 1).any():
            raise NotEstimable("the rows are weighted: match with keep = rows")
        own = groupings[groupings["study"] == row["study"]]
        actual = Choice(spec.outcome, spec.controls, "", "", spec.cluster)
        lines = []
        for choice in choices(row, spec, outcomes):
            chosen = _rows(rows, choice, own)
            tried = replace(
                spec, outcome=choice.outcome, treatment=(policy,), controls=choice.controls,
                cluster=choice.cluster,
                vcov="clustered" if choice.cluster else "conventional",
            )  # fmt: skip
            line = {
                "choices": json.dumps(
                    {
                        "outcome": choice.outcome,
                        "controls": " + ".join(choice.controls),
                        "window": choice.window,
                        "left_out": choice.left_out,
                    },
                    ensure_ascii=False,
                ),
                "method": f"cr1 by {choice.cluster}" if choice.cluster else "conventional",
                "is_headline": choice == actual,
            }
            try:
                absorbed = absorb(chosen, tried)
            except NotEstimable:
                lines.append(line)
                continue
            sample = absorbed.sample
            found = regress_treatments(absorbed, sample[choice.outcome], sample[policy])
            lines.append(
                line
                | {
                    "estimate": found.estimate[0],
                    "std_error": found.std_error[0],
                    "p_value": found.p_value[0],
                    "n_obs": len(sample),
                }
            )
        return pd.DataFrame(lines)

    table = estimated(specs, "curve_id", curve, COLUMNS)
    return table.astype({"n_obs": "Int64"})


def choices(row: Row, spec: RegressionSpec, outcomes: tuple[str, ...]) -> Iterator[Choice]:
    """The combinations that a row of ``curve_specs`` asks for, the base specification first."""
    clusters = dict.fromkeys((spec.cluster, *names(row["clusters"])))
    windows = dict.fromkeys(("", *names(row["windows"])))
    left_out = dict.fromkeys(("", *names(row["leave_out"])))
    for outcome, controls, window, group, cluster in itertools.product(
        outcomes, _control_sets(spec.controls), windows, left_out, clusters
    ):
        yield Choice(outcome, controls, window, group, cluster)


def _control_sets(controls: tuple[str, ...]) -> list[tuple[str, ...]]:
    """All controls first."""
    sizes = range(len(controls), -1, -1)
    if len(controls) > MOST_IN_SUBSETS:
        without = [tuple(c for c in controls if c != left) for left in controls]
        return list(dict.fromkeys([controls, *without, ()]))
    return [chosen for size in sizes for chosen in itertools.combinations(controls, size)]


def _rows(rows: pd.DataFrame, choice: Choice, groupings: pd.DataFrame) -> pd.DataFrame:
    if choice.window:
        first, last = (int(year) for year in choice.window.split("-"))
        rows = rows[rows["year"].between(first, last)]
    if choice.left_out:
        grouping, group = (part.strip() for part in choice.left_out.split("=", 1))
        members = groupings[(groupings["grouping"] == grouping) & (groupings["group_id"] == group)]
        rows = rows[~rows["region_code"].isin(members["region_code"])]
    return rows
