"""The files that a manifest names: where they lie, and whether they may be read."""

from __future__ import annotations

import difflib
import hashlib
import unicodedata
from pathlib import Path

import pandas as pd

from nqp.ingest.rows import refuse

# How files are found that lie somewhere else.
ELSEWHERE = "point NQP_DATA_DIR (DATA_DIR of `make`) at"


def inventory(manifest: pd.DataFrame, data_dir: Path | None = None) -> pd.DataFrame:
    """List the files the manifest names: file, bytes, sha256, encoding (as the manifest says),
    sha256_recorded ('' for none), status (`as recorded`, `changed` or `not recorded`).

    The manifest says where each file lies (root, name), as `nqp.ingest.sources` joins them, or all
    lie below ``data_dir`` under the name in column file. A file that is not there is left out where
    all its rows are optional.

    Raises IngestError naming every file that is missing, lies outside its directory, is none or is
    named in two ways, and where all files are optional and none is there.
    """
    if data_dir is not None:
        manifest = manifest.assign(root=str(data_dir), name=manifest["file"])
    recorded = manifest.groupby("file")["sha256"].max()
    rows = []
    problems: dict[str, list[str]] = {}
    named: dict[Path, str] = {}
    for key, mapped in manifest.groupby(["file", "root", "name"], sort=False):
        file, folder, name = map(str, key)
        root, encoding = Path(folder).resolve(), mapped["encoding"].iloc[0]
        faults = problems.setdefault(folder, [])
        if (mapped.get("optional", pd.Series("")).str.lower() == "true").all() and not (
            root / name
        ).exists():
            continue
        if not root.is_dir():
            faults[:] = [""]
            continue
        try:
            if problem := _no_file(root, name):
                faults.append(f"{name!r} {problem}")
                continue
            path = (root / name).resolve()
            if named.setdefault(path, file) != file:
                faults.append(f"{name!r} is the same file as {named[path]!r}")
            with path.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            known = recorded[file]
            status = ("as recorded" if digest == known else "changed") if known else "not recorded"
            rows.append((file, path.stat().st_size, digest, encoding, known, status))
        # RuntimeError: links in a circle. ValueError: a name that no file can have.
        except (OSError, RuntimeError, ValueError) as error:
            faults.append(f"{name!r} cannot be opened ({getattr(error, 'strerror', '') or error})")
    messages = []
    for folder, faults in problems.items():
        if faults == [""]:
            messages.append(
                f"{folder} is no folder: make it, or {ELSEWHERE} the one with the files."
            )
        elif faults:
            messages.append(
                f"The manifest names files that cannot be read in {folder}: "
                + "; ".join(faults)
                + f". Put them there, {ELSEWHERE} the right directory, or drop their rows."
            )
    if not messages and not rows and len(manifest):
        files = ", ".join(map(repr, manifest["name"].unique()))
        folders = " or ".join(manifest["root"].unique())
        messages.append(
            f"Of the files that the manifest names, all optional, none is in {folders}: {files}. "
            f"Put one there, or {ELSEWHERE} the right directory."
        )
    refuse(messages)
    columns = ["file", "bytes", "sha256", "encoding", "sha256_recorded", "status"]
    return pd.DataFrame(rows, columns=columns)


def _no_file(root: Path, file: str) -> str:
    """Why a name is no file below ``root`` that may be read; '' if it is one."""
    path = (root / file).resolve()
    if not path.is_relative_to(root):
        return "lies outside the data directory"
    if path.is_file():
        return ""
    if path.is_dir():
        return "is a folder"
    if path.exists():
        return "is no file with content (a device or a pipe)"
    if (root / file).is_symlink():
        return "is a link to nothing"
    if "\\" in file:
        return "does not exist; write / between folders, not \\"
    there = [near.name for near in path.parent.iterdir()] if path.parent.is_dir() else []
    near = [name for name in there if _plain(name) == _plain(path.name)]
    near = near or difflib.get_close_matches(path.name, there, n=1, cutoff=0.8)
    return f"does not exist (did you mean {near[0]!r}?)" if near else "does not exist"


def _plain(name: str) -> str:
    """A file's name whatever its capitals and however its accents and widths are written."""
    return unicodedata.normalize("NFKC", name).casefold()
