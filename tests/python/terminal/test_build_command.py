"""What ``nqp build`` decides before dbt runs: profile, project, paths; and what it refuses."""

from __future__ import annotations

import argparse
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nqp.profiles import SHIPPED, default_profile, how_to_build
from nqp.terminal import main
from nqp.terminal.build import add, environment_of, project_directory
from warehouse import ROOT, command


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add(parser.add_subparsers())
    return parser.parse_args(["build", *words])


def decided(here: Path, *words: str, **environment: str) -> dict[str, str]:
    return environment_of(options(*words), environment, here, ROOT)


def test_studies_from_elsewhere_have_a_profile_of_their_own(tmp_path: Path) -> None:
    assert decided(tmp_path)["NQP_PROFILE"] == "simulated"
    assert decided(tmp_path, NQP_STUDIES="mine")["NQP_PROFILE"] == "own"
    assert decided(tmp_path, "--profile", "trial", NQP_STUDIES="mine")["NQP_PROFILE"] == "trial"
    assert decided(tmp_path, NQP_PROFILE="public")["NQP_PROFILE"] == "public"


def test_an_option_counts_before_the_environment(tmp_path: Path) -> None:
    given = decided(
        tmp_path, "--profile", "public", "--study", "a", "b", "--study", "c", "--without", "d",
        "--with-shipped", NQP_PROFILE="licensed", NQP_STUDY="z", NQP_WITHOUT="y",
    )  # fmt: skip
    assert given["NQP_PROFILE"] == "public"
    assert given["NQP_STUDY"].split(os.pathsep) == ["a", "b", "c"]
    assert (given["NQP_WITHOUT"], given["NQP_WITH_SHIPPED"]) == ("d", "1")
    # What no option says stays as the environment has it.
    assert "NQP_STUDY" not in decided(tmp_path, NQP_STUDY="z")


def test_paths_are_those_of_the_directory_the_command_is_run_in(tmp_path: Path) -> None:
    studies = os.pathsep.join(["one", "", "/elsewhere/two"])
    given = decided(tmp_path, NQP_STUDIES=studies, NQP_DATA_DIR="data", NQP_WAREHOUSE="out")
    assert given["NQP_STUDIES"].split(os.pathsep) == [str(tmp_path / "one"), "/elsewhere/two"]
    assert given["NQP_DATA_DIR"] == str(tmp_path / "data")
    assert given["NQP_WAREHOUSE"] == str(tmp_path / "out")
    assert decided(tmp_path)["NQP_WAREHOUSE"] == str(tmp_path / "warehouse")
    assert decided(tmp_path)["DBT_PROJECT_DIR"] == str(ROOT)


@pytest.mark.parametrize("profile", SHIPPED)
def test_outside_studies_alone_never_replace_the_file_of_a_shipped_profile(
    tmp_path: Path, profile: str
) -> None:
    with pytest.raises(ValueError, match="Add --with-shipped"):
        decided(tmp_path, "--profile", profile, NQP_STUDIES="mine")
    with pytest.raises(ValueError, match="Add --with-shipped"):
        decided(tmp_path, NQP_STUDIES="mine", NQP_PROFILE=profile, NQP_WITH_SHIPPED="0")
    with_shipped = decided(tmp_path, "--profile", profile, "--with-shipped", NQP_STUDIES="mine")
    assert with_shipped["NQP_PROFILE"] == profile


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--profile", "simulatd"], "did you mean 'simulated'?"),
        (["--profile", "mine"], "there are simulated, public, licensed"),
        (["--profile", "../mine"], "would name a file"),
        (["--profile", "Mine"], "small letters"),
    ],
)
def test_a_profile_that_cannot_be_meant_is_refused(
    tmp_path: Path, words: list[str], told: str
) -> None:
    with pytest.raises(ValueError, match="profile") as error:
        decided(tmp_path, *words)
    assert told in str(error.value)


