"""The regions that a data file names: those of the catalogue, or a level of the study's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nqp.definitions.lists import read_list
from nqp.definitions.region_key import region_key
from nqp.definitions.shape_checks import rows_of
from nqp.messages import nearest

# Digits of a code that are enough where a file leaves its zeros out.
PREFIX = {"province": 2, "city": 4}


@dataclass(frozen=True)
class Region:
    """A unit: its code, and its names where the file or the catalogue says them."""

    code: str
    name_en: str = ""
    name_zh: str = ""

    def __str__(self) -> str:
        names = [name for name in (self.name_zh, self.name_en) if name and name != self.code]
        return f"{names[0]} ({self.code})" if names else self.code

    @property
    def spellings(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.code, self.name_en, self.name_zh)))


@dataclass(frozen=True)
class Catalogue:
    """The regions of the project's catalogue, and what spells them, by level.

    spelled: level → key of a spelling → code; '' for a total of several regions.
    studies: ids that shipped studies have. units: spelling of one unit only → its id.
    """

    regions: Mapping[str, Mapping[str, Region]] = field(default_factory=dict)
    spelled: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    studies: frozenset[str] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, project: Path) -> Catalogue:
        """From the lists below ``project``. Raises OSError where they are not there."""
        regions: dict[str, dict[str, Region]] = defaultdict(dict)
        # A name wins over a short one, which several regions may share: then it means none.
        exact: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        short: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        names: dict[str, list[str]] = defaultdict(list)
        for row in rows_of(read_list(project / "catalogue" / "regions.csv")):
            level, code = row["level"], row["region_code"]
            regions[level][code] = Region(code, row["name_en"], row["name_zh"])
            for text in (code, row["name_en"], row["name_zh"]):
                exact[level][region_key(text)].add(code)
            for text in (row["short_zh"], code[: PREFIX.get(level, len(code))]):
                short[level][region_key(text)].add(code)
            names[level] += [row["name_en"], row["name_zh"]]
        for row in rows_of(read_list(project / "catalogue" / "region_aliases.csv")):
            exact[row["level"]][region_key(row["alias"])].add(row["region_code"])
        spelled: dict[str, dict[str, str]] = {}
        for level in regions:
            both = {**short[level], **exact[level]}
            spelled[level] = {key: min(codes) for key, codes in both.items() if len(codes) == 1}
        units: dict[str, set[str]] = defaultdict(set)
        for row in rows_of(read_list(project / "catalogue" / "unit_spellings.csv")):
            units[row["spelling"]].add(row["unit"])
        return cls(
            regions=regions,
            spelled=spelled,
            names=names,
            studies=frozenset(p.parent.name for p in project.glob("studies/*/study.csv")),
            # 万元 is a total, unless somebody says that it is a figure per head.
            units={
                spelling: min(totals)
                for spelling, ids in units.items()
                if len(totals := ids - {"10k_yuan_per_person"} or ids) == 1
            },
        )

    def guess(self, level: str, text: str) -> str:
        """The name of a level most like a text, or ''."""
        return nearest(text, self.names.get(level, ()))


def spelled_by(regions: Iterable[Region]) -> dict[str, str]:
    """Key of every spelling of some regions → code; spellings that two share mean none."""
    found: dict[str, set[str]] = defaultdict(set)
    for region in regions:
        for text in region.spellings:
            found[region_key(text)].add(region.code)
    return {key: min(codes) for key, codes in found.items() if len(codes) == 1}
