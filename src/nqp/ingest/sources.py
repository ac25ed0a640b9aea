"""The manifests of a build, and what lies beside them, joined: sources are read once.

A profile's manifest serves all studies, a study's own serves the study and those that extend it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from nqp.ingest.corrections import (
    ACCEPTED_COLUMNS,
    CORRECTION_COLUMNS,
    read_accepted,
    read_corrections,
)
from nqp.ingest.manifest import MANIFEST_COLUMNS, check_manifest, read_manifest
from nqp.ingest.rows import IngestError

ALL_STUDIES = "*"
LISTS = ("manifest.csv", "corrections.csv", "waivers.csv", "accepted_texts.csv")
# Lines of one manifest below the next: what numbers the rows of all.
LINES = 1_000_000
# What makes two rows the same: everything that decides what is read, and as what.
SAME_ROW = [
    "source_id", "file", "sheet", "layout", "level", "header", "region_key", "year_key", "item_key",
    "item", "series_id", "unit", "vintage", "priority", "optional", "year", "data_profile",
]  # fmt: skip


@dataclass(frozen=True)
class ManifestHome:
    """Where a manifest lies, and for whom.

    owner: the study that may use its sources, with its extenders; `ALL_STUDIES`. folder: that of
    the manifest. name: what stands before its lists in messages, '' for a profile's. data_dirs:
    where its files may lie, the first that has one counts; each with what is put before the names
    of files in it, so that two files of two studies never share one. data_profile: what its data
    are where a row does not say. required: whether it must be there. renamed: what series and
    units that mean something else elsewhere are called in the build, by list and id.
    """

    owner: str
    folder: Path
    name: str
    data_dirs: tuple[tuple[Path, str], ...]
    data_profile: str
    required: bool = False
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def listed(self, file: str, line: int) -> str:
        """How messages call a row of one of its lists."""
        return f"{self.name}{file}, row {line}"

    def of(self, file: str) -> tuple[Path, str]:
        """The directory that a file lies in, and what the file is called among those of all."""
        for folder, prefix in self.data_dirs:
            if (folder / file).exists():
                return folder, prefix + file
        folder, prefix = self.data_dirs[0]
        return folder, prefix + file

    def as_called(self, manifest: pd.DataFrame) -> pd.DataFrame:
        """The manifest with its series and units as the build calls them."""
        for name, column in (("series", "series_id"), ("units", "unit")):
            ids = self.renamed.get(name, {})
            manifest[column] = [ids.get(text, text) for text in manifest[column]]
        return manifest

    def named(self, error: IngestError) -> IngestError:
        """The error with the lists called as people find them."""
        if not self.name:
            return IngestError(str(error))
        # A problem by itself, or one of several behind a dash.
        names = "|".join(map(re.escape, LISTS))
        beginning = re.compile(rf"^(- )?(?=(?:{names}), )", re.MULTILINE)
        return IngestError(beginning.sub(lambda dash: dash[0] + self.name, str(error)))


def read_manifests(
    homes: Sequence[ManifestHome],
    layouts: pd.DataFrame,
    series: pd.DataFrame,
    units: pd.DataFrame,
    levels: Iterable[str],
) -> pd.DataFrame:
    """All manifests as one, as ``read_manifest`` reads and ``check_manifest`` checks each.

    Beside their columns: root and name (the directory a file lies in and its path there), owners
    (studies that may use the row, with spaces between; `ALL_STUDIES`), listed (``manifest.csv,
    row 3``). file is the name that tells the files of all manifests apart, manifest_row numbers
    the rows of all. A row that two manifests have alike is one row with two owners.

    Raises IngestError as those do, naming the manifest, and where there is none at all.
    """
    known = set(levels)
    frames = []
    for number, home in enumerate(homes):
        path = home.folder / "manifest.csv"
        if not home.required and not path.exists() and not path.is_symlink():
            continue
        try:
            manifest = home.as_called(read_manifest(path))
            manifest = check_manifest(manifest, layouts, series, units, known)
        except IngestError as error:
            raise home.named(error) from None
        found = {file: home.of(file) for file in manifest["file"].unique()}
        frames.append(
            manifest.assign(
                root=[str(found[file][0]) for file in manifest["file"]],
                name=manifest["file"],
                file=[found[file][1] for file in manifest["file"]],
                owners=home.owner,
                listed=[home.listed("manifest.csv", line) for line in manifest["manifest_row"]],
                manifest_row=manifest["manifest_row"] + number * LINES,
                data_profile=manifest["data_profile"].where(
                    manifest["data_profile"] != "", home.data_profile
                ),
            )
        )
    if not frames:
        raise IngestError(
            "No study of this build has a manifest.csv: put one into the study's folder, with a "
            "row for each series to take from a file; data/README.md describes its columns."
        )
    joined = pd.concat(frames, ignore_index=True)
    owners = joined.groupby(SAME_ROW, sort=False)["owners"].transform(
        lambda names: ALL_STUDIES if ALL_STUDIES in set(names) else " ".join(dict.fromkeys(names))
    )
    return joined.assign(owners=owners).drop_duplicates(SAME_ROW, ignore_index=True)


def read_all_corrections(homes: Sequence[ManifestHome]) -> pd.DataFrame:
    """The corrections beside all manifests: ``CORRECTION_COLUMNS``, listed.

    Raises IngestError as ``read_corrections``.
    """
    return _beside(homes, read_corrections, "corrections.csv", [*CORRECTION_COLUMNS, "listed"])


def read_all_accepted(homes: Sequence[ManifestHome]) -> pd.DataFrame:
    """The accepted texts beside all manifests: ``ACCEPTED_COLUMNS``, listed.

    Raises IngestError as ``read_accepted``.
    """
    columns = [*ACCEPTED_COLUMNS, "listed"]
    return _beside(homes, read_accepted, "accepted_texts.csv", columns)


def _beside(
    homes: Sequence[ManifestHome],
    read: Callable[[Path], pd.DataFrame],
    file: str,
    columns: list[str],
) -> pd.DataFrame:
    frames = []
    for home in homes:
        try:
            table = read(home.folder / file)
        except IngestError as error:
            raise home.named(error) from None
        table = table.assign(
            listed=[home.listed(file, line) for line in table["manifest_row"]],
            file=[home.of(name)[1] if name else "" for name in table["file"]],
        )
        frames.append(table[columns].astype(str))
    joined = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    # Two studies may share one manifest of a profile.
    return joined.drop_duplicates(ignore_index=True)


__all__ = [
    "ALL_STUDIES", "MANIFEST_COLUMNS", "ManifestHome", "read_all_accepted", "read_all_corrections",
    "read_manifests",
]  # fmt: skip
