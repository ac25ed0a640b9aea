"""What a study and its policy mean together."""

from __future__ import annotations

from collections.abc import Iterator

from nqp.definitions.known import Known
from nqp.definitions.problem import Problem, Row, integer, listed
from nqp.definitions.shape_checks import about
from nqp.definitions.shapes import SHAPES
from nqp.messages import nearest


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


CHECKS = (_studies, _ids_of_studies, _policies_of_studies, _unused_policies)
