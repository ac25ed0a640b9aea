"""The groups within which an assignment is drawn again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from nqp.definitions.known import Known
from nqp.definitions.problem import Problem, Row, some, terms_of
from nqp.definitions.shape_checks import Teller


def drawn_again(problem: Teller, row: Row, study: Row, known: Known) -> Iterator[Problem]:
    """What the assignment is drawn within holds whole regions that the policy reached together."""
    strata, policy = row["strata"], study["policy"]
    if policy not in terms_of(row["treatment"]):
        for column, without in (("strata", ""), ("enumerate", "false")):
            if row[column].lower() not in ("", without):
                yield problem(
                    column, f"nothing, since {policy} is no treatment here",
                    "Only the assignment of the study's policy is drawn again: clear the cell.",
                )  # fmt: skip
        return
    if strata:
        clusters = known.assignment_clusters(study)
        held = {unit: clusters[unit] for unit in known.sample(row, study)}
        yield from whole_strata(problem, strata, study, held, known)


def whole_strata(
    problem: Teller, strata: str, study: Row, held: Mapping[str, str], known: Known
) -> Iterator[Problem]:
    """held: of each unit of a sample, what is drawn together with it."""
    level = study["level"]
    group_of = {
        unit: group
        for (grouping, its, group), units in known.groups(study).items()
        if (grouping, its) == (strata, level)
        for unit in units
    }
    if not group_of:
        yield problem(
            "strata", f"a grouping of level {level}", "Correct the name, or add the units to "
            "groupings.csv.", known={name for name, its, _ in known.groups(study) if its == level},
        )  # fmt: skip
        return
    if lacking := sorted(set(held) - set(group_of)):
        yield problem(
            "strata", f"a grouping with every unit of the sample; {len(lacking)} of {len(held)} "
            f"have no group ({some(lacking)})",
            "Add them to groupings.csv, or clear the cell.",
        )  # fmt: skip
        return
    groups = defaultdict(set)
    for unit, holder in held.items():
        groups[holder].add(group_of[unit])
    if torn := sorted(holder for holder, its in groups.items() if len(its) > 1):
        yield problem(
            "strata", f"a grouping that tears no {study['assigned_at']} apart; {len(torn)} have "
            f"units in several of its groups ({some(torn)})",
            f"The policy is drawn by {study['assigned_at']}: give its units one group.",
        )  # fmt: skip
