"""The catalogue and the folder of a study, as their files have it.

The catalogue holds what all studies share; a study's folder holds what the study owns, wherever it
lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from nqp.definitions.lists import UnreadableError, read_list
from nqp.definitions.problem import Problem
from nqp.definitions.selection import StudyHome
from nqp.definitions.shapes import BLANK_KEYS, SHAPES
from nqp.messages import nearest

# The lists of the catalogue, and how a study names its additions to them.
CATALOGUE = (
    "units", "unit_spellings", "harmless_words", "telling_words", "series", "identities",
    "layouts", "regions", "region_aliases", "region_changes", "grouping_labels", "groupings",
    "policies", "neighbours",
)  # fmt: skip

# The lists of a study's folder, by file.
STUDY_FILES = {
    **{
        f"{name}.csv": name
        for name in (
            "units", "series", "identities", "regions", "grouping_labels", "groupings", "policies",
            "indicators", "variables", "matching_specs", "regression_specs", "event_study_specs",
            "placebo_specs", "mediation_specs", "heterogeneity_specs", "curve_specs",
            "figure_specs", "table_specs", "neighbours",
        )
    },
    "study.csv": "studies",
    "aliases.csv": "region_aliases",
    **{
        f"published/{name}.csv": f"published_{name}"
        for name in ("coefficients", "fits", "descriptives", "contradictions")
    },
}  # fmt: skip

# Lists that only the catalogue has: a study adds nothing to them.
OF_THE_CATALOGUE = (
    "unit_spellings", "harmless_words", "telling_words", "layouts", "region_changes",
)  # fmt: skip

# Lists of a folder that are read elsewhere: the units by this module, the others with the data.
OTHER_FILES = ("roster.csv", "manifest.csv", "corrections.csv", "waivers.csv", "accepted_texts.csv")
# The name that a study's own roster has among the groupings.
ROSTER = "roster"


@dataclass
class Folder:
    """One study as its folder has it: every list that is there, and what cannot be read."""

    study: str
    path: Path
    shown: str
    outside: bool
    lists: dict[str, pd.DataFrame] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def row(self) -> dict[str, str]:
        """What study.csv says; nothing where it cannot be read."""
        frame = self.lists.get("studies")
        return {} if frame is None or frame.empty else dict(frame.iloc[0])


# --- finding and reading -----------------------------------------------------------------------


def read_catalogue(project: Path) -> tuple[dict[str, pd.DataFrame], list[str], list[Problem]]:
    tables, faults, problems = {}, [], []
    for name in CATALOGUE:
        path, shown = project / "catalogue" / f"{name}.csv", f"catalogue/{name}.csv"
        try:
            frame = read_list(path)
        except UnreadableError as error:
            faults.append(_fault(shown, error))
            continue
        problems += header_problems(name, frame, shown, "")
        tables[name] = with_lines(name, frame, shown, "")
    return tables, faults, problems


def _fault(shown: str, error: UnreadableError) -> str:
    return f"{shown}{', ' if str(error).startswith('line') else ' '}{error}"


def header_problems(name: str, frame: pd.DataFrame, shown: str, study: str) -> list[Problem]:
    """Columns that a list lacks, and those that nothing reads."""
    shape, there = SHAPES[name], list(map(str, frame.columns))
    optional = {*shape.optional.split(), *shape.study_defaults} if study else set()
    may_lack = optional | BLANK_KEYS
    if study or name == "regions":
        may_lack |= set(shape.columns) - set(shape.filled)
    if study:
        may_lack |= _filled_by_folder(name)
    problems = [
        Problem(name, shown, 1, "header", column, nearest(column, there), f"a column {column}", "",
                "Add the column.", study)
        for column in shape.columns
        if column not in there and column not in may_lack
    ]  # fmt: skip
    known = [column for column in shape.columns if column not in there]
    return problems + [
        Problem(name, shown, 1, "header", column, column, "a column that is read",
                nearest(column, known), "Correct its name, or remove it.", study)
        for column in there
        if column not in shape.columns
    ]  # fmt: skip


def _filled_by_folder(name: str) -> set[str]:
    """Columns that a study's folder need not have, because they follow from the folder."""
    pairs = {column for column in SHAPES[name].columns if column.endswith(("_en", "_zh"))}
    follows = {
        "studies": {"roster", "assigned_at", "level", "first_year", "last_year", "policy"},
        "regions": {"level", "short_zh", "name_zh", "name_en"},
        "policies": {"level"},
        "neighbours": {"level"},
        "groupings": {"level"},
        "region_aliases": {"level"},
    }
    return pairs | follows.get(name, set())


def with_lines(name: str, frame: pd.DataFrame, shown: str, study: str) -> pd.DataFrame:
    """The rows of a list with all its columns, and where each stands."""
    texts = {
        column: frame[column] if column in frame.columns else "" for column in SHAPES[name].columns
    }
    placed = pd.DataFrame(texts, index=frame.index, dtype=str)
    placed.insert(0, "study", study)
    return placed.assign(file=shown, line=[str(line) for line in range(2, len(frame) + 2)])


def read_with_bases(study: str, homes: Mapping[str, StudyHome], folders: dict[str, Folder]) -> None:
    while study and study in homes and study not in folders:
        folders[study] = _read_folder(study, homes[study])
        study = folders[study].row.get("extends", "")


def _read_folder(study: str, home: StudyHome) -> Folder:
    folder = Folder(study, home.path, home.shown, home.outside)
    inside = sorted(
        path.relative_to(home.path).as_posix()
        for pattern in ("*.csv", "published/*.csv")
        for path in home.path.glob(pattern)
    )
    for file in inside:
        shown = f"{home.shown}/{file}"
        if file not in STUDY_FILES and file not in OTHER_FILES:
            near = nearest(file, [*STUDY_FILES, *OTHER_FILES])
            hint = f"did you mean {near}?" if near else "README.md lists those that are read."
            folder.faults.append(f"{shown} is no list that is read; {hint}")
            continue
        if file in OTHER_FILES and file != "roster.csv":
            continue
        try:
            folder.lists[STUDY_FILES.get(file, ROSTER)] = read_list(home.path / file).assign(
                **{"file ": shown}
            )
        except UnreadableError as error:
            folder.faults.append(_fault(shown, error))
    if "studies" in folder.lists and len(folder.lists["studies"]) != 1:
        folder.faults.append(
            f"{home.shown}/study.csv has {len(folder.lists['studies'])} rows under its heading. "
            "A study is one row."
        )
    return folder
