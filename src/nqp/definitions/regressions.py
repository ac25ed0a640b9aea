"""What the specifications of regressions mean together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nqp.definitions.known import Known
from nqp.definitions.problem import Problem, Row, integer, listed, some, span, terms_of
from nqp.definitions.shape_checks import Teller, about
from nqp.definitions.strata import drawn_again

# By what errors may be clustered.
CLUSTERS = frozenset({"region_code", "province_code", "parent_code", "year"})


def _regressions(known: Known) -> Iterator[Problem]:
    for row, study in known.of_studies("regression_specs"):
        problem, outcome = about("regression_specs", row), row["outcome"]
        names = (*known.variables(study), study["policy"], *known.other_policies(study))
        for column in ("outcome", "treatment", "controls", "controls_by_year"):
            terms = [outcome] if column == "outcome" and outcome else terms_of(row[column])
            yield from unknown_names(problem, column, terms, names, row["study"])
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
        yield from left_out(problem, "leave_out", row, study, known)
        yield from left_out_years(problem, row["leave_out_years"], known.window(row, study))
        yield from _effects_of_groups(problem, row, study, known)
        yield from _years(problem, row, study)
        yield from drawn_again(problem, row, study, known)
        matching = known.matchings.get(row["matching"])
        if matching and matching["study"] != row["study"]:
            yield problem(
                "matching", f"a matching of study {row['study']}",
                f"That one matches the panel of {matching['study']}.",
                known=[m["matching_id"] for m in known.tables["matching_specs"]
                       if m["study"] == row["study"]],
            )  # fmt: skip


def unknown_names(
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
        yield problem(
            "cluster", f"what every unit of the sample lies in; {len(lacking)} of {len(units)} "
            f"have no {column} ({some(lacking)})",
            "Fill it in regions.csv, or cluster by region_code.",
        )  # fmt: skip


def left_out(problem: Teller, column: str, row: Row, study: Row, known: Known) -> Iterator[Problem]:
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


def left_out_years(problem: Teller, cell: str, window: range) -> Iterator[Problem]:
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
            yield from groups_of_all(problem, column, row[column], known.sample(row, study),
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


def groups_of_all(
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
        yield problem(
            column, f"a grouping with every unit of the sample; {len(lacking)} of {len(units)} "
            f"have no group ({some(lacking)})",
            "Add them to groupings.csv, or leave them out.", found=grouping,
        )  # fmt: skip


def _years(problem: Teller, row: Row, study: Row) -> Iterator[Problem]:
    first, last = integer(study["first_year"]), integer(study["last_year"])
    if first is None or last is None or first > last:
        return
    start, end = integer(row["first_year"]), integer(row["last_year"])
    outside = False
    # A specification may begin before its study, where its variables have figures.
    if start is not None and start > last:
        outside = True
        yield problem(
            "first_year", f"a year up to {last}, the last one of study {study['study']}",
            "Correct the year.",
        )  # fmt: skip
    if end is not None and not first <= end <= last:
        outside = True
        yield problem(
            "last_year", f"a year of study {study['study']}, {first} to {last}", "Correct the year."
        )
    if start is not None and end is not None and start > end and not outside:
        yield problem("last_year", f"a year from {start}, the first one, on", "Swap the years.")


CHECKS = (_regressions,)
