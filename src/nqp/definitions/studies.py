"""What studies, policies and definitions of variables mean together."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from nqp.definitions.known import Known
from nqp.definitions.problem import Problem, Row, integer, listed, number, terms_of
from nqp.definitions.shape_checks import Teller, about
from nqp.definitions.shapes import SHAPES
from nqp.messages import nearest

# As many terms of a sum the SQL reads.
MOST_TERMS = 8


def _studies(known: Known) -> Iterator[Problem]:
    for row in known.tables["studies"]:
        problem = about("studies", row)
        first, last = integer(row["first_year"]), integer(row["last_year"])
        if first is not None and last is not None and first > last:
            yield problem("last_year", f"a year from {first}, the first one, on", "Swap the years.")
        if row["level"] and row["level"] not in known.levels:
            yield problem(
                "level", f"a level with regions: {listed(known.levels)}",
                "Correct the name, or list the units of the level in regions.csv.",
                known=known.levels,
            )  # fmt: skip
        elif row["roster"] and not known.roster(row):
            yield problem(
                "roster", f"a grouping with units of level {row['level']} in its group 'in'",
                "Correct the name, or list the units in roster.csv.",
                known=[name for name, level, group in known.groups(row)
                       if (level, group) == (row["level"], "in")],
            )  # fmt: skip
        above = row["assigned_at"]
        known_level = row["level"] in known.levels
        if above and known_level and above != row["level"] and row["level"] not in known.parents:
            yield problem(
                "assigned_at", f"{row['level']}, since its regions name none that they lie in",
                "Fill parent_code in regions.csv, or leave the cell blank.",
            )  # fmt: skip
        if row["alone_units"] == "own_cluster" and known.roster(row) and not known.alone(row):
            yield problem(
                "alone_units", "with_region, since no unit of the study was assigned alone",
                f"Write true under assigned_alone in the rows of policies.csv that {row['policy']} "
                "reached by themselves, or clear the cell.",
            )  # fmt: skip
        for profile in row["profiles"].split():
            if profile not in ("*", *known.profiles) and (
                guess := nearest(profile, known.profiles)
            ):
                yield problem(
                    "profiles", "* or data profiles, " + ", ".join(known.profiles),
                    "Correct the name.", found=profile, known=[guess],
                )  # fmt: skip
        if not known.variables(row):
            yield problem(
                "study", "a study that indicators.csv or variables.csv defines something for",
                "Add its variables, or name in extends the study whose they are.",
            )  # fmt: skip
        if row["index_id"] in {*known.defined["variables"].get(row["study"], ()),
                               *known.indicators(row), row["policy"]} - {""}:  # fmt: skip
            yield problem(
                "index_id", "an id that no variable, indicator or policy of the study has",
                "Give the index another id: all are columns of one panel.",
            )  # fmt: skip


# Where an id of a study's own begins with the study's, so that results of all studies tell apart.
IDS_OF_A_STUDY = (
    "regression_specs", "event_study_specs", "placebo_specs", "matching_specs", "mediation_specs",
    "heterogeneity_specs", "curve_specs",
)  # fmt: skip


def _ids_of_studies(known: Known) -> Iterator[Problem]:
    for name in IDS_OF_A_STUDY:
        (key,) = SHAPES[name].keys[0].split()
        for row in known.tables[name]:
            if row[key] and not row[key].startswith(f"{row['study']}."):
                yield about(name, row)(
                    key, f"an id that begins with {row['study']}.",
                    "Tables of results hold all studies: put the study's id in front.",
                )  # fmt: skip


def _policies_of_studies(known: Known) -> Iterator[Problem]:
    """Treated units lie in the sample; some are treated in its years, some are not."""
    outside: dict[tuple[str, str, str], tuple[Row, Row, list[str]]] = {}
    for row in known.tables["studies"]:
        problem, policy, variant = about("studies", row), row["policy"], row["policy_variant"]
        roster, rows = known.roster(row), known.policy_rows(row)
        seen = known.policies_of(row)
        variants = {p["variant"] for p in seen if p["policy"] == policy}
        if not (policy and variant and roster):
            continue
        if not rows:
            column = "policy_variant" if variants else "policy"
            level = f" with units of level {row['level']}" if variant in variants else ""
            yield problem(
                column,
                (f"a variant of {policy}" if variants else "a policy of policies.csv") + level,
                "Correct the name, or add the treated units to policies.csv.",
                known=(variants if variants else {p["policy"] for p in seen}) - {variant},
            )  # fmt: skip
            continue
        within = [p for p in rows if p["region_code"] in roster]
        if not within:
            yield problem(
                "policy_variant", f"a variant that treats a unit of the roster {row['roster']}",
                "Choose another variant or another roster.",
            )  # fmt: skip
            continue
        # A policy of the catalogue is written for all studies; a study's own is for its roster.
        for p in rows:
            if (
                p["study"]
                and p["region_code"] not in roster
                and (p["level"], p["region_code"]) in known.labels
            ):
                listed_at = p["file"], p["line"], row["roster"]
                _, _, studies = outside.setdefault(listed_at, (p, row, []))
                studies.append(row["study"])
        years, dated = known.treated(row), known.dated(row)
        window = known.window({"first_year": "", "last_year": ""}, row)
        if dated and window and not any(year in window[1:] for year in years.values()):
            yield problem(
                "policy_variant",
                f"units first treated after {window[0]} and by {window[-1]}, the study's years",
                f"By {row['coding_rule']} treatment begins in {listed(set(dated.values()))}: "
                "correct the dates in policies.csv or the years of the study.",
            )  # fmt: skip
        elif set(years) == roster and len(set(years.values())) == 1:
            yield problem(
                "policy_variant", f"a variant that leaves units of {row['roster']} untreated",
                f"All {len(roster)} units are treated from the same year, so that none is left to "
                "compare with.",
            )  # fmt: skip
    for p, row, studies in outside.values():
        roster_id, where = (
            row["roster"],
            "roster.csv" if row["roster"] == "roster" else "groupings.csv",
        )
        yield about("policies", p)(
            "region_code", f"a unit of {roster_id}, the sample of {listed(studies)}",
            f"A treated unit outside the sample: add it to {roster_id} in {where}, or drop "
            f"the row from the variant {p['variant']}.",
            found=known.labels[p["level"], p["region_code"]],
        )  # fmt: skip


def _unused_policies(known: Known) -> Iterator[Problem]:
    """What no study uses and is nearly called like a policy or variant in use is a slip."""
    used = {(row["policy"], row["policy_variant"]) for row in known.studies.values()}
    policies = {policy for policy, _ in used}
    for row in known.tables["policies"]:
        others = {variant for policy, variant in used if policy == row["policy"]}
        if row["policy"] not in policies and nearest(row["policy"], policies):
            yield about("policies", row)(
                "policy", "a policy that a study uses, or one that is not nearly called so",
                "Correct the name.", known=policies,
            )  # fmt: skip
        elif row["variant"] not in others and nearest(row["variant"], others):
            yield about("policies", row)(
                "variant", "a variant that a study uses, or one that is not nearly called so",
                "Correct the name.", known=others,
            )  # fmt: skip


def _regions_of_studies(known: Known) -> Iterator[Problem]:
    """What two lists say of one unit is the same: a level means the same in all studies."""
    first: dict[tuple[str, str], Row] = {}
    for row in known.tables["regions"]:
        other = first.setdefault((row["level"], row["region_code"]), row)
        differing = [
            column
            for column in ("name_en", "name_zh", "short_zh", "parent_code")
            if row[column] != other[column]
        ]
        if other["file"] != row["file"] and differing:
            column = differing[0]
            said = repr(other[column]) if other[column] else "nothing"
            yield about("regions", row)(
                column, f"{said}, as in line {other['line']} of {other['file']}",
                "Units of a level are the same in all studies that are built together: write "
                f"the unit alike in both files, give the level {row['level']} another name in "
                "one of the studies, or build each by itself (--study, and --profile for a file of "
                "its own).",
            )  # fmt: skip


def _parents(known: Known) -> Iterator[Problem]:
    """Parents are units of a level above or words of the study's own, in one study not the one and
    the other: a slip in a code would make a cluster of its own."""
    shared = {row["region_code"] for row in known.tables["regions"] if not row["study"]}
    levels: dict[str, set[str]] = defaultdict(set)
    for level, code in known.regions:
        levels[code].add(level)
    for study in known.studies.values():
        own = [row for row in known.tables["regions"] if row["study"] == study["study"]]
        units = shared | {row["region_code"] for row in own}
        parents = {row["parent_code"] for row in own} - {""}
        for row in own:
            parent = row["parent_code"]
            if parent and levels.get(parent) == {row["level"]}:
                yield about("regions", row)(
                    "parent_code", f"what lies above, and no unit of level {row['level']} itself",
                    "Correct the code, clear the cell, or give the region above a code of its own.",
                )  # fmt: skip
            elif parent and parents & units and parent not in units:
                yield about("regions", row)(
                    "parent_code", "the code of a region, as other rows have",
                    "Correct the code, or list the unit in regions.csv.", known=parents & units,
                )  # fmt: skip


def _region_names(known: Known) -> Iterator[Problem]:
    """In the catalogue a name of a level is one region's; a study's own units go by their code."""
    for column in ("name_zh", "short_zh", "name_en"):
        first: dict[tuple[str, str], Row] = {}
        for row in known.tables["regions"]:
            name_at_level = row["level"], row[column]
            if row["study"] or not all(name_at_level):
                continue
            if name_at_level in first:
                yield about("regions", row)(
                    f"level and {column}",
                    f"what no other row has; line {first[name_at_level]['line']} is the same",
                    "Keep one of the two.", found=" ".join(name_at_level),
                )  # fmt: skip
            first.setdefault(name_at_level, row)


def _aliases(known: Known) -> Iterator[Problem]:
    """An alias names one region, and is not what another one is called."""
    owners: dict[tuple[str, str], tuple[str, str]] = {}
    for row in known.tables["regions"]:
        for column in ("name_zh", "short_zh", "name_en"):
            name_at_level = row["level"], _plain(row[column])
            where = f"line {row['line']} of {row['file']}"
            owners.setdefault(name_at_level, (row["region_code"], where))
    for row in known.tables["region_aliases"]:
        name_at_level = row["level"], _plain(row["alias"])
        # An alias of one source may call a region by the name of another: the source does.
        if row["source_id"]:
            continue
        # A spelling that regions share does not say which is meant: staging rejects it by name.
        where = f"line {row['line']} of {row['file']}"
        code, where = owners.setdefault(name_at_level, (row["region_code"], where))
        if row["region_code"] and code != row["region_code"]:
            yield about("region_aliases", row)(
                "alias", f"a name that no other region has; {where} gives it to {code}",
                "Figures under it would go to neither: drop the alias, or correct its region.",
            )  # fmt: skip
        total = row["kind"] == "aggregate"
        if total and row["region_code"]:
            yield about("region_aliases", row)(
                "region_code", "nothing: a total is no region", "Clear the cell, or change kind."
            )
        elif not total and not row["region_code"]:
            yield about("region_aliases", row)(
                "region_code", "the region that is meant",
                "Fill the cell, or set kind to aggregate for a total.",
            )  # fmt: skip


def _plain(name: str) -> str:
    """A name whatever its spaces, widths and capitals, as tables of figures spell it."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).casefold()


