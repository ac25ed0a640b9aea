"""Which studies a build is about, and where their folders lie."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nqp.definitions.problem import listed
from nqp.messages import PlainError, nearest
from nqp.profiles import default_profile


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


@dataclass(frozen=True)
class StudyHome:
    path: Path
    shown: str
    outside: bool


def study_homes(selection: Selection) -> dict[str, StudyHome]:
    """The folders of studies by id: those shipped, and those named."""
    homes = {
        path.parent.name: StudyHome(path.parent, f"studies/{path.parent.name}", False)
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
            other = homes.get(path.name)
            if other and other.path != path:
                raise DefinitionError(
                    f"{path} and {other.shown} are both called {path.name}, and a study's id is "
                    "the name of its folder. Rename the folder (and the ids that begin with it)."
                )
            homes[path.name] = StudyHome(path, str(path), True)
    return homes


def chosen_studies(selection: Selection, homes: Mapping[str, StudyHome]) -> list[str]:
    """The studies that the selection is about, before their profiles are looked at."""
    for study in (*selection.only, *selection.without):
        if study not in homes:
            near = nearest(study, homes)
            hint = f"did you mean {near!r}?" if near else f"there are {listed(homes)}."
            raise DefinitionError(f"no study is called {study!r}; {hint}")
    candidates = [
        study
        for study, home in homes.items()
        if home.outside or not selection.outside or selection.with_shipped
    ]
    if selection.only:
        candidates = [study for study in homes if study in selection.only]
    return [study for study in candidates if study not in selection.without]
