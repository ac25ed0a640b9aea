"""Definitions as a build takes them: read, selected, and joined by list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nqp.definitions.folders import Folder, read_catalogue, read_with_bases
from nqp.definitions.joining import join_lists
from nqp.definitions.problem import Problem, listed
from nqp.definitions.selection import (
    DefinitionError,
    Selection,
    StudyHome,
    chosen_studies,
    study_homes,
)
from nqp.messages import nearest
from nqp.profiles import SHIPPED as PROFILES
from nqp.profiles import not_alone


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
    catalogue, faults, problems = read_catalogue(selection.project)
    homes = study_homes(selection)
    left_out: list[str] = []
    chosen = chosen_studies(selection, homes)
    folders: dict[str, Folder] = {}
    for study in chosen:
        read_with_bases(study, homes, folders)
    scopes: dict[str, tuple[str, ...]] = {}
    for study, folder in list(folders.items()):
        chain, fault = _scope(study, folders, homes, selection.without)
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
    tables, more, renamed = join_lists(catalogue, folders, scopes, built)
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


# --- which studies are built -------------------------------------------------------------------


def _scope(
    study: str,
    folders: Mapping[str, Folder],
    homes: Mapping[str, StudyHome],
    without: Iterable[str],
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
        if base not in homes:
            near = nearest(base, homes)
            hint = f"did you mean {near!r}?" if near else f"there are {listed(homes)}."
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
