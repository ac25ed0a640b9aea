"""What follows from the definitions, as the checks look it up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from nqp.definitions.problem import Row, integer
from nqp.definitions.shapes import DAY, SHAPES


@dataclass(frozen=True)
class Known:
    """The seeds, and what follows from them; ids that no row has give nothing."""

    tables: Mapping[str, Sequence[Row]]
    profiles: tuple[str, ...]

    def of_studies(self, seed: str) -> Iterator[tuple[Row, Row]]:
        """The rows of a seed with the study they belong to, where its definitions are known."""
        for row in self.tables[seed]:
            study = self.studies.get(row["study"])
            if study and (study["definitions_of"] or study["study"]) in self.studies:
                yield row, study

    @cached_property
    def studies(self) -> dict[str, Row]:
        return self._index("studies")

    @cached_property
    def specs(self) -> dict[str, Row]:
        return self._index("regression_specs")

    def _index(self, seed: str) -> dict[str, Row]:
        (key,) = SHAPES[seed].keys[0].split()
        return {row[key]: row for row in self.tables[seed]}

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
    def labels(self) -> dict[tuple[str, str], str]:
        """Level and code of a region → its code and names, for messages."""
        return {
            (row["level"], row["region_code"]): " ".join(
                filter(None, (row["region_code"], row["name_zh"], row["name_en"]))
            )
            for row in self.tables["regions"]
        }

    @cached_property
    def groups(self) -> dict[tuple[str, str, str], set[str]]:
        """Grouping, level and group → region codes."""
        found = defaultdict(set)
        for row in self.tables["groupings"]:
            found[row["grouping"], row["level"], row["group_id"]].add(row["region_code"])
        return dict(found)

    @cached_property
    def defined(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Seed → study → the ids that the study itself defines there."""
        return {
            seed: {
                study: tuple(row[key] for row in self.tables[seed] if row["study"] == study)
                for study in self.studies
            }
            for seed, key in (("indicators", "indicator_id"), ("variables", "variable_id"))
        }

    def indicators(self, study: Row) -> tuple[str, ...]:
        return self.defined["indicators"].get(study["definitions_of"] or study["study"], ())

    def variables(self, study: Row) -> tuple[str, ...]:
        """Variables and indicators of a study, and its index."""
        own = self.defined["variables"].get(study["definitions_of"] or study["study"], ())
        indicators = self.indicators(study)
        return (*own, *indicators, *["nqp"] * bool(indicators))

    def roster(self, study: Row) -> set[str]:
        return self.groups.get((study["roster"], study["level"], "in"), set())

    def policy_rows(self, study: Row) -> list[Row]:
        wanted = study["policy"], study["policy_variant"], study["level"]
        return [
            row
            for row in self.tables["policies"]
            if (row["policy"], row["variant"], row["level"]) == wanted
        ]

    def treated(self, study: Row) -> dict[str, int]:
        """Units of the roster that the policy treats → first treated year."""
        roster, years = self.roster(study), {}
        for row in self.policy_rows(study):
            if row["region_code"] in roster and DAY.holds(row["date"]):
                approved = date.fromisoformat(row["date"][:10])
                late = study["coding_rule"] == "half_year" and approved.month > 6
                following = study["coding_rule"] == "following_year"
                years[row["region_code"]] = approved.year + (late or following)
        return years

    def sample(self, spec: Row, study: Row) -> set[str]:
        """Units of the roster in a specification's group; all of them without one."""
        roster = self.roster(study)
        if not spec["grouping"]:
            return roster
        group = spec["grouping"], study["level"], spec["group_id"]
        return roster & self.groups.get(group, set())

    def window(self, spec: Row, study: Row) -> range:
        """Years of a specification; none where they cannot be read."""
        first = integer(spec["first_year"] or study["first_year"])
        last = integer(spec["last_year"] or study["last_year"])
        return range(0) if first is None or last is None else range(first, last + 1)
