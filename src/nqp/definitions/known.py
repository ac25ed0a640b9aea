"""What follows from the definitions, as the checks look it up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from nqp.coding_rules import COUNTS_FROM_NEXT_YEAR, first_treated_year
from nqp.definitions.problem import Row, integer, terms_of
from nqp.definitions.shapes import DAY, SHAPES

# What a sample calls the untreated units beside treated ones, `neighbours=of_treated`.
NEIGHBOURS = "neighbours"


@dataclass(frozen=True)
class Known:
    """The lists, and what follows from them; ids that no row has give nothing."""

    tables: Mapping[str, Sequence[Row]]
    profiles: tuple[str, ...]

    def of_studies(self, name: str) -> Iterator[tuple[Row, Row]]:
        """The rows of a list with the study they belong to."""
        for row in self.tables[name]:
            if study := self.studies.get(row["study"]):
                yield row, study

    @cached_property
    def studies(self) -> dict[str, Row]:
        return self._index("studies")

    @cached_property
    def specs(self) -> dict[str, Row]:
        return self._index("regression_specs")

    def _index(self, name: str) -> dict[str, Row]:
        (key,) = SHAPES[name].keys[0].split()
        return {row[key]: row for row in self.tables[name]}

    @cached_property
    def matchings(self) -> dict[str, Row]:
        return self._index("matching_specs")

    @cached_property
    def series(self) -> dict[str, Row]:
        return self._index("series")

    @cached_property
    def units(self) -> dict[str, Row]:
        return self._index("units")

    @cached_property
    def regions(self) -> dict[tuple[str, str], Row]:
        """Level and code of a region → its row."""
        return {(row["level"], row["region_code"]): row for row in self.tables["regions"]}

    @cached_property
    def labels(self) -> dict[tuple[str, str], str]:
        """Level and code of a region → its code and names, for messages."""
        return {
            (row["level"], row["region_code"]): " ".join(
                dict.fromkeys(filter(None, (row["region_code"], row["name_zh"], row["name_en"])))
            )
            for row in self.tables["regions"]
        }

    @cached_property
    def levels(self) -> set[str]:
        """The levels that have regions."""
        return {level for level, _ in self.labels}

    @cached_property
    def parents(self) -> set[str]:
        """The levels whose regions lie in regions of a level above."""
        return {row["level"] for row in self.tables["regions"] if row["parent_code"]}

    @cached_property
    def _groups(self) -> dict[str, dict[tuple[str, str, str], set[str]]]:
        """Owner → grouping, level and group → region codes."""
        found: dict[str, dict[tuple[str, str, str], set[str]]] = defaultdict(
            lambda: defaultdict(set)
        )
        for row in self.tables["groupings"]:
            key = row["grouping"], row["level"], row["group_id"]
            found[row["study"]][key].add(row["region_code"])
        return found

    def groups(self, study: Row) -> dict[tuple[str, str, str], set[str]]:
        """Grouping, level and group → region codes, as a study sees them: its own come first."""
        own = self._groups.get(study["study"], {})
        mine = {grouping for grouping, _, _ in own}
        shared = self._groups.get("", {})
        return {**{key: codes for key, codes in shared.items() if key[0] not in mine}, **own}

    @cached_property
    def defined(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """List → study → the ids that the study has there, taken over or its own."""
        return {
            name: {
                study: tuple(row[key] for row in self.tables[name] if row["study"] == study)
                for study in self.studies
            }
            for name, key in (("indicators", "indicator_id"), ("variables", "variable_id"))
        }

    def indicators(self, study: Row) -> tuple[str, ...]:
        return self.defined["indicators"].get(study["study"], ())

    def variables(self, study: Row) -> tuple[str, ...]:
        """Variables and indicators of a study, and its index."""
        own = self.defined["variables"].get(study["study"], ())
        return (*own, *self.indicators(study), *filter(None, [study["index_id"]]))

    def units_by_group(self, study: Row, grouping: str) -> dict[str, set[str]]:
        """Group → units of the roster, of a grouping or of the regions that the units lie in."""
        roster, level = self.roster(study), study["level"]
        if grouping in ("region_code", "province_code", "parent_code"):
            found: dict[str, set[str]] = defaultdict(set)
            for unit in roster:
                above = unit if grouping == "region_code" else self.regions.get((level, unit), {})
                label = above if isinstance(above, str) else above.get(grouping, "")
                if label:
                    found[label].add(unit)
            return dict(found)
        if grouping == NEIGHBOURS:
            treated = set(self.treated(study)) & roster
            pairs = self._pairs(study)
            beside = {a for a, b in pairs if b in treated} | {b for a, b in pairs if a in treated}
            return {"of_treated": (beside & roster) - treated}
        groups = self.groups(study)
        return {
            group: units & roster
            for (name, its, group), units in groups.items()
            if (name, its) == (grouping, level)
        }

    def groupings(self, study: Row) -> set[str]:
        """What groups the units of a study."""
        own = {name for name, level, _ in self.groups(study) if level == study["level"]}
        own |= {NEIGHBOURS} if self._pairs(study) else set()
        return own | {"region_code", "province_code", "parent_code"}

    def _pairs(self, study: Row) -> set[tuple[str, str]]:
        """Neighbours among the regions of a study's level: its own list, or the catalogue's."""
        wanted, nothing = study["level"], set[tuple[str, str]]()
        own = self._neighbours.get((study["study"], wanted), nothing)
        return own or self._neighbours.get(("", wanted), nothing)

    @cached_property
    def _neighbours(self) -> dict[tuple[str, str], set[tuple[str, str]]]:
        """Owner and level → the pairs that it lists."""
        found: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        for row in self.tables["neighbours"]:
            pair = row["region_code"], row["neighbour_code"]
            found[row["study"], row["level"]].add(pair)
        return dict(found)

    def roster(self, study: Row) -> set[str]:
        return self.groups(study).get((study["roster"], study["level"], "in"), set())

    @cached_property
    def _policies(self) -> dict[tuple[str, str, str, str], list[Row]]:
        found = defaultdict(list)
        for row in self.tables["policies"]:
            found[row["study"], row["policy"], row["variant"], row["level"]].append(row)
        return found

    def policies_of(self, study: Row) -> list[Row]:
        """Rows of all policies that a study sees, of its level or another."""
        return [
            *self._policies_by_owner.get("", ()),
            *self._policies_by_owner.get(study["study"], ()),
        ]

    @cached_property
    def _policies_by_owner(self) -> dict[str, list[Row]]:
        found = defaultdict(list)
        for row in self.tables["policies"]:
            found[row["study"]].append(row)
        return dict(found)

    def other_policies(self, study: Row) -> set[str]:
        """Policies beside its own that a study sees at its level, which it may have as controls."""
        owners = ("", study["study"])
        seen = [self._policies_by_level.get((owner, study["level"]), set()) for owner in owners]
        return set().union(*seen) - {study["policy"]}

    @cached_property
    def _policies_by_level(self) -> dict[tuple[str, str], set[str]]:
        found = defaultdict(set)
        for row in self.tables["policies"]:
            found[row["study"], row["level"]].add(row["policy"])
        return dict(found)

    def policy_rows(self, study: Row) -> list[Row]:
        """The treated units by the study's policy: its own rows, or else the catalogue's."""
        wanted = study["policy"], study["policy_variant"], study["level"]
        return self._policies.get((study["study"], *wanted)) or self._policies.get(
            ("", *wanted), []
        )

    def variants_of(self, study: Row, policy: str) -> set[str]:
        """Variants of a policy that a study sees at its level."""
        return {
            row["variant"]
            for row in self.policies_of(study)
            if (row["policy"], row["level"]) == (policy, study["level"])
        }

    def dated(self, study: Row) -> dict[str, int]:
        """Units of the roster that the policy ever treats → first treated year."""
        roster, years = self.roster(study), {}
        for row in self.policy_rows(study):
            if row["region_code"] in roster and DAY.holds(row["date"]):
                approved = date.fromisoformat(row["date"][:10])
                rule = study["coding_rule"]
                # An unknown rule is reported by itself, and not by years that it does not give.
                if rule not in COUNTS_FROM_NEXT_YEAR:
                    rule = "approval_year"
                years[row["region_code"]] = first_treated_year(approved, rule)
        return years

    def treated(self, study: Row) -> dict[str, int]:
        """Units of the roster that the policy treats by the last year → first treated year."""
        last = integer(study["last_year"])
        years = self.dated(study)
        return {unit: year for unit, year in years.items() if last is None or year <= last}

    def alone(self, study: Row) -> set[str]:
        """Units of the roster to which the study's policy was assigned by themselves."""
        rows = self.policy_rows(study)
        alone = {row["region_code"] for row in rows if row["assigned_alone"].lower() == "true"}
        return alone & self.roster(study)

    def assignment_clusters(self, study: Row) -> dict[str, str]:
        """Units of the roster → the region with which the policy reached them, as declared."""
        above = "province_code" if study["assigned_at"] == "province" else "parent_code"
        alone = self.alone(study) if study["alone_units"] == "own_cluster" else set()
        by_itself = study["assigned_at"] == study["level"]
        return {
            unit: unit
            if by_itself or unit in alone
            else self.regions.get((study["level"], unit), {}).get(above) or unit
            for unit in self.roster(study)
        }

    def sample(self, spec: Row, study: Row) -> set[str]:
        """Units of the roster in a specification's group, all of them without one, less those that
        it leaves out.
        """
        units = self.roster(study)
        if spec["grouping"]:
            group = spec["grouping"], study["level"], spec["group_id"]
            units = units & self.groups(study).get(group, set())
        for term in terms_of(spec["leave_out"]):
            grouping, _, label = (part.strip() for part in term.partition("="))
            units = units - self.units_by_group(study, grouping).get(label, set())
        return units

    def window(self, spec: Row, study: Row) -> range:
        """Years of a specification; none where they cannot be read."""
        first = integer(spec["first_year"] or study["first_year"])
        last = integer(spec["last_year"] or study["last_year"])
        return range(0) if first is None or last is None else range(first, last + 1)