def _names_of_columns(known: Known) -> Iterator[Problem]:
    """Ids become columns of a study's panel: one meaning each, whatever the case."""
    for study in known.studies.values():
        spelled = {name.lower(): name for name in (study["policy"], study["index_id"]) if name}
        own = {row["policy"] for row in known.tables["policies"] if row["study"] == study["study"]}
        for seed, key in (("indicators", "indicator_id"), ("variables", "variable_id")):
            for row in known.tables[seed]:
                if row["study"] != study["study"]:
                    continue
                problem, name = about(seed, row), row[key]
                first = spelled.setdefault(name.lower(), name)
                if name == study["policy"] or name in own:
                    yield problem(key, "an id that is not that of a policy", "Give it another id.")
                elif name != first:
                    yield problem(
                        key,
                        f"the spelling {first!r}, as columns of a panel do not tell cases apart",
                        "Write it alike, or give it another id.",
                    )  # fmt: skip
                elif seed == "variables" and name in known.indicators(study):
                    yield problem(
                        key, f"an id that no indicator of study {row['study']} has",
                        "Give it another id: both are columns of one panel.",
                    )  # fmt: skip


def _expressions(known: Known) -> Iterator[Problem]:
    """Numerators and denominators add up series that exist, once each and in one unit."""
    for seed in ("indicators", "variables"):
        for row in known.tables[seed]:
            if seed == "variables" and "(" in row["numerator"]:
                yield from _derived(about(seed, row), row, known)
                continue
            sides = {side: terms_of(row[side]) for side in ("numerator", "denominator")}
            faults = [
                fault
                for side, terms in sides.items()
                for fault in _faults(about(seed, row), side, terms, known)
            ]
            yield from faults or _both_sides(about(seed, row), sides, known)


