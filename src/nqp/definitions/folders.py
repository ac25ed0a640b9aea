"""Where definitions lie, and which of them a build takes.

The catalogue holds what all studies share; a study's folder holds what the study owns, wherever it
lies. A study that `extends` another takes over what it does not say itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from nqp.definitions.lists import UnreadableError, read_list
from nqp.definitions.problem import Problem, listed
from nqp.definitions.shapes import BLANK_KEYS, SHAPES
from nqp.messages import PlainError, nearest
from nqp.profiles import SHIPPED as PROFILES
from nqp.profiles import default_profile, not_alone

# The lists of the catalogue, and how a study names its additions to them.
CATALOGUE = (
    "units", "unit_spellings", "harmless_words", "telling_words", "series", "identities",
    "layouts", "regions", "region_aliases", "region_changes", "grouping_labels", "groupings",
    "policies",
)  # fmt: skip
# The lists of a study's folder, by file.
STUDY_FILES = {
    **{
        f"{name}.csv": name
        for name in (
            "units", "series", "identities", "regions", "grouping_labels", "groupings", "policies",
            "indicators", "variables", "matching_specs", "regression_specs", "event_study_specs",
            "placebo_specs", "mediation_specs", "heterogeneity_specs", "curve_specs",
            "figure_specs", "table_specs",
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
# What a row says of a study that takes it over from another: a row of its own with the same values
# here comes in its place. All indicators together are one system.
INHERITED = {
    "indicators": (),
    "variables": ("variable_id",),
    "policies": ("policy", "variant", "level"),
    "grouping_labels": ("grouping",),
    "groupings": ("grouping",),
}
# Lists whose rows mean the same whichever study brought them.
GLOBAL = ("units", "series", "identities", "regions", "region_aliases")
# What a region may be called.
NAMES = ("name_en", "name_zh", "short_zh")
# The name that a study's own roster has among the groupings.
ROSTER = "roster"

Tables = Mapping[str, pd.DataFrame]


class DefinitionError(PlainError):
    """Definitions that make no sense; the message lists the rows."""


@dataclass(frozen=True)
class Selection:
    """Which definitions a build takes.

    project: where dbt_project.yml lies. profile: the data profile. outside: folders of studies
    elsewhere. with_shipped: whether the shipped studies are built beside those. only: ids of the
    studies to build; none for all. without: ids of studies to leave out, with their extenders.
    manifest_dir, data_dir: in place of the profile's own.
    """

    project: Path
    profile: str
    outside: tuple[Path, ...] = ()
    with_shipped: bool = False
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    manifest_dir: Path | None = None
    data_dir: Path | None = None

    @classmethod
    def from_environment(
        cls, project: Path, environment: Mapping[str, str] = os.environ
    ) -> Selection:
        """As the variables NQP_PROFILE, NQP_STUDIES, NQP_WITH_SHIPPED, NQP_STUDY, NQP_WITHOUT,
        NQP_MANIFEST_DIR and NQP_DATA_DIR say; relative paths are those of the project."""

        def many(name: str) -> tuple[str, ...]:
            return tuple(filter(None, environment.get(name, "").split(os.pathsep)))

        def folder(name: str) -> Path | None:
            return project / environment[name] if environment.get(name) else None

        outside = many("NQP_STUDIES")
        return cls(
            project=project,
            profile=default_profile(environment),
            outside=tuple(project / path for path in outside),
            with_shipped=environment.get("NQP_WITH_SHIPPED", "") not in ("", "0"),
            only=many("NQP_STUDY"),
            without=many("NQP_WITHOUT"),
            manifest_dir=folder("NQP_MANIFEST_DIR"),
            data_dir=folder("NQP_DATA_DIR"),
        )


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


@dataclass(frozen=True)
class Loaded:
    """Definitions as read, each study's with what it takes over.

    tables: by list, all text, with study ('' in the catalogue), file and line. folders: by study,
    those that were read. built: the studies to build, in their order. scopes: by study, itself
    and the studies that it extends, the nearest first. faults: sentences on what cannot be read.
    left_out: sentences on studies that are not built though they might be expected.
    renamed: by study and list, ids that others use for something else, and what they are called.
    """

    tables: dict[str, pd.DataFrame]
    folders: dict[str, Path]
    outside: frozenset[str]
    built: tuple[str, ...]
    scopes: dict[str, tuple[str, ...]]
    faults: tuple[str, ...]
    problems: tuple[Problem, ...]
    left_out: tuple[str, ...]
    renamed: dict[str, dict[str, dict[str, str]]]


def load(selection: Selection) -> Loaded:
    """Read the catalogue and the folders of the studies that a selection needs.

    What is wrong inside the files is in the result; raises DefinitionError only where the
    selection itself cannot be: a folder that is none, an id that no study has.
    """
    catalogue, faults, problems = _catalogue(selection.project)
    places = _places(selection)
    left_out: list[str] = []
    chosen = _chosen(selection, places)
    folders: dict[str, Folder] = {}
    for study in chosen:
        _read_with_bases(study, places, folders)
    scopes: dict[str, tuple[str, ...]] = {}
    for study, folder in list(folders.items()):
        chain, fault = _scope(study, folders, places, selection.without)
        if fault and (folder.outside or study in selection.only):
            folder.faults.append(fault)
        elif fault:
            left_out.append(fault)
            del folders[study]
        scopes[study] = chain
    built = []
    for study in chosen:
        if study in folders and all(base in folders for base in scopes[study]):
            reason = _not_in_profile(selection, folders[study], scopes[study], folders)
            if not reason:
                built.append(study)
            elif folders[study].outside or study in selection.only:
                left_out.append(f"{study} is not built: {reason}")
        elif study in folders:
            gone = next(base for base in scopes[study] if base not in folders)
            left_out.append(f"{study} is not built: it extends {gone}, which is left out.")
            del folders[study]
    if selection.profile in PROFILES and built and all(folders[s].outside for s in built):
        raise DefinitionError(not_alone(selection.profile))
    tables, more, renamed = _joined(catalogue, folders, scopes, built)
    return Loaded(
        tables=tables,
        folders={study: folder.path for study, folder in folders.items()},
        outside=frozenset(study for study, folder in folders.items() if folder.outside),
        built=tuple(built),
        scopes={study: scopes[study] for study in folders},
        faults=tuple([*faults, *(fault for f in folders.values() for fault in f.faults)]),
        problems=(*problems, *more),
        left_out=tuple(left_out),
        renamed=renamed,
    )


# --- finding and reading -----------------------------------------------------------------------


def _catalogue(project: Path) -> tuple[dict[str, pd.DataFrame], list[str], list[Problem]]:
    tables, faults, problems = {}, [], []
    for name in CATALOGUE:
        path, shown = project / "catalogue" / f"{name}.csv", f"catalogue/{name}.csv"
        try:
            frame = read_list(path)
        except UnreadableError as error:
            faults.append(_fault(shown, error))
            continue
        problems += _columns(name, frame, shown, "")
        tables[name] = _placed(name, frame, shown, "")
    return tables, faults, problems


def _fault(shown: str, error: UnreadableError) -> str:
    return f"{shown}{', ' if str(error).startswith('line') else ' '}{error}"


def _columns(name: str, frame: pd.DataFrame, shown: str, study: str) -> list[Problem]:
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
        "groupings": {"level"},
        "region_aliases": {"level"},
    }
    return pairs | follows.get(name, set())


def _placed(name: str, frame: pd.DataFrame, shown: str, study: str) -> pd.DataFrame:
    """The rows of a list with all its columns, and where each stands."""
    texts = {
        column: frame[column] if column in frame.columns else "" for column in SHAPES[name].columns
    }
    placed = pd.DataFrame(texts, index=frame.index, dtype=str)
    placed.insert(0, "study", study)
    return placed.assign(file=shown, line=[str(line) for line in range(2, len(frame) + 2)])


@dataclass(frozen=True)
class _Place:
    path: Path
    shown: str
    outside: bool


def _places(selection: Selection) -> dict[str, _Place]:
    """The folders of studies by id: those shipped, and those named."""
    places = {
        path.parent.name: _Place(path.parent, f"studies/{path.parent.name}", False)
        for path in sorted((selection.project / "studies").glob("*/study.csv"))
    }
    for given in selection.outside:
        found = [given] if (given / "study.csv").is_file() else sorted(
            path.parent for path in given.glob("*/study.csv")
        )  # fmt: skip
        if not found:
            what = "has no study.csv" if given.is_dir() else "is no folder"
            raise DefinitionError(
                f"{given}, named in NQP_STUDIES, {what}. Name the folder of a study; "
                "`nqp new-study` writes one."
            )
        for path in found:
            path = path.resolve()
            other = places.get(path.name)
            if other and other.path != path:
                raise DefinitionError(
                    f"{path} and {other.shown} are both called {path.name}, and a study's id is "
                    "the name of its folder. Rename the folder (and the ids that begin with it)."
                )
            places[path.name] = _Place(path, str(path), True)
    return places


def _chosen(selection: Selection, places: Mapping[str, _Place]) -> list[str]:
    """The studies that the selection is about, before their profiles are looked at."""
    for study in (*selection.only, *selection.without):
        if study not in places:
            near = nearest(study, places)
            hint = f"did you mean {near!r}?" if near else f"there are {listed(places)}."
            raise DefinitionError(f"no study is called {study!r}; {hint}")
    candidates = [
        study
        for study, place in places.items()
        if place.outside or not selection.outside or selection.with_shipped
    ]
    if selection.only:
        candidates = [study for study in places if study in selection.only]
    return [study for study in candidates if study not in selection.without]


def _read_with_bases(study: str, places: Mapping[str, _Place], folders: dict[str, Folder]) -> None:
    while study and study in places and study not in folders:
        folders[study] = _read_folder(study, places[study])
        study = folders[study].row.get("extends", "")


def _read_folder(study: str, place: _Place) -> Folder:
    folder = Folder(study, place.path, place.shown, place.outside)
    inside = sorted(
        path.relative_to(place.path).as_posix()
        for pattern in ("*.csv", "published/*.csv")
        for path in place.path.glob(pattern)
    )
    for file in inside:
        shown = f"{place.shown}/{file}"
        if file not in STUDY_FILES and file not in OTHER_FILES:
            near = nearest(file, [*STUDY_FILES, *OTHER_FILES])
            hint = f"did you mean {near}?" if near else "README.md lists those that are read."
            folder.faults.append(f"{shown} is no list that is read; {hint}")
            continue
        if file in OTHER_FILES and file != "roster.csv":
            continue
        try:
            folder.lists[STUDY_FILES.get(file, ROSTER)] = read_list(place.path / file).assign(
                **{"file ": shown}
            )
        except UnreadableError as error:
            folder.faults.append(_fault(shown, error))
    if "studies" in folder.lists and len(folder.lists["studies"]) != 1:
        folder.faults.append(
            f"{place.shown}/study.csv has {len(folder.lists['studies'])} rows under its heading. "
            "A study is one row."
        )
    return folder


# --- which studies are built -------------------------------------------------------------------


def _scope(
    study: str, folders: Mapping[str, Folder], places: Mapping[str, _Place], without: Iterable[str]
) -> tuple[tuple[str, ...], str]:
    """A study and those it extends, and a sentence where that cannot be followed."""
    chain = [study]
    while base := folders[chain[-1]].row.get("extends", "") if chain[-1] in folders else "":
        where = f"{folders[chain[-1]].shown}/study.csv, line 2, column extends"
        if base in chain:
            return tuple(chain), (
                f"{where}: {listed(chain)} extend each other in a circle. Clear the cell, or name "
                "another study."
            )
        if base in without:
            return tuple(chain), (
                f"{study} is not built: it extends {base}, which is left out by --without."
            )
        if base not in places:
            near = nearest(base, places)
            hint = f"did you mean {near!r}?" if near else f"there are {listed(places)}."
            return tuple(chain), f"{where}: no study is called {base!r}; {hint}"
        chain.append(base)
    return tuple(chain), ""


def _not_in_profile(
    selection: Selection, folder: Folder, scope: Sequence[str], folders: Mapping[str, Folder]
) -> str:
    """Why a study does not belong to the profile; '' if it does."""
    named = profiles_of(scope, folders)
    if "*" in named or selection.profile in named:
        return ""
    # An outside study goes into a file of its own whatever data it rests on.
    if folder.outside and selection.profile not in PROFILES:
        return ""
    return f"it is for {' and '.join(named)} data, not for {selection.profile}."


def profiles_of(scope: Sequence[str], folders: Mapping[str, Folder]) -> list[str]:
    """The profiles that a study names, or the first that it extends; all where none says."""
    for study in scope:
        if named := folders[study].row.get("profiles", "").split():
            return named
    return ["*"]


# --- one table a list ---------------------------------------------------------------------------


def _joined(
    catalogue: Mapping[str, pd.DataFrame],
    folders: Mapping[str, Folder],
    scopes: Mapping[str, Sequence[str]],
    built: Iterable[str],
) -> tuple[dict[str, pd.DataFrame], list[Problem], dict[str, dict[str, dict[str, str]]]]:
    """Each list with the rows of the catalogue and of every study, taken over and filled in."""
    brought = {owner for study in built for owner in scopes[study]}
    problems: list[Problem] = []
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in SHAPES}
    regions = _catalogue_regions(catalogue.get("regions", _empty("regions")))
    for name, frame in (*catalogue.items(), ("regions", regions)):
        parts[name] = [frame]
    own: dict[str, dict[str, pd.DataFrame]] = {}
    # Bases first: what extends them fills its blanks from theirs.
    for study in sorted(folders, key=lambda study: len(scopes[study])):
        lists, found = _own_lists(folders[study], scopes[study], own, regions)
        own[study] = lists
        problems += found
    renamed = ids_kept_apart(catalogue, own, scopes)
    for study in folders:
        own[study] = _renamed_lists(own[study], renamed[study])
    for study in folders:
        for name, frame in own[study].items():
            parts[name].append(frame)
            for base in scopes[study][1:]:
                if name in INHERITED and base in own:
                    parts[name].append(_taken_over(name, own, study, base, scopes[study]))
    tables = {
        name: pd.concat(frames, ignore_index=True) if frames else _empty(name)
        for name, frames in parts.items()
    }
    for name in GLOBAL:
        tables[name] = _once(name, tables[name], brought)
    return tables, problems, renamed


# Lists whose ids a study may use for something else than the catalogue or another study does, and
# where those ids are named: a cell that is one, or a sum of such cells.
OWN_IDS = {"units": "unit", "series": "series_id"}
NAMED_IN: dict[str, dict[str, tuple[str, ...]]] = {
    "units": {"units": ("unit",), "series": ("unit",)},
    "series": {
        "series": ("series_id",),
        "indicators": ("numerator", "denominator"),
        "variables": ("numerator", "denominator"),
        "identities": ("left_side", "right_side"),
    },
}


def ids_kept_apart(
    catalogue: Mapping[str, pd.DataFrame],
    own: Mapping[str, Mapping[str, pd.DataFrame]],
    scopes: Mapping[str, Sequence[str]],
) -> dict[str, dict[str, dict[str, str]]]:
    """By study and list, the ids that mean something else elsewhere, and what they are called: the
    study's id stands in front. So neither a new release, whose catalogue may come to use an id,
    nor somebody else's study changes what a study means.

    Rows that say the same are one, whoever says it. An extender names what it extends as that does.
    """
    meanings: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    owned: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for name, key in OWN_IDS.items():
        frames = [("", catalogue.get(name)), *((study, own[study].get(name)) for study in own)]
        for study, frame in frames:
            if frame is None:
                continue
            said = [column for column in SHAPES[name].columns if column in frame]
            for row in frame[said].itertuples(index=False, name=None):
                cells = dict(zip(said, row, strict=True))
                meanings.setdefault((name, cells[key]), set()).add(row)
                owned[study, name, cells[key]] = row
    renamed: dict[str, dict[str, dict[str, str]]] = {}
    for study in own:
        names: dict[str, dict[str, str]] = {name: {} for name in OWN_IDS}
        for owner in reversed(scopes[study]):
            for whose, name, identifier in owned:
                if whose == owner and len(meanings[name, identifier]) > 1:
                    names[name][identifier] = f"{owner}.{identifier}"
        renamed[study] = names
    return renamed


def _renamed_lists(
    lists: Mapping[str, pd.DataFrame], renamed: Mapping[str, Mapping[str, str]]
) -> dict[str, pd.DataFrame]:
    changed = dict(lists)
    for name, ids in renamed.items():
        for table, columns in NAMED_IN[name].items() if ids else ():
            changed[table] = changed[table].assign(
                **{
                    column: [_with_names(text, ids) for text in changed[table][column]]
                    for column in columns
                }
            )
    return changed


def _with_names(text: str, ids: Mapping[str, str]) -> str:
    """A cell, or a sum of `series@source`, with the ids as they are called."""
    terms = re.split(r"(\s*\+\s*)", text)
    return "".join(
        ids.get(term.partition("@")[0], term.partition("@")[0]) + "".join(term.partition("@")[1:])
        for term in terms
    )


def _once(name: str, frame: pd.DataFrame, brought: Iterable[str]) -> pd.DataFrame:
    """A list that means the same to all, without what a study says as another has said it.

    Two studies of the states both list them, and so does a study that began as a copy of another.
    Of rows that agree the one stays that the build takes: of the catalogue, or a study `brought`.
    """
    taken = frame["study"].isin({"", *brought})
    said = [column for column in frame.columns if column not in ("study", "file", "line")]
    # Rows are compared by their own cells; the default of a blank name of a region is left out.
    if name == "regions":
        frame, said = _with_names_of_all(frame), ["level", "region_code", *NAMES, "parent_code"]
    ordered = pd.concat([frame[taken], frame[~taken]])
    # A row that is twice in one list is a mistake, which the checks report.
    owner = ordered.groupby(said, dropna=False, sort=False)["study"].transform("first")
    again = ordered.duplicated(said) & (ordered["study"] != owner)
    return ordered[~again].sort_index().reset_index(drop=True)


def _with_names_of_all(regions: pd.DataFrame) -> pd.DataFrame:
    """The regions, each of a study's own with the names that another study says where it says
    none: a code stands for an English name, and that for a Chinese one."""
    own = regions["study"] != ""
    stands_in = pd.DataFrame(
        {
            "name_en": regions["name_en"] == regions["region_code"],
            "name_zh": regions["name_zh"] == regions["name_en"],
            "short_zh": regions["short_zh"] == regions["name_zh"],
            "parent_code": regions["parent_code"] == "",
            "province_code": regions["province_code"] == "",
        }
    )
    filled = regions.copy()
    for column in stands_in:
        known = regions[column].mask(stands_in[column])
        told = known.groupby([regions["level"], regions["region_code"]]).transform("first")
        filled[column] = regions[column].mask(own & stands_in[column], told).fillna(regions[column])
    # A Chinese name that is still blank is filled with the English one.
    for column, other in (("name_zh", "name_en"), ("short_zh", "name_zh")):
        still = own & stands_in[column] & (filled[column] == regions[column])
        filled[column] = filled[column].mask(still, filled[other])
    return filled


def _empty(name: str) -> pd.DataFrame:
    return pd.DataFrame(columns=["study", *SHAPES[name].columns, "file", "line"], dtype=str)


def _catalogue_regions(regions: pd.DataFrame) -> pd.DataFrame:
    """Regions of the catalogue lie in their province, which for them is the level above."""
    above = regions["province_code"].where(regions["level"] != "province", "")
    return regions.assign(
        parent_code=regions["parent_code"].where(regions["parent_code"] != "", above)
    )


def _own_lists(
    folder: Folder,
    scope: Sequence[str],
    own: Mapping[str, Mapping[str, pd.DataFrame]],
    regions: pd.DataFrame,
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """The lists of one folder with all columns, and blanks filled by what they stand for."""
    study, problems = folder.study, []
    lists = {name: _empty(name) for name in SHAPES if name not in OF_THE_CATALOGUE}
    for name, frame in folder.lists.items():
        frame = frame.copy()
        shown = str(frame.pop("file ").iloc[0]) if len(frame) else ""
        if "file " in frame:
            frame = frame.drop(columns="file ")
        if name == ROSTER:
            lists[ROSTER] = frame.assign(file=shown, line=range(2, len(frame) + 2))
            continue
        problems += _columns(name, frame, shown or f"{folder.shown}/{name}.csv", study)
        placed = _placed(name, frame, shown, study)
        for column in SHAPES[name].columns:
            for one, other in (("_en", "_zh"), ("_zh", "_en")):
                twin = column.removesuffix(one) + other
                if column.endswith(one) and twin in placed:
                    placed[column] = placed[column].where(placed[column] != "", placed[twin])
        for column, default in SHAPES[name].study_defaults.items():
            if name != "studies":
                placed[column] = placed[column].where(placed[column] != "", default)
        lists[name] = placed
    base = own.get(scope[1]) if len(scope) > 1 else None
    roster = lists.pop(ROSTER, None)
    # Whoever adds a column means something by it, and nothing would come of it.
    problems += [
        Problem("groupings", f"{folder.shown}/roster.csv", 1, "header", column, column,
                "region_code alone", "", "Remove the column: a row is a unit of the sample, and "
                "groups of units are for groupings.csv.", study)
        for column in (() if roster is None else map(str, roster))
        if column not in ("region_code", "file", "line")
    ]  # fmt: skip
    named = str(lists["studies"]["roster"].iloc[0]) if len(lists["studies"]) else ""
    if roster is not None and named:
        problems.append(
            Problem("studies", f"{folder.shown}/study.csv", 2, study, "roster", named,
                    "nothing, since roster.csv lists the units", "", "Keep one of the two.", study)
        )  # fmt: skip
    lists["studies"] = _filled_study(folder, lists, base, roster is not None)
    level = str(lists["studies"]["level"].iloc[0]) if len(lists["studies"]) else ""
    for name in ("policies", "groupings", "region_aliases", "regions"):
        frame = lists[name]
        lists[name] = frame.assign(level=frame["level"].where(frame["level"] != "", level))
    lists["regions"] = _own_regions(lists["regions"], regions)
    if roster is not None or (len(lists["regions"]) and _roster_of(lists) == ROSTER):
        units = roster if roster is not None else lists["regions"]
        if "region_code" not in units:
            problems.append(
                Problem("groupings", f"{folder.shown}/roster.csv", 1, "header", "region_code", "",
                        "a column region_code", "", "Add the column.", study)
            )  # fmt: skip
        else:
            lists["groupings"] = pd.concat(
                [lists["groupings"], _as_group(study, level, units)], ignore_index=True
            )
    lists["grouping_labels"] = _with_labels(study, lists["grouping_labels"], lists["groupings"])
    return lists, problems


def _roster_of(lists: Mapping[str, pd.DataFrame]) -> str:
    return str(lists["studies"]["roster"].iloc[0]) if len(lists["studies"]) else ""


def _filled_study(
    folder: Folder,
    lists: Mapping[str, pd.DataFrame],
    base: Mapping[str, pd.DataFrame] | None,
    has_roster: bool,
) -> pd.DataFrame:
    """The row of study.csv; blanks are those of the study extended, or else the defaults."""
    frame = lists["studies"]
    if frame.empty:
        return frame
    row = {str(key): str(value) for key, value in frame.iloc[0].items()}
    row["study"] = folder.study
    above = {} if base is None or base["studies"].empty else dict(base["studies"].iloc[0])
    for column in SHAPES["studies"].columns:
        if not row[column] and column not in ("extends", "roster"):
            row[column] = str(above.get(column, "")) or SHAPES["studies"].study_defaults.get(
                column, ""
            )
    if not row["roster"]:
        row["roster"] = (
            ROSTER
            if has_roster or (len(lists["regions"]) and not above)
            else str(above.get("roster", ""))
        )
    row["assigned_at"] = row["assigned_at"] or row["level"]
    has_index = len(lists["indicators"]) or (base is not None and len(base["indicators"]))
    if has_index:
        row["index_id"] = row["index_id"] or "composite_index"
        row["index_symbol"] = row["index_symbol"] or row["index_id"]
        row["index_label_en"] = row["index_label_en"] or "Composite index"
        row["index_label_zh"] = row["index_label_zh"] or "综合指数"
    else:
        row |= dict.fromkeys(("index_id", "index_symbol", "index_label_en", "index_label_zh"), "")
    return pd.DataFrame([row], columns=list(frame.columns), dtype=str)


def _own_regions(frame: pd.DataFrame, catalogue: pd.DataFrame) -> pd.DataFrame:
    """Units that a study brings: names fall back on the code, and a parent may be a province."""
    provinces = set(catalogue.loc[catalogue["level"] == "province", "region_code"])
    name_en = frame["name_en"].where(frame["name_en"] != "", frame["region_code"])
    name_zh = frame["name_zh"].where(frame["name_zh"] != "", name_en)
    parent = frame["parent_code"]
    return frame.assign(
        name_en=name_en,
        name_zh=name_zh,
        short_zh=frame["short_zh"].where(frame["short_zh"] != "", name_zh),
        province_code=parent.where(parent.isin(provinces), ""),
    )


def _as_group(study: str, level: str, units: pd.DataFrame) -> pd.DataFrame:
    """A roster as the group `in` of a grouping of the study's own."""
    return pd.DataFrame(
        {
            "study": study, "grouping": ROSTER, "level": level,
            "region_code": units["region_code"].str.strip(), "group_id": "in",
            "file": units["file"], "line": units["line"].astype(str),
        },
        dtype=str,
    )  # fmt: skip


