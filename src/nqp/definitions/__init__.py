"""The definitions: every list that a person writes, read once, strictly, and checked by name.

They are CSV files that people edit, so a mistake in one must be reported with its file, line
and column before any file of figures is read. `lists` reads a file, `folders` the folder of a
study; `selection` says which studies a build is about, `own_lists` fills the blanks of one study,
`joining` makes one table of each list, and `loading` does all this in its order. `shapes` says what
each column may hold, and `shape_checks` compares; `studies`, `regions`, `formulas`, `regressions`,
`analyses` and `outputs` check what the rows mean together.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from nqp.build import provenance
from nqp.definitions import analyses, formulas, outputs, regions, regressions, studies
from nqp.definitions.joining import GLOBAL
from nqp.definitions.known import Known
from nqp.definitions.lists import read_list
from nqp.definitions.loading import Loaded, load
from nqp.definitions.problem import Problem
from nqp.definitions.selection import DefinitionError, Selection
from nqp.definitions.shape_checks import misshapen, rows_of
from nqp.definitions.shapes import LEVEL, SHAPES
from nqp.ingest.sources import ALL_STUDIES, ManifestHome
from nqp.profiles import OWN as OWN_PROFILE
from nqp.profiles import SHIPPED as PROFILES

__all__ = [
    "SHAPES", "DefinitionError", "Loaded", "Problem", "Selection",
    "check", "current", "definition_cells", "digest", "load", "manifest_homes", "problems",
    "read_list", "study_folders",
]  # fmt: skip

# As many problems a message lists; the others are counted.
SHOWN = 20


def problems(tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Every row of the definitions that makes no sense: of study.csv, then in the order of files.

    tables: by name, each list of `SHAPES` as text with study, file and line, as `load` joins them.
    """
    subjects = (studies, regions, formulas, regressions, analyses, outputs)
    rows = {name: rows_of(tables[name]) for name in SHAPES}
    known = Known(rows, (*PROFILES, OWN_PROFILE))
    found = [
        *(problem for name in SHAPES for problem in misshapen(name, rows)),
        *(problem for subject in subjects for check in subject.CHECKS for problem in check(known)),
    ]
    order = list(SHAPES)
    # A wrong level is reported once, in study.csv, and not again where it was taken over.
    levels = {row["study"]: row["level"] for row in rows["studies"]}
    found = [
        p for p in found
        if p.column != "level" or p.list == "studies" or p.found != levels.get(p.study)
        or LEVEL.holds(p.found)
    ]  # fmt: skip
    # What a study takes over is wrong once, where it stands.
    once = {(p.file, p.line, p.column, p.found): p for p in reversed(found)}
    # What study.csv says wrongly comes first: other rows may be wrong for that alone.
    return sorted(
        once.values(),
        key=lambda p: (p.list != "studies", order.index(p.list), p.file, p.line),
    )


def check(loaded: Loaded) -> None:
    """See that everything loaded could be read and every row of it makes sense.

    Raises DefinitionError naming what does not, the first `SHOWN` of it, and how to go on without
    a study of somebody's whose fault it is.
    """
    own = {p.study for p in loaded.problems}
    found = [*loaded.faults, *map(str, loaded.problems)]
    if not found:
        wrong = problems(loaded.tables)
        own, found = {p.study for p in wrong}, list(map(str, wrong))
    else:
        own |= {
            study
            for study, folder in loaded.folders.items()
            if any(str(folder) in fault or f"studies/{study}/" in fault for fault in loaded.faults)
        }
    if found:
        more = [f"… and {len(found) - SHOWN} more."] if len(found) > SHOWN else []
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        head = f"The definitions have {count}; no data file was read and nothing estimated."
        faulty = sorted(own - {""})
        on = [
            "To build the others first: nqp build " + " ".join(f"--without {s}" for s in faulty)
        ] if "" not in own and faulty and set(loaded.built) - set(faulty) else []  # fmt: skip
        raise DefinitionError("\n".join([head, *found[:SHOWN], *more, *on]))
    if not loaded.built:
        reasons = " ".join(loaded.left_out)
        raise DefinitionError(f"No study is left to build. {reasons}".strip())


def current(project: str, profile: str) -> tuple[Selection, Loaded]:
    """What the environment asks for of a profile, checked; read once in a process.

    Raises DefinitionError as `load` and `check`.
    """
    # The hooks of dbt name the project by its whole path, the models in it may call it `.`.
    return _current(Path(project).resolve(), profile)