DERIVED = re.compile(r"(lag) *\( *(\w+) *, *([1-9]\d?) *\)|(before) *\( *(\w+) *\)")


def _derived(problem: Teller, row: Row, known: Known) -> Iterator[Problem]:
    """A variable made from another one of its study."""
    found = DERIVED.fullmatch(row["numerator"])
    if found is None:
        yield problem(
            "numerator", "series joined by ' + ', lag(variable, years) or before(variable)",
            "Correct the definition.",
        )  # fmt: skip
        return
    base = found[2] or found[5]
    study = row["study"]
    plain = {
        other["variable_id"]
        for other in known.tables["variables"]
        if other["study"] == study and "(" not in other["numerator"]
    } | set(known.defined["indicators"].get(study, ()))
    if base not in plain:
        yield problem(
            "numerator", f"a variable of study {study} that is made from series",
            "Correct its name, or add it to variables.csv.", found=base, known=plain,
        )  # fmt: skip
    if row["denominator"] or row["transform"] != "level" or number(row["scale"]) != 1:
        yield problem(
            "numerator", "no denominator, scale 1 and transform level beside lag or before",
            "Give them to the variable that it is made from.",
        )  # fmt: skip


def _neighbours(known: Known) -> Iterator[Problem]:
    for row, study in known.of_studies("neighbours"):
        problem = about("neighbours", row)
        for column in ("region_code", "neighbour_code"):
            if row[column] and (study["level"], row[column]) not in known.regions:
                yield problem(
                    column, f"a region of level {study['level']}", "Correct the code.",
                    known=[code for level, code in known.regions if level == study["level"]],
                )  # fmt: skip
        if row["region_code"] and row["region_code"] == row["neighbour_code"]:
            yield problem("neighbour_code", "another region", "Drop the row.")


