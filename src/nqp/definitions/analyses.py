"""What the specifications of analyses mean together, beside those of regressions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from nqp.definitions.known import Known
from nqp.definitions.problem import Problem, Row, integer, listed, span, terms_of
from nqp.definitions.regressions import (
    CLUSTERS,
    groups_of_all,
    left_out,
    left_out_years,
    unknown_names,
)
from nqp.definitions.shape_checks import Teller, about
from nqp.definitions.shapes import CODING_RULE
from nqp.definitions.strata import whole_strata


def _matchings(known: Known) -> Iterator[Problem]:
    for row, study in known.of_studies("matching_specs"):
        problem, terms = about("matching_specs", row), terms_of(row["covariates"])
        yield from unknown_names(problem, "covariates", terms, known.variables(study), row["study"])
        for name, times in Counter(terms).items():
            if name and times > 1:
                yield problem("covariates", "each covariate once", "Name it once.", found=name)
        if row["method"] == "kernel" and row["caliper"]:
            yield problem(
                "caliper", "nothing: kernel matching has the bandwidth", "Clear the cell."
            )


def _base(problem: Teller, row: Row, study: Row, known: Known) -> Iterator[Problem]:
    """The specification that an event study or a placebo starts from is of its study."""
    spec = known.specs.get(row["base_spec"])
    if spec is None:
        return
    if spec["study"] != row["study"]:
        yield problem(
            "base_spec", f"a specification of study {row['study']}",
            f"That one is of study {spec['study']}.",
        )  # fmt: skip
    elif terms_of(spec["treatment"]) != [study["policy"]]:
        yield problem(
            "base_spec", f"a specification with {study['policy']} as its only treatment",
            f"It has {spec['treatment']}, which would be replaced.",
        )  # fmt: skip


def _event_studies(known: Known) -> Iterator[Problem]:
    for row, study in known.of_studies("event_study_specs"):
        problem, reference = about("event_study_specs", row), integer(row["reference"])
        spec = known.specs.get(row["base_spec"])
        yield from _window(problem, row)
        faults = list(_base(problem, row, study, known))
        yield from faults
        if faults or spec is None or reference is None:
            continue
        units, window = known.sample(spec, study), known.window(spec, study)
        years = {year for unit, year in known.treated(study).items() if unit in units}
        if not years or not window:
            continue
        yield from _references(problem, row, years)
        if row["reference_kind"] == "calendar":
            if reference not in window:
                yield problem(
                    "reference", f"a year of {spec['spec_id']}, {span(window)}",
                    "Name one of its years; relative years (-1) have the kind relative.",
                )  # fmt: skip
        elif row["reference_kind"] == "relative" and not any(
            y + reference in window for y in years
        ):
            yield problem(
                "reference", f"a year relative to treatment, within {span(window)}",
                f"Treatment begins in {listed(years)}; calendar years have the kind calendar.",
            )  # fmt: skip


def _window(problem: Teller, row: Row) -> Iterator[Problem]:
    """Both ends of the window of an event study, in their order."""
    for column, other in (("window_first", "window_last"), ("window_last", "window_first")):
        if row[column] and not row[other]:
            yield problem(other, f"a relative year, as {column} has one", "Give both or none.")
    first, last = integer(row["window_first"]), integer(row["window_last"])
    if first is not None and last is not None and first >= last:
        yield problem("window_last", f"a year after {first}, the first one", "Swap the years.")


def _references(problem: Teller, row: Row, years: Iterable[int]) -> Iterator[Problem]:
    """The reference lies in the window, and a second one is another relative year in it.

    years: first treated ones, from which a calendar reference is counted.
    """
    reference = integer(row["reference"])
    if reference is None:
        return
    relative = {reference}
    if row["reference_kind"] == "calendar":
        if len(set(years)) > 1:
            return
        relative = {reference - year for year in years}
    first, last = integer(row["window_first"]), integer(row["window_last"])
    second = integer(row["second_reference"])
    if first is not None and last is not None and first < last:
        within = f"a year of the window, {first} to {last} years from the first treated one"
        if any(not first <= year <= last for year in relative):
            yield problem("reference", within, "Widen the window, or name another year.")
        if second is not None and not first <= second <= last:
            yield problem("second_reference", within, "Widen the window, or name another year.")
    if second in relative:
        yield problem(
            "second_reference", "another year than the reference",
            "Name another relative year, or clear the cell.",
        )  # fmt: skip


def _placebos(known: Known) -> Iterator[Problem]:
    for row, study in known.of_studies("placebo_specs"):
        problem, spec = about("placebo_specs", row), known.specs.get(row["base_spec"])
        faults = list(_base(problem, row, study, known))
        yield from faults
        if faults or spec is None:
            continue
        if row["strata"] and row["kind"] == "time":
            yield problem(
                "strata", "nothing for a placebo in time", "Nothing is drawn: clear the cell."
            )  # fmt: skip
        elif row["strata"]:
            clusters = known.assignment_clusters(study)
            whole = row["draw_unit"] == "assignment"
            held = {u: clusters[u] if whole else u for u in known.sample(spec, study)}
            yield from whole_strata(problem, row["strata"], study, held, known)
        every = row["enumerate"].lower() == "true"
        if every and row["kind"] == "time":
            yield problem(
                "enumerate", "nothing for a placebo in time", "Nothing is drawn: clear the cell."
            )  # fmt: skip
        needed = {"space": ("n_treated", "draws"), "time": ("pseudo_year",)}
        for column in needed.get(row["kind"], ()):
            if not row[column] and not (every and column == "draws"):
                yield problem(column, f"a value for a placebo in {row['kind']}", "Fill the cell.")
        for kind, columns in needed.items():
            for column in columns if kind != row["kind"] in needed else ():
                if row[column]:
                    yield problem(
                        column, f"nothing: a placebo in {row['kind']} has no {column}",
                        f"Clear the cell, or set kind to {kind}.",
                    )  # fmt: skip
        units, n_treated = known.sample(spec, study), integer(row["n_treated"])
        if row["kind"] == "space" and units and n_treated is not None and n_treated >= len(units):
            yield problem(
                "n_treated", f"fewer than {len(units)}, the units of {spec['spec_id']}",
                "Some must be left untreated.",
            )  # fmt: skip
        pseudo, window = integer(row["pseudo_year"]), known.window(spec, study)
        treated = {unit: year for unit, year in known.treated(study).items() if unit in units}
        years = treated.values()
        early = [unit for unit, year in treated.items() if window and year <= window[0] + 1]
        if row["kind"] == "time" and pseudo is not None and early:
            yield problem(
                "base_spec", "a specification that begins two years before any of its units is "
                f"treated; {len(early)} are treated by {window[0] + 1}: {listed(early[:5])}",
                "Leave these units out by a grouping in the specification, begin the study "
                "earlier, or drop this placebo.",
            )  # fmt: skip
        elif (
            row["kind"] == "time" and pseudo is not None and window and years
            and not window[0] < pseudo < min(years)
        ):  # fmt: skip
            yield problem(
                "pseudo_year",
                f"a year after {window[0]}, the first one, and before {min(years)}, when "
                "treatment begins",
                "Only untreated years can stand for a policy that was not there.",
            )  # fmt: skip


# What makes two specifications one sample.
SAMPLE = (
    "grouping", "group_id", "first_year", "last_year", "leave_out", "leave_out_years", "matching",
    "winsor_lower", "winsor_upper", "winsor_by", "singletons", "coding_rule",
)  # fmt: skip

# And what, beside the treatment, stands in the regression.
HELD_CONSTANT = (
    "controls", "unit_effects", "time_effects", "controls_by_year", "group_year_effects",
    "group_trends",
)  # fmt: skip


def _mediations(known: Known) -> Iterator[Problem]:
    for row, study in known.of_studies("mediation_specs"):
        problem, mediator, policy = about("mediation_specs", row), row["mediator"], study["policy"]
        steps = {
            column: known.specs[row[column]]
            for column in ("total_spec", "mediator_spec", "outcome_spec")
            if row[column] in known.specs
        }
        if mediator:
            yield from unknown_names(
                problem, "mediator", [mediator], known.variables(study), row["study"]
            )
        foreign = [column for column in steps if steps[column]["study"] != row["study"]]
        for column in foreign:
            yield problem(
                column, f"a specification of study {row['study']}",
                f"That one is of study {steps[column]['study']}.",
            )  # fmt: skip
        if foreign or len(steps) < 3 or mediator not in known.variables(study):
            continue
        total = steps["total_spec"]
        wanted = {
            "total_spec": (total["outcome"], [policy]),
            "mediator_spec": (mediator, [policy]),
            "outcome_spec": (total["outcome"], [policy, mediator]),
        }
        for column, (outcome, treatment) in wanted.items():
            spec = steps[column]
            if spec["outcome"] != outcome or set(terms_of(spec["treatment"])) != set(treatment):
                yield problem(
                    column, f"a specification of {outcome} on {' + '.join(treatment)}",
                    f"That one is of {spec['outcome']} on {spec['treatment']}.",
                )  # fmt: skip
                break
        else:
            for names, expected in (
                (SAMPLE, "three steps on one sample"),
                (HELD_CONSTANT, "three steps with the same controls and effects"),
            ):
                differs = [
                    name
                    for name in names
                    if len({frozenset(terms_of(spec[name])) for spec in steps.values()}) > 1
                ]
                if differs:
                    yield problem(
                        "total_spec", expected,
                        f"They differ in {listed(differs)}, so that their effects do not add up.",
                        found=", ".join(spec["spec_id"] for spec in steps.values()),
                    )  # fmt: skip


def _comparisons(known: Known) -> Iterator[Problem]:
    for row, study in known.of_studies("heterogeneity_specs"):
        problem = about("heterogeneity_specs", row)
        specs = {
            column: known.specs[row[column]]
            for column in ("spec_a", "spec_b")
            if row[column] in known.specs
        }
        unfit = False
        for column, spec in specs.items():
            if spec["study"] != row["study"] or study["policy"] not in terms_of(spec["treatment"]):
                unfit = True
                yield problem(
                    column,
                    f"a specification of study {row['study']} with {study['policy']} as treatment",
                    f"That one is of study {spec['study']}, on {spec['treatment']}.",
                )  # fmt: skip
        if unfit or len(specs) < 2:
            continue
        a, b = specs["spec_a"], specs["spec_b"]
        shared = known.sample(a, study) & known.sample(b, study)
        if a is b:
            yield problem("spec_b", "another column than spec_a", "Name the one to compare with.")
        elif a["outcome"] != b["outcome"]:
            yield problem(
                "spec_b", f"a column with the outcome of spec_a, {a['outcome']}",
                f"That one has {b['outcome']}.",
            )  # fmt: skip
        elif shared:
            yield problem(
                "spec_b", f"a column that shares no unit with {a['spec_id']}",
                f"{len(shared)} units are in both; the test takes the samples as independent.",
            )  # fmt: skip


def _curves(known: Known) -> Iterator[Problem]:
    for row, study in known.of_studies("curve_specs"):
        problem, spec = about("curve_specs", row), known.specs.get(row["base_spec"])
        yield from _base(problem, row, study, known)
        outcomes = terms_of(row["outcomes"])
        yield from unknown_names(
            problem, "outcomes", outcomes, known.variables(study), row["study"]
        )
        for window in terms_of(row["windows"]):
            years = [integer(part) for part in window.split("-")]
            span_of = known.window(spec, study) if spec else range(0)
            if len(years) != 2 or None in years or (span_of and not set(years) <= set(span_of)):
                yield problem(
                    "windows", f"first and last year within {span(span_of)}, like 2014-2020"
                    if span_of else "first and last year, like 2014-2020",
                    "Correct the years; several windows are joined by ' + '.", found=window,
                )  # fmt: skip
        for group in terms_of(row["leave_out"]):
            yield from left_out(problem, "leave_out", {**row, "leave_out": group}, study, known)
        years_of = known.window(spec, study) if spec else range(0)
        yield from left_out_years(problem, row["leave_out_years"], years_of)
        yield from unknown_names(
            problem, "controls_by_year", terms_of(row["controls_by_year"]), known.variables(study),
            row["study"],
        )  # fmt: skip
        yield from unknown_names(
            problem, "policies", terms_of(row["policies"]), known.other_policies(study),
            row["study"],
        )  # fmt: skip
        units = known.sample(spec, study) if spec else set()
        for column in ("group_year_effects", "group_trends"):
            for grouping in terms_of(row[column]):
                yield from groups_of_all(problem, column, grouping, units, study, known)
        for rule in terms_of(row["coding_rules"]):
            if not CODING_RULE.holds(rule):
                yield problem("coding_rules", CODING_RULE.expected, "Correct the name.",
                              found=rule, known=CODING_RULE.choices)  # fmt: skip
        for cluster in terms_of(row["clusters"]):
            kinds = [part.strip() for part in cluster.split("&")]
            if len(kinds) > 2 or len(set(kinds)) < len(kinds) or not set(kinds) <= CLUSTERS:
                yield problem(
                    "clusters", f"{listed(CLUSTERS)}, or two of them joined by '&'",
                    "Correct the name.", found=cluster,
                )  # fmt: skip


CHECKS = (_matchings, _event_studies, _placebos, _mediations, _comparisons, _curves)
