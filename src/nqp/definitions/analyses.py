"""What the specifications of analyses, figures and tables mean together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from nqp.definitions.known import Known
from nqp.definitions.problem import Problem, Row, integer, listed, span, terms_of
from nqp.definitions.shapes import CODING_RULE, Teller, about

# By what errors may be clustered.
CLUSTERS = frozenset({"region_code", "province_code", "parent_code", "year"})
# As many units a message names.
SHOWN = 3


def _regressions(known: Known) -> Iterator[Problem]:
    for row, study in known.of_studies("regression_specs"):
        problem, outcome = about("regression_specs", row), row["outcome"]
        names = (*known.variables(study), study["policy"], *known.other_policies(study))
        for column in ("outcome", "treatment", "controls", "controls_by_year"):
            terms = [outcome] if column == "outcome" and outcome else terms_of(row[column])
            yield from _unknown_names(problem, column, terms, names, row["study"])
        regressors = [("treatment", name) for name in terms_of(row["treatment"])]
        regressors += [("controls", name) for name in terms_of(row["controls"])]
        met: dict[str, str] = {outcome: "outcome"} if outcome else {}
        for column, name in regressors:
            if name in met:
                yield problem(
                    column, f"variables that are not the {met[name]}"
                    if met[name] != column else "each variable once",
                    "A variable enters a regression once.", found=name,
                )  # fmt: skip
            met.setdefault(name, column if column == "controls" else "treatment")
            if name in known.other_policies(study) and name in known.variables(study):
                yield problem(
                    column, "an id that is either a policy's or a variable's",
                    "Give the variable or indicator another id.", found=name,
                )  # fmt: skip
            elif name in known.other_policies(study):
                variants = known.variants_of(study, name)
                if len(variants) > 1 and "main" not in variants:
                    yield problem(
                        column, "a policy with a single variant, or one that is called main",
                        f"{name} has {listed(variants)}: list the one that is meant as main in "
                        "policies.csv of the study.", found=name,
                    )  # fmt: skip
        if row["vcov"] == "clustered" and not row["cluster"]:
            yield problem("cluster", "region_code or province_code", "Name the clusters.")
        if row["vcov"] == "conventional" and row["cluster"]:
            yield problem(
                "cluster", "nothing: conventional errors have no clusters",
                "Clear the cell, or set vcov to clustered.",
            )  # fmt: skip
        if row["winsor_by"] and not (row["winsor_lower"] or row["winsor_upper"]):
            yield problem(
                "winsor_by", "nothing, since nothing is winsorised",
                "Give winsor_lower and winsor_upper, or clear the cell.",
            )  # fmt: skip
        yield from _group(problem, row, study, known)
        yield from _clusters(problem, row, study, known)
        yield from _left_out(problem, "leave_out", row, study, known)
        yield from _left_out_years(problem, row["leave_out_years"], known.window(row, study))
        yield from _effects_of_groups(problem, row, study, known)
        yield from _years(problem, row, study)
        matching = known.matchings.get(row["matching"])
        if matching and matching["study"] != row["study"]:
            yield problem(
                "matching", f"a matching of study {row['study']}",
                f"That one matches the panel of {matching['study']}.",
                known=[m["matching_id"] for m in known.tables["matching_specs"]
                       if m["study"] == row["study"]],
            )  # fmt: skip


def _unknown_names(
    problem: Teller, column: str, terms: Sequence[str], names: Iterable[str], study: str
) -> Iterator[Problem]:
    for term in dict.fromkeys(terms):
        if not term:
            yield problem(column, "variables joined by ' + '", "Remove the '+' too many.")
        elif term not in set(names):
            yield problem(
                column, f"a variable, indicator or policy of study {study}",
                "Correct the name, or define it in variables.csv.", found=term, known=names,
            )  # fmt: skip


def _group(problem: Teller, row: Row, study: Row, known: Known) -> Iterator[Problem]:
    grouping, group = row["grouping"], row["group_id"]
    level = study["level"]
    groups = known.groups(study)
    at_level = {name for name, its, _ in groups if its == level}
    if not grouping and group:
        yield problem("grouping", "the grouping of the group", "Fill the cell or clear group_id.")
    elif grouping and grouping not in at_level:
        yield problem(
            "grouping", f"a grouping of level {level}", "Correct the name, or add the units to "
            "groupings.csv.", known=at_level,
        )  # fmt: skip
    elif grouping and not groups.get((grouping, level, group)):
        known_groups = {its for name, lev, its in groups if (name, lev) == (grouping, level)}
        yield problem(
            "group_id", f"a group of {grouping}: {listed(known_groups)}", "Name one of them.",
            known=known_groups,
        )  # fmt: skip
    elif grouping and known.roster(study) and not known.sample(row, study):
        yield problem(
            "group_id", f"a group with units of {study['roster']}, the sample of the study",
            "No unit would be left.",
        )  # fmt: skip


def _clusters(problem: Teller, row: Row, study: Row, known: Known) -> Iterator[Problem]:
    """Where some units lie in a cluster, all do: the others would silently leave the sample."""
    column, level = row["cluster"], study["level"]
    if column not in ("parent_code", "province_code"):
        return
    units = known.sample(row, study)
    within = {code for code in units if known.regions.get((level, code), {}).get(column)}
    if within and (lacking := sorted(units - within)):
        more = f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
        yield problem(
            "cluster", f"what every unit of the sample lies in; {len(lacking)} of {len(units)} "
            f"have no {column} ({', '.join(lacking[:SHOWN])}{more})",
            "Fill it in regions.csv, or cluster by region_code.",
        )  # fmt: skip


def _left_out(
    problem: Teller, column: str, row: Row, study: Row, known: Known
) -> Iterator[Problem]:
    """Groups that are left out have units of the study, and not all of them."""
    left = known.roster(study)
    for term in terms_of(row[column]):
        grouping, _, group = (part.strip() for part in term.partition("="))
        units = known.units_by_group(study, grouping)
        if grouping not in known.groupings(study) or group not in units:
            names = known.groupings(study) if grouping not in known.groupings(study) else units
            yield problem(
                column, f"a group of level {study['level']}, written grouping=group",
                "Correct the name, or add the group to groupings.csv.", found=term,
                known=[f"{grouping}={name}" if names is units else f"{name}={group}"
                       for name in names],
            )  # fmt: skip
        elif column == "leave_out" and known.roster(study):
            left = left - units[group]
            if not left:
                yield problem(
                    column, "groups that leave some units", "Leave out fewer.", found=term
                )


def _left_out_years(problem: Teller, cell: str, window: range) -> Iterator[Problem]:
    for term in terms_of(cell):
        if integer(term) is None or (window and integer(term) not in window):
            yield problem(
                "leave_out_years", f"a year of {span(window)}",
                "Correct the year; several are joined by ' + '.", found=term,
            )  # fmt: skip


def _effects_of_groups(problem: Teller, row: Row, study: Row, known: Known) -> Iterator[Problem]:
    """Groups with their own years or trends hold all units of the sample, and are several."""
    for column in ("group_year_effects", "group_trends"):
        if row[column]:
            yield from _groups_of_all(problem, column, row[column], known.sample(row, study),
                                      study, known)  # fmt: skip
    if row["group_year_effects"] and row["time_effects"].lower() == "false":
        yield problem(
            "group_year_effects", "nothing, as there are no effects of years",
            "Set time_effects to true, or clear the cell.",
        )  # fmt: skip
    if row["second_cluster"] and row["second_cluster"] == row["cluster"]:
        yield problem("second_cluster", "another column than cluster", "Name another one.")
    elif row["second_cluster"] and not row["cluster"]:
        yield problem(
            "second_cluster", "nothing, as there is no cluster", "Fill cluster, or clear the cell."
        )


def _groups_of_all(
    problem: Teller, column: str, grouping: str, units: set[str], study: Row, known: Known
) -> Iterator[Problem]:
    if grouping not in known.groupings(study):
        yield problem(
            column, f"a grouping of level {study['level']}, province_code or parent_code",
            "Correct the name, or add the units to groupings.csv.", found=grouping,
            known=known.groupings(study),
        )  # fmt: skip
        return
    groups = known.units_by_group(study, grouping)
    if lacking := sorted(units - set().union(*groups.values())):
        more = f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
        yield problem(
            column, f"a grouping with every unit of the sample; {len(lacking)} of {len(units)} "
            f"have no group ({', '.join(lacking[:SHOWN])}{more})",
            "Add them to groupings.csv, or leave them out.", found=grouping,
        )  # fmt: skip


def _years(problem: Teller, row: Row, study: Row) -> Iterator[Problem]:
    first, last = integer(study["first_year"]), integer(study["last_year"])
    if first is None or last is None or first > last:
        return
    outside = False
    for column in ("first_year", "last_year"):
        year = integer(row[column])
        if year is not None and not first <= year <= last:
            outside = True
            yield problem(
                column, f"a year of study {study['study']}, {first} to {last}", "Correct the year."
            )
    start, end = integer(row["first_year"]), integer(row["last_year"])
    if start is not None and end is not None and start > end and not outside:
        yield problem("last_year", f"a year from {start}, the first one, on", "Swap the years.")


def _matchings(known: Known) -> Iterator[Problem]:
    for row, study in known.of_studies("matching_specs"):
        problem, terms = about("matching_specs", row), terms_of(row["covariates"])
        yield from _unknown_names(
            problem, "covariates", terms, known.variables(study), row["study"]
        )
        for name, times in Counter(terms).items():
            if name and times > 1:
                yield problem("covariates", "each covariate once", "Name it once.", found=name)
        if row["method"] == "kernel" and row["caliper"]:
            yield problem(
                "caliper", "nothing: kernel matching has the bandwidth", "Clear the cell."
            )


def _base(problem: Teller, row: Row, study: Row, known: Known) -> Iterator[Problem]:
    """The specification that an event study or a placebo rests on is of its study."""
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
        needed = {"space": ("n_treated", "draws"), "time": ("pseudo_year",)}
        for column in needed.get(row["kind"], ()):
            if not row[column]:
                yield problem(column, f"a value for a placebo in {row['kind']}", "Fill the cell.")
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
            yield from _unknown_names(
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
        yield from _unknown_names(
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
            yield from _left_out(
                problem, "leave_out", {**row, "leave_out": group}, study, known
            )
        window = known.window(spec, study) if spec else range(0)
        yield from _left_out_years(problem, row["leave_out_years"], window)
        yield from _unknown_names(
            problem, "controls_by_year", terms_of(row["controls_by_year"]), known.variables(study),
            row["study"],
        )  # fmt: skip
        yield from _unknown_names(
            problem, "policies", terms_of(row["policies"]), known.other_policies(study),
            row["study"],
        )  # fmt: skip
        units = known.sample(spec, study) if spec else set()
        for column in ("group_year_effects", "group_trends"):
            for grouping in terms_of(row[column]):
                yield from _groups_of_all(problem, column, grouping, units, study, known)
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


def _figures(known: Known) -> Iterator[Problem]:
    specs = {
        "event_study": ("an event study", "event_study_specs", "event_study_id"),
        "placebo_density": ("a placebo in space", "placebo_specs", "placebo_id"),
        "placebo_p_values": ("a placebo in space", "placebo_specs", "placebo_id"),
        "propensity_overlap": ("a matching", "matching_specs", "matching_id"),
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


CHECKS = (
    _regressions, _matchings, _event_studies, _placebos, _mediations, _comparisons, _curves,
    _figures,
    _tables,
)  # fmt: skip