def _faults(problem: Teller, column: str, terms: Sequence[str], known: Known) -> Iterator[Problem]:
    if len(terms) > MOST_TERMS:
        yield problem(
            column, f"at most {MOST_TERMS} series", "Split the definition, or add the sum as a "
            "series of its own.", found=f"{len(terms)} series",
        )  # fmt: skip
    names = [term.split("@")[0] for term in terms]
    for term in dict.fromkeys(terms):
        series = term.split("@")[0]
        if not term:
            yield problem(column, "series joined by ' + '", "Remove the '+' too many.")
        elif not re.fullmatch(r"([a-z][a-z0-9_]*\.)?\w+(@[^\s@+]+)?", term):
            yield problem(
                column, "a series, or series@source", "Join series by ' + '; nothing else is read. "
                "For a ratio fill the denominator.", found=term,
            )  # fmt: skip
        elif series not in known.series:
            yield problem(
                column, "a series of series.csv", "Correct the name, or add the series.",
                found=series, known=known.series,
            )  # fmt: skip
        elif names.count(series) > 1 and names.index(series) == terms.index(term):
            yield problem(column, "each series once", "Name it once.", found=series)


def _both_sides(
    problem: Teller, sides: Mapping[str, Sequence[str]], known: Known
) -> Iterator[Problem]:
    above, below = sides["numerator"], sides["denominator"]
    if below and set(above) == set(below):
        yield problem(
            "denominator", "other series than in the numerator",
            "The same above and below the line is 1 everywhere.", found=" + ".join(below),
        )  # fmt: skip
    for found in _units_of((*above, *below), known).values():
        if len(found) > 1:
            yield problem(
                "denominator" if below else "numerator", "series of one dimension in one unit",
                "Give them one unit in series.csv, or the ratio is off by a power of ten.",
                found=", ".join(f"{name} in {unit}" for unit, name in found.items()),
            )  # fmt: skip


