"""What lists of regions mean together: names, aliases, parents and neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from nqp.definitions.known import Known
from nqp.definitions.problem import Problem, Row
from nqp.definitions.region_key import region_key
from nqp.definitions.shape_checks import about


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
            name_at_level = row["level"], region_key(row[column])
            where = f"line {row['line']} of {row['file']}"
            owners.setdefault(name_at_level, (row["region_code"], where))
    for row in known.tables["region_aliases"]:
        name_at_level = row["level"], region_key(row["alias"])
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


def _neighbours(known: Known) -> Iterator[Problem]:
    """A pair is two regions, written once: that one borders the other says it of both."""
    first: dict[tuple[str, str, str, str], str] = {}
    for row in known.tables["neighbours"]:
        problem = about("neighbours", row)
        one, other = row["region_code"], row["neighbour_code"]
        if one and one == other:
            yield problem("neighbour_code", "another region", "Drop the row.")
            continue
        first.setdefault((row["study"], row["level"], one, other), row["line"])
        if again := first.get((row["study"], row["level"], other, one)):
            yield problem(
                "neighbour_code", f"a pair that no other row has; line {again} is the same",
                "Keep one of the two: a row counts in both directions.",
            )  # fmt: skip


CHECKS = (_regions_of_studies, _parents, _region_names, _aliases, _neighbours)
