"""What the specifications of figures and tables mean together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nqp.definitions.known import Known
from nqp.definitions.problem import Problem
from nqp.definitions.shape_checks import about


def _figures(known: Known) -> Iterator[Problem]:
    specs = {
        "event_study": ("an event study", "event_study_specs", "event_study_id"),
        "placebo_density": ("a placebo in space", "placebo_specs", "placebo_id"),
        "placebo_p_values": ("a placebo in space", "placebo_specs", "placebo_id"),
        "propensity_overlap": ("a matching", "matching_specs", "matching_id"),
        "specification_curve": ("a specification curve", "curve_specs", "curve_id"),
    }
    for row, study in known.of_studies("figure_specs"):
        subjects: Sequence[str]
        match row["kind"]:
            case "index_over_time":
                what, subjects = "a variable", known.variables(study)
            case "entropy_weights":
                index = study["index_id"]
                what, subjects = (
                    f"{index}, the index," if index else "an index",
                    [index] * bool(index),
                )
            case "coefficients":
                what, subjects = "the policy", [study["policy"]]
            case kind if kind in specs:
                what, seed, key = specs[kind]
                subjects = [
                    spec[key]
                    for spec in known.tables[seed]
                    if spec["study"] == row["study"] and spec.get("kind", "space") == "space"
                ]
            case _:
                continue
        if row["subject"] and row["subject"] not in subjects:
            yield about("figure_specs", row)(
                "subject", f"{what} of study {row['study']}", "Correct it, or drop the figure.",
                known=subjects,
            )  # fmt: skip


def _tables(known: Known) -> Iterator[Problem]:
    numbers = {(spec["study"], spec["table_number"]) for spec in known.tables["regression_specs"]}
    for row, study in known.of_studies("table_specs"):
        problem = about("table_specs", row)
        if row["kind"] == "regression" and row["table_number"] and (
            (row["study"], row["table_number"]) not in numbers
        ):  # fmt: skip
            yield problem(
                "table_number", f"a table_number of study {row['study']} in regression_specs.csv",
                "Correct the number, or add the columns of the table.",
                known=[number for name, number in numbers if name == row["study"]],
            )  # fmt: skip
        if row["kind"] == "indicators" and not known.indicators(study):
            yield problem(
                "kind", f"another kind, since study {row['study']} has no indicators",
                "Add them to indicators.csv, or drop the table.",
            )  # fmt: skip


CHECKS = (_figures, _tables)