def _units_of(terms: Sequence[str], known: Known) -> dict[str, dict[str, str]]:
    """The units of series by dimension, each with the first series that has it."""
    units: dict[str, dict[str, str]] = defaultdict(dict)
    for term in terms:
        name = term.split("@")[0]
        if unit := known.units.get(known.series[name]["unit"]):
            units[unit["dimension"]].setdefault(unit["unit"], name)
    return dict(units)


def _ranges(known: Known) -> Iterator[Problem]:
    for row in known.tables["series"]:
        if number(row["lowest"]) >= number(row["highest"]):
            yield about("series", row)(
                "highest", f"a number above {row['lowest']}, the lowest one", "Correct one of them."
            )


def _identities(known: Known) -> Iterator[Problem]:
    """The sides of an identity add up series that exist, once each and of one dimension."""
    for row in known.tables["identities"]:
        problem = about("identities", row)
        if row["level"] not in ("", "*", *known.levels):
            yield problem(
                "level", f"* or a level with regions: {listed(known.levels)}", "Correct the name.",
                known=known.levels,
            )  # fmt: skip
        left, right = terms_of(row["left_side"]), terms_of(row["right_side"])
        if faults := [
            fault
            for side, terms in (("left_side", left), ("right_side", right))
            for fault in _faults(problem, side, terms, known)
        ]:
            yield from faults
        elif twice := [term for term in left if term in right]:
            yield problem(
                "right_side", "series that are not on the left", "Name it on one side.",
                found=twice[0],
            )  # fmt: skip
        elif right and all("@" in term for term in (*left, *right)):
            yield problem(
                "left_side", "a series without a source",
                "An identity is looked at in each source with such a series: drop an @source.",
            )  # fmt: skip
        elif len(by_dimension := _units_of((*left, *right), known)) > 1:
            kinds = (next(iter(names.items())) for names in by_dimension.values())
            yield problem(
                "right_side", "series of one dimension",
                "Amounts of different kinds cannot be compared: correct the names.",
                found=", ".join(f"{name} in {unit}" for unit, name in kinds),
            )  # fmt: skip


CHECKS = (
    _studies, _ids_of_studies, _policies_of_studies, _unused_policies, _regions_of_studies,
    _parents, _region_names, _aliases,
    _names_of_columns, _ranges, _identities, _expressions, _neighbours,
)  # fmt: skip
