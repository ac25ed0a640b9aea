"""``nqp build``: the whole refresh, of the shipped studies or of one's own, from anywhere."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import nqp
from nqp.build import interrupting
from nqp.messages import nearest
from nqp.profiles import NAME, OWN, SHIPPED, default_profile, not_alone
from nqp.terminal.warehouse import Commands

# Variables that hold paths, which are those of the directory the command is run in.
PATHS = ("NQP_WAREHOUSE", "NQP_DATA_DIR", "NQP_MANIFEST_DIR")
# What says where the project is; a package that runs from a checkout knows.
PROJECT_FILE = "dbt_project.yml"


def add(commands: Commands) -> None:
    """Register the subcommand."""
    build = commands.add_parser(
        "build",
        help="build, check and publish; NQP_STUDIES names the folders of studies of your own",
        epilog="Studies of your own: NQP_STUDIES=/path/to/my_study nqp build. They go into the "
        "profile `own`, a published file beside those of the shipped studies.",
    )
    build.add_argument(
        "--profile", help="the data profile; a name of your own for studies in NQP_STUDIES"
    )
    build.add_argument(
        "--study",
        nargs="+",
        action="extend",
        default=[],
        metavar="S",
        help="only these studies, which the published file then holds alone",
    )
    build.add_argument(
        "--without", nargs="+", action="extend", default=[], metavar="S",
        help="all studies but these, and what extends them",
    )  # fmt: skip
    build.add_argument(
        "--with-shipped", action="store_true",
        help="the shipped studies too, where NQP_STUDIES names others",
    )  # fmt: skip
    build.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Build; 1 if anything fails, after dbt has said what."""
    here = Path.cwd()
    project = project_directory(os.environ, here)
    variables = environment_of(options, os.environ, here, project)
    os.environ.update(variables)
    profile, warehouse = variables["NQP_PROFILE"], Path(variables["NQP_WAREHOUSE"])
    interrupting.end_in_a_sentence(warehouse / f"{profile}.duckdb")
    logs = warehouse / ".build" / "dbt" / profile
    print(f"Building the {profile} profile: raw files to result tables.", flush=True)
    error = _run_dbt(
        "--quiet", "build",
        "--project-dir", str(project), "--profiles-dir", str(project),
        "--target", profile if profile in SHIPPED else OWN,
        # Nothing is written into the project, which may be anybody's.
        "--target-path", str(logs / "target"), "--log-path", str(logs / "logs"),
    )  # fmt: skip
    if error is None:
        return 0
    published = warehouse / f"{profile}.duckdb"
    left = "is as it was" if published.is_file() else "was not made"
    print(f"nqp: the {profile} profile was not built{error}; {published} {left}.", file=sys.stderr)
    return 1


def project_directory(environment: Mapping[str, str], here: Path) -> Path:
    """Where dbt_project.yml lies: DBT_PROJECT_DIR, else the checkout that the package runs from,
    else the directory the command is run in.

    Raises ValueError where it is in none of them.
    """
    if named := environment.get("DBT_PROJECT_DIR"):
        project = here / named
        if not (project / PROJECT_FILE).is_file():
            raise ValueError(
                f"{project}, named in DBT_PROJECT_DIR, has no {PROJECT_FILE}. Name the directory "
                "of the project."
            )
        return project.resolve()
    for project in (Path(nqp.__file__).resolve().parents[2], here):
        if (project / PROJECT_FILE).is_file():
            return project.resolve()
    raise ValueError(
        f"{here} has no {PROJECT_FILE}, and the package does not run from a checkout. Name the "
        "directory of the project in DBT_PROJECT_DIR."
    )


def environment_of(
    options: argparse.Namespace, environment: Mapping[str, str], here: Path, project: Path
) -> dict[str, str]:
    """The variables that the build reads, with absolute paths.

    What an option says counts, else the environment. Raises ValueError where it cannot be meant.
    """
    given = dict(_given(options)) | {"DBT_PROJECT_DIR": str(project)}
    given |= absolute_paths(environment, here)
    merged = dict(environment) | given
    given["NQP_PROFILE"] = default_profile(merged)
    _refuse_profile(given["NQP_PROFILE"], merged)
    return given


def absolute_paths(environment: Mapping[str, str], here: Path) -> dict[str, str]:
    """The variables that hold paths, from the directory the command is run in."""
    paths = {
        name: str(here / path)
        for name in PATHS
        if (path := environment.get(name, "warehouse" if name == "NQP_WAREHOUSE" else ""))
    }
    studies = [path for path in environment.get("NQP_STUDIES", "").split(os.pathsep) if path]
    return paths | {"NQP_STUDIES": os.pathsep.join(str(here / path) for path in studies)}


def _given(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    if options.profile:
        yield "NQP_PROFILE", options.profile
    if options.study:
        yield "NQP_STUDY", os.pathsep.join(options.study)
    if options.without:
        yield "NQP_WITHOUT", os.pathsep.join(options.without)
    if options.with_shipped:
        yield "NQP_WITH_SHIPPED", "1"


def _refuse_profile(profile: str, environment: Mapping[str, str]) -> None:
    """Raises ValueError for a name that cannot be one, a slip, or another's published file."""
    if not NAME.fullmatch(profile):
        raise ValueError(
            f"the profile {profile!r} would name a file: expected small letters, digits and '_' "
            "after a first letter."
        )
    outside = environment.get("NQP_STUDIES")
    with_shipped = environment.get("NQP_WITH_SHIPPED", "") not in ("", "0")
    if outside and profile in SHIPPED and not with_shipped:
        raise ValueError(not_alone(profile))
    chosen = outside or with_shipped or any(
        environment.get(name) for name in ("NQP_STUDY", "NQP_MANIFEST_DIR")
    )  # fmt: skip
    if profile not in SHIPPED and not chosen:
        near = nearest(profile, SHIPPED)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(SHIPPED)}."
        raise ValueError(
            f"no profile is called {profile!r}; {hint} A name of your own is for studies of your "
            "own: name their folders in NQP_STUDIES."
        )


def _run_dbt(*words: str) -> str | None:
    """None where dbt succeeded; else what it has not said itself, behind a colon, or ''."""
    from dbt.cli.exceptions import DbtUsageException
    from dbt.cli.main import dbtRunner

    done = dbtRunner().invoke(list(words))
    if done.success:
        return None
    if isinstance(done.exception, DbtUsageException):
        return f": {done.exception}"
    return ""