@functools.cache
def _current(project: Path, profile: str) -> tuple[Selection, Loaded]:
    selection = replace(Selection.from_environment(project), profile=profile)
    loaded = load(selection)
    check(loaded)
    return selection, loaded


def definition_cells(loaded: Loaded) -> pd.DataFrame:
    """Every cell of the definitions that the build uses: study, list, file, line, column, text.

    Rows of studies that are not built are left out, except what such a study published, and what
    a built one takes over from it, which stands under the name of the built one.
    """
    built = set(loaded.built)
    brought = {owner for study in built for owner in loaded.scopes[study]} | {""}
    cells = []
    for name, table in loaded.tables.items():
        if name in GLOBAL:
            table = table[table["study"].isin(brought)]
        elif not name.startswith("published_"):
            table = table[table["study"].isin(built | {""})]
        texts = {column: table[column].tolist() for column in table}
        rows = list(zip(texts.pop("study"), texts.pop("file"), texts.pop("line"), strict=True))
        cells += [
            (study, name, file, line, column, text)
            for column, values in texts.items()
            for (study, file, line), text in zip(rows, values, strict=True)
        ]
    cells += [
        (study, "study_scopes", "", str(depth), column, text)
        for study in loaded.built
        for depth, owner in enumerate(loaded.scopes[study], 1)
        for column, text in (("owner", owner), ("distance", str(depth - 1)))
    ]
    columns = ["study", "list", "file", "line", "column", "text"]
    return pd.DataFrame(cells, columns=columns).astype({"line": int})


def manifest_homes(selection: Selection, loaded: Loaded) -> list[ManifestHome]:
    """The manifests of a build: the profile's, and those of the studies and of what they extend.

    A file of somebody's own studies has no manifest of a profile; there a study that extends a
    shipped one reads the manifest of that one's first profile.
    """
    manifests, project = [], selection.project
    if selection.profile in PROFILES or selection.manifest_dir:
        home = project / "data" / selection.profile
        alone = any(
            not any((loaded.folders[owner] / "manifest.csv").exists() for owner in loaded.scopes[s])
            for s in loaded.built
        )
        manifests.append(
            ManifestHome(
                ALL_STUDIES,
                selection.manifest_dir or home,
                "",
                ((selection.data_dir or home, ""),),
                selection.profile,
                required=alone,
            )
        )
    owners = dict.fromkeys(owner for study in loaded.built for owner in loaded.scopes[study])
    for owner in owners:
        folder = loaded.folders[owner].resolve()
        dirs = [(folder / "data", f"{owner}/data/")]
        if selection.data_dir:
            dirs.insert(0, (selection.data_dir, ""))
        shown = str(folder) if owner in loaded.outside else f"studies/{owner}"
        manifests.append(
            ManifestHome(
                owner, folder, f"{shown}/", tuple(dirs), OWN_PROFILE,
                renamed=loaded.renamed.get(owner, {}),
            )
        )  # fmt: skip
        if selection.profile not in PROFILES and owner not in loaded.outside:
            table = loaded.tables["studies"]
            named = " ".join(table.loc[table["study"] == owner, "profiles"])
            for profile in [name for name in named.split() if name in PROFILES][:1]:
                home = project / "data" / profile
                data_dir = (home if profile == PROFILES[0] else selection.data_dir) or home
                manifests.append(
                    ManifestHome(owner, home, f"data/{profile}/", ((data_dir, ""),), profile)
                )
    return manifests


def digest(project: str, profile: str) -> str:
    """A checksum of the definitions of a build, as `provenance.digest` makes it."""
    selection, loaded = current(project, profile)
    manifest_dirs = {
        one.folder
        for one in manifest_homes(selection, loaded)
        if one.folder not in {folder.resolve() for folder in loaded.folders.values()}
    }
    owners = {owner for study in loaded.built for owner in loaded.scopes[study]}
    folders = {owner: loaded.folders[owner] for owner in sorted(owners)}
    return provenance.definitions_digest(
        selection.project / "catalogue", folders, sorted(manifest_dirs)
    )


def study_folders(loaded: Loaded) -> pd.DataFrame:
    """The folders of the studies that are built: study, folder (absolute)."""
    rows = [(study, str(loaded.folders[study].resolve())) for study in loaded.built]
    return pd.DataFrame(rows, columns=["study", "folder"], dtype=str)
