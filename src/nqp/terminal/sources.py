"""The manifests that a build of a profile reads: the profile's, and those of its studies."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nqp.terminal.build import absolute_paths, project_directory

if TYPE_CHECKING:
    from nqp.ingest.sources import ManifestHome


def manifests(profile: str) -> list[ManifestHome]:
    """Those that are there, in the order in which a build reads them; only that of
    NQP_MANIFEST_DIR where it names one. What is wrong in the definitions is for the build to tell.

    Raises ValueError where there is none.
    """
    from nqp.definitions import Selection, load, manifest_homes

    here = Path.cwd()
    project = project_directory(os.environ, here)
    environment = {**os.environ, **absolute_paths(os.environ, here)}
    selection = replace(Selection.from_environment(project, environment), profile=profile)
    homes = manifest_homes(selection, load(selection))
    if selection.manifest_dir:
        return homes[:1]
    found = [home for home in homes if (home.folder / "manifest.csv").exists()]
    if not found:
        raise ValueError(
            f"no manifest.csv belongs to the profile {profile}. Name the folders of studies of "
            "your own in NQP_STUDIES, or another profile."
        )
    return found