def _with_labels(study: str, labels: pd.DataFrame, groupings: pd.DataFrame) -> pd.DataFrame:
    """Labels of a study's own groups; a group without one is called by its id."""
    there = set(zip(labels["grouping"], labels["group_id"], strict=True))
    groups = groupings.drop_duplicates(["grouping", "group_id"])
    missing = [
        {
            "study": study, "grouping": row["grouping"], "group_id": row["group_id"],
            "label_en": row["group_id"], "label_zh": row["group_id"], "description": "",
            "file": row["file"], "line": row["line"],
        }
        for row in groups.to_dict("records")
        if (row["grouping"], row["group_id"]) not in there
    ]  # fmt: skip
    more = pd.DataFrame(missing, columns=list(labels.columns), dtype=str)
    return pd.concat([labels, more], ignore_index=True) if missing else labels


def _taken_over(
    name: str,
    own: Mapping[str, Mapping[str, pd.DataFrame]],
    study: str,
    base: str,
    scope: Sequence[str],
) -> pd.DataFrame:
    """Rows of a study that another extends, without those that a nearer one has itself."""
    frame, keys = own[base][name], list(INHERITED[name])
    nearer = [own[other][name] for other in scope[: scope.index(base)]]
    if keys:
        said = {tuple(row) for table in nearer for row in table[keys].itertuples(index=False)}
        kept = [tuple(row) not in said for row in frame[keys].itertuples(index=False)]
    else:
        kept = [all(table.empty for table in nearer)] * len(frame)
    return frame[kept].assign(study=study)
