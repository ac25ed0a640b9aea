"""What series, variables, indicators and identities mean together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from nqp.definitions.known import Known
from nqp.definitions.problem import Problem, Row, listed, number, terms_of
from nqp.definitions.shape_checks import Teller, about

# Longer sums are refused: each is better a series of its own.
MOST_TERMS = 8


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


CHECKS = (_names_of_columns, _ranges, _identities, _expressions)