def test_shipped_studies_may_be_tried_in_a_file_of_their_own(tmp_path: Path) -> None:
    assert decided(tmp_path, "--profile", "trial", "--study", "city")["NQP_PROFILE"] == "trial"


def test_the_project_is_the_one_named_or_the_checkout_or_here(tmp_path: Path) -> None:
    assert project_directory({}, tmp_path) == ROOT
    (tmp_path / "copy").mkdir()
    with pytest.raises(ValueError, match="has no dbt_project"):
        project_directory({"DBT_PROJECT_DIR": "copy"}, tmp_path)
    (tmp_path / "copy" / "dbt_project.yml").touch()
    assert project_directory({"DBT_PROJECT_DIR": "copy"}, tmp_path) == tmp_path / "copy"


def test_a_package_without_a_project_says_how_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nqp.__file__", str(tmp_path / "lib" / "python" / "nqp" / "__init__.py"))
    with pytest.raises(ValueError, match="in DBT_PROJECT_DIR"):
        project_directory({}, tmp_path)
    (tmp_path / "dbt_project.yml").touch()
    assert project_directory({}, tmp_path) == tmp_path


def test_messages_name_the_command_that_builds_the_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert how_to_build("public") == "make build PROFILE=public"
    assert how_to_build("own") == "nqp build"
    assert how_to_build("trial") == "nqp build --profile trial"
    monkeypatch.setenv("NQP_WAREHOUSE", str(tmp_path))
    monkeypatch.setenv("NQP_STUDIES", "mine")
    monkeypatch.delenv("NQP_PROFILE", raising=False)
    assert main(["query", "select 1"]) == 1
    assert "own.duckdb does not exist: run `nqp build` first" in capsys.readouterr().err


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"NQP_STUDIES": "mine"},
        {"NQP_PROFILE": "trial"},
        {"NQP_PROFILE": "public"},
        {"NQP_PROFILE": "public", "NQP_STUDIES": "mine"},
        {"NQP_PROFILE": "trial", "NQP_STUDIES": "mine"},
        {"NQP_PROFILE": "", "NQP_STUDIES": ""},
    ],
)
def test_dbt_chooses_the_profile_that_the_command_chooses(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NQP_PROFILE", "NQP_STUDIES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NQP_WAREHOUSE", "/w")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    wanted = default_profile(environment)
    target, path = _rendered()
    assert target == (wanted if wanted in SHIPPED else "own")
    assert path == f"/w/.build/{wanted}.duckdb"


def _rendered() -> tuple[str, str]:
    """Target and path of the build file, as profiles.yml gives them."""
    import jinja2
    import yaml

    def text(template: Any) -> str:
        environment = jinja2.Environment()
        environment.globals["env_var"] = lambda name, default: os.environ.get(name, default)
        return environment.from_string(str(template)).render().strip()

    profile = yaml.safe_load((ROOT / "profiles.yml").read_text(encoding="utf-8"))["nqp"]
    target = text(profile["target"])
    return target, text(profile["outputs"][target]["path"])


def test_make_builds_studies_of_ones_own() -> None:
    def variables(*words: str) -> str:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("NQP_")}
        made = subprocess.run(
            ["make", "--dry-run", "--print-data-base", *words, "build"],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return made.stdout

    own = variables("STUDIES=/my/study", "DATA_DIR=/my/data")
    assert "NQP_PROFILE := own\n" in own and "NQP_STUDIES := /my/study\n" in own
    assert "NQP_DATA_DIR := /my/data\n" in own
    assert "NQP_PROFILE := simulated\n" in variables()
    assert "NQP_PROFILE := public\n" in variables("PROFILE=public")


def test_every_subcommand_is_listed() -> None:
    told = subprocess.run([command("python"), "-m", "nqp.terminal", "--help"],
                          capture_output=True, text=True, check=True).stdout  # fmt: skip
    for name in ("build", "new-study", "query", "match-scan"):
        assert f"    {name}" in told
