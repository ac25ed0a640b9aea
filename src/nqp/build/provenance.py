"""What the build log says of a build: what made it, what it made, and why it failed.

A digest is the SHA-256 of the lines that ``sha256sum`` prints for the files, sorted by name, so
that a person can make it again. Line ends count as one character: a checkout on Windows is the
same code.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import nqp

CODE = ("models", "macros", "python_models", "expectations")
CODE_ENDINGS = frozenset({".sql", ".py", ".yml", ".yaml", ".json", ".csv"})
# What a profile decides beside its data files.
PROFILE_TABLES = ("manifest.csv", "corrections.csv", "waivers.csv")
# Of the environment, what chooses the studies or the last digits; paths lead to files, which are
# in the digests themselves.
ENVIRONMENT = (
    "NQP_STUDY", "NQP_WITHOUT", "NQP_WITH_SHIPPED", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS",
    "MKL_NUM_THREADS", "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES",
)  # fmt: skip
# Of DuckDB, what gives the same SQL another answer. A profiles.yml may set them.
DATABASE = (
    "default_collation", "default_null_order", "default_order", "disabled_optimizers",
    "ieee_floating_point_ops", "integer_division", "old_implicit_casting",
    "order_by_non_integer_literal", "preserve_insertion_order",
    "scalar_subquery_error_on_multiple_rows",
)  # fmt: skip
# Packages that compute numbers.
LIBRARIES = ("duckdb", "linearmodels", "numpy", "pandas", "pyarrow", "scipy", "statsmodels")
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


def settings(
    variables: Mapping[str, Any], environment: Mapping[str, str], database: Mapping[str, str]
) -> str:
    """Settings that change numbers and are in no file of the project, as JSON with sorted names.

    variables: of ``--vars``. environment: as ``os.environ``. database: DuckDB's settings that are
    not its own.
    """
    recorded = {
        "vars": dict(variables),
        "environment": {name: environment[name] for name in ENVIRONMENT if environment.get(name)},
        "database": {name: database[name] for name in DATABASE if name in database},
        "libraries": {"python": platform.python_version()}
        | {name: version(name) for name in LIBRARIES},
        "machine": platform.machine(),
    }
    return json.dumps(recorded, ensure_ascii=False, sort_keys=True, default=str)


def fingerprint(relation: str) -> str:
    """SQL that counts the rows of a relation and adds up what they hold, in whatever order.

    relation: as SQL writes it. MD5 over the text of each row, unlike DuckDB's own hash, is the
    same in the next release of DuckDB.
    """
    total = "coalesce(sum(md5_number_lower(held::varchar)::hugeint), 0)::varchar"
    return f"select count(*) as row_count, {total} as fingerprint from {relation} as held"


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
