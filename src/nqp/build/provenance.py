"""What the build log says of a build: which code and definitions made it, and why it failed.

A digest is the SHA-256 of the lines that ``sha256sum`` prints for the files, sorted by name, so
that a person can make it again. Line ends count as one character: a checkout on Windows is the
same code.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import nqp

CODE = ("models", "macros", "python_models", "expectations")
CODE_ENDINGS = frozenset({".sql", ".py", ".yml", ".yaml", ".json", ".csv"})
# What a profile decides beside its data files.
PROFILE_TABLES = ("manifest.csv", "corrections.csv", "waivers.csv")
# What dbt puts around the message of a node.
FRAME = re.compile(r"\w+ Error in .*\)$|compiled code at |Python model failed:")


def digest(files: Mapping[str, Path]) -> str:
    """SHA-256 (hexadecimal) over names and contents of text files, whatever their line ends."""
    total = hashlib.sha256()
    for name, path in sorted(files.items()):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode())
    return total.hexdigest()


def code_version(project: Path) -> str:
    """Version of the package and the first 12 digits of the digest of all code: ``0.1.0+3f9a…``.

    project: where dbt_project.yml lies. The package is the one that runs, wherever it is installed.
    """
    package = Path(nqp.__file__).parent
    files = _below(package, "src/nqp", CODE_ENDINGS)
    for folder in CODE:
        files |= _below(project / folder, folder, CODE_ENDINGS)
    files |= _present({"dbt_project.yml": project / "dbt_project.yml"})
    try:
        release = version("nqp")
    except PackageNotFoundError:  # run from a checkout
        release = "0"
    return f"{release}+{digest(files)[:12]}"


def definitions_digest(
    catalogue: Path, studies: Mapping[str, Path], manifest_dirs: Iterable[Path]
) -> str:
    """Digest of every definition: the catalogue, the folders of studies by id, and the manifests,
    corrections and waivers of profiles as far as there are."""
    files = _below(catalogue, "catalogue", {".csv"})
    for study, folder in studies.items():
        inside = _below(folder, f"studies/{study}", {".csv", ".json"})
        files |= {
            name: path
            for name, path in inside.items()
            if not name.startswith(f"studies/{study}/data/")
        }
    for folder in manifest_dirs:
        files |= _present({f"{folder.name}/{name}": folder / name for name in PROFILE_TABLES})
    return digest(files)


def gist(message: str) -> str:
    """The line of a dbt error message that says what is wrong: ``manifest.csv, row 3, …``."""
    lines = [line.strip() for line in message.splitlines()]
    telling = [line for line in lines if line and not FRAME.match(line)]
    if not telling:
        return ""
    return telling[-1 if "Traceback (most recent call last):" in lines else 0]


def _below(folder: Path, name: str, endings: Iterable[str]) -> dict[str, Path]:
    """Files with one of the endings, without hidden ones, by ``name`` and path below ``folder``."""
    found = (path for path in folder.rglob("*") if path.suffix in endings and path.is_file())
    below = {path.relative_to(folder).as_posix(): path for path in found}
    return {
        f"{name}/{inside}": path
        for inside, path in below.items()
        if not any(part.startswith(".") for part in inside.split("/"))
    }


def _present(files: Mapping[str, Path]) -> dict[str, Path]:
    return {name: path for name, path in files.items() if path.is_file()}
